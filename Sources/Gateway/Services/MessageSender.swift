import ClaveDomain
import Glibc
import Posix
import SecureMemory

/// Brings a text message on its way.
protocol MessageSender: Sendable {
    /// Hands the message over.
    ///
    /// - Throws: when it could not be handed over; the caller goes on, and says so in the audit.
    func send(_ text: String, to phone: PhoneNumber) throws(SystemError)
}

/// Puts each message in a file of a folder: the sandbox's telephone network.
struct OutboxSender: MessageSender {
    /// Where the files lie.
    let folder: String

    func send(_ text: String, to phone: PhoneNumber) throws(SystemError) {
        try Files.makeFolder(folder)
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        let stamp = Self.padded(time.tv_sec, 12) + Self.padded(time.tv_nsec, 9)
        let suffix = randomBytes(4).map { String($0, radix: 16) }.joined()
        try Files.replace("\(folder)/\(stamp)-\(suffix).txt", with: Array("To: \(phone.text)\n\n\(text)\n".utf8))
    }

    /// The newest messages, newest first, at most `limit`.
    func latest(limit: Int) -> [String] {
        guard let folder = unsafe opendir(folder) else { return [] }
        defer { unsafe closedir(folder) }
        var names: [String] = []
        while let entry = unsafe readdir(folder) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) {
                unsafe $0.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            if name.hasSuffix(".txt") { names.append(name) }
        }
        return names.sorted(by: >).prefix(limit).compactMap {
            (try? Files.read("\(self.folder)/\($0)", limit: 4096)).map { String(decoding: $0, as: UTF8.self) }
        }
    }

    private static func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
