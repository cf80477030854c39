import ClaveDomain
import GatewayServices
import SecureMemory
import Synchronization

/// Who is signed in at the sandbox's procedures; forgotten when the gateway stops.
final class Sessions: Sendable {
    private struct Entry {
        let procedure: Procedure
        let login: Login
        let beganAt: Int64
        var seenAt: Int64
    }

    /// Sessions at a time: for one more, the tenth that has been idle longest is over.
    static let maximumCount = 10_000
    /// Seconds after which a session is over, whatever was asked in it: a page's script may ask for ever, and a person
    /// shows twice a day who they are.
    static let maximumAge: Int64 = 12 * 3600
    private let entries = Mutex<[String: Entry]>([:])

    /// Signs in at a procedure; the cookie's value.
    func begin(_ login: Login, at procedure: Procedure, now: Int64) -> String {
        let name = base64URL(randomBytes(16))
        entries.withLock { entries in
            if entries.count >= Self.maximumCount {
                let idle = entries.sorted { $0.value.seenAt < $1.value.seenAt }.prefix(Self.maximumCount / 10)
                for (name, _) in idle { entries[name] = nil }
            }
            entries[name] = Entry(procedure: procedure, login: login, beganAt: now, seenAt: now)
        }
        return name
    }

    /// Who is signed in at a procedure, unless idle for too long, or for too long altogether.
    func login(_ name: String, at procedure: Procedure, now: Int64) -> Login? {
        entries.withLock { entries in
            guard let entry = entries[name], entry.procedure == procedure else { return nil }
            guard now - entry.seenAt <= ClaveRules.sessionIdle.components.seconds,
                now - entry.beganAt < Self.maximumAge
            else {
                entries[name] = nil
                return nil
            }
            entries[name]?.seenAt = now
            return entry.login
        }
    }

    /// Signs out.
    func end(_ name: String) {
        entries.withLock { $0[name] = nil }
    }
}
