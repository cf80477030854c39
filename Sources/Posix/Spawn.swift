import CLinux
import Glibc

/// Starts programs with exactly what they are given: arguments, environment, descriptors, and fresh signals.
public enum Spawn {
    /// Where a new process stands.
    public enum Group: Sendable {
        /// With its parent, so that the terminal's signals reach it.
        case parents
        /// First of a group of its own.
        case own
        /// First of a session of its own, without a terminal.
        case session
    }

    /// Starts a program.
    ///
    /// - Parameters:
    ///   - path: its executable, absolute.
    ///   - arguments: those after its name; bytes that texts carry (``SystemText``) arrive as they are.
    ///   - environment: all of its variables, as `NAME=value`.
    ///   - descriptors: what it gets, by its number there; of all others, only this process's standard ones stay.
    ///   - group: where it stands.
    /// - Returns: its process number; the caller waits for it.
    public static func start(
        _ path: String, arguments: [String] = [], environment: [String], descriptors: [Int32: Int32],
        group: Group = .session
    ) throws(SystemError) -> Int32 {
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        let copies = try Self.copies(of: descriptors)
        defer { for copy in copies.values { close(copy) } }
        for (target, copy) in copies { unsafe posix_spawn_file_actions_adddup2(&actions, copy, target) }
        let end = max(3, (descriptors.keys.max() ?? 0) + 1)
        for number in 3..<end where descriptors[number] == nil {
            unsafe posix_spawn_file_actions_addclose(&actions, number)
        }
        unsafe posix_spawn_file_actions_addclosefrom_np(&actions, end)
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        unsafe set(&attributes, group)
        return try unsafe withCStrings([path] + arguments) { argumentVector throws(SystemError) -> Int32 in
            try unsafe withCStrings(environment) { environmentVector throws(SystemError) -> Int32 in
                var pid: pid_t = 0
                let failure = unsafe posix_spawn(
                    &pid, argumentVector[0]!, &actions, &attributes, argumentVector, environmentVector)
                guard failure == 0 else { throw SystemError("start \(path)", number: failure) }
                return pid
            }
        }
    }

    /// Waits for the end of a process that was started here.
    ///
    /// - Returns: its status, as `waitpid(2)` gives it; 0 for a process that is nobody's to wait for any more.
    @discardableResult
    public static func status(of pid: Int32) -> Int32 {
        var status: Int32 = 0
        while unsafe waitpid(pid, &status, 0) < 0 && errno == EINTR {}
        return status
    }

    /// Kills a process group, and waits for its first process, which was started here.
    ///
    /// - Returns: its status, as ``status(of:)`` gives it.
    @discardableResult
    public static func endGroup(of pid: Int32) -> Int32 {
        kill(-pid, SIGKILL)
        return status(of: pid)
    }

    /// Copies of descriptors out of the way, by the numbers that they are to get: a source must not be overwritten before
    /// it is used.
    static func copies(of descriptors: [Int32: Int32]) throws(SystemError) -> [Int32: Int32] {
        var copies: [Int32: Int32] = [:]
        // Behind all targets, and no further: there may be few descriptors.
        let first = (descriptors.keys.max() ?? -1) + 1
        for (target, source) in descriptors {
            let copy = fcntl(source, F_DUPFD_CLOEXEC, first)
            guard copy >= 0 else {
                let error = SystemError("fcntl")
                for copy in copies.values { close(copy) }
                throw error
            }
            copies[target] = copy
        }
        return copies
    }

    private static func set(_ attributes: UnsafeMutablePointer<posix_spawnattr_t>, _ group: Group) {
        var none = sigset_t()
        unsafe sigemptyset(&none)
        var all = sigset_t()
        unsafe sigfillset(&all)
        unsafe posix_spawnattr_setsigmask(attributes, &none)
        unsafe posix_spawnattr_setsigdefault(attributes, &all)
        var flags = Int32(POSIX_SPAWN_SETSIGMASK) | Int32(POSIX_SPAWN_SETSIGDEF)
        switch group {
        case .parents: break
        case .own:
            unsafe posix_spawnattr_setpgroup(attributes, 0)
            flags |= Int32(POSIX_SPAWN_SETPGROUP)
        case .session: flags |= 0x80  // POSIX_SPAWN_SETSID, which glibc shows with _GNU_SOURCE only
        }
        unsafe posix_spawnattr_setflags(attributes, Int16(flags))
    }

    private static func withCStrings<Value>(
        _ texts: [String], _ body: ([UnsafeMutablePointer<CChar>?]) throws(SystemError) -> Value
    ) throws(SystemError) -> Value {
        let vector = unsafe texts.map { unsafe copiedSystemBytes($0) } + [nil]
        defer { unsafe vector.forEach { unsafe free($0) } }
        return try unsafe body(vector)
    }
}
