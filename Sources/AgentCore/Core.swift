import AgentProtocol
import CLinux
import EventLoop
import Glibc
import Posix
import Wire

/// The core of the agent: owns every client connection and, by its parts, every key; helpers are asked for all that touches
/// the world.
@CoreActor
final class Core {
    let parts: CoreParts
    /// Answers every client.
    let dispatcher: Dispatcher

    private var listener: Descriptor
    private let owner = geteuid()
    private var clients: ClientTable
    private var isAccepting = true
    /// Whether more may wait than the last turn took or looked at.
    private var isCrowded = false

    /// Clients at once, where so many descriptors can be had.
    nonisolated static let mostClients = 8192
    /// Descriptors that clients leave: 64 of helpers, 7 that are always open, and those of files that are open for a moment.
    nonisolated static let ownDescriptors = 80
    /// Clients that are taken in one turn of the loop: those that are there already have theirs in between.
    private static let acceptsPerTurn = 16
    /// Connections that are looked at in one turn, most of which have been given up by then.
    private static let looksPerTurn = 256
    /// Milliseconds until the kernel is asked again, where it had no descriptor.
    private static let shortage: UInt64 = 100

    init(
        _ configuration: CoreConfiguration, control: consuming PacketChannel, listener: consuming Descriptor,
        openFiles: Int, shield: Shield = Shield()
    ) {
        // Where there are few, the helpers get most of them.
        let room = max(openFiles - Self.ownDescriptors, openFiles / 4, 1)
        clients = ClientTable(room: min(Self.mostClients, room))
        self.listener = listener
        parts = CoreParts(configuration, control: control, shield: shield)
        dispatcher = parts.dispatcher()
    }

    /// Begins to accept clients, and says so.
    func start() throws(SystemError) {
        try listen()
        parts.effects.connect(self)
        parts.helpers.tellReady()
    }

    /// Accepts clients at this socket from now on.
    func listen(at socket: consuming Descriptor) {
        EventLoop.shared.forget(listener.number)
        listener = socket
        isAccepting = true
        do throws(SystemError) { try listen() } catch { DebugLog.write("the new socket can't be used: \(error)") }
    }

    private func listen() throws(SystemError) {
        try listener.setNonblocking()
        _ = clave_ask_senders(listener.number)
        EventLoop.shared.watch(listener.number, for: .readable) { [weak self] _ in
            CoreActor.assumeIsolated { self?.acceptAll() }
        }
    }

    // MARK: Clients

    private func acceptAll() {
        var taken = 0
        for _ in 0..<Self.looksPerTurn where isAccepting && taken < Self.acceptsPerTurn {
            let number = clave_accept(listener.number)
            guard number >= 0 else {
                if [EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(errno) { endureShortage() }
                return isCrowded = false
            }
            let socket = Descriptor(owning: number)
            // Looked for only in a crowd: it is one more system call for each.
            if isCrowded, Self.wasGivenUp(socket) { continue }
            taken += 1
            admit(socket)
        }
        isCrowded = true
    }

    /// Whether a client has gone without a word, or in the middle of one. Who connects and hangs up over and over fills the
    /// line in which others stand as well, and so costs as little as can be.
    private static func wasGivenUp(_ socket: borrowing Descriptor) -> Bool {
        var byte: UInt8 = 0
        let count = unsafe recv(socket.number, &byte, 1, Int32(MSG_PEEK | MSG_DONTWAIT))
        guard count > 0 else { return count == 0 }
        var entry = pollfd(fd: socket.number, events: Int16(EPOLLRDHUP.rawValue), revents: 0)
        return unsafe poll(&entry, 1, 0) == 1 && FrameStream.endsShort(socket.number)
    }

    /// The kernel has no descriptor: somebody gives one up, or all wait for a moment. The loop must not be told all the time.
    private func endureShortage() {
        DebugLog.write("no more clients can be taken: \(SystemError("accept"))")
        clients.leastMissed().forEach { $0.close() }
        pauseAccepting()
    }

    /// Lets further clients wait in the kernel, until one leaves or could.
    private func pauseAccepting() {
        setAccepting(false)
        EventLoop.shared.after(milliseconds: Self.shortage) { [weak self] in
            CoreActor.assumeIsolated {
                guard let self, !self.isAccepting else { return }
                if self.clients.isFull, self.clients.leastMissed().isEmpty {
                    self.pauseAccepting()
                } else {
                    self.setAccepting(true)
                }
            }
        }
    }

    private func setAccepting(_ accepting: Bool) {
        guard accepting != isAccepting else { return }
        isAccepting = accepting
        EventLoop.shared.change(listener.number, to: accepting ? .readable : [])
    }

    /// Takes a client of the same user; all others are refused by what the kernel says of them.
    private func admit(_ socket: consuming Descriptor) {
        do throws(SystemError) {
            let peer = try Peer(socket: socket.number)
            guard peer.uid == owner || peer.uid == 0 else {
                return DebugLog.write("refused a client of user \(peer.uid)")
            }
            if clients.isFull { clients.leastMissed().forEach { $0.close() } }
            let client = ClientConnection(socket, peer: peer, dispatcher: dispatcher) {
                [weak self] client in self?.left(client)
            }
            clients.add(client)
            if clients.isFull, clients.leastMissed().isEmpty { pauseAccepting() }
        } catch {
            DebugLog.write("a client could not be taken: \(error)")
        }
    }

    private func left(_ client: ClientConnection) {
        clients.remove(client)
        setAccepting(true)
    }
}
