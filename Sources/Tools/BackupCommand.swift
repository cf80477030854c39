import AgentProtocol
import Glibc
import Localization
import Posix
import SecureMemory
import Wire

/// `clave-add --backup`, `--restore`: a copy of the vault's file, and its way back. The file is sealed; the passphrase is
/// typed into the agent's own question, and the agent alone opens the copy.
enum BackupCommand {
    /// Largest file; a vault has at most 1 MiB.
    private static let maximumLength = 1 << 20

    /// Writes a copy, reads it back from the disk and has the agent open it, and only then gives it its name.
    static func backUp(_ tool: ToolProgram, _ options: Options) throws(ToolProgram.Failure) {
        let path = try path("backup", options)
        let connection = try tool.connect()
        let vault = try tool.ask(connection, VaultRequest())
        let file = try file(tool, options, path, of: vault.path)
        let bytes = try read(vault.path)
        let copy: [UInt8]?
        do throws(SystemError) {
            try file.stage(bytes)
            copy = try file.readStaged(limit: maximumLength)
        } catch { throw .message("\(path): \(error)") }
        try handOver(copy ?? [], tool, connection)
        let info = try tool.ask(connection, RehearseRequest())
        do throws(SystemError) { try file.publish() } catch {
            throw .message(error.number == EEXIST ? ResultText.words(for: .exists, path, tool) : error.description)
        }
        if options.has("json") {
            var json = JSONWriter()
            json.put("backup", path: path)
            json.put("records", UInt64(info.records))
            return tool.say(secret: json.finish())
        }
        tool.tell(tool.t("{1} holds the vault, was read back and opened; records: {2}.", path, String(info.records)))
    }

    /// A copy is read back from the disk, and so lies in a file: `-`, which elsewhere is a standard stream, is no name here.
    private static func path(_ option: String, _ options: Options) throws(ToolProgram.Failure) -> String {
        let path = options.value(option) ?? ""
        guard path != "-" else { throw .usage("--\(option) takes a file, not a stream: ./- is a file of that name") }
        return path
    }

    /// The copy's file. Its mode lets nobody else in, whatever the caller's umask: who has it can try passphrases.
    private static func file(
        _ tool: ToolProgram, _ options: Options, _ path: String, of vault: String
    ) throws(ToolProgram.Failure) -> ResultFile {
        let file: ResultFile
        do throws(ResultFile.Refusal) {
            file = try ResultFile(path, inputs: [vault], replaces: options.has("force"), limit: 0o600)
        } catch .isInput {
            throw .message(tool.t("{1} is the vault itself: name another file.", path))
        } catch { throw .message(ResultText.words(for: error, path, tool)) }
        guard file.isPlainFile else {
            throw .message(
                tool.t("{1} is no plain file, from which a copy could be read back: name another file.", path))
        }
        return file
    }

    static func restore(_ tool: ToolProgram, _ options: Options) throws(ToolProgram.Failure) {
        let bytes = try read(try path("restore", options))
        let connection = try tool.connect()
        try handOver(bytes, tool, connection)
        let info = try tool.ask(connection, RestoreRequest())
        if options.has("json") {
            var json = JSONWriter()
            json.put("records", UInt64(info.records))
            json.put("former", path: info.former)
            return tool.say(secret: json.finish())
        }
        tool.tell(tool.t("The vault is restored, and open; records: {1}.", String(info.records)))
        if !info.former.isEmpty { tool.tell(tool.t("The former vault is kept as {1}.", info.former)) }
    }

    private static func read(_ path: String) throws(ToolProgram.Failure) -> [UInt8] {
        do throws(SystemError) { return try Files.read(path, limit: maximumLength) } catch {
            throw .message(error.description)
        }
    }

    private static func handOver(
        _ bytes: [UInt8], _ tool: ToolProgram, _ connection: borrowing AgentConnection
    ) throws(ToolProgram.Failure) {
        var offset = 0
        repeat {
            let end = min(offset + ProtocolLimits.vaultPart, bytes.count)
            let part = VaultPartRequest(offset: UInt32(offset), bytes: Array(bytes[offset..<end]))
            _ = try tool.ask(connection, part)
            offset = end
        } while offset < bytes.count
    }
}
