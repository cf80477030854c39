import Synchronization

/// What two browsers tell each other before they speak to each other directly (WebRTC's signalling). It is forgotten when
/// the gateway stops: the pages begin anew.
final class Signals: Sendable {
    /// Who speaks.
    enum Side: Sendable {
        case person
        case `operator`
    }

    /// Bytes of a word, words of one side in a turn, and calls at a time.
    static let maximumLength = 32_768
    private static let maximumWords = 500
    private static let maximumCalls = 256

    private struct Talk {
        var turn: Int64
        var person: [String] = []
        var `operator`: [String] = []
    }

    private let talks = Mutex<[Int64: Talk]>([:])

    /// Takes a word: one line of text. False if it is too long, or one too many.
    func put(_ word: String, from side: Side, of call: Int64, turn: Int64) -> Bool {
        guard word.utf8.count <= Self.maximumLength, !word.contains(where: \.isNewline) else { return false }
        return talks.withLock { talks in
            var talk = Self.talk(talks, call, turn)
            let count = side == .person ? talk.person.count : talk.operator.count
            guard count < Self.maximumWords, talk.turn == turn, talks[call] != nil || talks.count < Self.maximumCalls
            else { return false }
            if side == .person { talk.person.append(word) } else { talk.operator.append(word) }
            talks[call] = talk
            return true
        }
    }

    /// What a side has said after the first `count` words of a turn.
    func words(of side: Side, in call: Int64, turn: Int64, after count: Int) -> ArraySlice<String> {
        talks.withLock { talks in
            guard let talk = talks[call], talk.turn == turn else { return [] }
            return (side == .person ? talk.person : talk.operator).dropFirst(max(0, count))
        }
    }

    /// Forgets a call.
    func end(_ call: Int64) { talks.withLock { $0[call] = nil } }

    /// The talk of a turn: what an earlier one has left is over.
    private static func talk(_ talks: [Int64: Talk], _ call: Int64, _ turn: Int64) -> Talk {
        guard let talk = talks[call], talk.turn >= turn else { return Talk(turn: turn) }
        return talk
    }
}
