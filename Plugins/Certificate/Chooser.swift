import CertificateProof
import ClavePluginABI
import Cryptoki
import Localization
import PluginKit

/// Finds the certificate that is meant: by its reference, or with the person.
///
/// The name of the field (`certificate`) is a contract: scripts fill it in.
struct Chooser {
    let words: Words

    init(_ words: Words) { self.words = words }

    /// - Parameter reference: an RFC 7512 URI, or `file:` and an absolute path; nil to be asked for.
    func credential(_ reference: String?) throws(Status) -> KeyCredential {
        guard let reference else { return try chosen() }
        if reference.hasPrefix("file:/") {
            return try Importer(words).credential(String(reference.dropFirst("file:".count)))
        }
        guard reference.hasPrefix("pkcs11:") else {
            throw words.unusable(words.t("That names no certificate: give a pkcs11: address, or a file."))
        }
        let all = InstalledKey.open(words.host)
        let installed: [InstalledCertificate]
        do throws(InstalledFailure) { installed = try all.certificates(reference) } catch {
            throw words.unusable(InstalledKey.text(for: error, words.t))
        }
        return try one(of: installed.compactMap { InstalledKey($0, in: all) })
    }

    /// The only one, or the only one that can serve, or the one that the person chooses.
    private func one(of keys: [InstalledKey]) throws(Status) -> KeyCredential {
        let usable = keys.filter { words.problem($0.certificate) == nil }
        guard usable.count > 1 else {
            guard let only = usable.first ?? keys.first else { throw .failed }
            return try self.usable(only)
        }
        let titles = Titles(titles(usable))
        guard let place = titles.place(of: try words.host.askText(Self.field(words, titles))) else { throw .invalid }
        return .installed(usable[place])
    }

    private func titles(_ keys: [InstalledKey]) -> [String] {
        words.titles(keys.map(\.certificate)) { "\($1) · \(keys[$0].place)" }
    }

    /// What asks which certificate is meant.
    static func field(_ words: Words, _ titles: Titles) -> Host.Field {
        Host.Field(
            name: "certificate", label: words.t("Certificate"), kind: Int(CLAVE_FIELD_CHOICE),
            lengths: 1...UInt32(CLAVE_TEXT_MAX), choices: titles.texts)
    }

    /// What the person chooses of the installed ones that can serve, or a file.
    private func chosen() throws(Status) -> KeyCredential {
        words.host.progress(words.t("Looking for installed certificates…"))
        let keys = InstalledKey.list(InstalledKey.open(words.host)).filter { words.problem($0.certificate) == nil }
        guard !keys.isEmpty else { return try Importer(words).credential(nil) }
        let file = words.t("Import from a file")
        let titles = Titles(self.titles(keys), last: file)
        guard let place = titles.place(of: try words.host.askText(Self.field(words, titles))) else { throw .invalid }
        return place < titles.texts.count - 1 ? .installed(keys[place]) : try Importer(words).credential(nil)
    }

    private func usable(_ key: InstalledKey) throws(Status) -> KeyCredential {
        if let problem = words.problem(key.certificate) { throw words.unusable(problem) }
        return .installed(key)
    }
}
