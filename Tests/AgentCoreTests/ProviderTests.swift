import AgentProtocol
import Foundation
import Posix
import SecureMemory
import Synchronization
import TestSupport
import Testing
import Wire

/// Requests of RFC 9987, as frames.
private enum Request {
    /// A file where libraries may lie; the core looks at its path only.
    static let library = "/usr/lib/os-release"
    static let list: [UInt8] = [0, 0, 0, 1, 11]
    static let removeAll: [UInt8] = [0, 0, 0, 1, 19]

    static func frame(_ type: UInt8, _ body: (inout ByteWriter) -> Void) -> [UInt8] {
        var payload = ByteWriter()
        payload.put(byte: type)
        body(&payload)
        var frame = ByteWriter()
        frame.put(payload.bytes)
        return frame.bytes
    }

    static let addLibrary = frame(20) {
        $0.put(library)
        $0.put("1234")
    }
    static let removeLibrary = frame(21) {
        $0.put(library)
        $0.put("")
    }

    /// The library with a certificate for its keys.
    static func addLibrary(_ certificates: [[UInt8]], exclusive: Bool) -> [UInt8] {
        var list = ByteWriter()
        for certificate in certificates { list.put(certificate) }
        return frame(26) {
            $0.put(library)
            $0.put("1234")
            $0.put(byte: 255)
            $0.put("associated-certs-v00@openssh.com")
            $0.put(exclusive)
            $0.put(list.bytes)
        }
    }

    /// A certificate for an Ed25519 key, of an authority that nobody asks about.
    static func certificate(for blob: [UInt8]) -> [UInt8] {
        var writer = ByteWriter()
        writer.put("ssh-ed25519-cert-v01@openssh.com")
        writer.put("nonce")
        writer.put(Array(blob.suffix(32)))
        writer.put(UInt64(1))
        writer.put(UInt32(1))
        for text in ["id", ""] { writer.put(text) }
        writer.put(UInt64(0))
        writer.put(UInt64.max)
        for text in ["", "", ""] { writer.put(text) }
        writer.put(blob)
        writer.put("signature")
        return writer.bytes
    }

    static func sign(_ blob: [UInt8]) -> [UInt8] {
        frame(13) {
            $0.put(blob)
            $0.put("to be signed")
            $0.put(UInt32(0))
        }
    }

    static func add(_ key: borrowing SigningKey) -> [UInt8] {
        let seed = key.withSeed { $0.withBytes { span in span.withUnsafeBytes { Array($0) } } }
        return frame(17) {
            $0.put("ssh-ed25519")
            $0.put(key.publicKey)
            $0.put(seed + key.publicKey)
            $0.put("comment")
        }
    }

    /// A binding to a host whose kind of key the agent does not know.
    static let unreadableBinding = frame(27) {
        $0.put("session-bind@openssh.com")
        $0.put([0, 0, 0, 3] + Array("sk-".utf8))
        $0.put("session")
        $0.put("signature")
        $0.put(true)
    }
}

/// A plugin host that holds one key, and what it has heard.
private final class Library: @unchecked Sendable {
    let blob: [UInt8]
    private let heard = Mutex<[UInt32]>([])
    /// What it does at a signature.
    let answer: @Sendable (borrowing FrameChannel, UInt32) throws -> Void

    /// - Parameter answer: gets the request's number.
    init(_ answer: @escaping @Sendable (borrowing FrameChannel, UInt32) throws -> Void = Library.sign) {
        var writer = ByteWriter()
        writer.put("ssh-ed25519")
        writer.put(SigningKey().publicKey)
        blob = writer.bytes
        self.answer = answer
    }

    @Sendable static func sign(_ pipe: borrowing FrameChannel, _ number: UInt32) throws {
        try pipe.send(ProviderSigned(number: number, outcome: .done, signature: Array("signed".utf8)))
    }

    var signatures: Int { heard.withLock { $0.count } }

    func run(_ pipe: borrowing FrameChannel) throws {
        _ = try pipe.receive()
        try pipe.send(
            ProviderOpened(outcome: .done, keys: [ProviderKey(blob: blob, label: "key", token: "card")]))
        while let number = next(pipe) {
            heard.withLock { $0.append(number) }
            try answer(pipe, number)
        }
    }

    private func next(_ pipe: borrowing FrameChannel) -> UInt32? {
        guard let payload = try? pipe.receive() else { return nil }
        return payload.withBytes { payload in
            guard let request = (try? ProviderSign.decode(payload: payload)) ?? nil else { return nil }
            return request.number
        }
    }
}

/// One bit that a test turns, and threads wait for.
private final class Gate: Sendable {
    private let isOpen = Mutex(false)
    func open() { isOpen.withLock { $0 = true } }
    func wait() throws { try eventually("the gate to open") { isOpen.withLock { $0 } } }
}

@Suite struct `A library's process` {
    private func core(_ library: Library) throws -> CoreHarness {
        let core = try CoreHarness()
        core.next(.pluginHost) { try library.run($0) }
        return core
    }

    private func ask(_ client: RawClient, _ request: [UInt8]) throws -> [UInt8]? {
        try client.write(request)
        return try client.read()
    }

    /// How many keys the agent lists.
    private func listed(_ client: RawClient) throws -> UInt8? { try ask(client, Request.list)?.dropFirst(4).first }

