import CPCSC
import Glibc
import Posix
import Synchronization

/// A card that nobody else may speak with, and whose it is.
struct HeldCard: Sendable {
    let context: Int
    let handle: Int
    /// PC/SC's number of the protocol in force.
    let active: DWORD
    let atr: ATR?

    /// Gives it back as it is.
    func leave() {
        SCardEndTransaction(handle, DWORD(SCARD_LEAVE_CARD))
        SCardDisconnect(handle, DWORD(SCARD_LEAVE_CARD))
        SCardReleaseContext(context)
    }
}

/// The attempt to get a card for oneself.
///
/// While another program has a transaction the service lets whoever connects wait without end, and PC/SC's library lets
/// whoever begins one wait without end; neither can be called off (``EndlessCall``).
enum CardClaim {
    /// The most threads that wait at once, with those that nobody waits for.
    private static let limit = 8
    private static let count = Mutex(0)
    /// Milliseconds between two attempts where the service says at once that the card is another's.
    private static let pause = 50
    /// How often a card is taken anew because it was reset meanwhile.
    private static let triesLimit = 8

    /// Takes the card in a reader, or gives up.
    static func take(_ reader: String, until deadline: ContinuousClock.Instant) throws(ReaderError) -> HeldCard {
        let isFree = count.withLock { count in
            guard count < limit else { return false }
            count += 1
            return true
        }
        guard isFree else { throw .busy(ServiceClient.others()) }
        let call: EndlessCall<HeldCard>
        do throws(ReaderError) {
            call = try EndlessCall { () throws(ReaderError) in
                defer { count.withLock { $0 -= 1 } }
                return try hold(reader, until: deadline)
            } giveBack: {
                $0.leave()
            }
        } catch {
            count.withLock { $0 -= 1 }
            throw error
        }
        guard let card = try call.result(until: deadline) else { throw .busy(ServiceClient.others()) }
        return card
    }

    // MARK: On the thread

    /// Connects, and begins a transaction.
    private static func hold(_ reader: String, until deadline: ContinuousClock.Instant) throws(ReaderError) -> HeldCard
    {
        let context = try CardService.open()
        do throws(ReaderError) {
            let (handle, first) = try connect(context, reader, until: deadline)
            let active = try begin(handle, first, until: deadline)
            return HeldCard(context: context, handle: handle, active: active, atr: try answerToReset(handle))
        } catch {
            // Its connections, and a transaction, end with it.
            SCardReleaseContext(context)
            throw error
        }
    }

    private static func connect(
        _ context: Int, _ reader: String, until deadline: ContinuousClock.Instant
    ) throws(ReaderError) -> (Int, DWORD) {
        var (handle, active) = (SCARDHANDLE(), DWORD(0))
        try patiently("SCardConnect", until: deadline) {
            unsafe SCardConnect(
                context, reader, DWORD(SCARD_SHARE_SHARED), DWORD(SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1), &handle,
                &active)
        }
        return (handle, active)
    }

    /// Begins the transaction, and says which protocol is in force; a card that another program has reset is taken as it
    /// is now.
    private static func begin(
        _ handle: Int, _ first: DWORD, until deadline: ContinuousClock.Instant
    ) throws(ReaderError) -> DWORD {
        var active = first
        for _ in 0..<triesLimit {
            let result = SCardBeginTransaction(handle)
            guard clave_pcsc_outcome(result) == CLAVE_PCSC_RESET else {
                try ReaderError.check("SCardBeginTransaction", result)
                return active
            }
            try patiently("SCardReconnect", until: deadline) {
                unsafe SCardReconnect(
                    handle, DWORD(SCARD_SHARE_SHARED), DWORD(SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1),
                    DWORD(SCARD_LEAVE_CARD), &active)
            }
        }
        throw .failed("the card is reset again and again")
    }

    /// Calls until the card is nobody else's, or time is up.
    private static func patiently(
        _ name: String, until deadline: ContinuousClock.Instant, _ call: () -> LONG
    ) throws(ReaderError) {
        while true {
            let result = call()
            guard clave_pcsc_outcome(result) == CLAVE_PCSC_BUSY, ContinuousClock.now < deadline else {
                return try ReaderError.check(name, result)
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
