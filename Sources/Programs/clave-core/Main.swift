import AgentCore
import Glibc

@main
struct Main {
    static func main() {
        exit(CoreProgram.main())
    }
}
