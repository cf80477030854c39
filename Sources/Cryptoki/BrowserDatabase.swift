import Glibc
import Posix

/// A database of certificates and keys of NSS, that a browser keeps for a person: a folder with `cert9.db` and `key4.db`.
///
/// The older `cert8.db` is not known to a current NSS either.
struct BrowserDatabase: Equatable {
    /// Databases that are looked at.
    static let maximumCount = 48
    private static let maximumPath = 1024
    /// Bytes of a token's label (`CK_TOKEN_INFO`).
    private static let maximumLabel = 32

    let folder: String
    /// Where it is, for people.
    let place: String
    /// By what its token is called, unlike any other's; at most 32 bytes.
    let label: String

    /// Device and inode of its `key4.db`: a link, or another name of its folder, leads to the same one.
    private let identity: FileIdentity

    /// Those that are there, each once, however many ways lead to it.
    static func all(in places: BrowserPlaces) -> [BrowserDatabase] {
        var found: [BrowserDatabase] = []
        func add(_ folder: String, _ place: String) {
            guard found.count < maximumCount, let identity = identity(of: folder),
                !found.contains(where: { $0.identity == identity })
            else { return }
            let label = label(place, unlike: found.map(\.label))
            found.append(BrowserDatabase(folder: folder, place: place, label: label, identity: identity))
        }
        for root in places.profileRoots {
            for profile in FirefoxProfile.all(in: root.folder) { add(profile.folder, "\(root.name) (\(profile.name))") }
        }
        for place in places.databases { add(place.folder, place.name) }
        return found
    }

    /// What the database in a folder is; nil if there is none: NSS, asked for one that is not there, might make it.
    private static func identity(of folder: String) -> FileIdentity? {
        guard folder.utf8.count <= maximumPath, folder.unicodeScalars.allSatisfy({ $0.value >= 0x20 }),
            ["cert9.db", "key4.db"].allSatisfy({ unsafe access("\(folder)/\($0)", R_OK) == 0 })
        else { return nil }
        return FileIdentity(at: "\(folder)/key4.db", followingLinks: true)
    }

    /// As much of the text as a token's label holds, with a number if others are called so already.
    private static func label(_ text: String, unlike others: [String]) -> String {
        var label = text
        var number = 1
        while true {
            let suffix = number == 1 ? "" : "~\(number)"
            label = cut(text, maximumLabel - suffix.utf8.count) + suffix
            if !others.contains(label) { return label }
            number += 1
        }
    }

    /// The longest beginning of at most so many bytes that cuts no character, and ends in no space.
    private static func cut(_ text: String, _ limit: Int) -> String {
        var text = text[...]
        while text.utf8.count > limit || text.last == " " { text.removeLast() }
        return String(text)
    }
}

/// A profile of Firefox, as its `profiles.ini` tells.
struct FirefoxProfile: Equatable {
    private static let maximumFile = 65_536
    private static let maximumCount = 32
    private static let maximumName = 128

    let name: String
    /// Absolute.
    let folder: String

    /// The profiles that are listed in a folder's `profiles.ini`; none without that.
    static func all(in folder: String) -> [FirefoxProfile] {
        guard let bytes = try? Files.read("\(folder)/profiles.ini", limit: maximumFile),
            let text = String(validating: bytes, as: UTF8.self)
        else { return [] }
        return parse(text, in: folder)
    }

    /// Reads the sections `[Profile…]`, with `Name`, `Path`, and `IsRelative`, 1 for a path from the folder on.
    static func parse(_ text: String, in folder: String) -> [FirefoxProfile] {
        var profiles: [FirefoxProfile] = []
        var section: [String: String]?
        func end() {
            if let section, profiles.count < maximumCount, let profile = FirefoxProfile(section, in: folder) {
                profiles.append(profile)
            }
        }
        // By bytes: a mark at a name's beginning combines with the sign before it.
        for line in text.utf8.split(whereSeparator: { $0 == 0x0A || $0 == 0x0D }) {
            if line.first == UInt8(ascii: "[") {
                end()
                section = line.starts(with: "[Profile".utf8) ? [:] : nil
            } else if let equals = line.firstIndex(of: UInt8(ascii: "=")) {
                let value = line[line.index(after: equals)...]
                section?[String(Substring(line[..<equals]))] = String(Substring(value))
            }
        }
        end()
        return profiles
    }

    private init?(_ section: [String: String], in folder: String) {
        guard let path = section["Path"], !path.isEmpty, let name = section["Name"], !name.isEmpty,
            name.utf8.count <= Self.maximumName, name.unicodeScalars.allSatisfy({ $0.value >= 0x20 })
        else { return nil }
        let isRelative = section["IsRelative"] != "0"
        guard isRelative || path.utf8.first == UInt8(ascii: "/") else { return nil }
        self.name = name
        self.folder = isRelative ? "\(folder)/\(path)" : path
    }
}
