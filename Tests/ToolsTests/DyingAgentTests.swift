import AgentProtocol
import Foundation
import Glibc
import Posix
import TestSupport
import Testing
import Wire

/// Something that listens where an agent should, and answers each connection with the same bytes.
private final class FalseAgent: Sendable {
    let path = NSTemporaryDirectory() + "clave-false-" + UUID().uuidString.prefix(8)
    private let listener: Int32

    init(_ answer: [UInt8]) throws {
        listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let place = path
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: place.utf8) }
        let number = listener
        let outcome = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(number, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard outcome == 0, listen(listener, 8) == 0 else { throw SystemError("listen") }
        Thread.detachNewThread {
            while true {
                let client = accept(number, nil, nil)
                guard client >= 0 else { return }
                var buffer = [UInt8](repeating: 0, count: 4096)
                _ = read(client, &buffer, buffer.count)
                _ = send(client, answer, answer.count, Int32(MSG_NOSIGNAL))
                close(client)
            }
        }
    }

    deinit {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
        unlink(path)
    }

    func ask(_ name: String, _ arguments: [String]) throws -> Outcome {
        runProgram(try program(name), arguments, environment: ["CLAVE_AUTH_SOCK": path, "LC_ALL": "C.UTF-8"])
    }
}

@Suite struct `A tool whose agent` {
    private static let tools = [("clave-add", ["-s"]), ("clave-pin", ["-w", "0"]), ("clave-requests", [])]

    @Test(arguments: tools) func `dies says that it went away`(name: String, arguments: [String]) throws {
        for answer in [[], [0, 0], [0, 0, 1, 0, 29, 1]] as [[UInt8]] {
            let outcome = try FalseAgent(answer).ask(name, arguments)
            #expect(outcome.code == 1)
            #expect(outcome.errors.contains("went away in the middle"), "\(outcome.errors)")
        }
    }

    @Test(arguments: tools) func `speaks nonsense fails with words, and does not crash`(
        name: String, arguments: [String]
    ) throws {
        let frames: [[UInt8]] = [
            [0xFF, 0xFF, 0xFF, 0xFF], [0, 0, 0, 0], [0, 0, 0, 1, 99], [0, 0, 0, 3, 29, 1, 2],
            [0, 0, 0, 5, 28, 1, 2, 3, 4],
        ]
        for frame in frames {
            let outcome = try FalseAgent(frame).ask(name, arguments)
            #expect(outcome.code == 1, "\(frame): \(outcome.errors)")
            #expect(outcome.errors.hasPrefix(name + ": "), "\(frame)")
        }
    }

    @Test(arguments: tools) func `is older says that it does not know the request`(
        name: String, arguments: [String]
    ) throws {
        // As ssh-agent answers an extension that it does not know.
        let outcome = try FalseAgent([0, 0, 0, 1, 5]).ask(name, arguments)
        #expect(outcome.code == 1)
        #expect(outcome.errors.contains("does not know the request"), "\(outcome.errors)")
    }
}
