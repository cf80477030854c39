import CPCSC

/// Why a reader or its card can't be used.
public enum ReaderError: Error, Equatable, Sendable {
    /// The card service (pcscd) does not run, can't be reached, or refuses this user.
    case noService
    /// The card service has ended since; a new ``CardReaders`` or ``CardConnection`` finds it when it is back.
    case serviceStopped
    /// The card service takes connections, and has not answered for so long.
    case serviceSilent(seconds: Int)
    /// The reader is not there, or not any more.
    case readerGone
    /// There is no card in the reader, or not any more.
    case noCard
    /// Another program holds the card; those that speak with the card service now, as far as this one may see them. One
    /// of them is it; if there are none, it is another program that can't be named.
    case busy([ServiceClient])
    /// The card does not answer: it lies the wrong way, is dirty, or is broken.
    case mute
    /// Card and reader have no protocol in common.
    case unsupported
    /// Somebody has cancelled the wait.
    case cancelled
    /// Nothing has happened in the time given.
    case timedOut
    /// What was done with the card failed.
    case card(CardError)
    /// Something else; English, one line.
    case failed(String)
}

extension ReaderError {
    /// Throws unless a result of PC/SC's says that all is well.
    static func check(_ call: String, _ result: LONG) throws(ReaderError) {
        guard result != SCARD_S_SUCCESS else { return }
        throw ReaderError(call, result)
    }

    init(_ call: String, _ result: LONG) {
        self =
            switch clave_pcsc_outcome(result) {
            // A place in the service was there before: whoever has none yet says that there is no service.
            case CLAVE_PCSC_NO_SERVICE: .serviceStopped
            case CLAVE_PCSC_NO_READERS, CLAVE_PCSC_READER_GONE: .readerGone
            case CLAVE_PCSC_NO_CARD: .noCard
            case CLAVE_PCSC_BUSY: .busy(ServiceClient.others())
            case CLAVE_PCSC_MUTE: .mute
            case CLAVE_PCSC_PROTOCOL: .unsupported
            case CLAVE_PCSC_CANCELLED: .cancelled
            case CLAVE_PCSC_TIMEOUT: .timedOut
            default: .failed(Self.words(call, result))
            }
    }

    static func words(_ call: String, _ result: LONG) -> String {
        let words = unsafe pcsc_stringify_error(result).map { unsafe String(cString: $0) }
        return "\(call): \(words ?? "error \(result)")"
    }
}

extension CardError {
    /// What a command's failure means to a channel.
    init(_ call: String, _ result: LONG) {
        self =
            switch clave_pcsc_outcome(result) {
            // A card that was reset has forgotten all that the channel knows of it.
            case CLAVE_PCSC_NO_CARD, CLAVE_PCSC_MUTE, CLAVE_PCSC_RESET: .removed
            case CLAVE_PCSC_READER_GONE, CLAVE_PCSC_NO_READERS, CLAVE_PCSC_NO_SERVICE: .readerGone
            case CLAVE_PCSC_TOO_LONG: .malformed
            default: .failed(ReaderError.words(call, result))
            }
    }
}
