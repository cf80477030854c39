import Foundation
import GatewayAPI
import TestAuthorities
import TestSupport
import Testing

@testable import CertificateTrust

@Suite struct `A chain of certificates` {
    @Test func `ends at an authority that is trusted`() throws {
        let bench = try Bench()
        let stranger = try Authorities()
        #expect(try bench.outcome(of: try stranger.person()) == .untrusted)
        // The stranger's own root comes along, and convinces nobody.
        let all = ["-cades", "-md", "sha256", "-certfile", stranger.folder + "/all.pem"]
        let pem = try [stranger.intermediate, stranger.root].map {
            try String(contentsOfFile: $0.certificate, encoding: .utf8)
        }
        try pem.joined().write(toFile: stranger.folder + "/all.pem", atomically: true, encoding: .utf8)
        #expect(try bench.outcome(of: try stranger.person(), all) == .untrusted)
    }

    @Test func `may bring its intermediate certificate itself`() throws {
        let authorities = try Authorities()
        try FileManager.default.removeItem(atPath: authorities.folder + "/trust/intermediate.pem")
        let bench = try Bench(authorities)
        let person = try authorities.person()
        #expect(try bench.outcome(of: person) == .untrusted)
        let more = ["-cades", "-md", "sha256", "-certfile", authorities.intermediate.certificate]
        #expect(try bench.outcome(of: person, more) == .accepted)
    }

    @Test func `is in force by the gateway's clock`() throws {
        for (days, expected) in [(-1, CertificateOutcome.expired), (0, .accepted), (364, .accepted), (366, .expired)] {
            var bench = try Bench()
            let person = try bench.authorities.person()
            bench.now += Int64(days) * 86_400
            #expect(try bench.outcome(of: person) == expected, "day \(days)")
        }
    }

    @Test func `is no stronger than its weakest part`() throws {
        let bench = try Bench()
        #expect(try bench.outcome(of: try bench.authorities.person(digest: "sha1")) == .untrusted)
        for (key, expected) in [("rsa:1024", CertificateOutcome.untrusted), ("rsa:2048", .accepted)] {
            let between = try bench.authorities.authority(key: key)
            let person = try bench.authorities.person(by: between)
            let more = ["-cades", "-md", "sha256", "-certfile", between.certificate]
            #expect(try bench.outcome(of: person, more) == expected, "\(key)")
        }
    }

    @Test func `is not made longer by a person's certificate`() throws {
        let bench = try Bench()
        let person = try bench.authorities.person(usage: "digitalSignature, keyCertSign")
        let child = try bench.authorities.person(by: person)
        let more = ["-cades", "-md", "sha256", "-certfile", person.certificate]
        #expect(try bench.outcome(of: child, more) == .untrusted)
    }

    @Test func `is looked for among real authorities alone`() throws {
        let authorities = try Authorities()
        let trust = authorities.folder + "/trust"
        #expect(try TrustStore(path: trust).count == 2)
        #expect(try TrustStore(path: authorities.root.certificate).count == 1)
        func failure(_ path: String) -> String? {
            do throws(TrustStore.Failure) { _ = try TrustStore(path: path) } catch { return error.message }
            return nil
        }
        #expect(failure(authorities.folder + "/nothing")?.contains("stat") == true)
        #expect(failure(authorities.root.key)?.contains("no root certificate") == true)
        #expect(failure(authorities.intermediate.certificate)?.contains("no root certificate") == true)
        let text = try String(contentsOfFile: authorities.root.certificate, encoding: .utf8)
        let broken = authorities.folder + "/broken.pem"
        try (text + text.replacingOccurrences(of: "MII", with: "AAA")).write(
            toFile: broken, atomically: true, encoding: .utf8)
        #expect(failure(broken)?.contains("can't be read") == true)
        let person = try authorities.person()
        try FileManager.default.copyItem(atPath: person.certificate, toPath: trust + "/person.pem")
        #expect(failure(trust)?.contains("person.pem has a certificate that is no authority's") == true)
    }
}
