import CertificateProof
import Certificates
import ClavePluginABI
import Glibc
import Localization
import PluginKit
import Posix
import SecureMemory

/// Brings a certificate in from a file: finds it, opens it with its password, and has the person choose if it holds several.
///
/// The names of the fields (`file`, `certificate-file`, `password`, `certificate`) are a contract: scripts fill them in.
struct Importer {
    /// Passwords, or files, that are tried before the conversation ends.
    private static let maximumTries = 5

    let words: Words
    private var host: Host { words.host }

    init(_ words: Words) { self.words = words }

    /// The certificate of a file.
    ///
    /// - Parameter path: absolute; nil to be asked for.
    func credential(_ path: String?) throws(Status) -> KeyCredential {
        let file = try read(path)
        let entries = try entries(file)
        let chosen = try choose(entries)
        if let problem = words.problem(chosen.certificate) { throw words.unusable(problem) }
        return .imported(chosen)
    }

    // MARK: The file

    private func read(_ path: String?) throws(Status) -> SecretBytes {
        if let path {
            do throws(SystemError) { return try Self.read(path) } catch { throw words.unusable(text(for: error, path)) }
        }
        var field = Host.Field(
            name: "file", label: words.t("File with the certificate and its key (.p12, .pfx or .pem)"),
            kind: Int(CLAVE_FIELD_FILE), lengths: 1...4096)
        for _ in 0..<Self.maximumTries {
            let answer = try host.askText(field)
            do throws(SystemError) { return try Self.read(answer) } catch { field.note = text(for: error, answer) }
        }
        throw words.unusable(field.note ?? "")
    }

    private func text(for error: SystemError, _ path: String) -> String {
        switch error.number {
        case ENOENT where !path.hasPrefix("/") && !path.hasPrefix("~/"):
            words.t("Give the whole path of the file, from / or ~/ on.")
        case ENOENT: words.t("There is no file {1}.", path)
        case EINVAL: words.t("{1} is no plain file.", path)
        case EFBIG: words.text(for: .tooLarge)
        default: error.description
        }
    }

    private static func read(_ path: String) throws(SystemError) -> SecretBytes {
        // A pipe in the file's place must not keep the person waiting.
        let home = path.hasPrefix("~/") ? environment("HOME") : nil
        let place = home.map { $0 + path.dropFirst(1) } ?? path
        let file = try Descriptor.open(place, O_RDONLY | O_NONBLOCK)
        return try Files.readSecret(file, limit: KeyFile.maximumLength)
    }

    // MARK: Opening

    private func entries(_ file: borrowing SecretBytes) throws(Status) -> [KeyFile.Entry] {
        var others = SecretBytes(zeros: 0)
        var password = SecretBytes(zeros: 0)
        var field = Host.Field(
            name: "password", label: words.t("Password of the file"), kind: Int(CLAVE_FIELD_SECRET), lengths: 1...1024)
        var tries = 0
        while true {
            do throws(KeyFile.Failure) {
                return try KeyFile.read(file, others, password: password) { count in
                    host.progress(words.t("Opening the file… Keys and certificates so far: {1}.", "\(count)"))
                }
            } catch {
                switch error {
                case .needsPassword where tries == 0: break
                case .wrongPassword where tries < Self.maximumTries: field.note = words.text(for: error)
                case .noCertificate where others.count == 0:
                    others = try secondFile()
                    continue
                default: throw words.unusable(words.text(for: error))
                }
            }
            tries += 1
            password = try host.ask(field)
            host.progress(words.t("Opening the file…"))
        }
    }

    private func secondFile() throws(Status) -> SecretBytes {
        var field = Host.Field(
            name: "certificate-file", label: words.t("File with the certificate of this key"),
            kind: Int(CLAVE_FIELD_FILE), lengths: 1...4096)
        for _ in 0..<Self.maximumTries {
            let answer = try host.askText(field)
            do throws(SystemError) { return try Self.read(answer) } catch { field.note = text(for: error, answer) }
        }
        throw words.unusable(field.note ?? "")
    }

    // MARK: Choosing

    /// The only one, or the only one that can serve, or the one that the person chooses.
    private func choose(_ entries: [KeyFile.Entry]) throws(Status) -> KeyFile.Entry {
        if entries.count == 1 { return entries[0] }
        let usable = entries.filter { words.problem($0.certificate) == nil }
        if usable.count < 2 { return usable.first ?? entries[0] }
        let titles = Titles(words.titles(usable.map(\.certificate)))
        guard let place = titles.place(of: try host.askText(Chooser.field(words, titles))) else { throw .invalid }
        return usable[place]
    }
}
