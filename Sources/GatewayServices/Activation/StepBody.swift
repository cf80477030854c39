import ClaveDomain
public import GatewayAPI
public import GatewayStore
import SecureMemory

// What steps bring, as services read it.

extension ActivationStep {
    /// The plugin's bytes as a body of that type; nil for anything else.
    public func decoded<Value: Body>(_ type: Value.Type) -> Value? {
        body.withSecret { $0.withBytes { try? Value.decode($0) } } ?? nil
    }

    /// Who is asked for, where the plugin's bytes are a ``PersonDatum``; nil for anything else.
    public var claimedPerson: ClaimedPerson? { decoded(PersonDatum.self).flatMap { ClaimedPerson($0) } }
}

extension ClaimedPerson {
    /// Who is asked for; nil unless document and datum are canonical, and the datum is of the document's kind.
    public init?(_ person: PersonDatum) {
        guard let document = try? NationalDocument(parsing: person.document),
            document.text.utf8.elementsEqual(person.document.utf8),
            let datum = try? ContrastDatum(kindName: person.datumKind, canonicalText: person.datum),
            datum.suits(document)
        else { return nil }
        self.init(document: document, datum: datum, language: person.language)
    }
}

extension SecretBox {
    /// A copy of the bytes; nil if they were taken.
    var copiedBytes: [UInt8]? {
        withSecret { $0.withBytes { unsafe $0.withUnsafeBytes { unsafe Array($0) } } }
    }
}
