import Foundation
import Posix
import SecureMemory
import TestSupport
import Testing
import WebServer

@testable import Gateway
@testable import GatewayServices
@testable import GatewayWeb

@Suite struct `A relay for calls` {
    private func file(_ text: String) throws -> String {
        let path = NSTemporaryDirectory() + "clave-turn-" + UUID().uuidString
        try Files.replace(path, with: Array(text.utf8))
        return path
    }

    @Test func `gets a name and a password for some hours, as its server computes them`() throws {
        let secret = "a secret of gateway and relay"
        let turn = try TurnServer(address: "turn:relay.example:3478", secretFile: try file(secret + "\n"))
        let credential = turn.credential(at: 1_800_000_000)
        #expect(credential.name == "1800014400")
        let script =
            "printf %s \(credential.name) | openssl dgst -sha1 -mac HMAC -macopt 'key:\(secret)' -binary | base64"
        let expected = runProgram("/bin/sh", ["-c", script], environment: ["PATH": "/usr/bin:/bin"])
        #expect(credential.password + "\n" == expected.output, "\(expected)")
        let whole = try TurnServer(address: "turns:relay.example:5349?transport=tcp", secretFile: try file(secret))
        #expect(whole.credential(at: 1_800_000_000) == credential)
    }

    @Test func `has an address and a secret that can be ones`() throws {
        let path = try file("a secret of gateway and relay\n")
        for address in [
            "", "turn:", "stun:relay.example", "turn:relay.example\"", "turn:relay example", "turn:relay.example?x=y",
            "turn:\u{600}relay", "turn:" + String(repeating: "a", count: 255),
        ] {
            #expect(throws: TurnServer.Failure.self, "\(address)") {
                _ = try TurnServer(address: address, secretFile: path)
            }
        }
        for secret in ["", "\n", "short\n", String(repeating: "x", count: 258)] {
            let path = try file(secret)
            #expect(throws: TurnServer.Failure.self) { _ = try TurnServer(address: "turn:a:1", secretFile: path) }
        }
        #expect(throws: TurnServer.Failure.self) { _ = try TurnServer(address: "turn:a:1", secretFile: path + "-none") }
    }

    @Test(arguments: [0o640, 0o604, 0o620, 0o777])
    func `has its secret in a file that is its owner's alone, else it says how to make it so`(mode: Int) throws {
        let path = try file("a secret of gateway and relay\n")
        #expect(chmod(path, mode_t(mode)) == 0)
        let failure = #expect(throws: TurnServer.Failure.self) {
            _ = try TurnServer(address: "turn:a:1", secretFile: path)
        }
        #expect(
            failure?.message == "\(path) must be accessible to its owner alone (chmod 600): this user, or root")
        #expect(chmod(path, 0o400) == 0)
        _ = try TurnServer(address: "turn:a:1", secretFile: path)
    }

    @Test func `is wanted with its secret, and without servers that tell addresses`() throws {
        let secret = try file("a secret of gateway and relay\n")
        func settings(_ arguments: [String]) throws -> GatewaySettings {
            var settings = GatewaySettings(origin: "https://localhost:8443")
            try GatewayOptions(["serve"] + arguments).configureCalls(&settings)
            return settings
        }
        #expect(try settings(["--turn", "turn:a:1", "--turn-secret", secret]).turn?.address == "turn:a:1")
        #expect(try settings([]).turn == nil)
        for arguments in [
            ["--turn", "turn:a:1"], ["--turn-secret", secret],
            ["--turn", "turn:a:1", "--turn-secret", secret, "--stun", "stun:a:1"],
        ] { #expect(throws: Options.UsageError.self) { _ = try settings(arguments) } }
    }

    @Test func `is named to both pages of a call that runs, which go by it alone`() throws {
        let secret = try file("a secret of gateway and relay\n")
        let turn = try TurnServer(address: "turn:a:1", secretFile: secret)
        #expect(Asset.callScript.text.contains("iceTransportPolicy: 'relay'"))
        let office = try CallOffice(turn: turn)
        let (_, token) = try office.taken()
        let visitor = Visitor(office.sandbox)
        let page = visitor.send("GET", "/call/\(base64URL(token))").text
        #expect(page.contains("data-relay=\"yes\""))
        let state = visitor.send("GET", "/call/\(base64URL(token))/state").text
        let credential = turn.credential(at: Int64(office.sandbox.now))
        #expect(state.contains("\"relay\":\"turn:a:1\"") && state.contains("\"relayName\":\"\(credential.name)\""))
        #expect(!page.contains("relayPassword") && state.contains("relayPassword"))
    }
}
