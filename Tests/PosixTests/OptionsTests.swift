import Posix
import Testing
import Wire

@Suite struct `A command line` {
    private static let definitions = [
        Options.Definition("o", "output", takesPath: true), Options.Definition("p", "purpose", takesValue: true),
        Options.Definition("F", "format", takesValue: true, choices: ["raw", "cms"]),
        Options.Definition("v", "verbose"), Options.Definition("d", "delete", takesOptionalValue: true),
    ]

    private func options(_ arguments: [[UInt8]]) throws(Options.UsageError) -> Options {
        try Options(arguments.map { SystemText.string($0) }, Self.definitions)
    }

    private func complaint(_ arguments: [String]) -> String? {
        do throws(Options.UsageError) { _ = try options(arguments.map { Array($0.utf8) }) } catch {
            return error.message
        }
        return nil
    }

    @Test func `keeps the bytes of paths, behind a letter, a long name and by themselves`() throws {
        let path: [UInt8] = [0x61, 0xF1, 0x0A, 0x3D]
        let given = try options([
            Array("-o".utf8) + path, Array("-vo".utf8), path, Array("--output=".utf8) + path, Array("--".utf8), path,
        ])
        #expect(given.values("output").map(SystemText.bytes) == [path, path, path])
        #expect(given.operands.map(SystemText.bytes) == [path])
    }

    @Test func `refuses bytes that are no text where words are wanted`() throws {
        #expect(throws: Options.UsageError.self) { try options([Array("-p".utf8), [0x61, 0xF1]]) }
        #expect(throws: Options.UsageError.self) { try options([Array("--purpose=\u{202E}".utf8)]) }
        #expect(try options([Array("-p".utf8), Array("two\nlines".utf8)]).value("purpose") == "two\nlines")
    }

    @Test func `is read by its bytes: a mark that combines hides no hyphen and no equals sign`() throws {
        #expect(complaint(["-\u{301}x"]) != nil)
        #expect(complaint(["--\u{301}"]) != nil)
        let given = try options([Array("--output=\u{301}x".utf8)])
        #expect(given.value("output").map { Array($0.utf8) } == Array("\u{301}x".utf8))
    }

    @Test func `that lacks a value says which there are`() {
        #expect(complaint(["-F"]) == "-F needs a value: raw, cms")
        #expect(complaint(["--format"]) == "--format needs a value: raw, cms")
        #expect(complaint(["-p"]) == "-p needs a value")
    }

    @Test(arguments: [
        (["-d", "x", "y"], "x", ["y"]), (["-dx", "y"], "x", ["y"]), (["-vd", "x"], "x", []),
        (["--delete", "x", "y"], "x", ["y"]), (["--delete=x", "y"], "x", ["y"]), (["--delete=-x"], "-x", []),
        (["-d", ""], "", []), (["--delete", "", "y"], "", ["y"]), (["--delete="], "", []),
        (["-d", "-d", "x"], "x", []),
    ])
    func `A value that may be left out is taken where there is one, also an empty one`(
        arguments: [String], value: String, operands: [String]
    ) throws {
        let given = try options(arguments.map { Array($0.utf8) })
        #expect(given.has("delete") && given.value("delete") == value)
        #expect(given.operands == operands)
    }

    @Test(arguments: [
        (["-d"], []), (["--delete"], []), (["-d", "-v"], []), (["-d", "-v", "y"], ["y"]), (["-d", "--", "y"], ["y"]),
        (["--delete", "--verbose", "y"], ["y"]), (["-vd", "-"], ["-"]), (["-d", "x", "-d"], []),
    ])
    func `A value that may be left out is none at the end and before a hyphen`(
        arguments: [String], operands: [String]
    ) throws {
        let given = try options(arguments.map { Array($0.utf8) })
        #expect(given.has("delete") && given.value("delete") == nil)
        #expect(given.given.last { $0.name == "delete" }?.value == "")
        #expect(given.operands == operands)
    }

    @Test func `A value that may be left out is text where it is given`() {
        #expect(complaint(["-d", "a\u{1B}"]) == "-d takes text: UTF-8 without control characters")
        #expect(complaint(["--delete=a\u{1B}"]) == "--delete takes text: UTF-8 without control characters")
    }
}

@Suite struct `A time on a command line` {
    @Test(
        arguments: [
            ("90", 90), ("90s", 90), ("5m", 300), ("1h30m", 5400), ("2d", 172_800), ("1w", 604_800), ("1H30M", 5400),
            ("1m1", 61), ("0h1", 1), ("007", 7), ("4294967295", UInt32.max),
        ] as [(String, UInt32)])
    func `A time is the sum of its parts, in seconds`(text: String, seconds: UInt32) {
        #expect(Options.seconds(text) == seconds)
    }

    @Test(arguments: [
        "", "0", "0s", "s", "m5", "-1", "+1", "1.5h", "1 h", " 1", "1hh", "1y", "soon", "4294967296", "4294967295s1",
        "8000w", "18446744073709551616", "99999999999999999999999", "\u{661}", "1\u{301}", "1s\u{301}", "1\u{17F}",
    ])
    func `Anything else is no time`(text: String) {
        #expect(Options.seconds(text) == nil)
    }
}
