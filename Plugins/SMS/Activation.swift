import ClaveDomain
import ClavePluginABI
import GatewayAPI
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
        let start = SMSStart(
            document: document.text, datumKind: datum.kindName, datum: datum.canonicalText, locale: host.locale)
        switch try exchange(SMSStart.step, start.secretBytes, SMSStartReply.self) {
        case .sent:
            host.progress(t("If the data are right, a code is on its way to the registered phone."))
            host.progress(t("If none comes, the data are not right, or you are not registered: see clave-register."))
        case .tooMany:
            host.progress(t("Too many requests. Wait some minutes, then try again."))
            throw .refused
        }
    }

    private func finish() throws(Status) {
        let length = UInt32(SMSCode.length)
        var field = Host.Field(
            name: "code", label: t("Code received by SMS"), kind: Int(CLAVE_FIELD_DIGITS), lengths: length...length,
            codeEnds: .now + ClaveRules.smsCodeLife)
        for _ in 0..<ClaveRules.smsCodeTries {
            let code = SMSCode(try host.ask(field))
            switch try exchange(SMSCode.step, code.secretBytes, SMSFinishReply.self) {
            case .accepted: return
            case .wrongCode: field.note = t("The code is not right. Look again at the newest message.")
            case .codeOver:
                host.progress(t("The code is no longer valid. Start again to get a new one."))
                throw .refused
            }
        }
        throw .refused
    }

    /// One round, its reply read.
    private func exchange<Reply: Body>(
        _ step: String, _ body: borrowing SecretBytes, _ reply: Reply.Type
    ) throws(Status) -> Reply {
        let bytes = try host.exchange(step, body)
        do throws(WireError) { return try Reply.decode(unsafe bytes.span.bytes) } catch { throw .failed }
    }
}
