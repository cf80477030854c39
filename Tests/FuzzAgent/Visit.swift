import AgentProtocol
import EventLoop
import Glibc
import Posix
import SecureMemory
import Wire

@testable import AgentCore

/// One client's visit: it sends bytes to a fresh core, and every whole frame gets one well-formed reply, or the
/// connection ends. A core that does neither is noticed by libFuzzer's time limit.
@CoreActor
final class Visit {
    private let core: Core
    private let client: ClientConnection
    private let far: Descriptor
    private let supervisor: PacketChannel
    private var rest: ArraySlice<UInt8>
    /// Replies to come; nil where only the connection's end can follow.
    private let expected: Int?
    private var replies = 0
    private var heard: [UInt8] = []

    nonisolated static func make(_ bytes: [UInt8]) {
        CoreActor.assumeIsolated {
            do { try Visit(bytes).run() } catch { fatalError("no visit can be made: \(error)") }
        }
    }

    private init(_ bytes: [UInt8]) throws {
        let control = try PacketChannel.pair()
        supervisor = PacketChannel(Descriptor(owning: control.0))
        let configuration = CoreConfiguration(
            vaultFolder: "/proc/none", lifetime: 0, debug: false, locale: "", questionTimeout: 1, keyMemory: 1)
        // Deriving keys and waiting are not what is looked for.
        let shield = Shield(
            derivation: { KeyDerivation(operations: 1, memory: 8192, salt: randomBytes(KeyDerivation.saltLength))! },
            firstDelay: 0)
        core = Core(
            configuration, control: PacketChannel(Descriptor(owning: control.1)),
            listener: try Descriptor.open("/dev/null", O_RDONLY), openFiles: 64,
            shield: shield)
        let ends = try Descriptor.pair()
        let near = Descriptor(owning: ends.0)
        far = Descriptor(owning: ends.1)
        try near.setNonblocking()
        try far.setNonblocking()
        let peer = try Peer(socket: near.number)
        client = ClientConnection(near, peer: peer, dispatcher: core.dispatcher) { _ in }
        rest = bytes[...]
        expected = Self.frames(in: bytes)
    }

    /// Whole frames; nil if one breaks the form, after which nothing is answered.
    private static func frames(in bytes: [UInt8]) -> Int? {
        var count = 0
        var rest = bytes[...]
        while rest.count >= 4 {
            let length = rest.prefix(4).reduce(0) { $0 << 8 | Int($1) }
            guard (1...Frame.maximumLength).contains(length) else { return nil }
            guard rest.count >= 4 + length else { break }
            rest = rest.dropFirst(4 + length)
            count += 1
        }
        return count
    }

    private func run() {
        EventLoop.shared.watch(supervisor.number, for: .readable) { [weak self] _ in
            CoreActor.assumeIsolated { self?.refuseHelper() }
        }
        EventLoop.shared.watch(far.number, for: [.readable, .writable]) { [weak self] readiness in
            CoreActor.assumeIsolated { self?.exchange(readiness) }
        }
        EventLoop.shared.run()
        EventLoop.shared.forget(far.number)
        EventLoop.shared.forget(supervisor.number)
        client.close()
        core.parts.keys.ring.removeAll()
    }

    /// Nobody can be asked: every question's prompt fails to start.
    private func refuseHelper() {
        guard let packet = try? supervisor.receive(),
            let start = try? StartHelper.decode(payload: packet.payload.span.bytes)
        else { return }
        try? supervisor.send(HelperEnded(number: start.number, exitCode: 127, detail: "").frame())
    }

    private func exchange(_ readiness: EventLoop.Readiness) {
        if readiness.contains(.writable), !rest.isEmpty {
            let count = rest.withUnsafeBytes { send(far.number, $0.baseAddress!, $0.count, Int32(MSG_NOSIGNAL)) }
            if count > 0 { rest = rest.dropFirst(count) }
            if rest.isEmpty { EventLoop.shared.change(far.number, to: .readable) }
        }
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = read(far.number, &buffer, buffer.count)
        if count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR) { return EventLoop.shared.stop() }
        if count > 0 { take(buffer[..<count]) }
        if rest.isEmpty, replies == expected { EventLoop.shared.stop() }
    }

    private func take(_ bytes: ArraySlice<UInt8>) {
        heard += bytes
        while heard.count >= 4 {
            let length = heard.prefix(4).reduce(0) { $0 << 8 | Int($1) }
            precondition((1...Frame.maximumLength).contains(length), "a reply is no frame")
            guard heard.count >= 4 + length else { return }
            precondition([5, 6, 12, 14, 28, 29].contains(heard[4]), "a reply of type \(heard[4])")
            heard.removeFirst(4 + length)
            replies += 1
        }
        precondition(replies <= expected ?? .max, "more replies than requests")
    }
}
