import Glibc

/// What `/proc/PID/stat` tells of a process (proc_pid_stat(5)).
public struct ProcessStatus: Equatable, Sendable {
    /// `R`, `S`, `T` (stopped), `Z` (ended, and not waited for) and so on; field 3.
    public let state: UInt8
    /// The parent's number; field 4.
    public let parent: Int32
    /// The number of its process group; field 5.
    public let group: Int32
    /// The number of the first process of its session; field 6. 0 if that is outside of this process's namespace.
    public let session: Int32
    /// The device of its controlling terminal; 0 for none; field 7.
    public let terminal: UInt64
    /// The process group in the foreground of that terminal; -1 for no terminal; field 8.
    public let foreground: Int32
    /// When it was started, in clock ticks since the system was; field 22. With the number it names one process for good.
    public let startTime: UInt64

    /// Reads it; nil if there is no such process.
    public init?(of pid: Int32) {
        guard pid > 0, let bytes = try? Files.read("/proc/\(pid)/stat", limit: 4096) else { return nil }
        self.init(bytes)
    }

    /// Whether it has ended, and only waits to be waited for.
    public var hasEnded: Bool { state == UInt8(ascii: "Z") || state == UInt8(ascii: "X") }

    /// The name of a process (`/proc/PID/comm`), which a hardened one tells too; nil if there is none.
    public static func name(of pid: Int32) -> String? {
        guard let bytes = try? Files.read("/proc/\(pid)/comm", limit: 64), bytes.last == UInt8(ascii: "\n") else {
            return nil
        }
        return String(decoding: bytes.dropLast(), as: UTF8.self)
    }

    /// Reads the file's bytes. The second field, the program's name, may hold anything: reading starts behind its last `)`.
    init?(_ bytes: [UInt8]) {
        guard let close = bytes.lastIndex(of: UInt8(ascii: ")")) else { return nil }
        // Field 3 is the first of these.
        let fields = String(decoding: bytes[(close + 1)...], as: UTF8.self).split { $0 == " " || $0 == "\n" }
        guard fields.count > 19, let state = fields[0].utf8.first, let parent = Int32(fields[1]),
            let group = Int32(fields[2]), let session = Int32(fields[3]), let terminal = Int32(fields[4]),
            let foreground = Int32(fields[5]), let startTime = UInt64(fields[19])
        else { return nil }
        self.state = state
        self.parent = parent
        self.group = group
        self.foreground = foreground
        self.session = session
        self.terminal = UInt64(UInt32(bitPattern: terminal))
        self.startTime = startTime
    }
}
