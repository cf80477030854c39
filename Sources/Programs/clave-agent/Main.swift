import AgentCore
import Posix
import Supervisor

@main
struct Main {
    static func main() {
        Program.run { SupervisorProgram.main($0, name: Arguments.programName, core: CoreProgram.main) }
    }
}
