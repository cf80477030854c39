import ClaveDomain
import ClavePluginABI
import IdentityQuestions
import Localization
import PluginKit
import SecureMemory
import Wire

/// The conversation: document, contrast datum, code.
///
/// The names of the fields, `code` among them, are a contract: scripts fill them in.
struct Activation {
    private let host: Host
    private let questions: IdentityQuestions
    private var t: Localizer { questions.t }

    init(_ host: Host) {
        self.host = host
        questions = IdentityQuestions(host)
    }

    /// Holds the conversation.
    func run() throws(Status) {
        let document = try questions.askDocument()
        let datum = try questions.askDatum(of: document)
        try start(document, datum)
        try finish()
    }

    // MARK: Rounds

    private func start(_ document: NationalDocument, _ datum: ContrastDatum) throws(Status) {
        var request = SecretWriter()
        request.put(document.text)
        request.put(datum.kindName)
        request.put(datum.canonicalText)
        request.put(host.locale)
        let reply = try host.exchange("start", request.finish())
        switch reply.first {
        case 0:
            host.progress(t("If the data are right, a code is on its way to the registered phone."))
            host.progress(t("If none comes, the data are not right, or you are not registered: see clave-register."))
        case 1:
            host.progress(t("Too many requests. Wait some minutes, then try again."))
            throw .refused
        default: throw .failed
        }
    }

    private func finish() throws(Status) {
        var field = Host.Field(
            name: "code", label: t("Code received by SMS"), kind: Int(CLAVE_FIELD_DIGITS), lengths: 6...6,
            codeEnds: .now + ClaveRules.smsCodeLife)
        for _ in 0..<ClaveRules.smsCodeTries {
            var request = SecretWriter()
            request.put(try host.ask(field))
            switch try host.exchange("finish", request.finish()).first {
            case 0: return
            case 1: field.note = t("The code is not right. Look again at the newest message.")
            case 2:
                host.progress(t("The code is no longer valid. Start again to get a new one."))
                throw .refused
            default: throw .failed
            }
        }
        throw .refused
    }
}
