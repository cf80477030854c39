public import Posix

extension CardFolder {
    private static let stateLimit = 256
    private static let largestCount = 1_000_000_000

    /// Writes the counters: after a kill there are the old ones or these.
    public func keep(_ counters: CardMemory.Counters) throws(SystemError) {
        let text = """
            pin-tries = \(counters.pinTries)
            signatures = \(counters.signatures)
            can-failures = \(counters.accessFailures)

            """
        try Files.replace("\(path)/state", with: Array(text.utf8))
    }

    /// The counters.
    public func counters() throws -> CardMemory.Counters {
        let text = String(decoding: try Files.read("\(path)/state", limit: Self.stateLimit), as: UTF8.self)
        let lines = text.split(separator: "\n")
        func number(_ line: Int, _ name: String, _ limit: Int) -> Int? {
            guard lines.count == 3, lines[line].hasPrefix("\(name) = "),
                let number = Int(lines[line].dropFirst(name.count + 3)), (0...limit).contains(number)
            else { return nil }
            return number
        }
        guard let tries = number(0, "pin-tries", CardMemory.pinTries),
            let signatures = number(1, "signatures", Self.largestCount),
            let failures = number(2, "can-failures", Self.largestCount)
        else { throw CardFolderError("\(path)/state can't be read") }
        return CardMemory.Counters(pinTries: tries, signatures: signatures, accessFailures: failures)
    }

    /// The card's memory, on the disk.
    ///
    /// - Parameter complain: hears why a counter could not be written.
    public func memory(complain: @escaping (SystemError) -> Void = { _ in }) throws -> CardMemory {
        CardMemory(try counters()) { counters in
            do throws(SystemError) { try keep(counters) } catch {
                complain(error)
                return false
            }
            return true
        }
    }
}
