import Foundation
import SecureMemory
import Testing
import Wire

@testable import SSHKeys

/// What OpenSSH 9.2's tools said to an agent, with keys made up for it; each file is one frame.
enum Recorded {
    /// Kinds of key, each with and without its certificate.
    static let kinds = ["ed25519", "ecdsa-256", "ecdsa-384", "ecdsa-521", "rsa-2048", "rsa-3072"]
    static let adds = kinds.flatMap { ["add-\($0)", "add-\($0)-cert"] }
    /// Keys on FIDO tokens, each with and without its certificate.
    static let securityKinds = ["ed25519-sk", "ecdsa-sk", "verify-sk"]
    static let securityKeys = securityKinds.flatMap { ["add-\($0)", "add-\($0)-cert"] } + ["add-internal-sk"]
    static let constrained = ["lifetime", "confirm", "destination", "destinations", "everything"].map { "add-\($0)" }

    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Recorded")

    /// A message's payload: type and body.
    static func payload(_ name: String) throws -> [UInt8] {
        let frame = Array(try Data(contentsOf: folder.appending(path: name + ".frame")))
        try #require(frame.prefix(4).reduce(0) { $0 << 8 | Int($1) } == frame.count - 4)
        return Array(frame.dropFirst(4))
    }

    /// The lines of a list, by their first words.
    static func lines(_ list: String) throws -> [[String]] {
        try String(contentsOf: folder.appending(path: list), encoding: .utf8).split(separator: "\n")
            .map { $0.split(separator: " ").map(String.init) }
    }

    /// The blob of a public key, as OpenSSH wrote it.
    static func blob(_ name: String) throws -> [UInt8] {
        let line = try #require(try lines("keys").first { $0[0] == name })
        return Array(try #require(Data(base64Encoded: line[2])))
    }

    static func key(_ name: String) throws -> PublicKey { try PublicKey(blob: blob(name)) }
}

/// Reads a payload as the core does.
func decode(_ payload: [UInt8]) throws(WireError) -> KeyRequest? {
    try WireReader.read(payload) { (reader) throws(WireError) in
        let request = try KeyRequest.decode(type: try reader.byte(), &reader)
        _ = try reader.rest(limit: Frame.maximumLength)
        return request
    }
}

/// The key of an add message.
struct Added {
    let key: PublicKey
    let secret: SecretBox
    let comment: String
    let constraints: KeyConstraints

    init(_ payload: [UInt8]) throws {
        guard case .add(let key, let secret, let comment, let constraints) = try decode(payload) else {
            throw WireError.malformed
        }
        (self.key, self.secret, self.constraints) = (key, secret, constraints)
        self.comment = String(decoding: comment, as: UTF8.self)
    }

    init(_ name: String) throws { try self.init(Recorded.payload(name)) }

    func sign(_ message: [UInt8], flags: UInt32 = 0) -> [UInt8]? {
        var blinding = [UInt8](repeating: 0, count: RSABlinding.length(of: key))
        return secret.withSecret { secret in
            secret.withBytes { secret in
                var span = blinding.mutableSpan
                var state = span.mutableBytes
                return Signer.sign(message, with: key, secret, flags: flags, blinding: &state)
            }
        } ?? nil
    }
}

/// Bytes of a text.
func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }
