import Foundation
import Glibc
import SignedForms
import TestSupport
import Testing

@testable import Cryptoki

/// One after the other: SoftHSM notes a wrong PIN in the token's file, while another process may read it.
@Suite(.serialized) struct `Certificates that are installed` {
    private let home: String

    init() throws { home = try InstalledHome.shared.get().folder }

    @Test func `are listed with places and issuers, and what fails is left out and named`() async throws {
        let before = try contents(["/.mozilla", "/.pki"])
        await #expect(processExitsWith: .success) { [home = home as String] in
            try enter(home)
            let certificates = InstalledCertificates(BrowserPlaces(home: home))
            let all = certificates.all()
            #expect(
                all.map { "\($0.place): \($0.label)" }.sorted() == [
                    "Chromium: rsa; ñ = 100 %", "Firefox (default-release): ec; ñ = 100 %",
                    "Firefox (default-release): rsa; ñ = 100 %", "Firefox (it's \"odd]>\\): ec; ñ = 100 %",
                    "Firefox (work): ec; ñ = 100 %", "Firefox (work): rsa; ñ = 100 %", "tarjeta; ñ: each",
                    "tarjeta; ñ: ec ñ; /", "tarjeta; ñ: rsa ñ; /", "tarjeta; ñ: rsa ñ; /",
                ])
            for one in all {
                let name = one.label.prefix { $0.isLetter }
                #expect(one.der == Array(try Data(contentsOf: URL(filePath: "\(home)/\(name).der"))))
                let authorities = try (name == "rsa" ? ["sub", "ca"] : ["ca"]).map { name in
                    Array(try Data(contentsOf: URL(filePath: "\(home)/\(name).der")))
                }
                // The second token has none.
                #expect(one.issuers == authorities || one.token.label == "tarjeta; ñ")
                #expect(one.token.needsLogin == (one.place == "Firefox (work)" || one.place == "tarjeta; ñ"))
            }
            #expect(all.filter { $0.place == "tarjeta; ñ" }.map(\.issuers.count).sorted() == [0, 1, 1, 2])
            #expect(Set(all.map(\.uri)).count == all.count)
            #expect(certificates.failures.count == 2, "\(certificates.failures)")
            #expect(certificates.failures.contains { $0.contains("/nonexistent/library.so") })
            #expect(certificates.failures.contains { $0.hasPrefix("NSS: Firefox (damaged): C_Initialize: ") })
        }
        #expect(try contents(["/.mozilla", "/.pki"]) == before)
    }

    @Test func `sign as their schemes tell, each found by its URI`() async {
        await #expect(processExitsWith: .success) { [home = home as String] in
            try enter(home)
            let certificates = InstalledCertificates(BrowserPlaces(home: home))
            let all = certificates.all()
            #expect(all.count == 10)
            for one in all {
                let isRSA = one.label.hasPrefix("rsa")
                for scheme in SignatureScheme.allCases {
                    let isECDSA = scheme.rawValue.hasPrefix("ES")
                    let pins = ["tarjeta; ñ": "1234", "Firefox (work)": "a secret"]
                    let answers = Answers(pins[one.place], "4321")
                    guard isRSA != isECDSA, ![.es384, .es512, .edDSA].contains(scheme) else {
                        #expect(answers.failure(certificates, one.uri, scheme) != nil)
                        continue
                    }
                    let signature = try answers.sign(certificates, one.uri, scheme)
                    #expect(signature.count == (isRSA ? 256 : 64))
                    #expect(try isGood(signature, scheme, by: one.der), "\(one.uri) \(scheme)")
                    #expect(answers.asked.isEmpty == !one.token.needsLogin)
                }
            }
        }
    }

    @Test func `ask again after a wrong PIN, three times at most, and not after a cancel`() async {
        await #expect(processExitsWith: .success) { [home = home as String] in
            try enter(home)
            let certificates = InstalledCertificates(BrowserPlaces(home: home))
            for (uri, pin, scheme) in [
                ("pkcs11:token=Firefox%20(work);object=rsa%3B%20%C3%B1%20%3D%20100%20%25", "a secret", .rs256),
                ("pkcs11:token=tarjeta%3B%20%C3%B1;object=each", "1234", .es256),
                ("pkcs11:token=tarjeta%3B%20%C3%B1;id=%02;type=cert", "1234", SignatureScheme.es256),
            ] {
                let second = Answers("nonsense", pin)
                #expect(second.failure(certificates, uri, scheme) == nil)
                #expect(second.asked == [false, true])
                let wrong = Answers("nonsense", "", "1", pin)
                #expect(wrong.failure(certificates, uri, scheme) == .wrongPIN)
                #expect(wrong.asked == [false, true, true])
                let cancelled = Answers("nonsense", nil, pin)
                #expect(cancelled.failure(certificates, uri, scheme) == .cancelled)
                #expect(cancelled.asked == [false, true])
            }
        }
    }

    @Test func `are not taken for one another, and a URI loads nothing and names no PIN`() async {
        await #expect(processExitsWith: .success) { [home = home as String] in
            try enter(home)
            let certificates = InstalledCertificates(BrowserPlaces(home: home))
            let pin = Answers("1234", "4321")
            func failure(_ uri: String) -> InstalledFailure? { pin.failure(certificates, uri) }
            #expect(failure("pkcs11:token=Chromium") == nil)
            #expect(failure("pkcs11:token=tarjeta%3B%20%C3%B1;id=%01") == .several)
            #expect(failure("pkcs11:token=Chromium;object=other") == .notFound)
            #expect(failure("pkcs11:token=Chromium;type=private") == .notFound)
            #expect(failure("pkcs11:token=Firefox%20(default-release);object=other") == .notFound)
            #expect(failure("pkcs11:token=elsewhere") == .tokenGone)
            for text in [
                "pkcs11:token=Chromium?module-path=\(SoftToken.path)", "pkcs11:token=Chromium?module-name=softhsm2",
                "pkcs11:token=Chromium?pin-value=1234", "pkcs11:token=Chromium?pin-source=file:/etc/hostname",
                "pkcs11:token=Chromium;pinfile=/etc/hostname", "pkcs11:token=Chromium;library-version=3",
                "pkcs11:token=Chromium;slot-id=7", "pkcs11:token=Chromium?colour=blue",
                "pkcs11:token=Chromium;colour=blue", "pkcs11:token=%zz", "Chromium",
                "", "pkcs11:token=Chromium\0?pin-value=1234", "pkcs11:object=" + String(repeating: "a", count: 1100),
            ] {
                guard case .failed = failure(text) else {
                    Issue.record("\(text) was taken")
                    continue
                }
            }
            #expect(pin.asked.isEmpty)
            #expect(throws: InstalledFailure.self) {
                _ = try certificates.sign(inputs: [[1]], .rs256, uri: "pkcs11:token=Chromium") { _, _ in
                    nil
                } announcePINPad: { _ in
                }
            }
        }
    }

    @Test func `behind a reader are used with care for the last try, the key pad and the missing card`() async {
        await #expect(processExitsWith: .success) { [home = home + "/reader" as String] in
            try enter(home)
            func with(_ names: String..., test: () throws -> Void) throws {
                for name in names { try writeProgram("", to: "\(home)/\(name)") }
                defer { for name in names { unlink("\(home)/\(name)") } }
                try test()
            }
            let certificates = InstalledCertificates(nil)
            let all = certificates.all()
            #expect(all.count == 4)
            let uri = try #require(all.first { $0.label == "rsa ñ; /" && !$0.issuers.isEmpty }).uri
            let each = try #require(all.first { $0.label == "each" }).uri
            try with("last-try") {
                let answers = Answers("1234")
                #expect(answers.failure(certificates, uri) == .lockedPIN)
                #expect(answers.asked.isEmpty)
            }
            try with("pad") {
                let answers = Answers("1234")
                #expect(answers.failure(certificates, uri) == nil)
                #expect(answers.failure(certificates, each, .es256) == nil)
                #expect(answers.asked.isEmpty && answers.announced == 2)
                try with("last-try") { #expect(answers.failure(certificates, uri) == .lockedPIN) }
                #expect(answers.announced == 2)
                try with("escape") { #expect(answers.failure(certificates, uri) == .cancelled) }
            }
            try with("removed") { #expect(Answers("1234").failure(certificates, uri) == .tokenGone) }
            try with("no-pss") {
                let answers = Answers("1234")
                #expect(answers.failure(certificates, uri, .ps256) == .noSuchMechanism)
                #expect(answers.asked.isEmpty)
                #expect(answers.failure(certificates, uri, .rs256) == nil)
            }
            let empty = Answers("", "1234")
            #expect(empty.failure(certificates, uri) == nil)
            #expect(empty.asked == [false, true])
            // The card's third wrong PIN would be its last.
            let answers = Answers("9999")
            try with("last-try") { #expect(answers.failure(certificates, uri) == .lockedPIN) }
        }
    }

    /// The files under folders of the home, and what is in them.
    private func contents(_ folders: [String]) throws -> [String: Data] {
        var contents: [String: Data] = [:]
        for folder in folders {
            for path in try FileManager.default.subpathsOfDirectory(atPath: home + folder) {
                contents[folder + path] = FileManager.default.contents(atPath: "\(home)\(folder)/\(path)") ?? Data()
            }
        }
        return contents
    }
}
