import AgentProtocol
import GatewayAPI
import SecureMemory
import Vault
import Wire

/// A registration that goes on another day: the vault keeps it, sealed.
struct RegistrationRecord: Sendable {
    /// 1 did not know for whom a certificate's holder acts. It becomes this version when it is next written.
    private static let version: UInt32 = 2

    /// What is shown of it.
    let info: RegistrationInfo
    let trust: GatewayTrust
    /// The Ed25519 key by which the gateway signs, learned when it began.
    let gatewayKey: [UInt8]
    /// Of the device that began it, and goes on with it.
    let keys: DeviceKeys
    /// The gateway's name for it.
    let session: [UInt8]
    /// What the plugin goes on from; it may hold what the person typed.
    let reference: String
    /// What a certificate's plugin has left, for the identity.
    let credentials: [Credential]

    init(
        info: RegistrationInfo, trust: GatewayTrust, gatewayKey: [UInt8], keys: DeviceKeys, session: [UInt8],
        reference: String, credentials: [Credential]
    ) {
        self.info = info
        self.trust = trust
        self.gatewayKey = gatewayKey
        self.keys = keys
        self.session = session
        self.reference = reference
        self.credentials = credentials
    }

    /// What is kept of it when its plugin goes on another day.
    func waiting(for pending: PluginPending, session: [UInt8]) -> RegistrationRecord {
        let info = RegistrationInfo(
            identifier: info.identifier, way: info.way, gateway: info.gateway, gatewayName: info.gatewayName,
            begunAt: info.begunAt, due: pending.due, page: pending.page)
        return RegistrationRecord(
            info: info, trust: trust, gatewayKey: gatewayKey, keys: keys, session: session,
            reference: pending.reference, credentials: credentials)
    }

    /// Reads a record's plaintext.
    init(decoding bytes: RawSpan) throws(WireError) {
        self = try WireReader.read(bytes) { (reader) throws(WireError) in
            let version = try reader.uint32()
            guard (1...Self.version).contains(version) else { throw .malformed }
            let info = try RegistrationInfo(decoding: &reader)
            let trust = try GatewayTrust(decoding: &reader)
            let gatewayKey = try reader.bytes(count: SigningKey.publicKeyLength)
            let keys = try DeviceKeys(decoding: &reader)
            let session = try reader.bytes(limit: ProtocolLimits.identifier)
            let reference = try reader.text(limit: ProtocolLimits.reference)
            return RegistrationRecord(
                info: info, trust: trust, gatewayKey: gatewayKey, keys: keys, session: session, reference: reference,
                credentials: try Credential.list(decoding: &reader, hasEntity: version > 1))
        }
    }

    /// The record's plaintext, in guarded memory.
    func encoded() -> SecretBytes {
        var writer = SecretWriter()
        writer.put(Self.version)
        info.encode(into: &writer)
        trust.encode(into: &writer)
        writer.put(gatewayKey)
        keys.encode(into: &writer)
        writer.put(session)
        writer.put(reference)
        Credential.encode(credentials, into: &writer)
        return writer.finish()
    }
}

extension VaultKeeper {
    /// Registrations that one vault keeps.
    private static let maximumRegistrations = ProtocolLimits.registrations

    /// Seals a registration into the vault, in the place of what was kept of it.
    ///
    /// - Throws: `.busy` if it keeps as many as it can.
    func put(_ record: RegistrationRecord) async throws(AgentError) {
        let name = RecordID(bytes: record.info.identifier.bytes)!
        try await withTurn { () throws(AgentError) in
            guard let box = open else { throw AgentError(.noIdentity) }
            let kept = box.vault.records.filter { $0.kind == .registration }
            guard kept.count < Self.maximumRegistrations || kept.contains(where: { $0.id == name }) else {
                throw AgentError(.busy, "too many registrations are begun")
            }
            try await onWorker { () throws(VaultError) in
                try box.vault.put(name, kind: .registration, record.encoded())
            }
        }
    }

    /// All registrations, oldest first.
    func registrations() async throws(AgentError) -> [RegistrationRecord] {
        try await withTurn { () throws(AgentError) in
            guard let box = open else { throw AgentError(.noIdentity) }
            return try await onWorker { () throws(VaultError) in
                var records: [RegistrationRecord] = []
                for info in box.vault.records where info.kind == .registration {
                    let plaintext = try box.vault.read(info.id)
                    guard let record = plaintext.withBytes({ try? RegistrationRecord(decoding: $0) }) else {
                        throw .damaged
                    }
                    records.append(record)
                }
                return records.sorted { $0.info.begunAt < $1.info.begunAt }
            }
        }
    }

    /// The registration of that name.
    ///
    /// - Throws: `.noRegistration`.
    func registration(_ identifier: Identifier) async throws(AgentError) -> RegistrationRecord {
        guard let found = try await registrations().first(where: { $0.info.identifier == identifier }) else {
            throw AgentError(.noRegistration)
        }
        return found
    }
}
