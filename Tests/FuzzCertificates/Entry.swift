import ASN1
import Certificates
import SSHKeys
import SecureMemory
import Signatures
import SignedForms
import Wire

@testable import CertificateTrust

/// libFuzzer calls this with what a file or an agent could bring; its own `main` drives it, and `contrib/fuzz` starts it.
///
/// The first byte says what the rest is to be.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let all = Array(UnsafeBufferPointer(start: bytes, count: count))
    guard let kind = all.first else { return 0 }
    let rest = Array(all.dropFirst())
    switch kind {
    case UInt8(ascii: "k"): readKeys(rest)
    case UInt8(ascii: "c"): readCertificate(rest)
    case UInt8(ascii: "s"): _ = try? CMSReader(der: rest)
    case UInt8(ascii: "v"): verify(rest)
    case UInt8(ascii: "d"): readValues(rest)
    default: return -1
    }
    return 0
}

/// A key that is read can be written and sign; its chain begins with its certificate.
private func readKeys(_ rest: [UInt8]) {
    let password = SecretBytes(copying: Array("pw".utf8).span.bytes)
    let entries = try? KeyFile.read(
        SecretBytes(copying: rest.span.bytes), SecretBytes(zeros: 0), password: password)
    for entry in entries ?? [] {
        precondition(entry.chain.first == entry.certificate.der)
        guard !entry.key.hasManyPrimes, let key = entry.key.pkcs8(), key.count <= 5120 else { continue }
        guard let encoded = PrivateKey.encoded(pkcs8: key) else { continue }
        // As the core takes it: the key of the certificate, or nothing.
        let read = encoded.withBytes { bytes in
            try? WireReader.read(bytes) { (reader) throws(WireError) in try PrivateKey(decoding: &reader).publicKey }
        }
        precondition(read == nil || read == PublicKey.certified(byX509: entry.certificate.der))
        for scheme in entry.certificate.key.schemes.prefix(1) { _ = entry.key.sign(rest, scheme) }
    }
}

/// Read once: there are some hundred of them.
private let systemAuthorities = TrustAnchors()

/// Whatever is brought as a signature is judged, and is good to nobody: no authority is trusted here that has issued it.
private func verify(_ rest: [UInt8]) {
    guard let file = try? SignatureFile(rest) else { return }
    var digests = ContentDigests(for: file)
    digests.update(file.enclosedContent ?? Array("content\n".utf8))
    guard let content = digests.finish() else { return }
    var expectations = Expectations()
    expectations.key = ExpectedKey(rest)
    let report = file.verify(content, expectations, trust: systemAuthorities, now: 1_800_000_000)
    precondition(!report.isGood)
}

/// What is read as DER is written again as it came, and is BER of the same length.
private func readValues(_ bytes: [UInt8]) {
    var reader = DERReader(bytes[...])
    while !reader.isAtEnd, let element = try? reader.element() {
        precondition(DER.tagged(element.tag, Array(element.content)) == Array(element.encoded))
        var walk = BERWalk(bytes)
        let walked = walk.element(at: element.encoded.startIndex, before: bytes.count)
        precondition(walked?.end == element.encoded.endIndex)
        if element.tag & 0x20 != 0 { readValues(Array(element.content)) }
    }
    var long = DERReader(bytes[...], allowsLongLengths: true)
    while !long.isAtEnd, (try? long.element()) != nil {}
}

private func readCertificate(_ der: [UInt8]) {
    for one in CertificateChain.split(der) ?? [der] {
        guard let certificate = HolderCertificate(der: one) else { continue }
        precondition(certificate.der == one)
        _ = certificate.problems(now: 1_800_000_000)
        _ = CertifiedKey(certificate: one)
        _ = CertificateChain.chain(of: one, from: [one, der])
    }
}
