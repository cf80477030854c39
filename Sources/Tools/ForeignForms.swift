import Certificates
import SecureMemory
import SignedForms
import Wire

/// Signatures by certificates' keys as other programs write them.
enum ForeignForms {
    /// As OpenSSL has it: DER for ECDSA (RFC 3279 section 2.2.3).
    static func raw(_ signature: [UInt8], _ scheme: SignatureScheme) -> [UInt8] {
        scheme.kind == .ecdsa ? ECDSASignature.der(fromFixed: signature) : signature
    }

    /// Whether SSH signs so.
    static func isSSH(_ scheme: SignatureScheme) -> Bool { sshBlob([], scheme) != nil }

    /// As SSH has it (RFC 8332 section 3, RFC 5656 section 3.1.2, RFC 8709 section 6); nil for what SSH does not sign by.
    static func sshBlob(_ signature: [UInt8], _ scheme: SignatureScheme) -> [UInt8]? {
        let name: String
        switch scheme {
        case .rs256: name = "rsa-sha2-256"
        case .rs512: name = "rsa-sha2-512"
        case .es256: name = "ecdsa-sha2-nistp256"
        case .es384: name = "ecdsa-sha2-nistp384"
        case .es512: name = "ecdsa-sha2-nistp521"
        case .edDSA: name = "ssh-ed25519"
        case .rs384, .ps256, .ps384, .ps512: return nil
        }
        var writer = ByteWriter()
        writer.put(name)
        writer.put(scheme.kind == .ecdsa ? pair(signature) : signature)
        return writer.bytes
    }

    private static func pair(_ signature: [UInt8]) -> [UInt8] {
        let half = signature.count / 2
        var writer = ByteWriter()
        for number in [signature[..<half], signature[half...]] {
            let digits = Array(number.drop { $0 == 0 })
            writer.put((digits.first ?? 0) >= 0x80 ? [0] + digits : digits)
        }
        return writer.bytes
    }
}

/// PEM (RFC 7468).
enum PEM {
    static func text(_ der: [UInt8], _ label: String) -> String {
        var lines = ["-----BEGIN \(label)-----"]
        var rest = base64(der)[...]
        while !rest.isEmpty {
            lines.append(String(rest.prefix(64)))
            rest = rest.dropFirst(64)
        }
        return (lines + ["-----END \(label)-----"]).joined(separator: "\n")
    }
}
