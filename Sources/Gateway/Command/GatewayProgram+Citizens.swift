import ClaveDomain
import Glibc
import Posix
import SecureMemory
import Wire

// Administering: who is registered, what was sent, what happened.
extension GatewayProgram {
    static func addCitizen(_ options: GatewayOptions) throws {
        let values = options.options
        guard let document = values.value("document"), let names = values.value("full-name"),
            let phone = values.value("phone")
        else { throw Options.UsageError("citizen add needs --document, --full-name, --phone and a contrast datum") }
        let parts = names.split(separator: "/").map(String.init)
        guard (2...3).contains(parts.count) else {
            throw Options.UsageError("--full-name takes GIVEN/SURNAME or GIVEN/SURNAME/SECOND")
        }
        let level: RegistrationLevel
        switch values.value("level") ?? "basic" {
        case "basic": level = .basic
        case "advanced": level = .advanced
        default: throw Options.UsageError("--level takes basic or advanced")
        }
        let identity = try NationalDocument(parsing: document)
        let name = FullName(
            given: try PersonName(parsing: parts[0]), surname: try PersonName(parsing: parts[1]),
            secondSurname: parts.count == 3 ? try PersonName(parsing: parts[2]) : nil)
        do {
            try services(options, origin: "", pins: []).addCitizen(
                identity, name: name, level: level, datum: try datum(values, identity),
                phone: try PhoneNumber(parsing: phone), language: values.value("language") ?? "es")
        } catch let error as StoreError where error.code == 19 {
            throw SystemError(
                "the document is registered already, or the phone belongs to another person", number: EEXIST)
        }
        say("\(identity.text) added")
    }

    private static func datum(_ values: Options, _ document: NationalDocument) throws -> ContrastDatum {
        if let issue = values.value("issue") { return try ContrastDatum(parsingIssueDate: issue) }
        guard let text = values.value("validity") ?? values.value("support") else {
            throw Options.UsageError("citizen add needs one of --validity, --issue, --support")
        }
        return try ContrastDatum(parsing: text, for: document)
    }

    static func listCitizens(_ options: GatewayOptions) throws {
        for person in try services(options, origin: "", pins: []).citizens() {
            let level = person.level == .advanced ? "advanced" : "basic"
            guard options.options.has("json") else {
                let datum = "\(person.datum.kindName) \(person.datum.canonicalText)"
                say("\(person.document.text)\t\(person.name)\t\(level)\t\(datum)\t\(person.phone.text)")
                continue
            }
            var json = JSONWriter()
            json.put("document", person.document.text)
            json.put("name", person.name)
            json.put("level", level)
            json.put(person.datum.kindName, person.datum.canonicalText)
            json.put("phone", person.phone.text)
            json.put("language", person.language)
            json.finish().withBytes { line in
                unsafe line.withUnsafeBytes { unsafe _ = write(1, $0.baseAddress, $0.count) }
            }
        }
    }

    static func printOutbox(_ options: GatewayOptions) throws {
        let count = try options.number("last", default: 1, 1...1000)
        for message in OutboxSender(folder: "\(options.state)/outbox").latest(limit: count) { say(message) }
    }

    static func printAudit(_ options: GatewayOptions) throws {
        let count = try options.number("last", default: 50, 1...100_000)
        for line in try services(options, origin: "", pins: []).auditLines(limit: count) { say(line) }
    }
}
