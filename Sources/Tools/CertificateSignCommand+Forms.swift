import AgentProtocol
import Certificates
import Posix
import SecureMemory
import SignedForms
import Wire

/// The forms in which signatures are written.
extension CertificateSignCommand {
    func cms(
        _ reply: CertificateSignReply, _ signature: [UInt8], _ digest: MessageDigest, enclosing content: [UInt8]?
    ) throws(ToolProgram.Failure) -> [UInt8] {
        let certificate = reply.certificates.first.flatMap { MessageDigest(.sha256, of: $0)?.bytes }
        guard
            let attributes = SignedAttributes(
                digest: digest, signedAt: reply.signedAt, certificateDigest: format == .cades ? certificate : nil),
            let message = content.map({
                CMSWriter.attached(
                    attributes, signature: signature, reply.scheme, certificates: reply.certificates, content: $0)
            })
                ?? CMSWriter.detached(
                    attributes, signature: signature, reply.scheme, certificates: reply.certificates)
        else { throw .agent(.broken(.closed)) }
        return options.has("pem") ? Array((PEM.text(message, "CMS") + "\n").utf8) : message
    }

    func sshSignature(
        _ reply: CertificateSignReply, _ signature: [UInt8], _ digest: MessageDigest
    ) throws(ToolProgram.Failure) -> [UInt8] {
        guard let form = SSHSignature(namespace: options.value("namespace") ?? "", digest: digest),
            let blob = ForeignForms.sshBlob(signature, reply.scheme)
        else { throw .agent(.broken(.closed)) }
        return Array((form.armored(publicKey: reply.publicKey, signature: blob) + "\n").utf8)
    }

    func json(_ reply: CertificateSignReply, _ signature: [UInt8]) -> [UInt8] {
        var json = JSONWriter()
        json.put("identity", "\(reply.identity)")
        json.put("scheme", reply.scheme.rawValue)
        json.put("certificates", reply.certificates.map { PEM.text($0, "CERTIFICATE") }.joined(separator: "\n"))
        json.put("signature", base64(signature))
        return json.finish().withBytes { bytes in
            (0..<bytes.byteCount).map { unsafe bytes.unsafeLoad(fromByteOffset: $0, as: UInt8.self) }
        }
    }
}
