import AgentProtocol
import ClavePluginABI
import Glibc
import SecureMemory
import TestSupport
import Testing

@testable import PluginHost

/// Certificates and keys, in DER, made once.
private struct Samples {
    let certificate: [UInt8]
    let key: [UInt8]
    /// RSA of 4,096 bits.
    let longKey: [UInt8]
    let longCertificate: [UInt8]

    static let made = Result { try Samples() }

    init() throws {
        let bench = try Workbench(named: "results")
        try bench.make(
            """
            make() {
                openssl genpkey -algorithm "$1" -pkeyopt "$2" -outform DER -out $3.key
                openssl req -x509 -new -key $3.key -keyform DER -days 9 -subj /CN=AINA -outform DER -out $3.cer
            }
            make EC ec_paramgen_curve:P-256 short
            make RSA rsa_keygen_bits:4096 long
            """)
        (certificate, key) = (try bench["short.cer"], try bench["short.key"])
        (longCertificate, longKey) = (try bench["long.cer"], try bench["long.key"])
    }
}

/// What a plugin leaves behind, as it hands it over.
private struct Leavings {
    var kind = UInt32(CLAVE_RESULT_REFERENCE)
    var bytes: [UInt8] = Array("pkcs11:token=x".utf8)
    /// Instead of that of ``bytes``.
    var count: Int?
    var certificates: [UInt8]?
    var certificatesCount: Int?
    /// In the place of ``bytes``.
    var key: [UInt8]?
    var keyCount: Int?
    var signature: String?
    var page: String?
    var due: Int64 = 0

    /// Lends it; afterwards nothing of the plugin's bytes or key may be left.
    func lend<Value>(_ body: (UnsafeMutablePointer<clave_result>) throws -> Value) rethrows
        -> Value
    {
        var key = key ?? []
        let texts = [signature, page].map { $0.flatMap { strdup($0) } }
        defer { for text in texts { free(text) } }
        return try (certificates ?? []).withUnsafeBufferPointer { chain in
            try key.withUnsafeMutableBufferPointer { key in
                var result = clave_result()
                result.size = MemoryLayout<clave_result>.size
                result.kind = kind
                withUnsafeMutableBytes(of: &result.bytes) { $0.copyBytes(from: bytes.prefix($0.count)) }
                result.count = count ?? bytes.count
                result.certificates = certificates == nil ? nil : chain.baseAddress
                result.certificates_count = certificatesCount ?? chain.count
                (result.signature_reference, result.page) = (
                    UnsafePointer(texts[0]), UnsafePointer(texts[1])
                )
                (result.signature_certificates, result.signature_certificates_count) =
                    (result.certificates, result.certificates_count)
                result.due = due
                if self.key != nil {
                    (result.key, result.key_count) = (key.baseAddress, keyCount ?? key.count)
                }
                return try body(&result)
            }
        }
    }

    /// What the host keeps of the credential: its public key, the length of its private one, and its reference.
    func credential() throws -> (publicKey: [UInt8], secret: Int, reference: String, chain: Int)? {
        try lend { result in
            guard let left = try ResultReader.credential(result) else { return nil }
            return (left.publicKey, left.key.count, left.info.reference, left.certificates.count)
        }
    }

    /// Why the host refuses it.
    var refusal: String? {
        do { _ = try credential() } catch {
            return (error as? ResultReader.Failure)?.reason ?? "\(error)"
        }
        return nil
    }
}

@Suite struct `What a plugin leaves behind` {
    @Test func `A plugin may leave nothing`() throws {
        #expect(try Leavings(kind: UInt32(CLAVE_RESULT_NONE), bytes: []).credential() == nil)
    }

