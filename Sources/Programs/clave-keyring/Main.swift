import Keyring
import Posix

@main
struct Main {
    static func main() {
        Program.run { _ in KeyringProgram.main() }
    }
}
