import Glibc
import Testing

@testable import Posix

@Suite struct `What the kernel tells of a process` {
    @Test func `is read behind a name that looks like more fields`() throws {
        let rest = "S 7 8 9 34819 " + (8...21).map { "\($0)" }.joined(separator: " ") + " 4242 23 24\n"
        let status = try #require(ProcessStatus(Array("6 (a) S 1 1 1 1 (b)) \(rest)".utf8)))
        #expect(status.state == UInt8(ascii: "S") && status.group == 8 && status.foreground == 8)
        #expect(status.parent == 7 && status.session == 9 && status.terminal == 34_819 && status.startTime == 4242)
    }

    @Test(arguments: ["", "6 (a", "6 (a) S 7 8", "6 (a) S x 8 9 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16"])
    func `is nothing where a field is missing or is no number`(text: String) {
        #expect(ProcessStatus(Array(text.utf8)) == nil)
    }

    @Test func `names this process's own parent and session`() throws {
        let status = try #require(ProcessStatus(of: getpid()))
        #expect(status.parent == getppid() && status.session == getsid(0) && status.startTime > 0)
        for pid: Int32 in [0, -1, Int32.max] { #expect(ProcessStatus(of: pid) == nil) }
    }
}
