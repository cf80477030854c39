import Foundation
import Posix
import Testing

@testable import Audit

@Suite struct `A log whose end is remembered` {
    private let folder = LogFolder()

    private func end() throws -> AuditHead { try #require(try folder.read().records.last).head }

    private func holds(_ end: AuditHead) throws -> Bool { try AuditLog(folder: folder.path).holds(end) }

    @Test func `holds each of its records, over all its files`() throws {
        try folder.write(50, fileLimit: 2000)
        let records = try folder.read().records
        for record in records { #expect(try holds(record.head)) }
        #expect(try !holds(AuditHead(sequence: 51, hash: records[49].hash)))
        for record in records { #expect(try !holds(AuditHead(sequence: record.sequence, hash: records[0].previous))) }
    }

    @Test func `does not hold what was cut off, emptied or written anew`() throws {
        try folder.write(5)
        let (lines, remembered) = (try folder.lines(), try end())
        try folder.overwrite(Array(lines[..<4]))
        #expect(try !holds(remembered))
        try folder.overwrite([UInt8]())
        #expect(try !holds(remembered))
        try FileManager.default.removeItem(atPath: folder.file)
        #expect(try !holds(remembered))
        try folder.write(10, from: 100)
        #expect(try folder.read().firstBreak == nil)
        #expect(try !holds(remembered))
    }

    @Test func `may have had its oldest files put away`() throws {
        try folder.write(50, fileLimit: 2000)
        let remembered = try folder.read().records[3].head
        try FileManager.default.removeItem(atPath: folder.file + ".1")
        #expect(try folder.read().records.first!.sequence > 4)
        #expect(try holds(remembered))
    }

    @Test func `tells once, in a record, what it has lost`() throws {
        try folder.write(5)
        let remembered = try end()
        var log = AuditLog(folder: folder.path)
        #expect(try log.compare(with: remembered, of: "vault", time: 1))
        #expect(try folder.read().records.count == 5)
        try folder.overwrite([UInt8]())
        #expect(try !log.compare(with: remembered, of: "vault", time: 1))
        let reading = try folder.read()
        #expect(reading.losses == 1 && reading.firstBreak == nil && reading.records.count == 1)
        let members = reading.records[0].entry.members
        #expect(members.contains(.init("expected_sequence", .number(5))))
        #expect(members.contains(.init("expected_hash", .text(remembered.hash))))
        #expect(members.contains(.init("remembered_by", .text("vault"))))
    }
}
