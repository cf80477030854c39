import AgentProtocol
import ClavePluginABI
import Glibc
import Testing

@testable import PluginHost

/// A question as a plugin hands it over, which may break the rules of the header.
private struct Question {
    var name: String? = "code"
    var label: String? = "Code"
    var note: String?
    var kind = UInt32(CLAVE_FIELD_TEXT)
    var lengths: (UInt32, UInt32) = (1, 6)
    var choices: [String?]?
    var choiceCount: Int?
    var flags: UInt32 = 0
    var patience: UInt32 = 0
    var size = MemoryLayout<clave_field>.size

    /// What the host reads of it.
    var read: FieldDescription? {
        let texts = ([name, label, note] + (choices ?? [])).map { $0.flatMap { strdup($0) } }
        defer { for text in texts { free(text) } }
        let listed = texts.dropFirst(3).map { UnsafePointer($0) }
        return listed.withUnsafeBufferPointer { listed in
            var field = clave_field()
            field.size = size
            (field.name, field.label, field.note) = (
                UnsafePointer(texts[0]), UnsafePointer(texts[1]), UnsafePointer(texts[2])
            )
            field.kind = kind
            (field.min_length, field.max_length) = lengths
            field.choices = choices == nil ? nil : listed.baseAddress
            field.choice_count = choiceCount ?? listed.count
            (field.flags, field.patience) = (flags, patience)
            return FieldReader.description(&field)
        }
    }
}

/// Memory with `bytes` at its very end: who reads more is ended by a signal.
private func atTheEnd<Result>(_ bytes: [UInt8], _ body: (UnsafeRawPointer) throws -> Result)
    rethrows -> Result
{
    let page = sysconf(Int32(_SC_PAGESIZE))
    let length = (bytes.count + page - 1) / page * page
    let start = mmap(nil, length + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)!
    defer { munmap(start, length + page) }
    mprotect(start + length, page, PROT_NONE)
    let place = start + length - bytes.count
    place.copyMemory(from: bytes, byteCount: bytes.count)
    return try body(place)
}

