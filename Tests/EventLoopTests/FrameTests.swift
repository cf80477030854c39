import EventLoopTestSupport
import Glibc
import SecureMemory
import TestSupport
import Testing

@testable import EventLoop

@Suite struct `Frames that come in pieces` {
    private func frame(_ payload: [UInt8]) -> [UInt8] {
        let count = UInt32(payload.count)
        return [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: count >> $0) } + payload
    }

    @Test func `are put together alike, wherever they are cut`() throws {
        var numbers = SeededNumbers(seed: 7)
        for _ in 0..<500 {
            let payloads = (0..<Int.random(in: 1...6, using: &numbers)).map { index in
                let most = Bool.random(using: &numbers) ? 12 : 9000
                return [UInt8](repeating: UInt8(index), count: Int.random(in: 1...most, using: &numbers))
            }
            let bytes = payloads.flatMap(frame)
            var assembly = FrameAssembly()
            var delivered: [[UInt8]] = []
            var start = 0
            while start < bytes.count {
                let end = min(bytes.count, start + Int.random(in: 1...3000, using: &numbers))
                var piece = bytes[start..<end]
                while !piece.isEmpty {
                    let all = Array(piece)
                    piece = piece.dropFirst(
                        try assembly.take(all.span.bytes) { payload in
                            delivered.append(payload.withUnsafeBytes { Array($0) })
                        })
                }
                start = end
            }
            #expect(delivered == payloads)
            #expect(assembly.capacity == 0 && assembly.missing == 0)
        }
    }

    @Test func `take memory for what has come, not for what is announced`() throws {
        var assembly = FrameAssembly()
        let start = [0, 4, 0, 0] + [UInt8](repeating: 1, count: 100)
        var bytes = start[...]
        while !bytes.isEmpty {
            let all = Array(bytes)
            bytes = bytes.dropFirst(try assembly.take(all.span.bytes) { _ in })
        }
        #expect(assembly.missing == 262_144 - 100)
        #expect(assembly.capacity <= 4096)
    }
}

@Suite struct `What streams keep unfinished` {
    private final class Stream {
        var hasEnded = false
    }

    @Test func `is bounded, and of the session that keeps the most, what was kept longest goes first`() async {
        await onLoop {
            // Every process but the first is of one session.
            let budget = InputBudget(limit: 1_000_000) { SenderGroup(session: $0 == 1 ? 1 : 2) }
            let greedy = (0..<200).map { _ in Stream() }
            let modest = Stream()
            @CoreActor func keep(_ stream: Stream, _ process: Int32, _ bytes: Int) {
                budget.set([bytes], of: ObjectIdentifier(stream), process: process) { stream.hasEnded = true }
            }
            // Of all processes, the one that is about to send something large keeps the most.
            keep(modest, 1, 200_000)
            for (number, stream) in greedy.enumerated() { keep(stream, Int32(number + 2), 60_000) }
            #expect(budget.total <= 1_000_000)
            #expect(!modest.hasEnded)
            let left = greedy.indices.filter { !greedy[$0].hasEnded }
            #expect(left.count >= 5 && left == Array((200 - left.count)..<200))
            for stream in greedy + [modest] { budget.remove(ObjectIdentifier(stream)) }
            #expect(budget.total == 0)
        }
    }

    @Test func `counts a process that has made a session for itself with the one that started it`() throws {
        // Each is the first of a session of its own.
        let children = try (0..<2).map { _ in try Child("/bin/sleep", ["300"], environment: [:]) }
        let groups = Set(children.map { SenderGroup(of: $0.pid) })
        #expect(groups == [SenderGroup(of: getpid())])
        // A terminal is a person's line.
        let (one, other) = (try PseudoTerminalPair(), try PseudoTerminalPair())
        let (mine, theirs) = (try one.session(), try other.session())
        #expect(SenderGroup(of: mine.pid).session == mine.pid && SenderGroup(of: theirs.pid).session == theirs.pid)
        children[0].end(SIGKILL)
        #expect(SenderGroup(of: children[0].pid).session == 0)
    }

    @Test func `counts all processes as one that were left by the first of their session`() throws {
        let left = try (0..<2).map { _ in
            let outcome = runProgram("/bin/sh", ["-c", "sleep 300 >/dev/null 2>&1 & echo $!"], environment: [:])
            return try #require(Int32(outcome.output.dropLast()))
        }
        defer { for process in left { kill(process, SIGKILL) } }
        #expect(left.map { SenderGroup(of: $0).session } == [0, 0])
    }
}
