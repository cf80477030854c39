import AgentProtocol
import Glibc
import Localization
import Posix
import SecureMemory
import Testing

@testable import Prompt

@Suite struct WaysTests {
    private func names(_ environment: [String: String], isForSSHAgent: Bool = false) throws -> [String] {
        let pipe = try Descriptor.pair()
        let end = Descriptor(owning: pipe.0)
        _ = Descriptor(owning: pipe.1)
        let watch = try Watch(pipe: end.number, deadline: 0)
        let inquiry = Inquiry(
            question: Fixture.question(.newPassphrase, isForSSHAgent: isForSSHAgent), t: .english,
            environment: environment, watch: watch)
        guard let choice = Ways.choice(in: environment) else { return ["unknown"] }
        return Ways.list(inquiry, choice).map { "\(type(of: $0))" }
    }

    @Test(
        arguments: [
            ([:], ["TerminalWay"]),
            (["CLAVE_ASKPASS": "a"], ["AskpassWay", "TerminalWay"]),
            (["CLAVE_PINENTRY": "p"], ["PinentryWay", "TerminalWay"]),
            (["SSH_ASKPASS": "s"], ["TerminalWay"]),
            (["SSH_ASKPASS": "s", "SSH_ASKPASS_REQUIRE": "force"], ["AskpassWay", "TerminalWay"]),
            (["DISPLAY": ":0"], ["PinentryWay", "TerminalWay"]),
            (["WAYLAND_DISPLAY": "w"], ["PinentryWay", "TerminalWay"]),
            (["DISPLAY": ":0", "SSH_ASKPASS": "s"], ["PinentryWay", "AskpassWay", "TerminalWay"]),
            (["DISPLAY": ":0", "SSH_ASKPASS": "s", "SSH_ASKPASS_REQUIRE": "never"], ["PinentryWay", "TerminalWay"]),
            (
                ["DISPLAY": ":0", "SSH_ASKPASS": "s", "SSH_ASKPASS_REQUIRE": "force"],
                ["AskpassWay", "PinentryWay", "TerminalWay"]
            ),
            (
                ["CLAVE_PINENTRY": "p", "SSH_ASKPASS": "s", "SSH_ASKPASS_REQUIRE": "Force"],
                ["AskpassWay", "PinentryWay", "TerminalWay"]
            ),
            (
                ["CLAVE_ASKPASS": "a", "CLAVE_PINENTRY": "p", "DISPLAY": ":0", "SSH_ASKPASS": "s"],
                ["AskpassWay", "PinentryWay", "AskpassWay", "TerminalWay"]
            ),
            (["CLAVE_PROMPT": "terminal", "CLAVE_ASKPASS": "a", "DISPLAY": ":0"], ["TerminalWay"]),
            (["CLAVE_PROMPT": "pinentry", "CLAVE_ASKPASS": "a"], ["PinentryWay"]),
            (["CLAVE_PROMPT": "askpass", "CLAVE_ASKPASS": "a", "SSH_ASKPASS": "s"], ["AskpassWay", "AskpassWay"]),
            (["CLAVE_PROMPT": "askpass"], []),
            (["CLAVE_PROMPT": "askpass", "SSH_ASKPASS": "s"], ["AskpassWay"]),
            (["CLAVE_PROMPT": "askpass", "SSH_ASKPASS": "s", "SSH_ASKPASS_REQUIRE": "NEVER"], []),
            (["CLAVE_PROMPT": "auto"], ["TerminalWay"]),
            (["CLAVE_PROMPT": "dream"], ["unknown"]),
        ] as [([String: String], [String])])
    func `the environment decides which ways are tried, in which order`(
        environment: [String: String], expected: [String]
    ) throws {
        #expect(try names(environment) == expected)
    }

    @Test(
        arguments: [
            (["SSH_ASKPASS": "s"], ["TerminalWay"]),
            (["DISPLAY": ":0", "SSH_ASKPASS": "s"], ["AskpassWay", "PinentryWay", "TerminalWay"]),
            (["DISPLAY": ":0", "SSH_ASKPASS": "s", "SSH_ASKPASS_REQUIRE": "never"], ["PinentryWay", "TerminalWay"]),
            (
                ["CLAVE_ASKPASS": "a", "CLAVE_PINENTRY": "p", "DISPLAY": ":0", "SSH_ASKPASS": "s"],
                ["AskpassWay", "AskpassWay", "PinentryWay", "TerminalWay"]
            ),
        ] as [([String: String], [String])])
    func `an agent that was called as ssh-agent asks by OpenSSH's program before a pinentry`(
        environment: [String: String], expected: [String]
    ) throws {
        #expect(try names(environment, isForSSHAgent: true) == expected)
    }
}

@Suite struct ProgramPathTests {
    @Test func `a program is found by its absolute path or in the path's absolute folders`() throws {
        let folder = try ScriptFolder()
        let program = try folder.script("exit 0", name: "program")
        try Files.replace("\(folder.path)/text", with: [], mode: 0o600)
        #expect(ProgramPath.find(program, in: [:]) == program)
        #expect(ProgramPath.find("program", in: ["PATH": "/nowhere:\(folder.path)"]) == program)
        #expect(ProgramPath.find("program", in: ["PATH": "tmp::."]) == nil)
        #expect(ProgramPath.find("sh", in: [:]) != nil)
        for name in ["", "text", "./program", "x/program", folder.path, "\(folder.path)/text", "\(folder.path)/none"] {
            #expect(ProgramPath.find(name, in: ["PATH": folder.path]) == nil, "\(name)")
        }
    }

