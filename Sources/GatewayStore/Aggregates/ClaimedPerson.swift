public import ClaveDomain

/// Document and contrast datum, as somebody gives them.
public struct ClaimedPerson: Equatable, Sendable {
    public let document: NationalDocument
    public let datum: ContrastDatum
    /// "ca", "es", …; empty where it doesn't matter.
    public let language: String

    public init(document: NationalDocument, datum: ContrastDatum, language: String) {
        self.document = document
        self.datum = datum
        self.language = language
    }
}
