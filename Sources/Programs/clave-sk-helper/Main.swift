import Posix
import SecurityKeys

@main
struct Main {
    static func main() {
        Program.run { _ in SecurityKeyProgram.main() }
    }
}
