import ClaveDomain
import ClavePluginABI
import GatewayAPI
import IdentityQuestions
import Localization
import PluginKit
import SecureMemory

// The end of every registration: phone, e-mail, the phone's code.
extension Conversation {
    /// Takes phone and e-mail of a person who has proved who they are, and registers them.
    ///
    /// - Parameter known: who they are; nil where a certificate has said it, and the datum is asked for now.
    func giveContact(_ known: Stage.Person?) throws(Status) -> Rest? {
        let state = try exchange(Registration.stateStep, SecretBytes(zeros: 0))
        switch state.outcome {
        case .alreadyRegistered: return try goOnRegistered(level: state.number, isCertified: known == nil)
        case .acting: return endRegistered()
        case .accepted: break
        case .over: throw over()
        default: throw .failed
        }
        host.progress(t("It is proved who you are. Now it is asked where you can be reached."))
        let person: Stage.Person
        if let known { person = known } else { person = try askPerson() }
        let phone = try agreeOnPhone(person)
        return try confirm(phone, isChange: false)
    }

    /// Gives phone and e-mail until the gateway takes them.
    private func agreeOnPhone(_ person: Stage.Person) throws(Status) -> PhoneNumber {
        let phone = try questions.askPhone()
        let email = try questions.askEmail()
        let contact = ContactData(phone: phone.text, email: email.text, person: datum(of: person))
        switch try exchange(Registration.contactStep, contact.secretBytes).outcome {
        case .accepted: return phone
        case .wrong:
            host.progress(t("The data of the document are not right."))
            throw .refused
        case .over: throw over()
        default: throw .failed
        }
    }

    private func confirm(_ phone: PhoneNumber, isChange: Bool) throws(Status) -> Rest? {
        host.progress(t("A code is on its way to the phone {1}.", phone.masked))
        var activates = false
        if !isChange {
            activates = try questions.askYes(
                "activate", t("Activate Cl@ve on this computer too, as soon as you are registered?"))
        }
        var field = Host.Field(
            name: "code", label: t("Code received by SMS"), kind: Int(CLAVE_FIELD_DIGITS), lengths: 6...6,
            codeEnds: .now + ClaveRules.smsCodeLife)
        for _ in 0..<ClaveRules.smsCodeTries {
            let proof = PhoneProof(code: try host.ask(field), activates: activates)
            let answer = try exchange(Registration.confirmStep, proof.secretBytes)
            switch answer.outcome {
            case .accepted:
                host.progress(
                    isChange
                        ? t("The gateway has your new phone and e-mail address.") : t("You are registered in Cl@ve."))
                return nil
            case .wrongCode: field.note = t("The code is not right. Look again at the newest message.")
            case .phoneTaken:
                host.progress(t("This phone belongs to another person. Begin again with another one."))
                throw .refused
            case .alreadyRegistered:
                host.progress(t("You are registered in Cl@ve already."))
                throw .unusable
            case .over:
                // What was proved is not over: who comes back gets another code, or hears that it is.
                host.progress(
                    t("This code is over. Go on with 'clave-register --resume', or begin as before, for another."))
                throw .refused
            default: throw .failed
            }
        }
        throw .refused
    }

    /// The end for who is registered and had not heard of it.
    func endRegistered() -> Rest? {
        host.progress(t("You are registered in Cl@ve."))
        return nil
    }

    /// Who is registered already. By a certificate they may change where they can be reached, or have this device act for
    /// them; nothing else proves enough.
    private func goOnRegistered(level: UInt32, isCertified: Bool) throws(Status) -> Rest? {
        host.progress(
            level > 1
                ? t("You are registered in Cl@ve, at the advanced level.")
                : t("You are registered in Cl@ve, at the basic level."))
        guard isCertified else { return nil }
        if try questions.askYes("change-contact", t("Change your mobile phone and e-mail address?")) {
            let phone = try agreeOnPhone(try askPerson())
            return try confirm(phone, isChange: true)
        }
        guard try questions.askYes("activate", t("Activate Cl@ve on this computer?")) else { return nil }
        guard try exchange(Registration.activateStep, SecretBytes(zeros: 0)).outcome == .accepted else { throw over() }
        return nil
    }
}
