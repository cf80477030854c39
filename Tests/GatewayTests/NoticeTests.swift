import ClaveDomain
import Foundation
import GatewayAPI
import Posix
import SecureMemory
import TestSupport
import Testing
import WebServer

@testable import Gateway
@testable import GatewayServices
@testable import GatewayStore

/// A gateway that listens and watches, an agent that hears its event stream by curl, and the command line beside them.
private final class Connected {
    let sandbox: Sandbox
    let device: TestDevice
    private let server: GatewayServer
    private let watch: any StoreSubscription
    private let curl: Child
    private let heard: String

    init() throws {
        signal(SIGPIPE, SIG_IGN)
        sandbox = try Sandbox(start: Int64(time(nil)))
        device = TestDevice(sandbox)
        #expect(try device.activate().isGranted)
        let tls = try TLSMaterial(folder: sandbox.folder, names: ["localhost", "127.0.0.1"])
        server = try GatewayServer(
            services: sandbox.services, tls: tls, HTTPServer.Settings(threads: 2))
        watch = try sandbox.services.hearOtherProcesses()
        heard = sandbox.folder + "/heard"
        let address = "https://localhost:\(server.port)\(Push.path)"
        let headers = device.headers("GET", Push.path).flatMap { ["-H", "\($0.name): \($0.value)"] }
        curl = try Child(
            "/usr/bin/curl",
            ["-sSN", "--max-time", "60", "--cacert", sandbox.folder + "/ca.crt"] + headers + [address],
            environment: [:], output: heard)
        try eventually("the stream") { self.text.contains(": welcome") }
    }

    deinit {
        curl.end(SIGKILL)
        watch.cancel()
        server.stop()
    }

    private var text: String { (try? String(contentsOfFile: heard, encoding: .utf8)) ?? "" }

    func command(_ arguments: String...) throws -> Outcome {
        runProgram(try program("clave-gateway"), arguments + ["--state", sandbox.folder], environment: [:])
    }

    /// Waits until the gateway ends the stream; what was the last on it.
    func lastEvent() throws -> Push.Event? {
        #expect(curl.exitCode == 0)
        let line = try #require(text.split(separator: "\n").last { $0.hasPrefix("data: ") })
        let sealed = try #require(Data(base64Encoded: String(line.dropFirst(6))))
        let key = sandbox.services.keys.signing.publicKey
        return Push.open(Array(sealed), signingKey: device.signing.publicKey, sealingKey: device.sealing, gateway: key)?
            .event
    }
}

@Suite struct `A running gateway` {
    @Test func `tells a connected agent that the command line has ended it, and ends its stream`() throws {
        let connected = try Connected()
        let ended = try connected.command("device", "deactivate", "--document", "12345678Z")
        #expect(ended.code == 0, "\(ended.errors)")
        if case .deactivated = try connected.lastEvent() {} else { Issue.record("not told") }
    }

    @Test func `tells a connected agent that the command line has removed its person`() throws {
        let connected = try Connected()
        let removed = try connected.command(
            "citizen", "remove", "--document", "12345678Z", "--reason", "renunciation")
        #expect(removed.code == 0, "\(removed.errors)")
        if case .deactivated = try connected.lastEvent() {} else { Issue.record("not told") }
    }

    @Test func `sends the mail of a person whom the command line adds, and its link is the gateway's`() throws {
        let state = NSTemporaryDirectory() + "clave-mail-" + UUID().uuidString
        func run(_ arguments: String...) throws -> Outcome {
            runProgram(try program("clave-gateway"), arguments + ["--state", state], environment: [:])
        }
        let log = state + ".log"
        let gateway = try Child(
            try program("clave-gateway"), ["serve", "-p", "0", "-s", state], environment: [:], output: log)
        defer { gateway.end() }
        try eventually("the gateway") {
            ((try? String(contentsOfFile: log, encoding: .utf8)) ?? "").contains("not the state's service")
        }
        let added = try run(
            "citizen", "add", "--document", "87654321X", "--full-name", "Mar/Exemple", "--phone", "600000050",
            "--validity", "31-12-2030", "--email", "mar@example.org")
        #expect(added.code == 0, "\(added.errors)")
        var mail = ""
        try eventually("the mail") {
            mail = try run("mail").output
            return !mail.isEmpty
        }
        let link = try #require(mail.firstMatch(of: /https:\/\/localhost:[0-9]+\/email\/[A-Za-z0-9_-]{43}/)?.0)
        #expect(try run("citizen", "show", "--document", "87654321X").output.contains("not confirmed"))
        let pressed = runProgram(
            "/usr/bin/curl", ["-sS", "--cacert", state + "/ca.crt", "-d", "", String(link)], environment: [:])
        #expect(pressed.output.contains("m***@example.org"), "\(pressed.errors)")
        #expect(try run("citizen", "show", "--document", "87654321X").output.contains("mar@example.org, confirmed"))
    }
}
