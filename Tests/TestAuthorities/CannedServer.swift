import Foundation
import Glibc
import Synchronization

/// Answers every connection on a loopback port with the same bytes, and counts them; ends with the test.
public final class CannedServer: Sendable {
    private let listener: Int32
    private let connections = Mutex(0)
    private let isOver = Mutex(false)
    /// `http://127.0.0.1:PORT/`
    public let address: String

    /// - Parameter answer: nil for who never answers.
    public init(_ answer: [UInt8]?) throws {
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var place = sockaddr_in()
        place.sin_family = sa_family_t(AF_INET)
        place.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = listener
        let isListening = withUnsafeMutablePointer(to: &place) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length) == 0 && listen(listener, 16) == 0 && getsockname(listener, $0, &length) == 0
            }
        }
        guard isListening else { throw CocoaError(.fileReadUnknown) }
        address = "http://127.0.0.1:\(UInt16(bigEndian: place.sin_port))/"
        Thread.detachNewThread { [weak self] in Self.serve(listener, answer) { self?.connections.withLock { $0 += 1 } }
        }
    }

    deinit { hangUp() }

    /// Takes no more connections, and ends those that wait for an answer.
    public func hangUp() {
        isOver.withLock { isOver in
            if !isOver { shutdown(listener, Int32(SHUT_RDWR)) }
            isOver = true
        }
    }

    /// Connections so far.
    public var count: Int { connections.withLock { $0 } }

    private static func serve(_ listener: Int32, _ answer: [UInt8]?, _ onConnection: () -> Void) {
        var silent: [Int32] = []
        while true {
            let connection = accept(listener, nil, nil)
            guard connection >= 0 else { break }
            onConnection()
            guard let answer else {
                silent.append(connection)
                continue
            }
            // The whole of a small request comes at once.
            var request = [UInt8](repeating: 0, count: 65_536)
            _ = recv(connection, &request, request.count, 0)
            _ = send(connection, answer, answer.count, Int32(MSG_NOSIGNAL))
            shutdown(connection, Int32(SHUT_WR))
            while recv(connection, &request, request.count, 0) > 0 {}
            close(connection)
        }
        for connection in silent { close(connection) }
        // Here and nowhere else: its number could be another server's already.
        close(listener)
    }
}
