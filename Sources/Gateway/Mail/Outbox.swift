import Glibc
import Posix
import SecureMemory

/// Texts as files of a folder, each named by the time at which it came.
struct Outbox: Sendable {
    /// Bytes of a file.
    private static let maximumSize = 16_384

    /// Where the files lie.
    let folder: String

    /// Adds a text.
    func put(_ text: String) throws(SystemError) {
        try Files.makeFolder(folder)
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        let stamp = Self.padded(time.tv_sec, 12) + Self.padded(time.tv_nsec, 9)
        let suffix = randomBytes(4).map { String($0, radix: 16) }.joined()
        try Files.replace("\(folder)/\(stamp)-\(suffix).txt", with: Array(text.utf8))
    }

    /// Writes a text as ``put(_:)`` does, into a file that is no text of the folder and that the next one replaces.
    func pretend(_ text: String) {
        do throws(SystemError) {
            try Files.makeFolder(folder)
            try Files.replace("\(folder)/nobody", with: [UInt8](repeating: 0, count: text.utf8.count))
        } catch {
            // Nothing was to be sent.
        }
    }

    /// The newest texts, newest first, at most `limit`.
    func latest(limit: Int) -> [String] {
        names.sorted(by: >).prefix(limit).compactMap {
            (try? Files.read("\(folder)/\($0)", limit: Self.maximumSize)).map { String(decoding: $0, as: UTF8.self) }
        }
    }

    /// Removes all but the newest `count`.
    func keep(_ count: Int) {
        for name in names.sorted(by: >).dropFirst(count) { unsafe unlink("\(folder)/\(name)") }
    }

    private var names: [String] {
        guard let stream = unsafe opendir(folder) else { return [] }
        defer { unsafe closedir(stream) }
        var names: [String] = []
        while let entry = unsafe readdir(stream) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) {
                unsafe $0.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            if name.hasSuffix(".txt") { names.append(name) }
        }
        return names
    }

    private static func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
