import Foundation
import Glibc
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
public func spawn(_ path: String, descriptors: [Int32]) throws -> Child {
    var given: [Int32: Int32] = [:]
    for (index, number) in descriptors.enumerated() { given[Int32(3 + index)] = number }
    if ProcessInfo.processInfo.environment["CLAVE_TEST_LOG"] != nil { given[2] = 2 }
    return try Child(path, environment: ["HOME": "/nonexistent"], descriptors: given)
}

/// Writes a program for tests to start.
///
/// The kernel starts no program that is open for writing. Of a file that this process writes, a child that another test
/// starts meanwhile has a copy of the descriptor until it runs its own program. So another process writes it.
public func writeProgram(_ text: String, to path: String) throws {
    let draft = path + ".draft"
    try Files.replace(draft, with: Array(text.utf8), mode: 0o700)
    defer { unlink(draft) }
    let copied = runProgram("/bin/cp", ["-p", draft, path + ".copy"], environment: [:])
    guard copied.code == 0, rename(path + ".copy", path) == 0 else {
        throw SystemError("cp \(path): \(copied.errors)", number: EIO)
    }
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
