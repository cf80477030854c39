import Glibc
import Tools

@main
struct Main {
    static func main() {
        exit(RequestsCommand.main(Array(CommandLine.arguments.dropFirst())))
    }
}
