import AgentCore
import Posix

@main
struct Main {
    static func main() {
        Program.run { _ in CoreProgram.main() }
    }
}
