import AgentProtocol
import SSHKeys
import SignedForms
import Wire

extension KeyUse {
    /// - Parameter hash: the digest by which keys are named.
    init(_ purpose: SigningPurpose, key: PublicKey, comment: String, by hash: FingerprintHash) {
        let fingerprint = key.fingerprint(hash)
        switch purpose {
        case .login(let login):
            let host = login.hostKey.flatMap { try? PublicKey(blob: $0) }?.fingerprint(hash) ?? ""
            self.init(comment: comment, fingerprint: fingerprint, kind: .login, name: login.user, host: host)
        case .message(let namespace):
            self.init(comment: comment, fingerprint: fingerprint, kind: .message, name: namespace, host: "")
        case .certificateVerify(let handshake):
            self.init(
                comment: comment, fingerprint: fingerprint, kind: .certificateVerify, name: handshake.role.rawValue,
                host: "")
        case .challenge(let challenge):
            self.init(
                comment: comment, fingerprint: fingerprint, kind: .challenge, name: challenge.relyingParty, host: "")
        case .opaque: self.init(comment: comment, fingerprint: fingerprint, kind: .opaque, name: "", host: "")
        }
    }
}

/// Foreign text as one line that a question may show.
enum DisplayText {
    /// The whole content, if it is a short text that can be shown as it is; else nil.
    static func whole(_ bytes: [UInt8]) -> String? {
        guard let whole = String(validating: bytes, as: UTF8.self), line(bytes) == whole else { return nil }
        return whole
    }

    static func line(_ bytes: [UInt8]) -> String {
        let text = String(decoding: bytes.prefix(256), as: UTF8.self)
        return String(
            text.unicodeScalars.map { scalar in
                scalar.value >= 0x20 && PlainText.holds(scalar) ? Character(scalar) : "?"
            }.prefix(120))
    }
}
