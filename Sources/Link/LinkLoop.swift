import AgentProtocol
import CCurl
import Glibc
import Posix
import SecureMemory
import Wire

/// Milliseconds that things may take.
struct LinkLimits: Sendable {
    var connect: UInt64 = 10_000
    var request: UInt64 = 30_000
    /// Without a byte on a stream; the gateway sends a sign of life every 15 seconds.
    var silence: UInt64 = 45_000
    /// Open for so long, a stream counts as well.
    var steady: UInt64 = 10_000
}

/// Carries requests and streams between the core's pipe and the network; everything happens on one thread.
@safe
final class LinkLoop {
    /// Requests at once.
    private static let maximumTransfers = 64

    private struct Stream {
        var backOff = BackOff()
        var hint: UInt64?
        /// When the next request is wanted; nil while one runs or is awaited.
        var wantedAt: UInt64?
    }

    private let channel: FrameChannel
    private let limits: LinkLimits
    private let multi: UnsafeMutableRawPointer
    private var transfers: [UInt32: Transfer] = [:]
    private var streams: [UInt32: Stream] = [:]
    private var generator = SystemRandomNumberGenerator()
    private var isOver = false

    /// - Parameter channel: the pipe to the core.
    init(_ channel: consuming FrameChannel, limits: LinkLimits = LinkLimits()) {
        self.channel = channel
        self.limits = limits
        curl_global_init(Int(CURL_GLOBAL_DEFAULT))
        unsafe multi = curl_multi_init()!
    }

    deinit {
        for transfer in transfers.values { unsafe curl_multi_remove_handle(multi, transfer.handle) }
        unsafe curl_multi_cleanup(multi)
    }

    /// Runs until the core goes.
    func run() {
        while !isOver {
            var running: Int32 = 0
            unsafe curl_multi_perform(multi, &running)
            collectFinished()
            endSilentStreams()
            askForStreams()
            wait()
        }
    }

    private func wait() {
        let now = SteadyClock.milliseconds
        var next = now + 60_000
        for stream in streams.values { if let wanted = stream.wantedAt { next = min(next, wanted) } }
        for transfer in transfers.values where transfer.opensStream {
            next = min(next, transfer.lastHeard + limits.silence)
        }
        var entry = curl_waitfd(fd: channel.descriptor.number, events: Int16(CURL_WAIT_POLLIN), revents: 0)
        let pause = Int32(clamping: next > now ? next - now : 0)
        unsafe curl_multi_poll(multi, &entry, 1, pause, nil)
        if entry.revents != 0 { receive() }
    }

    // MARK: The core's word

    private func receive() {
        do throws(ChannelError) {
            let payload = try channel.receive()
            let failure = payload.withBytes { bytes -> WireError? in
                do throws(WireError) { try obey(bytes) } catch { return error }
                return nil
            }
            if failure != nil { isOver = true }
        } catch {
            isOver = true
        }
    }

    private func obey(_ payload: RawSpan) throws(WireError) {
        if let request = try LinkRequest.decode(payload: payload) {
            start(request)
        } else if let open = try LinkStreamOpen.decode(payload: payload) {
            streams[open.number] = Stream(wantedAt: SteadyClock.milliseconds)
        } else if let close = try LinkClose.decode(payload: payload) {
            streams[close.number] = nil
            if let transfer = transfers[close.number] { drop(transfer) }
        } else {
            throw .malformed
        }
    }

    private func start(_ request: LinkRequest) {
        if request.opensStream, streams[request.number] == nil { return }
        guard RequestCheck.isValid(request), transfers.count < Self.maximumTransfers,
            transfers[request.number] == nil,
            let transfer = Transfer(
                request, limits: limits, clock: { SteadyClock.milliseconds },
                onOpen: { [unowned self] in streamOpened($0) }, onItems: { [unowned self] in streamGave($0, $1) })
        else {
            return finish(
                request.number, isStream: request.opensStream, .protocolError, 0, [], "the request can't be sent")
        }
        transfers[request.number] = transfer
        unsafe curl_multi_add_handle(multi, transfer.handle)
    }

