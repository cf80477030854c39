import CLinux
import Glibc

/// A connection to an agent.
struct Client {
    let number: Int32
    /// When its request was sent.
    var sent = 0.0
    /// What has come of the answer.
    var answer: [UInt8] = []

    init(_ socket: String) {
        guard let client = Client(trying: socket) else { fail("can't connect to \(socket)") }
        self = client
    }

    /// Nil if nobody listens there.
    init?(trying socket: String) {
        number = clave_unix_socket()
        guard unsafe clave_connect_unix(number, socket) == 0 else {
            close(number)
            return nil
        }
    }

    func send(_ request: [UInt8]) {
        guard unsafe write(number, request, request.count) == request.count else { fail("the agent does not read") }
    }

    /// Reads what is there; true once the answer is whole.
    mutating func receive() -> Bool {
        unsafe withUnsafeTemporaryAllocation(byteCount: 65_536, alignment: 16) { buffer in
            let count = unsafe read(number, buffer.baseAddress!, buffer.count)
            guard count > 0 else { fail("the agent has closed the connection") }
            unsafe answer.append(contentsOf: buffer.prefix(count))
        }
        guard answer.count >= 4 else { return false }
        let length = answer.prefix(4).reduce(0) { $0 << 8 | Int($1) }
        return answer.count == 4 + length
    }

    /// Sends a request and waits for the whole answer.
    func ask(_ request: [UInt8]) -> [UInt8] {
        var client = self
        client.send(request)
        while !client.receive() {}
        return client.answer
    }
}
