import AgentProtocol
import EventLoop

/// What tells the person to touch a token: a `clave-prompt` that shows it until the token has been touched.
@CoreActor
final class TouchNotice {
    private let over = Promise<Void>()

    init(_ question: Question, _ helpers: HelperDirectory) {
        Task { [over] in
            do throws(AgentError) {
                let helper = try await helpers.start(.prompt, onPayload: { _ in }, onEnd: { _ in over.fulfil(()) })
                // Touched while the process was started: then it shows nothing.
                if !over.isFulfilled { helper.send(question) }
                await over.wait()
                helpers.stop(helper)
            } catch { DebugLog.write("nobody is told to touch the token: \(error.detail)") }
        }
    }

    /// Takes it away.
    func end() { over.fulfil(()) }
}
