import Glibc
import Link

@main
struct Main {
    static func main() {
        exit(LinkProgram.main())
    }
}
