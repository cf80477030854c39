import AgentProtocol
import CLinux
import Foundation
import Glibc
import Posix
import SecureMemory
import TestSupport
import Testing
import Wire

/// A client that speaks bytes, for what no well-behaved tool would send.
final class RawClient {
    let channel: FrameChannel
    /// Keeps the core alive as long as its client.
    private let core: CoreHarness

    init(_ core: CoreHarness) throws {
        self.core = core
        let number = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        channel = FrameChannel(Descriptor(owning: number))
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: core.socketPath.utf8) }
        let outcome = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(number, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard outcome == 0 else { throw SystemError("connect") }
    }

    func write(_ bytes: [UInt8]) throws { try channel.descriptor.writeAll(bytes) }

    /// The next payload; nil when the core has closed the connection.
    func read() throws -> [UInt8]? {
        do throws(ChannelError) {
            let payload = try channel.receive()
            return payload.withBytes { span in span.withUnsafeBytes { Array($0) } }
        } catch {
            switch error {
            case .closed, .system: return nil
            case .truncated, .wire: throw error
            }
        }
    }
}

@Suite struct `The agent's socket` {
    @Test func `lists no keys to those who know nothing of Clave`() throws {
        let client = try RawClient(CoreHarness())
        try client.write([0, 0, 0, 1, 11])
        #expect(try client.read() == [12, 0, 0, 0, 0])
    }

    @Test func `does not mind what stands behind a request for the list, as others do not`() throws {
        let client = try RawClient(CoreHarness())
        try client.write([0, 0, 0, 2, 11, 0])
        #expect(try client.read() == [12, 0, 0, 0, 0])
    }

