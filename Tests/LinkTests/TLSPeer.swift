import AgentProtocol
import Foundation
import Glibc
import Posix
import SecureMemory
import TestSupport
import Wire

/// A TLS server that says what a test wants: `openssl s_server`, which takes one connection after the other.
final class TLSPeer {
    let port: Int
    private let process: Child
    private let input: Descriptor
    private let heard: Descriptor
    private static let made = Result { try makeCertificates() }

    /// - Parameters:
    ///   - host: the name in its certificate.
    ///   - connections: after how many it ends.
    init(host: String = "localhost", connections: Int = 1) throws {
        let folder = try Self.made.get()
        port = try Self.freePort()
        let (words, ears) = (try Descriptor.pipe(), try Descriptor.pipe())
        input = Descriptor(owning: words.1)
        heard = Descriptor(owning: ears.0)
        process = try Child(
            "/usr/bin/openssl",
            [
                "s_server", "-quiet", "-accept", "127.0.0.1:\(port)", "-naccept", "\(connections)", "-cert",
                "\(folder)/\(host).crt", "-key", "\(folder)/key.pem",
            ], environment: [:], descriptors: [0: words.0, 1: ears.1])
        close(words.0)
        close(ears.1)
        let port = port
        try eventually("the TLS server to listen") { Self.isTaken(port) }
    }

    /// Sends bytes to who is connected, or comes next.
    func say(_ text: String) { try? input.writeAll(Array(text.utf8)) }

    /// A reply with this status line and body.
    func reply(_ body: String, _ status: String = "200 OK", headers: String = "", length: Int? = nil) {
        say("HTTP/1.1 \(status)\r\n\(headers)Content-Length: \(length ?? body.utf8.count)\r\n\r\n\(body)")
    }

    /// Waits until a whole request has come, and gives its text.
    func request() -> String {
        var text = ""
        while !text.contains("\r\n\r\n") {
            var buffer = [UInt8](repeating: 0, count: 4096)
            let count = read(heard.number, &buffer, buffer.count)
            if count <= 0 { break }
            text += String(decoding: buffer[..<count], as: UTF8.self)
        }
        return text
    }

    /// Cuts the line.
    func cut() { process.end(SIGKILL) }

    /// The authority that vouches for its certificates, in PEM.
    static func authority(of host: String = "localhost") throws -> [UInt8] {
        Array(try Data(contentsOf: URL(filePath: try made.get() + "/\(host).crt")))
    }

    private static func makeCertificates() throws -> String {
        let folder = NSTemporaryDirectory() + "clave-tls-" + UUID().uuidString
        try Files.makeFolder(folder)
        for host in ["localhost", "other.test"] {
            let script = """
                cd '\(folder)' && { [ -e key.pem ] || openssl ecparam -name prime256v1 -genkey -noout -out key.pem; } && \
                openssl req -x509 -new -key key.pem -subj /CN=\(host) -addext subjectAltName=DNS:\(host) \
                    -days 2 -out \(host).crt
                """
            let outcome = runProgram("/bin/sh", ["-c", script], environment: ["PATH": "/usr/bin:/bin"])
            guard outcome.code == 0 else { throw SystemError("openssl", number: EIO) }
        }
        return folder
    }

    private static func freePort() throws -> Int {
        let number = try retrying("socket") { socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0) }
        defer { close(number) }
        var place = loopback(0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &place) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = bind(number, $0, length)
                _ = getsockname(number, $0, &length)
            }
        }
        return Int(UInt16(bigEndian: place.sin_port))
    }

    /// Whether a socket listens there; asked of the kernel's list, so that no connection is used up.
    private static func isTaken(_ port: Int) -> Bool {
        let list = (try? kernelText("/proc/net/tcp")) ?? ""
        return list.contains(String(format: "0100007F:%04X 00000000:0000 0A", port))
    }

    private static func loopback(_ port: UInt16) -> sockaddr_in {
        var place = sockaddr_in()
        place.sin_family = sa_family_t(AF_INET)
        place.sin_port = port.bigEndian
        place.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return place
    }
}

/// The real `clave-link`, with a test in the core's place.
final class LinkHarness {
    let channel: FrameChannel
    private let process: Child

    init() throws {
        signal(SIGPIPE, SIG_IGN)
        let ends = try Descriptor.pair()
        channel = FrameChannel(Descriptor(owning: ends.0))
        process = try spawn(program("clave-link"), descriptors: [ends.1])
        close(ends.1)
    }

    /// Waits for its end; its exit code.
    func exitCode() -> Int32 { process.exitCode }

    func send(
        _ port: Int, certificates: [UInt8], pin: String = "", number: UInt32 = 1, stream: Bool = false,
        headers: [HeaderField] = []
    ) throws {
        try channel.send(
            LinkRequest(
                number: number, opensStream: stream,
                trust: GatewayTrust(origin: "https://localhost:\(port)", certificates: certificates, pin: pin),
                method: "GET", target: "/agent/v1/x", headers: headers, body: []))
    }

    func response() throws -> LinkResponse {
        try channel.receive().withBytes { try LinkResponse.decode(payload: $0) }
            ?? LinkResponse(
                number: 0, outcome: .protocolError, status: 0, body: [], detail: "another message")
    }

    /// The next message as text, for comparison.
    func word() throws -> String {
        try channel.receive().withBytes { bytes in
            if let wanted = try LinkStreamWanted.decode(payload: bytes) { return "wanted \(wanted.number)" }
            if let state = try LinkStreamState.decode(payload: bytes) {
                return "\(state.isOpen ? "open" : "cut") \(state.outcome) \(state.status)"
            }
            if let event = try LinkEvent.decode(payload: bytes) {
                return "event \(event.sequence) \(String(decoding: event.data, as: UTF8.self))"
            }
            return "another message"
        }
    }
}
