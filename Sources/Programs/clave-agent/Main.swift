import AgentCore
import Glibc
import Supervisor

@main
struct Main {
    static func main() {
        let words = CommandLine.arguments
        exit(SupervisorProgram.main(Array(words.dropFirst()), name: words.first ?? "", core: CoreProgram.main))
    }
}
