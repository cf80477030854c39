import CertificateTrust
import Foundation
import GatewayAPI
import TestAuthorities

/// A verifier that trusts made-up authorities, and what it says to people's signatures.
struct Bench {
    static let content = Array("what is to be signed, with a\r\nline\nor two".utf8)

    let authorities: Authorities
    let verifier: CertificateVerifier
    /// The verifier's clock, in seconds since 1970: a minute ahead, so that what is issued meanwhile is in force.
    var now = Int64(time(nil)) + 60

    init(_ authorities: Authorities? = nil, _ verifier: CertificateVerifier? = nil) throws {
        let authorities = try authorities ?? Authorities()
        self.authorities = authorities
        self.verifier = try verifier ?? authorities.verifier()
    }

    /// What becomes of a person's signature over ``content``.
    func outcome(of person: Issued, _ options: [String] = ["-cades", "-md", "sha256"]) throws -> CertificateOutcome {
        outcome(of: try authorities.sign(Self.content, by: person, options))
    }

    /// What becomes of these bytes as a signature over ``content``.
    func outcome(of signature: [UInt8]) -> CertificateOutcome {
        do throws(CertificateRefusal) {
            _ = try verifier.holder(of: signature, over: Self.content, at: now)
            return .accepted
        } catch { return error.outcome }
    }
}