    @Test func `brings keys that sign, until they are removed`() throws {
        let library = Library()
        let client = try RawClient(core(library))
        #expect(try ask(client, Request.addLibrary) == [6])
        #expect(try listed(client) == 1)
        #expect(try ask(client, Request.sign(library.blob)) == [14, 0, 0, 0, 6] + Array("signed".utf8))
        #expect(try ask(client, Request.removeLibrary) == [6])
        #expect(try ask(client, Request.removeLibrary) == [5])
        #expect(try listed(client) == 0)
    }

    @Test(arguments: [true, false]) func `brings its keys with the certificates that come along, or those alone`(
        exclusive: Bool
    ) throws {
        let (library, other) = (Library(), Library())
        let core = try core(library)
        let client = try RawClient(core)
        let certificate = Request.certificate(for: library.blob)
        let all = [certificate, Request.certificate(for: other.blob)]
        #expect(try ask(client, Request.addLibrary(all, exclusive: exclusive)) == [6])
        #expect(try listed(client) == (exclusive ? 1 : 2))
        #expect(try ask(client, Request.sign(certificate))?.first == 14)
        #expect(try ask(client, Request.sign(library.blob))?.first == (exclusive ? 5 : 14))
        #expect(try ask(client, Request.removeLibrary) == [6])
        #expect(try listed(client) == 0)
        // None fits, and nothing else is wanted.
        core.next(.pluginHost) { try library.run($0) }
        let none = exclusive ? UInt8(5) : 6
        #expect(try ask(client, Request.addLibrary([all[1]], exclusive: exclusive)) == [none])
    }

    @Test(arguments: [
        ProviderSigned(number: 99, outcome: .done, signature: [1]).frame(), ProviderOpened(outcome: .done).frame(),
        [0, 0, 0, 2, 143, 0], [0, 0, 0, 1, 7], [0, 0, 0, 0],
    ])
    func `that says what nobody has asked for is ended, with its keys`(frame: [UInt8]) throws {
        let library = Library { pipe, _ in try pipe.descriptor.writeAll(frame) }
        let client = try RawClient(core(library))
        #expect(try ask(client, Request.addLibrary) == [6])
        #expect(try ask(client, Request.sign(library.blob)) == [5])
        try eventually("its key to go") { try listed(client) == 0 }
    }

    @Test(arguments: [
        ProviderOpened(outcome: .done).frame(), ProviderOpened(outcome: .wrongPIN).frame(), [0, 0, 0, 2, 141, 0],
        ProviderSigned(number: 1, outcome: .done).frame(), [],
    ])
    func `that does not tell its keys brings none, at once`(frame: [UInt8]) throws {
        let core = try CoreHarness()
        core.next(.pluginHost) { pipe in
            _ = try pipe.receive()
            try pipe.descriptor.writeAll(frame)
        }
        #expect(try ask(RawClient(core), Request.addLibrary) == [5])
    }

    @Test(arguments: [Request.removeAll, nil]) func `that is being loaded when all keys are dropped brings none`(
        drop: [UInt8]?
    ) throws {
        let (library, loading, gate) = (Library(), Gate(), Gate())
        let core = try CoreHarness()
        core.next(.pluginHost) { pipe in
            loading.open()
            try gate.wait()
            try library.run(pipe)
        }
        let (client, other) = (try RawClient(core), try RawClient(core))
        try client.write(Request.addLibrary)
        try loading.wait()
        if let drop { #expect(try ask(other, drop) == [6]) } else { core.dropKeys() }
        // Answered after the word of the drop has been heard.
        #expect(try listed(other) == 0)
        if drop == nil { usleep(200_000) }
        gate.open()
        #expect(try client.read() == [5])
        #expect(try listed(other) == 0)
    }

    @Test func `never hears of a request that was withdrawn while it was busy`() throws {
        let gate = Gate()
        let library = Library { pipe, number in
            try gate.wait()
            try Library.sign(pipe, number)
        }
        let core = try core(library)
        let first = try RawClient(core)
        #expect(try ask(first, Request.addLibrary) == [6])
        try first.write(Request.sign(library.blob))
        try eventually("the first signature to begin") { library.signatures == 1 }
        for _ in 0..<20 {
            let passing = try RawClient(core)
            try passing.write(Request.sign(library.blob))
            // The agent has read it by the time it answers another.
            #expect(try listed(RawClient(core)) == 1)
        }
        let last = try RawClient(core)
        try last.write(Request.sign(library.blob))
        #expect(try listed(RawClient(core)) == 1)
        gate.open()
        #expect(try first.read()?.first == 14)
        #expect(try last.read()?.first == 14)
        #expect(library.signatures == 2)
    }

    @Test func `is not started for a client whose host was not believed, and no key of its is added`() throws {
        let core = try CoreHarness()
        let client = try RawClient(core)
        #expect(try ask(client, Request.add(SigningKey())) == [6])
        #expect(try ask(client, Request.unreadableBinding) == [28])
        #expect(try ask(client, Request.add(SigningKey())) == [5])
        // There is no script for a plugin host: the core would say so.
        #expect(try ask(client, Request.addLibrary) == [5])
        #expect(try ask(client, Request.removeLibrary) == [5])
        #expect(try listed(client) == 1)
    }

    @Test func `is started for a forwarded client if the person allows that, who still adds no key of its own`() throws
    {
        let library = Library()
        let core = try CoreHarness(allowsRemoteProviders: true)
        core.next(.pluginHost) { try library.run($0) }
        let client = try RawClient(core)
        #expect(try ask(client, Request.unreadableBinding) == [28])
        #expect(try ask(client, Request.addLibrary) == [6])
        #expect(try listed(client) == 1)
        #expect(try ask(client, Request.add(SigningKey())) == [5])
        #expect(try ask(client, Request.removeLibrary) == [6])
    }
}
