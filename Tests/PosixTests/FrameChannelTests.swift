import Glibc
import Posix
import SecureMemory
import Testing
import Wire

private struct Note: WireMessage {
    static let type: UInt8 = 5
    var bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }
    init(decoding reader: inout WireReader) throws(WireError) { bytes = try reader.rest(limit: 300_000) }
    func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) { writer.append(bytes.span.bytes) }
}

@Suite final class FrameChannelTests {
    let channel: FrameChannel
    let far: Descriptor

    init() throws {
        let (near, far) = try Descriptor.pair()
        channel = FrameChannel(Descriptor(owning: near))
        self.far = Descriptor(owning: far)
    }

    @Test func `frames come one by one, however they were cut`() throws {
        for byte in Note([1, 2, 3]).frame() + Note([]).frame() { try far.writeAll([byte]) }
        #expect(try received() == [5, 1, 2, 3])
        #expect(try received() == [5])
    }

    @Test func `both ways of sending give the frame`() throws {
        let note = Note([1, 2, 3])
        try channel.send(note)
        try channel.send(secret: note)
        #expect(try read(16) == note.frame() + note.frame())
    }

    @Test func `the longest frame passes`() throws {
        let payload = [UInt8](repeating: 8, count: Frame.maximumLength - 1)
        let number = far.number
        let frame = Note(payload).frame()
        // More than a socket holds: another thread writes while this one reads.
        let writer = Thread { try? Descriptor(owning: dup(number)).writeAll(frame) }
        #expect(try received().count == Frame.maximumLength)
        writer.join()
    }

    @Test func `an announcement of 4 GiB is refused at its header`() throws {
        try far.writeAll([0xFF, 0xFF, 0xFF, 0xFF])
        #expect(throws: ChannelError.wire(.tooLong)) { try received() }
    }

    @Test func `a frame without a type is refused`() throws {
        try far.writeAll([0, 0, 0, 0])
        #expect(throws: ChannelError.wire(.malformed)) { try received() }
    }

    @Test(arguments: 1..<12) func `a frame cut at any byte is truncated`(length: Int) throws {
        try far.writeAll(Array(Note([1, 2, 3, 4, 5, 6, 7]).frame()[..<length]))
        #expect(shutdown(far.number, Int32(SHUT_WR)) == 0)
        #expect(throws: ChannelError.truncated) { try received() }
    }

    @Test func `an end between two frames is a close`() throws {
        try far.writeAll(Note([1]).frame())
        #expect(shutdown(far.number, Int32(SHUT_WR)) == 0)
        #expect(try received() == [5, 1])
        #expect(throws: ChannelError.closed) { try received() }
    }

    @Test func `sending to a side that has gone is an error, not the end of the process`() async {
        await #expect(processExitsWith: .exitCode(0)) {
            signal(SIGPIPE, SIG_DFL)
            let (near, far) = try Descriptor.pair()
            close(far)
            do throws(ChannelError) { try FrameChannel(Descriptor(owning: near)).send(Note([1])) } catch {
                _exit(error == .system(SystemError("send", number: EPIPE)) ? 0 : 2)
            }
            _exit(3)
        }
    }

    /// The next frame's payload.
    private func received() throws(ChannelError) -> [UInt8] {
        try channel.receive().withBytes { $0.withUnsafeBytes { Array($0) } }
    }

    private func read(_ count: Int) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var span = bytes.mutableSpan
        var target = span.mutableBytes
        let filled = try far.readFully(into: &target)
        return Array(bytes[..<filled])
    }
}

/// A thread for a writer that blocks.
private final class Thread: @unchecked Sendable {
    private var handle = pthread_t()
    private let body: @Sendable () -> Void

    init(_ body: @escaping @Sendable () -> Void) {
        self.body = body
        let context = Unmanaged.passRetained(self).toOpaque()
        pthread_create(
            &handle, nil,
            { context in
                Unmanaged<Thread>.fromOpaque(context!).takeRetainedValue().body()
                return nil
            }, context)
    }

    func join() { pthread_join(handle, nil) }
}
