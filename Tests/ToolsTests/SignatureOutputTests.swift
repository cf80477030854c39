import Glibc
import Posix
import Testing

@testable import Tools

@Suite struct `Signatures of several files` {
    /// Signs two files into a folder, which can't be opened for its fsync, though files can be made in it.
    private static func write(into folder: String, _ paths: [String]) throws {
        let tool = ToolProgram(name: "clave-sign", help: "", definitions: [])
        let options = try Options([], [])
        let outputs = try paths.map { try SignatureOutput(tool, options, $0, inputs: []) }
        try #require(chmod(folder, 0o300) == 0)
        #expect(throws: ToolProgram.Failure.self) { try SignatureOutput.write([[1], [2]], to: outputs) }
    }

    @Test func `are all taken back when one has its name and can't be made durable`() async {
        await #expect(processExitsWith: .success) {
            // Nothing is forbidden to root.
            if geteuid() == 0 { try #require(seteuid(65534) == 0) }
            var template = Array("/tmp/clave-output.XXXXXX".utf8CString)
            try #require(mkdtemp(&template) != nil)
            let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
            let paths = ["\(folder)/one", "\(folder)/two"]
            try Self.write(into: folder, paths)
            for path in paths { #expect(!Files.exists(path)) }
            #expect(rmdir(folder) == 0)
        }
    }
}
