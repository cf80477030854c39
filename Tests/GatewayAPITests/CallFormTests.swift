import GatewayAPI
import Testing
import Wire

@Suite struct `The forms of a video call` {
    private let person = PersonDatum(document: "22222222J", datumKind: "validity", datum: "05-05-2033", language: "ca")

    private func sample() -> [[UInt8]] {
        [
            CallSlots(isOpen: true, waiting: 3, starts: [1_800_000_900, 1_800_001_800]).bytes,
            CallWish(person: person, start: 1_800_000_900).bytes,
            CallAppointment(page: "/call/abc", start: 1_800_000_900).bytes,
            CallProgress(state: .rejected, ahead: 0, start: 1, reason: .noHologram).bytes,
        ]
    }

    private func decode(_ bytes: [UInt8], as index: Int) throws {
        switch index {
        case 0: _ = try CallSlots.decode(bytes.span.bytes)
        case 1: _ = try CallWish.decode(bytes.span.bytes)
        case 2: _ = try CallAppointment.decode(bytes.span.bytes)
        default: _ = try CallProgress.decode(bytes.span.bytes)
        }
    }

    @Test func `come back as they went`() throws {
        let slots = CallSlots(isOpen: false, waiting: 0, starts: [1, 2, 3])
        #expect(try CallSlots.decode(slots.bytes.span.bytes) == slots)
        let wish = CallWish(person: person, start: 0)
        #expect(try CallWish.decode(wish.bytes.span.bytes) == wish)
        let appointment = CallAppointment(page: "/call/abc_-9", start: 7)
        #expect(try CallAppointment.decode(appointment.bytes.span.bytes) == appointment)
        for (state, reason) in zip(CallState.allCases, CallRejection.allCases) {
            let progress = CallProgress(state: state, ahead: 4, start: 9, reason: reason)
            #expect(try CallProgress.decode(progress.bytes.span.bytes) == progress)
        }
    }

    @Test func `are refused when they are cut off anywhere, or go on`() throws {
        for (index, bytes) in sample().enumerated() {
            try decode(bytes, as: index)
            for count in bytes.indices {
                #expect(throws: WireError.self, "\(index) \(count)") { try decode(Array(bytes[..<count]), as: index) }
            }
            #expect(throws: WireError.self) { try decode(bytes + [0], as: index) }
        }
    }

    @Test func `with any bit turned are refused, or are another right one`() {
        for (index, bytes) in sample().enumerated() {
            for bit in 0..<bytes.count * 8 {
                var turned = bytes
                turned[bit / 8] ^= 1 << (bit % 8)
                try? decode(turned, as: index)
            }
        }
    }

    @Test func `keep their limits`() {
        let many = CallSlots(isOpen: true, waiting: 0, starts: (0...UInt64(RegistrationCall.slotLimit)).map { $0 })
        #expect(throws: WireError.self) { try CallSlots.decode(many.bytes.span.bytes) }
        let falling = CallSlots(isOpen: true, waiting: 0, starts: [2, 1])
        #expect(throws: WireError.self) { try CallSlots.decode(falling.bytes.span.bytes) }
        for page in ["/elsewhere", "/call/a b", "/call/" + String(repeating: "a", count: 64), "/call/\n"] {
            let appointment = CallAppointment(page: page, start: 0)
            #expect(throws: WireError.self, "\(page)") { try CallAppointment.decode(appointment.bytes.span.bytes) }
        }
    }

    @Test func `A rejected call is explained by a sentence of its own for each reason`() {
        let sentences = CallRejection.allCases.map(\.words)
        #expect(Set(sentences).count == sentences.count)
        #expect(sentences.allSatisfy { $0.hasSuffix(".") })
    }
}
