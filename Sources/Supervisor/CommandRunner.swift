import CLinux
import Glibc
import Posix

/// Becomes the command that an agent lives for, as ssh-agent does: so its status, its terminal and its signals are its
/// own, and who started the agent has started the command.
enum CommandRunner {
    /// Replaces this process; the command finds the agent in its environment.
    ///
    /// - Parameters:
    ///   - arguments: byte for byte what this program was given (``SystemText``).
    ///   - variables: what it gets besides this process's variables.
    /// - Returns: only if it can't: why.
    static func become(_ arguments: [String], variables: [(name: String, value: String)]) -> SystemError {
        FreshStart.undo()
        for (name, value) in variables { unsafe setenv(name, value, 1) }
        let vector = unsafe arguments.map { unsafe copiedSystemBytes($0) } + [nil]
        unsafe execvp(vector[0]!, vector)
        let error = SystemError(arguments[0])
        unsafe vector.forEach { unsafe free($0) }
        return error
    }
}

/// The process that the agent lives for.
struct Owner: ~Copyable {
    /// Becomes readable when the process has ended; nil if the kernel sends `SIGTERM` then.
    let descriptor: Descriptor?

    /// Watches the parent of this process.
    ///
    /// - Parameter pid: what the parent's number was at the fork.
    /// - Returns: nil if it has ended already.
    init?(parent pid: Int32) {
        let number = clave_pidfd_open(pid)
        if number >= 0 {
            descriptor = Descriptor(owning: number)
        } else {
            clave_prctl(PR_SET_PDEATHSIG, UInt(SIGTERM))
            descriptor = nil
        }
        // Asked after the watch is set: an end before it would not be told.
        guard getppid() == pid else { return nil }
    }
}

/// Programs that may be started with a socket to the keys.
enum TrustedFile {
    /// Refuses a file that another user owns or could change.
    static func check(_ path: String) throws(SystemError) {
        var status = stat()
        try retrying("stat \(path)") { unsafe stat(path, &status) }
        let isOurs = status.st_uid == 0 || status.st_uid == geteuid()
        guard isOurs, status.st_mode & 0o022 == 0 else {
            throw SystemError("\(path) belongs to another user or is writable by others", number: EPERM)
        }
    }
}
