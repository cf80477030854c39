import CertificateTrust
import GatewayServices
import GatewayStore
import GatewayWeb
import Glibc
import Posix
import WebServer

// Serving.
extension GatewayCommand {
    static let serve = GatewayCommand(
        "serve", takes: GatewayOption.ofServer, help: "listen for browsers and agents (Ctrl-C to stop)", .plain(serve))

    private static func serve(_ options: GatewayOptions) throws {
        let address = try ServerAddress(options)
        let tls = try TLSMaterial(folder: options.state, names: address.names)
        let certificates = try options.certificateVerifier()
        let name = options.value(.name) ?? GatewaySettings(origin: address.origin).name
        let printer = try options.letterPrinter(name: name)
        let bells = try WorkBells()
        let services = try options.services(
            origin: address.origin, pins: [tls.pin], certificates: certificates, printer: printer, bells: bells)
        if options.has(.seed) { _ = try Seed.plant(in: services) }
        let signals = blockSignals()
        let sandbox = options.sandboxPages(address.listen)
        let server = try GatewayServer(
            services: services, tls: tls, try options.serverSettings(address.listen, address.port), sandbox: sandbox)
        let watch = try services.hearOtherProcesses()
        try services.startWorkers(bells, complain: complain)
        say("clave-gateway: listening at \(address.origin)")
        StandardOutput.put("clave-gateway: certificate authority: ", path: options.state + "/ca.crt")
        if let certificates { say("clave-gateway: trusts \(certificates.authorityCount) certification authorities") }
        if let printer { StandardOutput.put("clave-gateway: letters to print are put into ", path: printer.folder) }
        if let sandbox {
            say("clave-gateway: messages that were sent, for you alone: \(sandbox.address(address.origin))")
        } else if !options.has(.noSandboxPages) {
            say("clave-gateway: no pages with messages, since \(address.listen) is not this machine's own address")
        }
        say("clave-gateway: this is a sandbox, not the state's service")
        try sweepEachMinute(services, bells)
        waitForSignal(signals)
        watch.cancel()
        server.stop()
        // What it told meanwhile was news, not a result.
        _ = StandardOutput.takeFailure()
    }

    /// Once a minute removes what has expired, moves the oldest lines of the audit into files, and rings for work that
    /// was left.
    private static func sweepEachMinute(_ services: Services, _ bells: WorkBells) throws {
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
}

extension GatewayOption {
    static let listen = GatewayOption(
        "listen", letter: "l", .text("ADDRESS"), help: "IPv4 address to listen at (default: 127.0.0.1)")
    static let port = GatewayOption("port", letter: "p", .text("PORT"), help: "port; 0 for any (default: 8443)")
    static let origin = GatewayOption(
        "origin", letter: "o", .text("URL"), help: "as browsers and agents see it (default: https://localhost:PORT)")
    static let seed = GatewayOption("seed", help: "register the test citizens first")

    /// In the order of the help.
    static let ofServer =
        [listen, port, origin, name, seed, noSandboxPages] + ofTextMessages + ofConnections + ofAttempts + ofLetters
        + ofCalls + ofCertificates
}
