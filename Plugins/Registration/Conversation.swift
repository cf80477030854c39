import ClaveDomain
import ClavePluginABI
import GatewayAPI
import IdentityQuestions
import Localization
import PluginKit
import SecureMemory
import Wire

/// One sitting of a registration: from the stage that it is at, as far as it goes today.
struct Conversation {
    let host: Host
    let questions: IdentityQuestions
    /// In the person's language.
    var t: Localizer { questions.t }

    init(_ host: Host) {
        self.host = host
        questions = IdentityQuestions(host)
    }

    /// Goes on.
    ///
    /// - Returns: what is left for another day; nil when the person is registered.
    func run(from reference: String) throws(Status) -> Rest? {
        guard let stage = Stage(reference) else { throw .invalid }
        switch stage {
        case .letter: return try askForLetter()
        case .letterCode:
            return try redeem(try askPerson(), mayWait: false)
        case .letterSent(let person): return try redeem(person, mayWait: true)
        case .contact(let person): return try giveContact(person)
        case .call: return try askForCall()
        case .called(let page, let person): return try follow(page, person)
        }
    }

    // MARK: Rounds

    /// One round; what ends every conversation is told here.
    func exchange(_ step: String, _ body: borrowing SecretBytes) throws(Status) -> Answer {
        let answer = Answer(try host.exchange(step, body))
        switch answer.outcome {
        case .tooMany:
            host.progress(t("Too many attempts. Wait {1} minutes, then try again.", "\((answer.number + 59) / 60)"))
            throw .refused
        case .busy:
            host.progress(t("The gateway can't send anything now. Try again later."))
            throw .refused
        case nil: throw .failed
        default: return answer
        }
    }

    /// What was begun is over: there is nothing to go on with.
    func over() -> Status {
        host.progress(t("What was begun is over. Begin again."))
        return .unusable
    }

    func askPerson() throws(Status) -> Stage.Person {
        let document = try questions.askDocument()
        return Stage.Person(document: document, datum: try questions.askDatum(of: document))
    }

    /// As the gateway reads it.
    func datum(of person: Stage.Person) -> PersonDatum {
        PersonDatum(
            document: person.document.text, datumKind: person.datum.kindName, datum: person.datum.canonicalText,
            language: t.language.rawValue)
    }

    /// A reply, read.
    struct Answer {
        /// Nil for one that is not understood.
        let outcome: RegistrationOutcome?
        /// What follows it; 0 for nothing.
        let number: UInt32
        /// What follows the outcome.
        let rest: [UInt8]

        init(_ bytes: [UInt8]) {
            outcome = bytes.first.flatMap(RegistrationOutcome.init)
            rest = Array(bytes.dropFirst())
            number = rest.count == 4 ? rest.reduce(0) { $0 << 8 | UInt32($1) } : 0
        }

        /// What follows the outcome, in its form.
        func body<Value: Body>(_ type: Value.Type) throws(Status) -> Value {
            do throws(WireError) { return try Value.decode(unsafe rest.span.bytes) } catch { throw .failed }
        }
    }
}
