import Glibc
import Tools

@main
struct Main {
    static func main() {
        exit(AddCommand.main(Array(CommandLine.arguments.dropFirst())))
    }
}
