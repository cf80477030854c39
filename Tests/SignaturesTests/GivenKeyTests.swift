import Certificates
import SignedForms
import TestSupport
import Testing
import Wire

@testable import Signatures

@Suite struct `The verification of a signature without a certificate` {
    @Test(arguments: ["ed25519", "rsa -b 2048", "ecdsa -b 384"])
    func `takes what ssh-keygen signs by the key that is expected, for the purpose that is expected`(kind: String)
        throws
    {
        let bench = try Bench()
        try bench.make(
            """
            ssh-keygen -q -t \(kind) -N '' -C 'a comment' -f key
            ssh-keygen -q -t ed25519 -N '' -f other
            ssh-keygen -q -Y sign -f key -n file content
            """)
        let signature = try bench["content.sig"]
        let key = try #require(ExpectedKey(try bench["key.pub"]))
        let other = try #require(ExpectedKey(try bench["other.pub"]))
        #expect(try bench.problems(signature) { $0.key = key }.isEmpty)
        #expect(try bench.problems(signature) { ($0.key, $0.namespace) = (key, "file") }.isEmpty)
        #expect(try bench.problems(signature) { ($0.key, $0.namespace) = (key, "git") } == [.otherNamespace("file")])
        #expect(try bench.problems(signature) == [.unknownSigner])
        #expect(try bench.problems(signature) { $0.key = other } == [.otherKey])
        #expect(try bench.problems(signature, [1]) { $0.key = key } == [.wrongSignature])
        for place in stride(from: 30, to: signature.count - 30, by: 5) where signature[place] != 0x0A {
            var changed = signature
            changed[place] = changed[place] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
            let report = try? bench.verify(changed) { $0.key = key }
            #expect(report?.isGood != true, "character \(place)")
        }
        #expect(throws: SignatureFile.Failure.damaged(.sshsig)) { try bench.verify(Array(signature.dropLast(40))) }
    }

    @Test func `says of an SSH signature by SHA-1 that its digest is weak, and not that it is wrong`() throws {
        let bench = try Bench()
        try bench.make("ssh-keygen -q -t rsa -b 2048 -m PEM -N '' -f key; ssh-keygen -q -Y sign -f key -n file content")
        let file = try #require(SSHSignature.File(armored: try bench["content.sig"]))
        let digest = try #require(MessageDigest(file.algorithm, of: try bench["content"]))
        let form = try #require(SSHSignature(namespace: "file", digest: digest))
        try bench.write(form.signedBytes, to: "form")
        try bench.make("openssl dgst -sha1 -sign key -out old form")
        var writer = ByteWriter()
        writer.put("ssh-rsa")
        writer.put(try bench["old"])
        let signature = Array(form.armored(publicKey: file.publicKey, signature: writer.bytes).utf8)
        let key = try #require(ExpectedKey(try bench["key.pub"]))
        #expect(try bench.problems(signature) { $0.key = key } == [.weakDigest("SHA1")])
    }

    @Test(arguments: [
        ("RSA -pkeyopt rsa_keygen_bits:2048", "-sha384", "RS384"),
        (
            "RSA -pkeyopt rsa_keygen_bits:2048",
            "-sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest", "PS256"
        ), ("EC -pkeyopt ec_paramgen_curve:P-384", "-sha384", "ES384"),
    ])
    func `takes a raw signature by a given key or certificate, and says how it was made`(
        kind: String, options: String, scheme: String
    ) throws {
        let bench = try Bench(kind)
        try bench.make(
            """
            openssl dgst \(options) -sign person.key -out signature content
            openssl dgst -sha1 -sign person.key -out weak content
            openssl x509 -in person.crt -noout -pubkey > public.pem
            openssl pkey -pubin -in public.pem -outform DER -out public.der
            openssl x509 -in person.crt -outform DER -out person.der
            """)
        let signature = try bench["signature"]
        for name in ["public.pem", "public.der", "person.crt", "person.der"] {
            let key = try #require(ExpectedKey(try bench[name]), "\(name)")
            try bench.make("mkdir -p both; cp trust/root.crt middle.crt both")
            let report = try bench.verify(signature, trust: "both") { $0.key = key }
            #expect(report.isGood && report.signers[0].scheme == scheme, "\(name): \(report.signers[0].problems)")
            #expect((report.signers[0].certificate != nil) == name.hasPrefix("person"))
            #expect(try bench.problems(try bench["weak"], trust: "both") { $0.key = key } == [.wrongSignature])
            #expect(try bench.problems(signature, [1], trust: "both") { $0.key = key } == [.wrongSignature])
        }
        #expect(try bench.problems(signature) == [.unknownSigner])
        #expect(ExpectedKey(Array("not a key".utf8)) == nil && ExpectedKey([]) == nil)
    }

    @Test func `takes a raw Ed25519 signature over a content, and none over what it is not for`() throws {
        let bench = try Bench()
        try bench.make(
            """
            openssl genpkey -algorithm ed25519 -out key
            openssl pkey -in key -pubout -out public.pem
            openssl pkeyutl -sign -rawin -inkey key -in content -out signature
            """)
        let key = try #require(ExpectedKey(try bench["public.pem"]))
        let signature = try bench["signature"]
        #expect(try bench.problems(signature) { $0.key = key }.isEmpty)
        #expect(
            try bench.problems(signature) { ($0.key, $0.purpose) = (key, .message(namespace: "file")) }
                == [.wrongSignature])
        #expect(try bench.problems(signature, [1]) { $0.key = key } == [.wrongSignature])
        #expect(try bench.problems(signature) { ($0.key, $0.scheme) = (key, .edDSA) }.isEmpty)
        #expect(try bench.verify(signature) { $0.key = key }.signers.map(\.scheme) == ["EdDSA"])
        #expect(try bench.problems(signature) { ($0.key, $0.scheme) = (key, .es256) } == [.wrongSignature])
    }

    @Test func `takes a raw Ed25519 signature over a content of some hundred kilobytes, and none over another one`()
        throws
    {
        let bench = try Bench()
        try bench.make(
            """
            head -c 200000 /dev/zero > large
            openssl genpkey -algorithm ed25519 -out key
            openssl pkey -in key -pubout -out public.pem
            openssl pkeyutl -sign -rawin -inkey key -in large -out signature
            """)
        let key = try #require(ExpectedKey(try bench["public.pem"]))
        let large = try bench["large"]
        #expect(try bench.problems(try bench["signature"], large) { $0.key = key }.isEmpty)
        #expect(try bench.problems(try bench["signature"], large + [0]) { $0.key = key } == [.wrongSignature])
    }

    @Test func `is held against no certificate that has more behind it, as OpenSSL's trusted ones do`() throws {
        let bench = try Bench()
        try bench.make(
            """
            openssl x509 -in person.crt -trustout -addtrust emailProtection -out trusted.crt
            sed 's/TRUSTED //' trusted.crt > renamed.crt
            """)
        for name in ["trusted.crt", "renamed.crt"] { #expect(ExpectedKey(try bench[name]) == nil, "\(name)") }
        #expect(ExpectedKey(try bench["person.crt"]) != nil)
    }
}
