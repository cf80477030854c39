import Glibc
import Tools

@main
struct Main {
    static func main() {
        exit(PinCommand.main(Array(CommandLine.arguments.dropFirst())))
    }
}
