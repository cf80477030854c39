import Certificates
import ClaveDomain
import Foundation
import TestSupport
import Testing

/// A form of an issuer's, and what it tells.
private struct Form: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let subject: [String]
    var alternative: [String]?
    var document = "12345678Z"
    var name = "AINA PROVA MOSTRA"
    var entity: String?
    var entityName = ""

    static let all = [
        Form(
            testDescription: "FNMT, persona física",
            subject: [
                "C = ES", "serialNumber = IDCES-12345678Z", "GN = AINA", "SN = PROVA",
                "CN = PROVA MOSTRA AINA - 12345678Z",
            ],
            alternative: [
                "fnmtName = AINA", "fnmtSurname = PROVA", "fnmtSecondSurname = MOSTRA", "fnmtDocument = 12345678Z",
            ], name: "AINA PROVA"),
        Form(
            testDescription: "FNMT clase 2",
            subject: [
                "C = ES", "O = FNMT", "OU = FNMT Clase 2 CA", "CN = NOMBRE PROVA MOSTRA AINA - NIF 12345678Z",
            ], name: "NOMBRE PROVA MOSTRA AINA - NIF 12345678Z"),
        Form(
            testDescription: "FNMT, representante",
            subject: [
                "C = ES", "serialNumber = IDCES-12345678Z", "GN = AINA", "SN = PROVA MOSTRA",
                "CN = 12345678Z AINA PROVA (R: B12345674)", "organizationIdentifier = VATES-B12345674",
                "O = FUSTERIA DE MOSTRA SL",
            ],
            alternative: ["fnmtDocument = 12345678Z", "fnmtEntityNumber = B12345674"], entity: "B12345674",
            entityName: "FUSTERIA DE MOSTRA SL"),
        Form(
            testDescription: "FNMT, representante, by the common name alone",
            subject: ["C = ES", "CN = 12345678Z AINA PROVA (R: B12345674)"],
            name: "12345678Z AINA PROVA (R: B12345674)", entity: "B12345674"),
        Form(
            testDescription: "FNMT, entity by alternative name",
            subject: ["C = ES", "serialNumber = B12345674", "CN = ENTIDAD FUSTERIA"],
            alternative: ["fnmtDocument = 12345678Z", "fnmtEntityName = FUSTERIA", "fnmtEntityNumber = B12345674"],
            name: "ENTIDAD FUSTERIA", entity: "B12345674", entityName: "FUSTERIA"),
        Form(
            testDescription: "DNIe",
            subject: [
                "C = ES", "serialNumber = 12345678Z", "SN = PROVA", "GN = AINA",
                "CN = \"PROVA MOSTRA, AINA (AUTENTICACIÓN)\"",
            ], name: "AINA PROVA"),
        Form(
            testDescription: "a person's number by ETSI's other form",
            subject: ["C = ES", "serialNumber = PNOES-12345678Z", "CN = AINA PROVA MOSTRA"]),
        Form(
            testDescription: "a foreigner's, by ETSI's form",
            subject: ["C = ES", "serialNumber = IDCES-X1234567L", "GN = JO", "SN = SAMPLE", "CN = JO SAMPLE"],
            document: "X1234567L", name: "JO SAMPLE"),
        Form(
            testDescription: "a person's tax number by ETSI's form",
            subject: ["C = ES", "serialNumber = TINES-12345678Z", "CN = AINA PROVA MOSTRA"]),
        Form(
            testDescription: "ETSI's form in small letters",
            subject: ["C = ES", "serialNumber = idces-12345678z", "CN = AINA PROVA MOSTRA"]),
        Form(
            testDescription: "a public employee, by the alternative name alone",
            subject: [
                "C = ES", "O = AJUNTAMENT DE MOSTRA", "GN = AINA", "SN = PROVA MOSTRA", "CN = AINA PROVA MOSTRA",
            ],
            alternative: [
                "employeeEntity = Ajuntament", "employeeEntityNumber = P0800000B", "employeeDocument = 12345678Z",
            ],
            entity: "P0800000B", entityName: "AJUNTAMENT DE MOSTRA"),
        Form(
            testDescription: "a public employee of the high level, by the alternative name alone",
            subject: ["C = ES", "CN = AINA PROVA MOSTRA"], alternative: ["employeeDocumentHigh = 12345678Z"]),
        Form(
            testDescription: "a public employee, in the older form",
            subject: ["C = ES", "CN = AINA PROVA MOSTRA"], alternative: ["employeeDocumentOld = 12345678Z"]),
        Form(
            testDescription: "a public employee, in the older form of the high level",
            subject: ["C = ES", "CN = AINA PROVA MOSTRA"], alternative: ["employeeDocumentOldHigh = 12345678Z"]),
        Form(
            testDescription: "a public employee, by the common name alone",
            subject: ["C = ES", "CN = PROVA MOSTRA AINA - DNI 12345678Z"],
            name: "PROVA MOSTRA AINA - DNI 12345678Z"),
        Form(
            testDescription: "a foreign public employee, by the common name alone",
            subject: ["C = ES", "CN = SAMPLE JO - NIE X1234567L"], document: "X1234567L",
            name: "SAMPLE JO - NIE X1234567L"),
        Form(
            testDescription: "AC Camerfirma, person with an entity",
            subject: [
                "C = ES", "serialNumber = 12345678Z", "GN = AINA", "SN = PROVA MOSTRA", "CN = AINA PROVA MOSTRA",
                "camerfirmaEntity = B12345674", "O = FUSTERIA DE MOSTRA SL",
            ], entity: "B12345674", entityName: "FUSTERIA DE MOSTRA SL"),
        Form(
            testDescription: "ACCV",
            subject: ["C = ES", "GN = AINA", "SN = PROVA MOSTRA", "CN = AINA PROVA MOSTRA - NIF:12345678Z"],
            alternative: ["UID = 12345678Z", "CN = AINA|PROVA|MOSTRA"]),
        Form(
            testDescription: "Izenpe",
            subject: [
                "C = ES", "dnQualifier = -dni 12345678Z -cif B12345674", "GN = AINA", "SN = PROVA MOSTRA",
                "CN = AINA PROVA MOSTRA", "O = FUSTERIA",
            ], entity: "B12345674", entityName: "FUSTERIA"),
        Form(
            testDescription: "CATCert, idCAT",
            subject: [
                "C = ES", "serialNumber = IDCES-12345678Z", "GN = AINA", "SN = PROVA MOSTRA",
                "CN = AINA PROVA MOSTRA - DNI 12345678Z",
            ]),
        Form(
            testDescription: "CATCert, with the entity's number before the person's",
            subject: [
                "C = ES", "serialNumber = B12345674", "aocDocument = 12345678Z", "GN = AINA", "SN = PROVA MOSTRA",
                "CN = CPISR-1 AINA PROVA MOSTRA", "O = FUSTERIA",
            ], entity: "B12345674", entityName: "FUSTERIA"),
    ]
}

