import Certificates
import Foundation
import Posix
import SecureMemory
import SignedForms
import TestSupport
import Testing

@testable import Signatures

/// A folder with an authority, people and signatures, made on the spot; it goes with this value.
final class Bench: Workbench {
    /// - Parameter script: for `sh`, run there after `trust/root.crt`, `middle.crt`, `person.key` and `person.crt` are made.
    init(_ kind: String = "EC -pkeyopt ec_paramgen_curve:P-256", _ script: String = "") throws {
        try super.init(named: "bench")
        try make(
            """
            mkdir trust
            printf 'basicConstraints=critical,CA:TRUE\\nsubjectKeyIdentifier=hash\\n' > ca.ext
            printf 'keyUsage=critical,digitalSignature\\nextendedKeyUsage=clientAuth\\n' > person.ext
            openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout root.key -out trust/root.crt \
                -days 30 -subj '/CN=Root of tests'
            openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout middle.key -out middle.csr \
                -subj '/CN=Issuing authority of tests'
            openssl x509 -req -in middle.csr -CA trust/root.crt -CAkey root.key -CAcreateserial -days 30 \
                -extfile ca.ext -out middle.crt
            printf 'the content' > content
            """)
        try issue("person", kind)
        try make(script)
    }

    /// A certificate by the intermediate authority: `NAME.key`, `NAME.crt`.
    func issue(_ name: String, _ kind: String, extensions: String = "person.ext") throws {
        try make(
            """
            openssl genpkey -algorithm \(kind) -out \(name).key
            openssl req -new -key \(name).key -out \(name).csr \
                -subj '/C=ES/serialNumber=IDCES-12345678Z/GN=AINA/SN=PROVA/CN=AINA PROVA'
            openssl x509 -req -in \(name).csr -CA middle.crt -CAkey middle.key -CAcreateserial -days 20 \
                -extfile \(extensions) -out \(name).crt
            """)
    }

    /// The person's key with its certificate and chain, as the agent has them.
    func entry() throws -> KeyFile.Entry {
        try make("cat person.key person.crt middle.crt > entry")
        let file = try self["entry"]
        let entries = try Self.entries(file)
        return try #require(entries.first)
    }

    private static func entries(_ file: [UInt8]) throws(KeyFile.Failure) -> [KeyFile.Entry] {
        let none = SecretBytes(zeros: 0)
        return try KeyFile.read(SecretBytes(copying: file.span.bytes), none, password: none)
    }

    /// A CMS signature as clave-sign makes it.
    func sign(
        _ content: [UInt8], by entry: KeyFile.Entry, _ scheme: SignatureScheme, isCAdES: Bool = true,
        isAttached: Bool = false, naming named: [UInt8]? = nil, at time: UInt64 = Bench.now
    ) throws -> [UInt8] {
        let digest = try #require(MessageDigest(scheme.digest, of: content))
        let certificate = try #require(MessageDigest(.sha256, of: named ?? entry.chain[0])).bytes
        let attributes = try #require(
            SignedAttributes(digest: digest, signedAt: time, certificateDigest: isCAdES ? certificate : nil))
        let signature = try #require(entry.key.sign(attributes.signedBytes, scheme))
        return try #require(
            isAttached
                ? CMSWriter.attached(
                    attributes, signature: signature, scheme, certificates: entry.chain, content: content)
                : CMSWriter.detached(attributes, signature: signature, scheme, certificates: entry.chain))
    }

    static var now: UInt64 { UInt64(Date().timeIntervalSince1970) }

    /// Verifies as clave-sign does.
    func verify(
        _ file: [UInt8], _ content: [UInt8]? = nil, trust: String = "trust", now: UInt64 = Bench.now,
        _ change: (inout Expectations) throws -> Void = { _ in }
    ) throws -> SignatureReport {
        let file = try SignatureFile(file)
        var expectations = Expectations()
        try change(&expectations)
        var digests = ContentDigests(for: file)
        digests.update(try content ?? file.enclosedContent ?? self["content"])
        let made = digests.finish()
        let result = try #require(made)
        return file.verify(result, expectations, trust: try TrustAnchors(folder: folder + "/" + trust), now: now)
    }

    /// The problems of the only signer.
    func problems(
        _ file: [UInt8], _ content: [UInt8]? = nil, trust: String = "trust", now: UInt64 = Bench.now,
        _ change: (inout Expectations) throws -> Void = { _ in }
    ) throws -> [SignatureReport.Problem] {
        let report = try verify(file, content, trust: trust, now: now, change)
        #expect(report.signers.count == 1 && report.isGood == report.signers[0].problems.isEmpty)
        return report.signers.first?.problems ?? []
    }
}
