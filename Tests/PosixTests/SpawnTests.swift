import Glibc
import Posix
import Testing

@Suite struct `A program that is started` {
    @Test func `has the descriptors that it is given and no others, whatever this process inherited`() throws {
        // It is not close-on-exec, as that of a careless parent.
        let stray = fcntl(2, F_DUPFD, 90)
        defer { close(stray) }
        let ends = try Descriptor.pipe()
        let reading = Descriptor(owning: ends.0)
        let null = try Descriptor.open("/dev/null", O_RDWR)
        let look = "for n in 0 1 2 4 5 \(stray); do [ -e /proc/$$/fd/$n ] && all=\"$all $n\"; done; echo $all"
        let pid = try Spawn.start(
            "/bin/sh", arguments: ["-c", look], environment: [],
            descriptors: [0: null.number, 1: ends.1, 2: null.number, 5: null.number])
        close(ends.1)
        var text = [UInt8](repeating: 0, count: 100)
        let count = unsafe read(reading.number, &text, text.count)
        var status: Int32 = 0
        unsafe waitpid(pid, &status, 0)
        #expect(String(decoding: text[..<max(count, 0)], as: UTF8.self) == "0 1 2 5\n")
    }
}
