import AgentProtocol
import Localization

/// Words for how the person is asked, and for how long their yes holds.
extension PromptComposer {
    /// Why the keyring did not open the vault.
    func missLines(_ miss: KeyringMiss) -> [PromptText.Line] {
        let text =
            switch miss {
            case .notFound: t("The desktop's keyring no longer holds the vault's key.")
            case .locked: t("The desktop's keyring is locked.")
            case .noService: t("The desktop's keyring can't be reached.")
            case .late: t("The desktop's keyring does not answer.")
            case .stale: t("What the desktop's keyring holds does not open the vault.")
            case .failed: t("The desktop's keyring failed.")
            case .spent: t("The vault was locked; the keyring opens it only once.")
            }
        return [line(text)]
    }

    func policyParagraphs(_ change: PolicyChange) -> [[PromptText.Line]] {
        [
            [line(t("May the agent ask you in another way from now on?"))],
            [line(operationText(change.operation)), line(policyText(change.policy))],
        ]
    }

    /// What is to be done with the vault.
    func vaultLines(_ step: VaultStep) -> [PromptText.Line] {
        switch step {
        case .changePassphrase: [line(t("May the passphrase of the agent's vault be changed?"))]
        case .changeKey: [line(t("May the agent's vault get a new key?"))]
        case .setKeyring:
            [
                line(t("May the desktop's keyring open the agent's vault from now on?")),
                line(t("An agent that starts then asks for no passphrase while the keyring is open.")),
            ]
        case .rehearse: [line(t("May the backup be opened, to see that it can be?"))]
        case .restore: [line(t("May the vault be restored from a backup?"))]
        case .restoreOver:
            [
                line(t("May a backup take the place of the agent's vault?")),
                line(t("What was added to the vault since is in it no more. The former file is kept beside it.")),
            ]
        }
    }

    private func operationText(_ operation: IdentityOperation) -> String {
        switch operation {
        case .pin: t("When a program wants a Cl@ve PIN:")
        case .approve: t("When a Cl@ve Mobile request is to be approved:")
        case .sign: t("When a program wants a signature of yours:")
        }
    }

    private func policyText(_ policy: ConfirmationPolicy) -> String {
        switch policy {
        case .ask: t("it asks for your yes each time.")
        case .passphrase: t("it asks for the vault's passphrase each time.")
        case .remember(let seconds):
            t("it asks for your yes, which then holds for {1} for the same program.", Clock.span(UInt64(seconds)))
        }
    }

    private var passphraseText: String {
        if case .vault(let step) = question.subject, step.isAboutBackup {
            return t("To agree, type the passphrase of the backup.")
        }
        return t("To agree, type the passphrase of the agent's vault.")
    }

    /// Why a yes is no answer on this terminal.
    private var vouchingLines: [PromptText.Line] {
        guard takesPassphrase else { return [] }
        let request =
            question.asksForYes
            ? t(
                "To agree, type the passphrase of the agent's vault: nobody has typed it on this terminal since the agent was last locked."
            )
            : t(
                "First type the passphrase of the agent's vault: nobody has typed it on this terminal since the agent was last locked."
            )
        guard case .unknown(let wrongTries) = question.standing, wrongTries > 0 else { return [line(request)] }
        return [line(request), line(t("Wrong passphrases so far: {1}.", "\(wrongTries)"))]
    }

    /// What is answered, where it is more than a yes for this once.
    var termsLines: [PromptText.Line] {
        let terms = question.terms
        var lines = vouchingLines
        if terms.needsPassphrase {
            lines.append(line(passphraseText))
            if terms.wrongTries > 0 {
                lines.append(line(t("Wrong passphrases so far: {1}.", "\(terms.wrongTries)")))
            }
        }
        if terms.memory > 0 {
            let span = Clock.span(UInt64(terms.memory))
            lines.append(
                line(t("A yes holds for {1}: whatever this program asks of this kind is then done unasked.", span)))
        }
        return lines
    }
}
