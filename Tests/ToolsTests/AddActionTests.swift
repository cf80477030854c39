import Posix
import TestSupport
import Testing
import Wire

@testable import Tools

/// What a command line comes to: an action, or words about what is wrong with it.
private enum Choice: Equatable {
    case action(String)
    case usage(String)

    init(_ arguments: [String]) throws {
        let options = try Options(arguments, AddAction.definitions)
        do throws(ToolProgram.Failure) { self = .action(try AddAction.chosen(by: options).name) } catch {
            guard case .usage(let message) = error else { throw error }
            self = .usage(message)
        }
    }
}

/// As it is typed; a value that is wanted is `x`.
private func typed(_ option: Options.Definition) -> String {
    "--\(option.name)" + (option.takesValue ? "=x" : "")
}

private let actions = AddAction.asked.compactMap(\.option)
private let others = AddAction.definitions.filter { other in !actions.contains { $0.name == other.name } }

@Suite struct `The actions of clave-add` {
    @Test(arguments: AddAction.asked.map(\.name)) func `An action is asked for by its option alone`(name: String) throws
    {
        let option = try #require(actions.first { $0.name == name })
        #expect(try Choice([typed(option)]) == .action(name))
        if let letter = option.letter {
            #expect(try Choice(["-\(letter)"] + (option.takesValue ? ["x"] : [])) == .action(name))
        }
        #expect(try Choice([typed(option), typed(option)]) == .action(name))
    }

    @Test func `No option asks for an activation, which takes all options of its own`() throws {
        #expect(try Choice([]) == .action(""))
        let ownOptions = others.filter { AddAction.activation.takes.contains($0.name) }
        #expect(ownOptions.count == AddAction.activation.takes.count)
        #expect(try Choice(ownOptions.map(typed)) == .action(""))
    }

    @Test(arguments: AddAction.asked.map(\.name)) func `An action goes with no other action`(name: String) throws {
        let place = try #require(actions.firstIndex { $0.name == name })
        for (index, other) in actions.enumerated() where index != place {
            let names = index < place ? "\(other.name), \(name)" : "\(name), \(other.name)"
            let expected = Choice.usage("one thing at a time: \(names)")
            #expect(try Choice([typed(actions[place]), typed(other)]) == expected)
            #expect(try Choice([typed(other), typed(actions[place])]) == expected)
        }
    }

    @Test(arguments: AddAction.asked.map(\.name))
    func `An action refuses each option that it does not take, and says with what that goes`(name: String) throws {
        let action = try #require(AddAction.asked.first { $0.name == name })
        let option = try #require(action.option)
        for other in others {
            let choice = try Choice([typed(option), typed(other)])
            guard !action.takes.contains(other.name) else {
                #expect(choice == .action(name), "\(other.name)")
                continue
            }
            let complaint =
                switch other.name {
                case "everywhere": "--everywhere goes with -d"
                case "since", "verify": "--since and --verify go with --log"
                case "force": "--force goes with --backup"
                case "identity": "-i goes with --policy and --ssh"
                default: "--\(other.name) is for a new identity, and goes with no --\(name)"
                }
            #expect(choice == .usage(complaint), "\(other.name)")
            #expect(try Choice([typed(other), typed(option)]) == .usage(complaint), "\(other.name)")
        }
    }

    @Test func `An option goes with these actions and no others`() {
        let takers = { (name: String) in AddAction.asked.filter { $0.takes.contains(name) }.map(\.name) }
        #expect(takers("everywhere") == ["delete"])
        #expect(takers("since") == ["log"] && takers("verify") == ["log"])
        #expect(takers("force") == ["backup"])
        #expect(takers("identity") == ["policy", "ssh"])
        #expect(takers("method") == ["available", "diagnose"])
        #expect(takers("local") == [] && takers("gateway") == [] && takers("lifetime") == [])
    }

    @Test(arguments: [
        ("--everywhere", "--everywhere goes with -d"), ("--since=1h", "--since and --verify go with --log"),
        ("--verify", "--since and --verify go with --log"), ("--force", "--force goes with --backup"),
        ("-ix", "-i goes with --policy and --ssh"),
    ])
    func `An option of another action is refused where an identity is activated`(line: (String, String)) throws {
        #expect(try Choice([line.0]) == .usage(line.1))
        #expect(try Choice(["-g", "https://localhost", line.0]) == .usage(line.1))
    }

