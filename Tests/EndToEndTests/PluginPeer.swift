import AgentProtocol
import Foundation
import GatewayAPI
import Glibc
import Posix
import SecureMemory
import TestSupport
import Wire

/// The real `clave-plugin-host` with the real plugin `certificate`, and a test in the core's place.
final class PluginPeer {
    let signingKey = [UInt8](repeating: 1, count: 32)
    let sealingKey = [UInt8](repeating: 2, count: 32)
    static let gateway = "https://gateway.test"

    private let host: Child
    private let channel: FrameChannel
    /// What the plugin has told the person.
    private(set) var lines: [String] = []
    /// The steps that it has gone.
    private(set) var steps: [String] = []
    /// What it has brought to the step `finish`.
    private(set) var proof: [UInt8] = []

    init() throws {
        let (ours, theirs) = try Descriptor.pair()
        defer { close(theirs) }
        channel = FrameChannel(Descriptor(owning: ours))
        host = try Child(
            try program("clave-plugin-host"), environment: ["HOME": "/nonexistent", "PATH": "/usr/bin:/bin"],
            descriptors: [3: theirs])
    }

    /// Activates by a file, and answers its challenge step with what `challenge` gives.
    ///
    /// - Returns: how it ended.
    func activate(_ file: String, password: String, challenge: (PluginPeer) -> [UInt8]) throws -> PluginDone.Outcome {
        try channel.send(
            PluginActivate(
                plugin: "certificate", reference: "file:" + file, locale: "C", gateway: Self.gateway,
                signingKey: signingKey, sealingKey: sealingKey))
        while true {
            let payload = try channel.receive()
            let outcome = try payload.withBytes { payload in try answer(payload, password, challenge) }
            if let outcome { return outcome }
        }
    }

    private func answer(
        _ payload: RawSpan, _ password: String, _ challenge: (PluginPeer) -> [UInt8]
    ) throws -> PluginDone.Outcome? {
        if let line = try PluginLine.decode(payload: payload) { lines.append(line.text) }
        if try PluginAsk.decode(payload: payload) != nil {
            let typed = SecretBytes(copying: Array(password.utf8).span.bytes)
            try channel.send(secret: PluginAnswer(given: true, value: typed))
        }
        if let exchange = try PluginExchange.decode(payload: payload) {
            steps.append(exchange.step)
            let isFirst = exchange.step == CertificateChallenge.step
            if !isFirst {
                proof = exchange.body.withBytes { bytes in
                    bytes.withUnsafeBytes { Array($0) }
                }
            }
            try channel.send(PluginExchangeReply(status: 0, body: isFirst ? challenge(self) : [0]))
        }
        return try PluginDone.decode(payload: payload)?.outcome
    }

    /// A challenge that is for this activation, unless it is told otherwise.
    func challenge(gateway: String = PluginPeer.gateway, signing: [UInt8]? = nil, sealing: [UInt8]? = nil) -> [UInt8] {
        CertificateChallenge(
            gateway: gateway, session: [UInt8](repeating: 3, count: 16), nonce: [UInt8](repeating: 4, count: 32),
            signingKey: signing ?? signingKey, sealingKey: sealing ?? sealingKey, issuedAt: 1_800_000_000
        ).bytes
    }
}
