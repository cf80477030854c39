import AgentProtocol
import Glibc
import Posix

/// The processes that the supervisor has started for the core, by the core's numbers.
struct HelperTable {
    /// Helpers at once, of all kinds; the core keeps to each kind's own number.
    static let maximumCount = HelperKind.allCases.reduce(0) { $0 + $1.mostAtOnce }
    /// Milliseconds between the word to end and the end.
    static let grace: UInt64 = 2000

    private struct Entry {
        let number: UInt32
        let pid: Int32
        var killAt: UInt64?
    }

    private var entries: [Entry] = []

    /// Whether no more may be started.
    var isFull: Bool { entries.count >= Self.maximumCount }

    /// Adds a process that has started.
    mutating func add(_ number: UInt32, pid: Int32) {
        entries.append(Entry(number: number, pid: pid))
    }

    /// Tells a helper to end; it is killed if it has not by the grace's end.
    mutating func stop(_ number: UInt32, now: UInt64) {
        guard let place = entries.firstIndex(where: { $0.number == number && $0.killAt == nil }) else { return }
        kill(entries[place].pid, SIGTERM)
        entries[place].killAt = now + Self.grace
    }

    /// Tells all helpers to end.
    mutating func stopAll(now: UInt64) {
        for entry in entries { stop(entry.number, now: now) }
    }

    /// Kills what has outlived its grace.
    mutating func killOverdue(now: UInt64) {
        for entry in entries where entry.killAt.map({ $0 <= now }) == true { kill(entry.pid, SIGKILL) }
    }

    /// Kills all at once.
    func killAll() {
        for entry in entries { kill(entry.pid, SIGKILL) }
    }

    /// When the next one is overdue, in milliseconds of the same clock.
    var nextKill: UInt64? { entries.compactMap(\.killAt).min() }

    /// Forgets an ended process; its number, if it was a helper.
    mutating func remove(pid: Int32) -> UInt32? {
        guard let place = entries.firstIndex(where: { $0.pid == pid }) else { return nil }
        return entries.remove(at: place).number
    }

    /// The program of a kind.
    static func program(_ kind: HelperKind) -> String {
        switch kind {
        case .pluginHost: "clave-plugin-host"
        case .link: "clave-link"
        case .prompt: "clave-prompt"
        case .keyring: "clave-keyring"
        case .securityKey: "clave-sk-helper"
        }
    }
}
