public import ClaveDomain

/// The codes of letters: how they come about, and what is stored of them.
public struct LetterCodes: Sendable {
    private let keys: GatewayKeys

    public init(keys: GatewayKeys) { self.keys = keys }

    /// What is stored of a code: its keyed digest, bound to whom the letter is for.
    public func digest(_ code: [UInt8], of document: NationalDocument) -> [UInt8] {
        keys.digest(code, for: "letter", of: Array(document.text.utf8))
    }

    /// The code that a seed makes: the same for the same seed.
    func code(of seed: [UInt8]) -> LetterCode {
        var block: UInt8 = 0
        return LetterCode { _ in
            defer { block += 1 }
            return keys.digest([block], for: "letter code", of: seed)
        }
    }
}
