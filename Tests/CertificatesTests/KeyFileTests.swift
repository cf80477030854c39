import Certificates
import ClaveDomain
import SecureMemory
import SignedForms
import TestSupport
import Testing

/// Ways in which people's programs have written PKCS#12 files.
private let exports: [(name: String, options: String)] = [
    ("OpenSSL 3's own", ""),
    ("Windows' and Firefox' of old: RC2 of 40 bits and triple DES", "-legacy"),
    ("triple DES, SHA-1", "-keypbe PBE-SHA1-3DES -certpbe PBE-SHA1-3DES -macalg sha1"),
    ("RC2 of 128 bits", "-legacy -keypbe PBE-SHA1-RC2-128 -certpbe PBE-SHA1-RC2-128"),
    ("AES-128, SHA-512", "-keypbe AES-128-CBC -certpbe AES-128-CBC -macalg sha512"),
    ("certificates not encrypted", "-certpbe NONE"),
    ("without authenticity code", "-nomac"),
    ("many iterations", "-iter 100000"),
]

@Suite struct `A key file` {
    @Test(arguments: exports.map(\.name)) func `in PKCS#12 gives key, name and chain`(way: String) throws {
        let options = try #require(exports.first { $0.name == way }).options
        let workshop = try Workshop(
            Workshop.hierarchy() + """
                openssl pkcs12 -export -inkey person.key -in person.crt -certfile chain.crt -name 'Aina, 2026' \
                    -passout pass:contrasenya \(options) -out file
                """)
        let entry = try #require(try readKeys(workshop["file"], "contrasenya").first)
        #expect(entry.label == "Aina, 2026")
        #expect(entry.certificate.document?.text == "12345678Z")
        #expect(entry.chain.count == 3)
        #expect(throws: KeyFile.Failure.wrongPassword) { try readKeys(workshop["file"], "altra") }
        #expect(throws: KeyFile.Failure.needsPassword) { try readKeys(workshop["file"]) }
        try expectKey(entry, isIn: workshop)
    }

    @Test func `with several keys gives each with its certificate`() throws {
        let workshop = try Workshop(
            """
            for i in 1 2; do
                openssl req -x509 -newkey rsa:2048 -nodes -keyout $i.key -out $i.crt -days 30 -subj "/C=ES/serialNumber=IDCES-0000000${i}$(test $i = 1 && echo R || echo W)/CN=Aina $i"
            done
            cat 1.key 2.key > keys; cat 2.crt 1.crt > certificates
            certtool --to-p12 --load-privkey keys --load-certificate certificates --p12-name aina --password pw --outder --outfile file
            """)
        let entries = try readKeys(workshop["file"], "pw")
        #expect(entries.compactMap(\.certificate.document?.text) == ["00000001R", "00000002W"])
        for entry in entries { #expect(entry.chain.count == 1) }
    }

    @Test func `may have an empty password, or a letter beyond ASCII in it`() throws {
        let workshop = try Workshop(
            Workshop.hierarchy() + """
                openssl pkcs12 -export -inkey person.key -in person.crt -passout pass: -out empty
                openssl pkcs12 -export -inkey person.key -in person.crt -passout 'pass:niña·ç' -out letters
                """)
        #expect(try readKeys(workshop["empty"]).count == 1)
        #expect(try readKeys(workshop["letters"], "niña·ç").count == 1)
    }

    @Test(arguments: [
        "openssl pkcs8 -topk8 -in person.key -passout pass:pw -out key",
        "openssl pkcs8 -topk8 -in person.key -passout pass:pw -v2 aes-256-cbc -v2prf hmacWithSHA512 -out key",
        "openssl pkcs8 -topk8 -in person.key -passout pass:pw -scrypt -out key",
        "openssl pkcs8 -topk8 -in person.key -passout pass:pw -v1 PBE-SHA1-3DES -out key",
        "openssl rsa -in person.key -aes256 -traditional -passout pass:pw -out key",
    ])
    func `in PEM may be encrypted in any of the usual ways`(how: String) throws {
        let workshop = try Workshop(Workshop.hierarchy() + how + "\ncat chain.crt key person.crt > file")
        let entry = try #require(try readKeys(workshop["file"], "pw").first)
        #expect(entry.chain.count == 3)
        try expectKey(entry, isIn: workshop)
        #expect(throws: KeyFile.Failure.wrongPassword) { try readKeys(workshop["file"], "other") }
        #expect(throws: KeyFile.Failure.needsPassword) { try readKeys(workshop["file"]) }
    }

    @Test func `may be two: the key's and the certificate's, in PEM or DER`() throws {
        let workshop = try Workshop(
            Workshop.hierarchy("EC -pkeyopt ec_paramgen_curve:P-256") + """
                openssl pkcs8 -topk8 -in person.key -outform DER -passout pass:pw -out sealed.der
                openssl pkcs8 -topk8 -nocrypt -in person.key -outform DER -out key.der
                openssl ec -in person.key -out key.pem
                openssl x509 -in person.crt -outform DER -out person.der
                """)
        let pairs = [("sealed.der", "person.der"), ("key.der", "person.crt"), ("person.crt", "key.pem")]
        for (one, other) in pairs {
            #expect(try readKeys(workshop[one], "pw", others: workshop[other]).count == 1, "\(one)")
        }
        #expect(throws: KeyFile.Failure.noCertificate) { try readKeys(workshop["key.der"]) }
        #expect(throws: KeyFile.Failure.noKey) { try readKeys(workshop["person.crt"]) }
        #expect(throws: KeyFile.Failure.noMatch) {
            try readKeys(workshop["key.pem"], others: workshop["root.crt"])
        }
    }