    @Test func `answers the query extension with every extension`() throws {
        let client = try RawClient(CoreHarness())
        try client.write([0, 0, 0, 10, 27, 0, 0, 0, 5] + Array("query".utf8))
        let reply = String(decoding: try #require(try client.read()), as: UTF8.self)
        for name in ["query", PINRequest.name, AnswerRequest.name, ActivateRequest.name] {
            #expect(reply.contains(name))
        }
    }

    @Test(arguments: [[13, 0], [17], [20, 0], [23, 0, 0, 0, 0], [1], [99]] as [[UInt8]])
    func `refuses a message that it does not know, or that breaks its form`(payload: [UInt8]) throws {
        let client = try RawClient(CoreHarness())
        try client.write([0, 0, 0, UInt8(payload.count)] + payload)
        #expect(try client.read() == [5])
    }

    @Test func `refuses an extension that it does not know`() throws {
        let client = try RawClient(CoreHarness())
        try client.write([0, 0, 0, 8, 27, 0, 0, 0, 3] + Array("x@y".utf8))
        // RFC 9987 section 5.8: what is not known fails as any other message.
        #expect(try client.read() == [5])
    }

    @Test(
        arguments: [
            // No name, one that is cut short, one that is too long, and ones that are no text.
            [], [0, 0], [0, 0, 0, 200, 1], [0, 0, 0, 65] + [UInt8](repeating: 97, count: 65), [0, 0, 0, 2, 0xC3, 0x28],
            [0, 0, 0, 3, 97, 0, 98], [0, 0, 0, 3, 0xED, 0xA0, 0x80],
        ] as [[UInt8]])
    func `refuses an extension whose name can't be read, and keeps the connection`(name: [UInt8]) throws {
        let client = try RawClient(CoreHarness())
        try client.write([0, 0, 0, UInt8(1 + name.count), 27] + name)
        #expect(try client.read() == [5])
        try client.write([0, 0, 0, 1, 11])
        #expect(try client.read() == [12, 0, 0, 0, 0])
    }

    @Test func `answers a session's binding that fails as an extension that fails, and keeps the connection`() throws {
        let client = try RawClient(CoreHarness())
        let name = Array("session-bind@openssh.com".utf8)
        for rest in [[], [0, 0, 0, 1, 7]] as [[UInt8]] {
            try client.write(
                [0, 0, 0, UInt8(5 + name.count + rest.count), 27, 0, 0, 0, UInt8(name.count)] + name + rest)
            // SSH_AGENT_EXTENSION_FAILURE
            #expect(try client.read() == [28])
        }
        try client.write([0, 0, 0, 1, 11])
        #expect(try client.read() == [12, 0, 0, 0, 0])
    }

    @Test func `answers several requests sent at once in their order`() throws {
        let client = try RawClient(CoreHarness())
        let status = StatusRequest().frame()
        let requests = (0..<100).flatMap { $0.isMultiple(of: 2) ? [0, 0, 0, 1, 11] : status }
        try client.write(requests)
        for index in 0..<100 { #expect(try client.read()?.first == (index.isMultiple(of: 2) ? 12 : 29)) }
    }

    @Test func `understands a request that comes byte by byte`() throws {
        let client = try RawClient(CoreHarness())
        for byte in StatusRequest().frame() { try client.write([byte]) }
        #expect(try client.read()?.first == 29)
    }

    @Test(
        arguments: [
            [0xFF, 0xFF, 0xFF, 0xFF, 11], [0, 0, 0, 0], [0, 4, 0, 1, 27],
        ] as [[UInt8]])
    func `is closed to a client whose frame can't be one, and stays open for others`(bytes: [UInt8]) throws {
        let core = try CoreHarness()
        let hostile = try RawClient(core)
        try hostile.write(bytes)
        #expect(try hostile.read() == nil)
        #expect(try core.status().vault == .none)
    }

    @Test func `is not held up by a frame that is never finished`() throws {
        let core = try CoreHarness()
        let slow = try RawClient(core)
        try slow.write([0, 3, 0, 0, 27, 1, 2, 3])
        for _ in 0..<20 { #expect(try core.status().pending == 0) }
    }

    @Test func `answers a client before others that have sent thousands of requests at once`() throws {
        let core = try CoreHarness()
        let storm = try (0..<9).map { _ in try RawClient(core) }
        let single = try RawClient(core)
        for client in storm + [single] { try answeredOnce(client) }
        // While the core stands still, all of them ask, the single one last.
        kill(core.process, SIGSTOP)
        let many = 13_000
        let requests = (0..<many).flatMap { _ in [0, 0, 0, 1, 11] as [UInt8] }
        for client in storm { try client.write(requests) }
        try single.write([0, 0, 0, 1, 11])
        kill(core.process, SIGCONT)
        #expect(try single.read() == [12, 0, 0, 0, 0])
        kill(core.process, SIGSTOP)
        let answered = storm.map { waiting(at: $0.channel.descriptor.number) / 9 }
        kill(core.process, SIGCONT)
        #expect(answered.reduce(0, +) < 9 * many / 2, "\(answered)")
        for client in storm { for _ in 0..<many { #expect(try client.read() == [12, 0, 0, 0, 0]) } }
    }

    private func answeredOnce(_ client: RawClient) throws {
        try client.write([0, 0, 0, 1, 11])
        #expect(try client.read() == [12, 0, 0, 0, 0])
    }

    /// Bytes that wait to be read.
    private func waiting(at number: Int32) -> Int {
        var count: Int32 = 0
        return ioctl(number, UInt(FIONREAD), &count) == 0 ? Int(count) : 0
    }

    @Test func `answers one that reads nothing only as far as there is room, and goes on once it reads`() throws {
        let client = try RawClient(CoreHarness())
        let many = 40_000
        let number = client.channel.descriptor.number
        let requests = (0..<many).flatMap { _ in StatusRequest().frame() }
        Thread {
            var rest = requests[...]
            while !rest.isEmpty {
                let count = rest.withUnsafeBytes { Glibc.send(number, $0.baseAddress!, $0.count, Int32(MSG_NOSIGNAL)) }
                guard count > 0 else { return }
                rest = rest.dropFirst(count)
            }
        }.start()
        for _ in 0..<many { #expect(try client.read()?.first == 29) }
    }

    @Test func `takes hundreds of clients at once`() throws {
        let core = try CoreHarness()
        let clients = try (0..<300).map { _ in try RawClient(core) }
        for client in clients { try client.write([0, 0, 0, 1, 11]) }
        for client in clients { #expect(try client.read() == [12, 0, 0, 0, 0]) }
    }
}

@Suite struct `The core` {
    @Test func `can neither be dumped nor traced nor gain privileges`() throws {
        let core = try CoreHarness()
        let limits = try kernelText("/proc/\(core.process)/limits")
        let line = try #require(limits.split(separator: "\n").first { $0.hasPrefix("Max core file size") })
        #expect(line.split(separator: " ").dropFirst(4).prefix(2) == ["0", "0"])
        let status = try kernelText("/proc/\(core.process)/status")
        #expect(status.contains("NoNewPrivs:\t1"))
        // A process that is not dumpable has its /proc files owned by root, whoever runs it.
        #expect(ptraceIsRefused(core.process) || geteuid() == 0)
    }

    private func ptraceIsRefused(_ pid: pid_t) -> Bool {
        open("/proc/\(pid)/mem", O_RDONLY) < 0
    }

    @Test func `says what it is when it is started by hand`() throws {
        let outcome = runProgram(try program("clave-core"), [], environment: [:])
        #expect(outcome.code == 64)
        #expect(outcome.errors.contains("started by clave-agent"))
    }
}
