import AgentProtocol
import SSHKeys
import SignedForms

extension KeyUse {
    init(_ purpose: SigningPurpose, key: PublicKey, comment: String) {
        let fingerprint = key.fingerprint
        switch purpose {
        case .login(let login):
            let host = login.hostKey.flatMap { try? PublicKey(blob: $0) }?.fingerprint ?? ""
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
    static func line(_ bytes: [UInt8]) -> String {
        let text = String(decoding: bytes.prefix(256), as: UTF8.self)
        return String(
            text.unicodeScalars.map { scalar in
                let isPlain =
                    scalar.value >= 0x20 && !(0x7F...0x9F).contains(scalar.value) && !isDirectional(scalar.value)
                return isPlain ? Character(scalar) : "?"
            }.prefix(120))
    }

    private static func isDirectional(_ value: UInt32) -> Bool {
        switch value {
        case 0x061C, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069, 0x2028, 0x2029, 0xFEFF: true
        default: false
        }
    }
}
