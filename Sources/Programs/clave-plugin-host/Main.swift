import PluginHost
import Posix

@main
struct Main {
    static func main() {
        Program.run { _ in PluginHostProgram.main() }
    }
}
