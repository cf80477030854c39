import Localization
import PluginKit

/// Finds the certificate that is meant: by its reference, or with the person.
struct Chooser {
    let words: Words

    init(_ words: Words) { self.words = words }

    /// - Parameter reference: `file:` and an absolute path; nil to be asked for.
    func credential(_ reference: String?) throws(Status) -> KeyCredential {
        guard let reference else { return try Importer(words).credential(nil) }
        guard reference.hasPrefix("file:/") else {
            throw words.unusable(words.t("That names no certificate: give a pkcs11: address, or a file."))
        }
        return try Importer(words).credential(String(reference.dropFirst("file:".count)))
    }
}
