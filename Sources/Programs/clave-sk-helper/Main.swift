import Glibc
import SecurityKeys

@main
struct Main {
    static func main() {
        exit(SecurityKeyProgram.main())
    }
}
