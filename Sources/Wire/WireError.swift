/// Why bytes are no message. There is nothing to tell a person: the other side is broken or hostile.
public enum WireError: Error, Equatable, Sendable {
    /// The bytes end inside a value.
    case truncated
    /// A length passes its named limit.
    case tooLong
    /// A value has a form that its type forbids: not UTF-8, a boolean of 2, an unknown enumeration value.
    case malformed
    /// Bytes are left over after the last value.
    case trailing
}
