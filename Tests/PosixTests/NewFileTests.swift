import Foundation
import Glibc
import Testing

@testable import Posix

@Suite struct `A new file` {
    private let folder: String

    init() throws {
        folder = NSTemporaryDirectory() + "clave-new-" + UUID().uuidString.prefix(8)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    @Test func `has its content and its mode, and takes the place of nothing`() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = folder + "/one"
        #expect(!Files.exists(path))
        try Files.create(path, with: [1, 2, 3], mode: 0o640)
        #expect(Files.exists(path))
        #expect(try Files.read(path, limit: 8) == [1, 2, 3])
        var status = stat()
        #expect(stat(path, &status) == 0 && status.st_mode & 0o777 & ~0o640 == 0)
        #expect(throws: SystemError.self) { try Files.create(path, with: [4]) }
        #expect(try Files.read(path, limit: 8) == [1, 2, 3])
        // A link to nothing is something too: what it names is not made.
        symlink(folder + "/nowhere", folder + "/link")
        #expect(Files.exists(folder + "/link"))
        #expect(throws: SystemError.self) { try Files.create(folder + "/link", with: [4]) }
        #expect(!Files.exists(folder + "/nowhere"))
    }

    @Test func `goes into a folder to which the user may write`() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        #expect(Files.isWritableFolder(folder))
        #expect(!Files.isWritableFolder(folder + "/none"))
        try Files.create(folder + "/file", with: [])
        #expect(!Files.isWritableFolder(folder + "/file"))
    }
}
