import Glibc
import Keyring

@main
struct Main {
    static func main() {
        exit(KeyringProgram.main())
    }
}
