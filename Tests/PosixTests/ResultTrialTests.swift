import Foundation
import Glibc
import Posix
import Testing

@Suite struct `A result that could not be written` {
    let folder = TemporaryFolder()

    /// The system's reason against it.
    private static func reason(_ path: String, replaces: Bool = false) -> Int32? {
        do throws(ResultFile.Refusal) { _ = try ResultFile(path, replaces: replaces) } catch .system(let error) {
            return error.number
        } catch {}
        return nil
    }

    @Test func `for want of room is refused before anybody is asked, and leaves nothing`() async throws {
        await #expect(processExitsWith: .success) { [folder = folder.path as String] in
            signal(SIGXFSZ, SIG_IGN)
            var none = rlimit(rlim_cur: 0, rlim_max: 0)
            try #require(setrlimit(__rlimit_resource_t(1), &none) == 0)
            try #require(Self.reason(folder + "/file") == EFBIG)
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [])
    }

    @Test(.enabled(if: geteuid() == 0, "only root can make another user's file"))
    func `in the place of another user's file in a sticky folder is refused before anybody is asked`() async throws {
        #expect(chmod(folder.path, 0o1777) == 0)
        try Files.create(folder.path + "/other", with: [9], mode: 0o666)
        await #expect(processExitsWith: .success) { [folder = folder.path as String] in
            try #require(seteuid(65534) == 0)
            try #require(Self.reason(folder + "/other", replaces: true) == EPERM)
            try ResultFile(folder + "/own").write([1])
            try ResultFile(folder + "/own", replaces: true).write([2])
        }
        #expect(try Files.read(folder.path + "/own", limit: 1) == [2])
        #expect(try Files.read(folder.path + "/other", limit: 1) == [9])
    }
}
