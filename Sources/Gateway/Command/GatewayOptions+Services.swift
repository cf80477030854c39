import CertificateTrust
import GatewayServices
import GatewayStore
import Posix
import WebServer

// The services behind the commands.
extension GatewayOptions {
    /// The services over the keys and the database of the state folder, which are made where they are missing.
    ///
    /// - Parameter bells: the server's; nil for a command, which does at once what is to be done after a commit.
    func services(
        origin: String, pins: [String], certificates: CertificateVerifier? = nil,
        printer: PrintOutbox? = nil, bells: WorkBells? = nil
    ) throws -> Services {
        let keys = try GatewayKeys(folder: state)
        let store = try SQLiteStore(path: "\(state)/gateway.sqlite")
        var settings = GatewaySettings(origin: origin, pins: pins)
        if let name = value(.name) { settings.name = name }
        settings.limits.attemptsPerAddress = try number(
            .attemptsPerAddress, default: settings.limits.attemptsPerAddress, 1...1_000_000)
        settings.limits.attemptsPerDocument = try number(
            .attemptsPerDocument, default: settings.limits.attemptsPerDocument, 1...1_000_000)
        settings.auditFolder = "\(state)/audit"
        settings.outboxes = ["outbox", "mail"].map { "\(state)/\($0)" }
        settings.isCommand = bells == nil
        try configureCalls(&settings)
        let sender = try messageSender()
        let listeners = DeviceListeners()
        return Services(
            store: store, keys: keys, settings: settings, sender: sender, certificates: certificates,
            printer: printer, mailer: OutboxMailer(folder: "\(state)/mail"), listeners: listeners
        ) { work -> any Reactor in
            if let bells { ServerReactor(bells: bells, listeners: listeners) } else { InlineReactor(work) }
        }
    }

    private func messageSender() throws(Options.UsageError) -> any MessageSender {
        switch value(.sms) ?? "outbox" {
        case "outbox": OutboxSender(folder: "\(state)/outbox")
        case "gammu": GammuSender(configuration: value(.gammuConfig))
        default: throw Options.UsageError("--sms takes outbox or gammu")
        }
    }
}

extension GatewayOption {
    static let name = GatewayOption("name", .text("NAME"), help: "what the gateway calls itself")
    static let sms = GatewayOption(
        "sms", .text("outbox|gammu"), help: "how text messages leave (default: outbox, files in DIR/outbox)")
    static let gammuConfig = GatewayOption(
        "gammu-config", .path("F"), help: "configuration for gammu-smsd-inject")
    static let attemptsPerAddress = GatewayOption(
        "attempts-per-address", .text("COUNT"),
        help: "attempts from one address in ten minutes, and visits (default: 100)")
    static let attemptsPerDocument = GatewayOption(
        "attempts-per-document", .text("COUNT"),
        help: "attempts on one document from one address in ten minutes (default: 10)")

    /// How text messages leave.
    static let ofTextMessages = [sms, gammuConfig]
    static let ofAttempts = [attemptsPerAddress, attemptsPerDocument]
}
