import Audit
import Localization
import Posix
import Wire

/// `clave-add --log`: shows the audit log, and says whether its chain is whole; needs no agent.
enum LogCommand {
    static func run(_ tool: ToolProgram, _ options: Options) throws(ToolProgram.Failure) {
        guard let data = PersonFolders.data else { throw .message(tool.t("Nobody knows your home folder: set HOME.")) }
        let folder = data + "/clave-agent"
        let since = try since(options)
        let reading: AuditReading
        do throws(SystemError) { reading = try AuditReading(folder: folder) } catch {
            throw .message(error.description)
        }
        if !options.has("verify") {
            for record in reading.records where record.time >= since {
                if options.has("json") {
                    StandardOutput.put(record.line + [10])
                } else {
                    tool.say(LogText.line(record, tool.t))
                }
            }
        }
        try tell(tool, reading)
    }

    /// Of `--since`: a length of time before now, in milliseconds since 1970.
    private static func since(_ options: Options) throws(ToolProgram.Failure) -> UInt64 {
        guard let text = options.value("since") else { return 0 }
        guard let seconds = Options.seconds(text) else { throw .usage("--since takes a time such as 90m or 2d") }
        let now = TimeText.now
        return now > UInt64(seconds) ? (now - UInt64(seconds)) * 1000 : 0
    }

    private static func tell(_ tool: ToolProgram, _ reading: AuditReading) throws(ToolProgram.Failure) {
        let t = tool.t
        if reading.gaps > 0 { tool.tell(t("Interrupted writes that the log tells of: {1}.", String(reading.gaps))) }
        if reading.losses > 0 {
            tool.tell(t("Times that the log was found to be cut or exchanged: {1}.", String(reading.losses)))
        }
        if let broken = reading.firstBreak {
            let why =
                switch broken.reason {
                case .changed: t("a line was changed or put in")
                case .order: t("records are missing or out of order")
                case .link: t("a record does not follow the one before it")
                case .cut: t("the last record is cut off")
                }
            throw .message(
                t(
                    "The log is broken after record {1}: {2} ({3}, line {4}).", String(broken.after), why, broken.file,
                    String(broken.line)))
        }
        guard let first = reading.records.first, let last = reading.records.last else {
            return tool.tell(t("The log is empty."))
        }
        tool.tell(t("The chain is whole from record {1} to {2}.", String(first.sequence), String(last.sequence)))
        // Enough to compare with what was written down before: the file alone can't show what is gone from its end.
        tool.tell(t("Last hash: {1}", last.hash))
    }
}
