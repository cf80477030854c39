import CLinux
import EventLoopTestSupport
import Glibc
import Posix
import SecureMemory
import Testing
import Wire

@testable import EventLoop

@Suite(.serialized) struct `Frames that come in part` {
    /// A stream of a client's, its other end, and what has come of it.
    @CoreActor
    private final class Peer {
        private(set) var payloads: [[UInt8]] = []
        private(set) var hasEnded = false
        /// What all streams kept when the last payload came, or the end.
        private(set) var kept = 0
        private let far: Descriptor
        private var stream: FrameStream?

        init() throws {
            var ends: [Int32] = [-1, -1]
            let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
            try #require(unsafe socketpair(AF_UNIX, kind, 0, &ends) == 0)
            far = Descriptor(owning: ends[1])
            _ = clave_ask_senders(ends[0])
            stream = FrameStream(
                Descriptor(owning: ends[0]), process: getpid(), isClient: true,
                onPayload: { [weak self] payload in
                    self?.payloads.append(payload.withUnsafeBytes { Array($0) })
                    self?.kept = InputBudget.shared.total
                },
                onEnd: { [weak self] _ in
                    self?.hasEnded = true
                    self?.kept = InputBudget.shared.total
                })
        }

        func write(_ bytes: some Sequence<UInt8>) throws {
            let bytes = Array(bytes)
            try #require(unsafe send(far.number, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count)
        }

        func hangUp() { shutdown(far.number, Int32(SHUT_WR)) }
        func close() { stream?.close() }
    }

    private static func frame(_ payload: [UInt8]) -> [UInt8] {
        let count = UInt32(payload.count)
        return [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: count >> $0) } + payload
    }

    private static let large = (0..<30_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    private static let cut = 20_000

    @Test func `take a bounded part of a turn, and a whole one behind them is answered in it`() async throws {
        try await onLoop {
            let before = InputBudget.shared.total
            let others = try (0..<60).map { _ in try Peer() }
            for peer in others { try peer.write(Self.frame(Self.large).prefix(Self.cut)) }
            let small = try Peer()
            try small.write(Self.frame([11]))
            #expect(await soon { !small.payloads.isEmpty })
            // What a turn keeps and what the last one has besides, of at most two turns: all others have sent five times as much.
            #expect(small.payloads == [[11]] && small.kept - before <= 2 * (128 + 32) << 10)
            for peer in others { try peer.write(Self.frame(Self.large).dropFirst(Self.cut)) }
            #expect(await soon { others.allSatisfy { $0.payloads == [Self.large] } })
            for peer in others + [small] { peer.close() }
            #expect(InputBudget.shared.total == before)
        }
    }

    @Test func `are put together wherever they are cut, and whoever else sends parts meanwhile`() async throws {
        try await onLoop {
            var numbers = SeededNumbers(seed: 11)
            let peers = try (0..<60).map { _ in try Peer() }
            let sent = peers.map { _ in
                (0..<4).map { _ in
                    [UInt8](
                        repeating: UInt8.random(in: 0...255, using: &numbers),
                        count: Int.random(in: 1...9000, using: &numbers))
                }
            }
            var left = sent.map { ArraySlice($0.flatMap(Self.frame)) }
            while let index = left.indices.filter({ !left[$0].isEmpty }).randomElement(using: &numbers) {
                let piece = left[index].prefix(Int.random(in: 1...6000, using: &numbers))
                left[index] = left[index].dropFirst(piece.count)
                try peers[index].write(piece)
                if Bool.random(using: &numbers) { await EventLoopTestSupport.others() }
            }
            #expect(await soon { zip(peers, sent).allSatisfy { $0.payloads == $1 } })
            for peer in peers { peer.close() }
        }
    }

    @Test func `are delivered up to the end, where the client hangs up while it waits for a turn`() async throws {
        try await onLoop {
            let peers = try (0..<30).map { _ in try Peer() }
            for peer in peers { try peer.write(Self.frame(Self.large).prefix(Self.cut)) }
            await EventLoopTestSupport.others()
            for peer in peers {
                try peer.write(Self.frame(Self.large).dropFirst(Self.cut))
                peer.hangUp()
            }
            #expect(await soon { peers.allSatisfy(\.hasEnded) })
            #expect(peers.allSatisfy { $0.payloads == [Self.large] })
        }
    }

    @Test func `take no memory at all where the client has gone in the middle of them`() async throws {
        try await onLoop {
            let before = InputBudget.shared.total
            for whole in [[], [[11]]] as [[[UInt8]]] {
                let peers = try (0..<60).map { _ in try Peer() }
                for (number, peer) in peers.enumerated() {
                    let part = Self.frame(Self.large).prefix([0, 1, 4, 5, Self.cut][number % 5])
                    try peer.write(whole.flatMap(Self.frame) + part)
                    peer.hangUp()
                }
                #expect(await soon { peers.allSatisfy(\.hasEnded) })
                #expect(peers.allSatisfy { $0.payloads == whole })
                // Behind a whole one, it is in the same read.
                if whole.isEmpty { #expect(peers.allSatisfy { $0.kept == before }) }
            }
            #expect(InputBudget.shared.total == before)
        }
    }
}
