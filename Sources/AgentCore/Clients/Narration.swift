import AgentProtocol
import EventLoop
import Wire

/// A request that takes its time: lines for the person, then how it ended. The tool fetches them one by one.
@CoreActor
final class Narration<Value: WireValue & Equatable & Sendable> {
    /// Lines that may wait for the tool; more are dropped.
    private static var maximumLines: Int { 256 }

    private let events = Mailbox<Result<ProgressEvent<Value>, AgentError>>()
    private var task: Task<Void, Never>?

    init() {}

    /// Begins.
    func begin(_ body: @escaping @CoreActor () async throws(AgentError) -> Value) {
        task = Task { @CoreActor [events] in
            do throws(AgentError) {
                events.put(.success(.done(try await body())))
            } catch {
                events.put(.failure(error))
            }
        }
    }

    /// Tells a line of a plugin's.
    func tell(_ line: PluginLine) {
        if line.isProgress, events.count < Self.maximumLines { events.put(.success(.progress(line.text))) }
    }

    /// Ends it: the person has gone.
    func cancel() { task?.cancel() }

    /// What happens next.
    func next() async throws(AgentError) -> ProgressEvent<Value> {
        try await events.take(ifCancelled: .failure(AgentError(.denied))).get()
    }
}
