import AgentProtocol
import GatewayAPI
import SecureMemory
import SignedForms
import Testing
import Wire

@testable import AgentCore

@Suite struct `An identity's record` {
    private func record() -> IdentityRecord {
        IdentityRecord(
            identifier: Identifier([UInt8](0..<16))!, method: "sms",
            grant: Grant(
                name: "AINA PROVA MOSTRA", document: "12345678Z", level: 1, activatedAt: 1_800_000_000),
            trust: GatewayTrust(origin: "https://localhost:8443", certificates: [], pin: ""), gatewayName: "Sandbox",
            gatewayKey: [UInt8](repeating: 2, count: 32), keys: DeviceKeys())
    }

    private func bytes(_ record: IdentityRecord) -> [UInt8] {
        record.encoded().withBytes { bytes in
            (0..<bytes.byteCount).map { bytes.unsafeLoad(fromByteOffset: $0, as: UInt8.self) }
        }
    }

    @Test func `keeps its policies and its keys`() throws {
        var record = record()
        record.policies[.sign] = .remember(seconds: 60)
        let again = try IdentityRecord(decoding: bytes(record).span.bytes)
        #expect(again.policies == record.policies)
        let same = again.keys.challenges.publicKey == record.keys.challenges.publicKey
        #expect(same)
    }

    @Test func `of the version before policies asks each time, with the same keys`() throws {
        let record = record()
        // Three policies of five bytes each are what came with version 2, and what is behind them, later: no credentials,
        // whether ssh sees one, and whether it has ended.
        var old = Array(bytes(record).dropLast(21))
        old[3] = 1
        let read = try IdentityRecord(decoding: old.span.bytes)
        #expect(read.policies == ConfirmationPolicies())
        let same = read.keys.signing.publicKey == record.keys.signing.publicKey
        #expect(same)
    }

    @Test func `of the version before signature keys keeps its certificate`() throws {
        let info = CredentialInfo(reference: "pkcs11:id=%01", title: "Card")
        var credential = ByteWriter()
        credential.put(false)
        credential.put(SSHEd25519.blob(SigningKey().publicKey))
        credential.put(list: [[0x30, 0] as [UInt8]]) { $0.put($1) }
        info.encode(into: &credential)
        // The entity came later: four bytes of an empty text. No credentials: four bytes; ssh and the end: one each.
        var old = Array(bytes(record()).dropLast(6)) + [1] + credential.bytes.dropLast(4)
        old[3] = 3
        let read = try IdentityRecord(decoding: old.span.bytes)
        #expect(read.credential(for: .authentication)?.info == info)
        #expect(read.credential(for: .signature) == nil && !read.servesSSH)
        let again = try IdentityRecord(decoding: bytes(read).span.bytes)
        #expect(again.credentials.map(\.certificates) == [[[0x30, 0]]] && again.credentials[0].use == .authentication)
    }

    @Test func `of the version before its end has not ended`() throws {
        var old = Array(bytes(record()).dropLast())
        old[3] = 4
        #expect(try !IdentityRecord(decoding: old.span.bytes).hasEnded)
    }

    @Test func `that has ended holds none of its keys`() throws {
        var record = record()
        func secrets() -> [[UInt8]] {
            func copy(_ bytes: borrowing SecretBytes) -> [UInt8] {
                bytes.withBytes { $0.withUnsafeBytes { Array($0) } }
            }
            return [record.keys.signing.withSeed { copy($0) }, record.keys.sealing.withPrivateKey { copy($0) }]
        }
        let former = secrets()
        record.end()
        let kept = bytes(record)
        for secret in former { #expect(!kept.contains(secret)) }
        #expect(try IdentityRecord(decoding: kept.span.bytes).hasEnded)
    }

    @Test func `of a later version, cut short or with more behind it is refused`() {
        let whole = bytes(record())
        var later = whole
        later[3] = 7
        for bytes in [later, whole + [0]] + whole.indices.map({ Array(whole[..<$0]) }) {
            #expect(throws: WireError.self) { _ = try IdentityRecord(decoding: bytes.span.bytes) }
        }
    }

    @Test func `of a certificate that is registered nowhere keeps that, and names holder and entity`() throws {
        let left = try credentials(
            CredentialInfo(
                reference: "pkcs11:id=%01", title: "Seal", holder: "SEAL OF TESTS", entity: "EMPRESA SL (B12345674)"))
        let made = try #require(IdentityRecord(method: "certificate", localKeys: DeviceKeys(), credentials: left))
        let again = try IdentityRecord(decoding: bytes(made).span.bytes)
        #expect(again.isLocal && !again.isOfClavePIN && again.words == "SEAL OF TESTS, EMPRESA SL (B12345674)")
        #expect(IdentityRecord(method: "sms", localKeys: DeviceKeys(), credentials: []) == nil)
        // Another seal without a document takes its place as little as an identity at a gateway; the same one does.
        #expect(again.takesPlace(of: made) && !again.takesPlace(of: record()) && !record().takesPlace(of: again))
    }

    @Test
    func `of a certificate is read again however long its names are, and is not made where its document is too long`()
        throws
    {
        let long = String(repeating: "ñ", count: 256)
        let left = try credentials(
            CredentialInfo(reference: "pkcs11:id=%01", title: "Seal", holder: long, entity: long))
        let made = try #require(IdentityRecord(method: "certificate", localKeys: DeviceKeys(), credentials: left))
        #expect(try IdentityRecord(decoding: bytes(made).span.bytes).words == long)
        // Sixteen characters, and thirty-two bytes: more than a record reads.
        let info = CredentialInfo(
            reference: "pkcs11:id=%01", title: "Seal", holder: "A", document: String(repeating: "ñ", count: 16))
        let other = try credentials(info)
        #expect(IdentityRecord(method: "certificate", localKeys: DeviceKeys(), credentials: other) == nil)
    }

    /// What a plugin left: a certificate of which it tells this.
    private func credentials(_ info: CredentialInfo) throws -> [Credential] {
        var writer = ByteWriter()
        writer.put(UInt32(1))
        CredentialUse.authentication.encode(into: &writer)
        writer.put(false)
        writer.put(SSHEd25519.blob(SigningKey().publicKey))
        writer.put(list: [[0x30, 0] as [UInt8]]) { $0.put($1) }
        info.encode(into: &writer)
        return try WireReader.read(writer.bytes) { (reader) throws(WireError) in
            try Credential.list(decoding: &reader, hasEntity: true)
        }
    }

    @Test func `has a signing key that is not the device's`() {
        let keys = DeviceKeys()
        let differ = keys.challenges.publicKey != keys.signing.publicKey
        #expect(differ)
    }
}
