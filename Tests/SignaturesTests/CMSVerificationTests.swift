import Certificates
import ClaveDomain
import Glibc
import Posix
import SignedForms
import TestSupport
import Testing
import Wire

@testable import Signatures

private let kinds: [SignatureScheme: String] = [
    .rs256: "RSA -pkeyopt rsa_keygen_bits:2048", .rs384: "RSA -pkeyopt rsa_keygen_bits:2048",
    .rs512: "RSA -pkeyopt rsa_keygen_bits:2048", .ps256: "RSA -pkeyopt rsa_keygen_bits:2048",
    .ps384: "RSA -pkeyopt rsa_keygen_bits:2048", .ps512: "RSA -pkeyopt rsa_keygen_bits:2048",
    .es256: "EC -pkeyopt ec_paramgen_curve:P-256", .es384: "EC -pkeyopt ec_paramgen_curve:P-384",
    .es512: "EC -pkeyopt ec_paramgen_curve:P-521", .edDSA: "ED25519",
]

@Suite struct `The verification of a CMS signature` {
    private let content = Array("the content".utf8)

    @Test(arguments: SignatureScheme.allCases)
    func `takes what clave-sign makes by each scheme, detached and attached, and says who, when and by which chain`(
        scheme: SignatureScheme
    ) throws {
        let bench = try Bench(kinds[scheme]!)
        let entry = try bench.entry()
        for isCAdES in [true, false] {
            for isAttached in [true, false] {
                let time = Bench.now
                let signature = try bench.sign(
                    content, by: entry, scheme, isCAdES: isCAdES, isAttached: isAttached, at: time)
                let report = try bench.verify(signature)
                #expect(report.isGood, "\(report.signers.first?.problems ?? [])")
                #expect(report.format == (isCAdES ? .cades : .cms) && report.isAttached == isAttached)
                let signer = try #require(report.signers.first)
                #expect(signer.signedAt == time && signer.scheme == scheme.rawValue)
                #expect(signer.certificate?.document?.text == "12345678Z" && signer.certificate?.name == "AINA PROVA")
                #expect(signer.chain.map(\.issuer) == ["Issuing authority of tests", "Root of tests", "Root of tests"])
                #expect(
                    try bench.verify(signature, Array("another content".utf8)).signers[0].problems == [.otherContent])
            }
        }
    }

    @Test func `takes no byte of a signature changed, unless it says the same of the same signer and content`() throws {
        let bench = try Bench()
        let entry = try bench.entry()
        let signature = try bench.sign(content, by: entry, .es256)
        let right = try bench.verify(signature).signers[0]
        var refused = 0
        for place in stride(from: 0, to: signature.count, by: 3) {
            for bit in [0, 6] as [UInt8] {
                var changed = signature
                changed[place] ^= 1 << bit
                guard let report = try? bench.verify(changed), report.isGood else {
                    refused += 1
                    continue
                }
                // An authority's certificate in it is not needed, or says nothing that counts.
                let signer = report.signers[0]
                #expect(signer.certificate?.der == right.certificate?.der, "byte \(place)")
                #expect(signer.digest == right.digest && signer.signedAt == right.signedAt, "byte \(place)")
            }
        }
        #expect(refused > signature.count / 6)
    }

    @Test func `takes no signature that is cut short or lengthened`() throws {
        let bench = try Bench()
        let entry = try bench.entry()
        for isAttached in [true, false] {
            let signature = try bench.sign(content, by: entry, .es256, isAttached: isAttached)
            for count in stride(from: 1, to: signature.count, by: 11) {
                let report = try? bench.verify(Array(signature[..<count]))
                #expect(report?.isGood != true, "\(count) bytes")
            }
            #expect(throws: SignatureFile.Failure.damaged(.cms)) { try bench.verify(signature + [0]) }
        }
        #expect(throws: SignatureFile.Failure.empty) { try bench.verify([]) }
    }

    @Test func `takes no signature whose signer has signed that their certificate is another one`() throws {
        let bench = try Bench()
        let entry = try bench.entry()
        let signature = try bench.sign(content, by: entry, .es256, naming: entry.chain[1])
        #expect(try bench.problems(signature) == [.otherCertificate])
    }

    @Test func `asks for a chain to a trusted authority, and takes an intermediate one that is trusted as it is`()
        throws
    {
        let bench = try Bench(
            "EC -pkeyopt ec_paramgen_curve:P-256",
            """
            mkdir others between
            openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout other.key -out others/root.crt \
                -days 30 -subj '/CN=Root of tests'
            openssl x509 -in middle.crt -outform DER -out between/middle.der
            echo 'no certificate' > between/README
            """)
        let signature = try bench.sign(content, by: try bench.entry(), .es256)
        guard case .untrusted? = try bench.problems(signature, trust: "others").first else {
            Issue.record("another authority of the same name is believed")
            return
        }
        #expect(try bench.verify(signature, trust: "between").isGood)
        #expect(throws: (any Error).self) { try bench.verify(signature, trust: "nowhere") }
        try bench.make(
            "mkdir empty broken; printf -- '-----BEGIN CERTIFICATE-----\\nAAAA\\n-----END CERTIFICATE-----\\n' > broken/x.crt"
        )
        #expect(throws: (any Error).self) { try bench.verify(signature, trust: "empty") }
        #expect(throws: (any Error).self) { try bench.verify(signature, trust: "broken") }
    }

    @Test func `tells which file of a folder of authorities can't be opened, and passes over what is no file there`()
        throws
    {
        let bench = try Bench()
        let signature = try bench.sign(content, by: try bench.entry(), .es256)
        try bench.make(
            """
            cd trust
            ln -s nothing dangling.crt; mkfifo pipe; mkdir folder; ln -s folder link
            printf -- '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n' > .hidden.crt
            ln -s .loop.crt .loop.crt
            """)
        #expect(try bench.verify(signature).isGood)
        try bench.make("ln -s loop.crt trust/loop.crt")
        #expect(throws: SystemError("open \(bench.folder)/trust/loop.crt", number: ELOOP)) {
            try bench.verify(signature)
        }
        try bench.make("cd trust; rm loop.crt; cp .hidden.crt \"$(printf '\\361.crt')\"")
        let name = SystemText.string([0xF1] + Array(".crt".utf8))
        #expect(throws: SystemError("read certificate \(bench.folder)/trust/\(name)", number: EBADMSG)) {
            try bench.verify(signature)
        }
    }

    @Test func `holds the certificate's validity against the time now and the time of signing`() throws {
        let bench = try Bench()
        let entry = try bench.entry()
        let (after, before) = (entry.certificate.validAfter, entry.certificate.validBefore)
        let signature = try bench.sign(content, by: entry, .es256)
        #expect(try bench.problems(signature, now: before + 1) == [.expired(before)])
        let early = try bench.problems(signature, now: after - 3600)
        #expect(early.contains(.notYetValid(after)) && early.contains(.signedInFuture))
        let old = try bench.sign(content, by: entry, .es256, at: after - 1)
        #expect(try bench.problems(old) == [.signedOutsideValidity])
        let late = try bench.sign(content, by: entry, .es256, at: Bench.now + 86_400)
        #expect(try bench.problems(late) == [.signedInFuture])
        // The authorities' certificates run out ten days after the person's.
        let all = try bench.problems(signature, now: before + 11 * 86_400)
        #expect(all.contains(.authorityNotValid("Issuing authority of tests")), "\(all)")
    }

    @Test(arguments: ["sha1", "md5"]) func `takes no digest that protects no more`(digest: String) throws {
        let bench = try Bench("RSA -pkeyopt rsa_keygen_bits:2048")
        try bench.make(
            "openssl cms -sign -binary -md \(digest) -in content -signer person.crt -inkey person.key -certfile middle.crt -outform DER -out signature"
        )
        #expect(try bench.problems(try bench["signature"]) == [.weakDigest(digest.uppercased())])
    }

    @Test func `takes what openssl cms makes, attached, in PEM, in parts, and with other digests`() throws {
        let bench = try Bench("RSA -pkeyopt rsa_keygen_bits:2048")
        let sign = "openssl cms -sign -binary -in content -signer person.crt -inkey person.key -certfile middle.crt"
        for options in [
            "-outform DER", "-outform PEM", "-nodetach -outform DER", "-nodetach -outform PEM -stream",
            "-nodetach -stream -outform DER", "-md sha384 -outform DER", "-cades -md sha512 -outform DER",
            "-keyopt rsa_padding_mode:pss -outform DER", "-keyid -outform DER",
        ] {
            try bench.make("\(sign) \(options) -out signature")
            let report = try bench.verify(try bench["signature"])
            #expect(report.isGood, "\(options): \(report.signers.map(\.problems))")
            #expect(report.isAttached == options.contains("nodetach"))
            #expect(report.format == (options.contains("-cades") ? .cades : .cms))
        }
        try bench.make("\(sign) -nocerts -outform DER -out signature")
        #expect(try bench.problems(try bench["signature"]) == [.certificateMissing])
        try bench.make("\(sign) -noattr -outform DER -out signature")
        #expect(try bench.problems(try bench["signature"]) == [.malformed("signed attributes")])
        try bench.make("openssl cms -encrypt -in content -out signature -outform DER person.crt")
        #expect((try? bench.verify(try bench["signature"]))?.isGood != true)
    }

    @Test func `lists every signer, and is good only if all are`() throws {
        let bench = try Bench()
        try bench.issue("second", "EC -pkeyopt ec_paramgen_curve:P-384")
        try bench.make(
            """
            openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout alone.key -out alone.crt -days 9 \
                -subj /CN=Somebody -addext keyUsage=digitalSignature
            sign='openssl cms -sign -binary -md sha256 -in content -signer person.crt -inkey person.key -certfile middle.crt -outform DER'
            $sign -signer second.crt -inkey second.key -out both
            $sign -signer alone.crt -inkey alone.key -out mixed
            """)
        let both = try bench.verify(try bench["both"])
        #expect(both.isGood && both.signers.count == 2)
        // With P-384, too, but by the digest that was asked for.
        #expect(both.signers.map(\.scheme) == ["ES256", "ES256"])
        let mixed = try bench.verify(try bench["mixed"])
        #expect(!mixed.isGood && mixed.signers.count == 2)
        #expect(mixed.signers.filter { $0.problems.isEmpty }.map { $0.certificate?.name } == ["AINA PROVA"])
        #expect(mixed.signers.first { !$0.problems.isEmpty }?.certificate?.name == "Somebody")
    }

    @Test func `takes no server's certificate, no authority's, and no short key`() throws {
        let bench = try Bench("RSA -pkeyopt rsa_keygen_bits:2048")
        try bench.make(
            """
            printf 'keyUsage=critical,digitalSignature\\nextendedKeyUsage=serverAuth\\n' > server.ext
            printf 'keyUsage=critical,keyEncipherment\\n' > encryption.ext
            """)
        try bench.issue("server", "EC -pkeyopt ec_paramgen_curve:P-256", extensions: "server.ext")
        try bench.issue("sealed", "RSA -pkeyopt rsa_keygen_bits:2048", extensions: "encryption.ext")
        try bench.issue("short", "RSA -pkeyopt rsa_keygen_bits:1024")
        for name in ["server", "sealed", "short", "middle"] {
            let chain = name == "middle" ? "" : "-certfile middle.crt"
            let signer = "-signer \(name).crt -inkey \(name).key"
            try bench.make("openssl cms -sign -binary -in content \(signer) \(chain) -outform DER -out \(name).p7s")
        }
        #expect(try bench.problems(try bench["server.p7s"]) == [.notForSignatures])
        #expect(try bench.problems(try bench["sealed.p7s"]) == [.notForSignatures])
        #expect(try bench.problems(try bench["short.p7s"]).contains(.weakKey))
        #expect(try bench.problems(try bench["middle.p7s"]).contains(.authority))
    }

    @Test
    func `compares the content inside with one that is given beside it, and the signer with one that is expected`()
        throws
    {
        let bench = try Bench()
        try bench.issue("second", "EC -pkeyopt ec_paramgen_curve:P-256")
        let signature = try bench.sign(content, by: try bench.entry(), .es256, isAttached: true)
        let same = MessageDigest(.sha256, of: content)
        let other = MessageDigest(.sha256, of: [1])
        #expect(try bench.problems(signature) { $0.content = same }.isEmpty)
        #expect(try bench.problems(signature) { $0.content = other } == [.otherEnclosedContent])
        let person = try #require(ExpectedKey(try bench["person.crt"]))
        let second = try #require(ExpectedKey(try bench["second.crt"]))
        #expect(try bench.problems(signature) { $0.key = person }.isEmpty)
        #expect(try bench.problems(signature) { $0.key = second } == [.otherKey])
    }
}
