import AgentProtocol
import EventLoop
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
///
/// It makes one signature at a time. What waits for one and is withdrawn meanwhile never reaches it.
@CoreActor
final class Provider {
    /// Milliseconds without a word after which a library counts as hung; a person may be typing on its reader.
    private static let silence: UInt64 = 90_000
    /// Requests that may wait.
    private static let maximumWaiting = 64

    private struct Request {
        let number: UInt32
        /// The whole frame.
        let message: SecretBox
        let promise: Promise<ProviderSigned>
    }

    let path: String
    let keys: [ProviderKey]
    /// How many of its keys the ring holds; when the last one goes, so does the process.
    var keysInUse = 0 {
        didSet { if keysInUse == 0 { close() } }
    }
    private(set) var isClosed = false

    private let helper: Helper
    private let helpers: HelperDirectory
    private var lastNumber: UInt32 = 0
    private var waiting: [Request] = []
    /// What the library is at.
    private var underWay: Request?
    private var alarm: EventLoop.TimerToken?

    init(path: String, keys: [ProviderKey], _ helper: Helper, _ helpers: HelperDirectory) {
        self.path = path
        self.keys = keys
        self.helper = helper
        self.helpers = helpers
    }

    /// Has a key sign.
    ///
    /// - Parameters:
    ///   - pin: empty for none.
    ///   - mayUseReader: the person expects that a reader asks for the PIN.
    func sign(
        _ index: UInt32, _ data: [UInt8], flags: UInt32, pin: consuming SecretBytes, mayUseReader: Bool
    ) async -> ProviderSigned {
        lastNumber += 1
        let number = lastNumber
        func failed(_ reason: String) -> ProviderSigned {
            ProviderSigned(number: number, outcome: .failed, detail: reason)
        }
        guard !isClosed else { return failed("the library's process is gone") }
        guard data.count <= ProtocolLimits.tokenContent else { return failed("that is too much for a token") }
        guard waiting.count < Self.maximumWaiting else { return failed("too many wait for the library") }
        let message = ProviderSign(
            number: number, key: index, flags: flags, data: data, pin: pin, mayUseReader: mayUseReader)
        let promise = Promise<ProviderSigned>()
        waiting.append(Request(number: number, message: SecretBox(message.secretFrame()), promise: promise))
        sendNext()
        let gone = failed("the asking program went away")
        let signed = await promise.wait(ifLate: gone, ifCancelled: gone)
        waiting.removeAll { $0.number == number }
        return signed
    }

    private func sendNext() {
        guard underWay == nil, !isClosed else { return }
        // One whose client has gone may still be there: its task has not taken it out yet.
        waiting.removeAll { $0.promise.isFulfilled }
        guard !waiting.isEmpty else { return }
        let next = waiting.removeFirst()
        guard let message = next.message.take() else { return }
        underWay = next
        helper.send(frame: message)
        alarm = EventLoop.shared.after(milliseconds: Self.silence) { [weak self] in
            CoreActor.assumeIsolated {
                DebugLog.write("a PKCS#11 library hung")
                self?.close()
            }
        }
    }

    /// Takes an answer; one that nobody has asked for ends the library.
    func receive(_ signed: ProviderSigned) {
        guard let asked = underWay, asked.number == signed.number else { return close() }
        underWay = nil
        EventLoop.shared.cancel(alarm)
        asked.promise.fulfil(signed)
        sendNext()
    }

    /// Ends the process; `onEnd` of the desk follows.
    func close() {
        guard !isClosed else { return }
        isClosed = true
        EventLoop.shared.cancel(alarm)
        let all = [underWay].compactMap(\.self) + waiting
        waiting = []
        underWay = nil
        for request in all {
            request.promise.fulfil(
                ProviderSigned(number: request.number, outcome: .failed, detail: "the library's process has ended"))
        }
        helpers.stop(helper)
    }
}
