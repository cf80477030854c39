import AgentProtocol
import Foundation
import Posix
import SSHKeys
import SecureMemory
import TestSupport
import Testing
import Wire

/// A token that has its PIN, and waits to be touched.
@Suite struct `A FIDO key whose PIN was typed` {
    private let core: CoreHarness
    private let token = Token()
    private let other = Token()
    private let isTouched = Shared(false)
    private let isGone = Shared(false)
    private let yeses = Shared(0)

    init() throws {
        core = try CoreHarness()
        core.always(.prompt) { [yeses] pipe in
            let payload = try pipe.receive()
            switch try payload.withBytes({ try Question.decode(payload: $0) })?.subject {
            case .securityKeyPIN:
                let text = Array("1234".utf8)
                try pipe.send(secret: Answer(outcome: .given, value: SecretBytes(copying: text.span.bytes)))
            case .useKey:
                yeses.withLock { $0 += 1 }
                try pipe.send(secret: Answer(outcome: .denied))
            default: return
            }
        }
        core.always(.securityKey) { [token, isTouched, isGone] pipe in
            try token.serve(pipe) { request in
                if request.pin.count == 0 { return ProviderSigned(number: 0, outcome: .pinNeeded) }
                while !isTouched.withLock({ $0 }) {
                    var entry = pollfd(fd: pipe.descriptor.number, events: Int16(POLLIN), revents: 0)
                    guard poll(&entry, 1, 20) == 0 else {
                        isGone.withLock { $0 = true }
                        return nil
                    }
                }
                return token.answer(request)
            }
        }
    }

    private func ask(_ client: RawClient, _ request: [UInt8]) throws -> [UInt8]? {
        try client.write(request)
        return try client.read()
    }

    /// A client whose request waits for the touch.
    private func waiting() throws -> RawClient {
        let client = try RawClient(core)
        #expect(try ask(client, token.add(flags: 5)) == [6])
        try client.write(token.sign())
        try eventually("the PIN to reach the token") { token.pins == ["", "1234"] }
        return client
    }

    @Test func `holds up no other question while the token waits to be touched`() throws {
        let client = try waiting()
        let second = try RawClient(core)
        #expect(try ask(second, other.add(constraints: [2])) == [6])
        #expect(try ask(second, other.sign()) == [5])
        #expect(yeses.withLock { $0 } == 1)
        isTouched.withLock { $0 = true }
        #expect(try client.read()?.first == 14)
    }

    @Test(arguments: [false, true]) func `frees its token when the client goes away`(late: Bool) throws {
        var client: RawClient? = try waiting()
        let second = try RawClient(core)
        #expect(try ask(second, other.add(constraints: [2])) == [6])
        // Its question comes once nobody waits for a quick word of the token's any more.
        if late { #expect(try ask(second, other.sign()) == [5]) }
        client = nil
        _ = client
        try eventually("the helper to be ended") { isGone.withLock { $0 } }
        if !late { #expect(try ask(second, other.sign()) == [5]) }
        isTouched.withLock { $0 = true }
        #expect(try ask(second, token.sign())?.first == 14)
    }
}
