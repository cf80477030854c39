import SecureMemory
import Testing

@testable import SecureMessaging

@Suite struct `A card-verifiable certificate` {
    struct Known: Sendable {
        let set: CWAKeySet
        /// The authority's name, and its key as an independent script has recovered it.
        let root: String
        let authority: String
        let modulus: String
        let terminals: [(CWARole, String)]
    }

    static let known = [
        Known(
            set: .first, root: "6573524449600006", authority: "6573534449600006",
            modulus: "847e40e3e821290c86857534c8498ee95f3125fe5d603ddcca927c4c42a6e155be09fb8990a7a57511cd169623ba5e64"
                + "c38b362643afaca162c94a382eec56fa31d22f3c14da352253c8b9cb5bc3543a55660bda80946afb0525e8e5586b4e63"
                + "e89241497836d8d3ab088cd44c214d6ac856e2a007f44f83743337371add8e03",
            terminals: [(.user, "2000000000000001"), (.pin, "4000000000000001")]),
        Known(
            set: .second, root: "6573524449620018", authority: "6573534449620018",
            modulus: "a38d8b837335a0b147d04676e73edb3432aeb1c975f6e2dcdb5a3324655e4a593c0df5fd02fded755d7497a565db6a4b"
                + "e1c2e4dbd6c6eead45dba642ecf141da4ef2cdb57670e233e3d52a4b0940e390cd1a641fea2e9cdd79d3872dd6c508d5"
                + "ef239cb07eb55568ce188b6513acb88414c9adf7a64e2cc0b314d12754aeee67",
            terminals: [(.user, "d002e00000000002"), (.pin, "d002e00000000004")]),
    ]

    @Test(arguments: known) func `of an authority says this, under its root`(known: Known) throws {
        let opened = try #require(CWACertificate(known.set.authorityCertificate, issuedBy: known.set.terminalRoot))
        #expect(opened.profile == .authority && opened.role == nil)
        #expect(opened.issuer == hex(known.root))
        #expect(opened.holder == [0, 0, 0, 0] + hex(known.authority))
        #expect(opened.reference == known.set.authorityReference && opened.reference == hex(known.authority))
        #expect(opened.authorization == hex("a0000001674522"))
        #expect(opened.key == CWAPublicKey(modulus: hex(known.modulus)))
    }

    @Test(arguments: known) func `of a terminal says this, under its authority`(known: Known) throws {
        let authority = CWAPublicKey(modulus: hex(known.modulus))!
        for (role, serial) in known.terminals {
            let terminal = known.set.key(for: role)
            let opened = try #require(
                CWACertificate(terminal.certificate, issuedBy: authority, named: hex(known.authority)))
            #expect(opened.profile == .terminal && opened.role == role)
            #expect(opened.issuer == hex(known.authority))
            #expect(opened.holder == [0, 0, 0, 0] + hex(serial) && terminal.serial == hex(serial))
            #expect(opened.authorization == hex("a00000016745") + [role.rawValue])
            #expect(opened.key.modulus == terminal.modulus)
            #expect(CWACertificate(terminal.certificate, issuedBy: known.set.terminalRoot) == nil)
        }
    }

    @Test(arguments: known) func `is of the key that the drivers publish`(known: Known) throws {
        for (role, _) in known.terminals {
            let key = known.set.key(for: role).privateKey()!
            let value = [0x00] + randomBytes(CWAPublicKey.length - 1)
            let signed = key.raised(value.span.bytes)!
            let back = signed.withBytes { key.publicKey.raised($0) }!.withBytes { CWABytes.array($0) }
            #expect(back == value)
        }
    }

    @Test(arguments: known) func `is none with a bit changed, cut or continued, or by another key`(known: Known) {
        let certificates =
            [(known.set.authorityCertificate, known.set.terminalRoot)]
            + [CWARole.user, .pin].map { role in
                (known.set.key(for: role).certificate, CWAPublicKey(modulus: hex(known.modulus))!)
            }
        for (bytes, key) in certificates {
            for bit in 0..<bytes.count * 8 {
                var changed = bytes
                changed[bit / 8] ^= 1 << UInt8(bit % 8)
                #expect(CWACertificate(changed, issuedBy: key) == nil, "\(bit)")
            }
            for count in 0..<bytes.count { #expect(CWACertificate(Array(bytes.prefix(count)), issuedBy: key) == nil) }
            #expect(CWACertificate(bytes + [0], issuedBy: key) == nil)
            #expect(CWACertificate(bytes, issuedBy: TestKeys.shared.root.publicKey) == nil)
            #expect(CWACertificate(bytes, issuedBy: key, named: [UInt8](repeating: 1, count: 8)) == nil)
        }
        #expect(
            CWACertificate([UInt8](repeating: 0, count: CWACertificate.maximumLength + 1), issuedBy: known.set.cardRoot)
                == nil)
    }

    @Test func `belongs to a card by its support number`() {
        for old in ["AGR000001", "BMP100000"] { #expect(CWAKeySet.forDNIe(supportNumber: Array(old.utf8)) == .first) }
        for new in ["BMP100001", "BMQ000000", "CAA000000", ""] {
            #expect(CWAKeySet.forDNIe(supportNumber: Array(new.utf8)) == .second)
        }
    }
}
