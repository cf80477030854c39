import Glibc
import Localization

/// Asks on the terminal by which way a person wants to register.
struct WayChooser {
    private let tool: ToolProgram

    init(_ tool: ToolProgram) { self.tool = tool }

    /// The way; on a terminal the person is told of all.
    func choose() throws(ToolProgram.Failure) -> String {
        guard isatty(0) == 1, isatty(2) == 1 else {
            throw .usage("name a way: \(RegisterCommand.ways.joined(separator: ", "))")
        }
        let t = tool.t
        tool.note(t("How do you want to prove who you are?"))
        let words = [
            t("By a certificate of yours, such as the FNMT's: at once, at the advanced level."),
            t("By your DNIe in a reader: at once, at the advanced level."),
            t("By a video call in a browser, at once or by appointment: at the basic level first."),
            t("By a code in a letter to your fiscal address: in some days, at the basic level."),
        ]
        for (index, word) in words.enumerated() { tool.note("  \(index + 1)  \(word)") }
        tool.note(t("Type a number, or nothing to leave it:"))
        guard let line = readLine(), let number = Int(line), RegisterCommand.ways.indices.contains(number - 1) else {
            throw .message(t("Nothing was begun."))
        }
        return RegisterCommand.ways[number - 1]
    }
}
