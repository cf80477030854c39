import ClaveDomain
import Glibc
import Localization
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
        guard let language = Language(rawValue: values.value("language") ?? "es") else {
            throw Options.UsageError("--language takes ca, es, gl, eu or en")
        }
        do {
            try services(options, origin: "", pins: []).addCitizen(
                identity, name: name, level: level, datum: try datum(values, identity),
                phone: try PhoneNumber(parsing: phone), language: language.rawValue)
        } catch let error as StoreError where error.isTaken {
            throw SystemError(
                "the document is registered already, or the phone belongs to another person", number: EEXIST)
        }
        say("\(identity.text) added")
    }

    private static func datum(_ values: Options, _ document: NationalDocument) throws -> ContrastDatum {
        if let issue = values.value("issue"), document.kind == .dni {
            return try ContrastDatum(parsingIssueDate: issue)
        }
        guard let text = values.value(document.kind == .dni ? "validity" : "support") else {
            throw Options.UsageError("citizen add needs --validity or --issue with a DNI, --support with a NIE")
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
            print(json.finish())
        }
    }

    static func printOutbox(_ options: GatewayOptions) throws {
        let count = try options.number("last", default: 1, 1...1000)
        for message in OutboxSender(folder: "\(options.state)/outbox").latest(limit: count) {
            guard options.options.has("json") else {
                say(message)
                continue
            }
            let parts = message.split(separator: "\n\n", maxSplits: 1).map(String.init)
            var json = JSONWriter()
            json.put("to", String((parts.first ?? "").dropFirst("To: ".count)))
            json.put("text", String((parts.last ?? "").dropLast()))
            print(json.finish())
        }
    }

    static func printAudit(_ options: GatewayOptions) throws {
        let count = try options.number("last", default: 50, 1...100_000)
        for line in try services(options, origin: "", pins: []).auditLines(limit: count) {
            guard options.options.has("json") else {
                say("\(line.at)\t\(line.act)\t\(line.subject)\t\(line.address)\t\(line.outcome)")
                continue
            }
            var json = JSONWriter()
            json.put("at", line.at)
            json.put("act", line.act)
            json.put("subject", line.subject)
            json.put("address", line.address)
            json.put("outcome", line.outcome)
            print(json.finish())
        }
    }

    static func print(_ line: consuming SecretBytes) {
        line.withBytes { line in unsafe line.withUnsafeBytes { unsafe _ = write(1, $0.baseAddress, $0.count) } }
    }
}
