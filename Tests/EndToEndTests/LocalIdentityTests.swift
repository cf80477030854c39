import Foundation
import TestSupport
import Testing

@Suite(.serialized) struct `An identity that only signs` {
    /// A seal, whose certificate has no person's number, and a representative.
    private static let people = [
        (name: "aina", kind: CertifiedWorld.rsa, subject: CertifiedWorld.aina),
        (
            name: "seal", kind: "EC -pkeyopt ec_paramgen_curve:P-256",
            subject: "/C=ES/O=EMPRESA SL/organizationIdentifier=VATES-B12345674/CN=SEGELL DE PROVES"
        ),
        (
            name: "foreigner", kind: "EC -pkeyopt ec_paramgen_curve:P-256",
            subject: "/C=ES/serialNumber=IDCES-M1234567L/GN=JO/SN=SAMPLE/CN=SAMPLE JO - NIF M1234567L"
        ),
        (name: "nobody", kind: "EC -pkeyopt ec_paramgen_curve:P-256", subject: "/C=ES/CN=PSEUDONIM"),
    ]

    private func world() throws -> CertifiedWorld {
        let certified = try CertifiedWorld(Self.people)
        // Whatever is done: no gateway is there to hear of it.
        certified.world.killGateway()
        try certified.make("printf 'the content' > doc.pdf; openssl x509 -in aina.crt -noout -pubkey > public.pem")
        return certified
    }

    @Test func `is made of a certificate without any gateway, and signs in every form`() throws {
        let certified = try world()
        let made = certified.sh("clave-add --local --file aina.p12")
        #expect(made.code == 0 && made.errors.contains("AINA PROVA (****5678Z) can sign now."), "\(made)")
        #expect(made.errors.contains("This identity signs only"))
        for (options, suffix, key) in [
            ("-F cades", "p7s", ""), ("-F cms --attached", "p7m", ""), ("-F jws", "jws", ""),
            ("-c -n file", "sig", "-k public.pem"), ("-c -F raw", "sig", "-k public.pem"),
        ] {
            let signed = certified.sh(
                "rm -f doc.pdf.*; clave-sign \(options) --scheme RS256 -o doc.pdf.\(suffix) doc.pdf")
            #expect(signed.code == 0, "\(options): \(signed)")
            let verified = certified.sh("clave-sign --verify --trust trust \(key) doc.pdf.\(suffix)")
            #expect(verified.code == 0, "\(options): \(verified)")
        }
        try certified.make(
            "clave-sign -k > key.pub; clave-sign -n file doc.pdf > own.sig; clave-sign --verify -k key.pub --content doc.pdf own.sig"
        )
        let listed = try certified.make("clave-add --ssh on >&2; SSH_AUTH_SOCK=$CLAVE_AUTH_SOCK ssh-add -L")
        #expect(listed.hasPrefix("ssh-rsa "), "\(listed)")
        // The vault keeps it.
        certified.world.stopAgent()
        try certified.world.startAgent()
        try certified.make(
            "clave-sign -F cades -o again.p7s doc.pdf; clave-sign --verify --trust trust --content doc.pdf again.p7s")
    }

