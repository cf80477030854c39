import ClaveDomain
import GatewayServices
import GatewayStore
import Glibc
import Posix
import SecureMemory
import Wire

// Lists of people, devices and letters.
extension GatewayProgram {
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

    static func showCitizen(_ options: GatewayOptions) throws {
        let document = try document(options)
        guard let file = try services(options, origin: "", pins: []).file(of: document) else {
            throw GatewayFailure(ActOutcome.notFound.words)
        }
        if options.options.has("json") {
            printPerson(file.person)
            file.devices.forEach(printJSON)
            file.letters.forEach(printJSON)
            return
        }
        for (label, value) in facts(file.person) { say("\(label): \(value)") }
        for device in file.devices { say("device: \(line(device))") }
        for letter in file.letters where letter.state == .live { say("letter: \(line(letter))") }
    }

    static func listDevices(_ options: GatewayOptions) throws {
        let document = options.options.has("document") ? try document(options) : nil
        for device in try services(options, origin: "", pins: []).devices(of: document) {
            guard options.options.has("json") else {
                say("\(device.document)\t\(line(device))")
                continue
            }
            printJSON(device)
        }
    }

    static func listLetters(_ options: GatewayOptions) throws {
        let document = options.options.has("document") ? try document(options) : nil
        for letter in try services(options, origin: "", pins: []).letters(of: document) {
            guard options.options.has("json") else {
                say("\(letter.document)\t\(line(letter))")
                continue
            }
            printJSON(letter)
        }
    }

    // MARK: Acts

    static func deactivateDevice(_ options: GatewayOptions) throws {
        let document = try document(options)
        try tell(
            try services(options, origin: "", pins: []).deactivateDevice(of: document, by: .owner),
            "the device of \(document.text) acts no more")
    }

    static func voidLetter(_ options: GatewayOptions) throws {
        let document = try document(options)
        try tell(
            try services(options, origin: "", pins: []).voidLetter(of: document, by: .owner),
            "the letter to \(document.text) is void")
    }

    static func sendLetter(_ options: GatewayOptions) throws {
        let document = try document(options)
        try tell(
            try services(options, origin: "", pins: []).sendLetter(to: document, by: .owner),
            "a letter to \(document.text) waits for the printer")
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

    private static func line(_ device: DeviceLine) -> String {
        let day = CivilDate(unixTime: device.activatedAt).text
        return "\(device.isActive ? "active" : "ended")\tactivated \(day)\t\(oneLine(device.name))"
    }

    private static func line(_ letter: GatewayServices.LetterLine) -> String {
        let (asked, until) = (CivilDate(unixTime: letter.sentAt).text, CivilDate(unixTime: letter.expiresAt).text)
        return "\(letter.number)\t\(letter.word)\tasked for \(asked)\tgood until \(until)"
    }

    /// What an agent has sent, in a list of lines and tabs.
    private static func oneLine(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.map { $0 == "\n" || $0 == "\t" ? " " : $0 }))
    }

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

    private static func printJSON(_ device: DeviceLine) {
        var json = JSONWriter()
        json.put("record", "device")
        json.put("document", device.document)
        json.put("name", device.name)
        json.put("state", device.isActive ? "active" : "ended")
        json.put("activated", device.activatedAt)
        print(json.finish())
    }

    private static func printJSON(_ letter: GatewayServices.LetterLine) {
        var json = JSONWriter()
        json.put("record", "letter")
        json.put("number", letter.number)
        json.put("document", letter.document)
        json.put("state", letter.word)
        json.put("asked", letter.sentAt)
        json.put("printed", letter.printedAt)
        json.put("expires", letter.expiresAt)
        print(json.finish())
    }
}
