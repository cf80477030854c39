import AgentProtocol
import Glibc
import Posix
import SSHKeys
import SecureMemory
import Wire

/// `clave-sk-helper`: makes one signature with a key on a FIDO token, in a process of its own, and ends. The supervisor
/// starts it with the core's socket as descriptor 3.
public enum SecurityKeyProgram {
    /// Runs.
    ///
    /// - Returns: the exit code.
    public static func main() -> Int32 {
        guard let channel = LibraryHost.begin("clave-sk-helper") else { return HelperSocket.usage }
        guard let payload = try? channel.receive() else { return 1 }
        let answer = payload.withBytes { payload -> ProviderSigned? in
            guard let request = (try? SecurityKeySign.decode(payload: payload)) ?? nil else { return nil }
            return Self.answer(request)
        }
        guard let answer else { return 1 }
        do throws(ChannelError) { try channel.send(answer) } catch { return 1 }
        return 0
    }

    static func answer(_ request: borrowing SecurityKeySign) -> ProviderSigned {
        do throws(TokenRefusal) {
            let key = try key(request)
            let made =
                request.provider.isEmpty
                ? try FIDOToken.sign(request, key) : try Middleware(path: request.provider).sign(request, key)
            guard let blob = made.blob(by: key) else {
                throw TokenRefusal(.failed, "what the token gave is no signature")
            }
            return ProviderSigned(number: 0, outcome: .done, signature: blob)
        } catch { return ProviderSigned(number: 0, outcome: error.outcome, detail: error.detail) }
    }

    private static func key(_ request: borrowing SecurityKeySign) throws(TokenRefusal) -> PublicKey {
        guard let key = try? PublicKey(blob: request.key), key.algorithm.isSecurityKey else {
            throw TokenRefusal(.failed, "it is no key on a FIDO token")
        }
        // An empty one is the key of no site, and no token knows it.
        guard key.application?.isEmpty == false else { throw TokenRefusal(.failed, "the key is for nothing") }
        return key
    }
}

/// Why there is no signature, in the core's terms.
struct TokenRefusal: Error {
    let outcome: ProviderOutcome
    /// English; one line that the pipe takes.
    let detail: String

    init(_ outcome: ProviderOutcome, _ detail: String = "") {
        self.outcome = outcome
        let scalars = detail.unicodeScalars.filter { $0.value >= 0x20 && PlainText.holds($0) }
        self.detail = String(String.UnicodeScalarView(scalars.prefix(ProtocolLimits.line / 4)))
    }
}

/// Lends a PIN as a C string; nil for an empty one.
///
/// - Throws: `.wrongPIN` for one that has a NUL inside: it would be cut there.
func withCString<Value>(
    _ pin: borrowing SecretBytes, _ body: (UnsafePointer<CChar>?) -> Value
) throws(TokenRefusal) -> Value {
    guard pin.count > 0 else { return body(nil) }
    var writer = SecretWriter()
    pin.withBytes { writer.append(secret: $0) }
    writer.append(unsafe [UInt8(0)].span.bytes)
    let terminated = writer.finish()
    let count = pin.count
    let value = terminated.withBytes { bytes in
        unsafe bytes.withUnsafeBytes { bytes -> Value? in
            let text = unsafe bytes.assumingMemoryBound(to: CChar.self).baseAddress!
            return unsafe strlen(text) == count ? body(text) : nil
        }
    }
    guard let value else { throw TokenRefusal(.wrongPIN, "a PIN has no NUL in it") }
    return value
}
