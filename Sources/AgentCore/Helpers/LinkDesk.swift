import AgentProtocol
import EventLoop
import Wire

/// The core's side of `clave-link`: requests with their replies, and the streams of events.
///
/// The process is started at the first need. When it ends, requests under way fail, and the streams open again with
/// the next process, which is started after a pause that doubles.
@CoreActor
final class LinkDesk {
    /// Milliseconds between an end and the next start, first and at most.
    private static let firstPause: UInt64 = 500
    private static let longestPause: UInt64 = 60_000
    /// Milliseconds after which a request without a reply is given up; the link's own limit is shorter.
    private static let requestLimit: UInt64 = 45_000

    /// Who listens to a stream.
    protocol Listener: AnyObject {
        /// A freshly signed request that opens the stream, resuming behind what has been heard; nil to close it.
        @CoreActor func streamRequest(number: UInt32) -> LinkRequest?
        /// The stream opened, or was cut.
        @CoreActor func streamChanged(_ state: LinkStreamState)
        /// Something came.
        @CoreActor func streamGave(_ event: LinkEvent)
    }

    private let helpers: HelperDirectory
    private let starting = TurnQueue()
    private var helper: Helper?
    private var lastNumber: UInt32 = 0
    private var requests: [UInt32: Promise<LinkResponse>] = [:]
    private var listeners: [UInt32: any Listener] = [:]
    private var pause = LinkDesk.firstPause

    init(helpers: HelperDirectory) {
        self.helpers = helpers
    }

    /// A number for the next request or stream.
    func nextNumber() -> UInt32 {
        lastNumber += 1
        return lastNumber
    }

    /// Sends a request and waits for its reply; a link that is lost counts as an unreachable gateway.
    func send(_ request: LinkRequest) async -> LinkResponse {
        let lost = LinkResponse(
            number: request.number, outcome: .unreachable, status: 0, body: [], detail: "clave-link was lost")
        do throws(AgentError) { try await startIfNeeded() } catch { return lost }
        let promise = Promise<LinkResponse>()
        requests[request.number] = promise
        defer { requests[request.number] = nil }
        helper?.send(request)
        let late = LinkResponse(number: request.number, outcome: .timedOut, status: 0, body: [], detail: "")
        return await promise.wait(milliseconds: Self.requestLimit, ifLate: late, ifCancelled: lost)
    }

    /// Keeps a stream open for `listener` until ``closeStream(_:)``.
    func openStream(for listener: any Listener) -> UInt32 {
        let number = nextNumber()
        listeners[number] = listener
        Task { @CoreActor in
            do throws(AgentError) {
                let isNew = try await startIfNeeded()
                if !isNew { helper?.send(LinkStreamOpen(number: number)) }
            } catch {
                startAgainLater()
            }
        }
        return number
    }

    /// Closes a stream.
    func closeStream(_ number: UInt32) {
        guard listeners.removeValue(forKey: number) != nil else { return }
        helper?.send(LinkClose(number: number))
    }

    // MARK: The process

    /// Whether a new process was started; it has been told every stream.
    @discardableResult
    private func startIfNeeded() async throws(AgentError) -> Bool {
        let isNew = try await starting.withTurn { () throws(AgentError) in
            guard helper == nil else { return false }
            // The process is everybody's: it stays, also when the task that has started it is cancelled.
            let started = try await helpers.start(
                .link, onPayload: { [weak self] in self?.receive($0) }, onEnd: { [weak self] in self?.lost($0) })
            helper = started
            for number in listeners.keys.sorted() { started.send(LinkStreamOpen(number: number)) }
            return true
        }
        guard let isNew else { throw AgentError(.helperLost, "the asking program went away") }
        return isNew
    }

    private func lost(_ ended: HelperEnded) {
        DebugLog.write("clave-link ended with \(ended.exitCode) \(ended.detail)")
        helper = nil
        for (number, promise) in requests {
            promise.fulfil(
                LinkResponse(
                    number: number, outcome: .unreachable, status: 0, body: [], detail: "clave-link ended"))
        }
        for (number, listener) in listeners {
            listener.streamChanged(
                LinkStreamState(
                    number: number, isOpen: false, outcome: .unreachable, status: 0, detail: "clave-link ended"))
        }
        if !listeners.isEmpty { startAgainLater() }
    }

    private func startAgainLater() {
        EventLoop.shared.after(milliseconds: pause) {
            Task { @CoreActor in
                do throws(AgentError) { try await self.startIfNeeded() } catch { self.startAgainLater() }
            }
        }
        pause = min(pause * 2, Self.longestPause)
    }

    // MARK: Hearing

    private func receive(_ payload: RawSpan) {
        do throws(WireError) {
            if let response = try LinkResponse.decode(payload: payload) {
                requests[response.number]?.fulfil(response)
            } else if let event = try LinkEvent.decode(payload: payload) {
                listeners[event.number]?.streamGave(event)
            } else if let state = try LinkStreamState.decode(payload: payload) {
                if state.isOpen { pause = Self.firstPause }
                listeners[state.number]?.streamChanged(state)
            } else if let wanted = try LinkStreamWanted.decode(payload: payload) {
                open(wanted.number)
            }
        } catch {
            DebugLog.write("clave-link's word is not understood: \(error)")
            if let helper { helpers.stop(helper) }
        }
    }

    private func open(_ number: UInt32) {
        guard let request = listeners[number]?.streamRequest(number: number) else {
            helper?.send(LinkClose(number: number))
            return
        }
        helper?.send(request)
    }
}
