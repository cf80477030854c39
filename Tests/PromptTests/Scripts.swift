import Foundation
import Glibc
import Posix
import Testing

/// A folder with a fake prompt program and what it has to tell.
final class ScriptFolder {
    let path: String

    init() throws {
        var template = Array("/tmp/clave-prompt-tests.XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    /// A shell script that runs in the folder; its path.
    func script(_ body: String, name: String = "askpass") throws -> String {
        let file = "\(path)/\(name)"
        try Files.replace(file, with: Array("#!/bin/sh\ncd '\(path)'\n\(body)\n".utf8), mode: 0o700)
        return file
    }

    /// What a script wrote into a file.
    func text(_ name: String) throws -> String {
        String(decoding: try Files.read("\(path)/\(name)", limit: 1 << 20), as: UTF8.self)
    }

    /// A pipe with a name, from which the test learns that a script has come to a point, and when all its processes
    /// have ended.
    func makePipe(_ name: String) throws -> Descriptor {
        try #require(mkfifo("\(path)/\(name)", 0o600) == 0)
        return try Descriptor.open("\(path)/\(name)", O_RDONLY | O_NONBLOCK)
    }
}

/// Waits until the script at the other end has written something.
func expectWord(_ pipe: borrowing Descriptor) throws {
    try ready(pipe.number, for: "a word of the script")
    var chunk = [UInt8](repeating: 0, count: 256)
    try #require(read(pipe.number, &chunk, chunk.count) > 0)
}

/// Waits until no process holds the other end any more.
func expectEnd(_ pipe: borrowing Descriptor) throws {
    let events = try ready(pipe.number, for: "the end of the script")
    #expect(events & POLLHUP != 0 && events & POLLIN == 0)
}
