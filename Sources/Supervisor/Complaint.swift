import Glibc
import Posix
import Synchronization
import Wire

/// Where complaints go.
enum Complaint {
    /// Whether to the system's log: once the agent is in the background: whoever started it must not wait for its standard error to close.
    fileprivate static let toSystemLog = Atomic(false)

    /// Sends all that follow to the system's log.
    static func goToSystemLog() { toSystemLog.store(true, ordering: .relaxed) }
}

/// A line on standard error, or in the system's log for an agent in the background.
func complain(_ text: String) {
    complain(plain: "clave-agent: \(text)")
}

/// As above, without the program's name in front.
func complain(plain text: String) {
    guard !Complaint.toSystemLog.load(ordering: .relaxed) else { return logToSystem(text) }
    StandardError.write("\(text)\n")
}

private func logToSystem(_ text: String) {
    unsafe DisplayText.lines(text).withCString { text in
        unsafe withVaList([text]) { unsafe vsyslog(LOG_WARNING, "%s", $0) }
    }
}
