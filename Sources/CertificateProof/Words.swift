public import Certificates
import ClaveDomain
import Glibc
public import Localization
public import PluginKit

/// What the person is told, in their language.
public struct Words {
    public let host: Host
    public let t: Localizer

    /// Words in the language of a host's person.
    public init(_ host: Host) {
        self.host = host
        t = Localizer(language: Language(locale: host.locale), folder: Localizer.catalogFolder)
    }

    /// Tells why a credential can't serve.
    public func unusable(_ text: String) -> Status {
        host.progress(text)
        return .unusable
    }

    /// Whether nothing is to be proved to a gateway: the certificate is to sign here only.
    public var isLocal: Bool { host.device?.gateway.isEmpty == true }

    /// Seconds since 1970.
    public static var now: UInt64 { UInt64(max(0, time(nil))) }

    /// `23-11-2026`
    public static func day(_ seconds: UInt64) -> String { CivilDate(unixTime: Int64(clamping: seconds)).text }

    /// `23-11-2026, 14:05`, by this computer's clock and time zone.
    public static func moment(_ seconds: UInt64) -> String {
        var when = time_t(clamping: seconds)
        var parts = unsafe tm()
        guard unsafe localtime_r(&when, &parts) != nil else { return day(seconds) }
        let fields = unsafe (parts.tm_mday, parts.tm_mon + 1, parts.tm_year + 1900, parts.tm_hour, parts.tm_min)
        func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(two(fields.0))-\(two(fields.1))-\(fields.2), \(two(fields.3)):\(two(fields.4))"
    }

    /// Whether two times are so near that a date does not tell them apart, or a clock that is wrong may be why.
    private static func isNear(_ one: UInt64, _ other: UInt64) -> Bool {
        max(one, other) - min(one, other) < 86_400
    }

    /// One line that tells a certificate from others: `AINA PROVA (12345678Z), AC FNMT Usuarios, 23-11-2026`.
    public func title(_ certificate: HolderCertificate) -> String {
        var who = certificate.name
        if let number = certificate.number { who += " (\(number))" }
        if let entity = certificate.entity { who += ", \(entity.name) (\(entity.number))" }
        return "\(who), \(certificate.issuer), \(Self.day(certificate.validBefore))"
    }

    /// A line for each certificate; where one would not tell two apart, with what does: from when on it is valid, and its
    /// serial number.
    ///
    /// - Parameter line: what else the line says, around the certificate's own title.
    public func titles(
        _ certificates: [HolderCertificate], _ line: (_ place: Int, _ title: String) -> String = { $1 }
    ) -> [String] {
        let plain = certificates.indices.map { line($0, title(certificates[$0])) }
        return certificates.indices.map { place in
            guard plain.count(where: { $0 == plain[place] }) > 1 else { return plain[place] }
            return line(place, longTitle(title(certificates[place]), certificates[place]))
        }
    }

    /// A title that several certificates have, with what tells one of them apart: from when on it is valid, and its serial
    /// number.
    public func longTitle(_ title: String, _ certificate: HolderCertificate) -> String {
        t("{1}, valid from {2}, serial number {3}", title, Self.day(certificate.validAfter), certificate.serial)
    }

    /// Why a certificate can't serve now; nil if it can.
    public func problem(_ certificate: HolderCertificate) -> String? {
        let harmless = isLocal ? Self.harmlessHere : []
        return certificate.problems(now: Self.now).first { !harmless.contains($0) }.map { problem in
            switch problem {
            case .noDocument: t("No DNI or NIE is in this certificate: it does not tell whose it is.")
            case .contradictoryDocuments: t("This certificate names different DNI or NIE numbers.")
            case .notYetValid where Self.isNear(certificate.validAfter, Self.now):
                t(
                    "This certificate is not valid before {1}. This computer's clock says {2}: set it right if it is wrong.",
                    Self.moment(certificate.validAfter), Self.moment(Self.now))
            case .notYetValid: t("This certificate is not valid before {1}.", Self.day(certificate.validAfter))
            case .expired where Self.isNear(certificate.validBefore, Self.now):
                t(
                    "This certificate expired on {1}. This computer's clock says {2}: set it right if it is wrong; else its issuer gives you a new one.",
                    Self.moment(certificate.validBefore), Self.moment(Self.now))
            case .expired:
                t(
                    "This certificate expired on {1}. Its issuer gives you a new one.",
                    Self.day(certificate.validBefore))
            case .notForSignatures: t("This certificate is not for signatures.")
            case .authority: t("This is the certificate of an authority, not of a person.")
            case .weakKey: t("The key of this certificate is too short to be safe.")
            case .unknownKey: t("The key of this certificate is of a kind that is not known here.")
            }
        }
    }

    /// Whose it is need not be told by a DNI or NIE where nobody is to be told: a seal has none, nor a pseudonym.
    private static let harmlessHere: Set<HolderCertificate.Problem> = [.noDocument, .contradictoryDocuments]

    /// The same in a list, of which nobody knows yet what for.
    public func listedProblem(_ certificate: HolderCertificate) -> String? {
        let problems = certificate.problems(now: Self.now)
        guard !problems.isEmpty, problems.allSatisfy(Self.harmlessHere.contains) else { return problem(certificate) }
        return problems.contains(.contradictoryDocuments)
            ? t("This certificate names different DNI or NIE numbers: it serves no gateway, but signs with --local.")
            : t("No DNI or NIE is in this certificate: it serves no gateway, but signs with --local.")
    }

    /// What a key is for: its kind, and whether it only identifies.
    public func usage(_ certificate: HolderCertificate) -> String {
        let kind =
            switch certificate.key {
            case .rsa(let bits): "RSA \(bits)"
            case .p256: "ECDSA P-256"
            case .p384: "ECDSA P-384"
            case .p521: "ECDSA P-521"
            case .ed25519: "Ed25519"
            case .rsaPSS(let bits, _): "RSASSA-PSS \(bits)"
            case .other: ""
            }
        let purpose =
            switch (certificate.identifies, certificate.commits) {
            case (true, true): t("to identify and to sign")
            case (true, false): t("to identify")
            case (false, true): t("to sign")
            case (false, false): ""
            }
        return [kind, purpose].filter { !$0.isEmpty }.joined(separator: ", ")
    }
}
