import AgentProtocol
import EventLoop
import SSHKeys

/// Where a question is put: one at a time in each lane, and side by side in different ones.
///
/// Two windows are never open at once: a pinentry grabs the keyboard, and what is typed for one window must not go to
/// another that came meanwhile. So where the agent has any way to ask that is no terminal, all questions are in one lane,
/// since `clave-prompt` tries that way first for each of them. Where it has none, there are no windows, and each job of a
/// terminal is a lane of its own: `clave-prompt` shows a question, and reads what is typed, only while the asking job is in
/// the terminal's foreground, as one is at a time. So what waits in the background holds up no question of the job that the
/// person is at. Notices that a token waits to be touched take no answer, and are shown beside all this.
enum QuestionLane: Hashable, Sendable {
    /// In a window, by a program of the person's, or nowhere.
    case elsewhere
    /// On a terminal, by its device and the process group that asks.
    case terminal([UInt8], job: Int32)
}

/// Those whom one answer to the question for a locked vault's passphrase serves: all of one job on a terminal, or where there
/// is a window, all of one session. What a stranger's terminal answers is nobody else's answer.
struct QuestionCircle: Hashable, Sendable {
    let lane: QuestionLane
    let session: Int32
}

extension PromptDesk {
    /// Jobs that are asked in at once, on terminals for which nobody has vouched or in the background of others. They can't
    /// fill what other lanes need.
    static let mostStrangers = 8
    /// Questions that may wait in one line: those of one lane, and those of all such jobs.
    static let longestLine = 32
    /// Questions of one process in one lane; those of other hosts count as one process's.
    static let mostOfProcess = 8

    static func makeLanes() -> FairLanes<QuestionLane> {
        FairLanes(.init(atOnce: mostStrangers, line: longestLine, process: mostOfProcess)) { lane, isVouched in
            lane != .elsewhere && !isVouched
        }
    }

    /// The lane of a client's questions, as things are now.
    func lane(of client: ClientConnection) -> QuestionLane {
        guard !asksElsewhere else { return .elsewhere }
        let terminal = client.terminalPath
        return terminal.isEmpty ? .elsewhere : .terminal(Array(terminal.utf8), job: client.job.group)
    }

    /// Whose questions have turns together.
    func asker(_ client: ClientConnection) -> FairLanes<QuestionLane>.Asker {
        let identity = client.terminal
        // What is in the background could be any number of jobs, and nobody is at them.
        let mayBeTrusted = asksElsewhere || client.job.isInFront
        return .init(client) { [terminals] in mayBeTrusted && terminals.isVouched(identity) }
    }

    /// Whom an answer to the client's question serves.
    func circle(of client: ClientConnection) -> QuestionCircle {
        QuestionCircle(lane: lane(of: client), session: client.trail.isForwarded ? 0 : client.session)
    }
}

extension FairLanes.Asker {
    /// A client; those of other hosts count as one.
    @CoreActor
    init(_ client: ClientConnection, isTrusted: @escaping @CoreActor () -> Bool) {
        let isForwarded = client.trail.isForwarded
        self.init(
            isTrusted: isTrusted, session: isForwarded ? 0 : client.session, process: isForwarded ? 0 : client.process)
    }
}

extension AgentError {
    /// For a client that gets no turn in a lane.
    init(_ refusal: LaneRefusal) {
        switch refusal {
        case .full: self.init(.busy, "too many requests wait")
        case .cancelled: self.init(.denied, "the asking program went away")
        }
    }
}
