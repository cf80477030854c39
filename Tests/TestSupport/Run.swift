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
public func runProgram(_ path: String, _ arguments: [String], environment: [String: String]) -> Outcome {
    do {
        let (output, errors) = (try Descriptor.pipe(), try Descriptor.pipe())
        defer { for number in [output.0, errors.0] { close(number) } }
        let child: Child
        do {
            defer { for number in [output.1, errors.1] { close(number) } }
            child = try Child(path, arguments, environment: environment, descriptors: [1: output.1, 2: errors.1])
        }
        let said = readAll([output.0, errors.0], of: child)
        return Outcome(output: said[0], errors: said[1], code: child.exitCode)
    } catch {
        return Outcome(output: "", errors: "\(error)", code: -1)
    }
}

/// All that comes from pipes, and for a second after the program's end what those say whom it has left behind.
private func readAll(_ pipes: [Int32], of child: Child) -> [String] {
    var texts = pipes.map { _ in [UInt8]() }
    var entries = pipes.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while entries.contains(where: { $0.fd >= 0 }) {
        let ready = poll(&entries, nfds_t(entries.count), 1000)
        if ready == 0, !child.isRunning { break }
        guard ready >= 0 || errno == EINTR else { break }
        for index in entries.indices where entries[index].fd >= 0 && entries[index].revents != 0 {
            let count = read(entries[index].fd, &buffer, buffer.count)
            if count > 0 {
                texts[index].append(contentsOf: buffer[..<count])
            } else if count == 0 || errno != EINTR {
                entries[index].fd = -1
            }
        }
    }
    return texts.map { String(decoding: $0, as: UTF8.self) }
}
