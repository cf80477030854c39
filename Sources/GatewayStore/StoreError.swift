/// Why the store did not do what was asked.
public struct StoreError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What it is about, whatever the engine calls it.
    public enum Kind: Equatable, Sendable {
        /// The disk is full.
        case full
        /// The tables refuse it, and would refuse it again: a row would be there twice, or break another rule.
        case refused(UniqueKey?)
        /// The machine, and not what was to be written, is the reason: the disk, the memory or another process.
        case machine
        /// The database was made by a newer version of this program.
        case newer
        /// Anything else: a damaged file, a fault in a statement.
        case other
    }

    public let kind: Kind
    /// The engine's words; they name tables, never values.
    public let description: String

    public init(_ kind: Kind, _ description: String) {
        self.kind = kind
        self.description = description
    }

    /// Whether the disk is full.
    public var isFull: Bool { kind == .full }

    /// Whether the tables refuse it, as a row that would be there twice.
    public var isRefused: Bool { if case .refused = kind { true } else { false } }

    /// Whether the machine, and not what was to be written, is the reason.
    public var isOfTheMachine: Bool { kind == .full || kind == .machine }
}

/// What may be there once only. The raw value is the table with its column.
public enum UniqueKey: String, Sendable {
    /// Two people of one document.
    case citizenDocument = "citizens.document"
    /// Two people with one phone.
    case citizenPhone = "citizens.phone"
    /// Two devices of one signing key.
    case deviceKey = "devices.signing_key"
    /// Two devices that act for one person.
    case activeDevice = "devices.citizen"
    /// Two letters to one person that can be used.
    case liveLetter = "letters.document"
    /// Two calls that one operator holds.
    case heldCall = "calls.holder"
}
