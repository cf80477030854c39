import Certificates
import ClaveDomain
import Localization
import SSHKeys
import SecureMemory
import Signatures
import SignedForms
import Wire

/// What was found of a signature, in words and as JSON. All names in a signature come from others:
/// they are cleaned. The files' own names are the person's, and whole.
struct VerifyText {
    let t: Localizer
    let report: SignatureReport
    /// The signature's.
    let file: String
    /// The content's; nil if it is in the signature.
    let content: String?
    /// Of the content.
    let digest: MessageDigest
    /// The file with which a content in the signature was compared; nil if there was none.
    let compared: String?
    /// Whose certificates are believed; nil for the system's authorities.
    let trust: String?

    /// Characters of a foreign text that are shown.
    private static let longest = 200

    /// A foreign text as one line that can't disguise another.
    static func clean(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.prefix(longest).map(DisplayText.shownInLine)))
    }

    // MARK: In words

    /// A line a fact.
    func lines() -> [String] {
        let name = DisplayText.line(file)
        var lines = [report.isGood ? t("{1}: a good signature", name) : t("{1}: NOT a good signature", name)]
        func put(_ name: String, _ value: String) { if !value.isEmpty { lines.append("  \(name): \(value)") } }
        put(t("Form"), form)
        put(t("Content"), (content.map { DisplayText.line($0) } ?? t("in the signature")) + ", \(digest.text)")
        for (place, signer) in report.signers.enumerated() {
            let number = report.signers.count > 1 ? " \(place + 1)" : ""
            put(t("Signer") + number, who(signer))
            put(t("On behalf of"), entity(signer))
            put(t("Signing time"), signer.signedAt.map { t("{1}, as the signer says", TimeText.date($0)) } ?? "")
            put(t("Purpose"), (signer.purpose?.text ?? signer.namespace).map(Self.clean) ?? "")
            put(t("Validity"), signer.certificate.map { TimeText.span($0.validAfter, $0.validBefore) } ?? "")
            put(t("Issuer"), chain(signer))
            put(
                t("Signed by"),
                [signer.scheme, signer.key?.fingerprint ?? ""].filter { !$0.isEmpty }.joined(separator: ", "))
            for problem in signer.problems { put(t("Not good"), text(problem)) }
            if signer.hasUnsignedAttributes {
                put(t("Not looked at"), t("time stamps and countersignatures in the signature"))
            }
        }
        if report.signers.contains(where: { $0.certificate != nil }) {
            put(t("Not looked at"), t("revocation: nobody was asked whether the certificate was revoked"))
        }
        return lines
    }

    private var form: String {
        let name =
            switch report.format {
            case .cms: "CMS"
            case .cades: "CAdES"
            case .jws: "JSON Web Signature"
            case .sshsig: "SSH"
            case .json: "JSON"
            case .raw: "raw"
            }
        return report.isAttached ? t("{1}, with its content inside", name) : t("{1}, detached", name)
    }

    private func who(_ signer: SignatureReport.Signer) -> String {
        guard let holder = signer.certificate else {
            return signer.key == nil ? t("not known") : t("the key alone: no certificate says whose it is")
        }
        let name = holder.name.isEmpty ? t("a certificate without a name that can be shown") : Self.clean(holder.name)
        return name + (holder.maskedNumber.map { " (\($0))" } ?? "")
    }

    private func entity(_ signer: SignatureReport.Signer) -> String {
        guard let entity = signer.certificate?.entity else { return "" }
        return entity.name.isEmpty
            ? Self.clean(entity.number) : "\(Self.clean(entity.name)) (\(Self.clean(entity.number)))"
    }

    private func chain(_ signer: SignatureReport.Signer) -> String {
        Self.issuers(signer).joined(separator: " ← ")
    }

    /// From the one who has issued the signer's certificate on.
    private static func issuers(_ signer: SignatureReport.Signer) -> [String] {
        guard let holder = signer.certificate else { return [] }
        let chain = signer.chain.isEmpty ? [holder] : signer.chain
        // The last is its own issuer, or one that is believed as it is.
        return (chain.count == 1 ? chain : chain.dropLast()).map { $0.issuer.isEmpty ? "?" : clean($0.issuer) }
    }

    // MARK: As JSON

    /// An object for one signer.
    func json(_ place: Int) -> SecretBytes {
        let signer = report.signers[place]
        var json = JSONWriter()
        json.put("file", path: file)
        json.put("verdict", report.isGood ? "good" : "bad")
        json.put("signature", signer.problems.isEmpty ? "good" : "bad")
        json.put("problems", signer.problems.map(Self.code))
        json.put("reasons", signer.problems.map(text))
        json.put("signer", UInt64(place + 1))
        json.put("signers", UInt64(report.signers.count))
        json.put("format", report.format.rawValue)
        json.put("content", report.isAttached ? "attached" : "detached")
        if let content { json.put("content_file", path: content) }
        json.put("content_digest", digest.text)
        if let holder = signer.certificate { Self.put(holder, Self.issuers(signer), into: &json) }
        if let time = signer.signedAt { json.put("claimed_signing_time", time) }
        if let namespace = signer.namespace { json.put("namespace", Self.clean(namespace)) }
        if case .challenge(let party, let purpose)? = signer.purpose {
            json.put("relying_party", Self.clean(party))
            json.put("for", Self.clean(purpose))
        }
        json.put("scheme", signer.scheme)
        json.put("key", signer.key?.fingerprint ?? "")
        json.put("trust", path: trust ?? "system")
        json.put("revocation", "not checked")
        return json.finish()
    }

    private static func put(_ holder: HolderCertificate, _ issuers: [String], into json: inout JSONWriter) {
        json.put("holder", clean(holder.name))
        json.put("document", holder.maskedNumber ?? "")
        if let entity = holder.entity {
            json.put("entity", clean(entity.name))
            json.put("entity_number", clean(entity.number))
        }
        json.put("issuers", issuers)
        json.put("valid_after", holder.validAfter)
        json.put("valid_before", holder.validBefore)
        json.put("certificate", PEM.text(holder.der, "CERTIFICATE"))
    }
}
