import CLinux
import Glibc
import SecureMemory
import Wire

/// Loads an agent's socket for `contrib/bench/agent`; any agent's that speaks RFC 9987.
///
///     clave-bench-agent SOCKET sign TYPE CLIENTS SECONDS    signatures by the last key of that type
///     clave-bench-agent SOCKET list CLIENTS SECONDS
///     clave-bench-agent SOCKET connect CLIENTS SECONDS      connect, list, close
///     clave-bench-agent SOCKET add COUNT                    adds that many fresh Ed25519 keys
///     clave-bench-agent SOCKET first                        waits for the socket, and for the first answer
///     clave-bench-agent SOCKET flood SECONDS                sends lists without waiting for their answers; prints nothing
///     clave-bench-agent SOCKET wait SECONDS                 asks for the list now and then, as one client among others;
///                                                           prints p50, p99 and the longest time in microseconds
///
/// Prints `per second, p50 in microseconds, p99 in microseconds`, separated by tabs. One thread, one request on the way
/// for each client.
@main
struct AgentLoad {
    static func main() {
        let arguments = CommandLine.arguments
        guard arguments.count > 2 else { fail("usage: see contrib/bench/agent-load/AgentLoad.swift") }
        let socket = arguments[1]
        let numbers = arguments.dropFirst(3).compactMap { Int($0) }
        switch (arguments[2], numbers.count) {
        case ("sign", 2): run(socket, signRequest(socket, type: arguments[3]), numbers[0], numbers[1], answer: 14)
        case ("list", 2): run(socket, listRequest, numbers[0], numbers[1], answer: 12)
        case ("connect", 2): run(socket, listRequest, numbers[0], numbers[1], answer: 12, reconnects: true)
        case ("add", 1): addKeys(socket, numbers[0])
        case ("first", 0): waitForFirstAnswer(socket)
        case ("flood", 1): Flood.run(socket, listRequest, seconds: Double(numbers[0]))
        case ("wait", 1): Patience.run(socket, listRequest, seconds: Double(numbers[0]))
        default: fail("usage: see contrib/bench/agent-load/AgentLoad.swift")
        }
    }

    static let listRequest: [UInt8] = [0, 0, 0, 1, 11]

    /// A sign request as a login makes it: 300 bytes that are no login, so that no agent looks into them for long.
    static func signRequest(_ socket: String, type: String) -> [UInt8] {
        let answer = Client(socket).ask(listRequest)
        let key = try? WireReader.read(Array(answer.dropFirst(5))) { (reader) throws(WireError) -> [UInt8] in
            var found: [UInt8] = []
            for _ in 0..<(try reader.uint32()) {
                let blob = try reader.bytes(limit: 65_536)
                _ = try reader.bytes(limit: 65_536)
                let name = Array(type.utf8)
                if blob.dropFirst(4).starts(with: name), blob[3] == UInt8(name.count) { found = blob }
            }
            return found
        }
        guard let key, !key.isEmpty else { fail("the agent has no key of type \(type)") }
        var payload = ByteWriter()
        payload.put(byte: 13)
        payload.put(key)
        payload.put([UInt8](repeating: 0x5A, count: 300))
        payload.put(type == "ssh-rsa" ? 2 : 0 as UInt32)
        var frame = ByteWriter()
        frame.put(payload.bytes)
        return frame.bytes
    }

    /// The keys serve nobody, so that they need no guarded memory here.
    static func addKeys(_ socket: String, _ count: Int) {
        let client = Client(socket)
        for index in 0..<count {
            let key = SigningKey()
            var pair = SecretWriter()
            key.withSeed { seed in seed.withBytes { pair.append(secret: $0) } }
            pair.append(unsafe key.publicKey.span.bytes)
            var payload = SecretWriter()
            payload.put(byte: 17)
            payload.put("ssh-ed25519")
            payload.put(key.publicKey)
            payload.put(pair.finish())
            payload.put("bench \(index)")
            var frame = SecretWriter()
            frame.put(payload.finish())
            let bytes = frame.finish().withBytes { bytes in unsafe bytes.withUnsafeBytes { unsafe Array($0) } }
            guard client.ask(bytes).last == 6 else { fail("the agent refused a key") }
        }
    }

    static func waitForFirstAnswer(_ socket: String) {
        while true {
            if let client = Client(trying: socket) {
                _ = client.ask(listRequest)
                return
            }
            usleep(50)
        }
    }

    static func run(
        _ socket: String, _ request: [UInt8], _ count: Int, _ duration: Int, answer: UInt8, reconnects: Bool = false
    ) {
        var load = Load(socket: socket, request: request, answer: answer, reconnects: reconnects)
        load.run(clients: count, seconds: Double(duration))
        load.report()
    }
}

func fail(_ text: String) -> Never {
    let line = Array("clave-bench-agent: \(text)\n".utf8)
    _ = unsafe write(2, line, line.count)
    exit(64)
}

/// A clock for durations, in seconds.
func seconds() -> Double {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}