@Suite struct `A certificate` {
    /// Read anew each time: a certificate is issued after the test has begun.
    private var now: UInt64 { UInt64(Date().timeIntervalSince1970) }

    @Test(arguments: Form.all) fileprivate func `tells its holder in the form of its issuer`(form: Form) throws {
        let der = try Issued.certificate(form.subject, alternative: form.alternative)
        let certificate = try #require(HolderCertificate(der: der))
        #expect(certificate.document?.text == form.document)
        #expect(certificate.name == form.name)
        #expect(certificate.entity?.number == form.entity)
        #expect((certificate.entity?.name ?? "") == form.entityName)
        #expect(certificate.problems(now: now) == [])
    }

    @Test(arguments: [
        ["CN = Aina"], ["CN = Aina", "serialNumber = 12345678A"], ["serialNumber = IDCES-12345678"],
        // Of other countries, or of another kind: a passport; and what only looks like a known one.
        ["serialNumber = IDCPT-12345678Z"], ["serialNumber = PASES-12345678Z"],
        // An entity's alone.
        ["serialNumber = VATES-B12345674", "CN = Fusteria"], ["serialNumber = B12345674"],
        // Names that only look like it.
        ["CN = Aina 12345678Z"], ["CN = Aina - NIF 12345678Z and more"], ["CN = NIF"], ["CN = (R: B12345674)"],
        ["dnQualifier = -dni"], ["dnQualifier = 12345678Z"], ["serialNumber = IDCES-12345678Zx"],
        ["CN = Aina", "serialNumber = IDCES-K1234567L"],
    ])
    func `without a DNI or NIE says so`(subject: [String]) throws {
        let certificate = try #require(HolderCertificate(der: try Issued.certificate(["C = ES"] + subject)))
        #expect(certificate.document == nil)
        #expect(certificate.problems(now: now) == [.noDocument])
    }

