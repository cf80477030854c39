import Gateway
import Glibc

@main
struct Main {
    static func main() {
        exit(GatewayProgram.main(Array(CommandLine.arguments.dropFirst())))
    }
}
