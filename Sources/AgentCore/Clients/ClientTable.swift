import EventLoop

/// What counts when one of many connections has to give way to a new one.
struct ConnectionUse {
    /// Who connected.
    let process: Int32
    /// Whether a request of its is being answered.
    let isBusy: Bool
    /// When its last request came, in milliseconds of the steady clock.
    let lastRequest: UInt64
}

/// The clients that are connected. There is room for so many; a further one takes the place of that which is missed
/// least, so that no program shuts others out by connections that it only holds.
@CoreActor
struct ClientTable {
    /// Connections of one process that are left alone while they are busy.
    private nonisolated static let fairShare = 8
    /// What part of all ends at once where there is no room, so that a storm of new ones costs little for each.
    private static let partThatEnds = 256

    private let room: Int
    private var clients: [ObjectIdentifier: ClientConnection] = [:]

    /// - Parameter room: how many connections there may be.
    init(room: Int) { self.room = room }

    var count: Int { clients.count }
    var isFull: Bool { clients.count >= room }

    mutating func add(_ client: ClientConnection) { clients[ObjectIdentifier(client)] = client }

    mutating func remove(_ client: ClientConnection) { clients[ObjectIdentifier(client)] = nil }

    /// Those that give way, the one that is missed least first; none if all others are of more use than a new one.
    func leastMissed() -> [ClientConnection] {
        let uses = clients.mapValues(\.use)
        return Self.leastMissed(uses, max(1, room / Self.partThatEnds)).compactMap { clients[$0] }
    }

    /// The process with the most connections gives first: the one that it has not used for longest. One that is being
    /// answered gives only if its process has no idle one and more than its share.
    nonisolated static func leastMissed<Name: Hashable>(_ uses: [Name: ConnectionUse], _ count: Int) -> [Name] {
        let processes = Dictionary(grouping: uses.keys) { uses[$0]!.process }
        for names in processes.values.sorted(by: { $0.count > $1.count }) {
            let idle = names.filter { !uses[$0]!.isBusy }
            let candidates = idle.isEmpty && names.count > fairShare ? names : idle
            let oldest = candidates.sorted { uses[$0]!.lastRequest < uses[$1]!.lastRequest }
            // No more than leaves the process as many as others may have.
            if !oldest.isEmpty { return Array(oldest.prefix(max(1, min(count, names.count - fairShare)))) }
        }
        return []
    }
}
