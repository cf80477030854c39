import AgentProtocol
import Foundation
import Glibc
import Posix
import SecureMemory
import Synchronization
import TestSupport
import Testing
import Wire

/// A helper that a test plays: it gets the core's socket pair and talks on it, on a thread of its own.
typealias HelperScript = @Sendable (borrowing FrameChannel) throws -> Void

/// The real `clave-core`, with a test in the place of the supervisor and of every helper.
final class CoreHarness: @unchecked Sendable {
    let folder: String
    var socketPath: String { folder + "/agent.sock" }

    private let core: Child
    private let supervisor: ScriptedSupervisor

    /// Starts the core and waits until it listens.
    ///
    /// - Parameter knownPassphrase: what a core before it has told, if it is to take one's place.
    init(
        lifetime: UInt32 = 0, questionTimeout: UInt32 = 30, allowsRemoteProviders: Bool = false,
        knownPassphrase: [UInt8]? = nil
    ) throws {
        signal(SIGPIPE, SIG_IGN)
        folder = NSTemporaryDirectory() + "clave-core-" + UUID().uuidString
        try Files.makeFolder(folder)
        let listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        try #require(bindUnix(listener, folder + "/agent.sock") == 0 && listen(listener, 64) == 0)
        let ends = try PacketChannel.pair()
        supervisor = ScriptedSupervisor(PacketChannel(Descriptor(owning: ends.0)))
        core = try spawn(program("clave-core"), descriptors: [ends.1, listener])
        close(ends.1)
        close(listener)
        let configuration = CoreConfiguration(
            vaultFolder: folder + "/vault", lifetime: lifetime, debug: true, locale: "",
            questionTimeout: questionTimeout, keyMemory: 8, allowsRemoteProviders: allowsRemoteProviders,
            knownPassphrase: knownPassphrase)
        try supervisor.begin(configuration)
    }

    deinit {
        core.end(SIGKILL)
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// The process, for questions to the kernel.
    var process: pid_t { core.pid }

    /// Whether the core still runs.
    var isAlive: Bool { core.isRunning }

    /// A tool's connection.
    func connect() throws -> AgentConnection { try AgentConnection(path: socketPath) }

    /// How the agent says it is, asked on a connection of its own.
    func status() throws -> AgentStatus {
        let connection = try connect()
        return try connection.send(StatusRequest())
    }

    /// Tells the core to forget all keys, as the supervisor does at a signal.
    func dropKeys() { supervisor.send(DropKeys().frame(), nil) }

    /// Plays the next helper of this kind; later ones play the scripts that follow.
    func next(_ kind: HelperKind, _ script: @escaping HelperScript) {
        supervisor.scripts.withLock { $0[kind, default: []].append(script) }
    }

    /// Plays every helper of this kind for which no script is queued.
    func always(_ kind: HelperKind, _ script: @escaping HelperScript) {
        supervisor.defaults.withLock { $0[kind] = script }
    }

    /// By what the core has told that it knows the vault's passphrase, each time; empty where it knows of no vault.
    var told: [[UInt8]] { supervisor.told.withLock { $0 } }

    /// What went wrong inside the scripts.
    var scriptErrors: [String] { supervisor.errors.withLock { $0 } }
}

/// Starts helpers at the core's word, as threads of the test; ends when the core does.
private final class ScriptedSupervisor: @unchecked Sendable {
    let scripts = Mutex<[HelperKind: [HelperScript]]>([:])
    let defaults = Mutex<[HelperKind: HelperScript]>([:])
    let errors = Mutex<[String]>([])
    let told = Mutex<[[UInt8]]>([])
    private let control: PacketChannel
    private let sending = NSLock()

    init(_ control: consuming PacketChannel) { self.control = control }

    func begin(_ configuration: CoreConfiguration) throws {
        try control.send(configuration.frame())
        // By what it knows the passphrase comes first.
        while true {
            guard let packet = try control.receive() else { throw HarnessError.notReady }
            if try CoreReady.decode(payload: packet.payload.span.bytes) != nil { break }
            hear(packet.payload)
        }
        Thread { [self] in supervise() }.start()
    }

    private func supervise() {
        while let packet = try? control.receive() {
            hear(packet.payload)
            guard let start = try? StartHelper.decode(payload: packet.payload.span.bytes) else { continue }
            play(start)
        }
    }

    private func hear(_ payload: [UInt8]) {
        guard let known = try? PassphraseKnown.decode(payload: payload.span.bytes) else { return }
        told.withLock { $0.append(known.proof) }
    }

    private func play(_ start: StartHelper) {
        let queued = scripts.withLock { scripts -> HelperScript? in
            guard scripts[start.kind]?.isEmpty == false else { return nil }
            return scripts[start.kind]!.removeFirst()
        }
        guard let script = queued ?? defaults.withLock({ $0[start.kind] }) else {
            return send(HelperEnded(number: start.number, exitCode: 127, detail: "no script").frame(), nil)
        }
        guard let ends = try? Descriptor.pair() else { return }
        send(HelperStarted(number: start.number, pid: 1).frame(), ends.0)
        close(ends.0)
        let number = start.number
        let helperEnd = ends.1
        Thread { [self] in
            var exitCode: UInt32 = 0
            do {
                try script(FrameChannel(Descriptor(owning: helperEnd)))
            } catch let code as ExitCode {
                exitCode = code.rawValue
            } catch {
                errors.withLock { $0.append("\(start.kind): \(error)") }
            }
            send(HelperEnded(number: number, exitCode: exitCode, detail: "").frame(), nil)
        }.start()
    }

    func send(_ frame: [UInt8], _ descriptor: Int32?) {
        sending.withLock { try? control.send(frame, descriptor: descriptor) }
    }
}

enum HarnessError: Error { case notReady }

/// Ends a script as if its process had ended with this code.
struct ExitCode: Error { let rawValue: UInt32 }

private func bindUnix(_ socket: Int32, _ path: String) -> Int32 {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    return withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            bind(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
        }
    }
}
