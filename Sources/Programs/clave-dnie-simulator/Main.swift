import DNIeSimulator
import Posix

@main
struct Main {
    static func main() {
        Program.run(SimulatorProgram.main)
    }
}
