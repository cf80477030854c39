/// The messages of one language, read from a file in the GNU MO format that `msgfmt` writes.
///
/// The C library's gettext knows one locale per process, and only those installed on the machine. The gateway answers
/// each request in that person's language, on any machine, so the standard format is read here. Of the format this
/// reads both byte orders and major revisions 0 and 1; the hash table is not needed, of plural forms the first is
/// taken, and strings that depend on the system are left out, for none of ours does.
///
/// Format: GNU gettext manual, "The Format of GNU MO Files".
public struct Catalog: Sendable {
    /// The largest file read, in bytes.
    public static let maximumSize = 1 << 20
    /// The most messages read.
    public static let maximumCount = 10_000

    private let messages: [String: String]

    /// A catalog without messages: everything stays as it is in the code.
    public init() {
        messages = [:]
    }

    /// Reads a whole MO file. Every offset and length is checked; hostile bytes cost an error and nothing else.
    ///
    /// - Throws: The first thing found wrong.
    public init(parsing bytes: [UInt8]) throws(CatalogError) {
        var reader = try CatalogReader(bytes)
        messages = try reader.messages()
    }

    /// How many messages it holds.
    public var count: Int { messages.count }

    /// The identifiers of all messages, in no order.
    public var identifiers: some Collection<String> { messages.keys }

    /// The translation of a message, or the message itself where there is none.
    public subscript(_ msgid: String) -> String {
        messages[msgid] ?? msgid
    }
}
