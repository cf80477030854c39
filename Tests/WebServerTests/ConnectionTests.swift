import Foundation
import TestSupport
import Testing

@testable import WebServer

@Suite struct `A server goes on for others` {
    @Test func `when a client's handshake or headers take longer than they may, however they trickle`() throws {
        var settings = HTTPServer.Settings(threads: 2)
        settings.limits.headers = 1
        let served = try Served(settings)
        let connections = SilentConnections()
        for _ in 0..<8 { try connections.open(to: served.server.port, from: "127.0.0.9") }
        try eventually("silent connections to be ended") {
            connections.trickle()
            return connections.openCount == 0
        }
        // After the handshake: a header that never ends. Only the server's end ends the program, or the time.
        let script = """
            (printf 'GET / HTTP/1.1\\r\\nHost: a\\r\\nX: '; while printf x; do sleep 0.1; done) \
            | timeout 60 openssl s_client -quiet -connect 127.0.0.1:\(served.server.port)
            """
        let outcome = served.shell(script)
        #expect(outcome.code != 124, "\(outcome)")
        #expect(try served.curl("-o", "/dev/null", served.origin).code == 0)
    }

    @Test func `when a body does not come, or a client asks for nothing more`() throws {
        var settings = HTTPServer.Settings(threads: 2)
        settings.limits.body = 1
        settings.limits.idle = 2
        let served = try Served(settings)
        for request in [
            "POST / HTTP/1.1\\r\\nHost: a\\r\\nContent-Length: 60000\\r\\n\\r\\n",
            "GET /favicon.ico HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n",
        ] {
            let script = """
                (printf '\(request)'; while printf x; do sleep 0.1; done) \
                | timeout 60 openssl s_client -quiet -connect 127.0.0.1:\(served.server.port)
                """
            let outcome = served.shell(script)
            #expect(outcome.code != 124, "\(request): \(outcome)")
        }
    }

    @Test func `when one address wants all connections`() throws {
        var settings = HTTPServer.Settings(threads: 2)
        settings.limits.perShared = 8
        settings.limits.headers = 600
        let served = try Served(settings)
        let connections = SilentConnections()
        for _ in 0..<40 { try connections.open(to: served.server.port, from: "127.0.0.5") }
        try eventually("those above the limit to be ended") { connections.openCount == 8 }
        #expect(try served.curl("-o", "/dev/null", served.origin).code == 0)
        // Who has gone makes room.
        connections.close()
        try eventually("all to be closed") { served.server.load.connections == 0 }
        try connections.open(to: served.server.port, from: "127.0.0.5")
        try eventually("the new one") { served.server.load.connections == 1 }
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
