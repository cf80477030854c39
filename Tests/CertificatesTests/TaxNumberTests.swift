import Certificates
import Foundation
import Testing

@Suite struct `A certificate of a person without DNI and NIE` {
    private var now: UInt64 { UInt64(Date().timeIntervalSince1970) }

    @Test(
        arguments: [
            (["serialNumber = IDCES-K1234567L"], "K1234567L"), (["serialNumber = L1234567L"], "L1234567L"),
            (["serialNumber = idces-m1234567l"], "M1234567L"), (["CN = PROVA AINA - NIF M1234567L"], "M1234567L"),
            (["serialNumber = TINES-M1234567L", "organizationIdentifier = VATES-B12345674"], "M1234567L"),
            // A DNI is the better one, two are none, and an entity's is not a person's.
            (["serialNumber = IDCES-12345678Z", "CN = AINA - NIF K1234567L"], "12345678Z"),
            (["serialNumber = K1234567L", "CN = AINA - NIF L1234567L"], nil), (["serialNumber = VATES-B12345674"], nil),
            (["serialNumber = K12345L"], nil), (["serialNumber = PASES-K1234567L"], nil),
        ] as [([String], String?)])
    func `tells the tax number of a person who has neither DNI nor NIE, and serves no gateway by it`(
        subject: [String], number: String?
    ) throws {
        let certificate = try #require(HolderCertificate(der: try Issued.certificate(["C = ES"] + subject)))
        #expect(certificate.number == number)
        #expect(certificate.maskedNumber == number.map { "****" + $0.suffix(5) })
        let isDocument = number == "12345678Z"
        #expect(
            (certificate.document != nil) == isDocument
                && (certificate.taxNumber == nil) == (isDocument || number == nil))
        #expect(certificate.problems(now: now) == (isDocument ? [] : [.noDocument]))
    }
}
