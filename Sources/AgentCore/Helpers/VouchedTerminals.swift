import AgentProtocol
import CLinux
import Glibc
import Posix

/// A terminal in the hands of one session, held so that another of the same number can't pass for it.
final class TerminalPlace {
    let identity: TerminalIdentity
    /// Only names the device, and so keeps nobody from using or closing it.
    private let device: Descriptor

    /// The terminal, if it is one of this user's.
    init?(_ identity: TerminalIdentity) {
        guard let path = identity.path, let device = try? Descriptor.open(path, clave_o_path() | O_NOFOLLOW) else {
            return nil
        }
        var facts = stat()
        guard unsafe fstat(device.number, &facts) == 0, facts.st_mode & S_IFMT == S_IFCHR,
            UInt64(facts.st_rdev) == identity.device, facts.st_uid == geteuid()
        else { return nil }
        self.identity = identity
        self.device = device
    }

    /// Whether it is still there: the name of a pseudo-terminal goes when its other end is closed, before its number is
    /// given to the next.
    var isThere: Bool {
        var facts = stat()
        return unsafe fstat(device.number, &facts) == 0 && facts.st_nlink > 0
    }
}

/// The terminals that the person has vouched for: the one on which the agent was started, and those on which the vault's
/// passphrase was typed rightly since the agent was last locked.
final class VouchedTerminals {
    /// Terminals at once; the oldest makes room.
    private static let maximumCount = 64

    private let start: TerminalPlace?
    private var places: [TerminalPlace] = []
    /// How often all were forgotten: what was typed before vouches for nothing.
    private var lockings = 0

    /// - Parameter start: the terminal on which the agent was started; nil for none.
    init(start: TerminalIdentity?) {
        self.start = start.flatMap(TerminalPlace.init)
    }

    /// Where a secret is being typed, and when that began.
    struct Candidate {
        let place: TerminalPlace
        fileprivate let lockings: Int
    }

    /// A terminal on which something is about to be typed; nil if it can't be told from others.
    func candidate(_ identity: TerminalIdentity?) -> Candidate? {
        guard let identity, let place = known(identity) ?? TerminalPlace(identity) else { return nil }
        return Candidate(place: place, lockings: lockings)
    }

    /// The terminal if the person has vouched for it.
    private func known(_ identity: TerminalIdentity) -> TerminalPlace? {
        ([start].compactMap { $0 } + places).first { $0.identity == identity && $0.isThere }
    }

    /// Whether the person has vouched for a terminal; holds nothing open.
    func isVouched(_ identity: TerminalIdentity?) -> Bool {
        identity.flatMap(known) != nil
    }

    /// Whether the person has vouched for it.
    func isVouched(_ candidate: Candidate) -> Bool {
        guard candidate.place.isThere else { return false }
        return candidate.place === start || places.contains { $0 === candidate.place }
    }

    /// Takes the right passphrase, typed there, for the person's word.
    func vouch(_ candidate: Candidate?) {
        guard let candidate, candidate.lockings == lockings, candidate.place.isThere, !isVouched(candidate) else {
            return
        }
        places.removeAll { !$0.isThere }
        if places.count >= Self.maximumCount { places.removeFirst() }
        places.append(candidate.place)
    }

    /// Forgets all but the agent's own.
    func forget() {
        lockings += 1
        places = []
    }
}