    @Test func `A reference is kept with the public key of its certificate, and no private one`()
        throws
    {
        let samples = try Samples.made.get()
        let chain = samples.certificate + samples.longCertificate
        let left = try #require(try Leavings(certificates: chain).credential())
        #expect(
            left.reference == "pkcs11:token=x" && left.secret == 0 && left.chain == 2
                && !left.publicKey.isEmpty)
    }

    @Test func `A key is kept, from the result itself and from a plugin's own memory`() throws {
        let samples = try Samples.made.get()
        let kind = UInt32(CLAVE_RESULT_KEY)
        let short = try #require(
            try Leavings(kind: kind, bytes: samples.key, certificates: samples.certificate).credential())
        #expect(short.secret > 0 && short.reference == "")
        let long = try #require(
            try Leavings(
                kind: kind, bytes: [], certificates: samples.longCertificate, key: samples.longKey
            )
            .credential())
        #expect(long.secret > 1024)
    }

    @Test func `A key is wiped where the plugin has left it`() throws {
        let samples = try Samples.made.get()
        let leavings = Leavings(
            kind: UInt32(CLAVE_RESULT_KEY), bytes: samples.key, certificates: samples.certificate)
        try leavings.lend { result in
            _ = try ResultReader.credential(result)
            withUnsafeBytes(of: &result.pointee.bytes) { #expect($0.allSatisfy { $0 == 0 }) }
        }
        let long = Leavings(
            kind: UInt32(CLAVE_RESULT_KEY), bytes: [], certificates: samples.longCertificate,
            key: samples.longKey)
        try long.lend { result in
            _ = try ResultReader.credential(result)
            let key = UnsafeBufferPointer(start: result.pointee.key, count: result.pointee.key_count)
            #expect(key.count == samples.longKey.count && key.allSatisfy { $0 == 0 })
        }
    }

    @Test func `A key is wiped also where what the plugin leaves is refused`() throws {
        let samples = try Samples.made.get()
        Leavings(kind: UInt32(CLAVE_RESULT_KEY), bytes: samples.key).lend { result in
            #expect(throws: ResultReader.Failure.self) { _ = try ResultReader.credential(result) }
            withUnsafeBytes(of: &result.pointee.bytes) { #expect($0.allSatisfy { $0 == 0 }) }
        }
    }

    @Test func `A length that can't be is refused before anything is read`() throws {
        let samples = try Samples.made.get()
        let size = MemoryLayout.size(ofValue: clave_result().bytes)
        for count in [-1, size + 1, Int.max] {
            #expect(
                Leavings(count: count, certificates: samples.certificate).refusal?.contains("longer")
                    == true)
        }
        for count in [-1, 0, Int(CLAVE_KEY_MAX) + 1, .max] {
            let left = Leavings(
                kind: UInt32(CLAVE_RESULT_KEY), certificates: samples.certificate, key: samples.key,
                keyCount: count)
            #expect(left.refusal?.contains("its key is none, or longer") == true, "\(count)")
        }
        for count in [-1, Int(CLAVE_CERTIFICATES_MAX) + 1, .max] {
            let left = Leavings(certificates: samples.certificate, certificatesCount: count)
            #expect(left.refusal?.contains("certificates are missing, or longer") == true, "\(count)")
        }
    }

    @Test(arguments: [UInt32(CLAVE_RESULT_PENDING), 4, .max])
    func `A result of no known kind is refused`(kind: UInt32) throws {
        let certificate = try Samples.made.get().certificate
        #expect(
            Leavings(kind: kind, certificates: certificate).refusal == "its result is of no known kind")
    }

    @Test
    func `A reference is refused with a key beside it, and where it is no text, empty or too long`()
        throws
    {
        let samples = try Samples.made.get()
        #expect(
            Leavings(certificates: samples.certificate, key: samples.key).refusal?.contains("its key")
                == true)
        let long = [UInt8](repeating: 0x61, count: ProtocolLimits.reference + 1)
        for bytes in [[], [0xFF], long] {
            let refusal = Leavings(bytes: bytes, certificates: samples.certificate).refusal
            #expect(refusal == "its reference is no text, or too long", "\(bytes.count)")
        }
        #expect(Leavings(bytes: Array(long.dropLast()), certificates: samples.certificate).refusal == nil)
    }

    @Test func `Certificates that are missing, not DER or too many are refused`() throws {
        let samples = try Samples.made.get()
        #expect(Leavings().refusal?.contains("certificates are missing") == true)
        #expect(Leavings(certificates: []).refusal != nil)
        let chain = { (count: Int) in (0..<count).flatMap { _ in samples.certificate } }
        for certificates in [
            samples.certificate + [0], Array(samples.certificate.dropLast()), [0x30, 0x82, 0xFF, 0xFF, 0],
            chain(ProtocolLimits.chain + 1),
        ] {
            #expect(
                Leavings(certificates: certificates).refusal?.contains("not DER, or too many") == true)
        }
        #expect(Leavings(certificates: chain(ProtocolLimits.chain)).refusal == nil)
    }

    @Test func `A key that is none of PKCS 8 is refused`() throws {
        let samples = try Samples.made.get()
        for bytes in [Array(samples.key.dropLast()), [0x30, 0], [1, 2, 3]] {
            let left = Leavings(
                kind: UInt32(CLAVE_RESULT_KEY), bytes: bytes, certificates: samples.certificate)
            #expect(left.refusal == "its key is of no known kind")
        }
    }

    @Test func `A second key is a reference, with certificates of its own`() throws {
        let certificate = try Samples.made.get().certificate
        func second(_ left: Leavings) throws -> String? {
            try left.lend { result in try ResultReader.signatureCredential(result)?.info.reference }
        }
        #expect(try second(Leavings(certificates: certificate)) == nil)
        #expect(try second(Leavings(certificates: certificate, signature: "card:2")) == "card:2")
        let none = Leavings(
            kind: UInt32(CLAVE_RESULT_NONE), certificates: certificate, signature: "card:2")
        #expect(try second(none) == nil)
        let long = String(repeating: "a", count: ProtocolLimits.reference + 1)
        for left in [
            Leavings(signature: "card:2"), Leavings(certificates: certificate, signature: ""),
            Leavings(certificates: certificate, signature: long),
        ] {
            #expect(throws: ResultReader.Failure.self) { try second(left) }
        }
    }
}

