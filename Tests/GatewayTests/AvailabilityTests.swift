import CertificateTrust
import Foundation
import GatewayAPI
import SecureMemory
import TestAuthorities
import TestSupport
import Testing
import WebServer

@testable import Gateway
@testable import GatewayServices

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
}
