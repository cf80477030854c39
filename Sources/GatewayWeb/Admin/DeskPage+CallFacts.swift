import ClaveDomain
import GatewayServices
import GatewayStore
import Localization
import WebServer

extension DeskPage {
    /// What an operator compares in a call, or in its review.
    func callFacts(_ file: CallFile) -> DefinitionList {
        let call = file.call
        var list = DefinitionList(rows: [
            (t("Document"), "\(call.person.document.text)"),
            (t("Name"), file.name.isEmpty ? "\(t("not in the census"))" : foreign(file.name)),
            (t("Contrast datum"), "\(call.person.datum.canonicalText)"),
            (t("Data"), "\(dataWord(file))"),
            (t("Code to be spoken"), "<strong class=\"code\">\(call.code)</strong>"),
        ])
        if file.isRegistered { list.rows.append((t("Registered"), "\(t("yes"))")) }
        return list
    }

    /// Whether the data that somebody gave are those of the census.
    func dataWord(_ file: CallFile) -> String {
        file.isRight ? t("as in the census") : t("not as in the census")
    }
}
