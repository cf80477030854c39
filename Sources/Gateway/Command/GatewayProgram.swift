import CertificateTrust
import ClaveDomain
import GatewayServices
import GatewayStore
import Glibc
import Posix
import SecureMemory
import WebServer
import Wire

/// `clave-gateway`: reads its command line and serves, or administers.
public enum GatewayProgram {
    /// Runs.
    ///
    /// - Returns: the exit code: 0 done, 1 failed, 64 usage.
    public static func main(_ arguments: [String]) -> Int32 {
        Hardening.apply()
        do {
            let options = try GatewayOptions(arguments)
            if options.options.has("help") || options.command == ["help"] {
                say(GatewayOptions.help)
                return 0
            }
            if options.options.has("version") {
                say("clave-gateway \(ClaveAgent.version)")
                return 0
            }
            return try perform(options)
        } catch let error as Options.UsageError {
            complain("\(error.message)\nTry 'clave-gateway --help'.")
            return 64
        } catch let error as DomainError {
            complain("\(error.description)")
        } catch let error as GatewayFailure {
            complain(error.message)
        } catch let error as HTTPServer.Failure {
            complain(error.message)
        } catch let error as TLSMaterial.Failure {
            complain(error.message)
        } catch let error as TrustStore.Failure {
            complain(error.message)
        } catch {
            complain("\(error)")
        }
        return 1
    }

    private static func perform(_ options: GatewayOptions) throws -> Int32 {
        switch options.command {
        case ["serve"]: return try serve(options)
        case ["seed"]:
            let services = try services(options, origin: "", pins: [])
            let count = try options.number("count", default: 0, 0...1_000_000)
            try Seed.plantNewcomers(try options.number("newcomers", default: 0, 0...1_000_000), in: services)
            say("\(try Seed.plant(in: services) + Seed.plantNumbered(count, in: services)) citizens added")
        case ["outbox"]: try printOutbox(options)
        case ["mail"]: try printMail(options)
        case ["audit"]: try options.options.has("verify") ? verifyAudit(options) : printAudit(options)
        case []: throw Options.UsageError("no command")
        default: try administer(options)
        }
        return 0
    }

    private static func administer(_ options: GatewayOptions) throws {
        switch options.command {
        case ["citizen", "add"]: try addCitizen(options)
        case ["citizen", "list"]: try listCitizens(options)
        case ["citizen", "show"]: try showCitizen(options)
        case ["citizen", "set"]: try setCitizen(options)
        case ["citizen", "renew"]: try renewCitizen(options)
        case ["citizen", "remove"]: try removeCitizen(options)
        case ["operator", "add"]: try setOperator(options, true)
        case ["operator", "remove"]: try setOperator(options, false)
        case ["operator", "list"]: try listOperators(options)
        case ["device", "list"]: try listDevices(options)
        case ["device", "deactivate"]: try deactivateDevice(options)
        case ["appointment", "list"]: try listAppointments(options)
        case ["appointment", "cancel"]: try cancelAppointment(options)
        case ["letter", "list"]: try listLetters(options)
        case ["letter", "void"]: try voidLetter(options)
        case ["letter", "send"]: try sendLetter(options)
        case ["errand", "list"]: try listErrands(options)
        case ["errand", "retry"]: try retryErrands(options)
        case ["errand", "drop"]: try dropErrands(options)
        default: throw Options.UsageError("unknown command: \(options.command.joined(separator: " "))")
        }
    }

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

    // MARK: Serving

