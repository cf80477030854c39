import Foundation
import Glibc
import Posix
import SecureMessaging
import TestSupport
import Testing

/// OpenSC's tools, as Debian has them, with a card service of their own and a card in its reader.
final class OpenSC {
    static let isInstalled = OpenSCTools.isInstalled

    let bench: Bench
    let service: CardService
    private let tools: OpenSCTools
    private let simulator: Child
    /// The folder of this test's own files.
    let folder: String

    /// Puts a card into a reader and waits until it is seen.
    init(_ bench: Bench, _ arguments: [String] = []) throws {
        self.bench = bench
        folder = bench.path + ".opensc"
        try Files.makeFolder(folder)
        service = try CardService()
        tools = try OpenSCTools(service, folder: folder)
        simulator = try service.insert(bench.path, arguments, output: folder + "/simulator.log")
        try eventually("the card in the reader") { try isSeen }
    }

    deinit {
        simulator.end()
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// Whether a card is in the reader; nothing is said to it.
    var isSeen: Bool {
        get throws { try run("opensc-tool", "-l").output.contains(#/0 +Yes/#) }
    }

    /// Sends the simulator a signal.
    func signal(_ number: Int32) { simulator.signal(number) }

    /// Runs one of the tools.
    func run(_ tool: String, _ arguments: String..., variables: [String: String] = [:]) throws -> Outcome {
        tools.run(tool, arguments, variables: variables)
    }

    // MARK: Login

    /// See ``OpenSCTools/believe(_:insteadOf:)``.
    func makeLibrary(_ root: CWAPublicKey) throws -> [String: String] {
        try tools.believe(bench.path + "/trust/component-root.pem", insteadOf: root.modulus)
    }

    /// Logs in and signs a file with the key of an identifier.
    ///
    /// OpenSC leaves leading zeros out of its proof, so that about one handshake in a hundred is refused, by a real card
    /// too, before the PIN goes out; it is tried again then.
    func sign(_ message: String, _ identifier: String, pin: String, _ library: [String: String]) throws -> Outcome {
        try Files.replace(folder + "/message", with: Array(message.utf8))
        var outcome = try signOnce(identifier, pin, library)
        for _ in 0..<4 where outcome.errors.contains("CKR_GENERAL_ERROR") && !library.isEmpty {
            outcome = try signOnce(identifier, pin, library)
        }
        return outcome
    }

    private func signOnce(_ identifier: String, _ pin: String, _ library: [String: String]) throws -> Outcome {
        try run(
            "pkcs11-tool", "--module", OpenSCTools.module, "-l", "-p", pin, "--sign", "-m", "SHA256-RSA-PKCS", "--id",
            identifier, "-i", folder + "/message", "-o", folder + "/signature", variables: library)
    }

    /// Whether the last signature is of the key of the certificate with an identifier, as the tools read it.
    func verifies(_ identifier: String) throws -> Bool {
        let certificate = try run("pkcs15-tool", "--read-certificate", identifier).output
        let start = try #require(certificate.range(of: "-----BEGIN"))
        try Files.replace(folder + "/certificate.pem", with: Array(certificate[start.lowerBound...].utf8))
        let key = try run("openssl", "x509", "-in", folder + "/certificate.pem", "-noout", "-pubkey").output
        try Files.replace(folder + "/key.pem", with: Array(key.utf8))
        return try run(
            "openssl", "dgst", "-sha256", "-verify", folder + "/key.pem", "-signature", folder + "/signature",
            folder + "/message"
        ).output == "Verified OK\n"
    }

    /// The identifiers of the private keys: authentication, signature.
    func keys() throws -> [String] {
        try run("pkcs15-tool", "--list-keys").output.matches(of: #/\n\tID +: ([0-9a-f]{58})\n/#).map { String($0.1) }
    }
}
