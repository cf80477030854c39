import Foundation
import Glibc
import Posix

/// What a program said and how it ended.
public struct Outcome: Sendable {
    public let output: String
    public let errors: String
    /// Its exit code, or 128 and the signal's number.
    public let code: Int32
}

/// Runs a program to its end, without input.
///
/// Foundation's `Process.waitUntilExit` was seen to wait for ever when several tests wait at once; this asks the kernel.
public func runProgram(_ path: String, _ arguments: [String], environment: [String: String]) -> Outcome {
    do {
        let (output, errors) = (try Descriptor.pipe(), try Descriptor.pipe())
        let null = try Descriptor.open("/dev/null", O_RDONLY)
        let pid = try Spawn.start(
            path, arguments: arguments, environment: environment.map { "\($0.key)=\($0.value)" },
            descriptors: [0: null.number, 1: output.1, 2: errors.1])
        close(output.1)
        close(errors.1)
        let said = readAll(output.0, errors.0)
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        let signal = status & 0x7F
        return Outcome(output: said.0, errors: said.1, code: signal == 0 ? status >> 8 & 0xFF : 128 + signal)
    } catch {
        return Outcome(output: "", errors: "\(error)", code: -1)
    }
}

/// All that comes from two descriptors, which are closed.
private func readAll(_ first: Int32, _ second: Int32) -> (String, String) {
    var texts = [Data(), Data()]
    var entries = [first, second].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while entries.contains(where: { $0.fd >= 0 }) {
        guard poll(&entries, 2, -1) >= 0 || errno == EINTR else { break }
        for index in 0..<2 where entries[index].fd >= 0 && entries[index].revents != 0 {
            let count = read(entries[index].fd, &buffer, buffer.count)
            if count > 0 {
                texts[index].append(contentsOf: buffer[..<count])
            } else if count == 0 || errno != EINTR {
                close(entries[index].fd)
                entries[index].fd = -1
            }
        }
    }
    return (String(decoding: texts[0], as: UTF8.self), String(decoding: texts[1], as: UTF8.self))
}
