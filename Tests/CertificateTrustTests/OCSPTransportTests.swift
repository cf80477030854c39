import TestAuthorities
import Testing

@testable import CertificateTrust

// How it is asked.
extension `An OCSP responder` {
    @Test func `that says too much is not listened to`() throws {
        for (count, isHeard) in [(OCSPQuery.maximumResponse, true), (OCSPQuery.maximumResponse + 1, false)] {
            let head = Array("HTTP/1.1 200 OK\r\ncontent-length: \(count)\r\n\r\n".utf8)
            let server = try CannedServer(head + [UInt8](repeating: 7, count: count))
            #expect((OCSPTransport().post([1], to: server.address) != nil) == isHeard, "\(count) bytes")
        }
    }

    @Test func `is asked over plain HTTP alone`() {
        for address in ["http://ocsp.example", "http://127.0.0.1:8080/path?query", "http://[::1]:80/"] {
            #expect(OCSPTransport.isValid(address))
        }
        for address in [
            "https://ocsp.example", "file:///etc/passwd", "http://", "HTTP://x", "http://a b", "http://a\n", "",
            "http://user@host/", "http://" + String(repeating: "a", count: 1024), "ldap://x", "http://é",
        ] {
            #expect(!OCSPTransport.isValid(address), "\(address)")
        }
    }
}
