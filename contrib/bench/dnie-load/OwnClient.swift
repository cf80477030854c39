import DNIe
import DNIeSimulator
import Glibc
import Posix
import SecureMemory
import SmartCard
import TestSupport

/// The agent's code, in the order in which its plugin calls it.
struct OwnClient {
    private let bench: CardBench
    private let settings: DNIeSettings
    private let digestInfo: [UInt8]

    init(_ bench: CardBench) throws {
        self.bench = bench
        var settings = DNIeSettings()
        guard settings.addTestRoots(bench.root) == 1,
            let digestInfo = CardSignature.digestInfo("RS256", [UInt8](repeating: 1, count: 32))
        else { throw BenchError("the card has no root") }
        (self.settings, self.digestInfo) = (settings, digestInfo)
        try eventually("the card in the reader") { try !CardFinder().look().0.isEmpty }
    }

    /// Each piece of work by its name.
    func rows() throws -> [(String, Tally)] {
        let listing = CardCache(bench.folder + "/listing")
        let activation = CardCache(bench.folder + "/activation")
        var rows = [
            ("recognise", try bench.tally { _ = try CardFinder().look() }),
            ("list, unknown card", try bench.tally { try session(listing) { _ in } }),
            ("list, known card", try bench.tally { try session(listing) { _ in } }),
            ("first activation", try bench.tally { try session(activation, sign) }),
            ("second activation", try bench.tally { try session(activation, sign) }),
        ]
        try session(activation) { card in
            try sign(card)
            rows.append(("one more signature", try bench.tally { try signAgain(card) }))
        }
        return rows
    }

    /// A card in hand and read.
    private func session(_ cache: CardCache, _ body: (DNIeCard) throws -> Void) throws {
        guard let candidate = try CardFinder().look().0.first else { throw BenchError("no card") }
        let connection = try CardConnection(candidate.reader.name)
        defer { connection.close() }
        let card = try DNIeCard(over: connection, atr: connection.atr, settings: settings)
        if card.isContactless { try card.openAir(can: secret(CardBench.can)) }
        try card.load(cache)
        try body(card)
    }

    private func sign(_ card: DNIeCard) throws {
        guard try card.beginPIN() > 0 else { throw BenchError("the PIN is blocked") }
        try card.verify(secret(CardBench.pin))
        _ = try card.sign(digestInfo, for: .authentication)
    }

    /// As the card wants it: with the PIN once more, or without.
    private func signAgain(_ card: DNIeCard) throws {
        if bench.generation.isOld {
            _ = try card.sign(digestInfo, for: .authentication)
        } else {
            try sign(card)
        }
    }

    private func secret(_ text: String) -> SecretBytes { SecretBytes(copying: unsafe Array(text.utf8).span.bytes) }
}
