import AgentProtocol
import CLinux
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
        let path = options.value("backup") ?? ""
        guard unsafe access(path, F_OK) != 0 else { throw .message(tool.t("{1} is there already.", path)) }
        let connection = try tool.connect()
        let vault = try tool.ask(connection, VaultRequest())
        let bytes = try read(vault.path)
        let file = BackupFile(path: path)
        do throws(SystemError) { try file.write(bytes) } catch { throw .message(error.description) }
        do throws(ToolProgram.Failure) {
            try handOver(try read(file.temporary), tool, connection)
            let info = try tool.ask(connection, RehearseRequest())
            do throws(SystemError) { try file.finish() } catch {
                throw .message(error.number == EEXIST ? tool.t("{1} is there already.", path) : error.description)
            }
            if options.has("json") {
                var json = JSONWriter()
                json.put("backup", path)
                json.put("records", UInt64(info.records))
                return tool.say(secret: json.finish())
            }
            tool.tell(
                tool.t("{1} holds the vault, was read back and opened; records: {2}.", path, String(info.records)))
        } catch {
            file.remove()
            throw error
        }
    }

    static func restore(_ tool: ToolProgram, _ options: Options) throws(ToolProgram.Failure) {
        let bytes = try read(options.value("restore") ?? "")
        let connection = try tool.connect()
        try handOver(bytes, tool, connection)
        let info = try tool.ask(connection, RestoreRequest())
        if options.has("json") {
            var json = JSONWriter()
            json.put("records", UInt64(info.records))
            json.put("former", info.former)
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

/// A file that gets its name only when it is known to be good, and takes no other's place.
struct BackupFile {
    let path: String
    /// What a killed run leaves is replaced by the next.
    var temporary: String { path + ".part" }

    /// Writes the bytes to the disk, 0600, under the temporary name.
    func write(_ bytes: [UInt8]) throws(SystemError) {
        unsafe unlink(temporary)
        let file = try Descriptor.open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o600)
        let number = file.number
        do throws(SystemError) {
            try file.writeAll(bytes)
            try retrying("fsync \(temporary)") { fsync(number) }
        } catch {
            remove()
            throw error
        }
    }

    /// Gives it its name; durable when this returns.
    ///
    /// - Throws: `EEXIST` if there is such a file.
    func finish() throws(SystemError) {
        try rename()
        let folder = try Descriptor.open(Files.parent(of: path), O_RDONLY | O_DIRECTORY)
        let number = folder.number
        try retrying("fsync \(Files.parent(of: path))") { fsync(number) }
    }

    private func rename() throws(SystemError) {
        if unsafe clave_rename_new(temporary, path) == 0 { return }
        // File systems that can't refuse by themselves.
        guard errno == EINVAL || errno == ENOSYS else { throw SystemError("rename \(path)") }
        guard unsafe access(path, F_OK) != 0 else { throw SystemError("rename \(path)", number: EEXIST) }
        try retrying("rename \(path)") { unsafe Glibc.rename(temporary, path) }
    }

    /// Removes what was written under the temporary name.
    func remove() {
        unsafe unlink(temporary)
    }
}
