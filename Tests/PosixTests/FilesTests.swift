import Foundation
import Glibc
import Posix
import Testing
import Wire

/// A folder of a test's own, removed at its end.
final class TemporaryFolder {
    let path: String

    init() {
        var template = Array((NSTemporaryDirectory() + "/clave-test-XXXXXX").utf8CString)
        path = String(cString: mkdtemp(&template))
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

private func mode(_ path: String) -> UInt32 {
    var status = stat()
    return stat(path, &status) == 0 ? status.st_mode & 0o7777 : 0
}

private func code<Value>(_ body: () throws(SystemError) -> Value) -> Int32? {
    do { _ = try body() } catch { return error.number }
    return nil
}

private func contents(_ folder: TemporaryFolder) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
}

@Suite struct FilesTests {
    let folder = TemporaryFolder()
    var file: String { folder.path + "/file" }

    // MARK: Replacing

    @Test func `a new file has the bytes and the mode, and nothing lies beside it`() throws {
        try Files.replace(file, with: [1, 2, 3])
        #expect(try Files.read(file, limit: 3) == [1, 2, 3])
        #expect(mode(file) == 0o600)
        #expect(try contents(folder) == ["file"])
    }

    @Test func `an old file is replaced, whatever its mode was`() throws {
        try Files.replace(file, with: [UInt8](repeating: 7, count: 100_000))
        #expect(chmod(file, 0o644) == 0)
        try Files.replace(file, with: [])
        #expect(try Files.read(file, limit: 0) == [])
        #expect(mode(file) == 0o600)
    }

    @Test func `a leftover is not trusted for its bytes nor its mode`() throws {
        try Data(repeating: 9, count: 50).write(to: URL(fileURLWithPath: file + ".new"))
        #expect(chmod(file + ".new", 0o666) == 0)
        try Files.replace(file, with: [1])
        #expect(try Files.read(file, limit: 1) == [1])
        #expect(mode(file) == 0o600)
    }

    @Test func `a link in the temporary file's place is not followed`() throws {
        let elsewhere = folder.path + "/elsewhere"
        try Files.replace(elsewhere, with: [5])
        #expect(symlink(elsewhere, file + ".new") == 0)
        try Files.replace(file, with: [1])
        #expect(try Files.read(elsewhere, limit: 1) == [5])
        #expect(try Files.read(file, limit: 1) == [1])
    }

    @Test(arguments: ReplaceStep.allCases) func `a step that fails leaves the old file, and nothing beside it`(
        step: ReplaceStep
    ) throws {
        try Files.replace(file, with: [1])
        let number = code { () throws(SystemError) in
            try Files.replace(file, with: [2]) { (now) throws(SystemError) in
                if now == step { throw SystemError("test", number: ENOSPC) }
            }
        }
        #expect(number == ENOSPC)
        #expect(try Files.read(file, limit: 1) == (step == .syncFolder ? [2] : [1]))
        #expect(try contents(folder) == ["file"])
    }

    @Test func `a folder that is not there is an error`() {
        #expect(code { () throws(SystemError) in try Files.replace("\(folder.path)/no/file", with: []) } == ENOENT)
    }

    @Test func `a folder in the file's place is an error, and nothing is left beside it`() throws {
        try Files.makeFolder(file)
        #expect(code { () throws(SystemError) in try Files.replace(file, with: []) } == EISDIR)
        #expect(try contents(folder) == ["file"])
    }

    // MARK: Reading

    @Test func `a file larger than the limit is refused`() throws {
        try Files.replace(file, with: [UInt8](repeating: 1, count: 40_000))
        #expect(code { () throws(SystemError) in try Files.read(file, limit: 39_999) } == EFBIG)
        #expect(try Files.read(file, limit: 40_000).count == 40_000)
    }

    @Test func `a file without end is refused`() {
        #expect(code { () throws(SystemError) in try Files.read("/dev/zero", limit: 100_000) } == EFBIG)
    }

    @Test func `a file that is not there is an error that names it`() {
        #expect(throws: SystemError("open \(file)", number: ENOENT)) { try Files.read(file, limit: 1) }
        #expect(SystemError("open /x", number: ENOENT).description == "open /x: No such file or directory")
    }

    // MARK: Folders

    @Test func `folders are made with their parents, for their owner alone`() throws {
        let deep = folder.path + "/a/b/c"
        try Files.makeFolder(deep)
        try Files.makeFolder(deep)
        for path in ["/a", "/a/b", "/a/b/c"] { #expect(mode(folder.path + path) == 0o700) }
    }

    @Test func `a folder under a file can't be made`() throws {
        try Files.replace(file, with: [])
        #expect(code { () throws(SystemError) in try Files.makeFolder(file + "/a") } == ENOTDIR)
    }

    @Test(arguments: [("/a/b", "/a"), ("/a", "/"), ("a", "."), ("a/b", "a"), ("/", "/")])
    func `the parent is the path without its last name`(path: String, parent: String) {
        #expect(Files.parent(of: path) == parent)
    }

    @Test func `a link's target is read, and what is no link has none`() {
        #expect(symlink("/nowhere", folder.path + "/link") == 0)
        #expect(Files.linkTarget(folder.path + "/link") == "/nowhere")
        #expect(Files.linkTarget(folder.path) == nil)
    }

    @Test func `an unset or empty variable is none`() {
        setenv("CLAVE_TEST_VARIABLE", "", 1)
        #expect(environment("CLAVE_TEST_VARIABLE") == nil)
        setenv("CLAVE_TEST_VARIABLE", "x", 1)
        #expect(environment("CLAVE_TEST_VARIABLE") == "x")
        unsetenv("CLAVE_TEST_VARIABLE")
        #expect(environment("CLAVE_TEST_VARIABLE") == nil)
    }

    // MARK: Names

    @Test func `a folder's names are all there, with their bytes, but for itself and its parent`()
        throws
    {
        // No UTF-8, one that combines with whatever is before it, and one that begins as the parent does.
        let names: [[UInt8]] = [
            Array("a".utf8), [0x61, 0xF1], Array("\u{301}a".utf8), Array("..b".utf8), [0x2E, 0xFF],
        ]
        for name in names { try Files.create(folder.path + "/" + SystemText.string(name), with: []) }
        let found = try Files.names(in: folder.path).map { SystemText.bytes($0) }
        #expect(Set(found) == Set(names) && found.count == names.count)
        #expect(code { () throws(SystemError) in try Files.names(in: folder.path + "/none") } == ENOENT)
        #expect(code { () throws(SystemError) in try Files.names(in: folder.path + "/a") } == ENOTDIR)
    }
}
