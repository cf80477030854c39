import AgentProtocol
import GatewayAPI
import SSHKeys
import SecureMemory
import Wire

/// The keys of one activation: the device signs with one, and is sealed to with the other.
final class DeviceKeys: Sendable {
    /// Ed25519.
    let signing: SigningKey
    /// X25519.
    let sealing: SealingKey
    /// Ed25519, derived from the device's: what a tool has signed can never pass for a word of the device's with its
    /// gateway.
    let challenges: SigningKey

    /// New keys.
    convenience init() {
        self.init(signing: SigningKey(), sealing: SealingKey())
    }

    fileprivate init(signing: consuming SigningKey, sealing: consuming SealingKey) {
        let seed = signing.withSeed { SecretBox(derivedKey(named: "clave-agent challenges v1", from: $0)) }
        challenges = SigningKey(seed: seed.take()!)!
        self.signing = signing
        self.sealing = sealing
    }

    /// Reads what the vault keeps.
    convenience init(decoding reader: inout WireReader) throws(WireError) {
        guard let signing = SigningKey(seed: try reader.secret(limit: SigningKey.seedLength)),
            let sealing = SealingKey(privateKey: try reader.secret(limit: SealingKey.keyLength))
        else { throw .malformed }
        self.init(signing: signing, sealing: sealing)
    }

    /// Writes what the vault keeps.
    func encode(into writer: inout SecretWriter) {
        signing.withSeed { writer.put($0) }
        sealing.withPrivateKey { writer.put($0) }
    }
}

/// What an activation leaves behind: the vault keeps it, sealed, one record an identity.
struct IdentityRecord: Sendable {
    /// 0 was that of agents for Cl@ve PIN alone, and knew no level; 1 had no policies, so that each time is asked for; 2 had
    /// no credential; 3 had one at most, for authentication; 4 did not know that one has ended; 5 knew neither for whom a
    /// holder acts nor identities that are registered nowhere. They become this version when they are next written.
    private static let version: UInt32 = 6

    /// Names the identity for this agent.
    let identifier: Identifier
    /// The plugin that activated it.
    let method: String
    /// Whose it is, as the gateway granted it.
    var grant: Grant
    /// How its gateway is known.
    let trust: GatewayTrust
    /// What the gateway calls itself.
    let gatewayName: String
    /// The Ed25519 key by which the gateway signs, learned at activation.
    let gatewayKey: [UInt8]
    /// The device's keys; of one that has ended, new ones that are known nowhere.
    private(set) var keys: DeviceKeys
    /// The certificate by which it was activated, and others that came with it: one at most for each use.
    let credentials: [Credential]
    /// How the person is asked before it acts.
    var policies = ConfirmationPolicies()
    /// Whether ssh sees the certificate's key.
    var servesSSH = false
    /// Whether its gateway has said that the device acts no more.
    private(set) var hasEnded = false

    init(
        identifier: Identifier, method: String, grant: Grant, trust: GatewayTrust, gatewayName: String,
        gatewayKey: [UInt8], keys: DeviceKeys, credentials: [Credential] = []
    ) {
        self.identifier = identifier
        self.method = method
        self.grant = grant
        self.trust = trust
        self.gatewayName = gatewayName
        self.gatewayKey = gatewayKey
        self.keys = keys
        self.credentials = credentials
    }

    /// Reads a record's plaintext.
    init(decoding bytes: RawSpan) throws(WireError) {
        self = try WireReader.read(bytes) { (reader) throws(WireError) in
            let version = try reader.uint32()
            guard (0...Self.version).contains(version) else { throw .malformed }
            guard version > 0 else { return try Self.ofClavePIN(&reader) }
            let identifier = try Identifier(decoding: &reader)
            let method = try reader.text(limit: ProtocolLimits.name)
            let grant = try Grant(decoding: &reader)
            let trust = try GatewayTrust(decoding: &reader)
            let gatewayName = try reader.text(limit: ProtocolLimits.line)
            let gatewayKey = try reader.bytes(count: SigningKey.publicKeyLength)
            let keys = try DeviceKeys(decoding: &reader)
            let policies = version > 1 ? try ConfirmationPolicies(decoding: &reader) : ConfirmationPolicies()
            var record = IdentityRecord(
                identifier: identifier, method: method, grant: grant, trust: trust, gatewayName: gatewayName,
                gatewayKey: gatewayKey, keys: keys, credentials: try Self.credentials(&reader, version: version))
            record.policies = policies
            record.servesSSH = version > 3 ? try reader.boolean() : false
            record.hasEnded = version > 4 ? try reader.boolean() : false
            return record
        }
    }

