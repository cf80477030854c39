import CLinux
import Glibc
import Posix

/// The job of the program that asks, as the shell at its terminal has it.
///
/// The kernel keeps a terminal's input for the process group in its foreground, but only among the processes of the
/// terminal's own session. `clave-prompt` is none of these, so nothing stops it from reading what the person types for
/// another job or for the shell: it has to look itself, each time before it reads.
final class AskingJob {
    /// Where the job is.
    enum Place: Equatable {
        /// The person types for it.
        case foreground
        /// It runs, and the person types for another.
        case background
        /// It was stopped (Ctrl-Z).
        case stopped
        /// The program that asks has ended, or has left the terminal.
        case gone
    }

    /// The program that asks.
    let process: Int32
    /// Readable once that has ended; nil where the kernel has no such descriptor.
    private let end: Descriptor?
    private let startTime: UInt64
    /// The number of the terminal's device.
    private let terminal: UInt64
    /// From which it was started.
    let shells: AskingShells

    /// The job of a process; nil if there is no such process, or if that is not its controlling terminal.
    init?(of process: Int32, on terminal: UInt64) {
        let number = process > 0 ? clave_pidfd_open(process) : -1
        let end = number >= 0 ? Descriptor(owning: number) : nil
        guard let status = ProcessStatus(of: process), status.terminal == terminal else { return nil }
        self.process = process
        self.end = end
        self.terminal = terminal
        startTime = status.startTime
        shells = AskingShells(above: status)
    }

    /// A descriptor that is readable once the program has ended; -1, which `poll` passes over, for none.
    var endDescriptor: Int32 {
        switch end {
        case .some(let end): end.number
        case .none: -1
        }
    }

    /// Whether the program ends within some milliseconds; false where the kernel does not tell.
    func hasEnded(within limit: Int32) -> Bool {
        var entry = pollfd(fd: endDescriptor, events: Int16(POLLIN), revents: 0)
        return unsafe poll(&entry, 1, limit) != 0
    }

    /// Where it is now.
    var place: Place { status.map(Self.place) ?? .gone }

    /// Whether the person types for it.
    var isInForeground: Bool { place == .foreground }

    private var status: ProcessStatus? {
        guard let status = ProcessStatus(of: process), status.startTime == startTime, status.terminal == terminal else {
            return nil
        }
        return status
    }

    static func place(_ status: ProcessStatus) -> Place {
        if status.hasEnded { return .gone }
        if status.state == UInt8(ascii: "T") { return .stopped }
        return status.group > 0 && status.group == status.foreground ? .foreground : .background
    }

    /// Sends a signal to the whole job, as the terminal would have at a key; processes of another user's stay as they are.
    func send(_ signal: Int32) {
        guard let status, status.group > 1 else { return }
        kill(-status.group, signal)
    }

    /// Whether the program takes no notice of the key that stops a job, as in a command's place (`$( )`) in some shells
    /// (`SigIgn`, proc_pid_status(5)).
    var ignoresStop: Bool {
        guard let bytes = try? Files.read("/proc/\(process)/status", limit: 16384) else { return false }
        let line = bytes.split(separator: UInt8(ascii: "\n")).first { $0.starts(with: "SigIgn:".utf8) }
        let digits = line.map { String(decoding: $0.dropFirst(7).drop { $0 == 0x09 }, as: UTF8.self) }
        let mask = digits.flatMap { UInt64($0, radix: 16) } ?? 0
        return mask & (1 << UInt64(SIGTSTP - 1)) != 0
    }

    /// Whether the program reads the terminal as its standard input. True also where the kernel does not tell.
    var readsTerminal: Bool {
        var facts = stat()
        guard unsafe stat("/proc/\(process)/fd/0", &facts) == 0 else { return errno != ENOENT }
        return facts.st_mode & S_IFMT == S_IFCHR && UInt64(facts.st_rdev) == terminal
    }
}
