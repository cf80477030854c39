import Glibc
import Supervisor

@main
struct Main {
    static func main() {
        exit(SupervisorProgram.main(Array(CommandLine.arguments.dropFirst())))
    }
}
