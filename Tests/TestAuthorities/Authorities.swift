public import CertificateTrust
import Foundation
import Glibc
import TestSupport

/// A certificate with its key, as files.
public struct Issued: Sendable {
    public let certificate: String
    public let key: String
    /// In hexadecimal digits.
    public let serial: String
}

/// Why nothing was made; ends the test.
public struct AuthoritiesFailure: Error, CustomStringConvertible {
    public let description: String
}

/// Made-up certification authorities of a test's own, by the real openssl: a root, an intermediate authority below it,
/// and what they issue to made-up people in the form of FNMT-RCM's certificates for persons.
public final class Authorities {
    /// Whom most tests are about.
    public static let person = [
        "C = ES", "serialNumber = IDCES-12345678Z", "GN = AINA", "SN = PROVA", "CN = PROVA MOSTRA AINA - 12345678Z",
    ]
    private static let authority = """
        basicConstraints = critical, CA:TRUE
        keyUsage = critical, keyCertSign, cRLSign
        subjectKeyIdentifier = hash
        """

    /// All files, and in `trust` the certificates of both authorities.
    public let folder = NSTemporaryDirectory() + "clave-authorities-" + UUID().uuidString.prefix(8)
    public private(set) var root: Issued
    public private(set) var intermediate: Issued
    private var serials = 0x1000

