/// How strict the card is. Where nobody has published what a real one does, the value is a guess that can be replaced.
public struct CardRules: Sendable {
    /// Wrong access numbers that make each next try slower; more of them add nothing.
    static let accessDelays = 10
    /// Milliseconds at most for each.
    public static let longestAccessDelay = 60_000

    /// Whether the PIN and signatures are refused outside of the secure channel that a real card wants, and all but
    /// EF.CardAccess over the air outside of PACE.
    public var needsChannels: Bool
    /// Whether a signature uses the PIN's verification up, as with DNIe 3.0 and 4.0.
    public var asksPINEachTime: Bool
    /// What a wrong card access number is answered: 6300 by ICAO Doc 9303-11 section 4.4.4.2; a real card's is not known.
    public var wrongAccessStatus: UInt16 = 0x6300
    /// Milliseconds that a try with an access number lasts longer for each wrong one since the last right one, up to ten.
    /// The number blocks nothing, says BSI TR-03110-2 section 2.3, and a card may slow its guessing down.
    public var accessDelay = 200

    /// The generation's own way, but with or without the channels.
    public init(_ generation: CardGeneration, needsChannels: Bool = true) {
        self.needsChannels = needsChannels
        asksPINEachTime = !generation.isOld
    }
}
