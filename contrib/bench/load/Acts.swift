import ClaveDomain
import GatewayAPI
import Glibc
import Posix
import SecureMemory
import Synchronization
import Wire

/// What people do once: letters, registrations, activations, answers. Each thread has a connection and goes through its
/// share of the people; what counts is how long the gateway takes for each, not what the load itself does.
struct Acts: Sendable {
    private let gateway: Gateway
    private let keys: GatewayDescription

    init(_ gateway: Gateway) throws {
        self.gateway = gateway
        keys = try Device.describe(gateway)
    }

    /// Asks for letters for people of the census.
    func letters(first: Int, count: Int, threads: Int) {
        measure("letters asked for", first: first, count: count, threads: threads) { client, person in
            let device = Device(gateway, keys, client: client)
            try device.register(Registration.letterStep, datum(person).secretBytes)
            return device.taken
        }
    }

    /// Registers people by their letters' codes, which a file has as `NUMBER CODE`: four calls each.
    func registrations(codesFile: String, threads: Int) throws {
        let text = String(decoding: try Files.read(codesFile, limit: 1 << 24), as: UTF8.self)
        let lines = text.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        let codes = Codes(gateway)
        defer { codes.end() }
        measure("registrations", first: 0, count: lines.count, threads: threads) { client, place in
            guard let person = Int(lines[place][0]) else { throw WireError.malformed }
            return try register(client, person, letter: lines[place][1], codes)
        }
    }

    /// Activates devices by text message: two calls each.
    func activations(first: Int, count: Int, threads: Int) {
        let codes = Codes(gateway)
        defer { codes.end() }
        measure("activations", first: first, count: count, threads: threads) { client, person in
            let device = Device(gateway, keys, client: client)
            try device.beginActivation(person)
            guard let code = codes.take(Gateway.phone(person)), try device.finishActivation(code) else {
                throw WireError.malformed
            }
            return device.taken
        }
    }

    /// Approves Cl@ve Mòbil requests, each at a page of its own; only the answer counts.
    func answers(first: Int, count: Int, threads: Int, each: Int) {
        let codes = Codes(gateway)
        defer { codes.end() }
        measure("Mòbil answers", first: first, count: count, threads: threads, each: each) { client, person in
            let device = Device(gateway, keys)
            try device.beginActivation(person)
            guard let code = codes.take(Gateway.phone(person)), try device.finishActivation(code) else {
                throw WireError.malformed
            }
            var times: [Double] = []
            for _ in 0..<each {
                let claimed = try device.call(MobileClaim.path, MobileClaim(token: link(client)).bytes)
                let details = try RequestDetails.decode(unsafe claimed.span.bytes)
                let before = device.taken
                let answer = MobileAnswer(identifier: details.identifier, approve: true, code: details.code)
                _ = try device.call(MobileAnswer.path, answer.bytes)
                times.append(device.taken - before)
            }
            return times
        }
    }

    // MARK: Steps

    private func datum(_ person: Int) -> PersonDatum {
        PersonDatum(
            document: Gateway.newcomer(person), datumKind: "validity", datum: "31-12-2030", language: "es")
    }

    private func register(_ client: Client, _ person: Int, letter: String, _ codes: Codes) throws -> Double {
        let device = Device(gateway, keys, client: client)
        let letterSigns = Array(letter.utf8)
        let code = SecretBytes(copying: unsafe letterSigns.span.bytes)
        let letterProof = LetterProof(person: datum(person), code: code)
        try device.register(Registration.codeStep, letterProof.secretBytes)
        let phone = Gateway.newPhone(person)
        let contact = ContactData(phone: phone, email: "p\(person)@example.org", person: datum(person))
        try device.register(Registration.contactStep, contact.secretBytes)
        guard let text = codes.take(phone) else { throw WireError.malformed }
        let phoneSigns = Array(text.utf8)
        let phoneCode = SecretBytes(copying: unsafe phoneSigns.span.bytes)
        let phoneProof = PhoneProof(code: phoneCode, activates: true)
        try device.register(Registration.confirmStep, phoneProof.secretBytes)
        return device.taken
    }

    /// The token of a new request by link.
    private func link(_ client: Client) throws -> [UInt8] {
        client.prepare(gateway.origin + "/procedure/padro", post: [])
        guard client.send() == 303 else { throw WireError.malformed }
        client.prepare(gateway.origin + "/gateway")
        _ = client.send()
        let form = Self.after("name=\"form\" value=\"", in: client.body)
        client.prepare(gateway.origin + "/gateway/mobile/link", post: Array("form=\(form)".utf8))
        _ = client.send()
        client.prepare(gateway.origin + "/gateway/mobile")
        _ = client.send()
        let text = Self.after("id=\"link\" href=\"", in: client.body).split(separator: "&amp;").joined(separator: "&")
        guard let link = MobileLink(text) else {
            throw WireError.malformed
        }
        return link.token
    }

    private static func after(_ mark: String, in page: [UInt8]) -> String {
        let text = String(decoding: page, as: UTF8.self)
        return String(text.split(separator: mark).dropFirst().first?.prefix { $0 != "\"" } ?? "")
    }

    // MARK: Measuring

    private func measure(
        _ what: String, first: Int, count: Int, threads: Int, _ act: @escaping @Sendable (Client, Int) throws -> Double
    ) {
        measure(what, first: first, count: count, threads: threads, each: 1) { client, person in
            [try act(client, person)]
        }
    }

    private func measure(
        _ what: String, first: Int, count: Int, threads: Int, each: Int,
        _ act: @escaping @Sendable (Client, Int) throws -> [Double]
    ) {
        let figures = Figures()
        figures.run(threads: threads) { thread in
            let client = Client(gateway)
            for person in stride(from: first + thread, to: first + count, by: threads) {
                do { figures.add(try act(client, person)) } catch { figures.fail() }
            }
        }
        figures.tell(what, threads: threads)
    }
}
