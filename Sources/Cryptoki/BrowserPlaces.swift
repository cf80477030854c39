/// Where the browsers and mail programs of a person keep their databases of NSS.
///
/// Programs have moved to the folders of the XDG Base Directory Specification: Firefox with version 147, LibreWolf with
/// it, Chromium and what is made of it with M146. They stay at the old place where there is something, so both are looked
/// at. As a snap, Firefox keeps to the old place (canonical/firefox-snap#140), and its new one may become either of two.
/// Flatpak sets the variables to folders of the program's own.
public struct BrowserPlaces: Equatable, Sendable {
    /// A folder, and the program whose it is, for people.
    struct Place: Equatable {
        let folder: String
        let name: String
    }

    private let home: String
    private let configuration: String
    private let data: String

    /// The places of a person.
    ///
    /// - Parameters:
    ///   - home: absolute.
    ///   - configuration: `XDG_CONFIG_HOME`.
    ///   - data: `XDG_DATA_HOME`. Both have a default; a path that is not absolute is none, as the specification says.
    public init(home: String, configuration: String? = nil, data: String? = nil) {
        self.home = home
        self.configuration = Self.absolute(configuration) ?? home + "/.config"
        self.data = Self.absolute(data) ?? home + "/.local/share"
    }

    private static func absolute(_ path: String?) -> String? { path.flatMap { $0.utf8.first == 0x2F ? $0 : nil } }

    // MARK: Mozilla's

    /// Folders with a `profiles.ini`, which names the folders of the databases. An older place comes before a newer one.
    var profileRoots: [Place] {
        let firefox = family(
            "Firefox", ".mozilla/firefox", configured: "mozilla/firefox", snap: "firefox",
            flatpaks: ["org.mozilla.firefox"])
        let libreWolf = family(
            "LibreWolf", ".librewolf", configured: "librewolf/librewolf", snap: nil,
            flatpaks: ["io.gitlab.librewolf-community"])
        let thunderbird = family(
            "Thunderbird", ".thunderbird", configured: nil, snap: "thunderbird",
            flatpaks: ["org.mozilla.Thunderbird", "org.mozilla.thunderbird"])
        return firefox + libreWolf + thunderbird
    }

    /// The roots of one program: its own, a snap's and a Flatpak's.
    private func family(
        _ name: String, _ old: String, configured: String?, snap: String?, flatpaks: [String]
    ) -> [Place] {
        func places(_ folders: [String], _ name: String) -> [Place] { folders.map { Place(folder: $0, name: name) } }
        var all = places(["\(home)/\(old)"] + (configured.map { ["\(configuration)/\($0)"] } ?? []), name)
        if let snap {
            let roots = ["\(home)/snap/\(snap)/common", "\(home)/snap/\(snap)/current"]
            all += places(
                roots.flatMap { root in
                    ["\(root)/\(old)"] + (configured.map { ["\(root)/.config/\($0)"] } ?? [])
                }, "\(name) snap")
        }
        for flatpak in flatpaks {
            let root = "\(home)/.var/app/\(flatpak)"
            all += places(
                ["\(root)/\(old)"]
                    // With access to the home, it is the default folder under it that a Flatpak's own stands for.
                    + (configured.map { ["\(root)/config/\($0)", "\(root)/.config/\($0)"] } ?? []),
                "\(name) Flatpak")
        }
        return all
    }

    // MARK: Chromium's

    /// Names of snaps and Flatpaks that are made of Chromium.
    private static let snaps = [("chromium", "Chromium"), ("brave", "Brave"), ("opera", "Opera")]
    private static let flatpaks = [
        ("org.chromium.Chromium", "Chromium"), ("com.google.Chrome", "Chrome"), ("com.brave.Browser", "Brave"),
        ("com.microsoft.Edge", "Edge"), ("com.vivaldi.Vivaldi", "Vivaldi"), ("com.opera.Opera", "Opera"),
        ("io.github.ungoogled_software.ungoogled_chromium", "Chromium"),
    ]

    /// Folders that are databases. All that is made of Chromium has one in common, but for snaps and Flatpaks.
    var databases: [Place] {
        let (old, new) = (".pki/nssdb", "pki/nssdb")
        var all = ["\(home)/\(old)", "\(data)/\(new)"].map { Place(folder: $0, name: "Chromium") }
        for (snap, name) in Self.snaps {
            for root in ["current", "common"].map({ "\(home)/snap/\(snap)/\($0)" }) {
                all += ["\(root)/\(old)", "\(root)/.local/share/\(new)"].map {
                    Place(folder: $0, name: "\(name) snap")
                }
            }
        }
        for (flatpak, name) in Self.flatpaks {
            let root = "\(home)/.var/app/\(flatpak)"
            all += ["\(root)/\(old)", "\(root)/data/\(new)", "\(root)/.local/share/\(new)"].map {
                Place(folder: $0, name: "\(name) Flatpak")
            }
        }
        return all
    }
}
