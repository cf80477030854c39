import Glibc
import PluginHost

@main
struct Main {
    static func main() {
        exit(PluginHostProgram.main())
    }
}
