import Foundation
import SecureMemory
import SignedForms
import TestSupport

@testable import Cryptoki

/// What a person answers who is asked for PINs, and how they were asked.
final class Answers {
    private var answers: [String?]
    /// For each question, whether it said that the last PIN was wrong.
    private(set) var asked: [Bool] = []
    private(set) var announced = 0

    init(_ answers: String?...) { self.answers = answers }

    func sign(
        _ certificates: InstalledCertificates, _ uri: String, _ scheme: SignatureScheme = .rs256
    ) throws(InstalledFailure) -> [UInt8] { try sign(certificates, uri, scheme, times: 1)[0] }

    /// So many signatures under one PIN.
    func sign(
        _ certificates: InstalledCertificates, _ uri: String, _ scheme: SignatureScheme, times: Int
    ) throws(InstalledFailure) -> [[UInt8]] {
        let digests = (0..<times).map { _ in digest(scheme) }
        return try certificates.sign(inputs: digests, scheme, uri: uri) { _, wasWrong in
            asked.append(wasWrong)
            return answers.isEmpty ? nil : answers.removeFirst().map { secret($0) }
        } announcePINPad: { _ in
            announced += 1
        }
    }

    /// Why it did not sign; nil if it did.
    func failure(
        _ certificates: InstalledCertificates, _ uri: String, _ scheme: SignatureScheme = .rs256
    ) -> InstalledFailure? {
        do throws(InstalledFailure) {
            _ = try sign(certificates, uri, scheme)
            return nil
        } catch { return error }
    }
}

/// Bytes that could be a digest by a scheme's hash; for Ed25519 a message.
func digest(_ scheme: SignatureScheme) -> [UInt8] { (0..<scheme.digest.length).map { UInt8($0) } }

/// Whether a signature of ``digest(_:)`` is a certificate's, by OpenSSL's word.
func isGood(_ signature: [UInt8], _ scheme: SignatureScheme, by certificate: [UInt8]) throws -> Bool {
    let folder = NSTemporaryDirectory() + "clave-verify-" + UUID().uuidString.prefix(8)
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let isECDSA = scheme.rawValue.hasPrefix("ES")
    for (name, bytes) in [
        ("certificate", certificate), ("digest", digest(scheme)),
        ("signature", isECDSA ? ecdsaValue(signature) : signature),
    ] { try Data(bytes).write(to: URL(filePath: "\(folder)/\(name)")) }
    let padding = scheme.rawValue.hasPrefix("PS") ? "-pkeyopt rsa_padding_mode:pss -pkeyopt rsa_pss_saltlen:digest" : ""
    let how = scheme == .edDSA ? "-rawin" : "-pkeyopt digest:sha\(scheme.rawValue.suffix(3)) \(padding)"
    let script = """
        cd \(folder)
        openssl x509 -inform DER -in certificate -pubkey -noout -out key
        openssl pkeyutl -verify -pubin -inkey key -in digest -sigfile signature \
            \(how)
        """
    return runProgram("/bin/sh", ["-ec", script], environment: ["PATH": "/usr/bin:/bin"]).code == 0
}

/// `Ecdsa-Sig-Value` (RFC 3279 section 2.2.3).
private func ecdsaValue(_ signature: [UInt8]) -> [UInt8] {
    let numbers = [signature.prefix(signature.count / 2), signature.suffix(signature.count / 2)].flatMap { half in
        var number = Array(half.drop { $0 == 0 })
        if number.first ?? 0x80 >= 0x80 { number.insert(0, at: 0) }
        return [2, UInt8(number.count)] + number
    }
    return [0x30] + (numbers.count < 0x80 ? [] : [0x81]) + [UInt8(numbers.count)] + numbers
}
