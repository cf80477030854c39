import Foundation
import Posix
import TestSupport
import Testing

@testable import Gateway

/// A gateway that listens, and curl as its visitor.
private final class Listening {
    let sandbox: Sandbox
    let server: GatewayServer
    var origin: String { "https://localhost:\(server.port)" }

    init() throws {
        signal(SIGPIPE, SIG_IGN)
        sandbox = try Sandbox()
        let tls = try TLSMaterial(folder: sandbox.folder, names: ["localhost", "127.0.0.1"])
        server = try GatewayServer(
            services: sandbox.services, tls: tls, address: "127.0.0.1", port: 0, threads: 2, outbox: nil)
    }

    deinit { server.stop() }

    func curl(_ arguments: String...) throws -> Outcome {
        runProgram(
            "/usr/bin/curl", ["-sS", "--max-time", "20", "--cacert", sandbox.folder + "/ca.crt"] + arguments,
            environment: [:])
    }
}

@Suite struct `The server` {
    @Test func `speaks TLS 1.2 and 1.3, and nothing older`() throws {
        let listening = try Listening()
        for version in ["1.2", "1.3"] {
            let now = try listening.curl("--tlsv\(version)", "--tls-max", version, "-o", "/dev/null", listening.origin)
            #expect(now.code == 0, "\(version)")
        }
        let weak = ["--ciphers", "DEFAULT@SECLEVEL=0", "-o", "/dev/null", listening.origin]
        let old = try listening.curl("--tlsv1.0", "--tls-max", "1.1", weak[0], weak[1], weak[2], weak[3], weak[4])
        #expect(old.code == 35)
    }

    @Test func `sends no body for HEAD, and refuses one that is too large`() throws {
        let listening = try Listening()
        let head = try listening.curl("--head", listening.origin)
        #expect(head.output.hasPrefix("HTTP/1.1 200"))
        let large = listening.sandbox.folder + "/large"
        try Data(count: HTTPServer.maximumBody + 1).write(to: URL(filePath: large))
        let answer = try listening.curl(
            "-o", "/dev/null", "-w", "%{http_code}", "--data-binary", "@\(large)", listening.origin)
        #expect(answer.output == "413")
    }

    @Test func `goes on after visitors who hang up in the middle of a request`() throws {
        let listening = try Listening()
        for _ in 0..<50 {
            // It promises more than it sends, and gives up.
            _ = try listening.curl(
                "--max-time", "0.05", "-H", "Content-Length: 1000", "-d", "x", "-o", "/dev/null", listening.origin)
        }
        #expect(try listening.curl("-o", "/dev/null", listening.origin).code == 0)
    }
}

@Suite struct `The gateway's certificate` {
    private func folder() -> String { NSTemporaryDirectory() + "clave-tls-" + UUID().uuidString }

    @Test func `stays from one start to the next`() throws {
        let place = folder()
        let first = try TLSMaterial(folder: place, names: ["localhost", "127.0.0.1"])
        let second = try TLSMaterial(folder: place, names: ["localhost", "127.0.0.1"])
        #expect(first.certificates == second.certificates)
    }

    @Test func `is renewed for other names, with the same key, so that pins stay right`() throws {
        let place = folder()
        let first = try TLSMaterial(folder: place, names: ["localhost", "127.0.0.1"])
        let second = try TLSMaterial(folder: place, names: ["gateway.example", "localhost", "127.0.0.1"])
        #expect(first.certificates != second.certificates)
        #expect(first.pin == second.pin)
    }

    @Test func `is renewed with its authority`() throws {
        let place = folder()
        let first = try TLSMaterial(folder: place, names: ["localhost"])
        for name in ["ca.crt", "ca.key"] { try FileManager.default.removeItem(atPath: "\(place)/\(name)") }
        let second = try TLSMaterial(folder: place, names: ["localhost"])
        #expect(first.certificates != second.certificates)
        #expect(first.pin == second.pin)
    }

    @Test func `with a key that is none is an error that names the file`() throws {
        let place = folder()
        try Files.makeFolder(place)
        try Files.replace("\(place)/tls.key", with: Array("nonsense".utf8), mode: 0o600)
        #expect(throws: TLSMaterial.Failure(message: "\(place)/tls.key is not a private key")) {
            _ = try TLSMaterial(folder: place, names: ["localhost"])
        }
    }
}
