import Foundation
import TestSupport
import Testing

@testable import WebServer

@Suite struct `A request over the wire` {
    private static let refused: [(name: String, text: String, status: String)] = [
        ("two lengths", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx", "400"),
        (
            "a length and pieces",
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400"
        ),
        ("pieces", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "411"),
        ("a blank before the colon", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length : 1\r\n\r\nx", "400"),
        ("a tab before the colon", "GET / HTTP/1.1\r\nHost: a\r\nCookie\t: a=b\r\n\r\n", "400"),
        ("a length with a sign", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\nx", "400"),
        ("an empty length", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\n", "400"),
        ("a length with two numbers", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 1\r\n\r\nx", "400"),
        ("no host", "GET / HTTP/1.1\r\nCookie: a=b\r\n\r\n", "400"),
        ("no header", "GET / HTTP/1.1\r\n\r\n", "400"),
        ("no host, in HTTP/1.0", "GET / HTTP/1.0\r\nCookie: a=b\r\n\r\n", "400"),
        ("two hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", "400"),
        ("an empty host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", "400"),
        ("a host with a path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", "400"),
        ("two cookie headers", "GET / HTTP/1.1\r\nHost: a\r\nCookie: a=b\r\nCookie: a=c\r\n\r\n", "400"),
        ("a folded line", "GET / HTTP/1.1\r\nHost: a\r\nCookie: a=b;\r\n c=d\r\n\r\n", "400"),
        ("a folded first header", "GET / HTTP/1.1\r\n x: y\r\nHost: a\r\n\r\n", "400"),
        ("a folded last header", "GET / HTTP/1.1\r\nHost: a\r\n\tb\r\n\r\n", "400"),
        ("bare line feeds", "GET / HTTP/1.1\nHost: a\n\n", "400"),
        ("a bare line feed behind the first line", "GET / HTTP/1.1\nHost: a\r\n\r\n", "400"),
        ("a bare line feed between headers", "GET / HTTP/1.1\r\nHost: a\nCookie: a=b\r\n\r\n", "400"),
        ("a bare line feed before the first line", "\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", "400"),
        ("sixteen of them", String(repeating: "\n", count: 16) + "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "400"),
        ("an empty line before the first line", "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", "400"),
        ("a bare line feed behind the headers", "GET / HTTP/1.1\r\nHost: a\r\n\n", "400"),
        ("a bare carriage return", "GET / HTTP/1.1\r\nHost: a\r\nCookie: a=b\rX: y\r\n\r\n", "400"),
        ("a zero in a header", "GET / HTTP/1.1\r\nHost: a\r\nCookie: a=b\0c\r\n\r\n", "400"),
        ("a zero in the path", "GET /\0x HTTP/1.1\r\nHost: a\r\n\r\n", "400"),
        ("an escaped zero in the path", "GET /%00x HTTP/1.1\r\nHost: a\r\n\r\n", "400"),
        ("an escaped zero in the query", "GET /?lang=es%00 HTTP/1.1\r\nHost: a\r\n\r\n", "400"),
        ("another sign than ASCII's in the path", "GET /\u{E9} HTTP/1.1\r\nHost: a\r\n\r\n", "400"),
        ("a name that is none", "GET / HTTP/1.1\r\nHost: a\r\nCoo(kie: a=b\r\n\r\n", "400"),
        ("a carriage return before the method", "\rGET / HTTP/1.1\r\nHost: a\r\n\r\n", "400"),
        ("a tabulator in the method", "G\tET / HTTP/1.1\r\nHost: a\r\n\r\n", "400"),
        ("a method that is no word", "G(T / HTTP/1.1\r\nHost: a\r\n\r\n", "400"),
        ("a control character in the method", "GET\u{1} / HTTP/1.1\r\nHost: a\r\n\r\n", "400"),
        ("no path", "GET localhost HTTP/1.1\r\nHost: a\r\n\r\n", "400"),
        ("two blanks before the path", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", "400"),
        ("a body of 700 MB", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 700000000\r\n\r\n", "413"),
        (
            "a body of more digits than a number has",
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999999\r\n\r\n", "4"
        ),
        (
            "a body one byte too long",
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \(Served.maximumBody + 1)\r\n\r\n", "413"
        ),
    ]

    @Test func `that two readers could take for different ones is refused, and its connection ended`() throws {
        let served = try Served()
        for (name, text, status) in Self.refused {
            // What comes behind would be a second request, for a page that there isn't, if the connection went on.
            let said = try served.raw(text + "GET /second HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(said.hasPrefix("HTTP/1.1 \(status)"), "\(name): \(said.prefix(200))")
            #expect(!said.contains("HTTP/1.1 404"), "\(name): \(said)")
        }
    }

    @Test func `behind another with a bare line feed between them is refused, and behind many others answered`() throws
    {
        let served = try Served()
        let post = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\na=b"
        let end = "GET /favicon.ico HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
        let between = try served.raw(post + "\n" + end)
        #expect(between.hasPrefix("HTTP/1.1 404") && between.contains("HTTP/1.1 400"), "\(between)")
        #expect(!between.contains("HTTP/1.1 204"))
        let many = try served.raw(String(repeating: post, count: 200) + end)
        #expect(many.contains("HTTP/1.1 204") && !many.contains("HTTP/1.1 400"))
    }

    @Test func `that is as it should be is answered, however many come on a connection and in whatever pieces`() throws
    {
        let served = try Served()
        let head = "Host:localhost \t\r\n"
        let two = try served.raw(
            "POST / HTTP/1.1\r\n\(head)Content-Length: 3\r\n\r\na=bGET /favicon.ico HTTP/1.1\r\n\(head)Connection: close\r\n\r\n"
        )
        #expect(two.hasPrefix("HTTP/1.1 404") && two.contains("HTTP/1.1 204"), "\(two.prefix(300))")
        // Nearly as long as a request may be.
        let long = String(repeating: "x", count: 14_000)
        for cookie in ["a=b", long] {
            let outcome = try served.curl(
                "-o", "/dev/null", "-w", "%{http_code}", "-H", "Cookie: \(cookie)", "-H", "X-Other:", "-H", "X-Empty;",
                served.origin + "/?lang=ca")
            #expect(outcome.output == "200")
        }
        let slow = served.folder + "/slow"
        let bytes = Array(
            "GET / HTTP/1.1\r\n\(head)Accept-Language: ca\r\nAccept-Language: es\r\nConnection: close\r\n\r\n".utf8)
        let pieces = bytes.map { String(format: "\\\\%03o", $0) }.map { "printf \($0); sleep 0.01" }.joined(
            separator: "\n")
        try pieces.write(toFile: slow, atomically: true, encoding: .utf8)
        let script = "sh \(slow) | timeout 30 openssl s_client -quiet -connect 127.0.0.1:\(served.server.port)"
        let said = served.shell(script).output
        #expect(said.hasPrefix("HTTP/1.1 200") && said.contains("prefers ca,es"), "\(said.prefix(300))")
    }
}

@Suite struct `A trusted proxy` {
    @Test func `says whose a request is, by the address that no trusted one has added before`() throws {
        let proxies = try TrustedProxies(parsing: "127.0.0.1,10.0.0.2")
        for (forwarded, client) in [
            ("192.0.2.7", "192.0.2.7"), ("203.0.113.1, 192.0.2.7", "192.0.2.7"), ("192.0.2.7,10.0.0.2", "192.0.2.7"),
            ("1.1.1.1,192.0.2.7 ,\t10.0.0.2", "192.0.2.7"), ("10.0.0.2", "10.0.0.2"), ("", "127.0.0.1"),
            ("unknown", "127.0.0.1"), ("192.0.2.7, unknown, 10.0.0.2", "10.0.0.2"), ("192.0.2.7:80", "127.0.0.1"),
            ("192.0.2.7\u{37E}", "127.0.0.1"), ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
            ("::ffff:192.0.2.7", "192.0.2.7"), (String(repeating: "1.1.1.1,", count: 200) + "192.0.2.7", "192.0.2.7"),
            (String(repeating: "1", count: 2000) + ",10.0.0.2", "10.0.0.2"),
        ] { #expect(proxies.client(peer: "127.0.0.1", forwarded: forwarded) == client, "\(forwarded.prefix(40))") }
        #expect(proxies.client(peer: "127.0.0.1", forwarded: nil) == "127.0.0.1")
        #expect(proxies.client(peer: "127.0.0.2", forwarded: "192.0.2.7") == "127.0.0.2")
        #expect(TrustedProxies.none.client(peer: "127.0.0.1", forwarded: "192.0.2.7") == "127.0.0.1")
    }

    @Test(arguments: ["", "localhost", "127.0.0.1,", "127.0.0.1 ", "::1", "127.0.0.1,127.0.0.1/8"])
    func `is named by its IPv4 address`(list: String) {
        #expect(throws: TrustedProxies.Failure.self) { try TrustedProxies(parsing: list) }
    }
}
