import AgentProtocol
import SecureMemory
import Testing
import Wire

@Suite struct `Every message` {
    @Test(arguments: Samples.all)
    func `decodes to what was encoded`(sample: Sample) throws {
        #expect(try sample.again(sample.payload) == sample.payload)
    }

    @Test(arguments: Samples.all)
    func `cut short at any length is refused`(sample: Sample) {
        for length in 0..<sample.payload.count {
            #expect(throws: (any Error).self) { try sample.again(Array(sample.payload[..<length])) }
        }
    }

    @Test(arguments: Samples.all)
    func `with a byte too many is refused`(sample: Sample) {
        #expect(throws: (any Error).self) { try sample.again(sample.payload + [0]) }
    }

    @Test(arguments: Samples.all)
    func `with any bit flipped is refused or means exactly its own bytes`(sample: Sample) {
        for index in sample.payload.indices {
            for bit in 0..<8 {
                var flipped = sample.payload
                flipped[index] ^= 1 << UInt8(bit)
                guard let again = try? sample.again(flipped) else { continue }
                #expect(again == flipped)
            }
        }
    }

    @Test(arguments: Samples.all)
    func `of random bytes never harms`(sample: Sample) {
        var generator = Seeded(state: 42)
        for _ in 0..<200 {
            let count = Int.random(in: 0..<96, using: &generator)
            let noise = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
            _ = try? sample.again(sample.payload.prefix(1) + noise)
        }
    }

    @Test func `has a number of its own on the pipes`() {
        let numbers = Samples.pipes.map { $0.payload[0] }
        let names = Set(Samples.pipes.map(\.name))
        // Two samples are the one word to the keyring.
        #expect(Set(numbers).count == names.count - 1)
    }
}

@Suite struct `An agent error` {
    @Test func `keeps its detail within the limit`() {
        let error = AgentError(.system, String(repeating: "x", count: 5000))
        #expect(error.detail.utf8.count <= ProtocolLimits.line)
    }

    @Test(arguments: AgentError.Code.allCases)
    func `crosses the socket with its code`(code: AgentError.Code) {
        let frame = AgentReply.frame(refusing: PINRequest.name, AgentError(code, "why"))
        #expect(throws: AgentError(code, "why")) {
            try AgentReply.decode(Array(frame.dropFirst(4)).span.bytes, to: PINRequest.self)
        }
    }

    @Test func `is made of a plain failure by an agent that does not know the request`() {
        for type in [AgentMessageType.failure, AgentMessageType.extensionFailure] {
            #expect(throws: AgentError(.unsupported)) {
                try AgentReply.decode([type].span.bytes, to: StatusRequest.self)
            }
        }
    }
}

/// A generator with a seed, so that a failure can be seen again.
struct Seeded: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state ^ (state >> 33)
    }
}
