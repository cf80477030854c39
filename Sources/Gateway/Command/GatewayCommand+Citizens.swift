import ClaveDomain
import GatewayServices
import Glibc
import Localization
import Posix
import SecureMemory
import Wire

// Who is registered.
extension GatewayProgram {
    static func addCitizen(_ options: GatewayOptions) throws {
        let values = options.options
        guard values.has("document"), let names = values.value("full-name"), let phone = values.value("phone") else {
            throw Options.UsageError("citizen add needs --document, --full-name, --phone and a contrast datum")
        }
        let document = try document(options)
        guard let datum = try datum(values, document) else {
            throw Options.UsageError("citizen add needs --validity or --issue with a DNI, --support with a NIE")
        }
        let person = GatewayServices.Newcomer(
            document: document, name: try name(names), level: try level(values) ?? .basic, datum: datum,
            phone: try PhoneNumber(parsing: phone),
            email: try values.value("email").map { try EmailAddress(parsing: $0) },
            language: try language(values) ?? "es")
        switch try services(options, origin: "", pins: []).register(person, by: .owner) {
        case .documentTaken, .phoneTaken:
            throw GatewayFailure("the document is registered already, or the phone belongs to another person")
        case let outcome: try tell(outcome, "\(document.text) added")
        }
    }

    static func setCitizen(_ options: GatewayOptions) throws {
        let values = options.options
        let document = try document(options)
        let changes = GatewayServices.Changes(
            name: try values.value("full-name").map(name), level: try level(values),
            datum: try datum(values, document), phone: try values.value("phone").map { try PhoneNumber(parsing: $0) },
            email: try values.value("email").map { $0.isEmpty ? "" : try EmailAddress(parsing: $0).text },
            language: try language(values))
        guard changes != GatewayServices.Changes() else {
            throw Options.UsageError("citizen set needs what is to change")
        }
        try tell(
            try services(options, origin: "", pins: []).change(document, changes, by: .owner),
            "\(document.text) changed")
    }

    static func renewCitizen(_ options: GatewayOptions) throws {
        let document = try document(options)
        try tell(
            try services(options, origin: "", pins: []).renew(document, by: .owner), "\(document.text) renewed")
    }

    static func removeCitizen(_ options: GatewayOptions) throws {
        let document = try document(options)
        guard let reason = GatewayServices.RemovalReason(rawValue: options.options.value("reason") ?? "") else {
            throw Options.UsageError("citizen remove needs --reason death or renunciation")
        }
        try tell(
            try services(options, origin: "", pins: []).remove(document, reason, by: .owner),
            "\(document.text) removed")
    }

    /// Says that an act is done, or why it is not.
    static func tell(_ outcome: ActOutcome, _ done: String) throws {
        guard outcome == .done else { throw GatewayFailure(outcome.words) }
        say(done)
    }

    // MARK: Values

    private static func name(_ typed: String) throws -> FullName {
        let parts = typed.split(separator: "/").map(String.init)
        guard (2...3).contains(parts.count) else {
            throw Options.UsageError("--full-name takes GIVEN/SURNAME or GIVEN/SURNAME/SECOND")
        }
        return FullName(
            given: try PersonName(parsing: parts[0]), surname: try PersonName(parsing: parts[1]),
            secondSurname: parts.count == 3 ? try PersonName(parsing: parts[2]) : nil)
    }

    private static func level(_ values: Options) throws -> RegistrationLevel? {
        switch values.value("level") {
        case nil: nil
        case "basic": .basic
        case "advanced": .advanced
        default: throw Options.UsageError("--level takes basic or advanced")
        }
    }

    private static func language(_ values: Options) throws -> String? {
        guard let given = values.value("language") else { return nil }
        guard let language = Language(rawValue: given) else {
            throw Options.UsageError("--language takes ca, es, gl, eu or en")
        }
        return language.rawValue
    }

    /// The contrast datum that was given; nil for none.
    private static func datum(_ values: Options, _ document: NationalDocument) throws -> ContrastDatum? {
        if let issue = values.value("issue"), document.kind == .dni {
            return try ContrastDatum(parsingIssueDate: issue)
        }
        if let text = values.value(document.kind == .dni ? "validity" : "support") {
            return try ContrastDatum(parsing: text, for: document)
        }
        guard !["issue", "validity", "support"].contains(where: values.has) else {
            throw Options.UsageError("--validity and --issue go with a DNI, --support with a NIE")
        }
        return nil
    }
}
