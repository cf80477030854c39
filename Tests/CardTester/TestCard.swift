import Glibc

/// A card in a virtual reader (vpcd) that does a few things by which readers can be told right from wrong.
///
/// By the command's second byte:
/// - A4: the command's bytes, as they came
/// - 20: from now on until power goes, CC says 9000 instead of 6982
/// - B0: ten bytes; any other length is answered with 6C and the right one
/// - CA: as many bytes as P1 and P2 say, by GET RESPONSE (C0) in pieces
/// - CB: as many bytes as P1 and P2 say, at once
/// - 61: a piece that never ends
/// - 44: the card is pulled out
struct TestCard {
    let answerToReset: [UInt8]
    private var isVerified = false
    private var waiting: [UInt8] = []

    init(answerToReset: [UInt8]) {
        self.answerToReset = answerToReset
    }

    /// Is in the reader until it closes, or a command pulls the card out.
    mutating func run(port: UInt16) -> Never {
        let socket = Self.connect(port)
        while let length = Self.read(socket, 2), let message = Self.read(socket, Int(length[0]) << 8 | Int(length[1])) {
            guard let answer = respond(message) else { continue }
            let framed = [UInt8(answer.count >> 8), UInt8(answer.count & 0xFF)] + answer
            guard send(socket, framed, framed.count, Int32(MSG_NOSIGNAL)) == framed.count else { break }
        }
        exit(0)
    }

    private mutating func respond(_ message: [UInt8]) -> [UInt8]? {
        switch message {
        case [0], [1], [2]:
            (isVerified, waiting) = (false, [])
            return nil
        case [4]: return answerToReset
        default: return message.count < 4 ? [0x67, 0x00] : answer(message)
        }
    }

    private mutating func answer(_ command: [UInt8]) -> [UInt8] {
        let number = Int(command[2]) << 8 | Int(command[3])
        switch command[1] {
        case 0xA4: return command + [0x90, 0x00]
        case 0x20:
            isVerified = true
            return [0x90, 0x00]
        case 0xCC: return isVerified ? [0x90, 0x00] : [0x69, 0x82]
        case 0xB0: return command.last == 10 && command.count == 5 ? Self.bytes(10) + [0x90, 0x00] : [0x6C, 10]
        case 0xCA:
            waiting = Self.bytes(number)
            return more
        case 0xC0: return piece(command)
        case 0xCB: return Self.bytes(number) + [0x90, 0x00]
        case 0x61:
            waiting = Self.bytes(1 << 20)
            return more
        case 0x44: exit(0)
        default: return [0x6D, 0x00]
        }
    }

    private mutating func piece(_ command: [UInt8]) -> [UInt8] {
        guard command.count == 5 else { return [0x67, 0x00] }
        let count = min(command[4] == 0 ? 256 : Int(command[4]), waiting.count)
        defer { waiting.removeFirst(count) }
        return waiting[..<count] + (count == waiting.count ? [0x90, 0x00] : Self.more(waiting.count - count))
    }

    private var more: [UInt8] { Self.more(waiting.count) }

    private static func more(_ count: Int) -> [UInt8] { [0x61, count > 255 ? 0 : UInt8(count)] }

    private static func bytes(_ count: Int) -> [UInt8] { (0..<count).map { UInt8($0 % 251) } }

    // MARK: The reader's end

    private static func connect(_ port: UInt16) -> Int32 {
        let number = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var place = sockaddr_in()
        place.sin_family = sa_family_t(AF_INET)
        place.sin_port = port.bigEndian
        place.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        // The service may be about to listen.
        for _ in 0..<500 {
            let result = withUnsafePointer(to: &place) { place in
                place.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    Glibc.connect(number, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            if result == 0 { return number }
            usleep(20_000)
        }
        exit(1)
    }

    private static func read(_ socket: Int32, _ count: Int) -> [UInt8]? {
        var (bytes, place) = ([UInt8](repeating: 0, count: count), 0)
        while place < count {
            let got = bytes.withUnsafeMutableBytes { recv(socket, $0.baseAddress! + place, count - place, 0) }
            guard got > 0 else { return nil }
            place += got
            // The reader sends the length alone first, and what follows only when that has been acknowledged.
            var isQuick: Int32 = 1
            setsockopt(socket, Int32(IPPROTO_TCP), TCP_QUICKACK, &isQuick, socklen_t(MemoryLayout<Int32>.size))
        }
        return bytes
    }
}
