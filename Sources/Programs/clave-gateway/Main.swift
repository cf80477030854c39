import Gateway
import Posix

@main
struct Main {
    static func main() {
        Program.run(GatewayProgram.main)
    }
}