    public init() throws {
        try FileManager.default.createDirectory(atPath: folder + "/trust", withIntermediateDirectories: true)
        let none = Issued(certificate: "", key: "", serial: "")
        (root, intermediate) = (none, none)
        root = try issue(["CN = Made-up root"], by: nil, extensions: Self.authority)
        intermediate = try issue(["CN = Made-up intermediate"], by: root, extensions: Self.authority)
        try FileManager.default.copyItem(atPath: root.certificate, toPath: folder + "/trust/root.pem")
        try FileManager.default.copyItem(atPath: intermediate.certificate, toPath: folder + "/trust/intermediate.pem")
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    // MARK: Certificates

    /// A person's certificate.
    ///
    /// - Parameters:
    ///   - key: as `openssl req -newkey` takes it.
    ///   - more: further extensions, one a line.
    public func person(
        _ subject: [String] = Authorities.person, key: String = "ec:P-256",
        usage: String = "digitalSignature, nonRepudiation", more: String = "", by issuer: Issued? = nil,
        digest: String = "sha256"
    ) throws -> Issued {
        try issue(
            subject, key: key, digest: digest, by: issuer ?? intermediate,
            extensions: """
                basicConstraints = CA:FALSE
                keyUsage = critical, \(usage)
                subjectKeyIdentifier = hash
                subjectAltName = dirName:alternative
                \(more)
                """)
    }

    /// Another authority below the root, that nobody has put into the trust store.
    public func authority(
        _ subject: [String] = Authorities.person, key: String, usage: String = "keyCertSign, cRLSign"
    ) throws -> Issued {
        try issue(
            subject, key: key, by: root,
            extensions: "basicConstraints = critical, CA:TRUE\nkeyUsage = critical, \(usage)")
    }

    /// A certificate for whoever signs OCSP responses.
    public func responder(by issuer: Issued? = nil, isNamed: Bool = true) throws -> Issued {
        try issue(
            ["CN = Made-up responder"], by: issuer ?? intermediate,
            extensions: """
                basicConstraints = CA:FALSE
                keyUsage = critical, digitalSignature
                \(isNamed ? "extendedKeyUsage = OCSPSigning\nnoCheck = ignored" : "extendedKeyUsage = clientAuth")
                """)
    }

    private func issue(
        _ subject: [String], key: String = "ec:P-256", digest: String = "sha256", by issuer: Issued?, extensions: String
    ) throws -> Issued {
        serials += 1
        let (name, serial) = ("\(folder)/\(serials)", String(serials, radix: 16, uppercase: true))
        let settings = """
            oid_section = attributes
            [attributes]
            fnmtDocument = 1.3.6.1.4.1.5734.1.4
            [req]
            prompt = no
            utf8 = yes
            distinguished_name = subject
            [subject]
            \(subject.joined(separator: "\n"))
            [extensions]
            \(extensions)
            [alternative]
            CN = made up
            """
        try settings.write(toFile: name + ".cnf", atomically: true, encoding: .utf8)
        let parts = key.split(separator: ":").map(String.init)
        let option = parts[0] == "ec" ? "ec_paramgen_curve:\(parts[1])" : "rsa_keygen_bits:\(parts[1])"
        try openssl(["genpkey", "-algorithm", parts[0].uppercased(), "-pkeyopt", option, "-out", name + ".key"])
        try openssl(["req", "-new", "-key", name + ".key", "-config", name + ".cnf", "-out", name + ".csr"])
        let signer =
            issuer.map { ["-CA", $0.certificate, "-CAkey", $0.key] } ?? ["-signkey", name + ".key"]
        try openssl(
            ["x509", "-req", "-in", name + ".csr", "-set_serial", "0x" + serial, "-days", "365", "-" + digest]
                + ["-extfile", name + ".cnf", "-extensions", "extensions", "-out", name + ".crt"] + signer)
        return Issued(certificate: name + ".crt", key: name + ".key", serial: serial)
    }

    // MARK: Signatures

    /// The type of a challenge's content, as a person writes it.
    public static let challengeType = "2.25.147607798014645799641680089963838876147"

    /// A CMS signature over these bytes; `options` replace what makes it CAdES-BES over SHA-256.
    public func sign(
        _ content: [UInt8], by signer: Issued, _ options: [String] = ["-cades", "-md", "sha256"]
    ) throws -> [UInt8] {
        let (input, output) = ("\(folder)/content-\(UUID().uuidString)", "\(folder)/signature-\(UUID().uuidString)")
        try Data(content).write(to: URL(filePath: input))
        try openssl(
            ["cms", "-sign", "-binary", "-outform", "DER", "-in", input, "-out", output]
                + ["-signer", signer.certificate, "-inkey", signer.key] + options
                + (options.contains("-econtent_type") ? [] : ["-econtent_type", Self.challengeType]))
        return try Array(Data(contentsOf: URL(filePath: output)))
    }

    // MARK: Revocation

    /// Writes an authority's revocation list, in PEM, into the folder `crl`.
    ///
    /// - Parameters:
    ///   - seconds: from now until a newer one is due; negative for a list that is stale.
    ///   - point: the distribution point of the certificates that it is for; nil for all.
    public func writeList(
        of issuer: Issued, revoking: [Issued] = [], seconds: Int = 86_400, point: String? = nil
    ) throws {
        let place = "\(folder)/list-\(issuer.serial)"
        try FileManager.default.createDirectory(atPath: folder + "/crl", withIntermediateDirectories: true)
        try writeIndex(place + ".txt", revoking: revoking)
        let settings = """
            [ca]
            default_ca = own
            [own]
            database = \(place).txt
            default_md = sha256
            [extensions]
            issuingDistributionPoint = critical, @point
            [point]
            fullname = URI:\(point ?? "")
            """
        try settings.write(toFile: place + ".cnf", atomically: true, encoding: .utf8)
        let now = Date()
        try openssl(
            ["ca", "-gencrl", "-config", place + ".cnf", "-cert", issuer.certificate, "-keyfile", issuer.key]
                + ["-crl_lastupdate", Self.time(now.addingTimeInterval(Double(min(0, seconds)) - 3600))]
                + ["-crl_nextupdate", Self.time(now.addingTimeInterval(Double(seconds)))]
                + ["-out", place + ".pem"] + (point == nil ? [] : ["-crlexts", "extensions"]))
        // In one step, as whoever renews a list does.
        let target = "\(folder)/crl/\(issuer.serial).pem"
        guard rename(place + ".pem", target) == 0 else { throw AuthoritiesFailure(description: "rename \(target)") }
    }

    /// Starts the real responder for what the intermediate authority issued.
    public func startResponder(
        signer: Issued, valid: [Issued] = [], revoked: [Issued] = [], options: [String] = ["-nmin", "5"]
    ) throws -> Responder {
        let index = "\(folder)/index-\(UUID().uuidString)"
        try writeIndex(index, valid: valid, revoking: revoked)
        return try Responder(
            ["-index", index, "-CA", intermediate.certificate, "-rsigner", signer.certificate, "-rkey", signer.key]
                + options, log: index + ".log")
    }

    private func writeIndex(_ path: String, valid: [Issued] = [], revoking: [Issued] = []) throws {
        let lines =
            valid.map { "V\t400101000000Z\t\t\($0.serial)\tunknown\t/CN=\($0.serial)\n" }
            + revoking.map { "R\t400101000000Z\t260101000000Z\t\($0.serial)\tunknown\t/CN=\($0.serial)\n" }
        try lines.joined().write(toFile: path, atomically: true, encoding: .utf8)
    }

    private static func time(_ date: Date) -> String {
        var seconds = time_t(date.timeIntervalSince1970)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        var text = [CChar](repeating: 0, count: 32)
        let count = strftime(&text, text.count, "%Y%m%d%H%M%SZ", &parts)
        return String(decoding: text.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Runs openssl, which must do what it is told.
    public func openssl(_ arguments: [String]) throws {
        let made = runProgram("/usr/bin/openssl", arguments, environment: ["HOME": folder, "PATH": "/usr/bin:/bin"])
        guard made.code == 0 else {
            throw AuthoritiesFailure(description: "openssl \(arguments.joined(separator: " ")): \(made.errors)")
        }
    }

    // MARK: Verifiers

    /// What the gateway would judge certificates by.
    public func verifier(
        policy: CertificateVerifier.Policy = .off, hasLists: Bool = false, responder: String? = nil,
        timeLimit: Int = 5000
    ) throws -> CertificateVerifier {
        CertificateVerifier(
            trust: try TrustStore(path: folder + "/trust"), policy: policy,
            checker: RevocationChecker(
                lists: hasLists ? try RevocationLists(path: folder + "/crl") : nil, responder: responder,
                transport: OCSPTransport(timeLimit: timeLimit)))
    }
}

/// The real `openssl ocsp` on a port of its own; ends with the test.
public final class Responder {
    private let child: Child
    /// Where it listens: `http://127.0.0.1:PORT/`.
    public let address: String

    init(_ arguments: [String], log: String) throws {
        let child = try Child(
            "/usr/bin/openssl", ["ocsp", "-port", "0"] + arguments, environment: ["PATH": "/usr/bin:/bin"], output: log)
        self.child = child
        var port: Substring?
        var said = ""
        try eventually("the responder to listen") {
            said = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
            guard said.contains("waiting for OCSP client"), said.contains("ACCEPT") else { return !child.isRunning }
            port =
                said.split(separator: "\n").first { $0.hasPrefix("ACCEPT") }?.split(separator: " ")[1]
                .split(separator: ":").last
            return true
        }
        guard let port else { throw AuthoritiesFailure(description: "no port in: \(said)") }
        address = "http://127.0.0.1:\(port)/"
    }

    deinit { child.end(SIGKILL) }
}
