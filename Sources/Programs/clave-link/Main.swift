import Link
import Posix

@main
struct Main {
    static func main() {
        Program.run { _ in LinkProgram.main() }
    }
}
