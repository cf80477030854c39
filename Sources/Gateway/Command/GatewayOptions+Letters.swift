import Letters
import Posix

// How letters leave.
extension GatewayProgram {
    /// What prints letters; nil where nobody is registered by letter: where it is turned off, or where the machine has no
    /// fonts and nobody has asked for letters by name.
    static func letterPrinter(_ options: GatewayOptions, name: String) throws -> PrintOutbox? {
        let values = options.options
        let limit = try options.number("letters-max", default: PrintOutbox.usualLimit, 1...100_000)
        let given = values.value("letters")
        guard given != "off" else {
            guard !values.has("letters-max") else {
                throw Options.UsageError("--letters-max says nothing with --letters off")
            }
            return nil
        }
        guard given != "" else { throw Options.UsageError("--letters takes a folder or off") }
        do throws(LetterError) { try Letter.requireFonts() } catch {
            guard given == nil else { throw error }
            say("clave-gateway: no letters are printed: \(error)")
            return nil
        }
        let folder = given ?? "\(options.state)/letters"
        try Files.makeFolder(folder)
        guard Files.isWritableFolder(folder) else {
            throw Options.UsageError("--letters takes a folder that can be written: \(folder)")
        }
        return PrintOutbox(folder: folder, sender: name, limit: limit) { say("clave-gateway: \($0)") }
    }
}
