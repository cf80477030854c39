import CertificateTrust
import GatewayServices
import GatewayStore
import Posix
import WebServer

// The services behind the commands.
extension GatewayProgram {
    static func services(
        _ options: GatewayOptions, origin: String, pins: [String], certificates: CertificateVerifier? = nil,
        printer: PrintOutbox? = nil, bells: WorkBells? = nil
    ) throws -> GatewayServices {
        let keys = try GatewayKeys(folder: options.state)
        let store = try SQLiteStore(path: "\(options.state)/gateway.sqlite")
        var settings = GatewayServices.Settings(origin: origin, pins: pins)
        if let name = options.options.value("name") { settings.name = name }
        settings.limits.attemptsPerAddress = try options.number(
            "attempts-per-address", default: settings.limits.attemptsPerAddress, 1...1_000_000)
        settings.limits.attemptsPerDocument = try options.number(
            "attempts-per-document", default: settings.limits.attemptsPerDocument, 1...1_000_000)
        settings.auditFolder = "\(options.state)/audit"
        settings.outboxes = ["outbox", "mail"].map { "\(options.state)/\($0)" }
        settings.isCommand = bells == nil
        try configureCalls(&settings, options)
        let sender: any MessageSender
        switch options.options.value("sms") ?? "outbox" {
        case "outbox": sender = OutboxSender(folder: "\(options.state)/outbox")
        case "gammu": sender = GammuSender(configuration: options.options.value("gammu-config"))
        default: throw Options.UsageError("--sms takes outbox or gammu")
        }
        let listeners = DeviceListeners()
        return GatewayServices(
            store: store, keys: keys, settings: settings, sender: sender, certificates: certificates,
            printer: printer, mailer: OutboxMailer(folder: "\(options.state)/mail"), listeners: listeners
        ) { work -> any Reactor in
            if let bells { ServerReactor(bells: bells, listeners: listeners) } else { InlineReactor(work) }
        }
    }
}
