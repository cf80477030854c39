import AgentProtocol
import EventLoop
import SSHKeys
import SecureMemory
import Wire

/// Signatures by keys on FIDO tokens. Each is made by a `clave-sk-helper` of its own, one after the other for each library
/// that speaks with tokens: a token serves one program at a time, and a library that hangs holds up nobody but those who
/// want it.
///
/// A client that goes away takes its request out of the line, or ends the process that serves it, and the next one begins
/// when that process is gone.
@CoreActor
final class SecurityKeyDesk {
    /// Milliseconds for the person to find the token and touch it.
    private static let patience: UInt64 = 90_000
    /// Milliseconds that a helper which was told to end may take.
    private static let farewell: UInt64 = 5_000
    /// Libraries of others' at work at once. The agent's own way to tokens is not counted: they can't fill what it needs.
    static let mostLibraries = 7
    /// Requests that may wait for one library; for those of others', together.
    private static let longestLine = 32
    /// Requests of one process at one library; those of other hosts count as one process's.
    private static let mostOfProcess = 8

    /// The path of a library, by its bytes; empty for the agent's own way.
    private typealias Library = [UInt8]

    private let helpers: HelperDirectory
    private let locale: String
    private let lanes = FairLanes<Library>(
        .init(atOnce: mostLibraries, line: longestLine, process: mostOfProcess)
    ) { library, _ in !library.isEmpty }

    /// - Parameter locale: for clients that tell none.
    init(helpers: HelperDirectory, locale: String) {
        self.helpers = helpers
        self.locale = locale
    }

    /// Has a token sign.
    ///
    /// - Parameters:
    ///   - message: a frame of ``SecurityKeySign``.
    ///   - provider: whose it is; in the frame, too.
    ///   - touch: what the key is used for, if its token waits to be touched.
    func sign(
        _ message: SecretBox, by provider: SecurityKey.Provider, touch: KeyUse?, for client: ClientConnection
    ) async -> ProviderSigned {
        let lane = Array(provider.path.utf8)
        do throws(AgentError) {
            return try await lanes.withTurn(
                in: lane, .init(client) { true }, refused: { AgentError($0) }
            ) { () throws(AgentError) in
                await run(message, touch.map { notice($0, client) })
            }
        } catch { return Self.failed(error.detail) }
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

    /// In the library's turn, which is over when the process is.
    private func run(_ message: SecretBox, _ question: Question?) async -> ProviderSigned {
        let (heard, ended) = (Promise<ProviderSigned>(), Promise<Void>())
        let helper: Helper
        do throws(AgentError) {
            helper = try await helpers.start(
                .securityKey,
                onPayload: { payload in
                    let signed = try? ProviderSigned.decode(payload: payload)
                    heard.fulfil(signed ?? Self.failed("clave-sk-helper is not understood"))
                },
                onEnd: { ending in
                    heard.fulfil(Self.failed("clave-sk-helper ended with \(ending.exitCode)"))
                    ended.fulfil(())
                })
        } catch { return Self.failed("clave-sk-helper can't be started: \(error.detail)") }
        var notice: TouchNotice?
        let gone = Self.failed("the asking program went away")
        if Task.isCancelled {
            heard.fulfil(gone)
        } else if let message = message.take() {
            helper.send(frame: message)
            notice = question.map { TouchNotice($0, helpers) }
        }
        let late = Self.failed("nobody touched the token, or its middleware hung")
        let signed = await heard.wait(milliseconds: Self.patience, ifLate: late, ifCancelled: gone)
        notice?.end()
        helpers.stop(helper)
        await ended.waitThrough(milliseconds: Self.farewell, ifLate: ())
        return signed
    }
}
