import DNIe
import PluginKit
import Posix

/// Where the plugin finds its files.
enum Places {
    private static var home: String { environment("HOME") ?? "/nonexistent" }

    /// What was read of cards.
    static var cache: CardCache { CardCache("\(home)/.cache/clave-agent/dnie") }

    /// Roots of test cards, which a developer has put there.
    private static var testRoots: String {
        (environment("XDG_CONFIG_HOME") ?? "\(home)/.config") + "/clave-agent/dnie-test-roots.pem"
    }

    static func settings(_ host: Host) -> DNIeSettings {
        var settings = DNIeSettings()
        if let count = settings.addTestRoots(testRoots) { host.log("roots of test cards: \(count)") }
        return settings
    }
}
