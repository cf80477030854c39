import CLinux
import EventLoop
import Glibc
import Posix

/// A file that is run, as the kernel keeps it: another file at the same path is another program.
struct ProgramFile: Equatable {
    private let device: UInt64
    private let inode: UInt64
    /// The last change of the file or of what is known of it.
    private let seconds: Int
    private let nanoseconds: Int

    /// The file that a process runs; nil where the kernel does not tell.
    init?(of pid: Int32) {
        guard pid > 0, let facts = KeptFacts.behind("/proc/\(pid)/exe") else { return nil }
        self.init(facts)
    }

    init(_ facts: stat) {
        device = UInt64(facts.st_dev)
        inode = UInt64(facts.st_ino)
        seconds = facts.st_ctim.tv_sec
        nanoseconds = facts.st_ctim.tv_nsec
    }
}

/// The program that a client runs.
struct ProgramIdentity: Equatable {
    /// Its file.
    let file: ProgramFile
    /// Where that was, the kernel's bytes.
    let path: [UInt8]

    /// The file is opened first, and only then is it asked whether the process is still the one that connected: so it
    /// can be no other's. Nil where the kernel tells neither (before Linux 6.5), or the process is gone.
    init?(of peer: Peer, socket: Int32) {
        guard peer.pid > 0, let file = try? Descriptor.open("/proc/\(peer.pid)/exe", clave_o_path()) else { return nil }
        guard let facts = KeptFacts.of(file), Peer.isStillThere(behind: socket) else { return nil }
        path = CallerTracer.link("/proc/self/fd/\(file.number)")
        guard !path.isEmpty else { return nil }
        self.file = ProgramFile(facts)
    }
}

/// The program of the process that connected last. One that connects over and over is looked at once in a millisecond, which
/// is no more than passes anyway between its connecting and the look.
@CoreActor
enum ProgramMemory {
    private static var last: (process: Int32, file: ProgramFile?, millisecond: UInt64) = (0, nil, 0)

    /// The file that a process runs, or has run in this millisecond; nil where the kernel does not tell.
    static func file(of process: Int32) -> ProgramFile? {
        let now = SteadyClock.milliseconds
        if last.process != process || last.millisecond != now { last = (process, ProgramFile(of: process), now) }
        return last.file
    }
}
