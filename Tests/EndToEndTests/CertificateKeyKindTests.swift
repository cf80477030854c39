import Foundation
import TestSupport
import Testing

/// Certificates whose keys are of kinds that few issuers use, from a file to a signature.
@Suite(.serialized) struct `A certificate with an unusual key` {
    @Test func `of Ed25519 activates, and signs documents, web tokens, messages and bytes`() throws {
        let certified = try CertifiedWorld("ED25519")
        certified.activate()
        try certified.make("printf 'the content' > content; head -c 3000000 /dev/zero > large")
        try certified.make("openssl x509 -in aina.crt -noout -pubkey > public.pem")
        // Of any size where the form has a digest in it.
        for content in ["content", "large"] {
            try certified.make("clave-sign --force -F cades -o signature \(content)")
            #expect(certified.sh("openssl asn1parse -inform DER -in signature | grep -q ':ED25519'").code == 0)
            let message = certified.sh(
                """
                clave-sign --force -c -n file -o message \(content)
                printf 'aina ssh-ed25519 %s\\n' "$(openssl pkey -pubin -in public.pem -outform DER | tail -c 32 |
                    { printf '\\0\\0\\0\\013ssh-ed25519\\0\\0\\0\\040'; cat; } | base64 -w 0)" > signers
                ssh-keygen -Y verify -f signers -I aina -n file -s message < \(content)
                """)
            #expect(message.code == 0, "\(message)")
        }
        let raw = certified.sh(
            """
            clave-sign --force -c -F raw -o signature content
            openssl pkeyutl -verify -rawin -pubin -inkey public.pem -in content -sigfile signature
            """)
        #expect(raw.code == 0, "\(raw)")
        let check = """
            import json, base64
            from jwcrypto import jws, jwk
            from cryptography import x509
            token = open('signature').read().strip()
            header = json.loads(base64.urlsafe_b64decode(token.split('.')[0] + '=='))
            leaf = x509.load_der_x509_certificate(base64.b64decode(header['x5c'][0]))
            object = jws.JWS()
            object.deserialize(token)
            object.verify(jwk.JWK.from_pyca(leaf.public_key()))
            assert header['alg'] == 'EdDSA', header['alg']
            assert object.payload == b'the content'
            """
        try check.write(toFile: certified.folder + "/check.py", atomically: true, encoding: .utf8)
        try certified.make("clave-sign --force -F jws --scheme eddsa -o signature content")
        #expect(certified.sh("python3 check.py").errors == "")
        // There is no digest that stands for what is too large to be kept.
        for format in ["-c -F raw", "-F jws --detached"] {
            let outcome = certified.sh("clave-sign --force \(format) -o signature large")
            #expect(outcome.code == 1 && outcome.errors.contains("Ed25519 signs 131072 bytes at most"), "\(outcome)")
        }
    }

    @Test(arguments: [("ED25519", "ssh-ed25519 "), ("EC -pkeyopt ec_paramgen_curve:P-521", "ecdsa-sha2-nistp521 ")])
    func `signs for ssh once the person wants that`(kind: String, name: String) throws {
        let certified = try CertifiedWorld(kind)
        certified.activate()
        let shell = Shell(certified.world)
        let told = certified.world.run("clave-add", ["--ssh", "on"])
        #expect(told.code == 0 && told.output.hasPrefix(name), "\(told)")
        try told.output.write(toFile: certified.folder + "/key.pub", atomically: true, encoding: .utf8)
        let signed = shell.run(
            """
            echo text >file
            ssh-keygen -Y sign -n git -f key.pub file
            (printf 'me '; cat key.pub) >allowed
            ssh-keygen -Y verify -n git -f allowed -I me -s file.sig <file
            """)
        #expect(signed.output.contains("Good \"git\" signature"), "\(signed)")
    }

    @Test func `for PSS alone activates, and signs in that way only`() throws {
        let certified = try CertifiedWorld("RSA-PSS -pkeyopt rsa_keygen_bits:2048")
        certified.activate()
        try certified.make("printf 'the content' > content")
        for scheme in ["", "--scheme PS384", "--scheme ps512"] {
            let verified = certified.sh(
                """
                clave-sign --force -F cades \(scheme) -o signature content
                openssl cms -verify -cades -binary -inform DER -in signature -content content -CAfile trust/root.crt -purpose any
                """)
            #expect(verified.code == 0, "\(scheme): \(verified)")
        }
        let other = certified.sh("clave-sign --force -F cades --scheme RS256 -o signature content")
        #expect(other.code == 1 && other.errors.contains("signs by PS256, PS384, PS512"), "\(other)")
        let served = certified.world.run("clave-add", ["--ssh", "on"])
        #expect(served.code == 1 && served.errors.contains("ssh signs in no way that this"), "\(served)")
        // After a restart too: the vault keeps what the certificate allows.
        certified.world.stopAgent()
        try certified.world.startAgent()
        let again = certified.sh("clave-sign --force -F cades --scheme RS256 -o signature content")
        #expect(again.code == 1 && again.errors.contains("signs by PS256, PS384, PS512"), "\(again)")
    }

    @Test func `of 8192 bits activates and signs`() throws {
        let certified = try CertifiedWorld("RSA -pkeyopt rsa_keygen_bits:8192")
        certified.activate()
        let verified = certified.sh(
            """
            printf 'the content' > content
            clave-sign --force -F cades -o signature content
            openssl cms -verify -cades -binary -inform DER -in signature -content content -CAfile trust/root.crt -purpose any
            """)
        #expect(verified.code == 0, "\(verified)")
    }

    @Test func `that is not valid yet, or has just expired, is told with the time of day and the clock's`() throws {
        let certified = try CertifiedWorld("EC -pkeyopt ec_paramgen_curve:P-256")
        try certified.make(
            """
            touch pki/index
            printf '[ca]\\ndefault_ca=one\\n[one]\\ndatabase=pki/index\\nnew_certs_dir=pki\\nrand_serial=yes\\ndefault_md=sha256\\npolicy=any\\n[any]\\ncommonName=supplied\\nserialNumber=supplied\\n' > pki/config
            issue() {
                openssl ca -batch -config pki/config -cert trust/middle.crt -keyfile pki/middle.key -in aina.csr \
                    -extfile pki/person.ext -notext -startdate $2 -enddate $3 -out $1.crt
                : > pki/index
                cat aina.key $1.crt > $1.pem
            }
            at() { date -u -d "$1" +%Y%m%d%H%M%SZ; }
            issue soon $(at '+10 minutes') $(at '+30 days')
            issue later $(at '+10 days') $(at '+30 days')
            issue over $(at '-30 days') $(at '-10 minutes')
            """)
        func said(_ name: String) -> String {
            let outcome = certified.world.run("clave-add", ["--file", "\(certified.folder)/\(name).pem"])
            #expect(outcome.code == 1)
            return outcome.errors
        }
        let time = try certified.make("date -d '+10 minutes' '+%d-%m-%Y, %H:'").trimmingCharacters(in: .newlines)
        #expect(said("soon").contains("This certificate is not valid before \(time)"))
        #expect(said("soon").contains("This computer's clock says "))
        #expect(!said("later").contains("clock"))
        let over = said("over")
        #expect(
            over.contains("This certificate expired on ") && over.contains("This computer's clock says "), "\(over)")
    }
}
