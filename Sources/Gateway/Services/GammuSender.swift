import CLinux
import ClaveDomain
import Glibc
import Posix

/// Hands each message to `gammu-smsd-inject`, which queues it for a modem; the text goes by its standard input, so that
/// no other process can read it in the arguments.
struct GammuSender: MessageSender {
    /// Characters of a message: seven parts of 67. Without it the program cuts every message at 70.
    private static let maximumLength = 469

    /// Where the program lies.
    var program = "/usr/bin/gammu-smsd-inject"
    /// Its configuration; nil for its own default.
    var configuration: String?

    func send(_ text: String, to phone: PhoneNumber) throws(SystemError) {
        let ends = try Descriptor.pipe()
        let theirs = Descriptor(owning: ends.0)
        let ours = Descriptor(owning: ends.1)
        let null = try Descriptor.open("/dev/null", O_RDWR)
        let options = configuration.map { ["-c", $0] } ?? []
        let pid = try Spawn.start(
            program, arguments: options + ["TEXT", phone.text, "-unicode", "-autolen", "\(Self.maximumLength)"],
            environment: ["PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8"],
            descriptors: [0: theirs.number, 1: null.number, 2: null.number])
        close(theirs.release())
        var failure: SystemError?
        do throws(SystemError) { try ours.writeAll(Array(text.utf8)) } catch { failure = error }
        close(ours.release())
        // Also a program that has not read its input is waited for: else it would stay in the process table.
        var status: Int32 = 0
        try retrying("waitpid") { unsafe waitpid(pid, &status, 0) }
        let code = clave_exit_code(status)
        guard code == 0 else { throw SystemError("\(program) ended with \(code)", number: EIO) }
        if let failure { throw failure }
    }
}
