import Foundation
import SecureMemory
import TestSupport
import Testing

@testable import Certificates

private let elliptic = "EC -pkeyopt ec_paramgen_curve:P-256"

/// Key files in the forms that other programs, and older ones, write.
@Suite struct `A key file of another program` {
    @Test(arguments: [
        "-des", "-des3", "-aes128", "-aes256", "-camellia192", "-aria256", "-seed", "-rc2-cbc", "-rc2-40-cbc",
        "-bf-cbc",
        "-cast5-cbc", "-des-ofb", "-des-cfb", "-des-ede-cbc", "-desx-cbc",
    ]) func `in PEM opens whatever cipher its older form names, and tells a wrong password`(cipher: String) async throws
    {
        let workshop = try Workshop(
            Workshop.hierarchy() + """
                openssl rsa -in person.key -traditional \(cipher) -passout pass:clave -provider legacy -provider default -out key
                cat key person.crt > file
                """)
        // In a process of its own: what one file has loaded would serve the next.
        await #expect(processExitsWith: .success) { [path = workshop.folder + "/file" as String] in
            let file = try contents(of: path)
            #expect(try readKeys(file, "clave").count == 1)
            #expect(throws: KeyFile.Failure.wrongPassword) { try readKeys(file, "other") }
            #expect(throws: KeyFile.Failure.needsPassword) { try readKeys(file) }
        }
    }

    @Test(arguments: [
        "-v1 PBE-MD5-DES", "-v1 PBE-SHA1-DES", "-v1 PBE-MD5-RC2-64", "-v1 PBE-SHA1-RC2-64", "-v1 PBE-SHA1-RC2-40",
        "-v1 PBE-SHA1-RC2-128", "-v1 PBE-SHA1-RC4-128", "-v1 PBE-SHA1-RC4-40", "-v1 PBE-SHA1-2DES", "-v1 PBE-SHA1-3DES",
        "-v2 des", "-v2 rc2", "-v2 des3", "-v2 aes-192-cbc", "-v2 camellia-256-cbc",
    ]) func `in PKCS#8 opens whatever cipher OpenSSL's legacy provider has`(options: String) throws {
        let workshop = try Workshop(
            Workshop.hierarchy() + """
                openssl pkcs8 -topk8 -in person.key \(options) -passout pass:clave -provider legacy -provider default -out key
                cat key person.crt > file
                """)
        #expect(try readKeys(workshop["file"], "clave").count == 1)
        #expect(throws: KeyFile.Failure.wrongPassword) { try readKeys(workshop["file"], "other") }
    }

    @Test func `whose cipher is not known is told apart from a wrong password`() throws {
        let workshop = try Workshop(
            Workshop.hierarchy() + """
                openssl rsa -in person.key -traditional -aes128 -passout pass:clave -out key
                sed s/AES-128-CBC/GOST89-CBC/ key | cat - person.crt > traditional
                openssl pkcs8 -topk8 -in person.key -outform DER -passout pass:clave -v2 aes-128-cbc -out key.der
                openssl pkcs12 -export -inkey person.key -in person.crt -passout pass:clave -out file
                """)
        #expect(throws: KeyFile.Failure.unsupportedCipher) { try readKeys(workshop["traditional"], "clave") }
        // The last arc of AES-128-CBC becomes one of nothing.
        let aes: [UInt8] = [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 1, 2]
        let unknown = try changed(workshop["key.der"], aes, aes.dropLast() + [0x7E])
        #expect(throws: KeyFile.Failure.unsupportedCipher) { try readKeys(unknown, "clave") }
        // The same for the digest of a PKCS#12 file's authenticity code; PBMAC1 is told by its name.
        let sha256: [UInt8] = [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1]
        let file = try workshop["file"]
        #expect(throws: KeyFile.Failure.unsupportedCipher) {
            try readKeys(changed(file, sha256, sha256.dropLast() + [0x7E]), "clave")
        }
        #expect(throws: KeyFile.Failure.unsupportedCode) {
            try readKeys(changed(file, sha256, [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 5, 14]), "clave")
        }
    }

    /// A file whose last bytes like these are others.
    private func changed(_ file: [UInt8], _ old: [UInt8], _ new: [UInt8]) throws -> [UInt8] {
        let place = try #require(file.indices.dropLast(old.count).last { file[$0...].starts(with: old) })
        return Array(file[..<place]) + new + Array(file[(place + old.count)...])
    }

    @Test(.timeLimit(.minutes(3))) func `that is NSS's backup of ten certificates opens`() throws {
        let workshop = try Workshop(
            """
            mkdir db
            certutil -N -d sql:db --empty-password
            for i in 1 2 3 4 5 6 7 8 9 10; do
                openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key -out crt -days 30 \
                    -set_serial $i -subj /C=ES/serialNumber=IDCES-12345678Z/CN=Aina
                openssl pkcs12 -export -inkey key -in crt -name aina -iter 1 -passout pass:x -out one.p12
                pk12util -i one.p12 -W x -d sql:db
            done
            pk12util -o file -n aina -d sql:db -W clave
            """)
        #expect(try readKeys(workshop["file"], "clave").count == 10)
        #expect(throws: KeyFile.Failure.wrongPassword) { try readKeys(workshop["file"], "other") }
    }

    @Test func `asks for work that is counted, each derivation and all together, and told while it lasts`() throws {
        var told: [Int] = []
        let work = PasswordWork { told.append($0) }
        #expect(throws: KeyFile.Failure.tooMuchWork) { try work.account(for: -1, opened: 0) }
        #expect(throws: KeyFile.Failure.tooMuchWork) {
            try work.account(for: PasswordWork.maximumEach + 1, opened: 0)
        }
        try work.account(for: 1, opened: 0)
        #expect(told.isEmpty)
        // As often as it takes for a second to pass.
        let start = ContinuousClock.now
        while told.isEmpty, ContinuousClock.now - start < .seconds(30) { try work.account(for: 0, opened: 3) }
        #expect(told == [3])
        for _ in 1..<(PasswordWork.maximum / PasswordWork.maximumEach) {
            try work.account(for: PasswordWork.maximumEach, opened: 4)
        }
        #expect(throws: KeyFile.Failure.tooMuchWork) { try work.account(for: PasswordWork.maximumEach, opened: 4) }
    }

    @Test func `of OpenSSL before 1.1 opens by a password with letters beyond ASCII`() throws {
        let workshop = try Workshop(
            Workshop.hierarchy(elliptic) + """
                openssl pkcs12 -export -legacy -inkey person.key -in person.crt -passout 'pass:contraseÃ±a' -out file
                """)
        #expect(try readKeys(workshop["file"], "contraseña").count == 1)
        #expect(throws: KeyFile.Failure.wrongPassword) { try readKeys(workshop["file"], "contrasena") }
        #expect(throws: KeyFile.Failure.wrongPassword) { try readKeys(workshop["file"], "contraseñá") }
    }

    @Test func `that is encrypted by an empty password opens without one`() throws {
        let workshop = try Workshop(
            Workshop.hierarchy(elliptic) + """
                openssl pkcs8 -topk8 -in person.key -passout pass: -out key
                cat key person.crt > file
                """)
        #expect(try readKeys(workshop["file"]).count == 1)
    }

    @Test func `may be PKCS#12 in PEM or in base64, or PEM in UTF-16 or behind a byte order mark`() throws {
        let workshop = try Workshop(
            Workshop.hierarchy(elliptic) + """
                certtool --to-p12 --load-privkey person.key --load-certificate person.crt --p12-name aina --password pw \
                    --outfile armored
                openssl pkcs12 -export -inkey person.key -in person.crt -passout pass:pw -out binary
                base64 binary > lines
                base64 -w 0 binary > line
                cat person.key person.crt > plain
                iconv -f ASCII -t UTF-16LE plain > le; printf '\\377\\376' | cat - le > little
                iconv -f ASCII -t UTF-16BE plain > be; printf '\\376\\377' | cat - be > big
                printf '\\357\\273\\277' | cat - plain > marked
                """)
        #expect(String(decoding: try workshop["armored"], as: UTF8.self).contains("BEGIN PKCS12"))
        for name in ["armored", "lines", "line", "little", "big", "marked"] {
            #expect(try readKeys(workshop[name], "pw").count == 1, "\(name)")
        }
        for name in ["armored", "lines"] {
            #expect(throws: KeyFile.Failure.wrongPassword, "\(name)") { try readKeys(workshop[name], "other") }
        }
    }

    @Test func `may have its certificates in PKCS#7, in PEM or DER`() throws {
        let workshop = try Workshop(
            Workshop.hierarchy(elliptic) + """
                openssl crl2pkcs7 -nocrl -certfile person.crt -certfile chain.crt -out list.pem
                openssl crl2pkcs7 -nocrl -certfile person.crt -certfile chain.crt -outform DER -out list.der
                """)
        for name in ["list.pem", "list.der"] {
            let entries = try readKeys(workshop["person.key"], others: workshop[name])
            #expect(entries.map(\.chain.count) == [3], "\(name)")
            #expect(throws: KeyFile.Failure.noKey, "\(name)") { try readKeys(workshop[name]) }
        }
    }

    @Test(arguments: [[UInt8](arrayLiteral: 0xFE, 0xED, 0xFE, 0xED), [0xCE, 0xCE, 0xCE, 0xCE]])
    func `that is a key store of Java's is told as such`(mark: [UInt8]) {
        #expect(throws: KeyFile.Failure.javaKeyStore) { try readKeys(mark + [0, 0, 0, 2]) }
    }

    @Test func `with the same key and certificate twice gives one`() throws {
        let workshop = try Workshop(
            Workshop.hierarchy(elliptic) + "cat person.key person.key person.crt person.crt chain.crt chain.crt > file")
        #expect(try readKeys(workshop["file"]).map(\.chain.count) == [3])
    }

    @Test func `may hold one key among as many authorities as Java trusts, and no end of them is too large`() throws {
        let workshop = try Workshop(
            Workshop.hierarchy(elliptic) + """
                openssl genpkey -algorithm ED25519 -out any.key
                for i in $(seq 1 140); do
                    openssl req -x509 -key any.key -days 30 -set_serial $i -subj /CN=$i
                done > authorities.pem
                openssl pkcs12 -export -inkey person.key -in person.crt -certfile authorities.pem -passout pass:pw -out file
                openssl x509 -in authorities.pem -outform DER -out one.der
                """)
        #expect(try readKeys(workshop["file"], "pw").count == 1)
        // Each differs from the others by a byte of its signature, which nobody looks at here.
        let one = try workshop["one.der"]
        let blocks = (0..<513).map { number in
            var der = one
            der[der.count - 1] = UInt8(number & 0xFF)
            der[der.count - 2] = UInt8(number >> 8)
            return "-----BEGIN CERTIFICATE-----\n\(base64(der))\n-----END CERTIFICATE-----\n"
        }
        #expect(throws: KeyFile.Failure.noKey) { try readKeys(Array(blocks.dropLast().joined().utf8)) }
        #expect(throws: KeyFile.Failure.tooLarge) { try readKeys(Array(blocks.joined().utf8)) }
    }
}

/// The bytes of a file.
private func contents(of path: String) throws -> [UInt8] {
    try Array(Data(contentsOf: URL(filePath: path)))
}
