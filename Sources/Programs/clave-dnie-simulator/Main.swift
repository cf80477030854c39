import DNIeSimulator
import Glibc

@main
struct Main {
    static func main() {
        exit(SimulatorProgram.main(Array(CommandLine.arguments.dropFirst())))
    }
}
