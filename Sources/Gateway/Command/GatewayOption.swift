import Posix

/// An option of `clave-gateway`: how it is typed, and what the help says of it.
///
/// Each stands beside what reads it; here are those of several commands.
struct GatewayOption: Sendable {
    /// What stands behind the option, under the name that the help has for it.
    enum Value: Sendable {
        case none
        case text(String)
        /// May hold bytes that are no text, as the name of a file may.
        case path(String)

        /// As the help has it; empty for none.
        var placeholder: String {
            switch self {
            case .none: ""
            case .text(let name), .path(let name): name
            }
        }
    }

    let name: String
    let letter: Character?
    let value: Value
    /// Lines of at most 91 signs, as they are printed; nil where the row of a command says all of it.
    let help: String?

    /// An option with a long name, and a letter where it has one.
    init(_ name: String, letter: Character? = nil, _ value: Value = .none, help: String? = nil) {
        self.name = name
        self.letter = letter
        self.value = value
        self.help = help
    }

    /// How it is read from a command line.
    var definition: Options.Definition {
        switch value {
        case .none: Options.Definition(letter, name)
        case .text: Options.Definition(letter, name, takesValue: true)
        case .path: Options.Definition(letter, name, takesPath: true)
        }
    }
}

// MARK: Options of all commands, and of several

extension GatewayOption {
    static let state = GatewayOption(
        "state", letter: "s", .path("DIR"), help: "keys and database (default: $XDG_STATE_HOME/clave-gateway)")
    static let help = GatewayOption("help", letter: "h", help: "print this")
    static let version = GatewayOption("version", letter: "V", help: "print the version")

    /// The options that every command takes.
    static let everywhere = [state, help, version]

    static let document = GatewayOption("document", .text("DOCUMENT"))
    static let last = GatewayOption(
        "last", letter: "n", .text("COUNT"), help: "how many messages or lines to print")
    static let json = GatewayOption(
        "json", letter: "j", help: "print people, devices, letters, calls, errands, messages or audit as JSON lines")

    /// All options, each once, in the order of the help: those that are about any command stand at the ends.
    static let all: [GatewayOption] = {
        let ends = [last, json, help, version]
        let own = GatewayCommand.all.flatMap(\.takes).filter { option in !ends.contains { $0.name == option.name } }
        var known: Set<String> = []
        return ([state] + own + ends).filter { known.insert($0.name).inserted }
    }()
}
