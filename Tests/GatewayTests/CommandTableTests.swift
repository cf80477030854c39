import Foundation
import Posix
import TestSupport
import Testing

@testable import Gateway

private let commands = GatewayCommand.all

/// As it is typed; a value that is wanted is `x`.
private func typed(_ option: GatewayOption) -> String {
    "--\(option.name)" + (option.definition.takesValue ? "=x" : "")
}

private func takes(_ command: GatewayCommand, _ option: GatewayOption) -> Bool {
    (GatewayOption.everywhere + command.takes).contains { $0.name == option.name }
}

/// What is wrong with a command line; nil for nothing.
private func complaint(_ arguments: [String]) -> String? {
    do throws(Options.UsageError) { _ = try GatewayOptions(arguments) } catch { return error.message }
    return nil
}

@Suite struct `The table of the gateway's commands` {
    @Test(arguments: commands.map(\.name)) func `A command is asked for by its words and takes its options`(
        name: String
    ) throws {
        let command = try #require(commands.first { $0.name == name })
        let options = command.takes.map(typed) + ["--state", "/x"]
        #expect(try GatewayOptions(command.words).command.name == name)
        #expect(try GatewayOptions(command.words + options).command.name == name)
        #expect(try GatewayOptions(options + command.words).command.name == name)
    }

    @Test(arguments: commands.map(\.name)) func `A command refuses each option of others, and says so`(name: String)
        throws
    {
        let command = try #require(commands.first { $0.name == name })
        for option in GatewayOption.all where !takes(command, option) {
            #expect(complaint(command.words + [typed(option)]) == "--\(option.name) says nothing to \(name)")
        }
    }

    @Test(arguments: commands.map(\.name)) func `A command takes no further word`(name: String) throws {
        let command = try #require(commands.first { $0.name == name })
        let hint = takes(command, .document) ? "; a document goes with --document" : ""
        let expected = command.words.count == 2 ? "unexpected: more\(hint)" : "unknown command: \(name) more"
        #expect(complaint(command.words + ["more"]) == expected)
        #expect(complaint([name + " more"]) == "unknown command: \(name) more")
    }

    @Test(arguments: commands.map(\.name)) func `Help is asked for with any command, whatever else is typed`(
        name: String
    ) throws {
        let words = try #require(commands.first { $0.name == name }).words
        for line in [words + ["--help"], ["-h", "--count=x"] + words, words + ["more", "-hV"]] {
            #expect(try GatewayOptions(line).command.name == "help", "\(line)")
        }
        #expect(try GatewayOptions(words + ["more", "-V", "--count=x"]).command.name == "version")
    }

    @Test func `Other words are no command`() throws {
        #expect(complaint([]) == "no command")
        #expect(complaint(["--json"]) == "no command")
        for words in [["citizen"], ["citizen", "dance"], ["Citizen", "list"], ["list"], ["help", "more"], [""]] {
            #expect(complaint(words) == "unknown command: \(words.joined(separator: " "))")
        }
        #expect(try GatewayOptions(["help"]).command.name == "help")
    }

