import CCurl
import GatewayAPI
import Glibc
import Posix
import SecureMemory
import Wire

/// Many agents, each with keys of its own and an open stream of events.
final class Agents {
    private let gateway: Gateway
    private var clients: [Client] = []

    init(_ gateway: Gateway) { self.gateway = gateway }

    /// Activates `count` people's devices and keeps their streams open until the standard input ends.
    func run(first: Int, count: Int) throws {
        let description = try describe()
        let multi = unsafe curl_multi_init()!
        let client = Client(gateway)
        for index in first..<first + count {
            let key = SigningKey()
            try activate(client, index, key, description)
            let stream = Client(gateway)
            sign(stream, "GET", Push.path, [], key)
            unsafe curl_multi_add_handle(multi, stream.raw)
            clients.append(stream)
            unsafe pump(multi, milliseconds: 0)
        }
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

    private func describe() throws -> GatewayDescription {
        let client = Client(gateway)
        client.prepare(gateway.origin + GatewayDescription.path)
        _ = client.send()
        let body = try WireReader.read(client.body) { (reader) throws(WireError) in
            let body = try reader.bytes(limit: GatewayLimits.body)
            _ = try reader.rest(limit: 1024)
            return body
        }
        return try GatewayDescription.decode(unsafe body.span.bytes)
    }

    private func sign(_ client: Client, _ method: String, _ path: String, _ body: [UInt8], _ key: borrowing SigningKey)
    {
        let content = SignedContent(method: method, authority: gateway.authority, path: path, body: body)
        let parameters = SignatureParameters(created: UInt64(time(nil)), publicKey: key.publicKey)
        let base = content.signatureBase(parameters)
        let signature = key.sign(unsafe base.span.bytes)
        let headers = content.headers(parameters, signature: signature).map { "\($0.name): \($0.value)" }
        client.prepare(
            gateway.origin + path, headers: headers + ["content-type: \(bodyMediaType)", "expect:"],
            post: method == "POST" ? body : nil)
    }

    private func activate(
        _ client: Client, _ index: Int, _ key: borrowing SigningKey, _ gatewayKeys: GatewayDescription
    ) throws {
        let sealing = SealingKey().publicKey
        func step(_ name: String, session: [UInt8], _ body: consuming SecretBytes) throws -> ActivationReply {
            let message = ActivationStep(
                session: session, signingKey: key.publicKey, sealingKey: sealing, deviceName: "bench", body: body)
            let sealed = message.sealed(to: gatewayKeys.sealingKey)!
            sign(client, "POST", ActivationStep.path(method: "sms", step: name), sealed, key)
            guard client.send() == 200 else { throw WireError.malformed }
            let reply = try WireReader.read(client.body) { (reader) throws(WireError) in
                let body = try reader.bytes(limit: GatewayLimits.body)
                _ = try reader.rest(limit: 1024)
                return body
            }
            return try ActivationReply.decode(unsafe reply.span.bytes)
        }
        var start = SecretWriter()
        start.put(Gateway.document(index))
        start.put("validity")
        start.put("31-12-2030")
        start.put("en")
        let first = try step("start", session: [], start.finish())
        var finish = SecretWriter()
        finish.put(try newestCode())
        guard try step("finish", session: first.session, finish.finish()).grant != nil else {
            throw WireError.malformed
        }
    }

    /// The code of the newest message in the sandbox's outbox.
    private func newestCode() throws -> String {
        guard let folder = unsafe opendir(gateway.state + "/outbox") else { throw SystemError("opendir") }
        defer { unsafe closedir(folder) }
        var newest = ""
        while let entry = unsafe readdir(folder) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) {
                unsafe $0.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            if name.hasSuffix(".txt"), name > newest { newest = name }
        }
        let path = gateway.state + "/outbox/" + newest
        let text = String(decoding: try Files.read(path, limit: 4096), as: UTF8.self)
        unsafe unlink(path)
        let digits = text.split(separator: "\n").last?.split { !$0.isNumber }.first { $0.count == 6 } ?? ""
        return String(digits)
    }
}
