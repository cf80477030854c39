import Certificates
import Foundation
import TestSupport
import Testing

/// Certificates of made-up people, issued on the spot in the forms of Spanish issuers.
enum Issued {
    /// - Parameters:
    ///   - subject: `NAME = value` lines of OpenSSL's configuration; own attributes are named below.
    ///   - alternative: the same for a directory name in the subject alternative names; nil for none.
    ///   - days: from now until it expires; negative for one that has expired.
    static func certificate(
        _ subject: [String], alternative: [String]? = nil, usage: String? = "digitalSignature", days: Int = 365,
        authority: Bool = false
    ) throws -> [UInt8] {
        let folder = NSTemporaryDirectory() + "clave-issued-" + UUID().uuidString.prefix(8)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let settings = """
            oid_section = attributes
            [attributes]
            fnmtName = 1.3.6.1.4.1.5734.1.1
            fnmtSurname = 1.3.6.1.4.1.5734.1.2
            fnmtSecondSurname = 1.3.6.1.4.1.5734.1.3
            fnmtDocument = 1.3.6.1.4.1.5734.1.4
            fnmtEntityName = 1.3.6.1.4.1.5734.1.6
            fnmtEntityNumber = 1.3.6.1.4.1.5734.1.7
            employeeEntity = 2.16.724.1.3.5.7.2.2
            employeeEntityNumber = 2.16.724.1.3.5.7.2.3
            employeeDocument = 2.16.724.1.3.5.7.2.4
            employeeDocumentHigh = 2.16.724.1.3.5.7.1.4
            employeeDocumentOld = 2.16.724.1.3.5.3.2.4
            employeeDocumentOldHigh = 2.16.724.1.3.5.3.1.4
            aocDocument = 1.3.6.1.4.1.18838.1.1
            camerfirmaEntity = 1.3.6.1.4.1.17326.30.3
            [req]
            prompt = no
            utf8 = yes
            string_mask = utf8only
            distinguished_name = subject
            x509_extensions = extensions
            [subject]
            \(subject.joined(separator: "\n"))
            [extensions]
            basicConstraints = \(authority ? "critical, CA:TRUE" : "CA:FALSE")
            \(usage.map { "keyUsage = critical, \($0)" } ?? "")
            \(alternative == nil ? "" : "subjectAltName = email:somebody@example.test, dirName:alternative")
            [alternative]
            \((alternative ?? []).joined(separator: "\n"))
            """
        try settings.write(toFile: folder + "/settings", atomically: true, encoding: .utf8)
        let made = runProgram(
            "/bin/sh",
            [
                "-ec",
                """
                cd \(folder)
                openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out key
                openssl req -x509 -new -key key -config settings -days \(days) -outform DER -out certificate
                """,
            ], environment: ["PATH": "/usr/bin:/bin", "HOME": folder])
        try #require(made.code == 0, "\(made.errors)")
        return try Array(Data(contentsOf: URL(filePath: folder + "/certificate")))
    }
}
