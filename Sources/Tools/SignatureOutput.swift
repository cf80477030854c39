import Glibc
import Localization
import Posix

/// Where a signature goes. What can be in the way is told before anybody is asked for the signature.
struct SignatureOutput {
    private let tool: ToolProgram
    private let path: String
    /// Nil for standard output.
    private let file: ResultFile?

    /// - Parameters:
    ///   - path: `-` is standard output.
    ///   - inputs: the files that are signed, and stay as they are; `-` is standard input.
    init(_ tool: ToolProgram, _ options: Options, _ path: String, inputs: [String]) throws(ToolProgram.Failure) {
        self.tool = tool
        self.path = path
        guard path != "-" else {
            try tool.checkOutput()
            file = nil
            return
        }
        guard !path.isEmpty else { throw .usage("--output takes the name of a file") }
        do throws(ResultFile.Refusal) {
            file = try ResultFile(path, inputs: inputs, replaces: options.has("force"))
        } catch { throw .message(ResultText.words(for: error, path, tool)) }
    }

    /// Writes the signature, and is done.
    func write(_ bytes: [UInt8]) throws(ToolProgram.Failure) {
        guard let file else { return StandardOutput.put(bytes) }
        try refusing { () throws(SystemError) in try file.write(bytes) }
    }

    /// Refuses outputs of which two are one file, by links or by folders' other names: one signature would take the
    /// other's place.
    static func refuseShared(_ outputs: [SignatureOutput], _ tool: ToolProgram) throws(ToolProgram.Failure) {
        var seen: [ResultFile.Identity: String] = [:]
        for output in outputs {
            guard let identity = output.file?.identity else { continue }
            if let other = seen.updateValue(output.path, forKey: identity) {
                throw .message(
                    tool.t("{1} and {2} are one file: each signature needs a file of its own.", other, output.path))
            }
        }
    }

    /// Writes all signatures, or leaves none; what has come into their place meanwhile is left alone.
    static func write(_ signatures: [[UInt8]], to outputs: [SignatureOutput]) throws(ToolProgram.Failure) {
        for (signature, output) in zip(signatures, outputs) {
            try output.refusing { () throws(SystemError) in try output.file?.stage(signature) }
        }
        try EndingSignals.held { () throws(ToolProgram.Failure) in try publish(outputs) }
        for output in outputs { output.tool.say(path: output.path) }
    }

    /// Gives all of them their names, or none.
    private static func publish(_ outputs: [SignatureOutput]) throws(ToolProgram.Failure) {
        for (place, output) in outputs.enumerated() {
            do throws(ToolProgram.Failure) {
                try output.refusing { () throws(SystemError) in try output.file?.publish() }
            } catch {
                // This one too: its name may be taken before it fails.
                for written in outputs[...place] { written.file?.retract() }
                throw error
            }
        }
    }

    private func refusing(_ body: () throws(SystemError) -> Void) throws(ToolProgram.Failure) {
        do throws(SystemError) { try body() } catch {
            throw .message(error.number == EEXIST ? ResultText.words(for: .exists, path, tool) : "\(path): \(error)")
        }
    }
}