    @Test func `that names two people is nobody's`() throws {
        let der = try Issued.certificate(
            ["C = ES", "serialNumber = IDCES-12345678Z", "CN = Aina"], alternative: ["fnmtDocument = 00000000T"])
        let certificate = try #require(HolderCertificate(der: der))
        #expect(certificate.document == nil)
        #expect(certificate.problems(now: now) == [.contradictoryDocuments])
    }

    @Test func `can't serve before its time, after it, for other uses, and as an authority's`() throws {
        let subject = ["C = ES", "serialNumber = IDCES-12345678Z", "CN = Aina"]
        let good = try #require(HolderCertificate(der: try Issued.certificate(subject)))
        #expect(good.validBefore - good.validAfter == 365 * 86_400)
        #expect(good.problems(now: good.validAfter) == [] && good.problems(now: good.validBefore) == [])
        #expect(good.problems(now: good.validAfter - 1) == [.notYetValid])
        #expect(good.problems(now: good.validBefore + 1) == [.expired])
        let other = try Issued.certificate(subject, usage: "keyEncipherment")
        #expect(HolderCertificate(der: other)?.problems(now: now) == [.notForSignatures])
        let signature = try Issued.certificate(subject, usage: "nonRepudiation")
        #expect(HolderCertificate(der: signature)?.problems(now: now) == [])
        let unsaid = try Issued.certificate(subject, usage: nil)
        #expect(HolderCertificate(der: unsaid)?.problems(now: now) == [])
        let authority = try Issued.certificate(subject, authority: true)
        #expect(HolderCertificate(der: authority)?.problems(now: now) == [.authority])
    }

    @Test func `from before 1970 is read, and has expired or not by its end`() throws {
        let workshop = try Workshop(
            Workshop.hierarchy("EC -pkeyopt ec_paramgen_curve:P-256") + """
                touch index
                printf '[ca]\ndefault_ca=one\n[one]\ndatabase=index\nnew_certs_dir=.\nrand_serial=yes\ndefault_md=sha256\npolicy=any\n[any]\ncommonName=supplied\nserialNumber=supplied\n' > config
                issue() {
                    openssl ca -batch -config config -cert middle.crt -keyfile middle.key -in person.csr -extfile person.ext \
                        -notext -startdate $1 -enddate $2 -out old.crt
                    : > index
                    cat person.key old.crt > $3
                }
                issue 500101000000Z 280101000000Z since1950
                issue 00010101000000Z 20280101000000Z since1
                issue 500101000000Z 600101000000Z until1960
                """)
        for name in ["since1950", "since1"] {
            let entry = try #require(try readKeys(workshop[name]).first)
            #expect(entry.certificate.validAfter == 0 && entry.certificate.problems(now: now) == [], "\(name)")
        }
        let past = try #require(try readKeys(workshop["until1960"]).first)
        #expect(past.certificate.problems(now: now) == [.expired])
    }

    @Test func `that is cut short, longer, or too long is none`() throws {
        let der = try Issued.certificate(["C = ES", "serialNumber = IDCES-12345678Z", "CN = Aina"])
        for length in 0..<der.count { #expect(HolderCertificate(der: Array(der.prefix(length))) == nil) }
        #expect(HolderCertificate(der: der + [0]) == nil)
        #expect(HolderCertificate(der: [UInt8](repeating: 0x30, count: HolderCertificate.maximumLength + 1)) == nil)
    }

    @Test func `with any bit changed names the same person, or another only where the number stands`() throws {
        let number = Array("12345678Z".utf8)
        let der = try Issued.certificate(["C = ES", "serialNumber = IDCES-12345678Z", "CN = Aina"])
        // The issuer, who is the same here, stands before the subject.
        let start = try #require(der.indices.last { der[$0...].starts(with: number) })
        for place in der.indices {
            var changed = der
            changed[place] ^= 1 << UInt8(place % 8)
            guard let document = HolderCertificate(der: changed)?.document else { continue }
            let isInside = (start..<start + number.count).contains(place)
            #expect(document.text == "12345678Z" || isInside, "byte \(place)")
        }
    }

    @Test func `shows no text that could disguise another`() throws {
        let der = try Issued.certificate(["C = ES", "serialNumber = IDCES-12345678Z", "CN = Aina Prova"])
        let space = try #require(der.indices.last { der[$0...].starts(with: Array("Aina Prova".utf8)) }) + 4
        var changed = der
        changed[space] = 0
        #expect(HolderCertificate(der: changed)?.name == "")
    }
}
