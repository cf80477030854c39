/// Says the messages of the programs in a person's language.
///
/// By convention of the house a localizer is called `t`, and the English text itself is the message's identifier:
///
///     let t = Localizer.fromEnvironment()
///     print(t("The PIN of {1} expires at {2}.", organisation, time))
///
/// `{1}` to `{9}` stand for the arguments; a translation may order them otherwise. Always write one whole literal, never
/// interpolation or `+`, or `contrib/po/update` can't find it. A literal that is passed on and translated later is
/// marked by `msgid("…")`.
public struct Localizer: Sendable {
    /// The name of the catalogs: `<folder>/<language>/LC_MESSAGES/clave-agent.mo`.
    static let catalogName = "clave-agent.mo"

    /// The language it speaks: the one asked for, or English where that one's catalog is missing or damaged, so that a
    /// page never announces a language that it is not in.
    public let language: Language

    private let catalog: Catalog

    /// A localizer with the catalog of a language.
    ///
    /// A catalog is read once per process: what replaces its file later is not seen.
    ///
    /// - Parameter folder: The folder of catalogs, usually `Localizer.catalogFolder`. With nil, or without a readable
    ///   catalog in it, messages stay in English: to be understood less well is better than not to start.
    public init(language: Language, folder: String?) {
        guard language != .en, let folder, let catalog = Self.catalog(of: language, in: folder) else {
            self.init(language: .en, catalog: Catalog())
            return
        }
        self.init(language: language, catalog: catalog)
    }

    /// A localizer with a catalog at hand.
    public init(language: Language, catalog: Catalog) {
        self.language = language
        self.catalog = catalog
    }

    /// A localizer that leaves every message in English.
    public static let english = Localizer(language: .en, catalog: Catalog())

    /// A localizer for the language that this process's environment asks for.
    public static func fromEnvironment() -> Localizer {
        Localizer(language: Language(environment: environmentValue), folder: catalogFolder)
    }

    /// The message in this localizer's language, its placeholders replaced by the arguments.
    ///
    /// Arguments are put in as they are, and never searched for placeholders again. A placeholder without argument
    /// stays visible.
    public func callAsFunction(_ msgid: String, _ arguments: String...) -> String {
        let template = catalog[msgid]
        return arguments.isEmpty ? template : Self.fill(template, with: arguments)
    }
}

// MARK: - Placeholders

extension Localizer {
    /// Works on bytes: a combining sign after a placeholder would make its brace another `Character`.
    private static func fill(_ template: String, with arguments: [String]) -> String {
        var result: [UInt8] = []
        var rest = Array(template.utf8)[...]
        while let byte = rest.first {
            if let argument = placeholder(rest.prefix(3), among: arguments) {
                result += argument.utf8
                rest = rest.dropFirst(3)
            } else {
                result.append(byte)
                rest = rest.dropFirst()
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// The argument that `{1}` to `{9}` stands for, or nil if the bytes are anything else.
    private static func placeholder(_ bytes: ArraySlice<UInt8>, among arguments: [String]) -> String? {
        guard bytes.count == 3, bytes.first == UInt8(ascii: "{"), bytes.last == UInt8(ascii: "}") else { return nil }
        let digit = bytes[bytes.startIndex + 1]
        guard (UInt8(ascii: "1")...UInt8(ascii: "9")).contains(digit) else { return nil }
        let index = Int(digit - UInt8(ascii: "1"))
        return index < arguments.count ? arguments[index] : nil
    }
}

/// Marks a literal for the catalog where it is not translated at once, such as an entry of a table.
public func msgid(_ text: String) -> String { text }
