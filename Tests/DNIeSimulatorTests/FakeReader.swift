import DNIeSimulator
import Glibc
import Posix
import TestSupport

/// The reader's end of vpcd's connection: listens where nobody else does, and speaks with the card that comes.
final class FakeReader {
    private let listener: Int32
    private var connection: Int32 = -1
    private var buffer: [UInt8] = []
    /// Where the card finds it.
    let address: String

    init() throws {
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var place = sockaddr_in()
        place.sin_family = sa_family_t(AF_INET)
        place.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let (number, size) = (listener, length)
        let isBound = withUnsafeMutablePointer(to: &place) { place in
            place.withMemoryRebound(to: sockaddr.self, capacity: 1) { place in
                bind(number, place, size) == 0 && listen(number, 1) == 0 && getsockname(number, place, &length) == 0
            }
        }
        guard isBound else { throw SystemError("bind") }
        address = "127.0.0.1:\(UInt16(bigEndian: place.sin_port))"
    }

    deinit {
        close(listener)
        if connection >= 0 { close(connection) }
    }

    /// Waits for a card, and leaves the one before.
    func takeCard() throws {
        if connection >= 0 { close(connection) }
        buffer = []
        try waitFor(listener, "a card")
        connection = accept(listener, nil, nil)
        _ = fcntl(connection, F_SETFD, FD_CLOEXEC)
    }

    /// Whether no card comes within a fifth of a second.
    var staysEmpty: Bool {
        var place = pollfd(fd: listener, events: Int16(POLLIN), revents: 0)
        return poll(&place, 1, 200) == 0
    }

    func send(_ text: String) { send(octets(text)) }

    func send(_ bytes: [UInt8]) {
        let message = ReaderMessages.framed(bytes)
        _ = Glibc.send(connection, message, message.count, Int32(MSG_NOSIGNAL))
    }

    /// The card's next message; nil if it has gone.
    func receive() throws -> String? {
        while true {
            if buffer.count >= 2, buffer.count >= 2 + Int(buffer[0]) << 8 + Int(buffer[1]) {
                let count = Int(buffer[0]) << 8 + Int(buffer[1])
                defer { buffer.removeFirst(2 + count) }
                return buffer[2..<2 + count].hexadecimal
            }
            try waitFor(connection, "a message")
            var bytes = [UInt8](repeating: 0, count: 4096)
            let count = read(connection, &bytes, bytes.count)
            guard count > 0 else { return nil }
            buffer += bytes[..<count]
        }
    }

    /// A command, and the answer; nil if the card has gone.
    func says(_ command: String) throws -> String? {
        send(command)
        return try receive()
    }

    private func waitFor(_ number: Int32, _ what: String) throws {
        var place = pollfd(fd: number, events: Int16(POLLIN), revents: 0)
        guard poll(&place, 1, 20_000) == 1 else { throw SystemError("no \(what)") }
    }
}
