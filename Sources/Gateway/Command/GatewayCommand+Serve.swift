import CertificateTrust
import GatewayServices
import GatewayStore
import Glibc
import Posix
import WebServer
import Wire

// Serving.
extension GatewayProgram {
    static func serve(_ options: GatewayOptions) throws -> Int32 {
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
}
