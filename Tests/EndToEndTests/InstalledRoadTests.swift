import Foundation
import TestSupport
import Testing

@Suite(.serialized) struct `An installed certificate` {
    /// A token of SoftHSM's with Aina's key and certificate, PIN 1234.
    private func token(_ certified: CertifiedWorld, _ kind: String = "rsa") throws {
        try certified.make(
            """
            mkdir -p tokens; echo directories.tokendir = $PWD/tokens > softhsm
            softhsm2-util --init-token --free --label 'Targeta de prova' --pin 1234 --so-pin 5678
            openssl pkcs8 -topk8 -nocrypt -in aina.key -out aina.pk8
            softhsm2-util --import aina.pk8 --token 'Targeta de prova' --label aina --id 01 --pin 1234
            openssl x509 -in aina.crt -outform DER -out aina.der
            pkcs11-tool --module /usr/lib/softhsm/libsofthsm2.so --token-label 'Targeta de prova' --login --pin 1234 \
                --write-object aina.der --type cert --id 01 --label aina
            """)
        try certified.world.answer(field: "pin", "1234")
    }

    private func available(_ world: World) throws -> [[String: Any]] {
        let outcome = world.run("clave-add", ["--available", "-j"])
        #expect(outcome.code == 0, "\(outcome)")
        return try outcome.output.split(separator: "\n").map {
            try #require(JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
        }
    }

    @Test func `on a token signs without any gateway for who has taken it in to sign with`() throws {
        let certified = try CertifiedWorld(CertifiedWorld.rsa)
        certified.world.killGateway()
        try token(certified)
        let reference = try #require(try available(certified.world).first?["reference"] as? String)
        let said = certified.world.run("clave-add", ["--local", "--certificate", reference])
        #expect(said.code == 0 && said.errors.contains("This identity signs only"), "\(said)")
        try certified.make(
            """
            printf content > content; clave-sign -F cades --attached -o content.csig content
            clave-sign --verify --trust trust content.csig
            """)
        #expect(certified.world.asked.contains("PIN or password of Targeta de prova"))
    }

    @Test(arguments: ["ED25519", "EC -pkeyopt ec_paramgen_curve:P-521"])
    func `on a token by Ed25519 or P-521 signs in every form, one file or several`(kind: String) throws {
        let certified = try CertifiedWorld(kind)
        certified.world.killGateway()
        try token(certified)
        let reference = try #require(try available(certified.world).first?["reference"] as? String)
        let said = certified.world.run("clave-add", ["--local", "--certificate", reference])
        #expect(said.code == 0, "\(said)")
        try certified.make(
            "for name in a b c; do printf \"content $name\" > $name; done; head -c 3000000 /dev/zero > large")
        try certified.make("openssl x509 -in aina.crt -noout -pubkey > public.pem")
        for (options, suffix, key) in [
            ("-F cades", "p7s", ""), ("-F cms --attached", "p7m", ""), ("-F jws", "jws", ""),
            ("-c -n file", "sig", "-k public.pem"), ("-c -F raw", "sig", "-k public.pem"),
        ] {
            try certified.make("clave-sign --force \(options) -o a.\(suffix) a")
            let verified = certified.sh("clave-sign --verify --trust trust \(key) a.\(suffix); rm a.\(suffix)")
            #expect(verified.code == 0 && verified.output.contains("a good signature"), "\(options): \(verified)")
        }
        try certified.make("clave-sign -F cades a b c large")
        for name in ["a", "b", "c", "large"] { try certified.make("clave-sign --verify --trust trust \(name).p7s") }
        let raw = certified.sh(
            """
            clave-sign --force -c -F raw -o signature a
            openssl pkeyutl -verify -rawin -pubin -inkey public.pem -in a -sigfile signature \(kind == "ED25519" ? "" : "-digest sha512")
            """)
        #expect(raw.code == 0, "\(raw)")
    }

    @Test func `whose key is not on its token is not taken in`() throws {
        let certified = try CertifiedWorld([
            ("aina", CertifiedWorld.rsa, CertifiedWorld.aina), ("other", CertifiedWorld.rsa, CertifiedWorld.aina),
        ])
        try certified.make("cp other.crt aina.crt")
        try token(certified)
        let said = certified.world.run("clave-add", ["--local", "--certificate", "pkcs11:type=cert"])
        #expect(said.code == 1 && said.errors.contains("The private key of the certificate is not on"), "\(said)")
        #expect(try certified.make("clave-add -l") == "")
    }

    @Test func `on a token of Ed25519 proves its holder to a gateway`() throws {
        let certified = try CertifiedWorld("ED25519")
        try token(certified)
        let reference = try #require(try available(certified.world).first?["reference"] as? String)
        let said = certified.world.run("clave-add", ["--certificate", reference])
        #expect(said.code == 0 && said.errors.contains("Activated: AINA PROVA MOSTRA"), "\(said)")
        let told = certified.world.run("clave-add", ["--ssh", "on"])
        #expect(told.code == 0 && told.output.hasPrefix("ssh-ed25519 "), "\(told)")
    }

