import EventLoop
import Glibc
import Posix

/// Which sessions have which terminals, by a look at every process (proc_pid_stat(5)).
///
/// Such a look costs the more the more processes there are, and whoever asks can have one taken at each question. So one look
/// is good for all terminals and for a while, and all looks together take a fifth of the time at most.
@CoreActor
struct TerminalSessions {
    /// Milliseconds for which a look is good.
    private static let freshness: UInt64 = 100
    /// Milliseconds of looking that may be saved up, for many who come at once.
    private static let mostSaved: Double = 500
    /// Of the time.
    private static let share = 0.2

    /// The sessions of each terminal, by its number.
    private(set) var of: [UInt64: Set<Int32>] = [:]
    private var lookedAt: UInt64 = 0
    private var saved = mostSaved

    /// Whether the last look is too old.
    var isDue: Bool { lookedAt == 0 || SteadyClock.milliseconds - lookedAt >= Self.freshness }

    /// Looks anew, unless that was done too often.
    mutating func lookAgain() {
        let began = SteadyClock.milliseconds
        saved = min(Self.mostSaved, saved + Double(began - lookedAt) * Self.share)
        guard saved > 0 else { return }
        of = Self.look()
        lookedAt = SteadyClock.milliseconds
        saved -= Double(max(lookedAt - began, 1))
    }

    /// Nothing where processes can't be listed.
    private static func look() -> [UInt64: Set<Int32>] {
        guard let folder = unsafe opendir("/proc") else { return [:] }
        defer { unsafe closedir(folder) }
        var sessions: [UInt64: Set<Int32>] = [:]
        while let entry = unsafe readdir(folder) {
            guard let pid = unsafe number(entry.pointee.d_name), let status = ProcessStatus(of: pid),
                status.terminal != 0
            else { continue }
            sessions[status.terminal, default: []].insert(status.session)
        }
        return sessions
    }

    /// The process that an entry of `/proc` stands for.
    private static func number<Name>(_ name: Name) -> Int32? {
        unsafe withUnsafeBytes(of: name) { bytes in
            unsafe Int32(String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self))
        }
    }
}