    private func send(_ message: some WireMessage) {
        do throws(ChannelError) { try channel.send(message) } catch { isOver = true }
    }

    // MARK: Streams

    private func askForStreams() {
        let now = SteadyClock.milliseconds
        for (number, stream) in streams where stream.wantedAt.map({ $0 <= now }) == true {
            streams[number]?.wantedAt = nil
            send(LinkStreamWanted(number: number))
        }
    }

    private func streamOpened(_ transfer: Transfer) {
        send(LinkStreamState(number: transfer.number, isOpen: true, outcome: .answered, status: 200, detail: ""))
    }

    private func streamGave(_ transfer: Transfer, _ items: [EventStreamParser.Item]) {
        for item in items {
            switch item {
            case .event(let sequence, let data):
                streams[transfer.number]?.backOff.reset()
                send(LinkEvent(number: transfer.number, sequence: sequence, data: data))
            case .retry(let hint): streams[transfer.number]?.hint = hint
            }
        }
    }

    private func endSilentStreams() {
        let now = SteadyClock.milliseconds
        for transfer in transfers.values where transfer.opensStream && transfer.lastHeard + limits.silence <= now {
            drop(transfer)
            finish(transfer.number, isStream: true, .timedOut, 0, [], "nothing came for too long")
        }
    }

    // MARK: Ends

    private func drop(_ transfer: Transfer) {
        unsafe curl_multi_remove_handle(multi, transfer.handle)
        transfers[transfer.number] = nil
    }

    private func collectFinished() {
        var left: Int32 = 0
        while let message = unsafe curl_multi_info_read(multi, &left) {
            guard unsafe message.pointee.msg == CURLMSG_DONE else { continue }
            let code = unsafe message.pointee.data.result
            let handle = unsafe message.pointee.easy_handle
            guard let transfer = transfers.values.first(where: { unsafe $0.handle == handle }) else { continue }
            let status = transfer.status
            if transfer.opensStream, let opened = transfer.openedAt, SteadyClock.milliseconds - opened >= limits.steady
            {
                streams[transfer.number]?.backOff.reset()
            }
            drop(transfer)
            let outcome = transfer.isMalformed ? .protocolError : Self.outcome(code)
            let detail = code == CURLE_OK ? "" : unsafe String(cString: curl_easy_strerror(code))
            finish(transfer.number, isStream: transfer.opensStream, outcome, status, transfer.body, detail)
        }
    }

    private func finish(
        _ number: UInt32, isStream: Bool, _ outcome: LinkOutcome, _ status: UInt32, _ body: [UInt8], _ detail: String
    ) {
        guard isStream else {
            let isAnswered = outcome == .answered
            return send(
                LinkResponse(
                    number: number, outcome: outcome, status: isAnswered ? status : 0, body: isAnswered ? body : [],
                    detail: detail))
        }
        guard var stream = streams[number] else { return }
        // A stream that ended in order was open: it is just cut. Any other status is the gateway's no.
        let isRefused = outcome == .answered && status != 200
        let isCut = outcome == .answered && status == 200
        let pause = stream.backOff.next(
            isRefused: [401, 403, 410].contains(status) && isRefused, hint: stream.hint, using: &generator)
        stream.wantedAt = SteadyClock.milliseconds + pause
        streams[number] = stream
        send(
            LinkStreamState(
                number: number, isOpen: false, outcome: isCut ? .unreachable : outcome, status: isRefused ? status : 0,
                detail: detail))
    }

    private static func outcome(_ code: CURLcode) -> LinkOutcome {
        switch code {
        case CURLE_OK: .answered
        case CURLE_SSL_PINNEDPUBKEYNOTMATCH: .wrongKey
        case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_CERTPROBLEM:
            .untrusted
        case CURLE_OPERATION_TIMEDOUT: .timedOut
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_CONNECT, CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_GOT_NOTHING,
            CURLE_SSL_CONNECT_ERROR, CURLE_PARTIAL_FILE:
            .unreachable
        default: .protocolError
        }
    }
}
