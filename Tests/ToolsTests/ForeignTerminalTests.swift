import Glibc
import Posix
import TestSupport
import Testing

@testable import Tools

@Suite struct `A terminal of another user's` {
    @Test func `is told from one's own, and from what is no terminal`() throws {
        let pair = try PseudoTerminalPair()
        let terminal = try Descriptor.open(pair.path, O_RDWR | O_NOCTTY)
        #expect(!ForeignTerminal.isForeign(terminal.number, to: geteuid()))
        #expect(ForeignTerminal.isForeign(terminal.number, to: geteuid() + 1))
        let file = try Descriptor.open("/dev/null", O_RDWR)
        #expect(!ForeignTerminal.isForeign(file.number, to: geteuid() + 1))
        #expect(!ForeignTerminal.isForeign(-1, to: geteuid() + 1))
    }
}
