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
        guard file.signatureName != "ssh-rsa" else {
            // Nothing here verifies SHA-1: whether the signature is wrong, too, is not known.
            signer.problems.append(.weakDigest("SHA1"))
            return signer
        }
        guard isValid(content, by: key.plain) else {
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

    /// What is signed is a form with the content's digest in it: which of the two is wrong can't be told.
    private func isValid(_ content: ContentDigests.Result, by key: PublicKey) -> Bool {
        guard let digest = content.digests[file.algorithm],
            let form = SSHSignature(namespace: file.namespace, digest: digest)
        else { return false }
        return key.isValid(file.signature, of: form.signedBytes)
    }
}