    @Test func `The names and letters of commands and options are all different`() {
        #expect(Set(commands.map(\.name)).count == commands.count)
        #expect(commands.allSatisfy { (1...2).contains($0.words.count) })
        let all = GatewayOption.everywhere + commands.flatMap(\.takes)
        for option in all {
            let same = all.filter { $0.name == option.name }
            #expect(same.allSatisfy { $0.letter == option.letter && $0.help == option.help }, "\(option.name)")
        }
        let letters = GatewayOption.all.compactMap(\.letter)
        #expect(Set(letters).count == letters.count)
        #expect(Set(GatewayOption.all.map(\.name)) == Set(all.map(\.name)))
        for command in commands { #expect(Set(command.takes.map(\.name)).count == command.takes.count) }
    }

    @Test func `The help has a row for each command, and no line is too long for a terminal of 112 columns`() {
        let help = GatewayCommand.helpText.split(separator: "\n", omittingEmptySubsequences: false)
        for command in commands {
            #expect(!command.help.text.isEmpty && command.help.label.contains(command.words.last ?? "?"))
            #expect(help.filter { ($0 + " ").hasPrefix("  \(command.help.label) ") }.count == 1, "\(command.name)")
            for line in command.help.text.split(separator: "\n") {
                #expect(help.contains { $0.hasSuffix(" \(line)") }, "\(command.name)")
            }
        }
        #expect(help.allSatisfy { $0.count <= 112 })
    }

    @Test func `An option without a row of its own is in the row of a command`() {
        for option in GatewayOption.all where option.help == nil {
            let rows = commands.filter { takes($0, option) }.map(\.help.text)
            #expect(rows.contains { $0.contains("--\(option.name)") }, "\(option.name)")
        }
    }
}

/// Files of `contrib` that have to follow the table.
private func contrib(_ path: String) throws -> String {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../contrib")
    return try String(contentsOf: folder.appending(path: path).standardizedFileURL, encoding: .utf8)
}

@Suite struct `The manual page and the completions of clave-gateway` {
    /// The options of each command, by its name, as the page's synopsis has them.
    private func synopsis() throws -> [String: Set<String>] {
        let page = try contrib("man/clave-gateway.1")
        let start = try #require(page.range(of: ".Sh SYNOPSIS\n"))
        let end = try #require(page.range(of: ".Sh DESCRIPTION"))
        var options: [String: Set<String>] = [:]
        for block in page[start.upperBound..<end.lowerBound].components(separatedBy: ".Nm\n.Cm ").dropFirst() {
            let line = block.components(separatedBy: "\n")[0].components(separatedBy: " Fl ")[0]
            let flags = block.matches(of: #/Fl (-?[a-zA-Z][a-z-]*)/#).map { String($0.1) }
            for name in line.components(separatedBy: " | ") {
                options[name, default: []].formUnion(flags)
            }
        }
        return options
    }

    @Test func `The synopsis has each command with its options, and no other`() throws {
        let synopsis = try synopsis()
        #expect(Set(synopsis.keys) == Set(commands.map(\.name) + ["help"]))
        for command in commands {
            let expected = ([.state] + command.takes).map { $0.letter.map(String.init) ?? "-\($0.name)" }
            #expect(synopsis[command.name] == Set(expected), "\(command.name)")
        }
    }

    @Test func `The description has an entry for each command`() throws {
        let entries = try contrib("man/clave-gateway.1").matches(of: #/\n\.It Cm ([a-z ,]+)\n/#)
            .flatMap { $0.1.components(separatedBy: " , ") }
        for command in commands { #expect(entries.filter { $0 == command.name }.count == 1, "\(command.name)") }
    }

    /// What bash offers behind a command line; the last word is the one that is being typed.
    private func offered(_ line: [String]) throws -> Set<String> {
        let script = """
            _init_completion() {
                words=("${COMP_WORDS[@]}") cword=$COMP_CWORD cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}
            }
            \(try contrib("completions/bash/clave-gateway"))
            COMP_WORDS=(clave-gateway "$@") COMP_CWORD=$#
            _clave_gateway
            printf '%s\\n' "${COMPREPLY[@]}"
            """
        let outcome = runProgram("/bin/bash", ["-c", script, "bash"] + line, environment: [:])
        #expect(outcome.code == 0 && outcome.errors.isEmpty, "\(outcome.errors)")
        return Set(outcome.output.split(separator: "\n").map(String.init))
    }

    private func spellings(_ options: [GatewayOption]) -> Set<String> {
        Set(options.flatMap { ["--\($0.name)"] + ($0.letter.map { ["-\($0)"] } ?? []) })
    }

    @Test func `Bash offers the words of all commands`() throws {
        #expect(try offered([""]) == Set(commands.map { $0.words[0] } + ["help"]))
        for subject in Set(commands.filter { $0.words.count == 2 }.map { $0.words[0] }) {
            let seconds = commands.filter { $0.words.count == 2 && $0.words[0] == subject }.map { $0.words[1] }
            #expect(try offered([subject, ""]) == Set(seconds), "\(subject)")
        }
    }

    @Test(arguments: commands.map(\.name)) func `Bash offers the options of a command and no others`(name: String)
        throws
    {
        let command = try #require(commands.first { $0.name == name })
        #expect(try offered(command.words + ["-"]) == spellings(GatewayOption.everywhere + command.takes))
        #expect(try offered(["--state", "/x"] + command.words + ["-"]).isSuperset(of: spellings(command.takes)))
    }

    @Test func `No completion takes an option's value for a command`() throws {
        let fish = try contrib("completions/fish/clave-gateway.fish")
        let zsh = try contrib("completions/zsh/_clave-gateway")
        let fishList = try #require(fish.firstMatch(of: #/set -l values((?:[^\n]*\\\n)*[^\n]*)/#)).1
        let zshList = try #require(zsh.firstMatch(of: #/case \$words\[i\] in\n((?:[^\n]*\\\n)*[^\n]*)\)\n/#)).1
        let fishWords = Set(fishList.split { " \\\n".contains($0) }.map(String.init))
        let zshWords = Set(zshList.split { " |\\\n".contains($0) }.map(String.init))
        let options = GatewayOption.all.filter(\.definition.takesValue)
        #expect(fishWords == spellings(options) && zshWords == spellings(options))
        for spelling in spellings(options) {
            #expect(try offered([spelling, "x", "citizen", "a"]) == ["add"], "\(spelling)")
        }
    }

    @Test func `Fish and zsh offer the words of all commands`() throws {
        let fish = try contrib("completions/fish/clave-gateway.fish")
        let zsh = try contrib("completions/zsh/_clave-gateway")
        let offers = Set(fish.matches(of: #/__clave_gateway_is "?([a-z]*)"?' -a ([a-z]+) /#).map { "\($0.1) \($0.2)" })
        for command in commands {
            #expect(offers.contains(" \(command.words[0])"), "\(command.name) in fish")
            #expect(zsh.contains("\n    '\(command.words[0]):"), "\(command.name) in zsh")
            guard command.words.count == 2 else { continue }
            #expect(offers.contains(command.name), "\(command.name) in fish")
            let branches = zsh.components(separatedBy: "\n  \(command.words[0]))")
            let seconds = try #require(branches.last, "\(command.name) in zsh").components(separatedBy: ";;")[0]
            #expect(branches.count == 2, "\(command.name) in zsh")
            #expect(["'", "\""].contains { seconds.contains("\($0)\(command.words[1]):") }, "\(command.name) in zsh")
        }
    }
}
