import ClaveDomain
import GatewayServices
import GatewayStore
import Glibc
import Posix
import SecureMemory
import Wire

// Letters of registration.
extension GatewayProgram {
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

    static func line(_ letter: GatewayServices.LetterLine) -> String {
        let (asked, until) = (CivilDate(unixTime: letter.sentAt).text, CivilDate(unixTime: letter.expiresAt).text)
        return "\(letter.number)\t\(letter.word)\tasked for \(asked)\tgood until \(until)"
    }

    static func printJSON(_ letter: GatewayServices.LetterLine) {
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
