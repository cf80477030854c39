import CLinux
import Foundation
import Glibc
import SecureMemory
import TestSupport
import Testing

@Suite struct HardeningTests {
    @Test func `the kernel confirms what hardening says`() async {
        await #expect(processExitsWith: .success) {
            let outcome = Hardening.apply()
            // An exit test has no first thread any more, so that `/proc/self` would tell of a dead one.
            demand(1, outcome.coreDumpsOff && outcome.notDumpable && outcome.noNewPrivileges)
            demand(2, !outcome.memoryLocked)
            let limits = try kernelText("/proc/self/limits")
            let core = try #require(limits.split(separator: "\n").first { $0.hasPrefix("Max core file size") })
            demand(3, core.split(separator: " ").suffix(3) == ["0", "0", "bytes"])
            let status = try kernelText("/proc/thread-self/status")
            demand(4, status.contains("NoNewPrivs:\t1\n"))
            demand(5, status.contains("Umask:\t0077\n"))
            // The kernel gives the files of an undumpable process to root.
            demand(6, clave_prctl(PR_GET_DUMPABLE, 0) == 0)
        }
    }

    @Test func `another process of the user can't read a hardened process's memory`() async throws {
        // Root may read any process; the promise is to an ordinary user. Setting ids makes the child one.
        await #expect(processExitsWith: .success) {
            if getuid() == 0 { demand(7, setgid(65534) == 0 && setuid(65534) == 0) }
            // A change of ids takes dumpability away by itself: give it back, so that only hardening can.
            demand(8, clave_prctl(PR_SET_DUMPABLE, 1) == 0)
            demand(9, isReadable())
            Hardening.apply()
            demand(10, !isReadable())
        }
    }

    @Test func `memory is locked where no limit forbids it, and only if asked`() async {
        await #expect(processExitsWith: .success) {
            var limit = rlimit()
            getrlimit(__rlimit_resource_t(8), &limit)
            let outcome = Hardening.apply(lockingMemory: true)
            demand(11, outcome.memoryLocked == (limit.rlim_cur == rlim_t.max))
            let secret = SecretBytes.random(count: 64 << 10)
            let status = try kernelText("/proc/thread-self/status")
            let locked = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmLck:") })
            let kibibytes = locked.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
            demand(12, kibibytes >= 64)
            demand(13, secret.count == 64 << 10)
        }
    }
}

/// Ends a child process with the number of what does not hold: the parent shows an exit code, no more.
private func demand(_ number: Int32, _ condition: Bool) {
    if !condition { _exit(number) }
}

/// Whether another program, run by the same user, may open this process's environment, as it may open its memory.
private func isReadable() -> Bool {
    var child: pid_t = 0
    guard let thread = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/thread-self") else {
        return false
    }
    let arguments = ["/bin/sh", "-c", "exec 3</proc/\(thread)/environ", nil].map { $0.flatMap { strdup($0) } }
    guard posix_spawn(&child, "/bin/sh", nil, nil, arguments, environ) == 0 else { return false }
    var status: Int32 = 0
    waitpid(child, &status, 0)
    return status == 0
}
