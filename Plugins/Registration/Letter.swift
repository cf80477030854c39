import ClaveDomain
import ClavePluginABI
import GatewayAPI
import IdentityQuestions
import Localization
import PluginKit
import SecureMemory

// Registration by a letter to the fiscal address.
extension Conversation {
    /// Asks for a letter; it takes days to come.
    func askForLetter() throws(Status) -> Rest {
        host.progress(
            t("A letter with a code goes to your fiscal address, as the tax census has it. It can't be typed in here."))
        let person = try askPerson()
        let answer = try exchange(Registration.letterStep, datum(of: person).secretBytes)
        guard answer.outcome == .accepted else { throw .failed }
        host.progress(t("If the data are right, a letter is on its way."))
        return Rest(stage: .letterSent(person))
    }

    /// Takes the letter's code, then phone and e-mail.
    ///
    /// - Parameter mayWait: whether the letter may be still on its way: then no code is a reason to wait.
    func redeem(_ person: Stage.Person, mayWait: Bool) throws(Status) -> Rest? {
        let label =
            mayWait
            ? t("Code of the letter, sixteen signs; nothing, if the letter has not come")
            : t("Code of the letter, sixteen signs")
        var field = Host.Field(
            name: "letter-code", label: label, kind: Int(CLAVE_FIELD_SECRET), lengths: (mayWait ? 0 : 1)...40,
            isPersonal: true)
        for _ in 0..<ClaveRules.letterTries {
            let typed = try host.askText(field)
            if typed.isEmpty { return Rest(stage: .letterSent(person)) }
            let code: LetterCode
            do throws(DomainError) { code = try LetterCode(parsing: typed) } catch {
                field.note = t(error.description)
                continue
            }
            let proof = LetterProof(
                person: datum(of: person), code: SecretBytes(copying: unsafe Array(code.text.utf8).span.bytes))
            switch try exchange(Registration.codeStep, proof.secretBytes).outcome {
            case .accepted: return try giveContact(person)
            case .alreadyRegistered, .acting: return endRegistered()
            case .wrong:
                field.note = t(
                    "The code or the data are not right, or a newer letter was sent. After {1} wrong codes the letter is void.",
                    "\(ClaveRules.letterTries)")
            default: throw .failed
            }
        }
        return mayWait ? Rest(stage: .letterSent(person)) : try refuse()
    }

    private func refuse() throws(Status) -> Rest? {
        host.progress(t("Too many wrong answers."))
        throw .refused
    }
}
