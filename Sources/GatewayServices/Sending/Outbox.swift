import CLinux
import Glibc
public import Posix
import SecureMemory

/// Texts as files of a folder, each named by the time at which it came. They are kept for a day, and the folder holds so
/// many; the oldest make room.
public struct Outbox: Sendable {
    /// Texts that a folder holds.
    public static let usualLimit = 500
    /// Seconds for which a text is kept.
    static let life: Int64 = 86_400
    /// Bytes of a file.
    private static let maximumSize = 16_384
    /// Digits of a name that are seconds since 1970.
    private static let stampLength = 12

    /// Where the files lie.
    let folder: String
    /// Texts that it holds.
    public var limit: Int

    public init(folder: String, limit: Int = Outbox.usualLimit) {
        self.folder = folder
        self.limit = limit
    }

    /// Adds a text to somebody.
    ///
    /// - Parameters:
    ///   - address: a phone or an e-mail address.
    ///   - text: what stands behind the line with the address.
    public func put(to address: String, _ text: String) throws(SystemError) {
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

    /// Writes a text as ``put(to:_:)`` does, into a file that is no text of the folder and that the next one replaces.
    public func pretend(_ text: String) {
        do throws(SystemError) {
            try Files.makeFolder(folder)
            try Files.replace("\(folder)/nobody", with: [UInt8](repeating: 0, count: text.utf8.count))
        } catch {
            // Nothing was to be sent.
        }
    }

    /// The newest texts, newest first, at most `limit`.
    public func latest(limit: Int) -> [String] {
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
        for name in all(endingIn: [Self.suffix, Self.unfinished]) {
            let stamp = String(decoding: name.utf8.prefix(Self.stampLength), as: UTF8.self)
            guard let time = Int64(stamp), abs(now - time) > Self.life else { continue }
            remove(name)
        }
    }

    /// Removes the texts to these addresses.
    public func forget(_ addresses: [String]) {
        let heads = addresses.map { Self.head($0) }
        guard let longest = heads.map(\.count).max() else { return }
        for name in all(endingIn: [Self.suffix, Self.unfinished]) {
            let beginning = Self.beginning(of: "\(folder)/\(name)", longest)
            if heads.contains(where: { beginning.starts(with: $0) }) { remove(name) }
        }
    }

    /// A file's first bytes, at most so many; none of one that can't be read.
    private static func beginning(of path: String, _ count: Int) -> [UInt8] {
        guard let file = try? Descriptor.open(path, O_RDONLY | O_NONBLOCK) else { return [] }
        let number = file.number
        var bytes = [UInt8](repeating: 0, count: count)
        let read = (try? retrying("read") { unsafe pread(number, &bytes, count, 0) }) ?? 0
        return Array(bytes.prefix(read))
    }

    private func remove(_ name: String) { unsafe unlink("\(folder)/\(name)") }

    private static let suffix = ".txt"
    /// Of a file that ``Files/replace(_:with:mode:)`` was about to rename.
    private static let unfinished = ".txt.new"

    private var names: [String] { all(endingIn: [Self.suffix]) }

    /// The names with one of these endings; none of a folder that can't be read.
    private func all(endingIn suffixes: [String]) -> [String] {
        ((try? Files.names(in: folder)) ?? []).filter { name in
            suffixes.contains { name.utf8.suffix($0.utf8.count).elementsEqual($0.utf8) }
        }
    }

    private static func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
