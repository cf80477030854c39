import Foundation
import Glibc
import TestSupport

@testable import Gateway

/// A gateway that listens, and curl as its visitor.
final class Listening {
    let sandbox: Sandbox
    let server: GatewayServer
    var origin: String { "https://localhost:\(server.port)" }

    init(_ settings: HTTPServer.Settings = HTTPServer.Settings(threads: 2), _ sandbox: Sandbox? = nil) throws {
        signal(SIGPIPE, SIG_IGN)
        self.sandbox = try sandbox ?? Sandbox()
        let tls = try TLSMaterial(folder: self.sandbox.folder, names: ["localhost", "127.0.0.1"])
        server = try GatewayServer(services: self.sandbox.services, tls: tls, settings)
    }

    deinit { server.stop() }

    func curl(_ arguments: String...) throws -> Outcome {
        runProgram("/usr/bin/curl", common + arguments, environment: [:])
    }

    /// A visitor who goes on while the test does other things.
    func visitor(_ arguments: [String]) throws -> Child {
        try Child("/usr/bin/curl", ["-sS", "--cacert", sandbox.folder + "/ca.crt"] + arguments, environment: [:])
    }

    private var common: [String] { ["-sS", "--max-time", "20", "--cacert", sandbox.folder + "/ca.crt"] }

    /// What the server says to these bytes over TLS, until it ends the connection.
    func raw(_ bytes: [UInt8]) throws -> String {
        let file = sandbox.folder + "/raw-" + UUID().uuidString
        try Data(bytes).write(to: URL(filePath: file))
        let script = "timeout 30 openssl s_client -quiet -connect 127.0.0.1:\(server.port) <\(file)"
        return runProgram("/bin/sh", ["-c", script], environment: ["PATH": "/usr/bin:/bin"]).output
    }

    func raw(_ text: String) throws -> String { try raw(Array(text.utf8)) }
}

/// TCP connections that say nothing by themselves; closed with the test.
final class SilentConnections {
    private(set) var sockets: [Int32] = []

    /// One more, from an address of this machine's own.
    func open(to port: UInt16, from address: String) throws {
        let number = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard number >= 0 else { throw CocoaError(.fileReadUnknown) }
        sockets.append(number)
        for (text, port, act) in [(address, UInt16(0), bind), ("127.0.0.1", port, connect)] {
            var place = sockaddr_in()
            place.sin_family = sa_family_t(AF_INET)
            place.sin_port = port.bigEndian
            inet_pton(AF_INET, text, &place.sin_addr)
            let result = withUnsafePointer(to: &place) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { act(number, $0, 16) }
            }
            guard result == 0 else { throw CocoaError(.fileReadUnknown) }
        }
    }

    /// How many the server has not ended.
    var openCount: Int {
        sockets.count { number in
            var byte = UInt8(0)
            let count = recv(number, &byte, 1, Int32(MSG_DONTWAIT) | Int32(MSG_PEEK))
            return count > 0 || count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)
        }
    }

    /// A byte on each; nobody minds where the other end is gone.
    func trickle() {
        for number in sockets { _ = send(number, [UInt8(0x16)], 1, Int32(MSG_NOSIGNAL)) }
    }

    func close() {
        for number in sockets { Glibc.close(number) }
        sockets = []
    }

    deinit { close() }
}
