import Glibc
import TestSupport
import Testing

@Suite struct `A test's program` {
    @Test func `that has ended is no zombie, though nobody asks for its end`() throws {
        let child = try Child("/bin/sh", ["-c", "exit 3"], environment: [:])
        try eventually("its end to be collected") { kill(child.pid, 0) != 0 }
        #expect(child.exitCode == 3)
        #expect(!child.isRunning)
    }
}
