import CPCSC
import Dispatch
import Glibc
import SmartCard

/// Does with readers and cards what one line of words says, and answers with one line.
struct CardUser {
    private var readers: CardReaders?
    private var known: [CardReader] = []
    private var connection: CardConnection?

    mutating func perform(_ word: String, _ words: [String]) -> String {
        do throws(ReaderError) {
            switch (word, words.count) {
            case ("list", 0): return try list()
            case ("change", 0): return try change(nil)
            case ("change", 1): return try change(Int(words[0]))
            case ("cancel", 0): return try cancel()
            case ("connect", 2):
                connection = try CardConnection(Self.reader(words[0]), patience: Int(words[1])!)
                return "\(connection!.transmission) \(hexadecimal(connection!.atr?.bytes ?? []))"
            case ("send", 1): return try send(words[0])
            case ("close", 0):
                connection?.close()
                return "closed"
            case ("exclusive", 1): return exclusive(Self.reader(words[0]))
            default: return "unknown"
            }
        } catch { return "\(error)" }
    }

    private static func reader(_ number: String) -> String { "Virtual PCD 00 0\(number)" }

    // MARK: Readers

    private mutating func list() throws(ReaderError) -> String {
        if readers == nil { readers = try CardReaders() }
        known = try readers!.list()
        return Self.line(known)
    }

    private mutating func change(_ milliseconds: Int?) throws(ReaderError) -> String {
        // Whoever told it to wait knows by this that it does.
        say("waiting")
        known = try readers!.change(after: known, milliseconds: milliseconds)
        return Self.line(known)
    }

    /// Waits, and cancels the wait from another thread; at some other time each time it is called.
    private mutating func cancel() throws(ReaderError) -> String {
        let readers = readers!
        let isCalled = DispatchSemaphore(value: 0)
        DispatchQueue.global().async {
            usleep(.random(in: 0..<30_000))
            readers.cancel()
            isCalled.signal()
        }
        defer { isCalled.wait() }
        return try change(nil)
    }

    private static func line(_ readers: [CardReader]) -> String {
        let texts = readers.map { reader in
            let card =
                switch reader.card {
                case .none: "none"
                case .present(let atr): hexadecimal(atr?.bytes ?? [])
                case .mute: "mute"
                case .unavailable: "unavailable"
                }
            return "\(reader.name): \(card)" + (reader.isHeld ? ", held" : "")
        }
        return "\(readers.count) readers; " + texts.joined(separator: "; ")
    }

    // MARK: Cards

    private func send(_ text: String) throws(ReaderError) -> String {
        guard let connection, let bytes = octets(text), let command = CommandAPDU(bytes: bytes) else {
            return "unknown"
        }
        do throws(CardError) { return hexadecimal(try connection.transmit(command).bytes) } catch {
            throw .card(error)
        }
    }

    /// Takes a card as no part of the agent does: so that nobody else may even connect.
    private func exclusive(_ reader: String) -> String {
        var (context, handle, active) = (SCARDCONTEXT(), SCARDHANDLE(), DWORD(0))
        SCardEstablishContext(DWORD(SCARD_SCOPE_SYSTEM), nil, nil, &context)
        let result = SCardConnect(
            context, reader, DWORD(SCARD_SHARE_EXCLUSIVE), DWORD(SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1), &handle,
            &active)
        return "\(result)"
    }
}
