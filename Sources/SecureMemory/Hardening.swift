import CLinux
import Glibc

/// What a process does before it reads any option, so that its memory stays its own.
public enum Hardening {
    /// What could be had of it; a test reads the same from `/proc/self`.
    public struct Outcome: Equatable, Sendable {
        /// No core file is ever written.
        public let coreDumpsOff: Bool
        /// No other process of the user can attach or read the memory (`PR_SET_DUMPABLE` 0).
        public let notDumpable: Bool
        /// A program started from here gains no privileges (`PR_SET_NO_NEW_PRIVS`).
        public let noNewPrivileges: Bool
        /// All memory, present and to come, is locked: where `RLIMIT_MEMLOCK` permits it.
        public let memoryLocked: Bool
    }

    /// Turns off core dumps, tracing and new privileges, sets a private umask, ignores
    /// `SIGPIPE` and `SIGXFSZ`, and locks memory if asked.
    ///
    /// Call it on the first thread before there is another: the kernel keeps "no new privileges" for each thread, and
    /// a new thread has it from its maker.
    ///
    /// - Parameters:
    ///   - lockingMemory: for a process that holds keys and nothing large.
    ///   - isNamed: for a tool that asks the agent: of a process that can't be traced the kernel tells nobody but root
    ///     which program it is, and the agent could not say who asks.
    @discardableResult
    public static func apply(lockingMemory: Bool = false, isNamed: Bool = false) -> Outcome {
        umask(0o077)
        // A peer that goes away is an error to handle, not a reason to die.
        signal(SIGPIPE, SIG_IGN)
        // So is a file that would become larger than its user permits (`ulimit -f`).
        signal(SIGXFSZ, SIG_IGN)
        var none = rlimit(rlim_cur: 0, rlim_max: 0)
        let coreDumpsOff = unsafe setrlimit(resource(RLIMIT_CORE), &none) == 0
        let notDumpable = !isNamed && clave_prctl(PR_SET_DUMPABLE, 0) == 0
        let noNewPrivileges = clave_prctl(PR_SET_NO_NEW_PRIVS, 1) == 0
        let memoryLocked = lockingMemory && lockEverything()
        return Outcome(
            coreDumpsOff: coreDumpsOff, notDumpable: notDumpable, noNewPrivileges: noNewPrivileges,
            memoryLocked: memoryLocked)
    }

    /// Keeps others of the user out of this process until it becomes another program, which gets nothing of it: for one
    /// that is to become the person's own command.
    public static func hideUntilExec() {
        _ = clave_prctl(PR_SET_DUMPABLE, 0)
    }

    private static func resource(_ name: __rlimit_resource) -> __rlimit_resource_t {
        __rlimit_resource_t(name.rawValue)
    }

    /// Locks pages as they are touched (`MCL_ONFAULT`), but only where no limit could make a later allocation fail.
    private static func lockEverything() -> Bool {
        var limit = rlimit()
        guard unsafe getrlimit(resource(__RLIMIT_MEMLOCK), &limit) == 0 else { return false }
        if limit.rlim_cur < limit.rlim_max {
            limit.rlim_cur = limit.rlim_max
            _ = unsafe setrlimit(resource(__RLIMIT_MEMLOCK), &limit)
        }
        guard limit.rlim_cur == rlim_t.max else { return false }
        let current: Int32 = 1
        let future: Int32 = 2
        let onFault: Int32 = 4
        return mlockall(current | future | onFault) == 0
    }
}
