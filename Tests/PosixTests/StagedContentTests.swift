import Foundation
import Glibc
import Posix
import Testing

/// Where a signal ends the program at once: the threads of tasks put all off.
private func onMainThread(_ body: @MainActor @Sendable () throws -> Void) async throws {
    try await MainActor.run {
        var none = sigset_t()
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, nil)
        try body()
    }
}

@Suite struct `A result's content that has not its name yet` {
    let folder = TemporaryFolder()
    private var file: String { folder.path + "/file" }

    private func names() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    }

    private func bytes(_ path: String) -> [UInt8]? { try? Files.read(path, limit: 100) }

    @Test func `has no name at all, and is read back all the same`() throws {
        let result = try ResultFile(file)
        try result.stage([1, 2])
        #expect(try names() == [])
        #expect(try result.readStaged(limit: 2) == [1, 2])
        #expect(throws: SystemError.self) { try result.readStaged(limit: 1) }
        try result.publish()
        #expect(bytes(file) == [1, 2])
        #expect(try names() == ["file"])
    }

    @Test(arguments: [true, false]) func `takes another file's place only where it may`(unnamed: Bool) throws {
        let result = try ResultFile(file)
        try result.stage([1], unnamed: unnamed)
        try Files.create(file, with: [9])
        #expect { try result.publish() } throws: { ($0 as? SystemError)?.number == EEXIST }
        #expect(bytes(file) == [9])
        let replacing = try ResultFile(file, replaces: true)
        try replacing.stage([2], unnamed: unnamed)
        #expect(try replacing.readStaged(limit: 1) == [2])
        try replacing.publish()
        #expect(bytes(file) == [2])
        #expect(try names() == ["file"])
    }

    @Test func `waits under a name where the file system knows no files without one, and goes with its owner`() throws {
        var result: ResultFile? = try ResultFile(file)
        try result?.stage([1], unnamed: false)
        #expect(try names().count == 1)
        result = nil
        #expect(try names() == [])
    }

    @Test(arguments: [SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGKILL])
    func `is gone with a program that a signal ends, where it has no name`(number: Int32) async throws {
        await #expect(processExitsWith: .signal(number)) { [file = file as String, number = number as Int32] in
            try await onMainThread {
                let results = try [file, file + "2"].map { try ResultFile($0) }
                for result in results { try result.stage([1]) }
                raise(number)
            }
        }
        #expect(try names() == [])
    }

    @Test(arguments: [SIGHUP, SIGINT, SIGQUIT, SIGTERM])
    func `goes with a program that a signal ends, where it has a name, and what was published stays`(
        number: Int32
    ) async throws {
        await #expect(processExitsWith: .signal(number)) { [file = file as String, number = number as Int32] in
            try await onMainThread {
                let results = try [file, file + "2", file + "3"].map { try ResultFile($0) }
                for result in results { try result.stage([1], unnamed: false) }
                try results[1].publish()
                raise(number)
            }
        }
        #expect(try names() == ["file2"])
    }

    @Test func `stays with a program that was called to ignore the signal`() async throws {
        await #expect(processExitsWith: .success) { [file = file as String] in
            try await onMainThread {
                signal(SIGHUP, SIG_IGN)
                let result = try ResultFile(file)
                try result.stage([1], unnamed: false)
                raise(SIGHUP)
                try result.publish()
            }
        }
        #expect(try names() == ["file"])
    }

    @Test func `gets its name before a signal ends the program that comes in the middle of some steps`() async throws {
        await #expect(processExitsWith: .signal(SIGTERM)) { [file = file as String] in
            try await onMainThread {
                let results = try [file, file + "2"].map { try ResultFile($0) }
                for result in results { try result.stage([1]) }
                try EndingSignals.held { () throws in
                    try results[0].publish()
                    raise(SIGTERM)
                    try results[1].publish()
                }
            }
        }
        #expect(try names() == ["file", "file2"])
    }
}

@Suite struct `A program that has a file to remove` {
    @Test func `still holds signals back while somebody else has its terminal`() async throws {
        await #expect(processExitsWith: .success) {
            try await onMainThread {
                signal(SIGHUP, SIG_IGN)
                for number in [SIGTERM, SIGINT, SIGQUIT] { signal(number, SIG_DFL) }
                let file = PassingFile("/nonexistent/file")
                let held = try HeldSignals()
                var now = sigset_t()
                try #require(pthread_sigmask(SIG_BLOCK, nil, &now) == 0)
                for number in [SIGTERM, SIGINT, SIGQUIT] { try #require(sigismember(&now, number) == 1, "\(number)") }
                try #require(sigismember(&now, SIGHUP) == 0)
                held.wait(for: try Descriptor.open("/dev/null", O_RDONLY).number)
                file.keep()
            }
        }
    }
}
