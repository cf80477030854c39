import Wire

/// What a signature is for, as its own bytes tell.
public enum SigningPurpose: Equatable, Sendable {
    /// A login by public key (RFC 4252 section 7).
    case login(Login)
    /// A signature over a message or file (OpenSSH `PROTOCOL.sshsig`); the namespace.
    case message(namespace: String)
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
        } else if let namespace = try? Self.namespace(data) {
            self = .message(namespace: namespace)
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

    private static func namespace(_ data: [UInt8]) throws(WireError) -> String {
        let magic = Array("SSHSIG".utf8)
        guard data.starts(with: magic) else { throw .malformed }
        return try WireReader.read(Array(data.dropFirst(magic.count))) { (reader) throws(WireError) in
            let namespace = try reader.text(limit: 1024)
            guard !namespace.isEmpty, try reader.bytes(limit: 1024).isEmpty else { throw .malformed }
            _ = try reader.text(limit: 32)
            _ = try reader.bytes(limit: 64)
            return namespace
        }
    }
}
