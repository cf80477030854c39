import Glibc
import Posix
import SecureMemory
import SecureMessaging
import SmartCard
import TestSupport
import Testing

/// The program of `libeac.c`, which speaks commands and answers over a socket.
private final class LibeacProgram: CardChannel {
    let child: Child
    private let socket: Descriptor

    init(_ path: String, _ arguments: [String]) throws {
        let (own, other) = try Descriptor.pair()
        socket = Descriptor(owning: own)
        defer { close(other) }
        child = try Child(
            path, arguments, environment: ["PATH": "/usr/bin:/bin"],
            descriptors: [0: other, 1: other, 2: STDERR_FILENO],
            limit: 60)
    }

    deinit { child.end(SIGKILL) }

    /// The next message; nil when the program has ended.
    func receive() -> [UInt8]? {
        guard let length = read(2) else { return nil }
        return read(Int(length[0]) << 8 | Int(length[1]))
    }

    func send(_ message: [UInt8]) {
        let bytes = [UInt8(message.count >> 8), UInt8(message.count & 0xFF)] + message
        _ = Glibc.send(socket.number, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    }

    private func read(_ count: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        return recv(socket.number, &bytes, count, Int32(MSG_WAITALL)) == count ? bytes : nil
    }

    func transmit(_ command: CommandAPDU) throws(CardError) -> ResponseAPDU {
        send(command.bytes)
        guard let answer = receive() else { throw .removed }
        guard let response = ResponseAPDU(bytes: answer) else { throw .malformed }
        return response
    }
}

/// PACE against libeac, which knows nothing of this room.
@Suite final class `PACE with another implementation` {
    private let folder: String

    init() throws {
        var template = Array("/tmp/libeac-XXXXXX\0".utf8CString)
        folder = try #require(mkdtemp(&template).map { String(cString: $0) })
        let made = runProgram(
            "/usr/bin/gcc",
            [
                "-O1", "-Wall", "-Werror", "-o", folder + "/libeac", Files.parent(of: #filePath) + "/libeac.c", "-leac",
                "-lcrypto",
            ], environment: ["PATH": "/usr/bin:/bin"])
        try #require(made.code == 0, "\(made)")
    }

    deinit {
        unlink(folder + "/libeac")
        rmdir(folder)
    }

    private func program(_ arguments: String...) throws -> LibeacProgram {
        try LibeacProgram(folder + "/libeac", arguments)
    }

    // MARK: The terminal is ours

    /// Several runs: a leading zero in a number of either side comes in one of 256.
    @Test func `opens a channel to its card, which takes every length`() throws {
        let card = try program("card", "123456")
        for run in 0..<3 {
            let channel = try open(run == 0 ? card : try program("card", "123456"))
            for count in [0, 1, 15, 16, 17, 127, 128, 200, 255, 256, 1000, 2000] {
                let data = randomBytes(count)
                let answer = try channel.transmit(CommandAPDU(0, 0xCA, 0, 0, data: data, expected: 4))
                #expect(answer == ResponseAPDU(data: data + [4], status: 0x9000))
                #expect(try channel.transmit(CommandAPDU(0, 0xCA, 0, 0, data: data)).data == data)
            }
        }
    }

    @Test func `tells another number from its card's in the last step, and finds the right one then`() throws {
        let card = try program("card", "123456")
        #expect(throws: PACEError.wrongPassword(triesLeft: nil)) { _ = try open(card, can: "123457") }
        #expect(try open(card).transmit(CommandAPDU(0, 0xCA, 0, 0, data: [1])).data == [1])
    }

    @Test func `has its card refuse what was changed`() throws {
        let card = try program("card", "123456")
        let between = StubChannel { command in
            guard command.header[0] & 0x0C != 0 else { return (try? card.transmit(command)) ?? ResponseAPDU(status: 0) }
            var data = command.data
            data[data.count - 1] ^= 1
            let header = command.header
            let changed = CommandAPDU(
                header[0], header[1], header[2], header[3], data: data, expected: command.expected)
            return (try? card.transmit(changed)) ?? ResponseAPDU(status: 0)
        }
        let channel = try open(between)
        #expect(throws: CardError.refused(0x6988)) { try channel.transmit(CommandAPDU(0, 0xCA, 0, 0, data: [1])) }
    }

    // MARK: The card is ours

    /// Serves a terminal until it ends, and gives its exit code.
    private func serve(_ card: EchoCard, to terminal: LibeacProgram) throws -> Int32 {
        while let message = terminal.receive() {
            let command = try #require(CommandAPDU(bytes: message))
            terminal.send(try card.transmit(command).bytes)
        }
        return terminal.child.exitCode
    }

    @Test func `has its terminal open a channel to the card, and speak through it`() throws {
        for _ in 0..<3 {
            let card = EchoCard()
            #expect(try serve(card, to: program("terminal", "123456")) == 0)
            #expect(card.messaging != nil && card.record.count == 5 + 12)
        }
    }

    @Test func `has the card refuse its terminal with another number`() throws {
        let card = EchoCard()
        #expect(try serve(card, to: program("terminal", "654321")) == 2)
        #expect(card.messaging == nil && card.record.last?.1.status == 0x6300)
    }

    @Test func `has its terminal end at an answer that was changed`() throws {
        let card = EchoCard()
        card.change = { place, answer in
            guard place == 8 else { return answer }
            return ResponseAPDU(data: answer.data.dropLast() + [answer.data.last! ^ 1], status: answer.status)
        }
        #expect(try serve(card, to: program("terminal", "123456")) == 1)
        #expect(card.record.count == 9)
    }
}
