import GatewayServices
import GatewayWeb
import Posix
import WebServer

// How the server runs.
extension GatewayOptions {
    /// What the options say of it.
    func serverSettings(_ address: String, _ port: UInt16) throws -> HTTPServer.Settings {
        var settings = HTTPServer.Settings(address: address, port: port)
        settings.threads = try number(.threads, default: settings.threads, 1...256)
        settings.limits.perAddress = try number(
            .connectionsPerAddress, default: settings.limits.perAddress, 1...settings.limits.mostPerAddress)
        if let list = value(.trustedProxy) {
            do throws(TrustedProxies.Failure) { settings.proxies = try TrustedProxies(parsing: list) } catch {
                throw Options.UsageError("--trusted-proxy: \(error.message)")
            }
        }
        return settings
    }

    /// The pages with what was sent; nil where others than this machine's users could ask for them, or they are not wanted.
    func sandboxPages(_ address: String) -> SandboxPages? {
        guard !has(.noSandboxPages), SandboxPages.isLoopback(address) else { return nil }
        let isOutbox = value(.sms) != "gammu"
        return SandboxPages(
            outbox: isOutbox ? OutboxSender(folder: "\(state)/outbox") : nil,
            mail: OutboxMailer(folder: "\(state)/mail"))
    }
}

extension GatewayOption {
    static let noSandboxPages = GatewayOption(
        "no-sandbox-pages",
        help: """
            hide the pages with text messages and e-mail, which are there at an address of
            this machine only, and open to who has the address that serve prints
            """)
    static let threads = GatewayOption("threads", .text("COUNT"), help: "of the server (default: 16)")
    static let connectionsPerAddress = GatewayOption(
        "connections-per-address", .text("COUNT"),
        help: """
            connections of one address at a time; of this machine's own, and of a trusted
            proxy's, half of all that there can be (default: 64)
            """)
    static let trustedProxy = GatewayOption(
        "trusted-proxy", .text("ADDRESS[,ADDRESS]"),
        help: "proxies whose X-Forwarded-For says who asks (default: none)")

    static let ofConnections = [threads, connectionsPerAddress, trustedProxy]
}