    @Test(arguments: ["RSA -pkeyopt rsa_keygen_bits:2048", "EC -pkeyopt ec_paramgen_curve:P-256"])
    func `on a token is listed, activates and signs where it is`(kind: String) throws {
        let certified = try CertifiedWorld(kind)
        let world = certified.world
        try token(certified)
        let listed = try #require(try available(world).first)
        #expect(listed["holder"] as? String == "AINA PROVA" && listed["document"] as? String == "12345678Z")
        #expect(listed["issuer"] as? String == "Issuing authority of tests" && listed["problem"] as? String == "")
        let reference = try #require(listed["reference"] as? String)
        #expect(reference.hasPrefix("pkcs11:"))
        let text = world.run("clave-add", ["--available"]).output
        #expect(text.contains("Targeta de prova: AINA PROVA") && text.contains("DNI or NIE: 12345678Z"))
        let said = world.run("clave-add", ["--certificate", reference])
        #expect(said.code == 0 && said.errors.contains("Activated: AINA PROVA MOSTRA"), "\(said)")
        #expect(world.asked.contains("PIN or password of Targeta de prova"))
        // No key has come over: without the token there is no signature, and the person is told why.
        try certified.make("printf content > content; clave-sign --force -F cades -o signature content")
        let verified = certified.sh(
            "openssl cms -verify -cades -binary -inform DER -in signature -content content -CAfile chain.crt -purpose any"
        )
        #expect(verified.code == 0, "\(verified.errors)")
        try world.answer(field: "pin", "4321")
        let wrong = world.run("clave-sign", ["-F", "cades", "-o", "/dev/null", certified.folder + "/content"])
        #expect(wrong.code == 1 && wrong.errors.contains("The PIN was wrong. Nothing was signed."), "\(wrong)")
        try certified.make("mv tokens elsewhere; mkdir tokens")
        try world.answer(field: "pin", "1234")
        let gone = world.run("clave-sign", ["-F", "cades", "-o", "/dev/null", certified.folder + "/content"])
        #expect(
            gone.code == 1 && gone.errors.contains("The card or store with the certificate is not there"), "\(gone)")
        #expect(try available(world).isEmpty)
    }

    @Test func `in Firefox or Chromium is found, and chosen by the person`() throws {
        let certified = try CertifiedWorld()
        let world = certified.world
        try certified.make(
            """
            mkdir -p .mozilla/firefox/abcd.default .pki/nssdb
            printf '[Profile0]\\nName=default-release\\nIsRelative=1\\nPath=abcd.default\\nDefault=1\\n' > .mozilla/firefox/profiles.ini
            echo 'main password' > nsspw
            certutil -N -d sql:.mozilla/firefox/abcd.default -f nsspw
            pk12util -i aina.p12 -W contrasenya -d sql:.mozilla/firefox/abcd.default -k nsspw
            certutil -N -d sql:.pki/nssdb --empty-password
            pk12util -i aina.p12 -W contrasenya -d sql:.pki/nssdb
            """)
        let text = world.run("clave-add", ["--available"]).output
        #expect(text.contains("Firefox (default-release): AINA PROVA") && text.contains("Chromium: AINA PROVA"))
        let day = try certified.make(
            "date -u -d \"$(openssl x509 -in aina.crt -noout -enddate | cut -d= -f2)\" +%d-%m-%Y"
        )
        .trimmingCharacters(in: .newlines)
        try world.answer(
            field: "certificate",
            "AINA PROVA (12345678Z), Issuing authority of tests, \(day) · Firefox (default-release)")
        try world.answer(field: "pin", "main password")
        let said = world.run("clave-add", ["-m", "certificate"])
        #expect(said.code == 0 && said.errors.contains("Activated: AINA PROVA MOSTRA"), "\(said), \(world.asked)")
        #expect(world.asked.contains("Import from a file"))
        try certified.make("printf content > content; clave-sign --force -F cms -o signature content")
        let verified = certified.sh(
            "openssl cms -verify -binary -inform DER -in signature -content content -CAfile trust/root.crt -purpose any"
        )
        #expect(verified.code == 0, "\(verified.errors)")
    }

    @Test func `that can't serve says why, and an address that names nothing too`() throws {
        let certified = try CertifiedWorld([("aina", "EC -pkeyopt ec_paramgen_curve:P-256", "/C=ES/CN=Nobody")])
        try token(certified)
        let listed = try #require(try available(certified.world).first)
        #expect((listed["problem"] as? String)?.contains("No DNI or NIE") == true)
        let reference = try #require(listed["reference"] as? String)
        func add(_ reference: String) -> Outcome { certified.world.run("clave-add", ["--certificate", reference]) }
        #expect(add(reference).errors.contains("No DNI or NIE is in this certificate"))
        #expect(add("pkcs11:token=nothing").errors.contains("The card or store with the certificate is not there"))
        #expect(add("pkcs11:token=x?module-path=/tmp/evil.so").code == 1)
        #expect(add("https://example.test").errors.contains("That names no certificate"))
    }

    @Test func `with two people's numbers says in a list that it names different ones, and what it serves for`() throws
    {
        let subject = "/C=ES/serialNumber=IDCES-12345678Z/CN=PROVA MOSTRA AINA - NIF 00000000T"
        let certified = try CertifiedWorld([("aina", "EC -pkeyopt ec_paramgen_curve:P-256", subject)])
        try token(certified)
        let problem = try #require(try available(certified.world).first?["problem"] as? String)
        #expect(problem.contains("different DNI or NIE numbers") && problem.contains("--local"), "\(problem)")
    }
}
