import Foundation
import Posix
import TestSupport
import Testing

@testable import WebServer

@Suite struct `The server` {
    @Test func `speaks TLS 1.2 and 1.3, and nothing older`() throws {
        let served = try Served()
        for version in ["1.2", "1.3"] {
            let now = try served.curl("--tlsv\(version)", "--tls-max", version, "-o", "/dev/null", served.origin)
            #expect(now.code == 0, "\(version)")
        }
        let weak = ["--ciphers", "DEFAULT@SECLEVEL=0", "-o", "/dev/null", served.origin]
        let old = try served.curl("--tlsv1.0", "--tls-max", "1.1", weak[0], weak[1], weak[2], weak[3], weak[4])
        #expect(old.code == 35)
    }

    @Test func `speaks suites with authenticated encryption alone`() throws {
        let served = try Served()
        func code(_ suite: String) throws -> Int32 {
            try served.curl("--tls-max", "1.2", "--ciphers", suite, "-o", "/dev/null", served.origin).code
        }
        for suite in [
            "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-ECDSA-AES128-GCM-SHA256",
        ] {
            #expect(try code(suite) == 0, "\(suite)")
        }
        for suite in ["ECDHE-ECDSA-AES128-SHA", "ECDHE-ECDSA-AES256-SHA384", "ECDHE-ECDSA-AES128-SHA256"] {
            #expect(try code(suite) == 35, "\(suite)")
        }
    }

    @Test func `ends a connection that asks for a renegotiation`() throws {
        var settings = HTTPServer.Settings(threads: 2)
        settings.limits.headers = 600
        let served = try Served(settings)
        // "R" as a line of its own has openssl ask for one; of itself the program never ends.
        let script = """
            (echo R; while echo; do sleep 0.1; done) \
            | timeout 40 openssl s_client -tls1_2 -connect 127.0.0.1:\(served.server.port)
            """
        let outcome = served.shell(script)
        #expect((outcome.output + outcome.errors).contains("RENEGOTIATING"), "\(outcome)")
        #expect(outcome.code != 124, "\(outcome)")
        #expect(try served.curl("-o", "/dev/null", served.origin).code == 0)
    }

    @Test func `sends no body for HEAD, and refuses one that is too large`() throws {
        let served = try Served()
        let head = try served.curl("--head", served.origin)
        #expect(head.output.hasPrefix("HTTP/1.1 200"))
        let large = served.folder + "/large"
        try Data(count: Served.maximumBody + 1).write(to: URL(filePath: large))
        let answer = try served.curl(
            "-o", "/dev/null", "-w", "%{http_code}", "--data-binary", "@\(large)", served.origin)
        #expect(answer.output == "413")
    }

    @Test func `goes on after visitors who hang up in the middle of a request`() throws {
        let served = try Served()
        for _ in 0..<50 {
            // It promises more than it sends, and gives up.
            _ = try served.curl(
                "--max-time", "0.05", "-H", "Content-Length: 1000", "-d", "x", "-o", "/dev/null", served.origin)
        }
        #expect(try served.curl("-o", "/dev/null", served.origin).code == 0)
    }
}

@Suite struct `A server's certificate` {
    private func folder() -> String { NSTemporaryDirectory() + "clave-tls-" + UUID().uuidString }

    @Test func `stays from one start to the next`() throws {
        let place = folder()
        let first = try TLSMaterial(folder: place, names: ["localhost", "127.0.0.1"], authority: "Authority")
        let second = try TLSMaterial(folder: place, names: ["localhost", "127.0.0.1"], authority: "Authority")
        #expect(first.certificates == second.certificates)
    }

    @Test func `is renewed for other names, with the same key, so that pins stay right`() throws {
        let place = folder()
        let first = try TLSMaterial(folder: place, names: ["localhost", "127.0.0.1"], authority: "Authority")
        let second = try TLSMaterial(
            folder: place, names: ["gateway.example", "localhost", "127.0.0.1"], authority: "Authority")
        #expect(first.certificates != second.certificates)
        #expect(first.pin == second.pin)
    }

    @Test func `is renewed with its authority`() throws {
        let place = folder()
        let first = try TLSMaterial(folder: place, names: ["localhost"], authority: "Authority")
        for name in ["ca.crt", "ca.key"] { try FileManager.default.removeItem(atPath: "\(place)/\(name)") }
        let second = try TLSMaterial(folder: place, names: ["localhost"], authority: "Authority")
        #expect(first.certificates != second.certificates)
        #expect(first.pin == second.pin)
    }

    @Test func `with a key that is none is an error that names the file`() throws {
        let place = folder()
        try Files.makeFolder(place)
        try Files.replace("\(place)/tls.key", with: Array("nonsense".utf8), mode: 0o600)
        #expect(throws: TLSMaterial.Failure(message: "\(place)/tls.key is not a private key")) {
            _ = try TLSMaterial(folder: place, names: ["localhost"], authority: "Authority")
        }
    }
}
