import CPCSC
import Glibc

/// A card in a reader, for one operation: nobody else speaks with it until the connection ends.
///
/// The card is reset at the end, so that no PIN and no secure channel stays open for whoever comes next. Programs that
/// are connected too find that it was reset, as they must expect of any shared card.
public final class CardConnection: CardChannel {
    /// The protocols between reader and card (ISO/IEC 7816-3 sections 10 and 11).
    public enum TransmissionProtocol: Equatable, Sendable {
        /// Bytes: a command has data or an answer, never both; long answers are fetched in parts.
        case t0
        /// Blocks: commands go as they are. What readers say for contactless cards too.
        case t1
    }

    /// Milliseconds between two looks whether another program has let go of the card: the service wakes nobody for that.
    private static let pause = 50
    /// The most that an answer has in all its parts, and the most parts.
    private static let answerLimit = 65_536
    private static let partLimit = 512

    /// The reader's name.
    public let reader: String
    /// The card's answer to reset; nil for one of no known form.
    public let atr: ATR?
    public let transmission: TransmissionProtocol

    private let context: Int
    private let handle: Int
    private let active: DWORD
    private var isOpen = true

    /// Connects, and takes the card for itself alone.
    ///
    /// - Parameters:
    ///   - reader: one of ``CardReaders/list()``.
    ///   - milliseconds: how long to wait for another program to let go of the card.
    /// - Throws: ``ReaderError/busy(_:)`` if it does not.
    public init(_ reader: String, patience milliseconds: Int = 3_000) throws(ReaderError) {
        let deadline = ContinuousClock.now + .milliseconds(milliseconds)
        let context = try CardService.open()
        do {
            (handle, active) = try Self.connect(context, reader, until: deadline)
        } catch {
            SCardReleaseContext(context)
            throw error
        }
        do {
            try Self.begin(handle, until: deadline)
            atr = try Self.answerToReset(handle)
        } catch {
            SCardDisconnect(handle, DWORD(SCARD_LEAVE_CARD))
            SCardReleaseContext(context)
            throw error
        }
        (self.reader, self.context) = (reader, context)
        transmission = active == DWORD(SCARD_PROTOCOL_T0) ? .t0 : .t1
    }

    deinit { close() }

    /// Ends the connection, and resets the card; the second time nothing.
    public func close() {
        guard isOpen else { return }
        isOpen = false
        SCardEndTransaction(handle, DWORD(SCARD_RESET_CARD))
        SCardDisconnect(handle, DWORD(SCARD_RESET_CARD))
        SCardReleaseContext(context)
    }

    /// Sends a command; fetches what waits behind a status 61, unless it is a selected file's description that the command
    /// does not expect, and asks again with the length that a status 6C gives.
    public func transmit(_ command: CommandAPDU) throws(CardError) -> ResponseAPDU {
        guard command.isShort || transmission == .t1 else { throw .failed("a card in T=0 takes no extended command") }
        var answer = try exchange(command)
        if answer.status >> 8 == 0x6C, answer.data.isEmpty {
            let exact = Self.length(answer.status)
            answer = try exchange(
                CommandAPDU(
                    command.header[0], command.header[1], command.header[2], command.header[3], data: command.data,
                    expected: exact))
        }
        // Nobody asked for the file's description that waits: one command less.
        if answer.status >> 8 == 0x61, command.expected == nil, command.isPlainSelect {
            return ResponseAPDU(status: 0x9000)
        }
        var (data, parts) = (answer.data, 1)
        while answer.status >> 8 == 0x61 {
            parts += 1
            guard parts <= Self.partLimit else { throw .malformed }
            answer = try exchange(CommandAPDU(0x00, 0xC0, 0, 0, expected: Self.length(answer.status)))
            data += answer.data
            guard data.count <= Self.answerLimit else { throw .malformed }
        }
        return ResponseAPDU(data: data, status: answer.status)
    }

    /// The number in a status 61 or 6C; 0 says 256 or more.
    private static func length(_ status: UInt16) -> Int { status & 0xFF == 0 ? 256 : Int(status & 0xFF) }

