/// A language that people are spoken to in: those of the Cl@ve pages, and English.
public enum Language: String, CaseIterable, Sendable {
    /// English, the language of the messages in the code.
    case en
    /// Spanish.
    case es
    /// Catalan; Valencian locales too.
    case ca
    /// Galician.
    case gl
    /// Basque.
    case eu

    /// The language's name in itself, for a menu of languages.
    public var endonym: String {
        switch self {
        case .en: "English"
        case .es: "Español"
        case .ca: "Català"
        case .gl: "Galego"
        case .eu: "Euskara"
        }
    }

    /// The language of a POSIX locale name, of which only the part before territory, charset and modifier counts:
    /// `ca_ES.UTF-8` and `ca_ES@valencia` are Catalan. An unknown one, `C` and nil are English.
    public init(locale: String?) {
        self = locale.flatMap(Self.init(tag:)) ?? .en
    }

    /// The language of a locale name or of a language tag (RFC 5646), or nil if it is none of ours.
    init?(tag: some StringProtocol) {
        let name = tag.utf8.prefix { !"_-.@".utf8.contains($0) }
        // Every code of ours has two letters; the bound keeps a long foreign text from being copied.
        guard name.count == 2 else { return nil }
        self.init(rawValue: String(decoding: name, as: UTF8.self).lowercased())
    }
}

// MARK: - Environment

extension Language {
    /// The language that a program's environment asks for, by gettext's rules.
    ///
    /// The first of `LC_ALL`, `LC_MESSAGES` and `LANG` that is not empty is the locale. `LANGUAGE`, a list with colons,
    /// goes before it, unless the locale is `C` or `POSIX`: who sets that wants plain English.
    ///
    /// - Parameter value: Gives the value of a variable, or nil.
    public init(environment value: (String) -> String?) {
        let locale = ["LC_ALL", "LC_MESSAGES", "LANG"].lazy.compactMap(value).first { !$0.isEmpty }
        guard let locale, locale != "C", locale != "POSIX", !locale.hasPrefix("C.") else {
            self = .en
            return
        }
        let wished = value("LANGUAGE")?.split(separator: ":").lazy.compactMap { Self(tag: $0) }.first
        self = wished ?? Self(locale: locale)
    }
}
