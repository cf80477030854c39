import Foundation
import Glibc
import Posix
import Testing

@testable import Audit

@Suite struct `Writing the log` {
    let folder = LogFolder()

    @Test func `goes on over files, in one chain`() throws {
        try folder.write(50, fileLimit: 2000)
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(names.count { $0.hasPrefix("audit.log.") } > 3)
        let reading = try folder.read()
        #expect(reading.firstBreak == nil)
        #expect(reading.records.map(\.sequence) == Array(1...50))
    }

    @Test(arguments: AuditStep.allCases.indices) func `is whole after a kill at any step`(index: Int) async throws {
        try folder.write(8, fileLimit: 2000)
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = folder.path as String, index = index as Int] in
            var log = AuditLog(folder: path, fileLimit: 1)
            try log.append([sample(9)], time: 9) { (step) throws(SystemError) in
                if step == AuditStep.allCases[index] { kill(getpid(), SIGKILL) }
            }
        }
        let isWritten = AuditStep.allCases[index] == .sync
        #expect(try folder.read().firstBreak == nil)
        #expect(try folder.read().records.count == (isWritten ? 9 : 8))
        try folder.write(1)
        #expect(try folder.read().firstBreak == nil)
        #expect(try folder.read().records.count == (isWritten ? 10 : 9))
    }

    @Test func `tells of a record that was cut at any byte, and of a gap's record cut in its turn`() throws {
        try folder.write(2)
        let whole = try folder.bytes()
        let start = whole.dropLast().lastIndex(of: 10)! + 1
        for count in (start + 1)..<(whole.count - 1) {
            try folder.overwrite(Array(whole[..<count]))
            #expect(try folder.read().firstBreak?.reason == .cut)
            try folder.write(1, from: 3)
            let reading = try folder.read()
            #expect(reading.firstBreak == nil && reading.gaps == 1, "\(count)")
            #expect(reading.records.map(\.entry.kind) == ["question", "gap", "question"])
            // The torn bytes stay.
            #expect(try folder.bytes().starts(with: whole[..<count]))
        }
        let twice = try folder.lines()
        // Without its line feed only, the record is whole.
        try folder.overwrite(Array(whole.dropLast()))
        try folder.write(1, from: 3)
        #expect(try folder.read().firstBreak == nil && folder.read().gaps == 0)
        #expect(try folder.read().records.count == 3)
        try folder.overwrite(Array(twice[..<2].joined(separator: [10])) + [10] + twice[2].prefix(50))
        try folder.write(1, from: 3)
        #expect(try folder.read().firstBreak == nil)
        #expect(try folder.read().gaps == 1)
    }

    @Test func `lets nobody change the bytes of a gap`() throws {
        try folder.write(2)
        try folder.overwrite(Array(try folder.bytes().dropLast(40)))
        try folder.write(1, from: 3)
        var lines = try folder.lines()
        lines[1][5] ^= 1
        try folder.overwrite(lines)
        #expect(try folder.read().firstBreak?.reason == .changed)
        lines.remove(at: 1)
        try folder.overwrite(lines)
        // Without them nothing is missing from the chain, but the gap's own record tells of bytes that were there.
        #expect(try folder.read().firstBreak == nil)
        #expect(try folder.read().records.contains { $0.entry.kind == "gap" })
    }

    @Test func `notices that the log was cut or removed while it ran`() throws {
        var log = AuditLog(folder: folder.path)
        for number in 1...5 { try log.append([sample(number)], time: 1) }
        let head = log.head
        try folder.overwrite(Array(try folder.lines()[..<3]))
        try log.append([sample(6)], time: 2)
        var reading = try folder.read()
        #expect(reading.firstBreak == nil && reading.losses == 1)
        #expect(reading.records[3].entry.members.first?.value == .number(5))
        #expect(reading.records[3].entry.members.last?.value == .text(head.hash))
        try FileManager.default.removeItem(atPath: folder.file)
        try log.append([sample(7)], time: 3)
        reading = try folder.read()
        #expect(reading.losses == 1 && reading.records.map(\.entry.kind) == ["lost", "question"])
    }

    @Test func `by several processes at once is one chain`() async throws {
        let path = folder.path
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<2 {
                group.addTask {
                    await #expect(processExitsWith: .exitCode(0)) { [path = path as String] in
                        var log = AuditLog(folder: path, fileLimit: 5000)
                        for number in 0..<100 { try log.append([sample(number)], time: UInt64(number)) }
                        _exit(log.head.sequence >= 100 ? 0 : 2)
                    }
                }
            }
            group.addTask {
                var log = AuditLog(folder: path, fileLimit: 5000)
                for number in 0..<100 { try? log.append([sample(number)], time: UInt64(number)) }
            }
        }
        let reading = try folder.read()
        #expect(reading.firstBreak == nil && reading.gaps == 0 && reading.losses == 0)
        #expect(reading.records.map(\.sequence) == Array(1...300))
    }

    // MARK: Failing

    @Test(.enabled(if: getuid() == 0, "only root can mount a small disk"))
    func `on a full disk is an error, leaves no half record, and goes on when there is room`() throws {
        let disk = folder.path + "/disk"
        try Files.makeFolder(disk)
        let options = "size=16k,mode=0700"
        try #require(mount("none", disk, "tmpfs", 0, options) == 0)
        defer { umount(disk) }
        var log = AuditLog(folder: disk)
        var written = 0
        var failure: SystemError?
        while failure == nil, written < 1000 {
            do throws(SystemError) {
                try log.append([sample(written)], time: 1)
                written += 1
            } catch { failure = error }
        }
        #expect(failure?.number == ENOSPC)
        #expect(try AuditReading(folder: disk).firstBreak == nil)
        #expect(try AuditReading(folder: disk).records.count == written)
        try #require(mount("none", disk, "tmpfs", UInt(MS_REMOUNT), "size=64k,mode=0700") == 0)
        try log.append([sample(0)], time: 1)
        let reading = try AuditReading(folder: disk)
        #expect(reading.firstBreak == nil && reading.losses == 0 && reading.records.count == written + 1)
    }

    @Test func `past a limit on file sizes is an error, and leaves no half record`() async throws {
        try folder.write(2)
        await #expect(processExitsWith: .exitCode(0)) { [path = folder.path as String] in
            signal(SIGXFSZ, SIG_IGN)
            var limit = rlimit(rlim_cur: 600, rlim_max: 600)
            setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
            var log = AuditLog(folder: path)
            do throws(SystemError) { try log.append([sample(3)], time: 1) } catch {
                _exit(error.number == EFBIG ? 0 : 2)
            }
            _exit(3)
        }
        #expect(try folder.read().firstBreak == nil)
        #expect(try folder.read().records.count == 2)
    }

    @Test func `goes through no link, and into no file that others can write`() throws {
        try folder.write(1)
        chmod(folder.file, 0o666)
        #expect(throws: SystemError.self) { try folder.write(1) }
        #expect(throws: SystemError.self) { _ = try folder.read() }
        rename(folder.file, folder.path + "/elsewhere")
        symlink(folder.path + "/elsewhere", folder.file)
        #expect(throws: SystemError.self) { try folder.write(1) }
    }
}
