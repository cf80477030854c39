import Posix

/// With whom a process counts where many want the same: all that a shell's line, a window or a service has started is one.
///
/// A process can leave its session for one of its own (setsid(2)), and does so to be counted apart. So a session without a
/// terminal counts with the one that started its first process; if that one, or the first process, has gone, it counts in
/// one group with all others like it. What is left: each terminal that a program makes gives it one more group, and the machine bounds those.
struct SenderGroup: Hashable {
    /// The session's number. 0 for a process that has gone, and for one without a terminal whose session's first process has
    /// ended or lost its parent.
    let session: Int32

    /// Sessions that are looked through on the way up.
    private static let deepest = 16

    init(session: Int32) { self.session = session }

    /// The group of a process, as it is now.
    init(of process: Int32) {
        var session: Int32 = 0
        var next = process
        for _ in 0..<Self.deepest {
            guard let status = ProcessStatus(of: next) else { break }
            session = status.session
            guard status.terminal == 0 else { break }
            guard let leader = ProcessStatus(of: session), leader.parent > 1 else {
                session = 0
                break
            }
            next = leader.parent
        }
        self.session = session
    }
}
