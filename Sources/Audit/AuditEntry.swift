/// A value of a record's member.
public enum AuditValue: Equatable, Sendable {
    case text(String)
    case number(UInt64)
    case flag(Bool)
}

/// What is to be recorded, before it has its place in the chain. Never a secret.
public struct AuditEntry: Equatable, Sendable {
    /// A member of the record: the name is of small ASCII letters and `_`.
    public struct Member: Equatable, Sendable {
        public let name: String
        public let value: AuditValue

        public init(_ name: String, _ value: AuditValue) {
            self.name = name
            self.value = value
        }
    }

    /// What has happened, for machines: `question`, `key_added`.
    public let kind: String
    /// In the order in which they are shown; those past the limit are dropped.
    public private(set) var members: [Member]

    public init(_ kind: String, _ members: [Member] = []) {
        self.kind = kind
        self.members = members
    }

    /// Adds a text.
    public mutating func put(_ name: String, _ text: String) { members.append(Member(name, .text(text))) }
    /// Adds a number.
    public mutating func put(_ name: String, _ number: UInt64) { members.append(Member(name, .number(number))) }
    /// Adds a truth.
    public mutating func put(_ name: String, _ flag: Bool) { members.append(Member(name, .flag(flag))) }
}
