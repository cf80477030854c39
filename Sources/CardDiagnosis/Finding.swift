import SecureMemory
import Wire

/// One thing that was looked at.
struct Finding: Equatable {
    /// How it is.
    enum Verdict: String {
        case good
        /// It may do, or it is only told.
        case note
        case bad
    }

    /// Stable, for programs: `service`, `driver`, `reader`, `card`, `certificate`, `pin`.
    let subject: String
    let verdict: Verdict
    /// What is, and what to do about it, in the person's language.
    let text: String

    /// A line for people.
    var line: String {
        let mark =
            switch verdict {
            case .good: "[ok]"
            case .note: "[--]"
            case .bad: "[!!]"
            }
        return "\(mark) \(text)"
    }

    var json: SecretBytes {
        var json = JSONWriter()
        json.put("subject", subject)
        json.put("verdict", verdict.rawValue)
        json.put("text", text)
        return json.finish()
    }
}
