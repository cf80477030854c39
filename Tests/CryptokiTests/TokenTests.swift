import Foundation
import SecureMemory
import TestSupport
import Testing

@testable import Cryptoki

@Suite(.serialized) struct `A token of SoftHSM` {
    private let soft: SoftToken

    init() throws { soft = try SoftToken.shared.get() }

    @Test func `tells what it is, and slots without one are not told`() throws {
        let tokens = try soft.module.tokens()
        #expect(tokens.map(\.label).sorted() == ["card", "other"])
        let card = try soft.token()
        #expect(card.needsLogin && !card.hasPINPad && !card.isAtFinalTry && !card.isLocked)
        #expect(card.isSame(as: card))
        #expect(!card.isSame(as: try soft.token("other")))
    }

    @Test func `shows no private key before the login, and all that sign after it`() throws {
        // The other tests' sessions are closed by now, and with the last one the login ends.
        do {
            let before = try TokenSession(soft.module, try soft.token())
            #expect(try before.keys().isEmpty)
        }
        let keys = try soft.session().keys()
        #expect(keys.map(\.label).sorted() == ["certified", "each", "ed25519", "p256", "p521", "rsa"])
        #expect(keys.filter(\.wantsPINEachTime).map(\.label) == ["each"])
    }

    @Test func `tells a public half that lies only in a certificate`() throws {
        let key = try #require(try soft.session().keys().first { $0.label == "certified" })
        let der = try Array(Data(contentsOf: URL(filePath: soft.folder + "/certificate.der")))
        #expect(key.publicHalf == .certificate(der))
    }

    @Test func `takes no wrong PIN, and says that it was that`() throws {
        let session = try TokenSession(soft.module, try soft.token("other"))
        for pin in ["1111", "", "1", String(repeating: "1", count: 4000)] {
            do throws(CryptokiError) {
                try session.logIn(secret(pin))
                Issue.record("\(pin) was taken")
            } catch {
                #expect(error.kind == .wrongPIN, "\(error)")
                #expect(error.function == "C_Login")
            }
        }
    }

    @Test(arguments: ["p256", "p521", "ed25519", "rsa", "certified"]) func `signs as its key tells`(
        label: String
    ) throws {
        let session = try soft.session()
        let key = try #require(try session.keys().first { $0.label == label })
        let signature = try session.sign([UInt8](repeating: 7, count: 32), by: key, pin: secret(""))
        let lengths = ["p256": 64, "p521": 132, "ed25519": 64, "rsa": 256, "certified": 96]
        #expect(signature.count == lengths[label])
    }

    @Test func `wants the PIN each time for a key that says so, and goes on after a wrong one`() throws {
        let session = try soft.session()
        let keys = try session.keys()
        let key = try #require(keys.first { $0.label == "each" })
        for (pin, kind) in [("", CryptokiError.Kind.wrongPIN), ("9999", .wrongPIN)] {
            do throws(CryptokiError) {
                _ = try session.sign([1], by: key, pin: secret(pin))
                Issue.record("it signed")
            } catch {
                #expect(error.kind == kind, "\(error)")
            }
        }
        #expect(try session.sign([UInt8](repeating: 7, count: 32), by: key, pin: secret("1234")).count == 64)
        let plain = try #require(keys.first { $0.label == "p256" })
        #expect(try session.sign([UInt8](repeating: 7, count: 32), by: plain, pin: secret("")).count == 64)
    }

    @Test func `refuses what it can't sign`() throws {
        let session = try soft.session()
        let key = try #require(try session.keys().first { $0.label == "rsa" })
        #expect(throws: CryptokiError.self) {
            _ = try session.sign([UInt8](repeating: 7, count: 4096), by: key, pin: secret(""))
        }
        let elsewhere = try TokenSession(soft.module, try soft.token("other"))
        do throws(CryptokiError) {
            _ = try elsewhere.sign([1], by: key, pin: secret(""))
            Issue.record("another token signed")
        } catch {
            #expect(error.kind == .gone)
        }
    }
}

@Suite struct `A library` {
    @Test(arguments: ["/nonexistent.so", "/etc/passwd", "/usr/lib/x86_64-linux-gnu/libsodium.so.23"])
    func `that is none is refused with a reason`(path: String) {
        #expect(throws: CryptokiError.self) { _ = try CryptokiModule(path: path) }
    }

    @Test func `that fails is told with its function and reason`() {
        #expect(CryptokiError("C_Login", 0xA0).description == "C_Login: The password or PIN is incorrect")
        #expect(CryptokiError("C_Login", 0xA4).kind == .lockedPIN)
        #expect(CryptokiError("C_Sign", 0x32).kind == .gone)
        #expect(CryptokiError("C_Sign", 0x101).kind == .notLoggedIn)
        #expect(CryptokiError("C_Sign", 0x8000_0001).kind == .other)
    }
}
