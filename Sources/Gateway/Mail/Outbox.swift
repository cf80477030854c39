import CLinux
import Glibc
import Posix
import SecureMemory

/// Texts as files of a folder, each named by the time at which it came. They are kept for a day, and the folder holds so
/// many; the oldest make room.
struct Outbox: Sendable {
    /// Texts that a folder holds.
    static let usualLimit = 500
    /// Seconds for which a text is kept.
    static let life: Int64 = 86_400
    /// Bytes of a file.
    private static let maximumSize = 16_384
    /// Digits of a name that are seconds since 1970.
    private static let stampLength = 12

    /// Where the files lie.
    let folder: String
    /// Texts that it holds.
    var limit = Self.usualLimit

    /// Adds a text to somebody.
    ///
    /// - Parameters:
    ///   - address: a phone or an e-mail address.
    ///   - text: what stands behind the line with the address.
    func put(to address: String, _ text: String) throws(SystemError) {
        try Files.makeFolder(folder)
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        let stamp = Self.padded(time.tv_sec, Self.stampLength) + Self.padded(time.tv_nsec, 9)
        let suffix = randomBytes(4).map { String($0, radix: 16) }.joined()
        let bytes = Self.head(address) + Array(text.utf8)
        try Files.replace("\(folder)/\(stamp)-\(suffix)\(Self.suffix)", with: bytes)
        keep(limit)
    }

    private static func head(_ address: String) -> [UInt8] { Array("To: \(address)\n".utf8) }

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
    private func keep(_ count: Int) {
        for name in names.sorted(by: >).dropFirst(count) { remove(name) }
    }

    /// Removes texts whose time is over, and what a kill has left half written.
    ///
    /// - Parameter now: seconds since 1970.
    func removeOld(at now: Int64) {
        for name in all(endingIn: Self.suffix) + all(endingIn: Self.unfinished) {
            guard let time = Int64(name.prefix(Self.stampLength)), abs(now - time) > Self.life else { continue }
            remove(name)
        }
    }

    /// Removes the texts to these addresses.
    func forget(_ addresses: [String]) {
        let heads = addresses.map { Self.head($0) }
        for name in names + all(endingIn: Self.unfinished) {
            let bytes = (try? Files.read("\(folder)/\(name)", limit: Self.maximumSize)) ?? []
            if heads.contains(where: { bytes.starts(with: $0) }) { remove(name) }
        }
    }

    private func remove(_ name: String) { unsafe unlink("\(folder)/\(name)") }

    private static let suffix = ".txt"
    /// Of a file that ``Files/replace(_:with:mode:)`` was about to rename.
    private static let unfinished = ".txt.new"

    private var names: [String] { all(endingIn: Self.suffix) }

    private func all(endingIn suffix: String) -> [String] {
        guard let stream = unsafe opendir(folder) else { return [] }
        defer { unsafe closedir(stream) }
        var names: [String] = []
        while let entry = unsafe readdir(stream) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) {
                unsafe $0.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe systemText($0) }
            }
            if name.hasSuffix(suffix) { names.append(name) }
        }
        return names
    }

    private static func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
