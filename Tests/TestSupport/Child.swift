import Dispatch
import Foundation
public import Glibc
import Posix
import Synchronization

/// A program that a test has started, and that ends with it or after five minutes at the latest: whoever waits for what
/// it says hears its end, so that a test fails instead of waiting for ever.
///
/// Foundation's `Process` learns of a program's end from a descriptor that every program started meanwhile may inherit,
/// and then waits for all of them: several tests at once have waited for each other. This asks the kernel.
///
/// Its end is collected at once, whether anybody asks or not: while one child of the runner stays a zombie, Swift Testing
/// hears of the end of no exit test that comes after it in the kernel's list.
public final class Child: Sendable {
    /// The process, first of a session of its own.
    public let pid: pid_t
    private let status = Mutex<Int32?>(nil)

    /// Starts a program with what it gets by its number there; where nothing is given it reads nothing and its words go
    /// nowhere.
    public init(
        _ path: String, _ arguments: [String] = [], environment: [String: String], descriptors: [Int32: Int32] = [:],
        limit seconds: Int = 300
    ) throws {
        let null = try Descriptor.open("/dev/null", O_RDWR)
        var all: [Int32: Int32] = [0: null.number, 1: null.number, 2: null.number]
        all.merge(descriptors) { $1 }
        pid = try Spawn.start(
            path, arguments: arguments, environment: environment.map { "\($0.key)=\($0.value)" }, descriptors: all)
        collect()
        DispatchQueue.global().asyncAfter(deadline: .now() + .seconds(seconds)) { [weak self] in self?.signal(SIGKILL) }
    }

    /// Starts a program whose words go into files.
    public convenience init(
        _ path: String, _ arguments: [String] = [], environment: [String: String], input: String = "/dev/null",
        output: String
    ) throws {
        let reading = try Descriptor.open(input, O_RDONLY | O_NOCTTY)
        let writing = try Descriptor.open(output, O_WRONLY | O_CREAT | O_APPEND | O_NOCTTY)
        try self.init(
            path, arguments, environment: environment,
            descriptors: [0: reading.number, 1: writing.number, 2: writing.number])
    }

    deinit { end(SIGKILL) }

    /// Whether it still runs.
    public var isRunning: Bool { reap(WNOHANG) == nil }

    /// Sends it a signal; SIGKILL also to all that it has started and that stayed in its group.
    public func signal(_ number: Int32) {
        status.withLock { status in
            if status == nil { kill(number == SIGKILL ? -pid : pid, number) }
        }
    }

    /// Ends it by a signal and waits until it is gone.
    @discardableResult
    public func end(_ number: Int32 = SIGTERM) -> Int32 {
        signal(number)
        return exitCode
    }

    /// Waits for its end: its exit code, or 128 and the signal's number.
    public var exitCode: Int32 {
        // Looks again and again, so that the limit's signal and a second waiter find the lock free.
        while true {
            if let status = reap(WNOHANG) { return status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + status & 0x7F }
            usleep(2000)
        }
    }

    /// Waits for its end on a thread of its own, which does not keep it.
    private func collect() {
        let thread = Thread { [weak self, pid] in
            var end = siginfo_t()
            while waitid(P_PID, id_t(pid), &end, WEXITED | WNOWAIT) != 0, errno == EINTR {}
            _ = self?.reap(WNOHANG)
        }
        thread.stackSize = 1 << 16
        thread.start()
    }

    private func reap(_ options: Int32) -> Int32? {
        status.withLock { status in
            if status != nil { return status }
            var found: Int32 = 0
            if waitpid(pid, &found, options) == pid { status = found }
            return status
        }
    }
}
