import AgentProtocol
import ClavePluginABI
import TestSupport
import Testing

@testable import PluginHost

@Suite struct `What a plugin leaves of a key for PSS alone` {
    /// What is kept of the schemes that a certificate allows; the plugin leaves a reference to its key.
    ///
    /// - Parameter limits: of the key's own parameters.
    private func usage(_ limits: String) throws -> String? {
        let bench = try Workbench(named: "result")
        try bench.make(
            """
            openssl genpkey -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048 \(limits) -out key
            openssl req -x509 -new -key key -sha1 -days 9 -subj /CN=x -outform DER -out certificate ||
                openssl req -x509 -new -key key -sha512 -days 9 -subj /CN=x -outform DER -out certificate
            """)
        return try bench["certificate"].withUnsafeBufferPointer { certificate in
            var result = clave_result()
            result.size = MemoryLayout<clave_result>.size
            result.kind = UInt32(CLAVE_RESULT_REFERENCE)
            result.bytes.0 = UInt8(ascii: "x")
            result.count = 1
            result.certificates = certificate.baseAddress
            result.certificates_count = certificate.count
            guard let left = try ResultReader.credential(&result) else { return nil }
            return left.info.usage
        }
    }

    private func parameters(_ digest: String, salt: Int) -> String {
        "-pkeyopt rsa_pss_keygen_md:\(digest) -pkeyopt rsa_pss_keygen_mgf1_md:\(digest) -pkeyopt rsa_pss_keygen_saltlen:\(salt)"
    }

    @Test func `says by which schemes it signs`() throws {
        #expect(try usage("") == "PS256 PS384 PS512")
        #expect(try usage(parameters("sha512", salt: 64)) == "PS512")
    }

    @Test
    func `is refused where the certificate allows no scheme that is taken here, not taken for one without limits`()
        throws
    {
        #expect(throws: ResultReader.Failure.self) { try usage(parameters("sha1", salt: 20)) }
        #expect(throws: ResultReader.Failure.self) { try usage(parameters("sha512", salt: 65)) }
    }
}