    private static func ofClavePIN(_ reader: inout WireReader) throws(WireError) -> IdentityRecord {
        let identifier = try Identifier(decoding: &reader)
        let document = try reader.text(limit: GatewayLimits.document)
        let name = try reader.text(limit: ProtocolLimits.line)
        let trust = try GatewayTrust(decoding: &reader)
        let gatewayName = try reader.text(limit: ProtocolLimits.line)
        let gatewayKey = try reader.bytes(count: SigningKey.publicKeyLength)
        return IdentityRecord(
            identifier: identifier, method: "pin",
            grant: Grant(name: name, document: document, level: 0, activatedAt: 0), trust: trust,
            gatewayName: gatewayName, gatewayKey: gatewayKey, keys: try DeviceKeys(decoding: &reader))
    }

    /// Ends it: the device's keys are of no use any more, and are gone. Its certificates are the person's, and stay.
    mutating func end() {
        keys = DeviceKeys()
        hasEnded = true
    }

    /// Whether it was activated for Cl@ve PIN alone, and its gateway has not upgraded it yet: then its level is not known.
    var isOfClavePIN: Bool { grant.level == 0 && !isLocal }

    /// Whether it only signs by its certificate: it is registered at no gateway.
    var isLocal: Bool { trust.origin.isEmpty }

    /// For whom the holder acts by the certificate: name and tax number; empty for themselves.
    var entity: String { credential(for: .authentication)?.info.entity ?? "" }

    /// Names it for people, and tells it from others of the same person: name, starred document, entity; as much as a question
    /// holds.
    var words: String {
        let document = grant.document.isEmpty ? "" : " (\(maskedDocument))"
        return PlainText.beginning(
            of: grant.name + document + (entity.isEmpty ? "" : ", \(entity)"), bytes: ProtocolLimits.line)
    }

    /// Whether it is the same person's at the same gateway.
    func isSamePersons(as other: IdentityRecord) -> Bool {
        grant.document == other.grant.document && trust.origin == other.trust.origin
    }

    /// Whether it does all that the other one does: it is the same person's at the same gateway, of which one device acts,
    /// and the other one has no certificate, or one by the same key.
    func takesPlace(of other: IdentityRecord) -> Bool {
        guard isSamePersons(as: other) else { return false }
        let theirs = other.credential(for: .authentication)
        return theirs == nil || theirs?.publicKey.blob == credential(for: .authentication)?.publicKey.blob
    }

    private static func credentials(_ reader: inout WireReader, version: UInt32) throws(WireError) -> [Credential] {
        guard version > 3 else {
            let isCertified = version == 3 ? try reader.boolean() : false
            return isCertified ? [try Credential(.authentication, decoding: &reader, hasEntity: false)] : []
        }
        return try Credential.list(decoding: &reader, hasEntity: version > 5)
    }

    /// The certificate for a use; nil if it has none.
    func credential(for use: CredentialUse) -> Credential? { credentials.first { $0.use == use } }

    /// The record's plaintext, in guarded memory.
    func encoded() -> SecretBytes {
        var writer = SecretWriter()
        writer.put(Self.version)
        identifier.encode(into: &writer)
        writer.put(method)
        grant.encode(into: &writer)
        trust.encode(into: &writer)
        writer.put(gatewayName)
        writer.put(gatewayKey)
        keys.encode(into: &writer)
        policies.encode(into: &writer)
        Credential.encode(credentials, into: &writer)
        writer.put(servesSSH)
        writer.put(hasEnded)
        return writer.finish()
    }

    /// The starred document: only the last five characters show.
    var maskedDocument: String {
        String(repeating: "*", count: max(0, grant.document.count - 5)) + grant.document.suffix(5)
    }
}
