import AgentProtocol
import Foundation
import Posix
import SecureMemory
import SignedForms
import Synchronization
import TestSupport
import Testing
import Wire

/// A P-256 key that OpenSSL holds, and a plugin that leaves it as one on a token, or held by the agent.
final class TokenPlugin: Sendable {
    enum Manner { case right, wrongSignature, wrongLength, oneTooFew, silentSignature, strangersKey, noKey, crash }

    private let manner = Mutex(Manner.right)
    private let folder: String
    private let point: [UInt8]
    /// Signatures that were asked for.
    let asked = Mutex<[PluginSign]>([])
    /// Runs before a signature is given.
    let beforeSigning = Mutex<(@Sendable () -> Void)?>(nil)

    init() throws {
        folder = NSTemporaryDirectory() + "clave-token-plugin-" + UUID().uuidString.prefix(8)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let made = runProgram(
            "/bin/sh",
            [
                "-ec",
                """
                cd \(folder)
                openssl ecparam -name prime256v1 -genkey -noout -out key
                openssl ec -in key -pubout -outform DER -out public
                """,
            ], environment: ["PATH": "/usr/bin:/bin"])
        try #require(made.code == 0, "\(made.errors)")
        point = Array(try Data(contentsOf: URL(filePath: folder + "/public")).suffix(65))
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    func behave(_ manner: Manner) { self.manner.withLock { $0 = manner } }

    private var blob: [UInt8] {
        var writer = ByteWriter()
        writer.put("ecdsa-sha2-nistp256")
        writer.put("nistp256")
        writer.put(point)
        return writer.bytes
    }

    /// Valid until the time given.
    static func info(until end: UInt64 = 1_900_000_000) -> CredentialInfo {
        CredentialInfo(
            reference: "pkcs11:id=%01#kept=123456", title: "Card", holder: "AINA", document: "12345678Z",
            issuer: "Made-up issuer",
            validAfter: 1_700_000_000, validBefore: end)
    }
    let end = Mutex<UInt64>(1_900_000_000)
    /// Whether it leaves the same key a second time, for signatures that bind.
    let leavesSignatureKey = Mutex(false)
    let signatureDocument = Mutex("12345678Z")

    func serve(_ pipe: borrowing FrameChannel) throws {
        let payload = try pipe.receive()
        try pipe.send(PluginLoaded(title: "Played", version: "1"))
        if let call = try payload.withBytes({ try PluginSign.decode(payload: $0) }) { return try sign(call, pipe) }
        try pipe.send(secret: PluginExchange(step: "finish", body: SecretBytes(zeros: 1)))
        _ = try pipe.receive()
        let manner = manner.withLock { $0 }
        var key = ByteWriter()
        if manner == .strangersKey {
            key.put("ssh-ed25519")
            let stranger = SigningKey()
            key.put(stranger.publicKey)
            key.put(
                stranger.withSeed { $0.withBytes { span in span.withUnsafeBytes { Array($0) } } } + stranger.publicKey)
        }
        let info =
            manner == .noKey ? CredentialInfo(reference: "", title: "Card") : Self.info(until: end.withLock { $0 })
        try pipe.send(
            secret: PluginCredential(
                use: .authentication, key: SecretBytes(copying: key.bytes.span.bytes), publicKey: blob,
                certificates: [[0x30, 0]], info: info))
        if leavesSignatureKey.withLock(\.self) {
            let info = CredentialInfo(
                reference: "pkcs11:id=%02", title: "Card", document: signatureDocument.withLock(\.self),
                issuer: "Made-up issuer", validAfter: info.validAfter,
                validBefore: info.validBefore)
            try pipe.send(
                secret: PluginCredential(
                    use: .signature, key: SecretBytes(zeros: 0), publicKey: blob, certificates: [[0x30, 1, 0]],
                    info: info))
        }
        try pipe.send(PluginDone(outcome: .succeeded))
    }

    private func sign(_ call: PluginSign, _ pipe: borrowing FrameChannel) throws {
        asked.withLock { $0.append(call) }
        beforeSigning.withLock { $0 }?()
        let manner = manner.withLock { $0 }
        if manner == .crash { return }
        try pipe.send(PluginLine(isProgress: true, text: "The token signs…"))
        var signatures: [[UInt8]] = []
        for start in stride(from: 0, to: call.data.count, by: 32) {
            signatures.append(try signature(over: Array(call.data[start..<start + 32])))
        }
        if manner == .wrongSignature { signatures[signatures.count - 1][5] ^= 1 }
        if manner == .wrongLength { signatures[0].removeLast() }
        if manner == .oneTooFew { signatures.removeLast() }
        if manner != .silentSignature { try pipe.send(PluginSigned(signatures: Array(signatures.joined()))) }
        try pipe.send(PluginDone(outcome: .succeeded))
    }

    /// `r ‖ s`
    private func signature(over digest: [UInt8]) throws -> [UInt8] {
        let name = folder + "/" + UUID().uuidString
        try Data(digest).write(to: URL(filePath: name))
        let made = runProgram(
            "/usr/bin/openssl", ["pkeyutl", "-sign", "-inkey", folder + "/key", "-in", name, "-out", name + ".out"],
            environment: ["PATH": "/usr/bin:/bin"])
        try #require(made.code == 0, "\(made.errors)")
        let der = Array(try Data(contentsOf: URL(filePath: name + ".out")))
        let first = Int(der[3])
        let (r, s) = (der[4..<4 + first], der[(6 + first)...])
        return [r, s].flatMap { number in
            let digits = Array(number.drop { $0 == 0 })
            return [UInt8](repeating: 0, count: 32 - digits.count) + digits
        }
    }
}

extension CertificateSignRequest {
    /// Of the only identity with a certificate.
    static func make(
        _ form: Form, _ contents: Content..., by use: CredentialUse = .authentication, scheme: SignatureScheme? = nil
    ) -> CertificateSignRequest {
        CertificateSignRequest(
            identity: nil, use: use, scheme: scheme, form: form,
            contents: contents.enumerated().map { SignedItem($1, name: "file \($0 + 1)") })
    }
}

extension Stage {
    /// What comes of a request, and what the person is told on the way.
    func signatures(_ request: CertificateSignRequest) throws -> (CertificateSignReply, [String]) {
        try Self.signatures(request, on: core.connect())
    }

    /// Why nothing came of it; nil if it did.
    func failure(_ request: CertificateSignRequest) -> AgentError.Code? {
        do { return try Self.failure(request, on: core.connect()) } catch {
            Issue.record(error)
            return nil
        }
    }

    static func failure(
        _ request: CertificateSignRequest, on connection: borrowing AgentConnection
    ) -> AgentError.Code? {
        do {
            _ = try signatures(request, on: connection)
            return nil
        } catch AgentConnection.Failure.refused(let error) { return error.code } catch {
            Issue.record(error)
            return nil
        }
    }

    private static func signatures(
        _ request: CertificateSignRequest, on connection: borrowing AgentConnection
    ) throws -> (CertificateSignReply, [String]) {
        var lines: [String] = []
        var event = try connection.send(request)
        while case .progress(let line) = event {
            lines.append(line)
            event = try connection.send(SigningContinueRequest())
        }
        guard case .done(let reply) = event else { throw WireError.malformed }
        return (reply, lines)
    }
}
