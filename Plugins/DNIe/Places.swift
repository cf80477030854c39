import DNIe
import PluginKit
import Posix

/// Where the plugin finds its files.
enum Places {
    private static var home: String { environment("HOME") ?? "/nonexistent" }

    /// What was read of cards.
    static var cache: CardCache { CardCache("\(home)/.cache/clave-agent/dnie") }

    static func settings(_ host: Host) -> DNIeSettings {
        var settings = DNIeSettings()
        if let count = settings.addUsersTestRoots() { host.log("roots of test cards: \(count)") }
        return settings
    }
}
