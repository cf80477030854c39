import ClaveDomain
import GatewayServices
import GatewayStore
import Posix
import Wire

// Who may act at the desk.
extension GatewayCommand {
    static let operators = [
        GatewayCommand(
            "operator list", takes: [.json], help: "list who may act at the desk, /desk", .database(listOperators)),
        GatewayCommand(
            "operator add", takes: [.document], help: addOrRemove,
            .database { options, open in try setOperator(options, open, true) }),
        GatewayCommand(
            "operator remove", takes: [.document], help: addOrRemove,
            .database { options, open in try setOperator(options, open, false) }),
    ]

    private static let addOrRemove = HelpRow(
        "operator add|remove", "make a person one of them, or no longer one: --document")

    private static func setOperator(_ options: GatewayOptions, _ open: OpenServices, _ isOperator: Bool) throws {
        let document = try options.document()
        switch try open().operators.set(document, isOperator) {
        case .done: say("\(document.text) \(isOperator ? "is an operator" : "is no operator")")
        case .notRegistered: throw GatewayFailure("\(document.text) is not registered")
        case .levelTooLow: throw GatewayFailure("an operator must be registered at the advanced level")
        }
    }

    private static func listOperators(_ options: GatewayOptions, _ open: OpenServices) throws {
        for person in try open().operators.all() {
            guard options.has(.json) else {
                say("\(person.document.text)\t\(person.name)")
                continue
            }
            var json = JSONWriter()
            json.put("document", person.document.text)
            json.put("name", person.name)
            print(json.finish())
        }
    }
}
