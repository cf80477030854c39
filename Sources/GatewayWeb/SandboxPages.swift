public import GatewayServices
import SecureMemory
import WebServer

/// The pages with what the sandbox has sent: text messages with PINs and codes, and e-mail.
///
/// Whoever reads them can be anybody of the sandbox, so they are for who has started the gateway alone: they open to a
/// browser of this machine that has been to the address which `serve` prints, and to no other user of the machine.
public struct SandboxPages: Sendable {
    static let cookie = "__Host-clave-sandbox"
    private static let tokenLength = 16

    /// Text messages; nil where they leave by a modem.
    let outbox: OutboxSender?
    /// E-mail; nil where there is none.
    let mail: OutboxMailer?
    /// Made anew at each start.
    let token = base64URL(randomBytes(SandboxPages.tokenLength))

    /// - Parameters:
    ///   - outbox: text messages; nil where they leave by a modem.
    ///   - mail: e-mail; nil where there is none.
    public init(outbox: OutboxSender?, mail: OutboxMailer?) {
        self.outbox = outbox
        self.mail = mail
    }

    /// The address by which a browser is let in.
    public func address(_ origin: String) -> String {
        "\(origin)/sandbox/\(outbox == nil ? "mail" : "outbox")?token=\(token)"
    }

    /// Whether a token is the one that was printed.
    func isRight(_ given: String) -> Bool {
        let (given, right) = (Array(given.utf8), Array(token.utf8))
        return constantTimeEqual(unsafe given.span.bytes, unsafe right.span.bytes)
    }

    /// Whether a request comes from a browser of this machine that was let in.
    func isOpen(to request: HTTPRequest) -> Bool {
        Self.isLoopback(request.address) && isRight(request.cookies[Self.cookie] ?? "")
    }

    /// Whether an address is this machine's own, which no other machine can use.
    public static func isLoopback(_ address: String) -> Bool { address.utf8.starts(with: "127.".utf8) }
}
