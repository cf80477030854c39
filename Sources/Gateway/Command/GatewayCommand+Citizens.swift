import ClaveDomain
import GatewayServices
import Glibc
import Localization
import Posix
import SecureMemory
import Wire

// Who is registered.
extension GatewayCommand {
    static let citizens = [
        GatewayCommand("citizen list", takes: [.json], help: "list who is registered", .database(listCitizens)),
        GatewayCommand(
            "citizen show", takes: [.document, .json], help: "print all that is known of one: --document",
            .database(showCitizen)),
        GatewayCommand(
            "citizen add", takes: [.document] + GatewayOption.ofRecord + GatewayOption.ofTextMessages,
            help: """
                register one: --document, --full-name 'GIVEN/SURNAME[/SECOND]', --phone, one of
                --validity, --issue, --support, [--level basic|advanced] [--email ADDRESS]
                [--language ca|es|gl|eu|en]
                """,
            .database(addCitizen)),
        GatewayCommand(
            "citizen set", takes: [.document] + GatewayOption.ofRecord + GatewayOption.ofTextMessages,
            help: "change what is known of one: --document, and what is to change", .database(setCitizen)),
        GatewayCommand(
            "citizen renew", takes: [.document],
            help: "renew one's registration, which counts at the basic level after five years: --document",
            .database(renewCitizen)),
        GatewayCommand(
            "citizen remove", takes: [.document, .reason] + GatewayOption.ofTextMessages,
            help: "remove one, and all that is theirs: --document --reason death|renunciation",
            .database(removeCitizen)),
    ]

    private static func addCitizen(_ options: GatewayOptions, _ open: OpenServices) throws {
        guard options.has(.document), let names = options.value(.fullName), let phone = options.value(.phone) else {
            throw Options.UsageError("citizen add needs --document, --full-name, --phone and a contrast datum")
        }
        let document = try options.document()
        guard let datum = try datum(options, document) else {
            throw Options.UsageError("citizen add needs --validity or --issue with a DNI, --support with a NIE")
        }
        let person = RecordService.Newcomer(
            document: document, name: try name(names), level: try level(options) ?? .basic, datum: datum,
            phone: try PhoneNumber(parsing: phone),
            email: try options.value(.email).map { try EmailAddress(parsing: $0) },
            language: try language(options) ?? "es")
        switch try open().records.register(person, by: .owner) {
        case .documentTaken, .phoneTaken:
            throw GatewayFailure("the document is registered already, or the phone belongs to another person")
        case let outcome: try tell(outcome, "\(document.text) added")
        }
    }

    private static func setCitizen(_ options: GatewayOptions, _ open: OpenServices) throws {
        let document = try options.document()
        let changes = RecordService.Changes(
            name: try options.value(.fullName).map(name), level: try level(options),
            datum: try datum(options, document), phone: try options.value(.phone).map { try PhoneNumber(parsing: $0) },
            email: try options.value(.email).map { $0.isEmpty ? "" : try EmailAddress(parsing: $0).text },
            language: try language(options))
        guard changes != RecordService.Changes() else {
            throw Options.UsageError("citizen set needs what is to change")
        }
        try tell(
            try open().records.change(document, changes, by: .owner),
            "\(document.text) changed")
    }

    private static func renewCitizen(_ options: GatewayOptions, _ open: OpenServices) throws {
        let document = try options.document()
        try tell(
            try open().records.renew(document, by: .owner), "\(document.text) renewed")
    }

    private static func removeCitizen(_ options: GatewayOptions, _ open: OpenServices) throws {
        let document = try options.document()
        guard let reason = RemovalReason(rawValue: options.value(.reason) ?? "") else {
            throw Options.UsageError("citizen remove needs --reason death or renunciation")
        }
        try tell(
            try open().removals.remove(document, reason, by: .owner),
            "\(document.text) removed")
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

    private static func level(_ options: GatewayOptions) throws -> RegistrationLevel? {
        switch options.value(.level) {
        case nil: nil
        case "basic": .basic
        case "advanced": .advanced
        default: throw Options.UsageError("--level takes basic or advanced")
        }
    }

    private static func language(_ options: GatewayOptions) throws -> String? {
        guard let given = options.value(.language) else { return nil }
        guard let language = Language(rawValue: given) else {
            throw Options.UsageError("--language takes ca, es, gl, eu or en")
        }
        return language.rawValue
    }

    /// The contrast datum that was given; nil for none.
    private static func datum(_ options: GatewayOptions, _ document: NationalDocument) throws -> ContrastDatum? {
        if let issue = options.value(.issue), document.kind == .dni {
            return try ContrastDatum(parsingIssueDate: issue)
        }
        if let text = options.value(document.kind == .dni ? .validity : .support) {
            return try ContrastDatum(parsing: text, for: document)
        }
        guard ![.issue, .validity, .support].contains(where: options.has) else {
            throw Options.UsageError("--validity and --issue go with a DNI, --support with a NIE")
        }
        return nil
    }
}

extension GatewayOption {
    static let fullName = GatewayOption("full-name", .text("GIVEN/SURNAME[/SECOND]"))
    static let level = GatewayOption("level", .text("basic|advanced"))
    static let validity = GatewayOption("validity", .text("DATE"))
    static let issue = GatewayOption("issue", .text("DATE"))
    static let support = GatewayOption("support", .text("NUMBER"))
    static let phone = GatewayOption("phone", .text("NUMBER"))
    static let email = GatewayOption("email", .text("ADDRESS"))
    static let language = GatewayOption("language", .text("ca|es|gl|eu|en"))
    static let reason = GatewayOption("reason", .text("death|renunciation"))

    /// What is known of a person, beside the document.
    static let ofRecord = [fullName, level, validity, issue, support, phone, email, language]
}
