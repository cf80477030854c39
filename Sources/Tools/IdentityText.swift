import AgentProtocol
import Localization
import SecureMemory
import SignedForms
import Wire

/// How identities are listed.
enum IdentityText {
    static func level(_ level: UInt8, _ t: Localizer) -> String {
        switch level {
        case 0: t("level not known yet")
        case 1: t("basic level")
        default: t("advanced level")
        }
    }

    static func state(_ state: LinkState, _ t: Localizer) -> String {
        switch state {
        case .idle: t("idle")
        case .connecting: t("connecting")
        case .connected: t("connected")
        case .refused: t("deactivated by the gateway")
        }
    }

    /// Name, starred document, and for whom the person acts by it: what tells an identity from others.
    static func who(_ identity: IdentityInfo) -> String {
        let document = identity.document.isEmpty ? "" : " (\(identity.document))"
        let entity = identity.credential?.entity ?? ""
        return DisplayText.line(identity.name) + document + (entity.isEmpty ? "" : ", \(DisplayText.line(entity))")
    }

    /// What it is registered for, and where.
    private static func standing(_ identity: IdentityInfo, _ t: Localizer) -> String {
        if identity.isLocal { return "\(identity.method), \(t("signs only; not registered at a gateway"))" }
        return """
            \(level(identity.level, t)), \(identity.method), \(DisplayText.line(identity.gatewayName)): \
            \(state(identity.link, t))
            """
    }

    /// One line.
    static func short(_ identity: IdentityInfo, _ t: Localizer) -> String {
        """
        \("\(identity.identifier)".prefix(8)) \(who(identity)), \(standing(identity, t))
        """
    }

    /// All that is known, a line a fact.
    static func long(_ identity: IdentityInfo, _ t: Localizer) -> String {
        let expiry = identity.expiresAt == 0 ? t("never") : TimeText.date(identity.expiresAt)
        let entity = identity.credential?.entity ?? ""
        let registration =
            identity.isLocal
            ? "\(t("Registration level")): \(t("signs only; not registered at a gateway"))"
            : """
            \(t("Registration level")): \(level(identity.level, t))
              \(t("Gateway")): \(DisplayText.line(identity.gatewayName)), \(identity.gateway): \(state(identity.link, t))
            """
        return """
            \(identity.identifier)
              \(t("Name")): \(DisplayText.line(identity.name))
              \(t("Document")): \(identity.document)\(entity.isEmpty ? "" : "\n  \(t("On behalf of")): \(DisplayText.line(entity))")
              \(registration)
              \(t("Activated by")): \(identity.method), \(TimeText.date(identity.activatedAt))
              \(t("Keys are forgotten")): \(expiry)
              \(t("Device key")): ed25519 \(base64(identity.publicKey))
              \(t("Signing key")): \(SSHEd25519.line(identity.signingKey))
              \(t("How it asks you")): \(PolicyCommand.summary(identity.policies))
            """ + certificate(identity, t)
    }

    /// The certificate's lines, each with a line feed before it; empty if there is none.
    private static func certificate(_ identity: IdentityInfo, _ t: Localizer) -> String {
        guard let credential = identity.credential else { return "" }
        let place = credential.reference.isEmpty ? t("in the agent") : credential.reference
        return """

              \(t("Certificate")): \(credential.issuer), \(CredentialCommand.validity(credential))
              \(t("Certificate's key")): \(place)\(identity.servesSSH ? ", ssh" : "")
            """ + signatureKey(identity, t)
    }

    private static func signatureKey(_ identity: IdentityInfo, _ t: Localizer) -> String {
        guard let credential = identity.signatureCredential else { return "" }
        return """

              \(t("Signature key")): \(credential.reference), \(CredentialCommand.validity(credential))
            """
    }

    /// One JSON object.
    static func json(_ identity: IdentityInfo) -> SecretBytes {
        var json = JSONWriter()
        json.put("id", "\(identity.identifier)")
        json.put("name", identity.name)
        json.put("document", identity.document)
        json.put("entity", identity.credential?.entity ?? "")
        json.put("registered", identity.isLocal ? "no" : "yes")
        json.put("level", identity.isLocal ? "none" : identity.level == 2 ? "advanced" : "basic")
        json.put("method", identity.method)
        json.put("gateway", identity.gateway)
        json.put("gateway_name", identity.gatewayName)
        json.put("activated", identity.activatedAt)
        json.put("expires", identity.expiresAt)
        json.put("link", "\(identity.link)")
        json.put("public_key", base64(identity.publicKey))
        json.put("signing_key", SSHEd25519.line(identity.signingKey))
        if let credential = identity.credential {
            json.put("certificate_holder", credential.holder)
            json.put("certificate_issuer", credential.issuer)
            json.put("certificate_valid_after", credential.validAfter)
            json.put("certificate_valid_before", credential.validBefore)
            json.put("certificate_reference", credential.reference)
            json.put("ssh", identity.servesSSH ? "on" : "off")
        }
        if let credential = identity.signatureCredential {
            json.put("signature_valid_after", credential.validAfter)
            json.put("signature_valid_before", credential.validBefore)
            json.put("signature_reference", credential.reference)
        }
        for operation in IdentityOperation.allCases {
            json.put("policy_\(operation)", PolicyCommand.text(identity.policies[operation]))
        }
        return json.finish()
    }
}
