import Posix

/// The programs from which the asking one was started on its terminal: the person's shell is one of them.
struct AskingShells {
    /// Who has the terminal.
    enum Place: Equatable {
        /// One of them: at its prompt, if it is a shell.
        case shell
        /// The job that has asked.
        case asker
        /// Another command, by its process group.
        case command(Int32)
        /// None of them is there any more to be asked about it.
        case gone

        /// Whether a shell may be editing a line.
        var isShells: Bool { self == .shell || self == .gone }
    }

    /// So many are looked for.
    private static let most = 6

    private struct Member {
        let process: Int32
        let startTime: UInt64
    }

    private let members: [Member]
    /// The process group that has asked.
    private let group: Int32

    /// - Parameter status: of the program that asks.
    init(above status: ProcessStatus) {
        var members: [Member] = []
        var parent = status.parent
        while members.count < Self.most, let above = ProcessStatus(of: parent), above.terminal == status.terminal {
            members.append(Member(process: parent, startTime: above.startTime))
            parent = above.parent
        }
        self.members = members
        group = status.group
    }

    /// Who has the terminal now.
    var place: Place {
        let alive = members.compactMap { member in
            ProcessStatus(of: member.process).flatMap {
                $0.startTime == member.startTime && !$0.hasEnded ? $0 : nil
            }
        }
        guard let foreground = alive.first?.foreground, foreground > 0 else { return .gone }
        if alive.contains(where: { $0.group == foreground }) { return .shell }
        return foreground == group ? .asker : .command(foreground)
    }
}
