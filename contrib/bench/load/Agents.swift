import CCurl
import GatewayAPI
import Glibc
import Wire

/// Many agents, each with keys of its own and an open stream of events.
final class Agents {
    private let gateway: Gateway
    private var clients: [Client] = []

    init(_ gateway: Gateway) { self.gateway = gateway }

    /// Activates `count` people's devices and keeps their streams open until the standard input ends.
    func run(first: Int, count: Int) throws {
        let keys = try Device.describe(gateway)
        let codes = Codes(gateway)
        let multi = unsafe curl_multi_init()!
        let client = Client(gateway)
        for index in first..<first + count {
            let device = Device(gateway, keys, client: client)
            try device.beginActivation(index)
            guard let code = codes.take(Gateway.phone(index)), try device.finishActivation(code) else {
                throw WireError.malformed
            }
            let stream = Client(gateway)
            device.sign(stream, "GET", Push.path, [])
            unsafe curl_multi_add_handle(multi, stream.raw)
            clients.append(stream)
            unsafe pump(multi, milliseconds: 0)
        }
        codes.end()
        // Every stream greets; then they are open.
        while clients.contains(where: { $0.body.isEmpty }) { unsafe pump(multi, milliseconds: 100) }
        print("ready")
        fflush(nil)
        var entry = pollfd(fd: 0, events: Int16(POLLIN), revents: 0)
        while unsafe poll(&entry, 1, 0) == 0 { unsafe pump(multi, milliseconds: 200) }
    }

    private func pump(_ multi: UnsafeMutableRawPointer, milliseconds: Int32) {
        var running: Int32 = 0
        unsafe curl_multi_perform(multi, &running)
        unsafe curl_multi_poll(multi, nil, 0, milliseconds, nil)
    }
}
