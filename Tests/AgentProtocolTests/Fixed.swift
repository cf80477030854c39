import AgentProtocol
import SecureMemory
import SignedForms
import Testing
import Wire

/// Fixed values that all examples share.
enum Fixed {
    static let identity = Identifier([UInt8](0..<16))!
    static let request = Identifier([UInt8](0xA0..<0xB0))!
    static let pending = PendingRequest(
        identifier: request, identity: identity, kind: .pin, road: .document, organisation: "Ajuntament de Mostra",
        procedure: "Certificat d'empadronament", code: "K7QD", origin: "127.0.0.1", createdAt: 1_800_000_000,
        expiresAt: 1_800_000_600)
    static let mobile = PendingRequest(
        identifier: request, identity: identity, kind: .mobile, road: .link, organisation: "Ajuntament de Mostra",
        procedure: "Certificat d'empadronament", code: "HD3", origin: "127.0.0.1", createdAt: 1_800_000_000,
        expiresAt: 1_800_000_300)
    static let policies = {
        var policies = ConfirmationPolicies()
        policies[.pin] = .passphrase
        policies[.sign] = .remember(seconds: 600)
        return policies
    }()
    static let registration = RegistrationInfo(
        identifier: request, way: "letter", gateway: "https://localhost:8443", gatewayName: "Sandbox gateway",
        begunAt: 1_800_000_000, due: 0, page: "")
    static let info = IdentityInfo(
        identifier: identity, name: "AINA PROVA MOSTRA", document: "****5678Z", level: 1, method: "sms",
        gateway: "https://localhost:8443", gatewayName: "Sandbox gateway", activatedAt: 1_800_000_000, expiresAt: 0,
        link: .connected, publicKey: [UInt8](repeating: 7, count: 32), signingKey: [UInt8](repeating: 8, count: 32),
        policies: policies, credential: credential,
        signatureCredential: credential)
    static let caller = Caller(
        chain: [
            ProcessInfo(pid: 4242, executable: "/usr/bin/clave-pin"),
            ProcessInfo(pid: 4200, executable: [0x2F, 0xFF, 0x0A], place: .container),
        ],
        uid: 1000, isPinned: true, terminal: "/dev/pts/3", isForwarded: true, hasChanged: true)
    static let credential = CredentialInfo(
        reference: "pkcs11:token=Firefox;id=%01", title: "AINA PROVA", holder: "AINA PROVA", document: "12345678Z",
        issuer: "AC Usuarios", usage: "signature", validAfter: 1_700_000_000, validBefore: 1_900_000_000,
        problem: "expired", entity: "EMPRESA SL (B12345674)")
    static let digest = MessageDigest(.sha256, [UInt8](repeating: 3, count: 32))!
    static let signatureUse = SignatureUse(
        kind: .challenge, relyingParty: "seu.test", name: "Iniciar sessió", digest: digest.text, size: 5, text: "nonce")
    static let batchUse = SignatureUse(
        kind: .document, digest: "", size: nil,
        batch: [SignatureUse.Part(name: "one.pdf", digest: digest.text), SignatureUse.Part(name: "", digest: "x")],
        certificate: "AC DNIE 004, 17-03-2030", isBinding: true, isOnToken: true)
    static let keyUse = KeyUse(
        comment: "key of mine", fingerprint: "SHA256:x", kind: .login, name: "me", host: "SHA256:y")
    static let field = FieldDescription(
        name: "code", label: "Code received by SMS", note: "", kind: .digits, minimumLength: 6, maximumLength: 6,
        choices: [], patience: 600)
    static let trust = GatewayTrust(
        origin: "https://localhost:8443", certificates: Array("-----BEGIN".utf8), pin: "sha256//AAAA")
    static let vault = [UInt8](0x40..<0x50)
    static let slot = [UInt8](0x50..<0x60)
    static func secret(_ text: String) -> SecretBytes { SecretBytes(copying: Array(text.utf8).span.bytes) }
}
