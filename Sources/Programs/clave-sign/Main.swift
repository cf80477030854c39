import Glibc
import Tools

@main
struct Main {
    static func main() {
        exit(SignCommand.main(Array(CommandLine.arguments.dropFirst())))
    }
}