    @Test(arguments: [
        "/dev/pts/0", "/dev/pts/123456", "/dev/tty1", "/dev/tty63", "/dev/ttyS0", "/dev/hvc0", "/dev/console",
    ])
    func `a terminal's path is a terminal's`(path: String) {
        #expect(TerminalNames.isName(path))
    }

    @Test(arguments: [
        "", "/dev/tty", "/dev/ptmx", "/dev/pts/", "/dev/pts/ptmx", "/dev/pts/1/../2", "/dev/../etc", "/dev//tty1",
        "/dev/pts/1\n", "dev/pts/1", "/dev/a/b/c", "/dev/pts/١", "/dev/ttyS0 ",
        "/dev/" + String(repeating: "t", count: 33),
    ])
    func `any other path is not`(path: String) {
        #expect(!TerminalNames.isName(path))
    }

    @Test(arguments: ["/dev/null", "/dev/zero", "/dev/no-such-terminal"])
    func `what has a terminal's name and is none is not asked on`(path: String) {
        #expect(throws: WayError.self) { try TerminalDevice(path) }
    }
}

@Suite struct PromptFactsTests {
    @Test func `each kind of question has its facts and nothing unseen in them`() {
        let pin = PromptFacts.variables(.showPIN(Fixture.request(kind: .pin, procedure: "a\nb", code: "9F2X")))
        #expect(
            pin == [
                "CLAVE_PROMPT_KIND": "show-pin", "CLAVE_PROMPT_CODE": "9F2X",
                "CLAVE_PROMPT_ORGANISATION": "City Council", "CLAVE_PROMPT_PROCEDURE": "a b",
            ])
        #expect(PromptFacts.variables(.newPassphrase) == ["CLAVE_PROMPT_KIND": "new-passphrase"])
        #expect(
            PromptFacts.variables(.unlock(wrongTries: 3))
                == ["CLAVE_PROMPT_KIND": "unlock", "CLAVE_PROMPT_WRONG_TRIES": "3"])
        #expect(PromptFacts.variables(.unlock(wrongTries: 0, miss: .noService))["CLAVE_PROMPT_KEYRING"] == "no_service")
        #expect(
            PromptFacts.variables(.field(Fixture.field(), plugin: "SMS"))
                == ["CLAVE_PROMPT_KIND": "field", "CLAVE_PROMPT_FIELD": "code", "CLAVE_PROMPT_PLUGIN": "SMS"])
    }
}

@Suite struct `The facts of a question` {
    @Test func `name the identity that it is about, in one line, and none where there is none`() {
        func facts(_ identity: String) -> [String: String] {
            PromptFacts.variables(
                Question(
                    subject: .newPassphrase, caller: Fixture.caller(), identity: identity, locale: "", deadline: 0))
        }
        #expect(facts("") == ["CLAVE_PROMPT_KIND": "new-passphrase"])
        #expect(
            facts("AINA (****5678Z),\nEMPRESA SL (B12345674)")["CLAVE_PROMPT_IDENTITY"]
                == "AINA (****5678Z), EMPRESA SL (B12345674)")
    }
}

@Suite struct GuardedLineReaderTests {
    /// Lines and the rest, read in pieces.
    private func lines(_ pieces: [String], limit: Int = 64) throws -> [String] {
        let ends = try Descriptor.pipe()
        let source = Descriptor(owning: ends.0)
        let sink = Descriptor(owning: ends.1)
        try source.setNonblocking()
        var reader = GuardedLineReader(limit: limit)
        var lines: [String] = []
        for piece in pieces {
            try sink.writeAll(Array(piece.utf8))
            guard try reader.read(source.number, of: "the test") == .some else { return lines + ["too much"] }
            while let line = reader.takeLine() { lines.append(text(line)) }
        }
        #expect(try reader.read(source.number, of: "the test") == .nothing)
        return lines + ["rest: " + text(reader.takeAll())]
    }

    private func text(_ secret: borrowing SecretBytes) -> String {
        secret.withBytes { bytes in
            String(
                decoding: (0..<bytes.byteCount).map { bytes.unsafeLoad(fromByteOffset: $0, as: UInt8.self) },
                as: UTF8.self)
        }
    }

    @Test func `lines come whole, however they were cut`() throws {
        #expect(try lines(["a\nb", "c\n\nd", "e"]) == ["a", "bc", "", "rest: de"])
        #expect(try lines(["a", "b"]) == ["rest: ab"])
        #expect(try lines(["abc", "d", "e"], limit: 4) == ["too much"])
        #expect(try lines(["abc\n", "d\n"], limit: 4) == ["abc", "d", "rest: "])
    }

    @Test func `of everything one line feed at the end is dropped`() throws {
        let ends = try Descriptor.pipe()
        let source = Descriptor(owning: ends.0)
        do {
            let sink = Descriptor(owning: ends.1)
            try sink.writeAll(Array("a\n\n".utf8))
        }
        var reader = GuardedLineReader(limit: 8)
        #expect(try reader.read(source.number, of: "the test") == .some)
        #expect(try reader.read(source.number, of: "the test") == .end)
        #expect(text(reader.takeAll()) == "a\n")
        #expect(text(reader.takeAll()) == "")
    }
}
