import Foundation
import Glibc

@testable import Audit

/// A folder of a test's own, removed at its end.
final class LogFolder {
    let path: String
    var file: String { path + "/audit.log" }

    init() {
        var template = Array((NSTemporaryDirectory() + "/clave-audit-XXXXXX").utf8CString)
        path = String(cString: mkdtemp(&template))
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Appends records, one write each.
    func write(_ count: Int, from first: Int = 1, fileLimit: Int = AuditLimits.file) throws {
        var log = AuditLog(folder: path, fileLimit: fileLimit)
        for number in first..<(first + count) { try log.append([sample(number)], time: UInt64(1000 + number)) }
    }

    func bytes(_ name: String = "audit.log") throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: path + "/" + name)))
    }

    /// Puts bytes in the file's place, as somebody who can write it would.
    func overwrite(_ bytes: [UInt8], _ name: String = "audit.log") throws {
        try Data(bytes).write(to: URL(fileURLWithPath: path + "/" + name))
        chmod(path + "/" + name, 0o600)
    }

    func overwrite(_ lines: [[UInt8]]) throws { try overwrite(lines.flatMap { $0 + [10] }) }

    func lines() throws -> [[UInt8]] { try bytes().split(separator: 10).map(Array.init) }

    func read() throws -> AuditReading { try AuditReading(folder: path) }
}

func sample(_ number: Int) -> AuditEntry {
    var entry = AuditEntry("question")
    entry.put("number", UInt64(number))
    entry.put("shown", "Padró «\(number)» \"quoted\" \\ and\nnew line")
    entry.put("pinned", true)
    return entry
}
