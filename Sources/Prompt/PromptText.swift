import AgentProtocol
import Localization

/// What a person is shown: plain lines, read alike by eyes and by a screen reader.
struct PromptText: Equatable {
    /// A line, and whether a program with little room may leave it out.
    struct Line: Equatable {
        let text: String
        var isOptional = false
    }

    /// How much of the text from outside is shown.
    struct Room: Equatable {
        /// Characters of each text from outside.
        let width: Int
        /// Parents of the client.
        let parents: Int

        static let ample = Room(width: 160, parents: 4)
        /// From ample to scant, for programs with little room.
        static let all = [ample, Room(width: 80, parents: 4), Room(width: 48, parents: 2), Room(width: 32, parents: 0)]
    }

    /// How a question is refused.
    enum Refusal: Equatable {
        /// By a no: a button, or a word.
        case word
        /// By a key, where a line is typed that is no word.
        case key
    }

    /// For a window's title.
    let title: String
    /// The text; an empty line separates paragraphs.
    let lines: [Line]

    /// All lines.
    var body: String { lines.map(\.text).joined(separator: "\n") }

    /// The question as its subject has it.
    ///
    /// - Parameters:
    ///   - takesPassphrase: whether the vault's passphrase takes the place of the answer.
    ///   - refusal: how it is refused.
    init(
        _ question: Question, in t: Localizer, now: UInt64 = Clock.now(), room: Room = .ample,
        takesPassphrase: Bool = false, refusal: Refusal = .word
    ) {
        self.init(
            PromptComposer(
                question: question, t: t, now: now, room: room, takesPassphrase: takesPassphrase, refusal: refusal))
    }

    init(_ composer: PromptComposer) {
        title = composer.title
        lines = composer.lines
    }

    /// The fullest text whose `measure` is at most `limit`; nil if even the scantest is too long.
    static func fitting(
        _ limit: Int, _ question: Question, in t: Localizer, measure: (String) -> Int
    ) -> PromptText? {
        let now = Clock.now()
        for room in Room.all {
            let text = PromptText(question, in: t, now: now, room: room)
            if measure(text.body) <= limit { return text }
        }
        let scantest = PromptText(question, in: t, now: now, room: Room.all[Room.all.count - 1])
        let required = PromptText(title: scantest.title, lines: scantest.lines.filter { !$0.isOptional })
        return measure(required.body) <= limit ? required : nil
    }

    private init(title: String, lines: [Line]) {
        self.title = title
        self.lines = lines
    }
}
