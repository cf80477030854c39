import AgentProtocol
import Foundation
import Posix
import Testing

@testable import Link

@Suite struct `The link` {
    private static let otherPin = "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

    /// One request to a server that says `text`.
    private func outcome(_ prepare: (TLSPeer) -> Void) throws -> LinkResponse {
        let peer = try TLSPeer()
        let link = try LinkHarness()
        try link.send(peer.port, certificates: try TLSPeer.authority())
        _ = peer.request()
        prepare(peer)
        return try link.response()
    }

    @Test func `brings a reply to where the certificate is vouched for`() throws {
        let reply = try outcome { $0.reply("hello", "201 Created") }
        #expect(reply.outcome == .answered && reply.status == 201)
        #expect(reply.body == Array("hello".utf8))
    }

    @Test func `sends what the core made, and names no one else`() throws {
        let peer = try TLSPeer()
        let link = try LinkHarness()
        try link.send(
            peer.port, certificates: try TLSPeer.authority(), headers: [HeaderField("signature", "clave=:AA==:")])
        let request = peer.request()
        #expect(request.hasPrefix("GET /agent/v1/x HTTP/1.1\r\nHost: localhost:\(peer.port)\r\n"))
        #expect(request.contains("signature: clave=:AA==:\r\n"))
        #expect(request.contains("User-Agent: clave-agent\r\n"))
    }

    @Test func `trusts neither an unknown authority, nor another host's certificate, nor another key`() throws {
        let cases: [(host: String, certificates: [UInt8], pin: String, outcome: LinkOutcome)] = [
            ("localhost", try TLSPeer.authority(of: "other.test"), "", .untrusted), ("localhost", [], "", .untrusted),
            ("other.test", try TLSPeer.authority(of: "other.test"), "", .untrusted),
            ("localhost", try TLSPeer.authority(), Self.otherPin, .wrongKey),
        ]
        for (host, certificates, pin, outcome) in cases {
            let peer = try TLSPeer(host: host)
            let link = try LinkHarness()
            try link.send(peer.port, certificates: certificates, pin: pin)
            #expect(try link.response().outcome == outcome, "\(host) \(pin)")
        }
    }

    @Test func `follows no redirection`() throws {
        let reply = try outcome { $0.reply("", "302 Found", headers: "Location: https://localhost:1/\r\n") }
        #expect(reply.outcome == .answered && reply.status == 302)
    }

    @Test func `takes no reply beyond the limit, none that is cut short, and none that is not HTTP`() throws {
        let large = String(repeating: "x", count: Transfer.maximumBody + 1)
        #expect(try outcome { $0.reply(large) }.outcome == .protocolError)
        #expect(try outcome { $0.say("nonsense\r\n\r\n") }.outcome == .protocolError)
        let header = "X: " + String(repeating: "y", count: 1000) + "\r\n"
        let cut = try outcome { peer in
            peer.reply("short", length: 1000)
            usleep(300_000)
            peer.cut()
        }
        #expect(cut.outcome == .unreachable && cut.body.isEmpty)
        let headers = try outcome { $0.reply("x", headers: String(repeating: header, count: 200)) }
        #expect(headers.outcome == .protocolError)
    }

    @Test func `says when nobody listens`() throws {
        let link = try LinkHarness()
        try link.send(1, certificates: [])
        #expect(try link.response().outcome == .unreachable)
    }

    @Test func `opens a stream again after a cut, when it is asked to send the request anew`() throws {
        let link = try LinkHarness()
        try link.channel.send(LinkStreamOpen(number: 5))
        #expect(try link.word() == "wanted 5")
        for round in 1...2 {
            let peer = try TLSPeer()
            try link.send(peer.port, certificates: try TLSPeer.authority(), number: 5, stream: true)
            _ = peer.request()
            peer.say("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n: hi\n\n")
            #expect(try link.word() == "open answered 200")
            peer.say("id: \(round)\ndata: aGVsbG8=\n\n")
            #expect(try link.word() == "event \(round) hello")
            peer.cut()
            #expect(try link.word().hasPrefix("cut unreachable"))
            #expect(try link.word() == "wanted 5")
        }
    }

    @Test func `cuts a stream that breaks the form, and tells a refusal with its status`() throws {
        let link = try LinkHarness()
        try link.channel.send(LinkStreamOpen(number: 5))
        #expect(try link.word() == "wanted 5")
        let peer = try TLSPeer()
        try link.send(peer.port, certificates: try TLSPeer.authority(), number: 5, stream: true)
        _ = peer.request()
        peer.say("HTTP/1.1 200 OK\r\n\r\nid: 1\ndata: ***\n\n")
        #expect(try link.word() == "open answered 200")
        #expect(try link.word().hasPrefix("cut protocolError"))
        #expect(try link.word() == "wanted 5")
        let refusing = try TLSPeer()
        try link.send(refusing.port, certificates: try TLSPeer.authority(), number: 5, stream: true)
        _ = refusing.request()
        refusing.reply("", "403 Forbidden")
        #expect(try link.word() == "cut answered 403")
    }

    @Test func `ends when the core goes, or speaks nonsense`() throws {
        let first = try LinkHarness()
        shutdown(first.channel.descriptor.number, Int32(SHUT_RDWR))
        #expect(first.exitCode() == 0)
        let second = try LinkHarness()
        try second.channel.descriptor.writeAll([0, 0, 0, 2, 250, 1])
        #expect(second.exitCode() == 0)
    }
}
