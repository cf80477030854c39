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

    /// Milliseconds that the service is given to notice that a card has gone.
    private static let noticeTime: DWORD = 1_000
    /// The most that an answer has in all its parts, and the most parts.
    private static let answerLimit = 65_536
    private static let partLimit = 512

    /// The reader's name.
    public let reader: String
    private let held: HeldCard
    private var isOpen = true

    /// Connects, and takes the card for itself alone.
    ///
    /// - Parameters:
    ///   - reader: one of ``CardReaders/list()``.
    ///   - milliseconds: how long to wait for another program to let go of the card; the time that the card takes to
    ///     start, up to a second, is part of it.
    /// - Throws: ``ReaderError/busy(_:)`` if it does not.
    public init(_ reader: String, patience milliseconds: Int = 5_000) throws(ReaderError) {
        held = try CardClaim.take(reader, until: ContinuousClock.now + .milliseconds(milliseconds))
        self.reader = reader
    }

    deinit { close() }

    /// The card's answer to reset; nil for one of no known form.
    public var atr: ATR? { held.atr }

    /// What is spoken with this card.
    public var transmission: TransmissionProtocol { held.active == DWORD(SCARD_PROTOCOL_T0) ? .t0 : .t1 }

    /// Ends the connection, and resets the card; the second time nothing.
    public func close() {
        guard isOpen else { return }
        isOpen = false
        // Where this fails the card is still held, and the service resets it when the context goes. To reset it when it
        // is held no more would wait for the next program's transaction, and spoil it.
        if SCardEndTransaction(held.handle, DWORD(SCARD_RESET_CARD)) == SCARD_S_SUCCESS {
            SCardDisconnect(held.handle, DWORD(SCARD_LEAVE_CARD))
        }
        SCardReleaseContext(held.context)
    }

    /// Sends a command; fetches what waits behind a status 61, unless it is a selected file's description that the command
    /// does not expect, and asks again with the length that a status 6C gives.
    public func transmit(_ command: CommandAPDU) throws(CardError) -> ResponseAPDU {
        guard command.isShort || transmission == .t1 else { throw .failed("a card in T=0 takes no extended command") }
        var answer = try exchangeExactly(command)
        // Nobody asked for the file's description that waits: one command less.
        if answer.status >> 8 == 0x61, command.expected == nil, command.isPlainSelect {
            return ResponseAPDU(status: 0x9000)
        }
        var (data, parts) = (answer.data, 1)
        while answer.status >> 8 == 0x61 {
            parts += 1
            guard parts <= Self.partLimit else { throw .malformed }
            answer = try exchangeExactly(CommandAPDU(0x00, 0xC0, 0, 0, expected: Self.length(answer.status)))
            data += answer.data
            guard data.count <= Self.answerLimit else { throw .malformed }
        }
        return ResponseAPDU(data: data, status: answer.status)
    }

    /// A command, and once more with the length that the card says it has; not one with data in T=0, which expects none.
    private func exchangeExactly(_ command: CommandAPDU) throws(CardError) -> ResponseAPDU {
        let answer = try exchange(command)
        guard answer.status >> 8 == 0x6C, answer.data.isEmpty, command.data.isEmpty || transmission == .t1 else {
            return answer
        }
        return try exchange(command.expecting(Self.length(answer.status)))
    }

    /// The number in a status 61 or 6C; 0 says 256 or more.
    private static func length(_ status: UInt16) -> Int { status & 0xFF == 0 ? 256 : Int(status & 0xFF) }

    /// One command and one answer, as they go over the wire.
    private func exchange(_ command: CommandAPDU) throws(CardError) -> ResponseAPDU {
        guard isOpen else { throw .removed }
        var command = command
        // T=0 has no place for an expected length behind data: the card answers 61.
        if transmission == .t0, !command.data.isEmpty { command = command.expecting(nil) }
        var sent = command.bytes
        // Its header alone is a command with an empty fifth byte there.
        if transmission == .t0, sent.count == 4 { sent.append(0) }
        defer { Self.wipe(&sent) }
        var answer = [UInt8](repeating: 0, count: command.isShort ? 258 : Self.answerLimit + 2)
        var count = DWORD(answer.count)
        let result = unsafe SCardTransmit(
            held.handle, clave_pcsc_pci(held.active), sent, DWORD(sent.count), nil, &answer, &count)
        guard result == SCARD_S_SUCCESS else { throw cause(of: CardError("SCardTransmit", result)) }
        guard let response = ResponseAPDU(bytes: Array(answer.prefix(Int(count)))) else { throw cause(of: .malformed) }
        return response
    }

    /// A PIN may be in it.
    private static func wipe(_ bytes: inout [UInt8]) {
        let count = bytes.count
        unsafe bytes.withUnsafeMutableBytes { unsafe explicit_bzero($0.baseAddress!, count) }
    }

    /// What is behind a failed exchange: when a card is pulled out in the middle drivers say many things, or bring an
    /// empty answer, and the service notices it a moment later.
    private func cause(of error: CardError) -> CardError {
        switch error {
        case .failed, .malformed: break
        default: return error
        }
        guard let name = unsafe strdup(reader) else { return error }
        defer { unsafe free(name) }
        var state = unsafe SCARD_READERSTATE()
        unsafe state.szReader = UnsafePointer(name)
        unsafe state.dwCurrentState = DWORD(SCARD_STATE_PRESENT)
        let change = unsafe SCardGetStatusChange(held.context, Self.noticeTime, &state, 1)
        guard clave_pcsc_outcome(change) == CLAVE_PCSC_DONE else {
            return clave_pcsc_outcome(change) == CLAVE_PCSC_TIMEOUT ? error : CardError("SCardGetStatusChange", change)
        }
        let isThere = unsafe state.dwEventState & DWORD(SCARD_STATE_UNAVAILABLE | SCARD_STATE_UNKNOWN) == 0
        return isThere ? .removed : .readerGone
    }
}

extension CommandAPDU {
    /// SELECT, outside of any secure channel.
    fileprivate var isPlainSelect: Bool { header[0] == 0x00 && header[1] == 0xA4 }

    /// The same with another expected length, or none.
    fileprivate func expecting(_ expected: Int?) -> CommandAPDU {
        CommandAPDU(header[0], header[1], header[2], header[3], data: data, expected: expected)
    }
}
