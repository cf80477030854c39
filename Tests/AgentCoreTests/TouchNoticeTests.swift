import AgentProtocol
import EventLoopTestSupport
import Glibc
import Posix
import Testing
import Wire

@testable import AgentCore

@Suite struct `A notice to touch a token` {
    /// What a helper hears whose notice ends before or after the helper has started.
    private func heard(endsFirst: Bool) async throws -> Int {
        let (core, supervisor) = try PacketChannel.pair()
        let (ours, theirs) = try Descriptor.pair()
        return try await onLoop {
            let directory = HelperDirectory(PacketChannel(Descriptor(owning: core)), Effects(), onLost: {})
            let channel = PacketChannel(Descriptor(owning: supervisor))
            let caller = Caller(chain: [], uid: 0, isPinned: false, terminal: "")
            let use = KeyUse(comment: "a key", fingerprint: "SHA256:", kind: .opaque, name: "", host: "")
            let question = Question(
                subject: .touchKey(use), caller: caller, identity: "", locale: "", deadline: WallClock.now + 60)
            let notice = TouchNotice(question, directory)
            var entry = pollfd(fd: supervisor, events: Int16(POLLIN), revents: 0)
            guard await soon({ poll(&entry, 1, 0) == 1 }) else { return -1 }
            guard let packet = try channel.receive(),
                let start = try StartHelper.decode(payload: packet.payload.span.bytes)
            else { return -1 }
            if endsFirst { notice.end() }
            try channel.send(HelperStarted(number: start.number, pid: 1).frame(), descriptor: ours)
            close(ours)
            for _ in 0..<100 { await others() }
            var bytes = [UInt8](repeating: 0, count: 4096)
            let count = recv(theirs, &bytes, bytes.count, Int32(MSG_DONTWAIT))
            notice.end()
            close(theirs)
            return count
        }
    }

    @Test func `is shown to nobody where the token was touched before the notice had started`() async throws {
        // Nothing but the end.
        #expect(try await heard(endsFirst: true) == 0)
        #expect(try await heard(endsFirst: false) > 0)
    }
}
