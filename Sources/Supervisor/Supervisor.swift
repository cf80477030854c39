import AgentProtocol
import CLinux
import Glibc
import Posix
import Wire

/// Starts the core and, at its word, helpers; hands out their sockets; reaps, restarts, reports. It never sees a key or
/// what a request holds.
final class Supervisor {
    /// How the agent came to its end.
    enum End: Equatable {
        /// It was told to, or the process that it lived for has ended.
        case stopped
        /// The core crashed again and again.
        case failed(String)
    }

    /// Restarts of the core within a minute before the agent gives up.
    private static let maximumRestarts = 5

    var socket: AgentSocket
    let watch: SocketWatch?
    /// Whether the socket's file may have gone before it was watched.
    var mustLook = true
    /// How to run, and for each core after the first, what those before it knew the vault's passphrase by.
    private var configuration: CoreConfiguration
    private let prompt: [String: String]
    private let signals: Descriptor
    var control = ControlLine()
    private var core: Int32 = 0
    /// What the first core runs; nil once it has been started.
    private var firstCore: (() -> Int32)?
    private var helpers = HelperTable()
    private var restarts: [UInt64] = []
    /// When the core is started again, in milliseconds of the steady clock; nil while it runs.
    private var restartAt: UInt64?
    private var end: End?
    /// Readable once the process that the agent lives for has ended.
    private let owner: Descriptor?
    /// Called once, when the core listens.
    private var onReady: ((_ socket: String) -> Void)?
    /// Called when the agent has been told to end.
    var onStop: (() -> Void)?

    /// - Parameters:
    ///   - core: what the first core runs; see ``startCore()``.
    ///   - owner: a pidfd of the process with which the agent ends; nil for none.
    ///   - onReady: called once, when tools can connect, with the socket's path.
    init(
        _ socket: consuming AgentSocket, _ configuration: CoreConfiguration, prompt: [String: String],
        core: @escaping () -> Int32, owner: consuming Descriptor?, onReady: @escaping (_ socket: String) -> Void
    ) throws(SystemError) {
        firstCore = core
        watch = SocketWatch(socket.path)
        self.socket = socket
        self.configuration = configuration
        self.prompt = prompt
        self.owner = owner
        self.onReady = onReady
        signals = try Self.catchSignals()
        try startCore()
    }

    /// Runs until the end; nothing of the agent is left then.
    func run() -> End {
        while end == nil || core != 0 { step() }
        helpers.killAll()
        socket.remove()
        return end ?? .stopped
    }

    // MARK: One step

    private func step() {
        // The kernel skips what is negative.
        let (owner, watch) = end == nil ? (ownerNumber, watchNumber) : (-1, -1)
        var entries = [signals.number, control.number, owner, watch].map {
            pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
        }
        let count = unsafe poll(&entries, nfds_t(entries.count), timeout())
        guard count >= 0 else { return }
        let heard = core
        if entries[0].revents != 0 { readSignal() }
        // The signal may have brought another core: what was heard is the former one's end, not its word.
        if entries[1].revents != 0, core == heard { readControl() }
        if entries[2].revents != 0 { stop(.stopped) }
        if entries[3].revents != 0 || (mustLook && end == nil) { lookForSocket() }
        let now = SteadyClock.milliseconds
        helpers.killOverdue(now: now)
        if end == nil, let restartAt, restartAt <= now { restart() }
    }

    private var ownerNumber: Int32 {
        switch owner {
        case .some(let owner): owner.number
        case .none: -1
        }
    }

    private func timeout() -> Int32 {
        // Not at once: a file system that tells no number of names must not keep it busy.
        if mustLook, end == nil { return 1 }
        let restart = end == nil ? restartAt : nil
        guard let next = [helpers.nextKill, restart].compactMap(\.self).min() else { return end == nil ? -1 : 100 }
        let now = SteadyClock.milliseconds
        return next <= now ? 10 : Int32(clamping: next - now)
    }

    // MARK: The core

    /// The first core is a copy of this process: it is there at once, and shares with this one the memory that both have
    /// alike. One that takes the place of a core that crashed is a program started anew, with another layout of its
    /// memory: what somebody learned by the crash is worth nothing with the next.
    private func startCore() throws(SystemError) {
        let ends = try PacketChannel.pair()
        let ours = PacketChannel(Descriptor(owning: ends.0))
        let theirs = Descriptor(owning: ends.1)
        let descriptors: [Int32: Int32] = [3: theirs.number, 4: socket.descriptor.number]
        if let main = firstCore {
            firstCore = nil
            core = try Self.fork("clave-core", descriptors, configuration.debug, main)
        } else {
            core = try Self.start("clave-core", descriptors, configuration.debug)
        }
        do throws(SystemError) { try ours.send(configuration.frame()) } catch {
            // It has ended already: that is told by its signal, like every end of a core.
            guard ControlLine.hasGone(error) else { throw error }
        }
        control = ControlLine(ours)
    }

