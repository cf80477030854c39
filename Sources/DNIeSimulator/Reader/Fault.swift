/// Something that goes wrong with one command, at a place that a developer has chosen.
public enum Fault: Equatable, Sendable {
    /// The card is pulled out instead of answering.
    case remove
    /// The last byte of the answer's data, a secure channel's code, is another.
    case corruptMAC
    /// The answer comes late, by so many milliseconds.
    case delay(Int)
    /// The card says this instead of doing what it was told.
    case status(UInt16)
    /// The answer is chance's.
    case garbage
    /// The second half of the answer's bytes is missing.
    case truncate
}

/// Which commands go wrong.
public struct FaultPlan: Equatable, Sendable {
    /// Milliseconds of a delay at most.
    static let longestDelay = 600_000

    private var faults: [Int: [Fault]] = [:]

    /// Nothing goes wrong.
    public init() {}

    /// Adds one of `remove@N`, `corrupt-mac@N`, `delay@N:MS`, `status@N:XXXX`, `garbage@N`, `truncate@N`; N counts the
    /// commands from 1 on. False for anything else.
    public mutating func add(_ text: String) -> Bool {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2 else { return false }
        let numbers = parts[1].split(separator: ":", omittingEmptySubsequences: false)
        guard let place = Int(numbers[0]), place >= 1,
            let fault = Self.fault(String(parts[0]), numbers.dropFirst().map(String.init))
        else { return false }
        faults[place, default: []].append(fault)
        return true
    }

    private static func fault(_ name: String, _ values: [String]) -> Fault? {
        switch (name, values.count) {
        case ("remove", 0): return .remove
        case ("corrupt-mac", 0): return .corruptMAC
        case ("garbage", 0): return .garbage
        case ("truncate", 0): return .truncate
        case ("delay", 1):
            guard let time = Int(values[0]), (0...longestDelay).contains(time) else { return nil }
            return .delay(time)
        case ("status", 1):
            guard let status = bytes(hexadecimal: values[0]), status.count == 2 else { return nil }
            return .status(UInt16(status[0]) << 8 | UInt16(status[1]))
        default: return nil
        }
    }

    /// What goes wrong with the command of this number, in the order given.
    public func faults(at place: Int) -> [Fault] { faults[place] ?? [] }
}
