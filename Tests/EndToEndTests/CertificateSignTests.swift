import Foundation
import TestSupport
import Testing

@Suite(.serialized) struct `clave-sign by a certificate` {
    private static let kinds = [
        "RSA -pkeyopt rsa_keygen_bits:2048", "EC -pkeyopt ec_paramgen_curve:P-256",
        "EC -pkeyopt ec_paramgen_curve:P-384", "EC -pkeyopt ec_paramgen_curve:P-521",
    ]

    private func world(_ kind: String) throws -> CertifiedWorld {
        let certified = try CertifiedWorld(kind)
        certified.activate()
        try certified.make("printf 'the content' > content; head -c 3000000 /dev/zero > large")
        return certified
    }

    private func schemes(_ kind: String) -> [String] {
        if kind.hasPrefix("RSA") { return ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"] }
        return kind.hasSuffix("256") ? ["ES256"] : kind.hasSuffix("384") ? ["ES384"] : ["ES512"]
    }

    @Test(arguments: kinds) func `makes CMS and CAdES that OpenSSL verifies, of any size and by each scheme`(
        kind: String
    ) throws {
        let certified = try world(kind)
        for scheme in schemes(kind) {
            for (format, option) in [("cms", ""), ("cades", "-cades")] {
                try certified.make("clave-sign --force -F \(format) --scheme \(scheme) -o signature large")
                let verified = certified.sh(
                    "openssl cms -verify \(option) -binary -inform DER -in signature -content large -CAfile trust/root.crt -purpose any -out out && cmp out large"
                )
                #expect(verified.code == 0, "\(scheme) \(format): \(verified.errors)")
            }
        }
        try certified.make("clave-sign --force -F cades --pem -o signature content")
        let other = certified.sh(
            "openssl cms -verify -cades -binary -inform PEM -in signature -content large -CAfile trust/root.crt -purpose any"
        )
        #expect(other.code != 0)
        #expect(certified.world.asked.contains("To sign a document (CMS, CAdES)."))
    }

    @Test(arguments: kinds) func `makes web signatures that a JOSE library verifies`(kind: String) throws {
        let certified = try world(kind)
        let check = """
            import sys, json, base64
            from jwcrypto import jws, jwk
            from cryptography import x509
            token = open('signature').read().strip()
            header = json.loads(base64.urlsafe_b64decode(token.split('.')[0] + '=='))
            leaf = x509.load_der_x509_certificate(base64.b64decode(header['x5c'][0]))
            key = jwk.JWK.from_pyca(leaf.public_key())
            content = open(sys.argv[2], 'rb').read() if len(sys.argv) > 2 else b'the content'
            if len(sys.argv) > 2:
                head, body, signature = token.split('.')
                assert body == ''
                token = '.'.join([head, base64.urlsafe_b64encode(content).decode().rstrip('='), signature])
            object = jws.JWS()
            object.deserialize(token)
            object.verify(key)
            assert header['alg'] == sys.argv[1], header['alg']
            assert object.payload == content
            """
        try check.write(toFile: certified.folder + "/check.py", atomically: true, encoding: .utf8)
        for scheme in schemes(kind) {
            try certified.make("clave-sign --force -F jws --scheme \(scheme) -o signature content")
            #expect(certified.sh("python3 check.py \(scheme)").errors == "")
        }
        #expect(certified.world.asked.contains("To sign a JSON Web Signature."))
        // Around what a request takes: it fits, or the person is told what to do.
        for size in [90_000, 96_000, 97_500, 98_304] {
            let outcome = certified.sh("head -c \(size) /dev/zero >sized; clave-sign --force -F jws -o signature sized")
            #expect(outcome.code == 0 || outcome.errors.contains("--detached"), "\(size): \(outcome)")
        }
        let tooLong = certified.sh("clave-sign --force -F jws -o signature large")
        #expect(tooLong.code == 1 && tooLong.errors.contains("--detached"))
        for content in ["content", "large"] {
            try certified.make("clave-sign --force -F jws --detached -o signature \(content)")
            #expect(certified.sh("python3 check.py \(schemes(kind)[0]) \(content)").errors == "", "\(content)")
        }
        // The agent has looked at the long one too.
        #expect(!certified.world.asked.contains("your signature may be used for anything"))
        #expect(certified.world.asked.contains("By the key of your certificate: \"Issuing authority of tests, "))
    }

    @Test(arguments: kinds) func `makes SSH signatures that ssh-keygen verifies`(kind: String) throws {
        let certified = try world(kind)
        for content in ["content", "large"] {
            let usual = kind.hasPrefix("RSA") ? "--scheme RS512" : ""
            let verified = certified.sh(
                """
                clave-sign --force -c -n file \(usual) -o signature \(content)
                openssl x509 -in aina.crt -noout -pubkey > public.pem
                printf 'aina %s\\n' "$(ssh-keygen -i -m PKCS8 -f public.pem)" > signers
                ssh-keygen -Y verify -f signers -I aina -n file -s signature < \(content)
                """)
            #expect(verified.code == 0, "\(verified)")
        }
        if kind.hasPrefix("RSA") {
            let outcome = certified.sh("clave-sign -c -n file --scheme PS256 content")
            #expect(outcome.code == 1 && outcome.errors.contains("choose another --scheme"))
        }
    }

    @Test(arguments: kinds) func `makes raw signatures that OpenSSL verifies`(kind: String) throws {
        let certified = try world(kind)
        for scheme in schemes(kind) {
            let options =
                scheme.hasPrefix("P") ? "-sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest" : ""
            let verified = certified.sh(
                """
                clave-sign --force -c -F raw --scheme \(scheme) -o signature large
                clave-sign --print-certificates > certificates
                openssl x509 -in certificates -noout -pubkey > public.pem
                openssl dgst -sha\(scheme.suffix(3)) \(options) -verify public.pem -signature signature large
                """)
            #expect(verified.code == 0, "\(scheme): \(verified)")
        }
        #expect(certified.world.asked.contains("To sign bytes that do not tell what they are."))
        // What could pass for a document's attributes, or a web signature, is not signed as if it were nothing.
        for content in ["1\\013abc", "eyJhIjoxfQ.e30"] {
            let outcome = certified.sh("printf '\(content)' >trick; clave-sign --force -cF raw -o signature trick")
            #expect(outcome.code == 1 && outcome.errors.contains("have the form of another purpose"), "\(outcome)")
        }
    }

    @Test func `asks for options that fit, an identity with a certificate, and a yes`() throws {
        let certified = try world(Self.kinds[1])
        for (options, words) in [
            ("-F cades --scheme XX", "--scheme takes one of"), ("-c -F xml", "-F takes"),
            ("-F pades", "cades"),
            ("-c -F cms -n x", "go together"),
            ("-F jws --pem", "--pem goes with"), ("-F cades --detached", "--detached goes with"),
            ("-F cades -r x -p y", "is for the identity's own key"), ("-F cades -j", "contradict each other"),
        ] {
            let outcome = certified.sh("clave-sign \(options) content")
            #expect(outcome.code == 64 && outcome.errors.contains(words), "\(options): \(outcome)")
        }
        let unfit = certified.sh("clave-sign -F cades --scheme RS256 content")
        #expect(unfit.code == 1 && unfit.errors.contains("signs by ES256"))
        try certified.world.answer("no")
        #expect(certified.sh("clave-sign --force -F cades -o signature content").code == 1)
        #expect(certified.sh("test -e signature").code != 0)
        try certified.world.answer("yes")
        try certified.make("clave-add -D")
        certified.world.activate("99999999R", ["--validity", "01-02-2029"])
        let none = certified.sh("clave-sign --force -F cades -o signature content")
        #expect(none.code == 1 && none.errors.contains("has no certificate to sign with"), "\(none)")
    }
}
