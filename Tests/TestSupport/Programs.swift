import Foundation
public import Glibc
import Posix

/// The path of a program of this build.
public func program(_ name: String) throws -> String {
    var folder = URL(filePath: Files.linkTarget("/proc/self/exe")!).deletingLastPathComponent()
    for argument in CommandLine.arguments where argument.hasSuffix(".xctest") {
        folder = URL(filePath: argument).deletingLastPathComponent()
    }
    for _ in 0..<4 {
        let candidate = folder.appending(path: name).path
        if access(candidate, X_OK) == 0 { return candidate }
        folder = folder.deletingLastPathComponent()
    }
    throw NotBuilt(program: name)
}

/// Starts a program with the descriptors given as 3, 4, … and nothing else but standard error.
public func spawn(_ path: String, descriptors: [Int32]) throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDWR, 0)
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_RDWR, 0)
    // Out of the way first: a source must not be overwritten before it is used.
    let high = descriptors.map { fcntl($0, F_DUPFD_CLOEXEC, 100) }
    defer { for number in high { close(number) } }
    for (index, number) in high.enumerated() { posix_spawn_file_actions_adddup2(&actions, number, Int32(3 + index)) }
    if ProcessInfo.processInfo.environment["CLAVE_TEST_LOG"] == nil {
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
    }
    var pid: pid_t = 0
    var arguments: [UnsafeMutablePointer<CChar>?] = [strdup(path), nil]
    var environment: [UnsafeMutablePointer<CChar>?] = [strdup("HOME=/nonexistent"), nil]
    defer { for pointer in arguments + environment { free(pointer) } }
    let outcome = posix_spawn(&pid, path, &actions, nil, &arguments, &environment)
    guard outcome == 0 else { throw SystemError("posix_spawn", number: outcome) }
    return pid
}

/// Waits until something holds; an error names it when it does not within twenty seconds.
public func eventually(_ what: String, _ holds: () throws -> Bool) throws {
    for _ in 0..<1000 {
        if try holds() { return }
        usleep(20_000)
    }
    throw TestTimeout(what: what)
}

/// What did not come to hold in time.
public struct TestTimeout: Error { let what: String }

/// The program is not among what was built.
public struct NotBuilt: Error { let program: String }
