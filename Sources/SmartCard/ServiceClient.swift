import Glibc
import Posix

/// A program that has the card service's library loaded, and so may be speaking with a card.
public struct ServiceClient: Equatable, Sendable {
    /// The process number.
    public let pid: Int32
    /// What the kernel calls it: 15 bytes at most, `firefox`.
    public let name: String

    /// The most processes that are told.
    static let limit = 64
    /// The most bytes of a process's list of libraries that are read.
    private static let mapsLimit = 8 << 20

    /// The other processes of this computer that use the card service, as far as this one may look into them.
    static func others() -> [ServiceClient] {
        guard let folder = unsafe opendir("/proc") else { return [] }
        defer { unsafe closedir(folder) }
        var found = [ServiceClient]()
        while found.count < limit, let pid = unsafe nextProcess(folder) {
            if pid != getpid(), isClient(pid) { found.append(ServiceClient(pid: pid, name: name(pid))) }
        }
        return found
    }

    /// The next entry of `/proc` that is a process; nil after the last.
    private static func nextProcess(_ folder: OpaquePointer) -> Int32? {
        while let entry = unsafe readdir(folder) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { name in
                unsafe name.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            if let pid = Int32(name) { return pid }
        }
        return nil
    }

    private static func isClient(_ pid: Int32) -> Bool {
        guard let maps = try? Files.read("/proc/\(pid)/maps", limit: mapsLimit) else { return false }
        return String(decoding: maps, as: UTF8.self).contains("/libpcsclite.so")
    }

    private static func name(_ pid: Int32) -> String {
        // A process names itself: what can't be printed is left out.
        String(
            String.UnicodeScalarView(
                (ProcessStatus.name(of: pid) ?? "").unicodeScalars.filter { (" "..."~").contains($0) }))
    }
}
