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

    /// Begins.
    ///
    /// - Parameter body: does what was asked, and may tell lines meanwhile.
    init(_ body: @escaping @CoreActor (Narration) async throws(AgentError) -> Value) {
        task = Task { @CoreActor [self] in
            do throws(AgentError) {
                events.put(.success(.done(try await body(self))))
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
    fileprivate func next() async throws(AgentError) -> ProgressEvent<Value> {
        try await events.take(ifCancelled: .failure(AgentError(.denied))).get()
    }
}

extension ClientConnection {
    /// Begins something that takes its time, which the connection then has in `place`; gives its first event.
    func begin<Value>(
        _ place: ReferenceWritableKeyPath<ClientConnection, Narration<Value>?>,
        _ body: @escaping @CoreActor (Narration<Value>) async throws(AgentError) -> Value
    ) async throws(AgentError) -> ProgressEvent<Value> {
        self[keyPath: place] = Narration(body)
        return try await proceed(place, orSay: "")
    }

    /// The next event of what was begun there; with its end, the connection no longer has it.
    ///
    /// - Parameter nothing: what a client is told that has begun nothing.
    func proceed<Value>(
        _ place: ReferenceWritableKeyPath<ClientConnection, Narration<Value>?>, orSay nothing: String
    ) async throws(AgentError) -> ProgressEvent<Value> {
        guard let narration = self[keyPath: place] else { throw AgentError(.invalid, nothing) }
        do throws(AgentError) {
            let event = try await narration.next()
            if case .done = event { self[keyPath: place] = nil }
            return event
        } catch {
            self[keyPath: place] = nil
            throw error
        }
    }
}
