import CLinux
import Glibc
public import Posix

/// Runs a program to its end, but not for longer than its time.
///
/// The program leads a process group of its own. When its time is over, the whole group is killed. What it has started and
/// what has left that group, as by `setsid`, stays behind: nothing short of a control group would find it.
public struct TimedProgram {
    /// Milliseconds that a program has.
    public static let usualPatience: UInt64 = 30_000

    /// Where the program lies, absolute.
    public let path: String
    public var arguments: [String] = []
    /// Milliseconds until it is killed.
    public var patience = Self.usualPatience

    /// Gives the program `input` on its standard input, and waits until it has ended with 0.
    ///
    /// - Throws: when it could not be started, ended with another code, did not read its input, or was killed
    ///   (`ETIMEDOUT`).
    public func run(input: [UInt8]) throws(SystemError) {
        let ends = try Descriptor.pipe()
        let theirs = Descriptor(owning: ends.0)
        let ours = Descriptor(owning: ends.1)
        try ours.setNonblocking()
        let null = try Descriptor.open("/dev/null", O_RDWR)
        let pid = try Spawn.start(
            path, arguments: arguments, environment: ["PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8"],
            descriptors: [0: theirs.number, 1: null.number, 2: null.number])
        close(theirs.release())
        let number = clave_pidfd_open(pid)
        guard number >= 0 else {
            let error = SystemError("pidfd_open")
            Spawn.endGroup(of: pid)
            throw error
        }
        let exit = Descriptor(owning: number)
        let deadline = SteadyClock.milliseconds + patience
        let target = ours.release()
        let failure = feed(target, input, until: exit, deadline)
        close(target)
        var entries = [pollfd(fd: exit.number, events: Int16(POLLIN), revents: 0)]
        guard Self.wait(&entries, deadline) else {
            Spawn.endGroup(of: pid)
            throw SystemError("\(path) was killed after \(patience / 1000) seconds", number: ETIMEDOUT)
        }
        let code = clave_exit_code(Spawn.status(of: pid))
        guard code == 0 else { throw SystemError("\(path) ended with \(code)", number: EIO) }
        if let failure { throw failure }
    }

    /// Writes the input, as far as the program reads it before it ends or its time is over.
    ///
    /// - Returns: why not all was written; nil also where the time is over, which the caller sees.
    private func feed(
        _ number: Int32, _ bytes: [UInt8], until exit: borrowing Descriptor, _ deadline: UInt64
    ) -> SystemError? {
        var written = 0
        while written < bytes.count {
            var entries = [
                pollfd(fd: number, events: Int16(POLLOUT), revents: 0),
                pollfd(fd: exit.number, events: Int16(POLLIN), revents: 0),
            ]
            guard Self.wait(&entries, deadline) else { return nil }
            guard entries[0].revents != 0 else { return SystemError("write to \(path)", number: EPIPE) }
            let count = unsafe bytes[written...].withUnsafeBytes { unsafe write(number, $0.baseAddress, $0.count) }
            if count >= 0 {
                written += count
            } else if errno != EAGAIN, errno != EINTR {
                return SystemError("write to \(path)")
            }
        }
        return nil
    }

    // MARK: Processes

    /// Waits until one of the descriptors is ready; false if the deadline comes first.
    private static func wait(_ entries: inout [pollfd], _ deadline: UInt64) -> Bool {
        while true {
            let now = SteadyClock.milliseconds
            guard now < deadline else { return false }
            let count = unsafe poll(&entries, nfds_t(entries.count), Int32(clamping: deadline - now))
            if count > 0 { return true }
        }
    }
}
