import GatewayServices
import Letters
import Posix

// How letters leave.
extension GatewayOptions {
    /// What prints letters; nil where nobody is registered by letter: where it is turned off, or where the machine has no
    /// fonts and nobody has asked for letters by name.
    func letterPrinter(name: String) throws -> PrintOutbox? {
        let limit = try number(.lettersMax, default: PrintOutbox.usualLimit, 1...100_000)
        let given = value(.letters)
        guard given != "off" else {
            guard !has(.lettersMax) else {
                throw Options.UsageError("--letters-max says nothing with --letters off")
            }
            return nil
        }
        guard given != "" else { throw Options.UsageError("--letters takes a folder or off") }
        do throws(LetterError) { try Letter.requireFonts() } catch {
            guard given == nil else { throw error }
            GatewayCommand.say("clave-gateway: no letters are printed: \(error)")
            return nil
        }
        let folder = given ?? "\(state)/letters"
        try Files.makeFolder(folder)
        guard Files.isWritableFolder(folder) else {
            throw Options.UsageError("--letters takes a folder that can be written: \(folder)")
        }
        return PrintOutbox(folder: folder, sender: name, limit: limit) { GatewayCommand.say("clave-gateway: \($0)") }
    }
}

extension GatewayOption {
    static let letters = GatewayOption(
        "letters", .path("DIR|off"),
        help: """
            where letters for registration are put, as PDF files to print; or that there
            are none (default: letters in the state folder)
            """)
    static let lettersMax = GatewayOption(
        "letters-max", .text("COUNT"), help: "letters that may wait there (default: 500)")

    static let ofLetters = [letters, lettersMax]
}
