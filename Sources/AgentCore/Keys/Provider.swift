import AgentProtocol
import SecureMemory
import Wire

/// A key on a token: which one of which library.
struct TokenHolding: Sendable {
    let provider: Provider
    /// Its place among the library's keys.
    let index: UInt32
    /// What the token calls itself.
    let token: String
}

/// A PKCS#11 library, loaded in a `clave-plugin-host` of its own, which lives as long as one of its keys is held.
@CoreActor
final class Provider {
    /// Milliseconds without a word after which a library counts as hung; a person may be typing on its reader.
    private static let silence: UInt64 = 90_000

    let path: String
    let keys: [ProviderKey]
    /// How many of its keys the ring holds; when the last one goes, so does the process.
    var keysInUse = 0 {
        didSet { if keysInUse == 0 { close() } }
    }

    private let helper: Helper
    private let helpers: HelperDirectory
    private var waiting: [UInt32: Promise<ProviderSigned>] = [:]
    private var lastNumber: UInt32 = 0
    private var alarm: EventLoop.TimerToken?
    private(set) var isClosed = false

    init(path: String, keys: [ProviderKey], _ helper: Helper, _ helpers: HelperDirectory) {
        self.path = path
        self.keys = keys
        self.helper = helper
        self.helpers = helpers
    }

    /// Has a key sign; whoever asked may go away meanwhile, and the answer is dropped then.
    ///
    /// - Parameter pin: empty for none.
    func sign(_ index: UInt32, _ data: [UInt8], flags: UInt32, pin: consuming SecretBytes) async -> ProviderSigned {
        lastNumber += 1
        let number = lastNumber
        let gone = ProviderSigned(number: number, outcome: .failed, detail: "the library's process is gone")
        guard !isClosed, data.count <= ProtocolLimits.signedContent else { return gone }
        let promise = Promise<ProviderSigned>()
        waiting[number] = promise
        if waiting.count == 1 { restartAlarm() }
        helper.send(secret: ProviderSign(number: number, key: index, flags: flags, data: data, pin: pin))
        return await promise.wait(ifLate: gone, ifCancelled: gone)
    }

    func receive(_ signed: ProviderSigned) {
        waiting.removeValue(forKey: signed.number)?.fulfil(signed)
        restartAlarm()
    }

    private func restartAlarm() {
        EventLoop.shared.cancel(alarm)
        alarm = nil
        guard !waiting.isEmpty else { return }
        alarm = EventLoop.shared.after(milliseconds: Self.silence) { [weak self] in
            CoreActor.assumeIsolated {
                DebugLog.write("a PKCS#11 library hung")
                self?.close()
            }
        }
    }

    /// Ends the process; `onEnd` of the desk follows.
    func close() {
        guard !isClosed else { return }
        isClosed = true
        EventLoop.shared.cancel(alarm)
        for (number, promise) in waiting {
            promise.fulfil(ProviderSigned(number: number, outcome: .failed, detail: "the library's process has ended"))
        }
        waiting = [:]
        helpers.stop(helper)
    }
}
