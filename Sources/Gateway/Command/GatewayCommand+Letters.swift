import ClaveDomain
import GatewayServices
import GatewayStore
import Glibc
import Posix
import SecureMemory
import Wire

// Letters of registration.
extension GatewayCommand {
    static let letters = [
        GatewayCommand(
            "letter list", takes: [.document, .json], help: "list the letters, newest first [--document]",
            .database(listLetters)),
        GatewayCommand("letter void", takes: [.document], help: voidOrSend, .database(voidLetter)),
        GatewayCommand("letter send", takes: [.document], help: voidOrSend, .database(sendLetter)),
    ]

    private static let voidOrSend = HelpRow(
        "letter void|send", "make a person's letter void; have one printed for them: --document")

    private static func listLetters(_ options: GatewayOptions, _ open: OpenServices) throws {
        let document = try options.documentIfGiven()
        for letter in try open().queries.letters(of: document) {
            guard options.has(.json) else {
                say("\(letter.document)\t\(line(letter))")
                continue
            }
            printJSON(letter)
        }
    }

    private static func voidLetter(_ options: GatewayOptions, _ open: OpenServices) throws {
        let document = try options.document()
        try tell(
            try open().letterAdministration.void(of: document, by: .owner),
            "the letter to \(document.text) is void")
    }

    private static func sendLetter(_ options: GatewayOptions, _ open: OpenServices) throws {
        let document = try options.document()
        try tell(
            try open().letterAdministration.send(to: document, by: .owner),
            "a letter to \(document.text) waits for the printer")
    }

    // MARK: Lines

    static func line(_ letter: LetterLine) -> String {
        let (asked, until) = (CivilDate(unixTime: letter.sentAt).text, CivilDate(unixTime: letter.expiresAt).text)
        return "\(letter.number)\t\(letter.word)\tasked for \(asked)\tgood until \(until)"
    }

    static func printJSON(_ letter: LetterLine) {
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
