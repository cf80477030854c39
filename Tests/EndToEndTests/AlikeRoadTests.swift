import Foundation
import TestSupport
import Testing

@Suite(.serialized) struct `Installed certificates` {
    @Test func `of one key with identifier and label in common are offered with what tells them apart`() throws {
        let certified = try CertifiedWorld("EC -pkeyopt ec_paramgen_curve:P-256")
        let world = certified.world
        try certified.make(
            """
            mkdir -p tokens; echo directories.tokendir = $PWD/tokens > softhsm
            softhsm2-util --init-token --free --label prova --pin 1234 --so-pin 5678
            openssl pkey -in aina.key -outform DER -out key.der
            for serial in 4660 22136; do
                openssl x509 -req -in aina.csr -CA trust/middle.crt -CAkey pki/middle.key -set_serial $serial -days 30 \
                    -extfile pki/person.ext -outform DER -out $serial.der
            done
            openssl x509 -req -in aina.csr -CA trust/middle.crt -CAkey pki/middle.key -set_serial 1 -days 0 \
                -extfile pki/person.ext -outform DER -out 1.der
            write() {
                pkcs11-tool --module /usr/lib/softhsm/libsofthsm2.so --token-label prova --login --pin 1234 \
                    --write-object $1.der --type $2 --id 01 --label aina
            }
            write key privkey; write 1 cert; write 4660 cert; write 22136 cert
            """)
        try world.answer(field: "pin", "1234")
        let text = world.run("clave-add", ["--available"]).output
        #expect(text.contains("serial number 1234") && text.contains("serial number 5678"), "\(text)")
        let short = "pkcs11:token=prova;id=%01;object=aina;type=cert"
        let day = try certified.make("date -u -d '+30 days' +%d-%m-%Y").trimmingCharacters(in: .newlines)
        let today = try certified.make("date -u +%d-%m-%Y").trimmingCharacters(in: .newlines)
        func title(_ serial: String) -> String {
            "AINA PROVA (12345678Z), Issuing authority of tests, \(day), valid from \(today), serial number \(serial) · prova"
        }
        try world.answer(field: "certificate", title("5678"))
        let said = world.run("clave-add", ["--certificate", short])
        #expect(said.code == 0 && said.errors.contains("Activated: AINA PROVA MOSTRA"), "\(said)")
        // The one that has expired is not offered.
        #expect(world.asked.contains(title("1234")) && !world.asked.contains("serial number 01"))
        try certified.make("printf content > content; clave-sign -F cades -o signature content")
        let verified = certified.sh(
            """
            openssl cms -verify -cades -binary -inform DER -in signature -content content -CAfile chain.crt -purpose any \
                -signer signer.pem
            openssl x509 -in signer.pem -noout -serial | grep -x serial=5678
            """)
        #expect(verified.code == 0, "\(verified)")
    }

    @Test func `of browsers that follow the XDG folders are found through the agent`() throws {
        let certified = try CertifiedWorld("EC -pkeyopt ec_paramgen_curve:P-256")
        // What the tests' agent has for XDG_CONFIG_HOME and XDG_DATA_HOME.
        try certified.make(
            """
            for folder in config/mozilla/firefox/one data/pki/nssdb; do
                mkdir -p $folder
                certutil -N -d sql:$folder --empty-password
                pk12util -i aina.p12 -W contrasenya -d sql:$folder
            done
            printf '[Profile0]\\nName=default-release\\nPath=one\\n' > config/mozilla/firefox/profiles.ini
            """)
        let text = certified.world.run("clave-add", ["--available"]).output
        #expect(
            text.contains("Firefox (default-release): AINA PROVA") && text.contains("Chromium: AINA PROVA"), "\(text)")
    }
}
