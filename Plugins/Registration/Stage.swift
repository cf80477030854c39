import ClaveDomain
import ClavePluginABI
import GatewayAPI
import PluginKit

/// What a registration goes on from: the plugin's reference, which the agent keeps sealed between two days.
enum Stage: Equatable {
    /// A letter is asked for.
    case letter
    /// The person has a letter.
    case letterCode
    /// A letter is on its way to this person.
    case letterSent(Person)
    /// It was proved who the person is; nil where the certificate said it.
    case contact(Person?)
    /// An appointment for a video call is wanted.
    case call
    /// An appointment was made, or the call is held: its page, and for whom.
    case called(String, Person)

    /// Reads a reference; nil if it is none of ours.
    init?(_ text: String) {
        let parts = text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        let person = parts.count > 3 ? Person(parts.suffix(3)) : nil
        switch (parts[0], parts.count, person) {
        case ("letter", 1, _): self = .letter
        case ("letter-code", 1, _): self = .letterCode
        case ("letter-sent", 4, .some(let person)): self = .letterSent(person)
        case ("call", 1, _): self = .call
        case ("called", 5, .some(let person)): self = .called(parts[1], person)
        case (Registration.contactReference, 1, _): self = .contact(nil)
        case (Registration.contactReference, 4, .some(let person)): self = .contact(person)
        default: return nil
        }
    }

    /// The reference.
    var text: String {
        switch self {
        case .letter: "letter"
        case .letterCode: "letter-code"
        case .letterSent(let person): "letter-sent \(person.text)"
        case .call: "call"
        case .called(let page, let person): "called \(page) \(person.text)"
        case .contact(let person):
            ([Registration.contactReference] + (person.map { [$0.text] } ?? [])).joined(separator: " ")
        }
    }

    /// Who the person says that they are.
    struct Person: Equatable {
        let document: NationalDocument
        let datum: ContrastDatum

        init(document: NationalDocument, datum: ContrastDatum) {
            self.document = document
            self.datum = datum
        }

        fileprivate init?(_ parts: ArraySlice<String>) {
            let parts = Array(parts)
            guard let document = try? NationalDocument(parsing: parts[0]),
                let datum = try? ContrastDatum(kindName: parts[1], canonicalText: parts[2])
            else { return nil }
            self.init(document: document, datum: datum)
        }

        fileprivate var text: String { "\(document.text) \(datum.kindName) \(datum.canonicalText)" }
    }
}

/// What is left to do another day.
struct Rest {
    let stage: Stage
    /// Path of a page at the gateway; empty for none.
    var page = ""
    /// Seconds since 1970; 0 for any time.
    var due: Int64 = 0

    /// Hands it over, and ends the call.
    func leave(in result: UnsafeMutablePointer<clave_result>) throws(Status) {
        unsafe try Left.put(pending: stage.text, page: page, due: due, in: result)
        throw .pending
    }
}
