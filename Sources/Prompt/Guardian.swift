import CLinux
import Glibc
import Posix

/// A copy of this process that outlives it, and puts in order what it could not: a process that is killed restores nothing.
///
/// It knows no secret: one that was typed before it was made is zeros there, where the kernel can do that (`LockedMemory`).
/// It holds no descriptor but what it is given; the core does not wait for it, as it does not hold the pipe to the core.
final class Guardian {
    /// What it says to go.
    private static let dismissal: UInt8 = 0

    private let pipe: Descriptor
    private let process: pid_t
    private var isDismissed = false

    /// - Parameters:
    ///   - descriptor: what the copy is to keep; -1 for nothing.
    ///   - body: runs in the copy, with its numbers for the pipe and the descriptor. It returns when its work is done.
    init(keeping descriptor: Int32 = -1, _ body: (_ pipe: Int32, _ descriptor: Int32) -> Void) throws(SystemError) {
        let ends = try Descriptor.pipe()
        let theirs = Descriptor(owning: ends.0)
        let ours = Descriptor(owning: ends.1)
        // This process has one thread.
        let process = try retrying("fork") { clave_fork() }
        if process == 0 {
            let (pipe, kept) = Self.keepOnly(theirs.number, descriptor)
            body(pipe, kept)
            _exit(0)
        }
        pipe = consume ours
        self.process = process
    }

    /// Tells it something.
    func tell(_ message: [UInt8]) {
        try? pipe.writeAll(message)
    }

    /// Has it go, and waits for it: there is nothing left to put in order.
    func dismiss() {
        guard !isDismissed else { return }
        isDismissed = true
        tell([Self.dismissal])
        Spawn.status(of: process)
    }

    // MARK: In the copy

    /// Waits for the next message; nil once the process has gone without a dismissal.
    ///
    /// - Parameter count: bytes of every message but the dismissal, which is one.
    static func next(_ pipe: Int32, count: Int) -> Message? {
        var bytes: [UInt8] = []
        while bytes.count < count {
            var byte: UInt8 = 0
            let length = unsafe read(pipe, &byte, 1)
            if length < 0 && errno == EINTR { continue }
            guard length == 1 else { return nil }
            if bytes.isEmpty && byte == dismissal { return .dismissal }
            bytes.append(byte)
        }
        return .bytes(bytes)
    }

    /// Lets SIGTERM end the copy from now on, also one that came before: the copy inherits that it is held back. Whoever ends
    /// a session waits for all processes in it, so the copy must not stay.
    static func heedTermination() {
        var set = sigset_t()
        unsafe sigemptyset(&set)
        unsafe sigaddset(&set, SIGTERM)
        _ = unsafe sigprocmask(SIG_UNBLOCK, &set, nil)
    }

    /// What the process has said.
    enum Message {
        case dismissal
        case bytes([UInt8])
    }

    /// Closes all but these two; their numbers from then on.
    private static func keepOnly(_ pipe: Int32, _ descriptor: Int32) -> (Int32, Int32) {
        // Behind both targets, and no further: there may be few descriptors.
        let first: Int32 = 2
        let copies = (fcntl(pipe, F_DUPFD_CLOEXEC, first), fcntl(descriptor, F_DUPFD_CLOEXEC, first))
        dup2(copies.0, 0)
        if copies.1 >= 0 { dup2(copies.1, 1) } else { close(1) }
        closefrom(2)
        return (0, copies.1 >= 0 ? 1 : -1)
    }
}

extension ChildProcess {
    /// Has the program end with this process, however that ends: what it shows would be answered to nobody.
    static func guardian(of group: pid_t) -> Guardian? {
        try? Guardian { pipe, _ in
            guard Guardian.next(pipe, count: 1) == nil else { return }
            // At the first, a pinentry puts a terminal back.
            for signal in [SIGINT, SIGTERM] {
                kill(-group, signal)
                usleep(useconds_t(grace) * 1000)
            }
            kill(-group, SIGKILL)
        }
    }
}
