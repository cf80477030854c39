import GatewayServices
import Posix
import Wire

/// One of the commands of `clave-gateway`: the words that ask for it, the options that it takes, what the help says of it,
/// and what it does.
///
/// A new command is a row of the table in the file of its subject, with lines in the manual page and the completions, and
/// nothing else. A new subject is a file, and a word in ``all``.
struct GatewayCommand: Sendable {
    /// Opens the database and keys of the state folder, and makes both where they are missing.
    typealias OpenServices = () throws -> Services

    /// What a command does, by what it needs for that.
    enum Action: Sendable {
        /// Needs its options alone.
        case plain(@Sendable (GatewayOptions) throws -> Void)
        /// Acts on the database. It is opened by the command itself, once it has found its options right: a command line
        /// that is wrong leaves no state folder behind.
        case database(@Sendable (GatewayOptions, OpenServices) throws -> Void)
    }

    /// One or two.
    let words: [String]
    /// The options that it takes, beside those of ``GatewayOption/everywhere``.
    let takes: [GatewayOption]
    let help: HelpRow
    private let action: Action

    /// A command.
    ///
    /// - Parameters:
    ///   - name: its words, with a space between them.
    ///   - help: what it does; lines of at most 95 signs, as they are printed.
    init(_ name: String, takes: [GatewayOption] = [], help: String, _ action: Action) {
        self.init(name, takes: takes, help: HelpRow(name, help), action)
    }

    /// A command that shares a row of the help with the next one in the table.
    init(_ name: String, takes: [GatewayOption] = [], help: HelpRow, _ action: Action) {
        words = name.split(separator: " ").map(String.init)
        self.takes = takes
        self.help = help
        self.action = action
    }

    /// Its words, with a space between them.
    var name: String { words.joined(separator: " ") }

    /// Does it.
    func perform(_ options: GatewayOptions) throws {
        switch action {
        case .plain(let run): try run(options)
        case .database(let run):
            // They do what a write leaves to be done, and nothing that is asked of them keeps them.
            var opened: [Services] = []
            defer { withExtendedLifetime(opened) {} }
            try run(options) {
                let services = try options.services(origin: "", pins: [])
                opened.append(services)
                return services
            }
        }
    }
}

// MARK: The table

extension GatewayCommand {
    /// All commands, in the order of the help.
    static let all = [
        [serve, seed], citizens, operators, devices, letters, appointments, errands, messages, [audit],
    ].flatMap(\.self)

    /// What `--help` and the word `help` ask for.
    static let printHelp = GatewayCommand("help", help: "print this", .plain { _ in say(helpText) })

    /// What `--version` asks for.
    static let printVersion = GatewayCommand(
        "version", help: "print the version", .plain { _ in say("clave-gateway \(ClaveAgent.version)") })
}

// MARK: The choice

extension GatewayCommand {
    /// The command that a command line asks for.
    ///
    /// - Throws: usage, where it asks for none, or has what the command does not take.
    static func chosen(by options: Options) throws(Options.UsageError) -> GatewayCommand {
        let words = options.operands
        if options.has(GatewayOption.help.name) || words == printHelp.words { return printHelp }
        if options.has(GatewayOption.version.name) { return printVersion }
        guard !words.isEmpty else { throw Options.UsageError("no command") }
        guard let command = all.first(where: { $0.words == words }) else { throw unknown(words) }
        let fitting = Set((GatewayOption.everywhere + command.takes).map(\.name))
        for (name, _) in options.given where !fitting.contains(name) {
            throw Options.UsageError("--\(name) says nothing to \(command.name)")
        }
        return command
    }

    /// What is wrong with words that are no command's, or more than that.
    private static func unknown(_ words: [String]) -> Options.UsageError {
        guard words.count > 2, let command = all.first(where: { $0.words == words.prefix(2).map(\.self) }) else {
            return Options.UsageError("unknown command: \(words.joined(separator: " "))")
        }
        let hint = command.takes.contains { $0.name == GatewayOption.document.name }
        return Options.UsageError("unexpected: \(words[2])" + (hint ? "; a document goes with --document" : ""))
    }
}
