import Glibc
import Tools

@main
struct Main {
    static func main() {
        exit(RegisterCommand.main(Array(CommandLine.arguments.dropFirst())))
    }
}
