import AgentProtocol
import SSHKeys

/// Where a question is put: one at a time in each lane, and side by side in different ones.
///
/// Two windows are never open at once: a pinentry grabs the keyboard, and what is typed for one window must not go to
/// another that came meanwhile. So where the agent has any way to ask that is no terminal, all questions are in one lane,
/// since `clave-prompt` tries that way first for each of them. Where it has none, there are no windows, and each terminal is
/// a lane of its own. Notices that a token waits to be touched take no answer, and are shown beside all this.
enum QuestionLane: Hashable, Sendable {
    /// In a window, by a program of the person's, or nowhere.
    case elsewhere
    /// On a terminal, by its device, whichever sessions have it: two prompts would read each other's answers.
    case terminal([UInt8])
}

/// Those whom one answer to the question for a locked vault's passphrase serves: all on one terminal, or where there is a
/// window, all of one session. What a stranger's terminal answers is nobody else's answer.
struct QuestionCircle: Hashable, Sendable {
    let lane: QuestionLane
    let session: Int32
}

extension PromptDesk {
    /// Terminals for which nobody has vouched that are asked on at once. They can't fill what other lanes need.
    static let mostStrangers = 8
    /// Questions that may wait in one line: those of one lane, and those of all terminals that nobody has vouched for.
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
        return terminal.isEmpty ? .elsewhere : .terminal(Array(terminal.utf8))
    }

    /// Whose questions have turns together.
    func asker(_ client: ClientConnection) -> FairLanes<QuestionLane>.Asker {
        let isForwarded = client.trail.isForwarded
        let identity = client.terminal
        return .init(
            isTrusted: { [terminals] in terminals.isVouched(identity) },
            session: isForwarded ? 0 : client.session, process: isForwarded ? 0 : client.process)
    }

    /// Whom an answer to the client's question serves.
    func circle(of client: ClientConnection) -> QuestionCircle {
        QuestionCircle(lane: lane(of: client), session: client.trail.isForwarded ? 0 : client.session)
    }
}
