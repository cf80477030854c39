import AgentProtocol
import SSHKeys
import SignedForms

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