    @Test func `that is something else, too large or asks for endless work is refused`() throws {
        let workshop = try Workshop(
            Workshop.hierarchy("EC -pkeyopt ec_paramgen_curve:P-256") + """
                openssl pkcs12 -export -inkey person.key -in person.crt -passout pass:pw -iter 100000 -out file
                openssl pkcs12 -export -inkey person.key -in person.crt -passout pass:pw -iter 100000 -nomac -out open
                openssl pkcs8 -topk8 -in person.key -outform DER -passout pass:pw -iter 100000 -out key
                """)
        #expect(throws: KeyFile.Failure.unknownFormat) { try readKeys(Array("hello".utf8)) }
        #expect(throws: KeyFile.Failure.unknownFormat) { try readKeys([]) }
        #expect(throws: KeyFile.Failure.tooLarge) {
            try readKeys([UInt8](repeating: 0x30, count: KeyFile.maximumLength + 1))
        }
        for name in ["file", "open", "key"] { try expectRefusal(ofWorkIn: try workshop[name]) }
    }

    @Test func `whose scrypt asks for endless work is refused at once`() throws {
        func key(_ options: String) throws -> [UInt8] {
            let make = "openssl pkcs8 -topk8 -in person.key -outform DER -passout pass:pw -scrypt \(options) -out key"
            return try Workshop(Workshop.hierarchy("EC -pkeyopt ec_paramgen_curve:P-256") + make)["key"]
        }
        #expect(throws: KeyFile.Failure.noCertificate) { try readKeys(key(""), "pw") }
        // As much memory as usual, and 128 times the work.
        #expect(throws: KeyFile.Failure.tooMuchWork) {
            try readKeys(key("-scrypt_N 16384 -scrypt_r 8 -scrypt_p 128"), "pw")
        }
    }

    @Test func `with an old and a new certificate of one key gives both`() throws {
        let workshop = try Workshop(
            Workshop.hierarchy("EC -pkeyopt ec_paramgen_curve:P-256") + """
                openssl x509 -req -in person.csr -CA middle.crt -CAkey middle.key -CAcreateserial -days 0 -extfile person.ext -out old.crt
                cat person.key old.crt person.crt > file
                """)
        let entries = try readKeys(workshop["file"])
        #expect(entries.count == 2 && entries[0].certificate.validBefore < entries[1].certificate.validBefore)
    }

    /// The iterations' number is made as large as its three bytes let it, and negative.
    private func expectRefusal(ofWorkIn file: [UInt8]) throws {
        let number: [UInt8] = [0x02, 0x03, 0x01, 0x86, 0xA0]
        // The last one: before it stand others that are looked at after it.
        let place = try #require(file.indices.dropLast(4).last { file[$0..<$0 + 5] == number[...] })
        for first: UInt8 in [0x7F, 0x80] {
            var changed = file
            changed.replaceSubrange(place + 2..<place + 5, with: [first, 0xFF, 0xFF])
            #expect(throws: KeyFile.Failure.tooMuchWork) { try readKeys(changed, "pw") }
        }
    }

    @Test(.timeLimit(.minutes(2))) func `cut short or changed in any place gives the same key or none`() throws {
        let workshop = try Workshop(
            Workshop.hierarchy("EC -pkeyopt ec_paramgen_curve:P-256") + """
                openssl pkcs12 -export -inkey person.key -in person.crt -passout pass:pw -iter 1 -nomac -out file
                openssl pkcs8 -topk8 -in person.key -passout pass:pw -iter 1 -out key
                cat key person.crt > file.pem
                """)
        let right = try #require(try readKeys(workshop["file"], "pw").first).certificate.der
        for name in ["file", "file.pem"] {
            let file = try workshop[name]
            for length in stride(from: 0, to: file.count, by: 7) {
                if let entry = try? readKeys(Array(file.prefix(length)), "pw").first {
                    #expect(entry.certificate.der == right)
                }
            }
            for place in file.indices {
                var changed = file
                changed[place] ^= 1 << UInt8(place % 8)
                // What is changed in a certificate stays there: nothing is verified here but that it is the key's.
                _ = try? readKeys(changed, "pw")
            }
        }
    }

    /// The key signs what its certificate verifies, and comes out as it went in.
    private func expectKey(_ entry: KeyFile.Entry, isIn workshop: Workshop) throws {
        try workshop.write(try #require(entry.key.sign(Array("content".utf8), .rs256)), to: "signature")
        let key = entry.key.pkcs8()?.withBytes { span in (0..<span.byteCount).map { span[$0] } }
        try workshop.write(try #require(key), to: "out.der")
        let outcome = workshop.run(
            """
            printf content > content
            openssl x509 -in person.crt -noout -pubkey > public
            openssl dgst -sha256 -verify public -signature signature content
            openssl pkey -inform DER -in out.der -out out.pem
            openssl pkey -in person.key -out in.pem
            cmp in.pem out.pem
            """)
        #expect(outcome.code == 0, "\(outcome.errors)")
    }
}

extension RawSpan {
    fileprivate subscript(place: Int) -> UInt8 { unsafe unsafeLoad(fromByteOffset: place, as: UInt8.self) }
}