    @Test(arguments: AddAction.asked.map(\.name)) func `An action takes no operand`(name: String) throws {
        let option = try #require(actions.first { $0.name == name })
        let action = try #require(AddAction.asked.first { $0.name == name })
        // One behind -d is looked at by the action itself.
        let operands = Array(repeating: "more", count: action.operands + 1)
        #expect(try Choice([typed(option)] + operands) == .usage("unexpected: more"))
        #expect(action.operands == (name == "delete" ? 1 : 0))
    }

    @Test func `The names and letters of the options are all different`() {
        let names = AddAction.definitions.map(\.name)
        let letters = AddAction.definitions.compactMap(\.letter)
        #expect(Set(names).count == names.count)
        #expect(Set(letters).count == letters.count)
        #expect(Set(names).isDisjoint(with: ["json", "help", "version"]))
        #expect(Set(letters).isDisjoint(with: ["j", "h", "V"]))
        #expect(!names.contains("delete-only-one"))
        for action in AddAction.asked { #expect(action.takes.isSubset(of: names), "\(action.name)") }
    }
}

@Suite struct `The identity that clave-add removes` {
    /// Nil for none; a usage message after `!`.
    private func removed(_ arguments: [String]) throws -> String? {
        let options = try Options(arguments.map { SystemText.string(Array($0.utf8)) }, AddAction.definitions)
        do throws(ToolProgram.Failure) { return try IdentityCommand.removed(options) } catch {
            guard case .usage(let message) = error else { throw error }
            return "!" + message
        }
    }

    @Test(arguments: [
        ["-d", "678Z", "--everywhere"], ["-d678Z", "--everywhere"], ["--delete", "678Z", "--everywhere"],
        ["--delete=678Z", "--everywhere"], ["--everywhere", "-d", "678Z"], ["-d", "--everywhere", "678Z"],
        ["--delete", "--everywhere", "678Z"], ["-d", "678Z"],
    ])
    func `A name is taken behind -d, and behind the --everywhere that follows it`(arguments: [String]) throws {
        #expect(try removed(arguments) == "678Z")
        #expect(try Choice(arguments) == .action("delete"))
    }

    @Test(arguments: [["-d", "--everywhere"], ["-d", "--everywhere", "-s"], ["--everywhere", "--delete"], ["-d"]])
    func `A name may be left out`(arguments: [String]) throws {
        #expect(try removed(arguments) == nil)
    }

    @Test(arguments: [
        ["-d", ""], ["-d", "", "--everywhere"], ["-d", "--everywhere", ""], ["--delete=", "--everywhere"],
    ])
    func `An empty name, as of a variable that is not set, is not the same as none`(arguments: [String]) throws {
        #expect(try removed(arguments) == "")
    }

    @Test func `A second name is refused, and one that is no text`() throws {
        #expect(try removed(["-d", "678Z", "more"]) == "!unexpected: more")
        #expect(try removed(["-d", "678Z", "--everywhere", "more"]) == "!unexpected: more")
        #expect(try removed(["-d", "-s", "more"]) == "!unexpected: more")
        #expect(
            try removed(["-d", "--everywhere", "a\u{1B}"]) == "!-d takes text: UTF-8 without control characters")
    }

    @Test func `The name behind --leave may be left out`() throws {
        func left(_ arguments: [String]) throws -> String? {
            #expect(try Choice(arguments) == .action("leave"))
            return try Options(arguments, AddAction.definitions).value("leave")
        }
        #expect(try left(["--leave", "678Z"]) == "678Z")
        #expect(try left(["--leave=678Z"]) == "678Z")
        #expect(try left(["--leave"]) == nil)
        #expect(try left(["--leave", ""]) == "")
        #expect(try Choice(["--leave", "678Z", "more"]) == .usage("unexpected: more"))
        #expect(try Choice(["--leave", "--everywhere"]) == .usage("--everywhere goes with -d"))
    }
}
