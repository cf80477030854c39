public import SecureMemory
public import Wire

/// How a word to a PKCS#11 library ended.
public enum ProviderOutcome: UInt8, Sendable, CaseIterable {
    case done = 0
    /// The token takes no PIN as it is: too many wrong ones, or none but the last try is left.
    case pinLocked = 1
    case wrongPIN = 2
    /// It needs the PIN: for a key that wants it each time, or since the token was taken out.
    case pinNeeded = 3
    /// The token is not there.
    case tokenGone = 4
    /// The library may not be loaded; the detail says why.
    case notAllowed = 5
    /// There is no such file.
    case notFound = 6
    /// Anything else; the detail says what.
    case failed = 7
    /// The PIN would be typed on the reader, which the person has not been told yet.
    case readerNeeded = 8
}

/// Core → plugin host: load a PKCS#11 library, log in to its tokens, and tell their keys; answered by
/// ``ProviderOpened``. The host then signs until its pipe is closed.
public struct ProviderOpen: ~Copyable, WireMessage, Sendable {
    public static var type: UInt8 { 140 }
    /// The library's file, by its real path.
    public let path: String
    /// Empty for none.
    public let pin: SecretBytes

    /// All members.
    public init(path: String, pin: consuming SecretBytes) {
        self.path = path
        self.pin = pin
    }
    public init(decoding reader: inout WireReader) throws(WireError) {
        let path = try reader.text(limit: ProtocolLimits.path)
        self.init(path: path, pin: try reader.secret(limit: ProtocolLimits.answer))
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        writer.put(path)
        writer.put(pin)
    }
}

/// A key on a token.
public struct ProviderKey: Equatable, Sendable, WireValue {
    /// The public half, as a blob of the SSH protocol.
    public let blob: [UInt8]
    /// What the token calls it; may be empty.
    public let label: String
    /// What the token calls itself.
    public let token: String

    /// All members.
    public init(blob: [UInt8], label: String, token: String) {
        self.blob = blob
        self.label = label
        self.token = token
    }
    public init(decoding reader: inout WireReader) throws(WireError) {
        blob = try reader.bytes(limit: ProtocolLimits.keyBlob)
        label = try reader.text(limit: ProtocolLimits.line)
        token = try reader.text(limit: ProtocolLimits.line)
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        writer.put(blob)
        writer.put(label)
        writer.put(token)
    }
}

/// Plugin host → core: the library's keys, or why there are none.
public struct ProviderOpened: WireMessage, Equatable, Sendable {
    public static var type: UInt8 { 141 }
    public let outcome: ProviderOutcome
    /// English; may be empty.
    public let detail: String
    public let keys: [ProviderKey]

    /// All members.
    public init(outcome: ProviderOutcome, detail: String = "", keys: [ProviderKey] = []) {
        self.outcome = outcome
        self.detail = detail
        self.keys = keys
    }
    public init(decoding reader: inout WireReader) throws(WireError) {
        guard let outcome = ProviderOutcome(rawValue: try reader.byte()) else { throw .malformed }
        self.outcome = outcome
        detail = try reader.text(limit: ProtocolLimits.line)
        keys = try reader.list(limit: ProtocolLimits.tokenKeys) { (reader) throws(WireError) in
            try ProviderKey(decoding: &reader)
        }
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        writer.put(byte: outcome.rawValue)
        writer.put(detail)
        writer.put(list: keys) { $1.encode(into: &$0) }
    }
}

/// Core → plugin host: sign; answered by ``ProviderSigned`` with the same number.
public struct ProviderSign: ~Copyable, WireMessage, Sendable {
    public static var type: UInt8 { 142 }
    /// The core's number for it.
    public let number: UInt32
    /// Which of the keys of ``ProviderOpened``, from 0.
    public let key: UInt32
    /// Of the sign request (RFC 9987 section 5.6.1).
    public let flags: UInt32
    public let data: [UInt8]
    /// What the person typed for this signature; empty for none.
    public let pin: SecretBytes
    /// The person expects that the reader asks.
    public let mayUseReader: Bool

    /// All members.
    public init(
        number: UInt32, key: UInt32, flags: UInt32, data: [UInt8], pin: consuming SecretBytes,
        mayUseReader: Bool = false
    ) {
        self.number = number
        self.key = key
        self.flags = flags
        self.data = data
        self.pin = pin
        self.mayUseReader = mayUseReader
    }
    public init(decoding reader: inout WireReader) throws(WireError) {
        let number = try reader.uint32()
        let key = try reader.uint32()
        let flags = try reader.uint32()
        let data = try reader.bytes(limit: ProtocolLimits.tokenContent)
        let pin = try reader.secret(limit: ProtocolLimits.answer)
        self.init(
            number: number, key: key, flags: flags, data: data, pin: pin, mayUseReader: try reader.boolean())
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        writer.put(number)
        writer.put(key)
        writer.put(flags)
        writer.put(data)
        writer.put(pin)
        writer.put(mayUseReader)
    }
}

/// Plugin host → core: a signature, or why there is none.
public struct ProviderSigned: WireMessage, Equatable, Sendable {
    public static var type: UInt8 { 143 }
    public let number: UInt32
    public let outcome: ProviderOutcome
    /// English; may be empty.
    public let detail: String
    /// The signature blob (RFC 4253 section 6.6); empty for none.
    public let signature: [UInt8]

    /// All members.
    public init(number: UInt32, outcome: ProviderOutcome, detail: String = "", signature: [UInt8] = []) {
        self.number = number
        self.outcome = outcome
        self.detail = detail
        self.signature = signature
    }
    public init(decoding reader: inout WireReader) throws(WireError) {
        number = try reader.uint32()
        guard let outcome = ProviderOutcome(rawValue: try reader.byte()) else { throw .malformed }
        self.outcome = outcome
        detail = try reader.text(limit: ProtocolLimits.line)
        signature = try reader.bytes(limit: ProtocolLimits.signatureBlob)
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        writer.put(number)
        writer.put(byte: outcome.rawValue)
        writer.put(detail)
        writer.put(signature)
    }
}
