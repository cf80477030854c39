import AgentProtocol
import Glibc
import Localization
import Posix
import SecureMemory
import Wire

/// What every tool shares: hardening, options, words, the connection, exit codes.
struct ToolProgram {
    /// Why a tool ends without having done what was asked.
    enum Failure: Error {
        case usage(String)
        case agent(AgentConnection.Failure)
        /// Words for people, ready to print.
        case message(String)
    }

    /// `clave-pin`
    let name: String
    /// What `--help` prints; English, like the manual.
    let help: String
    /// The tool's own options, beside `--json`, `--help` and `--version`.
    let definitions: [Options.Definition]
    /// In the person's language.
    let t: Localizer

    private static let shared = [
        Options.Definition("j", "json"), Options.Definition("h", "help"), Options.Definition("V", "version"),
    ]

    init(name: String, help: String, definitions: [Options.Definition]) {
        self.name = name
        self.help = help
        self.definitions = definitions + Self.shared
        t = .fromEnvironment()
    }

    /// Runs a tool.
    ///
    /// - Returns: the exit code: 0 done, 1 refused or failed, or the result could not be written, 2 the agent could not be
    ///   reached, 64 usage.
    func run(_ arguments: [String], _ body: (Options) throws(Failure) -> Void) -> Int32 {
        Hardening.apply(isNamed: true)
        do throws(Failure) {
            let options: Options
            do throws(Options.UsageError) { options = try Options(arguments, definitions) } catch {
                throw .usage(error.message)
            }
            if options.has("help") {
                say(help)
            } else if options.has("version") {
                say("\(name) \(ClaveAgent.version)")
            } else {
                if options.has("json"), !options.has("output") { try checkOutput() }
                try body(options)
            }
            try checkWritten()
            return 0
        } catch {
            return complain(about: error)
        }
    }

    private func complain(about failure: Failure) -> Int32 {
        let words = ErrorText(t: t)
        switch failure {
        case .usage(let message):
            tell("\(message)\n" + t("Try '{1} --help'.", name))
            return 64
        case .message(let message):
            tell(message)
            return 1
        case .agent(let failure):
            tell(words.text(for: failure))
            return words.exitCode(for: failure)
        }
    }

    // MARK: Words

    /// A result for people, on standard output.
    func say(_ text: String) { StandardOutput.put(text + "\n") }

    /// The name of a file, on standard output: as it is for a program, unless it could pass for several lines.
    func say(path: String) { StandardOutput.put(path: path) }

    /// A secret result, or one for programs, on standard output.
    func say(secret: borrowing SecretBytes) { secret.withBytes { StandardOutput.put($0) } }

    /// A message for the person, on standard error.
    func tell(_ text: String) { StandardError.write("\(name): \(text)\n") }

    /// A message without the program's name, for what is shown beside a result.
    func note(_ text: String) { StandardError.write("\(text)\n") }

    /// Makes sure that a result can be printed, as far as that can be known: before a person is asked for it.
    func checkOutput() throws(Failure) {
        do throws(SystemError) { try StandardOutput.check() } catch { throw .message(text(unwritten: error)) }
    }

    private func checkWritten() throws(Failure) {
        if let failure = StandardOutput.takeFailure() { throw .message(text(unwritten: failure)) }
    }

    private func text(unwritten error: SystemError) -> String {
        t("The result could not be written: {1}", "\(error)")
    }

    // MARK: The agent

    /// Connects, and tells how the person reads.
    func connect() throws(Failure) -> AgentConnection {
        do throws(AgentConnection.Failure) {
            let connection = try AgentConnection()
            let isTold = ["LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"].contains { environment($0) != nil }
            if isTold { _ = try connection.send(ContextRequest(locale: t.language.rawValue)) }
            return connection
        } catch {
            throw .agent(error)
        }
    }

    /// Sends a request.
    func ask<Request: AgentExtension>(
        _ connection: borrowing AgentConnection, _ request: Request
    ) throws(Failure) -> Request.Reply {
        do throws(AgentConnection.Failure) { return try connection.send(request) } catch { throw .agent(error) }
    }

    /// The one identity that a person names by the beginning of its identifier or the end of its document.
    func identity(_ text: String, on connection: borrowing AgentConnection) throws(Failure) -> Identifier {
        guard !text.isEmpty else { throw .usage("an identity has a name") }
        let all = try ask(connection, IdentitiesRequest()).identities
        let wanted = text.lowercased()
        let fitting = all.filter {
            // The entity ends with its number in brackets.
            "\($0.identifier)".hasPrefix(wanted)
                || (text.utf8.count >= 3
                    && ($0.document.lowercased().hasSuffix(wanted)
                        || ($0.credential?.entity.lowercased().hasSuffix("\(wanted))") ?? false)))
        }
        guard let found = fitting.first else {
            throw .message(t("There is no identity {1}. See 'clave-add -l'.", text))
        }
        guard fitting.count == 1 else {
            throw .message(t("Several identities fit {1}. Give more of the identifier.", text))
        }
        return found.identifier
    }

    /// The identity that needs no name, for there is no other.
    func onlyIdentity(on connection: borrowing AgentConnection) throws(Failure) -> Identifier {
        let all = try ask(connection, IdentitiesRequest()).identities
        guard let found = all.first else { throw .message(t("The agent has no identities.")) }
        guard all.count == 1 else { throw .message(t("Several identities are active. Say which. See 'clave-add -l'.")) }
        return found.identifier
    }
}
