import AgentProtocol
import CLinux
import Glibc
import Posix

/// The file `$XDG_CONFIG_HOME/clave-agent/config`: lines of a keyword and its value, in the manner of ssh_config.
struct Configuration: Equatable {
    /// What is wrong with the file: which, where, what.
    struct Failure: Error, Equatable {
        let message: String
    }

    var lifetime: UInt32 = 0
    var questionTimeout: UInt32 = 60
    /// MiB.
    var keyMemory = CoreConfiguration.usualKeyMemory
    /// For the prompt's environment, by variable.
    var prompt: [String: String] = [:]

    /// Largest file.
    private static let maximumLength = 65536

    init() {}

    /// Reads the file at `path`; a missing one says nothing.
    init(path: String) throws(Failure) {
        let bytes: [UInt8]?
        do throws(SystemError) {
            bytes = try Self.isTrusted(path) ? Files.read(path, limit: Self.maximumLength) : nil
        } catch {
            if error.number == ENOENT || error.number == ENOTDIR { return }
            throw Failure(message: "\(error)")
        }
        guard let bytes else {
            throw Failure(message: "\(path) belongs to another user or is writable by others")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw Failure(message: "\(path) is not UTF-8 text")
        }
        try parse(text, path)
    }

    /// Reads the text of a file.
    mutating func parse(_ text: String, _ path: String) throws(Failure) {
        for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let words = line.split(maxSplits: 1) { $0 == " " || $0 == "\t" }.map(String.init)
            guard let keyword = words.first, !keyword.hasPrefix("#") else { continue }
            guard words.count == 2, set(keyword.lowercased(), Self.trimmed(words[1])) else {
                throw Failure(message: "\(path):\(number + 1): not understood: \(keyword)")
            }
        }
    }

    private mutating func set(_ keyword: String, _ value: String) -> Bool {
        switch keyword {
        case "lifetime":
            guard let seconds = Options.seconds(value) else { return false }
            lifetime = seconds
        case "questiontimeout":
            guard let seconds = Options.seconds(value), seconds <= 3600 else { return false }
            questionTimeout = seconds
        case "keymemory":
            guard let memory = UInt32(value), CoreConfiguration.keyMemoryRange.contains(memory) else { return false }
            keyMemory = memory
        case "prompt":
            guard ["auto", "pinentry", "askpass", "terminal"].contains(value) else { return false }
            prompt["CLAVE_PROMPT"] = value
        case "pinentry": prompt["CLAVE_PINENTRY"] = value
        case "askpass": prompt["CLAVE_ASKPASS"] = value
        default: return false
        }
        return true
    }

    private static func trimmed(_ text: String) -> String {
        var text = Substring(text)
        while let last = text.last, last == " " || last == "\t" || last == "\r" { text.removeLast() }
        return String(text)
    }

    private static func isTrusted(_ path: String) throws(SystemError) -> Bool {
        var status = stat()
        try retrying("stat \(path)") { unsafe stat(path, &status) }
        return (status.st_uid == geteuid() || status.st_uid == 0) && status.st_mode & 0o022 == 0
    }
}
