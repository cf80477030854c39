import CertificateTrust
import Foundation
import GatewayAPI
import SecureMemory
import TestAuthorities
import TestSupport
import Testing

@testable import Gateway

@Suite struct `The server goes on for others` {
    /// A step that brings a certificate's signature, as curl sends it.
    private func finish(_ office: Office, _ person: Issued, _ origin: String, _ number: Int) throws -> [String] {
        let device = TestDevice(office.sandbox)
        device.address = "192.0.2.\(number % 16)"
        let signature = try office.authorities.sign(try device.challenge(), by: person)
        let request = try device.sealedStep("finish", SecretBytes(copying: signature.span.bytes), method: "certificate")
        let body = office.sandbox.folder + "/finish-\(number)"
        try Data(request.body).write(to: URL(filePath: body))
        let headers = request.headers.flatMap { ["-H", "\($0.name): \($0.value)"] }
        return headers + ["-o", body + ".answer", "--data-binary", "@\(body)", origin + request.path]
    }

    @Test func `while 32 requests wait for a responder that never answers and 1,100 connections say nothing`() throws {
        let authorities = try Authorities()
        try authorities.writeList(of: authorities.root)
        let silent = try CannedServer(nil)
        let verifier = try authorities.verifier(
            policy: .require, hasLists: true, responder: silent.address, timeLimit: 200_000)
        let office = try Office(authorities, verifier)
        var settings = HTTPServer.Settings(threads: 2)
        // The silent ones are to be there until the end, however slow the machine.
        settings.limits.headers = 600
        let listening = try Listening(settings, office.sandbox)
        let person = try authorities.person()
        var visitors = try (0..<32).map {
            try listening.visitor(try finish(office, person, listening.origin, $0))
        }
        try eventually("32 requests to wait") { listening.server.load.waiting == 32 }
        let connections = SilentConnections()
        for number in 0..<1100 { try connections.open(to: listening.server.port, from: "127.0.0.\(2 + number / 60)") }
        try eventually("1,100 silent connections") { listening.server.load.connections >= 1132 }
        for path in ["/", "/procedure/padro", "/agent/v1/gateway"] {
            let page = try listening.curl("-o", "/dev/null", "-w", "%{http_code}", listening.origin + path)
            #expect(page.output == "200", "\(path): \(page)")
        }
        #expect(listening.server.load.waiting == 32 && connections.openCount == 1100)
        // Half of those who wait go away, and the responder too: nothing is left of anybody.
        for visitor in visitors[..<16] { visitor.end(SIGKILL) }
        silent.hangUp()
        try eventually("all to be answered") { listening.server.load.waiting == 0 }
        for visitor in visitors[16...] { #expect(visitor.exitCode == 0) }
        visitors = []
        connections.close()
        try eventually("all connections to be closed") { listening.server.load.connections == 0 }
    }

    @Test func `while it stops, by telling those that still wait`() throws {
        let authorities = try Authorities()
        try authorities.writeList(of: authorities.root)
        let silent = try CannedServer(nil)
        let verifier = try authorities.verifier(
            policy: .require, hasLists: true, responder: silent.address, timeLimit: 200_000)
        let office = try Office(authorities, verifier)
        var listening: Listening? = try Listening(HTTPServer.Settings(threads: 2), office.sandbox)
        let person = try authorities.person()
        let origin = listening?.origin ?? ""
        let visitors = try (0..<12).map {
            try Child(
                "/usr/bin/curl", ["-sS", "-k"] + (try finish(office, person, origin, $0)), environment: [:])
        }
        try eventually("12 requests to wait") { listening?.server.load.waiting == 12 }
        listening = nil
        for visitor in visitors { #expect([0, 52, 56].contains(visitor.exitCode), "\(visitor.exitCode)") }
        silent.hangUp()
    }

    @Test func `when a client's handshake or headers take longer than they may, however they trickle`() throws {
        var settings = HTTPServer.Settings(threads: 2)
        settings.limits.headers = 1
        let listening = try Listening(settings)
        let connections = SilentConnections()
        for _ in 0..<8 { try connections.open(to: listening.server.port, from: "127.0.0.9") }
        try eventually("silent connections to be ended") {
            connections.trickle()
            return connections.openCount == 0
        }
        // After the handshake: a header that never ends. Only the server's end ends the program, or the time.
        let script = """
            (printf 'GET / HTTP/1.1\\r\\nHost: a\\r\\nX: '; while printf x; do sleep 0.1; done) \
            | timeout 60 openssl s_client -quiet -connect 127.0.0.1:\(listening.server.port)
            """
        let outcome = runProgram("/bin/sh", ["-c", script], environment: ["PATH": "/usr/bin:/bin"])
        #expect(outcome.code != 124, "\(outcome)")
        #expect(try listening.curl("-o", "/dev/null", listening.origin).code == 0)
    }

    @Test func `when a body does not come, or a client asks for nothing more`() throws {
        var settings = HTTPServer.Settings(threads: 2)
        settings.limits.body = 1
        settings.limits.idle = 2
        let listening = try Listening(settings)
        for request in [
            "POST / HTTP/1.1\\r\\nHost: a\\r\\nContent-Length: 60000\\r\\n\\r\\n",
            "GET /favicon.ico HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n",
        ] {
            let script = """
                (printf '\(request)'; while printf x; do sleep 0.1; done) \
                | timeout 60 openssl s_client -quiet -connect 127.0.0.1:\(listening.server.port)
                """
            let outcome = runProgram("/bin/sh", ["-c", script], environment: ["PATH": "/usr/bin:/bin"])
            #expect(outcome.code != 124, "\(request): \(outcome)")
        }
    }

    @Test func `when one address wants all connections`() throws {
        var settings = HTTPServer.Settings(threads: 2)
        settings.limits.perShared = 8
        settings.limits.headers = 600
        let listening = try Listening(settings)
        let connections = SilentConnections()
        for _ in 0..<40 { try connections.open(to: listening.server.port, from: "127.0.0.5") }
        try eventually("those above the limit to be ended") { connections.openCount == 8 }
        #expect(try listening.curl("-o", "/dev/null", listening.origin).code == 0)
        // Who has gone makes room.
        connections.close()
        try eventually("all to be closed") { listening.server.load.connections == 0 }
        try connections.open(to: listening.server.port, from: "127.0.0.5")
        try eventually("the new one") { listening.server.load.connections == 1 }
    }
}

@Suite struct `Open connections` {
    private func address(_ text: String) -> UInt32 {
        var address = in_addr()
        inet_pton(AF_INET, text, &address)
        return address.s_addr
    }

    @Test func `of one address are limited, those of this machine and of a trusted proxy less so`() throws {
        let limits = Connections.Limits()
        let connections = Connections(limits: limits, proxies: try TrustedProxies(parsing: "10.0.0.2"))
        for (text, limit) in [("192.0.2.1", 64), ("127.0.0.1", 4096), ("127.9.9.9", 4096), ("10.0.0.2", 4096)] {
            let before = connections.count
            for name in 0..<limit {
                #expect(connections.admits(address(text)))
                connections.begin(UInt(before + name), socket: -1, address: address(text))
            }
            #expect(!connections.admits(address(text)), "\(text)")
            #expect(connections.admits(address("192.0.2.2")))
        }
        connections.end(0)
        connections.end(0)
        #expect(connections.admits(address("192.0.2.1")))
        connections.begin(0, socket: -1, address: address("192.0.2.1"))
        #expect(!connections.admits(address("192.0.2.1")))
    }

    @Test func `have the descriptors that they need, or are as many as there are descriptors for`() {
        var files = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &files)
        #expect(DescriptorLimit.connections(100) == 100)
        let most = Int(clamping: files.rlim_max)
        #expect(DescriptorLimit.connections(most) == most - DescriptorLimit.reserve)
        var raised = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &raised)
        #expect(raised.rlim_cur == files.rlim_max)
    }
}
