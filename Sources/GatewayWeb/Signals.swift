import Synchronization

/// What two browsers tell each other before they speak to each other directly (WebRTC's signalling). It is forgotten when
/// the gateway stops: the pages begin anew.
final class Signals: Sendable {
    /// Who speaks.
    enum Side: Sendable {
        case person
        case `operator`
    }

    /// Bytes of a word.
    static let maximumLength = 32_768
    /// Words of one side in a turn, and bytes of all of them.
    static let maximumWords = 500
    static let maximumBytes = 1_048_576
    /// Calls at a time: of one more, the one that has been silent longest is forgotten. Not every call ends by an act.
    static let maximumCalls = 256

    private struct Words {
        var list: [String] = []
        var bytes = 0
    }

    private struct Talk {
        var turn: Int64
        /// Rises with each word of any call.
        var spoke: UInt64 = 0
        var person = Words()
        var `operator` = Words()

        subscript(side: Side) -> Words {
            get { side == .person ? person : `operator` }
            set { if side == .person { person = newValue } else { `operator` = newValue } }
        }
    }

    private struct State {
        var talks: [Int64: Talk] = [:]
        var words: UInt64 = 0
    }

    private let state = Mutex(State())

    /// Takes a word: one line of text. False if it is too long, or one too many.
    func put(_ word: String, from side: Side, of call: Int64, turn: Int64) -> Bool {
        let length = word.utf8.count
        guard length <= Self.maximumLength, !word.contains(where: \.isNewline) else { return false }
        return state.withLock { state in
            var talk = Self.talk(state.talks, call, turn)
            guard talk.turn == turn, talk[side].list.count < Self.maximumWords,
                talk[side].bytes + length <= Self.maximumBytes
            else { return false }
            state.words += 1
            talk.spoke = state.words
            talk[side].list.append(word)
            talk[side].bytes += length
            state.talks[call] = talk
            if state.talks.count > Self.maximumCalls,
                let silent = state.talks.min(by: { $0.value.spoke < $1.value.spoke })
            {
                state.talks[silent.key] = nil
            }
            return true
        }
    }

    /// What a side has said after the first `count` words of a turn.
    func words(of side: Side, in call: Int64, turn: Int64, after count: Int) -> ArraySlice<String> {
        state.withLock { state in
            guard let talk = state.talks[call], talk.turn == turn else { return [] }
            return talk[side].list.dropFirst(max(0, count))
        }
    }

    /// Forgets a call.
    func end(_ call: Int64) { state.withLock { $0.talks[call] = nil } }

    /// The talk of a turn: what an earlier one has left is over.
    private static func talk(_ talks: [Int64: Talk], _ call: Int64, _ turn: Int64) -> Talk {
        guard let talk = talks[call], talk.turn >= turn else { return Talk(turn: turn) }
        return talk
    }
}
