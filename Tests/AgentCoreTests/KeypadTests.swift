import AgentProtocol
import Foundation
import Posix
import SecureMemory
import TestSupport
import Testing
import Wire

@Suite struct `A token whose reader has a keypad` {
    /// The next request for a signature: its number, the typed PIN's length, and whether the reader may ask.
    private func next(_ pipe: borrowing FrameChannel) -> (number: UInt32, pin: Int, mayUseReader: Bool)? {
        guard let payload = try? pipe.receive() else { return nil }
        return payload.withBytes { payload in
            guard let request = (try? ProviderSign.decode(payload: payload)) ?? nil else { return nil }
            return (request.number, request.pin.count, request.mayUseReader)
        }
    }

    @Test func `is asked at the keypad again after a wrong PIN, and the PIN is never typed at the computer`() throws {
        var key = ByteWriter()
        key.put("ssh-ed25519")
        key.put(SigningKey().publicKey)
        let blob = key.bytes
        let (typed, questions) = (Shared<[Int]>([]), Shared<[Bool]>([]))
        let core = try CoreHarness()
        core.next(.pluginHost) { pipe in
            _ = try pipe.receive()
            try pipe.send(
                ProviderOpened(outcome: .done, keys: [ProviderKey(blob: blob, label: "key", token: "card")]))
            var outcomes: [ProviderOutcome] = [.wrongPIN, .done]
            while let request = next(pipe) {
                typed.withLock { $0.append(request.pin) }
                let outcome = request.mayUseReader ? outcomes.removeFirst() : .readerNeeded
                try pipe.send(
                    ProviderSigned(number: request.number, outcome: outcome, signature: outcome == .done ? [1] : []))
            }
        }
        core.always(.prompt) { pipe in
            let payload = try pipe.receive()
            guard let subject = try payload.withBytes({ try Question.decode(payload: $0) })?.subject else { return }
            let isYes = if case .useKey = subject { true } else { false }
            questions.withLock { $0.append(isYes) }
            try pipe.send(secret: Answer(outcome: .given))
        }
        let client = try RawClient(core)
        var add = ByteWriter()
        add.put(byte: 20)
        add.put("/usr/lib/os-release")
        add.put("1234")
        #expect(try client.ask(add) == [6])
        var sign = ByteWriter()
        sign.put(byte: 13)
        sign.put(blob)
        sign.put("to be signed")
        sign.put(UInt32(0))
        #expect(try client.ask(sign) == [14, 0, 0, 0, 1, 1])
        #expect(questions.withLock { $0 } == [true, true] && typed.withLock { $0 } == [0, 0, 0])
    }
}
