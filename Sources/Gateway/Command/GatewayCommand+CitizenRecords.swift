import ClaveDomain
import GatewayServices
import GatewayStore
import Glibc
import Posix
import SecureMemory
import Wire

// What is known of people.
extension GatewayCommand {
    static func listCitizens(_ options: GatewayOptions, _ open: OpenServices) throws {
        for person in try open().queries.everybody() {
            let level = person.level == .advanced ? "advanced" : "basic"
            guard options.has(.json) else {
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

    static func showCitizen(_ options: GatewayOptions, _ open: OpenServices) throws {
        let document = try options.document()
        guard let file = try open().queries.file(of: document) else {
            throw GatewayFailure(ActOutcome.notFound.words)
        }
        if options.has(.json) {
            printPerson(file.person)
            file.devices.forEach(printJSON)
            file.letters.forEach(printJSON)
            return
        }
        for (label, value) in facts(file.person) { say("\(label): \(value)") }
        for device in file.devices { say("device: \(line(device))") }
        for letter in file.letters where letter.state == .live { say("letter: \(line(letter))") }
    }

    // MARK: Lines

    private static func facts(_ person: Citizen) -> [(String, String)] {
        let email =
            person.email.isEmpty
            ? "none" : "\(person.email), \(person.emailConfirmedAt == 0 ? "not confirmed" : "confirmed")"
        return [
            ("document", person.document.text), ("name", person.name), ("level", levelWord(person)),
            ("way", person.way), ("datum", person.datum.kindName), ("phone", person.phone.text), ("e-mail", email),
            ("language", person.language), ("registered", CivilDate(unixTime: person.registeredAt).text),
            ("to be renewed", CivilDate(unixTime: person.renewalDue).text),
            ("operator", person.isOperator ? "yes" : "no"),
        ]
    }

    private static func levelWord(_ person: Citizen) -> String { person.level == .advanced ? "advanced" : "basic" }

    private static func printPerson(_ person: Citizen) {
        var json = JSONWriter()
        json.put("record", "citizen")
        json.put("document", person.document.text)
        json.put("name", person.name)
        json.put("level", levelWord(person))
        json.put("way", person.way)
        json.put("datum", person.datum.kindName)
        json.put("phone", person.phone.text)
        json.put("email", person.email)
        json.put("email_confirmed", person.emailConfirmedAt)
        json.put("language", person.language)
        json.put("registered", person.registeredAt)
        json.put("renewal_due", person.renewalDue)
        json.put("operator", person.isOperator ? "yes" : "no")
        print(json.finish())
    }
}
