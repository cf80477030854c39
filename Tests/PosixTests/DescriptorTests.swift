import Glibc
import Posix
import Testing

private func isOpen(_ number: Int32) -> Bool { fcntl(number, F_GETFD) != -1 }
private func isClosedOnExec(_ number: Int32) -> Bool { fcntl(number, F_GETFD) & FD_CLOEXEC != 0 }

@Suite struct DescriptorTests {
    // A number that was closed can be given to another test's file at once: an exit test has the process alone.
    @Test func `a descriptor is closed when its owner ends, unless it was released`() async {
        await #expect(processExitsWith: .success) {
            var number: Int32
            do { number = try Descriptor.open("/dev/null", O_RDONLY).number }
            #expect(!isOpen(number))
            number = try Descriptor.open("/dev/null", O_RDONLY).release()
            #expect(isOpen(number))
        }
    }

    @Test func `no descriptor passes to a program that is started`() throws {
        #expect(isClosedOnExec(try Descriptor.open("/dev/null", O_RDONLY).release()))
        for (one, other) in [try Descriptor.pair(), try Descriptor.pipe()] {
            #expect(isClosedOnExec(one) && isClosedOnExec(other))
            close(one)
            close(other)
        }
    }

    @Test func `a pipe is read from its first end until its second closes`() throws {
        let (reading, writing) = try Descriptor.pipe()
        let end = Descriptor(owning: reading)
        do { try Descriptor(owning: writing).writeAll([1, 2, 3]) }
        var bytes = [UInt8](repeating: 0, count: 8)
        var span = bytes.mutableSpan
        var target = span.mutableBytes
        let filled = try end.readFully(into: &target)
        #expect(filled == 3)
        #expect(bytes == [1, 2, 3, 0, 0, 0, 0, 0])
    }

    @Test func `a nonblocking descriptor with nothing to read says so at once`() throws {
        let (near, far) = try Descriptor.pair()
        let descriptor = Descriptor(owning: near)
        let other = Descriptor(owning: far)
        try descriptor.setNonblocking()
        var byte: [UInt8] = [0]
        var number: Int32 = 0
        do throws(SystemError) {
            var span = byte.mutableSpan
            var target = span.mutableBytes
            _ = try descriptor.readFully(into: &target)
        } catch { number = error.number }
        #expect(number == EAGAIN)
        #expect(other.number == far)
    }
}
