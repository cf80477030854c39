import Glibc
import Posix
import TestSupport
import Testing

/// A real shell at a pseudo-terminal, with a program that may ask in it.
final class ShellSession {
    /// A shell as a person would start it, without files of theirs.
    enum Kind: String, CaseIterable {
        case bash, zsh, dash, ksh, fish, tcsh

        var words: [String] {
            switch self {
            case .bash: ["/bin/bash", "--norc", "-i"]
            case .zsh: ["/bin/zsh", "-f", "-i"]
            case .dash: ["/bin/dash", "-i"]
            case .ksh: ["/bin/ksh", "-i"]
            case .fish: ["/usr/bin/fish", "--no-config", "-i"]
            case .tcsh: ["/bin/tcsh", "-f", "-i"]
            }
        }

        /// Keeps in a variable what a command says.
        func keeping(_ command: String) -> String {
            switch self {
            case .fish: "set kept (\(command))"
            case .tcsh: "set kept=`\(command)`"
            default: "kept=$(\(command))"
            }
        }

        /// Those that this machine has.
        static var installed: [Kind] { allCases.filter { access($0.words[0], X_OK) == 0 } }
    }

    let terminal: PseudoTerminal
    private let folder: ScriptFolder
    private var marks = 0

    init(_ kind: Kind) throws {
        folder = try ScriptFolder()
        _ = try folder.script("echo $$ >pid.new; mv pid.new pid; exec sleep 1000", name: "asker")
        _ = try folder.script("echo \"done-$1-\"", name: "mark")
        _ = try folder.script("stty -a >found.new; mv found.new found", name: "modes")
        terminal = try PseudoTerminal(
            kind.words,
            environment: [
                "HOME": folder.path, "PATH": "\(folder.path):/usr/bin:/bin", "TERM": "dumb", "LC_ALL": "C.UTF-8",
                "PS1": "$ ", "ENV": "",
            ])
        try mark()
    }

    /// Starts the program by a line that names it `asker`.
    ///
    /// - Returns: its process number.
    func start(_ line: String) throws -> Int32 {
        unlink("\(folder.path)/pid")
        try terminal.type(line + "\n")
        return try asker()
    }

    /// Kills the program, which a loop starts again.
    ///
    /// - Returns: the new one's process number.
    func killForNext(_ process: Int32) throws -> Int32 {
        unlink("\(folder.path)/pid")
        kill(process, SIGKILL)
        return try asker()
    }

    private func asker() throws -> Int32 {
        var process: Int32 = 0
        try eventually("the program that asks") {
            process = (try? folder.text("pid")).flatMap { Int32($0.dropLast()) } ?? 0
            return process > 0
        }
        return process
    }

    /// Waits until the shell has its terminal back and has shown its prompt: what is typed before, some throw away.
    func expectPrompt() throws {
        try eventually("the shell") {
            let status = ProcessStatus(of: terminal.process)
            return status.map { $0.group == $0.foreground } == true
        }
        try terminal.expectQuiet()
    }

    /// Types a command, which has to come whole.
    func mark() throws {
        marks += 1
        try terminal.type("mark \(marks)\n")
        try terminal.expect("done-\(marks)-")
    }

    /// Whether a command finds the terminal as it should be.
    func isSane() throws -> Bool {
        try expectPrompt()
        unlink("\(folder.path)/found")
        try terminal.type("modes\n")
        try eventually("the settings") { (try? folder.text("found")) != nil }
        let modes = try folder.text("found")
        return [" echo ", "icanon ", "isig "].allSatisfy { word in
            modes.contains(word) && !modes.contains("-" + word.drop { $0 == " " })
        }
    }
}
