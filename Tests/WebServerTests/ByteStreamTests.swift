import Foundation
import Synchronization
import TestSupport
import Testing

@testable import WebServer

/// Pieces that a test puts in, one after the other.
private final class Pieces: ByteSource {
    let waiting = Mutex<[ByteStream.Piece]>([])
    private let closedCount = Mutex(0)
    var isClosed: Bool { closedCount.withLock { $0 } == 1 }

    func next() -> ByteStream.Piece { waiting.withLock { $0.isEmpty ? ByteStream.Piece() : $0.removeFirst() } }
    func closed() { closedCount.withLock { $0 += 1 } }
}

/// A server whose only answer is a stream, and a curl that hears it.
private final class Heard {
    let pieces: Pieces
    let stream: ByteStream
    let served: Served
    let curl: Child
    private let file: String

    init(_ first: [ByteStream.Piece]) throws {
        let pieces = Pieces()
        pieces.waiting.withLock { $0 = first }
        let stream = ByteStream(type: "text/plain", from: pieces)
        (self.pieces, self.stream) = (pieces, stream)
        served = try Served { _ in .stream(stream) }
        file = served.folder + "/heard"
        curl = try served.visit(["-N", "--max-time", "60", served.origin], output: file)
    }

    var text: String { (try? String(contentsOfFile: file, encoding: .utf8)) ?? "" }

    func put(_ piece: ByteStream.Piece) {
        pieces.waiting.withLock { $0.append(piece) }
        stream.wake()
    }

    /// The server waits for the stream to be over.
    deinit { stream.end() }
}

@Suite struct `A stream of bytes` {
    @Test func `sends what its source has, and once it is woken what came since`() throws {
        let heard = try Heard([.init(Array("a".utf8), hasMore: true), .init(Array("b".utf8))])
        try eventually("the first pieces") { heard.text == "ab" }
        #expect(!heard.pieces.isClosed)
        heard.put(.init(Array("c".utf8)))
        try eventually("the next") { heard.text == "abc" }
        heard.put(.init(Array("d".utf8), isLast: true))
        #expect(heard.curl.exitCode == 0)
        #expect(heard.text == "abcd")
        try eventually("its end") { heard.pieces.isClosed }
    }

    @Test func `sends a piece that is longer than what the library takes at a time`() throws {
        let long = [UInt8](repeating: UInt8(ascii: "x"), count: 100_000)
        let heard = try Heard([.init(long, isLast: true)])
        #expect(heard.curl.exitCode == 0)
        #expect(heard.text.utf8.elementsEqual(long))
    }

    @Test func `gives a sign of life after a silence, and not before`() throws {
        let heard = try Heard([.init(Array("a".utf8))])
        try eventually("the first piece") { heard.text == "a" }
        heard.stream.beat(Array("too early".utf8), after: 3600)
        heard.stream.beat(Array("!".utf8), after: 0)
        try eventually("the sign") { heard.text == "a!" }
    }

    @Test func `is ended by who made it, and tells its source once the client is gone`() throws {
        let ended = try Heard([.init(Array("a".utf8))])
        try eventually("the first piece") { ended.text == "a" }
        ended.stream.end()
        #expect(ended.curl.exitCode == 0)
        try eventually("its end") { ended.pieces.isClosed }
        let left = try Heard([.init(Array("a".utf8))])
        try eventually("the first piece") { left.text == "a" }
        left.curl.end(SIGKILL)
        try eventually("its end") {
            // Only who sends learns that nobody is there.
            left.put(.init(Array("b".utf8)))
            return left.pieces.isClosed
        }
    }
}
