public import SignedForms
import Wire

/// What a signature is for, as its own bytes tell.
public enum SigningPurpose: Equatable, Sendable {
    /// A login by public key (RFC 4252 section 7).
    case login(Login)
    /// A signature over a message or file (OpenSSH `PROTOCOL.sshsig`); the namespace.
    case message(namespace: String)
    /// A peer's part of a TLS 1.3 handshake (RFC 8446 section 4.4.3).
    case certificateVerify(CertificateVerify)
    /// A Cl@ve challenge.
    case challenge(ClaveChallenge)
    /// Anything else.
    case opaque

    /// What a login's signature covers.
    public struct Login: Equatable, Sendable {
        public let session: [UInt8]
        public let user: String
        /// The key, as a blob.
        public let key: [UInt8]
        /// The host's key, where the client binds the login to it (`publickey-hostbound-v00@openssh.com`).
        public let hostKey: [UInt8]?
    }

    /// Reads what is to be signed.
    public init(of data: [UInt8]) {
        if let login = try? Self.login(data) {
            self = .login(login)
        } else if let message = try? SSHSignature(signedBytes: data) {
            self = .message(namespace: message.namespace)
        } else if let handshake = CertificateVerify(signedBytes: data) {
            self = .certificateVerify(handshake)
        } else if let challenge = try? ClaveChallenge(signedBytes: data) {
            self = .challenge(challenge)
        } else {
            self = .opaque
        }
    }

    private static func login(_ data: [UInt8]) throws(WireError) -> Login {
        try WireReader.read(data) { (reader) throws(WireError) in
            let session = try reader.bytes(limit: 128)
            guard !session.isEmpty, try reader.byte() == 50 else { throw .malformed }
            let user = try reader.text(limit: 1024)
            guard try reader.text(limit: 64) == "ssh-connection" else { throw .malformed }
            let method = try reader.text(limit: 64)
            guard try reader.boolean() else { throw .malformed }
            let algorithm = try reader.text(limit: 64)
            let key = try reader.bytes(limit: KeyLimits.blob)
            guard !algorithm.isEmpty else { throw .malformed }
            switch method {
            case "publickey": return Login(session: session, user: user, key: key, hostKey: nil)
            case "publickey-hostbound-v00@openssh.com":
                return Login(session: session, user: user, key: key, hostKey: try reader.bytes(limit: KeyLimits.blob))
            default: throw .malformed
            }
        }
    }

    /// Whether bytes begin as those of another form do, whole or not: nobody may have them signed as opaque ones.
    ///
    /// A login begins with its session's identifier and the message's number; what is signed for a gateway begins with
    /// the name of its first component.
    public static func resemblesForm(_ data: [UInt8]) -> Bool {
        let beginnings = [
            SSHSignature.magic, ClaveChallenge.magic, Array(CertificateVerify.padding.prefix(32)), Array("\"@".utf8),
        ]
        if beginnings.contains(where: data.starts(with:)) { return true }
        guard data.count > 4 else { return false }
        let length = data.prefix(4).reduce(0) { $0 << 8 | Int($1) }
        return length < data.count - 4 && data[4 + length] == 50
    }
}
