import AgentProtocol
import Foundation
import TestSupport
import Testing

@Suite(.serialized) struct `Activation by certificate` {
    @Test func `takes a file's key over, and outlives a restart`() throws {
        let certified = try CertifiedWorld()
        let world = certified.world
        let said = certified.activate()
        #expect(said.errors.contains("Certificate: AINA PROVA (12345678Z), Issuing authority of tests"))
        #expect(said.errors.contains("Activated: AINA PROVA MOSTRA (****5678Z)"))
        #expect(world.asked.contains("Password of the file"))
        #expect(world.audit("activation by certificate") > 0)
        // From now on neither file nor password is needed.
        try FileManager.default.removeItem(atPath: certified.folder + "/aina.p12")
        world.stopAgent()
        try world.startAgent()
        let list = world.run("clave-add", ["-L"]).output
        #expect(list.contains("certificate") && list.contains("Issuing authority of tests"))
        try certified.make("printf content > content; clave-sign --force -F cades -o signature content")
        let verified = certified.sh(
            "openssl cms -verify -cades -binary -inform DER -in signature -content content -CAfile trust/root.crt -purpose any"
        )
        #expect(verified.code == 0, "\(verified.errors)")
    }

    @Test func `says what is wrong with a file, and asks again for a password`() throws {
        let certified = try CertifiedWorld([
            ("aina", "EC -pkeyopt ec_paramgen_curve:P-256", CertifiedWorld.aina),
            ("nobody", "EC -pkeyopt ec_paramgen_curve:P-256", "/C=ES/CN=Nobody in particular"),
            ("stranger", "EC -pkeyopt ec_paramgen_curve:P-256", "/C=ES/serialNumber=IDCES-20000001Y/CN=Stranger"),
            ("weak", "RSA -pkeyopt rsa_keygen_bits:1024", CertifiedWorld.aina),
        ])
        let world = certified.world
        func add(_ file: String) -> Outcome { world.run("clave-add", ["--file", certified.folder + "/" + file]) }
        func expect(_ file: String, _ words: String, _ line: Int = #line) {
            let outcome = add(file)
            #expect(outcome.code == 1 && outcome.errors.contains(words), "line \(line): \(outcome)")
        }
        try certified.make(
            """
            echo hello > text
            openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -addext basicConstraints=CA:FALSE -keyout foreign.key -out foreign.crt -days 3 -subj '\(CertifiedWorld.aina)'
            cat foreign.key foreign.crt > foreign.pem
            cat aina.key foreign.crt > mixed.pem
            openssl x509 -req -in aina.csr -CA trust/middle.crt -CAkey pki/middle.key -CAcreateserial -days 0 -extfile pki/person.ext -out expired.crt
            openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -pkeyopt rsa_keygen_primes:3 -out large.key
            openssl req -new -key large.key -subj '\(CertifiedWorld.aina)' -out large.csr
            openssl x509 -req -in large.csr -CA trust/middle.crt -CAkey pki/middle.key -CAcreateserial -days 3 -extfile pki/person.ext -out large.crt
            openssl pkcs12 -export -inkey large.key -in large.crt -passout pass:contrasenya -out large.p12
            sleep 1.1
            cat aina.key expired.crt > expired.pem
            """)
        expect("missing.p12", "There is no file")
        expect("pki", "is no plain file")
        expect("large.p12", "is of a kind that is not known here")
        expect("text", "The file holds no certificate with its key")
        expect("mixed.pem", "The private key does not belong to the certificate")
        expect("aina.crt", "but not its private key")
        expect("expired.pem", "This certificate expired on")
        expect("nobody.p12", "No DNI or NIE is in this certificate")
        expect("weak.p12", "too short to be safe")
        expect("foreign.pem", "The gateway does not trust the issuer")
        expect("stranger.p12", "You are not registered in Cl@ve at this gateway")
        try world.answer(field: "password", "not the password")
        expect("aina.p12", "The password does not open the file")
        #expect(world.asked.contains("The password does not open the file"))
        #expect(world.run("clave-add", ["-l"]).errors.contains("no identities"))
    }

    @Test func `has the person choose where a file holds several`() throws {
        let certified = try CertifiedWorld([
            ("aina", "EC -pkeyopt ec_paramgen_curve:P-256", CertifiedWorld.aina),
            ("other", "EC -pkeyopt ec_paramgen_curve:P-384", "/C=ES/serialNumber=IDCES-00000000T/CN=Another person"),
        ])
        try certified.make(
            """
            cat other.key aina.key > keys; cat other.crt aina.crt chain.crt > certificates
            certtool --to-p12 --load-privkey keys --load-certificate certificates --p12-name two --password contrasenya \
                --outder --outfile two.p12
            """)
        let day = try certified.make("date -u -d '+30 days' +%d-%m-%Y").trimmingCharacters(in: .newlines)
        try certified.world.answer(field: "certificate", "AINA PROVA (12345678Z), Issuing authority of tests, \(day)")
        let said = certified.activate("two.p12")
        #expect(certified.world.asked.contains("Another person (00000000T)"))
        #expect(said.errors.contains("Activated: AINA PROVA MOSTRA"))
    }

    @Test func `gives no proof that is worth anything elsewhere`() throws {
        let certified = try CertifiedWorld("EC -pkeyopt ec_paramgen_curve:P-256")
        let other = [UInt8](repeating: 9, count: 32)
        let foreign: [(PluginPeer) -> [UInt8]] = [
            { $0.challenge(gateway: "https://elsewhere.test") }, { $0.challenge(signing: other) },
            { $0.challenge(sealing: other) }, { $0.challenge() + [0] }, { Array($0.challenge().dropLast()) },
            { _ in Array("a document that the person never saw".utf8) }, { _ in [] },
        ]
        for challenge in foreign {
            let peer = try PluginPeer()
            let outcome = try peer.activate(
                certified.folder + "/aina.p12", password: "contrasenya", challenge: challenge)
            #expect(outcome == .unusable && peer.steps == ["challenge"])
            #expect(peer.lines.last?.contains("nothing was signed") == true)
        }
        let peer = try PluginPeer()
        let outcome = try peer.activate(certified.folder + "/aina.p12", password: "contrasenya") { $0.challenge() }
        #expect(outcome == .succeeded && peer.steps == ["challenge", "finish"])
        try Data(peer.proof).write(to: URL(filePath: certified.folder + "/proof"))
        try Data(peer.challenge()).write(to: URL(filePath: certified.folder + "/challenge"))
        let verified = certified.sh(
            "openssl cms -verify -cades -binary -inform DER -in proof -content challenge -CAfile trust/root.crt -purpose any -out /dev/null"
        )
        #expect(verified.code == 0, "\(verified.errors)")
    }
}
