import SecureMemory

/// A card whose commands go wrong by plan.
public struct FaultyTransport {
    /// What a reader gets for a command.
    public enum Reply: Equatable, Sendable {
        /// An answer, after so many milliseconds.
        case answer([UInt8], after: Int)
        /// The card is gone.
        case removed
    }

    /// Bytes of a chance answer at most.
    private static let garbageLimit = 64

    private var transport: CardTransport
    private let plan: FaultPlan
    /// Commands so far, in all insertions.
    public private(set) var count = 0

    public init(_ transport: CardTransport, plan: FaultPlan = FaultPlan()) {
        self.transport = transport
        self.plan = plan
    }

    /// The card, for whoever looks.
    public var card: VirtualCard { transport.card }

    /// Power on, off, or a reset; the count goes on.
    public mutating func reset() { transport.reset() }

    /// One command.
    public mutating func respond(to bytes: [UInt8]) -> Reply {
        count += 1
        let faults = plan.faults(at: count)
        if faults.contains(.remove) { return .removed }
        var delay = 0
        var answer: [UInt8]
        if let status = replaced(faults) {
            answer = status
        } else {
            answer = transport.respond(to: bytes)
            delay = transport.pause
        }
        for fault in faults {
            switch fault {
            case .delay(let time): delay += time
            case .corruptMAC: if answer.count > 2 { answer[answer.count - 3] ^= 0x01 }
            case .garbage: answer = randomBytes(2 + Int.random(in: 0..<Self.garbageLimit))
            case .truncate: answer = Array(answer.prefix(max(1, answer.count / 2)))
            case .remove, .status: break
            }
        }
        return .answer(answer, after: delay)
    }

    /// The status that comes instead; nothing reaches the card then.
    private func replaced(_ faults: [Fault]) -> [UInt8]? {
        for case .status(let status) in faults { return [UInt8(status >> 8), UInt8(status & 0xFF)] }
        return nil
    }
}
