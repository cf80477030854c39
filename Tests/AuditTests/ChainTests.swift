import Foundation
import Glibc
import Posix
import SecureMemory
import Testing

@testable import Audit

@Suite struct `The chain` {
    let folder = LogFolder()

    @Test func `of a first record is what the format's example says`() throws {
        var log = AuditLog(folder: folder.path)
        try log.append([AuditEntry("locked", [.init("pid", .number(7))])], time: 1_764_000_000_000)
        let zeros = String(repeating: "0", count: 64)
        let start = #"{"sequence":1,"time":1764000000000,"previous":"\#(zeros)","kind":"locked","pid":7"#
        // sha256sum's digest of the same bytes.
        let hash = "896a7f879cf90dd8eff25c946e284e0553514f7f51b7a84081b4af8ae658800d"
        #expect(String(decoding: try folder.bytes(), as: UTF8.self) == start + ",\"hash\":\"\(hash)\"}\n")
        #expect(log.head == AuditHead(sequence: 1, hash: hash))
    }

    @Test func `is whole after any number of records, and shows them as they were`() throws {
        #expect(try folder.read().records.isEmpty)
        try folder.write(20)
        let reading = try folder.read()
        #expect(reading.firstBreak == nil)
        #expect(reading.records.map(\.sequence) == Array(1...20))
        #expect(reading.records.map(\.entry) == (1...20).map(sample))
        #expect(reading.records.map(\.time) == (1001...1020).map { UInt64($0) })
        #expect(try FileManager.default.attributesOfItem(atPath: folder.file)[.posixPermissions] as? Int == 0o600)
    }

    @Test func `holds each record in one line that moves no cursor and turns no line`() throws {
        var entry = AuditEntry("question")
        entry.put("shown", "a\u{1B}[2J\u{202E}b\u{7F}\r\n\t\u{9B}c\u{FEFF}")
        entry.put("long", String(repeating: "é", count: 5000))
        var log = AuditLog(folder: folder.path)
        try log.append([entry], time: 1)
        let bytes = try folder.bytes()
        let text = String(decoding: bytes, as: UTF8.self)
        #expect(bytes.count { $0 < 0x20 || $0 == 0x7F } == 1 && bytes.last == 10)
        #expect(!text.unicodeScalars.contains { [0x9B, 0x202E, 0xFEFF].contains($0.value) })
        let record = try #require(try folder.read().records.first)
        #expect(record.entry.members[0] == entry.members[0])
        guard case .text(let long) = record.entry.members[1].value else { return #expect(Bool(false)) }
        #expect(long.hasSuffix("é…") && long.utf8.count <= AuditLimits.text)
        #expect(try JSONSerialization.jsonObject(with: Data(bytes)) is [String: Any])
    }

    @Test func `shows every flipped bit`() throws {
        try folder.write(3)
        let whole = try folder.bytes()
        for index in whole.indices {
            for bit in 0..<8 {
                var changed = whole
                changed[index] ^= 1 << bit
                try folder.overwrite(changed)
                #expect(try folder.read().firstBreak != nil, "byte \(index), bit \(bit)")
            }
        }
    }

    @Test func `shows a cut at every byte but between records, which only the head can show`() throws {
        try folder.write(3)
        let whole = try folder.bytes()
        for count in 1..<whole.count {
            try folder.overwrite(Array(whole[..<count]))
            let reading = try folder.read()
            #expect((reading.firstBreak == nil) == (whole[count - 1] == 10), "\(count) bytes")
            #expect(reading.firstBreak.map { $0.reason == .cut } ?? true)
        }
    }

    @Test func `goes on behind a forged record with the last number there is, and shows it`() throws {
        let zeros = AuditHead.none.hash
        let forged = AuditRecord(sample(1), after: AuditHead(sequence: .max - 1, hash: zeros), time: 1)
        try folder.overwrite([forged.line])
        var log = AuditLog(folder: folder.path)
        try log.append([sample(2)], time: 2)
        #expect(try folder.read().firstBreak?.reason == .changed)
        let next = AuditRecord(sample(2), after: AuditHead(sequence: 1, hash: forged.hash), time: 2)
        try folder.overwrite([forged.line, next.line])
        #expect(try folder.read().firstBreak?.reason == .order)
    }

    @Test func `closes no file where there is one with the last number there is`() throws {
        try folder.overwrite([], "audit.log.18446744073709551615")
        try folder.write(1)
        var log = AuditLog(folder: folder.path, fileLimit: 1)
        let error = #expect(throws: SystemError.self) { try log.append([sample(2)], time: 2) }
        #expect(error?.number == EOVERFLOW)
        #expect(try folder.read().records.count == 1)
    }

    @Test func `shows a record that is removed, swapped, repeated or put in`() throws {
        try folder.write(5)
        let lines = try folder.lines()
        for index in 1..<4 {
            var changed = lines
            changed.remove(at: index)
            try folder.overwrite(changed)
            #expect(try folder.read().firstBreak?.reason == .order)
            #expect(try folder.read().firstBreak?.after == UInt64(index))
            changed = lines
            changed.swapAt(index, index + 1)
            try folder.overwrite(changed)
            #expect(try folder.read().firstBreak?.reason == .order)
            changed = lines
            changed.insert(lines[index], at: index)
            try folder.overwrite(changed)
            #expect(try folder.read().firstBreak?.reason == .order)
            // A record with a right hash of its own, made for the place.
            changed = lines
            let before = try #require(AuditRecord(line: lines[index - 1]))
            changed[index] = AuditRecord(sample(99), after: before.head, time: 5).line
            try folder.overwrite(changed)
            #expect(try folder.read().firstBreak?.reason == .link)
            changed = lines
            changed.insert(Array("{}".utf8), at: index)
            try folder.overwrite(changed)
            #expect(try folder.read().firstBreak?.reason == .changed)
            #expect(try folder.read().firstBreak?.line == index + 1)
            #expect(try folder.read().records.count == 5)
        }
    }

    @Test func `begins later where the oldest file was put away`() throws {
        try folder.write(30, fileLimit: 1000)
        try FileManager.default.removeItem(atPath: folder.file + ".1")
        let reading = try folder.read()
        #expect(reading.firstBreak == nil)
        #expect(try #require(reading.records.first).sequence > 1)
        try FileManager.default.removeItem(atPath: folder.file + ".3")
        #expect(try folder.read().firstBreak?.reason == .order)
    }
}
