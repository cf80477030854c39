import Certificates
import SecureMemory
import TestSupport
import Testing

/// A folder in which `openssl` and others make files; it goes with this value.
final class Workshop: Workbench {
    /// - Parameter script: for `sh`, run there.
    init(_ script: String) throws {
        try super.init(named: "workshop")
        try make(script)
    }

    /// A person's key and certificate, by an authority's intermediate: `person.key`, `person.crt`, `middle.crt`, `root.crt`.
    static func hierarchy(_ kind: String = "RSA -pkeyopt rsa_keygen_bits:2048") -> String {
        """
        subject=/C=ES/serialNumber=IDCES-12345678Z/GN=AINA/SN=PROVA/CN=AINA\\ PROVA
        printf 'basicConstraints=critical,CA:TRUE\\n' > ca.ext
        printf 'keyUsage=critical,digitalSignature\\n' > person.ext
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout root.key -out root.crt -days 30 -subj /CN=Root
        openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout middle.key -out middle.csr -subj /CN=Middle
        openssl x509 -req -in middle.csr -CA root.crt -CAkey root.key -CAcreateserial -days 30 -extfile ca.ext -out middle.crt
        openssl genpkey -algorithm \(kind) -out person.key
        openssl req -new -key person.key -out person.csr -subj "$(printf '%b' "$subject")"
        openssl x509 -req -in person.csr -CA middle.crt -CAkey middle.key -CAcreateserial -days 30 -extfile person.ext -out person.crt
        cat middle.crt root.crt > chain.crt

        """
    }
}

extension SecretBytes {
    init(_ bytes: [UInt8]) { self.init(copying: bytes.span.bytes) }
    init(_ text: String) { self.init(Array(text.utf8)) }
}

/// Reads a key file's entries.
func readKeys(
    _ file: [UInt8], _ password: String = "", others: [UInt8] = []
) throws(KeyFile.Failure) -> [KeyFile.Entry] {
    try KeyFile.read(SecretBytes(file), SecretBytes(others), password: SecretBytes(password))
}
