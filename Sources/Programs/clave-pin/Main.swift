import Posix
import Tools

@main
struct Main {
    static func main() {
        Program.run(PinCommand.main)
    }
}
