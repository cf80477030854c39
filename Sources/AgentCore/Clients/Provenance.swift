import EventLoop

/// Who has spoken on a connection since it was made. Trust in it only goes down.
///
/// The kernel tells who called `connect`, and with each message who has sent it. It tells of no `exec`: so the file that
/// the process runs is compared with the one that it ran when the connection was taken. That raises the cost of passing
/// for another program, no more: a program that is quick enough, or that has the other one do its work, is not found out.
///
/// A sender is told by its process number alone, without a pidfd (SO_PASSPIDFD), which would cost a descriptor for each
/// message: that the number still is the one of the process that connected is asked when it matters (``Peer``).
@CoreActor
struct Provenance {
    /// Who connected.
    let peer: Peer
    /// What that process ran then; nil where the kernel did not tell.
    private let program: ProgramFile?
    /// The process that spoke last of those that did not connect; 0 for one that can't be seen from here.
    private(set) var stranger: Int32?
    /// Whether another process has spoken, or the process that connected runs another program now.
    private(set) var hasChanged = false

    /// Of a connection that has just been taken.
    init(_ peer: Peer) {
        self.peer = peer
        program = ProgramMemory.file(of: peer.pid)
    }

    /// The process that is to be named: where another one than the peer has ever spoken, that one.
    var speaker: Int32 { stranger ?? peer.pid }

    /// Looks anew.
    ///
    /// - Parameter stranger: who has sent something without having connected.
    mutating func look(_ stranger: Int32?) {
        if let stranger {
            self.stranger = stranger
            hasChanged = true
        }
        // What can't be read any more may be a process that has ended or hides; it is then named by nothing.
        if let now = ProgramFile(of: peer.pid), now != program { hasChanged = true }
    }
}
