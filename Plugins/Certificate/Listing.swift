import CertificateProof
import Certificates
import ClaveDomain
import ClavePluginABI
import Localization
import PluginKit

/// Tells the host of the installed certificates.
struct Listing {
    private let words: Words

    init(_ words: Words) { self.words = words }

    /// Calls `found` for each.
    func run(_ found: (inout clave_credential) -> Void) {
        let keys = Array(InstalledKey.list(InstalledKey.open(words.host)).prefix(Int(CLAVE_CREDENTIALS_MAX)))
        let titles = titles(keys)
        for (key, title) in zip(keys, titles) {
            // Texts that the process keeps until its end, which is near.
            var credential = unsafe clave_credential()
            unsafe credential.size = MemoryLayout<clave_credential>.size
            unsafe credential.reference = CText.forever(key.uri)
            unsafe credential.title = CText.forever(CText.line(title))
            unsafe credential.problem = words.listedProblem(key.certificate).map { unsafe CText.forever($0) }
            unsafe credential.holder = CText.forever(CText.line(key.certificate.name))
            unsafe credential.document = key.certificate.number.map { unsafe CText.forever($0) }
            unsafe credential.issuer = CText.forever(CText.line(key.certificate.issuer))
            unsafe credential.usage = CText.forever(words.usage(key.certificate))
            unsafe credential.valid_after = Int64(clamping: key.certificate.validAfter)
            unsafe credential.valid_before = Int64(clamping: key.certificate.validBefore)
            unsafe found(&credential)
        }
    }

    /// Place, holder and for whom they act; where these are the same for several, from when on each is valid, and its serial number.
    private func titles(_ keys: [InstalledKey]) -> [String] {
        let plain = keys.map { key in
            let entity = key.certificate.entity.map { ", \($0.name) (\($0.number))" } ?? ""
            return "\(key.place): \(key.certificate.name)\(entity)"
        }
        return zip(keys, plain).map { key, title in
            plain.count(where: { $0 == title }) > 1 ? words.longTitle(title, key.certificate) : title
        }
    }
}
