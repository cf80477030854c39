import Certificates
import Foundation
import SignedForms
import TestSupport
import Testing

@testable import Cryptoki

/// One after the other: SoftHSM writes into a token's file at a login.
@Suite(.serialized) struct `Certificates that look alike on a token` {
    private let home: String

    init() throws { home = try AlikeHome.shared.get().folder }

    /// The bytes of a certificate that the home has made.
    private static func der(_ home: String, _ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(filePath: "\(home)/\(name).der")))
    }

    @Test func `of two keys have addresses that differ, and each signs by its own key`() async {
        await #expect(processExitsWith: .success) { [home = home as String] in
            try enter(home)
            let certificates = InstalledCertificates(BrowserPlaces(home: home))
            for (token, scheme) in [("twins", SignatureScheme.es256), ("pairs", .rs256)] {
                let all = certificates.all().filter { $0.place == token }
                #expect(all.count == 2 && Set(all.map(\.uri)).count == 2)
                for one in all {
                    #expect(one.uri == one.exactURI)
                    #expect(try certificates.certificates(one.uri).map(\.der) == [one.der])
                    let signature = try Answers("1234").sign(certificates, one.uri, scheme)
                    #expect(try isGood(signature, scheme, by: one.der), "\(token)")
                }
                let shared = "pkcs11:token=\(token);id=%01;object=same;type=cert"
                #expect(Answers("1234").failure(certificates, shared, scheme) == .several)
                #expect(try certificates.certificates(shared).count == 2)
            }
        }
    }

    @Test func `of one key are told by which of them serves, whatever the token's order`() async {
        await #expect(processExitsWith: .success) { [home = home as String] in
            try enter(home)
            let certificates = InstalledCertificates(nil)
            let current = try Self.der(home, "ec1")
            for token in ["first", "second"] {
                let uri = "pkcs11:token=\(token);id=%01;object=same;type=cert"
                #expect(try certificates.certificates(uri).map(\.der) == [current])
                let signature = try Answers("1234").sign(certificates, uri, .es256)
                #expect(try isGood(signature, .es256, by: current))
                // Each has an address of its own too, the one that has expired included.
                #expect(Set(certificates.all().filter { $0.place == token }.map(\.uri)).count == 2)
            }
            // Both serve: the newest comes first, and a signature by their key is one of both.
            let uri = "pkcs11:token=both;id=%01;object=same;type=cert"
            #expect(try certificates.certificates(uri).map(\.der) == [current, try Self.der(home, "entity")])
            let signature = try Answers("1234").sign(certificates, uri, .es256)
            #expect(try isGood(signature, .es256, by: current))
        }
    }

    @Test func `are found by an address that names the certificate's digest, and by no other digest`() async {
        await #expect(processExitsWith: .success) { [home = home as String] in
            try enter(home)
            let certificates = InstalledCertificates(nil)
            let one = try #require(certificates.all().first { $0.place == "twins" })
            #expect(one.exactURI.hasPrefix("pkcs11:") && one.exactURI.contains(";clave-sha256="))
            let digits = String(one.exactURI.suffix(64))
            let before = String(one.exactURI.dropLast(64))
            let other: String = before + digits.dropLast() + (digits.last == "0" ? "1" : "0")
            #expect(Answers("1234").failure(certificates, other, .es256) == .notFound)
            let wrong: [String] = [
                String(one.exactURI.dropLast()), one.exactURI + ";clave-sha256=" + digits, one.exactURI + "0",
                "pkcs11:clave-sha256=" + digits, before + String(repeating: "x", count: 64),
            ]
            for text in wrong {
                guard case .failed = Answers("1234").failure(certificates, text, .es256) else {
                    Issue.record("\(text) was taken")
                    continue
                }
            }
        }
    }

    @Test func `find their key by its numbers where its identifier is another, and tell where it is not there`() async {
        await #expect(processExitsWith: .success) { [home = home as String] in
            try enter(home)
            let certificates = InstalledCertificates(nil)
            let rsa = try Answers("1234").sign(certificates, "pkcs11:token=strange;id=%06;type=cert", .rs256)
            #expect(try isGood(rsa, .rs256, by: try Self.der(home, "rsa1")))
            let elliptic = try Answers("1234").sign(certificates, "pkcs11:token=strange;id=%08;type=cert", .es256)
            #expect(try isGood(elliptic, .es256, by: try Self.der(home, "ec1")))
            #expect(Answers("1234").failure(certificates, "pkcs11:token=orphan;type=cert") == .noKey)
        }
    }

    @Test func `lend no key of ssh's the public half of another`() async {
        await #expect(processExitsWith: .success) { [home = home as String] in
            try enter(home)
            let module = try CryptokiModule(path: SoftToken.path)
            func keys(_ label: String) throws -> [TokenKey] {
                let token = try #require(try module.tokens().first { $0.label == label })
                let session = try TokenSession(module, token)
                try session.logIn(secret("1234"))
                return try session.keys()
            }
            // Keys on a curve whose certificates have all in common: which is whose can't be told.
            #expect(try keys("twins").isEmpty)
            let pairs = try keys("pairs")
            #expect(pairs.count == 2 && Set(pairs.map(\.publicHalf)).count == 2)
            // One key with two certificates is told by either.
            #expect(try keys("both").count == 1)
        }
    }

    @Test func `sign by P-521 too`() async {
        await #expect(processExitsWith: .success) { [home = home as String] in
            try enter(home)
            let certificates = InstalledCertificates(nil)
            let signature = try Answers("1234").sign(certificates, "pkcs11:token=p521;type=cert", .es512)
            #expect(signature.count == 132)
            #expect(try isGood(signature, .es512, by: try Self.der(home, "p521")))
        }
    }

    @Test func `are not said to have a key that is another certificate's, before anything is signed`() async {
        await #expect(processExitsWith: .success) { [home = home as String] in
            try enter(home)
            let certificates = InstalledCertificates(BrowserPlaces(home: home))
            func failure(_ token: String, _ scheme: SignatureScheme, pin: String = "1234") -> InstalledFailure? {
                do throws(InstalledFailure) {
                    try certificates.requireKey(scheme, uri: "pkcs11:token=\(token);type=cert") { _, wasWrong in
                        wasWrong ? nil : secret(pin)
                    } announcePINPad: { _ in
                    }
                    return nil
                } catch { return error }
            }
            #expect(failure("orphan", .rs256) == .noKey)
            #expect(failure("p521", .es512) == nil && failure("first", .es256) == nil)
            #expect(failure("p521", .rs256) == .noSuchMechanism)
            #expect(failure("p521", .es512, pin: "9999") == .cancelled)
        }
    }

    @Test func `of Ed25519 sign messages of any length, each by its own key, and nothing by another scheme`() async {
        await #expect(processExitsWith: .success) { [home = home as String] in
            try enter(home)
            let certificates = InstalledCertificates(nil)
            let all = certificates.all().filter { $0.place == "edwards" }
            #expect(all.count == 2)
            for one in all {
                let signatures = try Answers("1234").sign(certificates, one.uri, .edDSA, times: 2)
                for signature in signatures { #expect(try isGood(signature, .edDSA, by: one.der)) }
                let key = try #require(CertifiedKey(certificate: one.der))
                for message in [[], [7], [UInt8](repeating: 7, count: 131_072)] {
                    let made = try certificates.sign(inputs: [message], .edDSA, uri: one.uri) { _, _ in
                        secret("1234")
                    } announcePINPad: { _ in
                    }
                    #expect(key.verifies(made[0], of: message, .edDSA))
                    #expect(!key.verifies(made[0], of: message + [0], .edDSA))
                }
                #expect(Answers("1234").failure(certificates, one.uri, .es256) == .noSuchMechanism)
                #expect(Answers("1234").failure(certificates, one.uri, .rs256) == .noSuchMechanism)
            }
            #expect(
                Answers("1234").failure(certificates, "pkcs11:token=p521;type=cert", .edDSA) == .noSuchMechanism)
        }
    }

    @Test func `in the browsers' newer places are listed and sign`() async {
        await #expect(processExitsWith: .success) { [home = home as String] in
            try enter(home)
            let certificates = InstalledCertificates(BrowserPlaces(home: home))
            let all = certificates.all().filter { !$0.token.needsLogin }
            #expect(all.map { "\($0.place): \($0.label)" }.sorted() == ["Chromium: rsa1", "Firefox (new): ec1"])
            for one in all {
                let scheme: SignatureScheme = one.label == "ec1" ? .es256 : .rs256
                let signature = try Answers().sign(certificates, one.uri, scheme)
                #expect(try isGood(signature, scheme, by: one.der))
            }
        }
    }
}