    private static func serve(_ options: GatewayOptions) throws -> Int32 {
        let address = options.options.value("listen") ?? "127.0.0.1"
        let port = try options.number("port", default: 8443, 0...65535)
        let chosen = try port == 0 ? freePort(address) : UInt16(port)
        let origin = options.options.value("origin") ?? "https://localhost:\(chosen)"
        guard GatewayOrigin.isValid(origin) else {
            throw Options.UsageError("--origin takes https://host or https://host:port, in small letters")
        }
        let authority = origin.dropFirst(8)
        let host = String(
            authority.hasPrefix("[") ? authority.dropFirst().prefix { $0 != "]" } : authority.prefix { $0 != ":" })
        var names = [host]
        for name in ["localhost", "127.0.0.1", "::1"] where name != host { names.append(name) }
        let tls = try TLSMaterial(folder: options.state, names: names)
        let certificates = try certificateVerifier(options)
        let name = options.options.value("name") ?? GatewayServices.Settings(origin: origin).name
        let printer = try letterPrinter(options, name: name)
        let bells = try WorkBells()
        let services = try services(
            options, origin: origin, pins: [tls.pin], certificates: certificates, printer: printer,
            bells: bells)
        if options.options.has("seed") { _ = try Seed.plant(in: services) }
        let signals = blockSignals()
        let sandbox = sandboxPages(options, address)
        let server = try GatewayServer(
            services: services, tls: tls, try serverSettings(options, address, chosen), sandbox: sandbox)
        let watch = try services.hearOtherProcesses()
        try services.startWorkers(bells, complain: complain)
        say("clave-gateway: listening at \(origin)")
        StandardOutput.put("clave-gateway: certificate authority: ", path: options.state + "/ca.crt")
        if let certificates { say("clave-gateway: trusts \(certificates.authorityCount) certification authorities") }
        if let printer { StandardOutput.put("clave-gateway: letters to print are put into ", path: printer.folder) }
        if let sandbox {
            say("clave-gateway: messages that were sent, for you alone: \(sandbox.address(origin))")
        } else if !options.options.has("no-sandbox-pages") {
            say("clave-gateway: no pages with messages, since \(address) is not this machine's own address")
        }
        say("clave-gateway: this is a sandbox, not the state's service")
        try DetachedThread.start {
            var isSweeping = true
            while true {
                sleep(60)
                do throws(StoreError) {
                    let sweeps = try services.sweeper.sweep()
                    if isSweeping, !sweeps { complain("the clock was set: what has expired is kept for an hour") }
                    isSweeping = sweeps
                } catch { complain("what has expired could not be removed: \(error)") }
                do { try services.auditLog.close() } catch { complain("\(error)") }
                bells.ringForLeftWork()
            }
        }
        waitForSignal(signals)
        watch.cancel()
        server.stop()
        // What it told meanwhile was news, not a result.
        _ = StandardOutput.takeFailure()
        return 0
    }

    /// A port that nobody uses, so that the origin is known before the server listens.
    private static func freePort(_ address: String) throws(SystemError) -> UInt16 {
        let socket = Descriptor(
            owning: try retrying("socket") { Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0) })
        var place = sockaddr_in()
        place.sin_family = sa_family_t(AF_INET)
        unsafe _ = inet_pton(AF_INET, address, &place.sin_addr)
        let number = socket.number
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        try unsafe withUnsafeMutablePointer(to: &place) { place throws(SystemError) in
            try unsafe place.withMemoryRebound(to: sockaddr.self, capacity: 1) { place throws(SystemError) in
                try retrying("bind \(address)") { unsafe bind(number, place, length) }
                try retrying("getsockname") { unsafe getsockname(number, place, &length) }
            }
        }
        return UInt16(bigEndian: place.sin_port)
    }

    private static func blockSignals() -> sigset_t {
        var set = sigset_t()
        unsafe sigemptyset(&set)
        unsafe sigaddset(&set, SIGTERM)
        unsafe sigaddset(&set, SIGINT)
        unsafe sigaddset(&set, SIGHUP)
        unsafe pthread_sigmask(SIG_BLOCK, &set, nil)
        return set
    }

    private static func waitForSignal(_ signals: sigset_t) {
        var signals = signals
        var signal: Int32 = 0
        while unsafe sigwait(&signals, &signal) != 0 {}
    }

    // MARK: Words

    static func say(_ text: String) {
        StandardOutput.put(text + "\n")
    }

    static func complain(_ text: String) {
        StandardError.write("clave-gateway: \(text)\n")
    }
}

/// Why a command did nothing, in English.
struct GatewayFailure: Error {
    let message: String

    init(_ message: String) { self.message = message }
}