@Suite struct `What a plugin goes on from another day` {
    private func pending(_ left: Leavings) throws -> PluginPending {
        try left.lend { result in try ResultReader.pending(result) }
    }

    private func left(_ reference: String, page: String? = nil, due: Int64 = 0) -> Leavings {
        Leavings(kind: UInt32(CLAVE_RESULT_PENDING), bytes: Array(reference.utf8), page: page, due: due)
    }

    @Test func `A registration goes on from its reference, on a page and at a time`() throws {
        #expect(try pending(left("letter")) == PluginPending(reference: "letter", page: "", due: 0))
        let called = PluginPending(reference: "call", page: "/call/abc", due: 1_800_000_000)
        #expect(try pending(left("call", page: "/call/abc", due: 1_800_000_000)) == called)
        #expect(try pending(left("call", due: -5)).due == 0)
    }

    @Test func `A reference that is missing, too long or no text is refused`() {
        let long = String(repeating: "a", count: ProtocolLimits.reference + 1)
        for left in [
            left(""), left(long), Leavings(kind: UInt32(CLAVE_RESULT_PENDING), bytes: [0xFF]),
            Leavings(kind: UInt32(CLAVE_RESULT_REFERENCE)), Leavings(kind: UInt32(CLAVE_RESULT_NONE)),
        ] {
            #expect(throws: ResultReader.Failure.self) { try pending(left) }
        }
    }

    @Test(arguments: ["", "call/abc", "https://elsewhere", "/call\u{1B}[31m", "/call\u{202E}"])
    func `A page that is no path of the gateway is refused`(page: String) {
        #expect(throws: ResultReader.Failure.self) { try pending(left("call", page: page)) }
        let long = "/" + String(repeating: "a", count: Int(CLAVE_TEXT_MAX))
        #expect(throws: ResultReader.Failure.self) { try pending(left("call", page: long)) }
    }
}

@Suite struct `A credential that a plugin lists` {
    private func info(
        _ reference: String?, title: String? = nil, document: String? = nil, after: Int64 = 0,
        before: Int64 = 0,
        size: Int = MemoryLayout<clave_credential>.size
    ) -> CredentialInfo? {
        let texts = [reference, title, document].map { $0.flatMap { strdup($0) } }
        defer { for text in texts { free(text) } }
        var credential = clave_credential()
        credential.size = size
        credential.reference = UnsafePointer(texts[0])
        (credential.title, credential.document) = (UnsafePointer(texts[1]), UnsafePointer(texts[2]))
        (credential.valid_after, credential.valid_before) = (after, before)
        return ResultReader.info(&credential)
    }

    @Test func `A credential is read, and what is not known of it is empty`() throws {
        let read = try #require(
            info("card:1", title: "DNIe\u{1B}", document: "12345678Z", after: 7, before: 9))
        #expect(read.reference == "card:1" && read.title == "DNIe" && read.document == "12345678Z")
        #expect(read.validAfter == 7 && read.validBefore == 9)
        #expect([read.holder, read.issuer, read.usage, read.problem] == ["", "", "", ""])
    }

    @Test func `A credential without a reference that can be given back is refused`() {
        let longest = String(repeating: "a", count: Int(CLAVE_REFERENCE_MAX))
        #expect(info(longest)?.reference == longest)
        for reference in [nil, "", "a\u{1B}", "a\u{202E}", longest + "a"] {
            #expect(info(reference) == nil)
        }
    }

    @Test func `A credential of an older plugin's size is refused`() {
        for size in [0, 8, MemoryLayout<clave_credential>.size - 1] {
            #expect(info("card:1", size: size) == nil)
        }
    }

    @Test func `A text or a time that can't be is left out`() throws {
        let long = String(repeating: "a", count: Int(CLAVE_TEXT_MAX) + 1)
        let read = try #require(
            info(
                "card:1", title: long, document: String(repeating: "1", count: 33), after: -1, before: .min)
        )
        #expect(read.title == "" && read.document == "")
        #expect(read.validAfter == 0 && read.validBefore == 0)
    }
}