    @Test func `needs no DNI or NIE, says what it is, and is left alone by all that asks a gateway`() throws {
        let certified = try world()
        for name in ["seal", "nobody"] {
            let refused = certified.sh("clave-add -g https://localhost:1 --file \(name).p12")
            #expect(refused.code == 1)
            try certified.make("clave-add --local --file \(name).p12")
        }
        let list = try certified.make("clave-add -l")
        #expect(
            list.contains("SEGELL DE PROVES, EMPRESA SL (B12345674), certificate, signs only; not registered"),
            "\(list)")
        #expect(list.contains("PSEUDONIM, certificate, signs only; not registered at a gateway"), "\(list)")
        let json = try certified.make("clave-add -l -j")
        #expect(
            json.contains("\"entity\":\"EMPRESA SL (B12345674)\",\"registered\":\"no\",\"level\":\"none\""), "\(json)")
        #expect(try certified.make("clave-add -L").contains("signs only; not registered at a gateway"))
        // Twice the same is once.
        try certified.make("clave-add --local --file seal.p12; test $(clave-add -l | wc -l) = 2")
        try certified.make(
            "clave-sign --force -F cades -i B12345674 -o doc.pdf.p7s doc.pdf; clave-sign --verify --trust trust doc.pdf.p7s"
        )
        #expect(certified.world.asked.contains("SEGELL DE PROVES, EMPRESA SL (B12345674)"))
        for waiting in ["clave-pin -w 600", "clave-requests --next -w 600", "clave-pin -i B12345674 -w 600"] {
            let outcome = certified.sh(waiting)
            #expect(outcome.code == 1 && outcome.errors.contains("registered at no gateway"), "\(waiting): \(outcome)")
        }
        let everywhere = certified.sh("clave-add -d B12345674 --everywhere")
        #expect(everywhere.code == 1 && everywhere.errors.contains("registered at no gateway"), "\(everywhere)")
        let removed = certified.sh("clave-add -d B12345674")
        #expect(removed.code == 0 && !removed.errors.contains("not be told"), "\(removed)")
        try certified.make("test $(clave-add -l | wc -l) = 1")
        #expect(try certified.make("clave-add --log -j").contains("SEGELL DE PROVES, EMPRESA SL (B12345674)"))
    }

    @Test func `of a person without DNI and NIE is shown with their tax number, starred like a DNI`() throws {
        let certified = try world()
        let refused = certified.sh("clave-add -g https://localhost:1 --file foreigner.p12")
        #expect(refused.code == 1)
        let made = certified.sh("clave-add --local --file foreigner.p12")
        #expect(made.code == 0 && made.errors.contains("JO SAMPLE (****4567L) can sign now."), "\(made)")
        #expect(try certified.make("clave-add -l").contains("JO SAMPLE (****4567L), certificate, signs only"))
        #expect(try certified.make("clave-add -L").contains("****4567L"))
        #expect(try certified.make("clave-add -l -j").contains("\"document\":\"****4567L\""))
        try certified.world.answer("env | grep ^CLAVE_PROMPT_ >> \"$HOME/facts\"; exit 0")
        try certified.make("clave-sign -F cades -i 4567L -o doc.pdf.p7s doc.pdf")
        try certified.make("grep -qxF 'CLAVE_PROMPT_IDENTITY=JO SAMPLE (****4567L)' facts")
        #expect(certified.world.asked.contains("Identity: \"JO SAMPLE (****4567L)\""), "\(certified.world.asked)")
        let verified = try certified.make("clave-sign --verify --trust trust doc.pdf.p7s")
        #expect(verified.contains("Signer: JO SAMPLE (****4567L)"), "\(verified)")
        let json = try certified.make("clave-sign --verify -j --trust trust doc.pdf.p7s")
        #expect(json.contains("\"document\":\"****4567L\""), "\(json)")
        for text in [
            try certified.make("cat facts; clave-add -L; clave-add -l -j; clave-add --log -j"), certified.world.asked,
        ] {
            #expect(!text.contains("M1234567L"))
        }
    }

    @Test func `is asked for with a certificate and without a gateway, or not at all`() throws {
        let certified = try world()
        for (options, words) in [
            ("--local -g https://localhost:1 --file aina.p12", "--local means no gateway"),
            ("--local --document 12345678Z --file aina.p12", "leave out document"),
            ("--local -f document=12345678Z --file aina.p12", "leave out document"),
            ("--local --validity 31-12-2030 --file aina.p12", "leave out validity"),
            ("--local --issue 1-1-2020 -m dnie", "leave out issue"),
            ("--local --support E12345678 --file aina.p12", "leave out support"),
            ("--local -m sms", "--local takes a certificate"), ("--local -l", "--local"),
        ] {
            let outcome = certified.sh("clave-add \(options)")
            #expect(outcome.code == 64 && outcome.errors.contains(words), "\(options): \(outcome)")
        }
        try certified.issue("old", CertifiedWorld.rsa, CertifiedWorld.aina, days: -1)
        let expired = certified.sh("clave-add --local --file old.p12")
        #expect(expired.code == 1 && expired.errors.contains("expired"), "\(expired)")
    }
}

@Suite(.serialized) struct `Two certificates of one person` {
    private static let representative =
        "/C=ES/serialNumber=IDCES-12345678Z/GN=AINA/SN=PROVA/O=EMPRESA SL/organizationIdentifier=VATES-B12345674"
        + "/CN=12345678Z AINA PROVA (R: B12345674)"

    @Test func `stay both, sign both, and are told apart wherever one is named`() throws {
        let certified = try CertifiedWorld([
            ("aina", CertifiedWorld.rsa, CertifiedWorld.aina), ("company", CertifiedWorld.rsa, Self.representative),
        ])
        try certified.make("printf 'the content' > doc.pdf")
        certified.activate()
        certified.activate("company.p12")
        let list = try certified.make("clave-add -l")
        #expect(list.split(separator: "\n").count == 2, "\(list)")
        // The gateway lets one device of a person act: the person's own certificate signs all the same.
        for (name, who) in [("company", "B12345674"), ("aina", "")] {
            let identity = try certified.make(
                "clave-add -l -j | grep '\"entity\":\"\(who.isEmpty ? "\"" : "EMPRESA")' | cut -c 8-15")
            try certified.make("clave-sign --force -F cades -i \(identity.prefix(8)) -o doc.pdf.p7s doc.pdf")
            try certified.make("clave-sign --verify --trust trust -k \(name).crt doc.pdf.p7s")
        }
        #expect(certified.sh("clave-sign -F cades -o x.p7s doc.pdf").errors.contains("Name one with -i"))
        let asked = certified.world.asked
        // The name is the gateway's.
        let who = "AINA PROVA MOSTRA (****5678Z), EMPRESA SL (B12345674)"
        for line in ["Identity: \"\(who)\"", "Identity: \"AINA PROVA MOSTRA (****5678Z)\""] {
            #expect(asked.contains(line), "\(asked)")
        }
        let log = try certified.make("clave-add --log -j")
        #expect(log.contains("\"\(who)\""), "\(log)")
        // The same certificate again is a renewal: it takes the place of its own identity alone.
        certified.activate("company.p12")
        try certified.make("test $(clave-add -l | wc -l) = 2")
    }
}
