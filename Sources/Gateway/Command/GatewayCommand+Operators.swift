import ClaveDomain
import GatewayStore
import Posix
import Wire

// Who may act at the desk.
extension GatewayProgram {
    static func setOperator(_ options: GatewayOptions, _ isOperator: Bool) throws {
        let document = try document(options)
        switch try services(options, origin: "", pins: []).setOperator(document, isOperator) {
        case .done: say("\(document.text) \(isOperator ? "is an operator" : "is no operator")")
        case .notRegistered: throw GatewayFailure("\(document.text) is not registered")
        case .levelTooLow: throw GatewayFailure("an operator must be registered at the advanced level")
        }
    }

    static func listOperators(_ options: GatewayOptions) throws {
        for person in try services(options, origin: "", pins: []).operators() {
            guard options.options.has("json") else {
                say("\(person.document.text)\t\(person.name)")
                continue
            }
            var json = JSONWriter()
            json.put("document", person.document.text)
            json.put("name", person.name)
            print(json.finish())
        }
    }

    /// The person that a command is about.
    static func document(_ options: GatewayOptions) throws -> NationalDocument {
        guard let text = options.options.value("document") else {
            throw Options.UsageError("\(options.command.joined(separator: " ")) needs --document")
        }
        return try NationalDocument(parsing: text)
    }
}
