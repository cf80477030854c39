import Foundation
import Glibc
import Posix
import Testing
import Wire

@Suite struct `The file of a result` {
    let folder = TemporaryFolder()
    private var file: String { folder.path + "/file" }

    private func refusal(
        _ path: String, inputs: [String] = [], replaces: Bool = false
    ) -> ResultFile.Refusal? {
        do throws(ResultFile.Refusal) { _ = try ResultFile(path, inputs: inputs, replaces: replaces) } catch {
            return error
        }
        return nil
    }

    private func bytes(_ path: String) -> [UInt8]? { try? Files.read(path, limit: 100) }

    private func names() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    }

    @Test func `takes no other's place, neither one that was there nor one that came meanwhile`() throws {
        try Files.create(file, with: [9])
        #expect(refusal(file) == .exists)
        let other = folder.path + "/other"
        let result = try ResultFile(other)
        try Files.create(other, with: [8])
        #expect(throws: SystemError.self) { try result.write([1]) }
        #expect(bytes(file) == [9] && bytes(other) == [8])
        #expect(try names() == ["file", "other"])
        try ResultFile(file, replaces: true).write([1])
        #expect(bytes(file) == [1])
    }

    @Test func `leaves alone what others have called by its name and an ending`() throws {
        for ending in [".new", ".part", ".tmp"] { try Files.create(file + ending, with: [7]) }
        try ResultFile(file).write([1])
        for ending in [".new", ".part", ".tmp"] { #expect(bytes(file + ending) == [7]) }
    }

    @Test func `is refused where it is a file that is read, by whatever name`() throws {
        try Files.create(file, with: [9])
        symlink(file, folder.path + "/soft")
        link(file, folder.path + "/hard")
        for name in [
            file, folder.path + "/soft", folder.path + "/hard",
            folder.path + "/../" + Files.name(of: folder.path) + "/file",
        ] {
            #expect(refusal(name, inputs: [file], replaces: true) == .isInput, "\(name)")
        }
        #expect(bytes(file) == [9])
    }

    @Test func `is written through links, which stay`() throws {
        let far = folder.path + "/far"
        try Files.makeFolder(far)
        symlink("far/there", file)
        try ResultFile(file).write([1])
        #expect(bytes(far + "/there") == [1])
        #expect(refusal(file) == .exists)
        try ResultFile(file, replaces: true).write([2])
        #expect(bytes(far + "/there") == [2])
        #expect(Files.linkTarget(file) == "far/there")
        symlink("loop", folder.path + "/loop")
        #expect(refusal(folder.path + "/loop") == .system(SystemError("open \(folder.path)/loop", number: ELOOP)))
    }

    @Test func `is written through a pipe and a device, which stay`() throws {
        #expect(mkfifo(file, 0o600) == 0)
        let reader = try Descriptor.open(file, O_RDWR | O_NONBLOCK)
        try ResultFile(file).write([1, 2])
        var arrived: [UInt8] = [0, 0]
        #expect(read(reader.number, &arrived, 2) == 2 && arrived == [1, 2])
        var status = stat()
        #expect(lstat(file, &status) == 0 && status.st_mode & S_IFMT == S_IFIFO)
        try ResultFile("/dev/null").write([1])
        #expect(lstat("/dev/null", &status) == 0 && status.st_mode & S_IFMT == S_IFCHR)
    }

    @Test func `is refused beforehand where it is a device that is full, by whatever name`() throws {
        #expect(refusal("/dev/full") == .system(SystemError("write /dev/full", number: ENOSPC)))
        let full = try Descriptor.open("/dev/full", O_WRONLY)
        let name = "/dev/fd/\(full.number)"
        #expect(refusal(name) == .system(SystemError("write \(name)", number: ENOSPC)))
    }

    @Test(arguments: [0o600, 0o640, 0o755] as [mode_t])
    func `keeps the mode of the one that it replaces, as far as its limit allows`(mode: mode_t) throws {
        func modeNow() -> mode_t {
            var status = stat()
            return stat(file, &status) == 0 ? status.st_mode & 0o7777 : 0
        }
        try Files.create(file, with: [9])
        #expect(chmod(file, mode) == 0)
        try ResultFile(file, replaces: true).write([1])
        #expect(bytes(file) == [1] && modeNow() == mode)
        try ResultFile(file, replaces: true, limit: 0o600).write([2])
        #expect(bytes(file) == [2] && modeNow() == 0o600)
    }

    @Test func `is not written where a pipe or a device was, and is another file now`() throws {
        let target = folder.path + "/target"
        #expect(mkfifo(target, 0o600) == 0)
        let reader = try Descriptor.open(target, O_RDWR | O_NONBLOCK)
        symlink("target", file)
        let result = try ResultFile(file)
        unlink(file)
        try Files.create(file, with: [9, 9])
        #expect(throws: SystemError("open \(file)", number: EEXIST)) { try result.write([1]) }
        #expect(bytes(file) == [9, 9])
        unlink(file)
        symlink("/dev/null", file)
        #expect(throws: SystemError("open \(file)", number: EEXIST)) { try result.write([1]) }
        unlink(file)
        symlink(target, file)
        try result.write([1])
        var arrived: [UInt8] = [0]
        #expect(read(reader.number, &arrived, 1) == 1 && arrived == [1])
    }

    @Test func `has one identity by all of its names, and no other file has it`() throws {
        let far = folder.path + "/far"
        try Files.makeFolder(far)
        symlink("far", folder.path + "/other")
        symlink("far/there", file)
        symlink("/dev/null", folder.path + "/null")
        let there = try ResultFile(far + "/there").identity
        #expect(there != nil)
        #expect(try ResultFile(file).identity == there)
        #expect(try ResultFile(folder.path + "/other/there").identity == there)
        #expect(try ResultFile(far + "/here").identity != there)
        #expect(try ResultFile(folder.path + "/there").identity != there)
        #expect(try ResultFile(folder.path + "/null").identity == ResultFile("/dev/null").identity)
        #expect(try ResultFile("/dev/null").identity != ResultFile("/dev/zero").identity)
    }

    @Test func `may be an open descriptor by its name, which is written where it stands`() throws {
        let target = try Descriptor.open(file, O_WRONLY | O_CREAT)
        try target.writeAll([1])
        try ResultFile("/dev/fd/\(target.number)").write([2])
        symlink("/proc/self/fd/\(target.number)", folder.path + "/link")
        try ResultFile(folder.path + "/link").write([3])
        #expect(bytes(file) == [1, 2, 3])
        let reading = try Descriptor.open(file, O_RDONLY)
        #expect(refusal("/dev/fd/\(reading.number)") != nil)
    }

    @Test func `is refused beforehand where it is a descriptor by its name that is not open`() {
        for folder in ["/dev/fd", "/proc/self/fd"] {
            #expect(refusal("\(folder)/999") == .system(SystemError("open \(folder)/999", number: EBADF)))
        }
    }

    @Test func `is refused beforehand where it is a folder, or its folder is none or is not the user's to write`()
        throws
    {
        #expect(refusal(folder.path) == .isFolder)
        #expect(refusal(folder.path + "/none/") == .isFolder)
        #expect(refusal(folder.path + "/none/file") == .folder(folder.path + "/none"))
        try Files.create(file, with: [])
        #expect(refusal(file + "/below") == .system(SystemError("open \(file)/below", number: ENOTDIR)))
        #expect(refusal("") != nil)
        #expect(refusal(folder.path + "/" + String(repeating: "x", count: 256)) != nil)
    }

    @Test func `has a name of any bytes`() throws {
        let path = folder.path + "/" + SystemText.string([0x61, 0xF1, 0x0A])
        try ResultFile(path).write([1])
        #expect(bytes(path) == [1])
        #expect(access(folder.path.utf8CString.dropLast() + [0x2F, 0x61, CChar(bitPattern: 0xF1), 0x0A, 0], F_OK) == 0)
    }

    @Test func `that was published goes again if it is taken back, unless it has replaced another`() throws {
        let fresh = try ResultFile(file)
        try fresh.write([1])
        fresh.retract()
        #expect(bytes(file) == nil)
        try Files.create(file, with: [9])
        let second = try ResultFile(file, replaces: true)
        try second.write([1])
        second.retract()
        #expect(bytes(file) == [1])
        // One that might have replaced another, and has not.
        let third = try ResultFile(folder.path + "/third", replaces: true)
        try third.write([1])
        third.retract()
        #expect(try names() == ["file"])
    }
}

@Suite struct `A path` {
    @Test func `is taken apart by its bytes: a mark that combines belongs to the name`() {
        #expect(Array(Files.parent(of: "/a/\u{301}b").utf8) == Array("/a".utf8))
        #expect(Array(Files.name(of: "/a/\u{301}b").utf8) == Array("\u{301}b".utf8))
        #expect(Files.isAbsolute("/\u{301}b"))
        #expect(Files.parent(of: "b") == "." && Files.parent(of: "/b") == "/")
    }

    @Test func `that is no UTF-8 is the same to every call`() throws {
        let folder = TemporaryFolder()
        let name = folder.path + "/" + SystemText.string([0xF1, 0x61])
        try Files.makeFolder(name + "/deep")
        try Files.replace(name + "/deep/file", with: [1])
        #expect(try Files.read(name + "/deep/file", limit: 1) == [1])
        #expect(
            Files.realPath(name + "/deep/../deep") == Files.realPath(folder.path)! + "/"
                + SystemText.string([0xF1, 0x61]) + "/deep")
        #expect(Files.isWritableFolder(name) && Files.exists(name + "/deep"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).count == 1)
    }
}
