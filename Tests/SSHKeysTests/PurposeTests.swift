import SecureMemory
import SignedForms
import Testing
import Wire

@testable import SSHKeys

/// One thing of each form that gets signed.
private enum Forms {
    static let digest = MessageDigest(of: [1, 2, 3])
    static let challenge = ClaveChallenge(relyingParty: "seu.test", purpose: "login", digest: digest)!.signedBytes
    static let message = SSHSignature(namespace: "file", digest: digest)!.signedBytes
    static let handshake =
        CertificateVerify.padding + Array("TLS 1.3, client CertificateVerify".utf8) + [0]
        + [UInt8](repeating: 7, count: 32)
    static let gateway = Array("\"@method\": POST\n\"@authority\": gateway.test\n".utf8)

    static func login(session: Int = 32) -> [UInt8] {
        var writer = ByteWriter()
        writer.put([UInt8](repeating: 9, count: session))
        writer.put(byte: 50)
        for text in ["user", "ssh-connection", "publickey"] { writer.put(text) }
        writer.put(true)
        writer.put("ssh-ed25519")
        writer.put([1, 2, 3])
        return writer.bytes
    }

    static let all: [[UInt8]] = [
        challenge, message, handshake, gateway, login(), login(session: 20), login(session: 64),
    ]
}

@Suite struct `What a signature is for` {
    @Test func `is told by the bytes`() {
        #expect(SigningPurpose(of: Forms.message) == .message(namespace: "file"))
        guard case .challenge = SigningPurpose(of: Forms.challenge),
            case .certificateVerify = SigningPurpose(of: Forms.handshake),
            case .login = SigningPurpose(of: Forms.login())
        else { return #expect(Bool(false)) }
        #expect(SigningPurpose(of: Array("hello".utf8)) == .opaque)
    }

    @Test func `is one thing only: each form is read by its own reader and no other`() {
        for form in Forms.all {
            let readers = [
                (try? ClaveChallenge(signedBytes: form)) != nil, (try? SSHSignature(signedBytes: form)) != nil,
                CertificateVerify(signedBytes: form) != nil,
                { if case .login = SigningPurpose(of: form) { true } else { false } }(),
            ]
            #expect(readers.count { $0 } == (form == Forms.gateway ? 0 : 1))
        }
    }

    @Test func `is never opaque for bytes that begin as a form does, whole, cut short or changed further on`() {
        for form in Forms.all {
            #expect(SigningPurpose.resemblesForm(form))
            #expect(SigningPurpose.resemblesForm(form + [0]))
            #expect(SigningPurpose.resemblesForm(Array(form.dropLast())))
            var changed = form
            changed[changed.count - 1] ^= 0xFF
            #expect(SigningPurpose.resemblesForm(changed))
        }
        for text in ["", "hello", "{\"alg\":\"EdDSA\"}", "eyJhbGciOiJFZERTQSJ9.e30"] {
            #expect(!SigningPurpose.resemblesForm(Array(text.utf8)))
        }
    }
}
