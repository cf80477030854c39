import Foundation
import TestSupport
import Testing

/// A world whose gateway trusts an authority made on the spot, and a person with certificates of it.
final class CertifiedWorld {
    let world: World
    var folder: String { world.folder }

    /// - Parameter people: `NAME KIND SUBJECT`, for whom certificates are issued: `NAME.key`, `NAME.crt`, `NAME.p12`, by
    ///   the password `contrasenya`.
    init(_ people: [(name: String, kind: String, subject: String)]) throws {
        world = try World(gateway: false, agent: false)
        try make(
            """
            mkdir -p trust pki
            openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout pki/root.key -out trust/root.crt \
                -days 30 -subj '/O=Made up/CN=Root of tests'
            openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout pki/middle.key -out pki/middle.csr \
                -subj '/O=Made up/CN=Issuing authority of tests'
            printf 'basicConstraints=critical,CA:TRUE\\nkeyUsage=keyCertSign,cRLSign\\nsubjectKeyIdentifier=hash\\n' > pki/ca.ext
            printf 'keyUsage=critical,digitalSignature,nonRepudiation\\nextendedKeyUsage=clientAuth,emailProtection\\n' > pki/person.ext
            openssl x509 -req -in pki/middle.csr -CA trust/root.crt -CAkey pki/root.key -CAcreateserial -days 30 \
                -extfile pki/ca.ext -out trust/middle.crt
            cat trust/middle.crt trust/root.crt > chain.crt
            """)
        for person in people { try issue(person.name, person.kind, person.subject) }
        try world.startGateway(arguments: ["--trust-store", folder + "/trust", "--revocation", "off"])
        try world.startAgent(environment: ["SOFTHSM2_CONF": folder + "/softhsm"])
        try world.answer(field: "password", "contrasenya")
    }

    static let aina = "/C=ES/serialNumber=IDCES-12345678Z/GN=AINA/SN=PROVA/CN=PROVA MOSTRA AINA - 12345678Z"
    static let rsa = "RSA -pkeyopt rsa_keygen_bits:2048"

    convenience init(_ kind: String = CertifiedWorld.rsa) throws {
        try self.init([("aina", kind, Self.aina)])
    }

    func issue(_ name: String, _ kind: String, _ subject: String, days: Int = 30) throws {
        try make(
            """
            openssl genpkey -algorithm \(kind) -out \(name).key
            openssl req -new -key \(name).key -subj '\(subject)' -out \(name).csr
            openssl x509 -req -in \(name).csr -CA trust/middle.crt -CAkey pki/middle.key -CAcreateserial -days \(days) \
                -extfile pki/person.ext -out \(name).crt
            openssl pkcs12 -export -inkey \(name).key -in \(name).crt -certfile chain.crt -name '\(name)' \
                -passout pass:contrasenya -out \(name).p12
            """)
    }

    @discardableResult
    func make(_ script: String) throws -> String {
        let outcome = sh(script)
        try #require(outcome.code == 0, "\(outcome.errors)")
        return outcome.output
    }

    func sh(_ script: String) -> Outcome {
        world.run("/bin/sh", ["-ec", "cd '\(folder)'\n" + script], environment: ["SOFTHSM2_CONF": folder + "/softhsm"])
    }

    /// Activates by a file.
    @discardableResult
    func activate(_ file: String = "aina.p12") -> Outcome {
        let outcome = world.run("clave-add", ["--file", folder + "/" + file])
        if outcome.code != 0 { Issue.record("the activation failed: \(outcome), asked: \(world.asked)") }
        return outcome
    }
}