    private func coreEnded(_ code: Int32) {
        core = 0
        closeControl()
        helpers.stopAll(now: SteadyClock.milliseconds)
        guard end == nil else { return }
        let now = SteadyClock.milliseconds
        restarts = restarts.filter { now - $0 < 60_000 } + [now]
        guard restarts.count <= Self.maximumRestarts, onReady == nil else {
            return end = .failed("clave-core ends again and again, last with code \(code)")
        }
        complain("clave-core ended with code \(code); it is started again, and the vault is locked")
        restartAt = now + UInt64(restarts.count * restarts.count) * 100
    }

    private func restart() {
        restartAt = nil
        do throws(SystemError) { try startCore() } catch { end = .failed("\(error)") }
    }

    func stop(_ ending: End) {
        if end == nil {
            end = ending
            onStop?()
        }
        // The core sees its channel closed, and ends.
        control = ControlLine()
        helpers.stopAll(now: SteadyClock.milliseconds)
        if core != 0 { kill(core, SIGTERM) }
    }

    // MARK: Control

    private func readControl() {
        do {
            guard let payload = try control.receive() else { return closeControl() }
            try obey(payload)
        } catch let error as SystemError where ControlLine.hasGone(error) {
            closeControl()
        } catch {
            complain("clave-core's word is not understood: \(error)")
            stop(.failed("the core and its supervisor do not understand each other"))
        }
    }

    /// The core has gone. What it had told of the passphrase, the next one has to know; all else is over.
    private func closeControl() {
        control.drain { payload in
            guard let known = try? PassphraseKnown.decode(payload: unsafe payload.span.bytes) else { return }
            configuration.knownPassphrase = known.proof
        }
        control = ControlLine()
    }

    private func obey(_ payload: [UInt8]) throws {
        if let start = try StartHelper.decode(payload: unsafe payload.span.bytes) {
            startHelper(start)
        } else if let stop = try StopHelper.decode(payload: unsafe payload.span.bytes) {
            helpers.stop(stop.number, now: SteadyClock.milliseconds)
        } else if let known = try PassphraseKnown.decode(payload: unsafe payload.span.bytes) {
            configuration.knownPassphrase = known.proof
        } else if try CoreReady.decode(payload: unsafe payload.span.bytes) != nil {
            tellReady()
        } else {
            throw WireError.malformed
        }
    }

    private func tellReady() {
        onReady?(socket.path)
        onReady = nil
    }

    private func startHelper(_ start: StartHelper) {
        do throws(SystemError) {
            guard !helpers.isFull else { throw SystemError("start: too many helpers", number: EAGAIN) }
            let ends = try Descriptor.pair()
            let ours = Descriptor(owning: ends.0)
            let theirs = Descriptor(owning: ends.1)
            let program = HelperTable.program(start.kind)
            let pid = try Self.start(program, [3: theirs.number], configuration.debug, prompt)
            helpers.add(start.number, pid: pid)
            control.send(HelperStarted(number: start.number, pid: UInt32(pid)).frame(), descriptor: ours.number)
        } catch {
            control.send(HelperEnded(number: start.number, exitCode: 127, detail: error.description).frame())
        }
    }

    // MARK: Signals and children

    private func readSignal() {
        var information = signalfd_siginfo()
        let size = MemoryLayout<signalfd_siginfo>.size
        guard unsafe read(signals.number, &information, size) == size else { return }
        switch Int32(information.ssi_signo) {
        case SIGCHLD: reap()
        case SIGTERM, SIGINT: stop(.stopped)
        // A core that has just ended has dropped its keys already.
        case SIGHUP, SIGUSR1: control.send(DropKeys().frame())
        default: break
        }
    }

    private func reap() {
        var status: Int32 = 0
        while true {
            let pid = unsafe waitpid(-1, &status, WNOHANG)
            guard pid > 0 else { return }
            let code = clave_exit_code(status)
            if pid == core {
                coreEnded(code)
            } else if let number = helpers.remove(pid: pid) {
                control.send(HelperEnded(number: number, exitCode: UInt32(code), detail: "").frame())
            }
        }
    }
}
