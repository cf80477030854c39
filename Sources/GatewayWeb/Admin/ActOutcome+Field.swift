import GatewayServices

extension ActOutcome {
    /// The field to which a refusal belongs; empty for the form as a whole.
    var field: String {
        switch self {
        case .documentTaken, .notListed, .tooManyLetters: "document"
        case .phoneTaken: "phone"
        case .otherDatum: "datum"
        default: ""
        }
    }
}
