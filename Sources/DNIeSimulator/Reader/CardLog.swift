import Glibc
import Posix

/// Commands and answers as they pass, in hexadecimal, one a line; a plain PIN is left out.
struct CardLog: ~Copyable {
    private static let verify: UInt8 = 0x20
    private static let messaging: UInt8 = 0x0C

    private let file: Descriptor

    /// Appends to a file, 0600 if it is new.
    init(_ path: String) throws(SystemError) {
        file = try Descriptor.open(path, O_WRONLY | O_CREAT | O_APPEND | O_NOCTTY)
    }

    /// A line; what can't be written is left out.
    borrowing func write(_ number: Int, _ text: String) {
        try? file.writeAll(Array("\(number) \(text)\n".utf8))
    }

    /// A command as it may be shown.
    static func shown(_ command: [UInt8]) -> String {
        guard command.count > 5, command[1] == verify, command[0] & messaging == 0 else { return hexadecimal(command) }
        return hexadecimal(command[..<5]) + String(repeating: "*", count: 2 * (command.count - 5))
    }
}