    /// One command and one answer, as they go over the wire.
    private func exchange(_ command: CommandAPDU) throws(CardError) -> ResponseAPDU {
        guard isOpen else { throw .removed }
        var command = command
        // T=0 has no place for an expected length behind data: the card answers 61.
        if transmission == .t0, !command.data.isEmpty { command = command.withoutExpected }
        var sent = command.bytes
        // Its header alone is a command with an empty fifth byte there.
        if transmission == .t0, sent.count == 4 { sent.append(0) }
        defer { Self.wipe(&sent) }
        var answer = [UInt8](repeating: 0, count: command.isShort ? 258 : Self.answerLimit + 2)
        var count = DWORD(answer.count)
        let result = unsafe SCardTransmit(
            handle, clave_pcsc_pci(active), sent, DWORD(sent.count), nil, &answer, &count)
        guard result == SCARD_S_SUCCESS else { throw failure("SCardTransmit", result) }
        guard let response = ResponseAPDU(bytes: Array(answer.prefix(Int(count)))) else { throw .malformed }
        return response
    }

    /// A PIN may be in it.
    private static func wipe(_ bytes: inout [UInt8]) {
        let count = bytes.count
        unsafe bytes.withUnsafeMutableBytes { unsafe explicit_bzero($0.baseAddress!, count) }
    }

    /// What a failed exchange means: drivers say many things when a card is pulled out in the middle.
    private func failure(_ call: String, _ result: LONG) -> CardError {
        let error = CardError(call, result)
        guard case .failed = error else { return error }
        var (active, length, state) = (DWORD(0), DWORD(0), DWORD(0))
        let status = unsafe SCardStatus(handle, nil, nil, &state, &active, nil, &length)
        switch clave_pcsc_outcome(status) {
        case CLAVE_PCSC_DONE: return error
        case CLAVE_PCSC_READER_GONE, CLAVE_PCSC_NO_SERVICE, CLAVE_PCSC_SERVICE_STOPPED: return .readerGone
        default: return .removed
        }
    }
}

// MARK: - Beginning

extension CardConnection {
    private static func connect(
        _ context: Int, _ reader: String, until deadline: ContinuousClock.Instant
    ) throws(ReaderError) -> (Int, DWORD) {
        var (handle, active) = (SCARDHANDLE(), DWORD(0))
        try patiently(until: deadline) {
            unsafe SCardConnect(
                context, reader, DWORD(SCARD_SHARE_SHARED), DWORD(SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1), &handle,
                &active)
        }
        return (handle, active)
    }

    /// Begins the transaction; a card that was reset by another program is taken as it is now.
    private static func begin(_ handle: Int, until deadline: ContinuousClock.Instant) throws(ReaderError) {
        try patiently(until: deadline) {
            let result = SCardBeginTransaction(handle)
            guard clave_pcsc_outcome(result) == CLAVE_PCSC_RESET else { return result }
            var active = DWORD(0)
            let again = unsafe SCardReconnect(
                handle, DWORD(SCARD_SHARE_SHARED), DWORD(SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1),
                DWORD(SCARD_LEAVE_CARD), &active)
            return again == SCARD_S_SUCCESS ? SCardBeginTransaction(handle) : again
        }
    }

    /// Calls until the card is nobody else's, or time is up.
    private static func patiently(
        until deadline: ContinuousClock.Instant, _ call: () -> LONG
    ) throws(ReaderError) {
        while true {
            let result = call()
            guard clave_pcsc_outcome(result) == CLAVE_PCSC_BUSY, ContinuousClock.now < deadline else {
                return try ReaderError.check("the card's connection", result)
            }
            usleep(UInt32(pause * 1000))
        }
    }

    private static func answerToReset(_ handle: Int) throws(ReaderError) -> ATR? {
        var bytes = [UInt8](repeating: 0, count: ATR.limit)
        var (names, state, active, count) = (DWORD(0), DWORD(0), DWORD(0), DWORD(bytes.count))
        let result = unsafe SCardStatus(handle, nil, &names, &state, &active, &bytes, &count)
        try ReaderError.check("SCardStatus", result)
        return ATR(Array(bytes.prefix(Int(count))))
    }
}

extension CommandAPDU {
    /// SELECT, outside of any secure channel.
    fileprivate var isPlainSelect: Bool { header[0] == 0x00 && header[1] == 0xA4 }

    /// The same without an expected length.
    fileprivate var withoutExpected: CommandAPDU {
        CommandAPDU(header[0], header[1], header[2], header[3], data: data)
    }
}
