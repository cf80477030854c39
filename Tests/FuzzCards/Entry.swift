import SecureMemory
import SmartCard

@testable import SecureMessaging

/// libFuzzer calls this with what a card, a reader or a terminal could send; its own `main` drives it, and
/// `contrib/fuzz` starts it.
///
/// The first byte says what the rest is to be; commands and answers have their lengths before them.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let all = Array(UnsafeBufferPointer(start: bytes, count: count))
    guard let kind = all.first else { return 0 }
    let rest = Array(all.dropFirst())
    switch kind {
    case UInt8(ascii: "t"): readObjects(rest)
    case UInt8(ascii: "a"): _ = ATR(rest)?.isContactlessForm
    case UInt8(ascii: "p"): readOffers(rest)
    case UInt8(ascii: "v"): readCertificate(rest)
    case UInt8(ascii: "n"): openPACE(rest)
    case UInt8(ascii: "i"): identify(rest)
    case UInt8(ascii: "m"): speakMessaging(rest)
    case UInt8(ascii: "w"): speakCWA(rest)
    case UInt8(ascii: "c"): commandPACE(rest)
    case UInt8(ascii: "d"): commandCWA(rest)
    case UInt8(ascii: "s"): commandSession(rest)
    default: return -1
    }
    return 0
}

// MARK: Forms

/// What is read can be written, and is then the same.
private func readObjects(_ bytes: [UInt8]) {
    for padded in [false, true] {
        guard let objects = try? TLV.list(bytes, padded: padded) else { continue }
        precondition((try? TLV.list(objects.flatMap(\.bytes))) == objects)
        objects.forEach(readChildren)
    }
}

private func readChildren(_ object: TLV) {
    for child in (try? object.children()) ?? [] { readChildren(child) }
    _ = try? object.child(0x30)
}

private func readOffers(_ file: [UInt8]) {
    guard let offers = PACEInfo.offers(in: file) else { return }
    precondition(PACEInfo.offers(in: PACEInfo.file(offering: offers)) == offers)
}

/// A certificate that is none of the issuer's stays none; its content is read as if its signature were right.
private func readCertificate(_ bytes: [UInt8]) {
    for set in [CWAKeySet.first, .second] {
        guard let opened = CWACertificate(bytes, issuedBy: set.terminalRoot) else { continue }
        precondition(opened.profile == .authority && opened.reference == set.authorityReference)
    }
    guard let content = CWACertificate(content: bytes) else { return }
    precondition(content.issuer.count == 8 && content.reference.count == 8)
}
