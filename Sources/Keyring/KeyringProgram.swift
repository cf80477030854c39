import AgentProtocol
import Glibc
import Posix
import SecureMemory
import Wire

/// `clave-keyring`: does one thing with the desktop's keyring, and ends. The supervisor starts it with the core's socket
/// as descriptor 3.
public enum KeyringProgram {
    /// Runs from start to end.
    ///
    /// - Returns: the exit code: 0 after a reply, 1 for a core that does not speak as one, 64 by hand.
    public static func main() -> Int32 {
        Hardening.apply()
        guard HelperSocket.isThere(for: "clave-keyring") else { return HelperSocket.usage }
        let channel = FrameChannel(Descriptor(owning: 3))
        guard let request = request(on: channel) else { return 1 }
        let reply = answer(request) { try? channel.send(KeyringAsks()) }
        try? channel.send(secret: reply)
        return 0
    }

    private static func request(on channel: borrowing FrameChannel) -> KeyringRequest? {
        do {
            let payload = try channel.receive()
            return try payload.withBytes { bytes throws(WireError) in try KeyringRequest.decode(payload: bytes) }
        } catch { return nil }
    }

    /// Does what is asked; `onAsking` is called before the desktop asks the person.
    private static func answer(_ request: borrowing KeyringRequest, onAsking: () -> Void) -> KeyringReply {
        let entry = KeyringEntry(vault: request.vault, slot: request.slot)
        do throws(KeyringFailure) {
            let service = try SecretService()
            switch request.operation {
            case .store:
                try service.store(request.secret, entry, onAsking: onAsking)
                return KeyringReply(.done)
            case .lookUp: return KeyringReply(.done, secret: try service.lookUp(entry, onAsking: onAsking))
            case .delete:
                try service.delete(entry, onAsking: onAsking)
                return KeyringReply(.done)
            }
        } catch {
            return KeyringReply(error.outcome, detail: error.detail)
        }
    }
}

/// Why the keyring did not do it.
struct KeyringFailure: Error {
    /// Never `.done`.
    let outcome: KeyringOutcome
    /// English; may be empty.
    let detail: String

    /// A failure; what others have said is cut and cleaned for the protocol.
    init(_ outcome: KeyringOutcome, _ detail: String = "") {
        self.outcome = outcome
        let plain = String(String.UnicodeScalarView(detail.unicodeScalars.filter(PlainText.holds).prefix(120)))
        self.detail = plain
    }
}

/// An entry as the keyring knows it.
struct KeyringEntry {
    /// Hexadecimal.
    let vault: String
    /// Hexadecimal; nil for all entries of the vault.
    let slot: String?

    init(vault: [UInt8], slot: [UInt8]) {
        self.vault = Self.hexadecimal(vault)
        self.slot = slot.isEmpty ? nil : Self.hexadecimal(slot)
    }

    /// What the person reads in a list of their keyring.
    var label: String { "clave-agent: vault key (\(vault.prefix(8)))" }

    private static func hexadecimal(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef")
        return String(bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
    }
}
