import AgentProtocol
import SecureMemory
import Wire

/// Signatures by keys on FIDO tokens. Each is made by a `clave-sk-helper` of its own, one after the other: a token
/// serves one program at a time.
///
/// The turn is the desk's, not a waiting client's: a client that goes away takes its request out of the line, or ends the
/// process that serves it, and the next one begins when that process is gone.
@CoreActor
final class SecurityKeyDesk {
    /// Milliseconds for the person to find the token and touch it.
    private static let patience: UInt64 = 90_000
    /// Milliseconds that a helper which was told to end may take.
    private static let farewell: UInt64 = 5_000
    /// Requests that may wait.
    private static let maximumWaiting = 64

    /// A signature that is asked for.
    @CoreActor
    private final class Job {
        /// The whole frame.
        let message: SecretBox
        /// What the person is told while the token waits; nil if it does not.
        let notice: Question?
        /// How it ended, for whoever asked.
        let answer = Promise<ProviderSigned>()
        /// What the helper said, or that nobody waits for it any more.
        let heard = Promise<ProviderSigned>()
        /// Nobody waits for it any more.
        var isWithdrawn = false

        init(_ message: SecretBox, _ notice: Question?) {
            self.message = message
            self.notice = notice
        }
    }

    private let helpers: HelperDirectory
    private let locale: String
    private var waiting: [Job] = []
    private var underWay: Job?

    /// - Parameter locale: for clients that tell none.
    init(helpers: HelperDirectory, locale: String) {
        self.helpers = helpers
        self.locale = locale
    }

    /// Has a token sign.
    ///
    /// - Parameters:
    ///   - message: a frame of ``SecurityKeySign``.
    ///   - touch: what the key is used for, if its token waits to be touched.
    func sign(_ message: SecretBox, touch: KeyUse?, for client: ClientConnection) async -> ProviderSigned {
        guard waiting.count < Self.maximumWaiting else { return Self.failed("too many wait for the token") }
        let job = Job(message, touch.map { notice($0, client) })
        waiting.append(job)
        startNext()
        let gone = Self.failed("the asking program went away")
        let answer = await job.answer.wait(ifLate: gone, ifCancelled: gone)
        waiting.removeAll { $0 === job }
        job.isWithdrawn = true
        job.heard.fulfil(gone)
        return answer
    }

    private func notice(_ use: KeyUse, _ client: ClientConnection) -> Question {
        Question(
            subject: .touchKey(use), caller: client.caller, identity: "",
            locale: client.locale.isEmpty ? locale : client.locale,
            deadline: WallClock.now + Self.patience / 1000)
    }

    private static func failed(_ reason: String) -> ProviderSigned {
        ProviderSigned(number: 0, outcome: .failed, detail: reason)
    }

    // MARK: One after the other

    private func startNext() {
        guard underWay == nil, !waiting.isEmpty else { return }
        let job = waiting.removeFirst()
        underWay = job
        // Of nobody's connection: nothing cancels it.
        Task {
            await self.run(job)
            self.underWay = nil
            self.startNext()
        }
    }

    private func run(_ job: Job) async {
        let ended = Promise<Void>()
        let helper: Helper
        do throws(AgentError) {
            helper = try await helpers.start(
                .securityKey,
                onPayload: { payload in
                    let signed = try? ProviderSigned.decode(payload: payload)
                    job.heard.fulfil(signed ?? Self.failed("clave-sk-helper is not understood"))
                },
                onEnd: { ending in
                    job.heard.fulfil(Self.failed("clave-sk-helper ended with \(ending.exitCode)"))
                    ended.fulfil(())
                })
        } catch { return job.answer.fulfil(Self.failed("clave-sk-helper can't be started: \(error.detail)")) }
        var notice: TouchNotice?
        if !job.isWithdrawn, let message = job.message.take() {
            helper.send(frame: message)
            notice = job.notice.map { TouchNotice($0, helpers) }
        }
        let late = Self.failed("nobody touched the token, or its middleware hung")
        job.answer.fulfil(await job.heard.wait(milliseconds: Self.patience, ifLate: late, ifCancelled: late))
        notice?.end()
        helpers.stop(helper)
        await ended.wait(milliseconds: Self.farewell, ifLate: (), ifCancelled: ())
    }
}

/// What tells the person to touch a token: a `clave-prompt` that shows it until the token has been touched.
@CoreActor
final class TouchNotice {
    private let over = Promise<Void>()

    init(_ question: Question, _ helpers: HelperDirectory) {
        Task { [over] in
            do throws(AgentError) {
                let helper = try await helpers.start(.prompt, onPayload: { _ in }, onEnd: { _ in over.fulfil(()) })
                helper.send(question)
                await over.wait()
                helpers.stop(helper)
            } catch { DebugLog.write("nobody is told to touch the token: \(error.detail)") }
        }
    }

    /// Takes it away.
    func end() { over.fulfil(()) }
}
