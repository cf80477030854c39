/// A path in which some parts have names in place of text: `/desk/citizen/:id/remove`.
public struct PathPattern: Equatable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
    private enum Part: Equatable, Sendable {
        case fixed(String)
        case named(String)
    }

    private let parts: [Part]

    /// Reads a pattern: what begins with a colon is a name.
    public init(_ text: String) {
        parts = text.utf8.split(separator: UInt8(ascii: "/")).map { part in
            part.first == UInt8(ascii: ":")
                ? .named(String(decoding: part.dropFirst(), as: UTF8.self))
                : .fixed(String(decoding: part, as: UTF8.self))
        }
    }

    /// A pattern as it is written.
    public init(stringLiteral text: String) { self.init(text) }

    /// How many parts a path has that fits.
    var count: Int { parts.count }

    /// Whether one path alone fits, since no part is a name.
    public var isFixed: Bool {
        parts.allSatisfy { part in
            if case .fixed = part { true } else { false }
        }
    }

    /// What stands at the names' places; nil for a path that does not fit.
    ///
    /// - Parameter path: the parts of it, of ASCII; compared by their bytes.
    func match(_ path: [String]) -> PathParameters? {
        guard path.count == parts.count else { return nil }
        var found = PathParameters()
        for (part, given) in zip(parts, path) {
            switch part {
            case .fixed(let text): guard given.utf8.elementsEqual(text.utf8) else { return nil }
            case .named(let name): found.values.append((name, given))
            }
        }
        return found
    }

    /// A path that fits, with the same text at each name's place.
    public func path(filling text: String) -> String {
        parts.isEmpty
            ? "/"
            : parts.map { part in
                switch part {
                case .fixed(let fixed): "/" + fixed
                case .named: "/" + text
                }
            }.joined()
    }

    /// As it is written.
    public var description: String {
        parts.isEmpty
            ? "/"
            : parts.map { part in
                switch part {
                case .fixed(let text): "/" + text
                case .named(let name): "/:" + name
                }
            }.joined()
    }
}

/// What stands in a path at its pattern's names.
public struct PathParameters: Sendable {
    fileprivate(set) var values: [(name: String, text: String)] = []

    /// Nothing: of a path without a pattern.
    public init() {}

    /// The text at a name's place; empty for a name that the pattern does not have.
    public subscript(name: String) -> String { values.first { $0.name == name }?.text ?? "" }
}
