import CLinux
import Glibc
import Posix

/// How the supervisor starts processes: from a fixed folder, with a clean environment, and nothing but what they need. And the
/// signals by which it hears of their ends.
extension Supervisor {
    /// Starts a program.
    static func start(
        _ program: String, _ descriptors: [Int32: Int32], _ debug: Bool, _ prompt: [String: String] = [:]
    ) throws(SystemError) -> Int32 {
        guard let folder = Places.programs else { throw OwnProgram.unknown }
        let path = folder + "/" + program
        try TrustedFile.check(path)
        let null = try Descriptor.open("/dev/null", O_RDWR)
        return try Spawn.start(
            path, environment: Places.variables(for: program, prompt: prompt),
            descriptors: withStandard(descriptors, null.number, debug))
    }

    /// Starts a copy of this process, which runs `main`.
    static func fork(
        _ program: String, _ descriptors: [Int32: Int32], _ debug: Bool, _ main: () -> Int32
    ) throws(SystemError) -> Int32 {
        let null = try Descriptor.open("/dev/null", O_RDWR)
        return try Spawn.fork(
            as: program, environment: Places.variables(for: program),
            descriptors: withStandard(descriptors, null.number, debug), main)
    }

    /// Nothing to read, and words only for the debug log.
    private static func withStandard(_ descriptors: [Int32: Int32], _ null: Int32, _ debug: Bool) -> [Int32: Int32] {
        descriptors.merging([0: null, 1: null, 2: debug ? 2 : null]) { given, _ in given }
    }

    /// Has the signals that matter come by a descriptor.
    static func catchSignals() throws(SystemError) -> Descriptor {
        var set = sigset_t()
        unsafe sigemptyset(&set)
        for signal in [SIGCHLD, SIGTERM, SIGINT, SIGHUP, SIGUSR1] { unsafe sigaddset(&set, signal) }
        unsafe sigprocmask(SIG_BLOCK, &set, nil)
        let number = try retrying("signalfd") {
            unsafe signalfd(-1, &set, Int32(SFD_CLOEXEC) | Int32(SFD_NONBLOCK))
        }
        return Descriptor(owning: number)
    }
}
