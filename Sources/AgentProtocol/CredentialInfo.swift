public import Wire

/// What an identity's key and its certificate are for (RFC 5280 section 4.2.1.3).
public enum CredentialUse: UInt8, Sendable, CaseIterable, WireValue {
    /// To tell who somebody is, and what else the certificate allows: the one by which the identity was activated.
    case authentication = 1
    /// To bind somebody, as by hand: content commitment. A card has a key of its own for it.
    case signature = 2

    public init(decoding reader: inout WireReader) throws(WireError) {
        guard let use = CredentialUse(rawValue: try reader.byte()) else { throw .malformed }
        self = use
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) { writer.put(byte: rawValue) }
}

/// What is known of a credential: a certificate that is installed, one that was imported, a card.
public struct CredentialInfo: Equatable, Sendable, WireValue {
    /// Where its key is: an RFC 7512 URI, a card's serial number; empty for a key that the agent holds itself. What stands
    /// behind a `#` is for the plugin alone: it is kept, and shown to nobody.
    public let reference: String
    /// For people: what it is called where it is.
    public let title: String
    /// The person's name.
    public let holder: String
    /// Their DNI or NIE, or a person's other tax number; empty if it tells none; starred where an identity is told of.
    public let document: String
    /// Who issued it.
    public let issuer: String
    /// What it is for, for people. Of one that is kept, the names of the schemes to which its certificate limits the key
    /// (RFC 4055 section 1.2), with spaces between them; empty for no limit.
    public let usage: String
    /// Seconds since 1970; 0 if not known.
    public let validAfter: UInt64
    /// Seconds since 1970; 0 if not known.
    public let validBefore: UInt64
    /// Why it can't be used, in the person's language; empty if it can.
    public let problem: String
    /// For whom the holder acts by it: the entity's name and tax number, `EMPRESA SL (B12345674)`; empty for themselves.
    public let entity: String

    /// All members.
    public init(
        reference: String, title: String, holder: String = "", document: String = "", issuer: String = "",
        usage: String = "", validAfter: UInt64 = 0, validBefore: UInt64 = 0, problem: String = "", entity: String = ""
    ) {
        self.reference = reference
        self.title = title
        self.holder = holder
        self.document = document
        self.issuer = issuer
        self.usage = usage
        self.validAfter = validAfter
        self.validBefore = validBefore
        self.problem = problem
        self.entity = entity
    }

    /// The same without the document's number, which `stars` takes the place of, and without what is the plugin's alone.
    public func starred(_ stars: String) -> CredentialInfo {
        CredentialInfo(
            reference: String(reference.prefix { $0 != "#" }), title: title, holder: holder, document: stars,
            issuer: issuer, usage: usage,
            validAfter: validAfter, validBefore: validBefore, problem: problem, entity: entity)
    }

    public init(decoding reader: inout WireReader) throws(WireError) {
        try self.init(decoding: &reader, hasEntity: true)
    }

    /// Reads what was written, by an agent that knew of entities or by an older one.
    public init(decoding reader: inout WireReader, hasEntity: Bool) throws(WireError) {
        reference = try reader.text(limit: ProtocolLimits.reference)
        title = try reader.text(limit: ProtocolLimits.line)
        holder = try reader.text(limit: ProtocolLimits.line)
        document = try reader.text(limit: ProtocolLimits.name)
        issuer = try reader.text(limit: ProtocolLimits.line)
        usage = try reader.text(limit: ProtocolLimits.line)
        validAfter = try reader.uint64()
        validBefore = try reader.uint64()
        problem = try reader.text(limit: ProtocolLimits.line)
        entity = hasEntity ? try reader.text(limit: ProtocolLimits.line) : ""
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        writer.put(reference)
        writer.put(title)
        writer.put(holder)
        writer.put(document)
        writer.put(issuer)
        writer.put(usage)
        writer.put(validAfter)
        writer.put(validBefore)
        writer.put(problem)
        writer.put(entity)
    }
}
