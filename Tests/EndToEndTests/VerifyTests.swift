import Foundation
import TestSupport
import Testing

@Suite(.serialized) struct `clave-sign --verify` {
    private static let kinds = [CertifiedWorld.rsa, "EC -pkeyopt ec_paramgen_curve:P-384"]

    private func world(_ kind: String) throws -> CertifiedWorld {
        let certified = try CertifiedWorld(kind)
        certified.activate()
        try certified.make(
            """
            printf 'the content' > doc.pdf; printf 'another' > other.pdf
            openssl x509 -in aina.crt -noout -pubkey > public.pem
            mkdir strangers
            openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout pki/x.key -out strangers/x.crt -days 9 -subj /CN=X
            """)
        return certified
    }

    @Test(arguments: kinds)
    func `takes all that clave-sign makes by a certificate, and nothing of it over another content`(
        kind: String
    ) throws {
        let certified = try world(kind)
        let scheme = kind.hasPrefix("RSA") ? "--scheme RS512" : ""
        for (options, suffix, key) in [
            ("-F cades", "p7s", ""), ("-F cms", "p7s", ""), ("-F cades --pem", "p7s", ""),
            ("-F cades --attached", "csig", ""), ("-F cms --attached --pem", "p7m", ""), ("-F jws", "jws", ""),
            ("-F jws --detached", "jws", ""), ("-c -n file", "sig", "-n file -k aina.crt"),
            ("-c -j", "json", ""), ("-c -F raw", "sig", "-k aina.crt"),
        ] {
            try certified.make("rm -f doc.pdf.*; clave-sign \(options) \(scheme) -o doc.pdf.\(suffix) doc.pdf")
            let good = certified.sh("clave-sign --verify --trust trust \(key) doc.pdf.\(suffix)")
            #expect(good.code == 0, "\(options): \(good)")
            let words = [
                "a good signature", "AINA PROVA (****5678Z)", "Issuing authority of tests ← Root of tests",
                "revocation",
            ]
            for word in words { #expect(good.output.contains(word), "\(options): \(word): \(good.output)") }
            let other = certified.sh("clave-sign --verify --trust trust \(key) --content other.pdf doc.pdf.\(suffix)")
            #expect(other.code == 1 && other.output.contains("NOT a good signature"), "\(options): \(other)")
            let untrusted = certified.sh("clave-sign --verify --trust strangers \(key) doc.pdf.\(suffix)")
            #expect(
                untrusted.code == 1 && untrusted.output.contains("no trusted authority"), "\(options): \(untrusted)")
            // No authority of the system's has issued it.
            #expect(certified.sh("clave-sign --verify \(key) doc.pdf.\(suffix)").code == 1)
            let json = certified.sh("clave-sign --verify --trust trust -j \(key) doc.pdf.\(suffix)")
            let object = try #require(
                try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any], "\(json)")
            #expect(object["verdict"] as? String == "good" && object["problems"] as? [String] == [])
            #expect(object["holder"] as? String == "AINA PROVA" && object["document"] as? String == "****5678Z")
            #expect(object["issuers"] as? [String] == ["Issuing authority of tests", "Root of tests"])
            #expect(object["revocation"] as? String == "not checked")
        }
        let pinned = certified.sh("clave-sign --verify -k public.pem doc.pdf.sig")
        #expect(pinned.code == 0 && pinned.output.contains("no certificate says whose it is"), "\(pinned)")
    }

    @Test func `takes what an identity's own key signs by that key, and needs no agent`() throws {
        let certified = try world(Self.kinds[0])
        try certified.make(
            """
            clave-sign -k > key.pub
            clave-sign -n file doc.pdf > doc.pdf.sig
            clave-sign --opaque -o opaque.sig doc.pdf
            clave-sign -r https://seu.test -p 'log in' -o challenge.sig doc.pdf
            clave-sign -r https://seu.test -p 'log in' -j -o challenge.json doc.pdf
            clave-sign -n file -j -o message.json doc.pdf
            clave-sign --opaque -j -o doc.pdf.json doc.pdf
            """)
        for arguments in [
            "-k key.pub doc.pdf.sig", "-k key.pub -n file doc.pdf.sig", "-k key.pub --content doc.pdf opaque.sig",
            "-k key.pub --content doc.pdf -r https://seu.test -p 'log in' challenge.sig",
            "-k key.pub --content doc.pdf -r https://seu.test -p 'log in' challenge.json",
            "-k key.pub --content doc.pdf challenge.json", "-k key.pub --content doc.pdf -n file message.json",
            "-k key.pub doc.pdf.json", "-k key.pub --content - opaque.sig < doc.pdf",
            "-k key.pub --content doc.pdf - < opaque.sig",
        ] {
            let outcome = certified.sh("unset CLAVE_AUTH_SOCK; clave-sign --verify \(arguments)")
            #expect(outcome.code == 0, "\(arguments): \(outcome)")
        }
        for (arguments, words) in [
            ("doc.pdf.sig", "give the key or certificate"),
            ("-k key.pub -n git doc.pdf.sig", "for another purpose: \"file\""),
            ("-k key.pub --content other.pdf opaque.sig", "the key has not signed this"),
            ("-k key.pub --content doc.pdf -r https://seu.test -p pay challenge.json", "\"https://seu.test: log in\""),
            ("-k key.pub -n file doc.pdf.json", "for another purpose: \"opaque\""),
            ("--content doc.pdf challenge.json", "give the key or certificate"),
            ("-k key.pub --content other.pdf message.json", "content"),
            ("-k public.pem doc.pdf.sig", "not by the key that was given"),
            ("-k key.pub --content doc.pdf -r https://seu.test -p 'pay' challenge.sig", "the key has not signed this"),
        ] {
            let outcome = certified.sh("clave-sign --verify \(arguments)")
            #expect(outcome.code == 1 && outcome.output.contains(words), "\(arguments): \(outcome)")
        }
    }

    @Test func `tells what it can't read, what is missing, and what is no command line`() throws {
        let certified = try world(Self.kinds[1])
        try certified.make(
            "clave-sign -F cades -o doc.pdf.p7s doc.pdf; cp doc.pdf.p7s alone.bin; head -c 900 doc.pdf.p7s > cut.p7s; : > empty"
        )
        for (arguments, code, words) in [
            ("--trust trust alone.bin", 1, "Say with --content which file was signed."),
            ("--content doc.pdf cut.p7s", 1, "damaged or incomplete"),
            ("--content doc.pdf empty", 1, "The file is empty."),
            ("nowhere", 1, "No such file"), ("--trust nowhere doc.pdf.p7s", 1, "No such file"),
            ("-k doc.pdf doc.pdf.p7s", 1, "neither a certificate nor a public key"), ("", 64, "takes one file"),
            ("doc.pdf.p7s doc.pdf", 64, "takes one file"), ("--content - -", 64, "the standard input"),
            ("-r x doc.pdf.p7s", 64, "go together"), ("--scheme X doc.pdf.p7s", 64, "--scheme takes one of"),
            ("-F cades doc.pdf.p7s", 64, "unknown option -F"),
        ] as [(String, Int32, String)] {
            let outcome = certified.sh("clave-sign --verify \(arguments)")
            #expect(outcome.code == code && outcome.errors.contains(words), "\(arguments): \(outcome)")
        }
        // An option's value is no wish to verify.
        #expect(certified.sh("clave-sign -r x -p --verify -F nothing doc.pdf").errors.contains("-F takes"))
        // A format that is asked for is told.
        for options in ["-F", "-r x --format"] {
            let outcome = certified.sh("clave-sign \(options)")
            #expect(outcome.code == 64 && outcome.errors.contains("cades"), "\(outcome)")
        }
    }

    @Test func `takes an attached signature beside another content of its name for none of that content`() throws {
        let certified = try world(Self.kinds[1])
        try certified.make(
            """
            printf 'pay 10' > doc.txt; clave-sign -F cades --attached -o doc.txt.p7s doc.txt
            clave-sign -F jws -o doc.txt.jws doc.txt
            mkdir folder alone; cp doc.txt.p7s folder.p7s; cp doc.txt.p7s alone; cp doc.txt same.txt
            """)
        for name in ["doc.txt.p7s", "doc.txt.jws", "folder.p7s"] {
            #expect(certified.sh("clave-sign --verify --trust trust \(name)").code == 0)
        }
        try certified.make("printf 'pay 10000' > doc.txt")
        for name in ["doc.txt.p7s", "doc.txt.jws"] {
            let outcome = certified.sh("clave-sign --verify --trust trust \(name)")
            #expect(
                outcome.code == 1 && outcome.output.contains("the content in the signature is not what is in doc.txt"),
                "\(outcome)")
            let json = certified.sh("clave-sign --verify -j --trust trust \(name)")
            #expect(json.code == 1 && json.output.contains("other-enclosed-content"), "\(json)")
        }
        for arguments in ["--content same.txt doc.txt.p7s", "--content - doc.txt.p7s < same.txt", "alone/doc.txt.p7s"] {
            #expect(certified.sh("clave-sign --verify --trust trust \(arguments)").code == 0, "\(arguments)")
        }
    }

    @Test func `refuses an expectation that a signature of its form can't meet`() throws {
        let certified = try world(Self.kinds[1])
        try certified.make(
            """
            clave-sign -F cades -o doc.pdf.p7s doc.pdf; clave-sign -F jws -o doc.pdf.jws doc.pdf
            clave-sign -c -n file -o doc.pdf.sig doc.pdf
            """)
        let challenge = "-r https://seu.test -p 'log in'"
        for (file, key, options) in [
            ("doc.pdf.p7s", "", ["-n file", challenge, "--scheme ES384"]),
            ("doc.pdf.jws", "", ["-n file", challenge, "--scheme ES384"]),
            ("doc.pdf.sig", "-k aina.crt", [challenge, "--scheme ES384"]),
        ] {
            #expect(certified.sh("clave-sign --verify --trust trust \(key) \(file)").code == 0, "\(file)")
            for option in options {
                let outcome = certified.sh("clave-sign --verify --trust trust \(key) \(option) \(file)")
                #expect(
                    outcome.code == 64 && outcome.errors.contains("can be used only with"), "\(option): \(outcome)")
            }
        }
    }

    @Test func `takes the scheme of a raw signature in small or capital letters, and refuses one by another scheme`()
        throws
    {
        let certified = try world(Self.kinds[1])
        try certified.make(
            """
            openssl genpkey -algorithm ED25519 -out edwards.key; openssl pkey -in edwards.key -pubout -out edwards.pem
            openssl pkeyutl -sign -rawin -inkey edwards.key -in doc.pdf -out edwards.sig
            openssl dgst -sha384 -sign aina.key -out elliptic.sig doc.pdf
            openssl pkey -in aina.key -pubout -out elliptic.pem
            """)
        for (name, schemes) in [("edwards", ["EdDSA", "eddsa", "EDDSA"]), ("elliptic", ["ES384", "es384"])] {
            for scheme in schemes {
                let outcome = certified.sh(
                    "clave-sign --verify -k \(name).pem --content doc.pdf --scheme \(scheme) \(name).sig")
                #expect(outcome.code == 0, "\(scheme): \(outcome)")
            }
            let other = certified.sh("clave-sign --verify -k \(name).pem --content doc.pdf --scheme RS256 \(name).sig")
            #expect(other.code == 1 && other.output.contains("NOT a good signature"), "\(other)")
        }
    }

    @Test func `shows no name in a signature as anything but a line of text`() throws {
        let certified = try world(Self.kinds[1])
        let name = "AINA\u{202E}PROVA"
        try certified.make(
            """
            openssl req -utf8 -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout pki/x.key -out strangers/x.crt \
                -days 9 -subj '/CN=\(name)' -addext keyUsage=digitalSignature
            openssl cms -sign -binary -in doc.pdf -signer strangers/x.crt -inkey pki/x.key -outform DER -out x.p7s
            """)
        for option in ["", "-j"] {
            let outcome = certified.sh("clave-sign --verify --trust strangers --content doc.pdf \(option) x.p7s")
            #expect(outcome.output.contains("AINA?PROVA") && !outcome.output.contains("\u{202E}"), "\(outcome)")
        }
        let long = String(repeating: "x", count: 220)
        try certified.make(
            "n=$(printf '\(long)\\361'); cp x.p7s \"$n.p7s\"; cp doc.pdf \"$n\"; cp -r strangers \"$(printf 's\\033\\361')\""
        )
        let told = certified.sh(
            "clave-sign --verify --trust \"$(printf 's\\033\\361')\" -j \"$(printf '\(long)\\361').p7s\"")
        let object = try #require(
            try JSONSerialization.jsonObject(with: Data(told.output.utf8)) as? [String: Any], "\(told)")
        let whole = Array(long.utf8) + [0xF1]
        for (member, path) in [
            ("file", whole + Array(".p7s".utf8)), ("content_file", whole), ("trust", [0x73, 0x1B, 0xF1]),
        ] as [(String, [UInt8])] {
            #expect(object[member] as? String == String(decoding: path, as: UTF8.self))
            #expect(object[member + "_base64"] as? String == Data(path).base64EncodedString())
        }
        try certified.make("cp x.p7s \"$(printf 'x\\033[31m.p7s')\"")
        let outcome = certified.sh("clave-sign --verify --content doc.pdf \"$(printf 'x\\033[31m.p7s')\"")
        #expect(!outcome.output.contains("\u{1B}") && !outcome.errors.contains("\u{1B}"), "\(outcome)")
    }

    @Test
    func `--attached puts a content of some megabytes in, which OpenSSL takes out again, and refuses a larger one`()
        throws
    {
        let certified = try world(Self.kinds[1])
        try certified.make(
            """
            head -c 3000000 /dev/urandom > large; truncate -s 70M huge
            clave-sign -F cades --attached -o large.csig large
            openssl cms -verify -cades -binary -inform DER -in large.csig -CAfile trust/root.crt -purpose any -out out
            cmp out large
            clave-sign -F cades --attached doc.pdf other.pdf
            """)
        for name in ["doc.pdf.csig", "other.pdf.csig"] {
            #expect(certified.sh("clave-sign --verify --trust trust \(name)").code == 0)
        }
        let huge = certified.sh("clave-sign -F cades --attached -o huge.csig huge")
        #expect(huge.code == 1 && huge.errors.contains("64 MiB at most") && certified.sh("test -e huge.csig").code != 0)
        #expect(certified.sh("clave-sign -F jws --attached doc.pdf").code == 64)
        #expect(certified.sh("clave-sign -c -F raw --attached doc.pdf").code == 64)
    }
}
