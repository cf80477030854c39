import Foundation
import Glibc
import Posix
import TestSupport
import Testing

/// A shell as a person has it at a terminal, with its job control, and the tools in it.
final class JobShell {
    /// Without files of the person's.
    enum Kind: String, CaseIterable {
        case bash, zsh, dash, ksh, fish, tcsh

        fileprivate var line: String {
            switch self {
            case .bash: "/bin/bash --norc -i"
            case .zsh: "/bin/zsh -f -i"
            case .dash: "/bin/dash -i"
            case .ksh: "/bin/ksh -i"
            case .fish: "/usr/bin/fish --no-config -i"
            case .tcsh: "/bin/tcsh -f -i"
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
        static var installed: [Kind] {
            allCases.filter { access(String($0.line.split(separator: " ")[0]), X_OK) == 0 }
        }
    }

    let person: TerminalPerson
    private let shell: Child
    private let world: World
    private var marks = 0
    private var read = 0

    init(_ kind: Kind, _ world: World) throws {
        self.world = world
        person = try TerminalPerson()
        try writeProgram("#!/bin/sh\necho \"done-$1-\"\n", to: world.folder + "/mark")
        try writeProgram("#!/bin/sh\nstty -a >found.new; mv found.new found\n", to: world.folder + "/modes")
        let null = try Descriptor.open("/dev/null", O_RDWR)
        let environment = ["PATH": "\(world.folder):\(world.environment["PATH"]!)", "PS1": "$ ", "ENV": ""]
        shell = try Child(
            "/bin/sh", ["-c", "exec <>'\(person.slave)' >&0 2>&0; cd \"$HOME\"; exec \(kind.line)"],
            environment: world.environment.merging(environment) { $1 }, descriptors: [0: null.number])
        try mark()
    }

    deinit { shell.end(SIGKILL) }

    /// Waits until a text is shown after all that was waited for before.
    func expect(_ text: String) throws {
        try world.wait("\(text) on the terminal, which shows \(person.screen)") { () -> Bool? in
            let screen = Array(person.screen.utf8)
            guard let place = Data(screen[read...]).firstRange(of: Data(text.utf8)) else { return nil }
            read += place.upperBound
            return true
        }
    }

    /// Waits until the shell has its terminal back: what is typed before, some throw away.
    func expectPrompt() throws {
        try world.wait("the shell; the terminal shows \(person.screen)") {
            ProcessStatus(of: shell.pid).flatMap { $0.group == $0.foreground ? true : nil }
        }
        // It has written its prompt then, and reads.
        var shown = -1
        while shown != person.screen.utf8.count {
            shown = person.screen.utf8.count
            usleep(50_000)
        }
    }

    /// Types a command, which has to come whole.
    func mark() throws {
        marks += 1
        person.type("mark \(marks)\n")
        try expect("done-\(marks)-")
    }

    /// Whether a command finds the terminal as it should be.
    func isSane() throws -> Bool {
        try expectPrompt()
        let file = world.folder + "/found"
        unlink(file)
        person.type("modes\n")
        let found = try world.wait("the settings") { try? String(contentsOfFile: file, encoding: .utf8) }
        return Set(["echo", "icanon", "isig"]).isSubset(of: found.split { $0 == " " || $0 == "\n" }.map(String.init))
    }
}
