import AgentProtocol
import Localization

/// Words for what an identity or a key is to sign.
extension PromptComposer {
    func signatureParagraphs(_ use: SignatureUse) -> [[PromptText.Line]] {
        let count = use.batch.count
        let request =
            count == 0
            ? t("May the program below have this signature of yours?")
            : t("May the program below have {1} signatures of yours, all at once?", "\(count)")
        return [
            [line(request)],
            use.isBinding ? bindingLines.map(line) : [],
            (purposeLines(use) + keyLines(use)).map(line),
            use.batch.isEmpty ? contentLines(use).map(line) : batchLines(use),
        ]
    }

    /// Regulation (EU) 910/2014 article 25.2.
    private var bindingLines: [String] {
        [
            t("This signature binds you as one by hand does."),
            t("Say yes only if you have read what is signed, and agree to it."),
        ]
    }

    /// What only the program says is said to be its word.
    private func purposeLines(_ use: SignatureUse) -> [String] {
        let name = ForeignText.quoted(use.name, width: room.width)
        switch use.kind {
        case .challenge:
            let party = ForeignText.quoted(use.relyingParty, width: room.width)
            return [
                t("To prove who you are to: {1}", party), t("What for: {1}", name),
                t("Both are what the program claims."),
            ]
        case .message: return [t("To sign a message or file; namespace: {1}", name)]
        case .login:
            let host = use.host.isEmpty ? t("The login does not tell the host.") : t("Host's key: {1}", use.host)
            return [t("To log in by ssh as {1}", name), host]
        case .tlsClient, .tlsServer: return [tlsText(isClient: use.kind == .tlsClient)]
        case .document: return [t("To sign a document (CMS, CAdES).")]
        case .webToken: return [t("To sign a JSON Web Signature.")]
        case .opaque:
            return [
                t("To sign bytes that do not tell what they are."),
                t("Say yes only if you know what they are: your signature may be used for anything."),
            ]
        }
    }

    /// A certificate's signature may bind in law: that it is one is always said.
    private func keyLines(_ use: SignatureUse) -> [String] {
        guard !use.certificate.isEmpty else { return [] }
        let key = t("By the key of your certificate: {1}", ForeignText.quoted(use.certificate, width: room.width))
        return [key] + (use.isOnToken ? [t("The key is on a card or token: have it at the reader.")] : [])
    }

    private func contentLines(_ use: SignatureUse) -> [String] {
        var lines: [String] = []
        if !use.text.isEmpty {
            lines.append(t("Content: {1}", ForeignText.quoted(use.text, width: room.width)))
        } else if let size = use.size {
            lines.append(t("Content: {1} bytes", "\(size)"))
        } else {
            lines.append(t("Only the content's digest is known, not the content."))
        }
        // Never cut: it is what tells the content.
        return lines + [t("Digest: {1}", use.digest)]
    }

    /// Each with what tells it; a name is the program's word. Where there is no room for all, the digest over them tells
    /// them: the tool has shown it with the list.
    private func batchLines(_ use: SignatureUse) -> [PromptText.Line] {
        let parts = use.batch.enumerated().map { index, part in
            let name = part.name.isEmpty ? "" : " " + ForeignText.quoted(part.name, width: room.width)
            return PromptText.Line(text: "\(index + 1).\(name) \(part.digest)", isOptional: true)
        }
        let claim = t("The names are what the program claims; only the contents' digests are known.")
        return parts + [PromptText.Line(text: claim, isOptional: true)]
            + [line(t("Digest over all of them, in their order: {1}", use.digest))]
    }

    func sshParagraphs(_ fingerprint: String) -> [[PromptText.Line]] {
        [
            [line(t("May ssh see the key of your certificate among the agent's keys, from now on?"))],
            [
                line(t("Fingerprint: {1}", fingerprint)),
                line(
                    t("Each use is asked about. But ssh offers its keys to each host: this one may tell who you are.")),
            ],
        ]
    }

    func tlsText(isClient: Bool) -> String {
        isClient
            ? t("To identify you to a server, in a TLS 1.3 handshake.")
            : t("To act as a server, in a TLS 1.3 handshake.")
    }
}
