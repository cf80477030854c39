public import SecureMemory
public import Wire

// Activation by a code sent to the registered phone (GATEWAY-API.md): two steps, whose bodies travel as the plugin's bytes
// in an ``ActivationStep`` and its ``ActivationReply``.

/// The step `start`: who the person says they are.
///
/// The reply is the same for right and wrong data, so that nobody learns from it who is registered.
public struct SMSStart: Body, Equatable {
    /// The step that takes it; reply: ``SMSStartReply``.
    public static let step = "start"

    /// DNI or NIE; the gateway accepts it as people write it.
    public let document: String
    /// `validity`, `issue` or `support`.
    public let datumKind: String
    /// Canonical: a date as day-month-year, or a support number.
    public let datum: String
    /// The person's locale. The gateway need not heed it: it knows in which language it writes to whom.
    public let locale: String

    /// Bytes of each field, at most.
    private enum Limits {
        static let document = 32
        static let datumKind = 16
        static let datum = 32
        static let locale = 64
    }

    /// All members.
    public init(document: String, datumKind: String, datum: String, locale: String) {
        self.document = document
        self.datumKind = datumKind
        self.datum = datum
        self.locale = locale
    }
    public init(decoding reader: inout WireReader) throws(WireError) {
        document = try reader.text(limit: Limits.document)
        datumKind = try reader.text(limit: Limits.datumKind)
        datum = try reader.text(limit: Limits.datum)
        locale = try reader.text(limit: Limits.locale)
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        writer.put(document)
        writer.put(datumKind)
        writer.put(datum)
        writer.put(locale)
    }
}

/// What the gateway answers to ``SMSStart``.
public enum SMSStartReply: Body, Equatable {
    /// A code is on its way, if the data are right: a line for people, which may be empty, and how many seconds it is
    /// valid.
    case sent(note: String, seconds: UInt32)
    /// Too many attempts: how many seconds to wait.
    case tooMany(seconds: UInt32)

    /// The first byte.
    private enum Outcome: UInt8 {
        case sent = 0
        case tooMany = 1
    }

    public init(decoding reader: inout WireReader) throws(WireError) {
        switch Outcome(rawValue: try reader.byte()) {
        case .sent:
            self = .sent(note: try reader.text(limit: GatewayLimits.line), seconds: try reader.uint32())
        case .tooMany: self = .tooMany(seconds: try reader.uint32())
        case nil: throw .malformed
        }
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        switch self {
        case .sent(let note, let seconds):
            writer.put(byte: Outcome.sent.rawValue)
            writer.put(note)
            writer.put(seconds)
        case .tooMany(let seconds):
            writer.put(byte: Outcome.tooMany.rawValue)
            writer.put(seconds)
        }
    }
}

/// The step `finish`: the code that went to the phone.
public struct SMSCode: Body {
    /// The step that takes it; reply: ``SMSFinishReply``, and the grant with ``SMSFinishReply/accepted``.
    public static let step = "finish"
    /// Bytes of a code, which are decimal digits.
    public static let length = 6

    /// ``length`` digits.
    public let code: SecretBox

    /// Takes the code over.
    public init(_ code: consuming SecretBytes) { self.code = SecretBox(code) }
    public init(decoding reader: inout WireReader) throws(WireError) {
        let secret = try reader.secret(limit: Self.length)
        guard secret.count == Self.length else { throw .malformed }
        code = SecretBox(secret)
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        code.withSecret { writer.put($0) }
    }
}

/// What the gateway answers to ``SMSCode``.
public enum SMSFinishReply: Body, Equatable {
    /// The code is right, and the device acts for the person.
    case accepted
    /// The code is not right.
    case wrongCode(triesLeft: UInt32)
    /// The code is no longer valid, or has no tries left: start again.
    case codeOver

    /// The first byte.
    private enum Outcome: UInt8 {
        case accepted = 0
        case wrongCode = 1
        case codeOver = 2
    }

    public init(decoding reader: inout WireReader) throws(WireError) {
        switch Outcome(rawValue: try reader.byte()) {
        case .accepted: self = .accepted
        case .wrongCode: self = .wrongCode(triesLeft: try reader.uint32())
        case .codeOver: self = .codeOver
        case nil: throw .malformed
        }
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        switch self {
        case .accepted: writer.put(byte: Outcome.accepted.rawValue)
        case .wrongCode(let triesLeft):
            writer.put(byte: Outcome.wrongCode.rawValue)
            writer.put(triesLeft)
        case .codeOver: writer.put(byte: Outcome.codeOver.rawValue)
        }
    }
}
