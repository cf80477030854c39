import GatewayServices
import Posix
import WebServer

// How the server runs.
extension GatewayProgram {
    /// What the options say of it.
    static func serverSettings(
        _ options: GatewayOptions, _ address: String, _ port: UInt16
    ) throws -> HTTPServer.Settings {
        var settings = HTTPServer.Settings(address: address, port: port)
        settings.threads = try options.number("threads", default: settings.threads, 1...256)
        settings.limits.perAddress = try options.number(
            "connections-per-address", default: settings.limits.perAddress, 1...settings.limits.mostPerAddress)
        if let list = options.options.value("trusted-proxy") {
            do throws(TrustedProxies.Failure) { settings.proxies = try TrustedProxies(parsing: list) } catch {
                throw Options.UsageError("--trusted-proxy: \(error.message)")
            }
        }
        return settings
    }

    /// The pages with what was sent; nil where others than this machine's users could ask for them, or they are not wanted.
    static func sandboxPages(_ options: GatewayOptions, _ address: String) -> SandboxPages? {
        guard !options.options.has("no-sandbox-pages"), SandboxPages.isLoopback(address) else { return nil }
        let isOutbox = options.options.value("sms") != "gammu"
        return SandboxPages(
            outbox: isOutbox ? OutboxSender(folder: "\(options.state)/outbox") : nil,
            mail: OutboxMailer(folder: "\(options.state)/mail"))
    }
}
