import AgentProtocol
import Localization

/// What went wrong, and what to do about it, in the person's language.
struct ErrorText {
    let t: Localizer

    /// The exit code of a failure: 2 where no agent could be reached.
    func exitCode(for failure: AgentConnection.Failure) -> Int32 {
        switch failure {
        case .noAgent, .unreachable: 2
        case .broken, .refused: 1
        }
    }

    /// The words for a failure.
    func text(for failure: AgentConnection.Failure) -> String {
        switch failure {
        case .noAgent:
            t("No agent: CLAVE_AUTH_SOCK is not set. Start one with: eval \"$(clave-agent)\"")
        case .unreachable:
            t("The agent does not answer at CLAVE_AUTH_SOCK. Start a new one with: eval \"$(clave-agent)\"")
        case .broken: t("The agent went away in the middle. Nothing more was done; start it again if need be.")
        case .refused(let error): text(for: error)
        }
    }

    /// The words for an agent's refusal, with its detail.
    func text(for error: AgentError) -> String {
        let words = words(for: error.code)
        return error.detail.isEmpty ? words : "\(words) (\(error.detail))"
    }

    private func words(for code: AgentError.Code) -> String {
        switch code {
        case .denied, .unanswered, .noPrompt, .wrongPassphrase: person(code)
        case .vaultDamaged, .vaultPermissions, .vaultInUse, .noSpace, .readOnly, .system: disk(code)
        case .gatewayUnreachable, .gatewayKey, .gatewayCertificate, .gatewayRefused, .gatewayProtocol, .clock:
            gateway(code)
        case .noPlugin, .pluginRefused, .pluginFailed, .helperLost: helper(code)
        default: other(code)
        }
    }

    private func person(_ code: AgentError.Code) -> String {
        switch code {
        case .unanswered: t("Nobody answered the question in time, which counts as a no.")
        case .noPrompt where ForeignTerminal.isInUse:
            t(
                "This terminal belongs to another user, so the agent can't ask you on it. Open one of your own and try again there: \"script -q /dev/null\" makes one, and so does a login by ssh or \"machinectl shell\"."
            )
        case .noPrompt:
            t(
                "There is no way to ask you here. Run this on the terminal on which you started the agent, install a pinentry program with a window, or set CLAVE_ASKPASS before you start the agent."
            )
        case .wrongPassphrase: t("The passphrase is not right. Try again.")
        default: t("Refused: you said no, or the question was withdrawn.")
        }
    }

    private func disk(_ code: AgentError.Code) -> String {
        switch code {
        case .vaultPermissions:
            t("The vault's folder or file is not yours alone.")
        case .vaultInUse: t("Another agent holds the vault. End it first, or use it.")
        case .noSpace: t("The disk is full. Nothing was changed; make room and try again.")
        case .readOnly:
            t("The agent's folder can only be read. Nothing was changed; make it writable and try again.")
        case .system: t("The system refused something the agent needs.")
        default: t("The vault can't be read. Restore it from a backup, or move it away and activate again.")
        }
    }

    private func gateway(_ code: AgentError.Code) -> String {
        switch code {
        case .gatewayUnreachable: t("The gateway can't be reached. Is it running, and is its address right?")
        case .gatewayKey:
            t(
                "The gateway's key is not the one learned at activation. This may be an attack; ask the gateway's operator before you activate again."
            )
        case .gatewayCertificate:
            t("The gateway's certificate is not trusted. For a sandbox, give its ca.crt with --gateway-ca.")
        case .gatewayRefused: t("The gateway refused.")
        case .clock: t("This machine's clock and the gateway's differ by more than five minutes. Set the clock right.")
        default: t("What answers there does not speak the agent's protocol.")
        }
    }

    private func helper(_ code: AgentError.Code) -> String {
        switch code {
        case .noPlugin: t("There is no activation method of that name.")
        case .pluginRefused: t("The plugin may not be loaded.")
        case .pluginFailed: t("The plugin failed; the agent is unharmed.")
        default: t("A part of the agent could not be started or ended. Try again; 'clave-agent -d' shows more.")
        }
    }

    private func other(_ code: AgentError.Code) -> String {
        switch code {
        case .noIdentity: t("No identity is active. Activate one with clave-add.")
        case .ambiguousIdentity: t("Several identities are active. Name one with -i.")
        case .noRequest: t("There is no such request, or it is over.")
        case .nothingCame: t("Nothing came in time.")
        case .expired: t("It has expired, or was answered already.")
        case .busy: t("The agent is busy. Try again in a moment.")
        case .stopping: t("The agent is closing down.")
        case .backup: t("The file is no backup of a vault, or is damaged. Nothing was changed.")
        case .keyring: t("The desktop's keyring can't be used.")
        case .locked: t("The agent is locked. SSH_AUTH_SOCK=$CLAVE_AUTH_SOCK ssh-add -X unlocks it.")
        case .unusableCredential: t("The certificate, its key or its card can't be used.")
        case .noRegistration: t("No such registration is begun. See 'clave-register --status'.")
        case .registrationOver: t("The registration that was begun is over.")
        case .noCertificate:
            t("This identity has no certificate to sign with. One that is activated by certificate has.")
        case .noSignatureKey:
            t(
                "This identity has no signature key. A DNIe has one; if it was activated by an older version, activate it again."
            )
        case .unsupported: t("This agent does not know the request. Is it an older version?")
        default: t("The request is not valid.")
        }
    }
}
