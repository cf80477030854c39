import Glibc
import Posix
import TestSupport

/// `clave-card-tester` in conversation: a program that uses the card service of a test.
final class Tester {
    let child: Child
    private let input: Descriptor
    private let output: Descriptor
    private var heard: [UInt8] = []

    init(_ service: CardService) throws {
        let (inputs, outputs) = (try Descriptor.pipe(), try Descriptor.pipe())
        input = Descriptor(owning: inputs.1)
        output = Descriptor(owning: outputs.0)
        defer { for number in [inputs.0, outputs.1] { close(number) } }
        child = try Child(
            program("clave-card-tester"), environment: service.environment, descriptors: [0: inputs.0, 1: outputs.1])
    }

    deinit { child.end(SIGKILL) }

    func tell(_ line: String) throws { try input.writeAll(Array((line + "\n").utf8).span.bytes) }

    /// Its next line; the end of the program, which comes after five minutes at the latest, is an empty one.
    func hear() -> String {
        var buffer = [UInt8](repeating: 0, count: 4096)
        while !heard.contains(10) {
            let count = read(output.number, &buffer, buffer.count)
            guard count > 0 else { return "" }
            heard += buffer[..<count]
        }
        let line = heard.prefix { $0 != 10 }
        heard.removeFirst(line.count + 1)
        return String(decoding: line, as: UTF8.self)
    }

    func ask(_ line: String) throws -> String {
        try tell(line)
        return hear()
    }
}

/// A reader's name, and answers to reset: of a card in T=0, of one in T=1, and a reader's for a contactless card.
enum Sample {
    static let names = ["Virtual PCD 00 00", "Virtual PCD 00 01"]
    static let t0 = "3B7F380000006A444E496510024C340013039000"
    static let t1 = "3B800181"
    static let contactless = "3B80800101"
    /// More than an answer to reset can be: the reader takes it for none.
    static let mute = String(repeating: "3B", count: 34)
    /// One of no known form.
    static let garbled = "FFFFFFFF"
}

extension CardService {
    /// Puts the test card into a slot; it is pulled out when the program ends.
    func insert(test answerToReset: String, slot: Int = 0) throws -> Child {
        try start(program("clave-card-tester"), ["card", "\(35963 + slot)", answerToReset])
    }
}

extension Tester {
    /// Waits until a card is in the reader, by the tester's own list.
    func seesCard(_ answerToReset: String) throws {
        try eventually("the card to be in the reader") { try ask("list").contains(": \(answerToReset)") }
    }
}
