import Foundation
import GatewayAPI
import TestSupport
import Testing
import WebServer

@testable import Gateway
@testable import GatewayServices

/// A curl that hears a device's stream.
private final class Hearer {
    let curl: Child
    private let file: String

    init(_ device: TestDevice, _ listening: Listening) throws {
        file = listening.sandbox.folder + "/heard-" + UUID().uuidString
        let headers = device.headers("GET", Push.path).flatMap { ["-H", "\($0.name): \($0.value)"] }
        curl = try listening.visitor(
            ["-N", "--max-time", "60", "-o", file] + headers + [listening.origin + Push.path])
        try eventually("the stream") { self.text.contains(": welcome") }
    }

    var text: String { (try? String(contentsOfFile: file, encoding: .utf8)) ?? "" }
}

@Suite struct `A device's stream` {
    @Test func `is ended by a newer one of the same device, which alone hears what comes`() throws {
        let listening = try Listening()
        let device = TestDevice(listening.sandbox)
        #expect(try device.activate().isGranted)
        let older = try Hearer(device, listening)
        let newer = try Hearer(device, listening)
        #expect(older.curl.exitCode == 0)
        // That the older one is over does not take out the newer one.
        try eventually("the older one's end") { listening.server.load.connections == 1 }
        #expect(listening.sandbox.services.listeners.all.count == 1)
        #expect(try listening.sandbox.askPIN(try listening.sandbox.visit()) == .accepted)
        try eventually("the PIN") { newer.text.contains("data: ") }
        #expect(!older.text.contains("data: "))
        newer.curl.end(SIGKILL)
    }

    @Test func `is forgotten with its client, and ended with the server`() throws {
        var listening: Listening? = try Listening()
        let sandbox = try #require(listening?.sandbox)
        let device = TestDevice(sandbox)
        #expect(try device.activate().isGranted)
        let gone = try Hearer(device, try #require(listening))
        gone.curl.end(SIGKILL)
        let visit = try sandbox.visit()
        try eventually("nobody to listen") {
            // Only who sends learns that nobody is there.
            try sandbox.askPIN(visit)
            return sandbox.services.listeners.all.isEmpty
        }
        let last = try Hearer(device, try #require(listening))
        listening = nil
        // 18 where the connection ends before the last chunk is sent.
        #expect([0, 18].contains(last.curl.exitCode))
        #expect(sandbox.services.listeners.all.isEmpty)
    }
}
