import Certificates
import SSHKeys
import SignedForms

/// Judges an SSH signature (OpenSSH `PROTOCOL.sshsig`): it holds the key, and nothing of whose key that is.
struct SSHSigner {
    let file: SSHSignature.File

    /// - Parameters:
    ///   - namespace: what it must be for; nil for anything.
    ///   - expected: the key that somebody has given.
    func report(
        _ content: ContentDigests.Result, namespace: String?, expected: ExpectedKey?
    ) -> SignatureReport.Signer {
        var signer = SignatureReport.Signer()
        signer.namespace = file.namespace
        signer.digest = content.digests[file.algorithm]
        signer.scheme = file.signatureName
        guard let key = try? PublicKey(blob: file.publicKey) else {
            signer.problems.append(.weakKey)
            return signer
        }
        signer.key = key.plain
        if file.signatureName == "ssh-rsa" { signer.problems.append(.weakDigest("SHA1")) }
        guard let digest = content.digests[file.algorithm],
            let form = SSHSignature(namespace: file.namespace, digest: digest),
            key.plain.isValid(file.signature, of: form.signedBytes)
        else {
            // What is signed is a form with the content's digest in it: which of the two is wrong can't be told.
            signer.problems.append(.wrongSignature)
            return signer
        }
        if let namespace, !namespace.utf8.elementsEqual(file.namespace.utf8) {
            signer.problems.append(.otherNamespace(file.namespace))
        }
        guard let expected else {
            signer.problems.append(.unknownSigner)
            return signer
        }
        if let certificate = expected.certificate, expected.key.blob == key.plain.blob {
            signer.certificate = HolderCertificate(der: certificate)
            // No SSH signature is by PSS (RFC 8332 section 3).
            if case .rsaPSS = signer.certificate?.key { signer.problems.append(.wrongSignature) }
        }
        return signer
    }
}