@Suite struct `A question of a plugin` {
    @Test func `A question that keeps the rules is read as it is`() throws {
        let read = try #require(
            Question(
                note: "again", kind: UInt32(CLAVE_FIELD_DIGITS), flags: UInt32(CLAVE_FIELD_PERSONAL),
                patience: 600
            ).read)
        #expect(
            read
                == FieldDescription(
                    name: "code", label: "Code", note: "again", kind: .digits, minimumLength: 1,
                    maximumLength: 6,
                    choices: [], isPersonal: true, patience: 600))
        #expect(Question().read?.note == "" && Question().read?.isPersonal == false)
    }

    @Test(arguments: [
        nil, "", "Code", "the code", "códi", "a_b",
        String(repeating: "a", count: Int(CLAVE_NAME_MAX) + 1),
    ])
    func `A question without a name that scripts could use is refused`(name: String?) {
        #expect(Question(name: name).read == nil)
    }

    @Test func `A text that is too long, or missing, makes a question a bad one`() {
        let longest = String(repeating: "a", count: Int(CLAVE_TEXT_MAX))
        #expect(Question(label: longest).read?.label == longest)
        #expect(Question(label: longest + "a").read == nil)
        #expect(Question(label: nil).read == nil)
        #expect(Question(note: longest).read?.note == longest)
        #expect(Question(note: longest + "a").read == nil)
        let name = String(repeating: "a", count: Int(CLAVE_NAME_MAX))
        #expect(Question(name: name).read?.name == name)
    }

    @Test func `A text loses the characters that could disguise what the person is asked`() {
        #expect(Question(label: "a\u{1B}[31m\u{202E}b").read?.label == "a[31mb")
        #expect(Question(note: "\u{7F}x\ty").read?.note == "x\ty")
        let choices = Question(kind: UInt32(CLAVE_FIELD_CHOICE), choices: ["a\u{200F}", "b"]).read?
            .choices
        #expect(choices == ["a", "b"])
    }

    @Test(arguments: [0, 6, 7, 255, 256, 257, UInt32.max])
    func `A question of no known kind is refused`(kind: UInt32) {
        #expect(Question(kind: kind).read == nil)
    }

    @Test(
        arguments: [(2, 1), (0, UInt32(CLAVE_ANSWER_MAX) + 1), (UInt32.max, UInt32.max)]
            as [(UInt32, UInt32)])
    func `A question whose answer has no length that can be is refused`(lengths: (UInt32, UInt32)) {
        #expect(Question(lengths: lengths).read == nil)
    }

    @Test func `A question may be answered in as many bytes, and as slowly, as the header says`() {
        let most = UInt32(CLAVE_ANSWER_MAX)
        #expect(Question(lengths: (0, most)).read?.maximumLength == most)
        #expect(
            Question(patience: UInt32(CLAVE_PATIENCE_MAX)).read?.patience == UInt32(CLAVE_PATIENCE_MAX))
        #expect(Question(patience: UInt32(CLAVE_PATIENCE_MAX) + 1).read == nil)
        #expect(FieldDescription.longestPatience == UInt32(CLAVE_PATIENCE_MAX))
    }

    @Test func `A choice has from one to sixty-four texts`() {
        func choose(_ choices: [String?]?, count: Int? = nil) -> [String]? {
            Question(kind: UInt32(CLAVE_FIELD_CHOICE), choices: choices, choiceCount: count).read?.choices
        }
        let most = Int(CLAVE_CHOICES_MAX)
        #expect(choose(["a", "b"]) == ["a", "b"])
        #expect(choose([String](repeating: "a", count: most))?.count == most)
        #expect(choose([String](repeating: "a", count: most + 1)) == nil)
        #expect(choose([]) == nil)
        #expect(choose(nil, count: 1) == nil)
        #expect(choose(["a", nil]) == nil)
        #expect(choose(["a"], count: -1) == nil)
        #expect(choose(["a"], count: .max) == nil)
        #expect(choose([String(repeating: "a", count: Int(CLAVE_TEXT_MAX) + 1)]) == nil)
        // Of another kind, they are not looked at.
        #expect(Question(choices: ["a", nil]).read?.choices == [])
    }

    @Test func `No member of a question is read beyond its size`() throws {
        let least = try #require(MemoryLayout<clave_field>.offset(of: \.patience))
        #expect(Question(patience: 600, size: least).read?.patience == 0)
        for size in [0, 8, least - 1] { #expect(Question(size: size).read == nil, "\(size)") }
    }

    @Test(arguments: [0, 1, 16]) func `A text is not read beyond its limit, nor beyond its end`(
        limit: Int
    ) {
        func read(_ bytes: [UInt8]) -> String? {
            atTheEnd(bytes) { FieldReader.text($0.assumingMemoryBound(to: CChar.self), limit: limit) }
        }
        let longest = [UInt8](repeating: UInt8(ascii: "a"), count: limit)
        #expect(read(longest + [0]) == String(repeating: "a", count: limit))
        // No byte follows the first that is too many.
        #expect(read(longest + [UInt8(ascii: "a")]) == nil)
        #expect(FieldReader.text(nil, limit: limit) == nil)
    }

    @Test(arguments: [[0xC3], [0xFF], [0xED, 0xA0, 0x80], [0xC0, 0x80]] as [[UInt8]])
    func `A text that is not UTF-8 is refused`(bytes: [UInt8]) {
        (bytes + [0]).withUnsafeBytes { bytes in
            #expect(
                FieldReader.text(bytes.baseAddress!.assumingMemoryBound(to: CChar.self), limit: 8) == nil)
        }
    }

    @Test func `A line is cut at the longest that the pipe takes, and in no character`() {
        let text = String(repeating: "é", count: Int(CLAVE_TEXT_MAX))
        #expect(
            FieldReader.line("\u{1B}" + text) == String(repeating: "é", count: Int(CLAVE_TEXT_MAX) / 2))
        #expect(FieldReader.line("a" + text).utf8.count == Int(CLAVE_TEXT_MAX) - 1)
    }
}
