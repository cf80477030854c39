import ClaveDomain
import GatewayAPI
import Glibc
import SecureMemory
import Wire

/// How long the gateway takes to answer right data and wrong ones, for `contrib/bench/timing`: one connection, the kinds in
/// random order, so that what the machine does meanwhile falls on all alike.
struct Timing {
    /// What the data are. Of letters and calls, who has a device is somebody registered, who has nothing to register.
    enum Kind: Int, CaseIterable {
        case wrong, right, rightWithDevice, nobody

        var words: String {
            switch self {
            case .wrong: "wrong datum"
            case .right: "right data"
            case .rightWithDevice: "right data, with a device"
            case .nobody: "document of nobody"
            }
        }
    }

    private let gateway: Gateway
    private let keys: GatewayDescription
    private let count: Int

    init(_ gateway: Gateway, count: Int) throws {
        self.gateway = gateway
        self.count = count
        keys = try Device.describe(gateway)
    }

    func run() throws {
        try activateDevices()
        try measure("PIN, pin/request") { client, kind, index in try askPIN(client, citizen(kind, index)) }
        try measure("activation, sms/start") { client, kind, index in
            let person = citizen(kind, count + index)
            var start = SecretWriter()
            for text in [person.document, "validity", person.datum, "en"] { start.put(text) }
            let device = Device(gateway, keys, client: client)
            _ = try device.step(ActivationStep.path(method: "sms", step: "start"), start.finish())
            return device.taken
        }
        try measure("letter") { client, kind, index in
            let device = Device(gateway, keys, client: client)
            try device.register(Registration.letterStep, newcomer(kind, index).secretBytes)
            return device.taken
        }
        try measure("call, call-book") { client, kind, index in
            let device = Device(gateway, keys, client: client)
            let wish = CallWish(person: newcomer(kind, count + index), start: 0)
            try device.register(RegistrationCall.bookStep, wish.secretBytes)
            return device.taken
        }
    }

    // MARK: People

    /// People with devices are the first `2 * count` numbered ones, those without the next.
    private func citizen(_ kind: Kind, _ index: Int) -> PersonDatum {
        switch kind {
        case .rightWithDevice: person(Gateway.document(index))
        case .right: person(Gateway.document(2 * count + index))
        case .wrong: person(Gateway.document(4 * count + index), "30-12-2030")
        case .nobody: person(Gateway.nobody(index))
        }
    }

    private func newcomer(_ kind: Kind, _ index: Int) -> PersonDatum {
        switch kind {
        case .rightWithDevice: person(Gateway.document(index))
        case .right: person(Gateway.newcomer(index))
        case .wrong: person(Gateway.newcomer(2 * count + index), "30-12-2030")
        case .nobody: person(Gateway.nobody(index))
        }
    }

    private func person(_ document: String, _ datum: String = "31-12-2030") -> PersonDatum {
        PersonDatum(document: document, datumKind: "validity", datum: datum, language: "es")
    }

    private func activateDevices() throws {
        let codes = Codes(gateway)
        defer { codes.end() }
        let client = Client(gateway)
        for index in 0..<2 * count {
            let device = Device(gateway, keys, client: client)
            try device.beginActivation(index)
            guard let code = codes.take(Gateway.phone(index)), try device.finishActivation(code) else {
                throw WireError.malformed
            }
        }
    }

    // MARK: Acts

    private func askPIN(_ client: Client, _ person: PersonDatum) throws -> Double {
        client.prepare(gateway.origin + "/procedure/padro", post: [])
        guard client.send() == 303 else { throw WireError.malformed }
        client.prepare(gateway.origin + "/gateway/pin")
        _ = client.send()
        let page = String(decoding: client.body, as: UTF8.self)
        let token = page.split(separator: "name=\"form\" value=\"").dropFirst().first?.prefix { $0 != "\"" } ?? ""
        let form = Array("form=\(token)&document=\(person.document)&datum=\(person.datum)".utf8)
        client.prepare(gateway.origin + "/gateway/pin/request", post: form)
        let start = seconds()
        guard client.send() == 303 else { throw WireError.malformed }
        return seconds() - start
    }

    // MARK: Measuring

    private func measure(_ what: String, _ act: (Client, Kind, Int) throws -> Double) throws {
        var times = [[Double]](repeating: [], count: Kind.allCases.count)
        let turns = Kind.allCases.flatMap { kind in (0..<count).map { (kind, $0) } }.shuffled()
        var client = Client(gateway)
        for (place, (kind, index)) in turns.enumerated() {
            // An address may book few calls: each loopback address has its share, on a connection that is open before.
            if place.isMultiple(of: 20) {
                client = Client(gateway, from: "127.0.\(1 + place / 20 / 250).\(1 + place / 20 % 250)")
                client.prepare(gateway.origin + GatewayDescription.path)
                _ = client.send()
            }
            times[kind.rawValue].append(try act(client, kind, index))
        }
        let sorted = times.map { $0.sorted() }
        let all = times.joined().sorted()
        let median = all[all.count / 2]
        print("\(what), \(count) of each, ms: median of all \(Self.hundredths(median * 1000))")
        for kind in Kind.allCases {
            let own = sorted[kind.rawValue]
            let figures = [2, 10].map { Self.hundredths(own[own.count / $0] * 1000) }
            let late = Self.hundredths(own[own.count * 9 / 10] * 1000)
            let difference = Self.hundredths((own[own.count / 2] / median - 1) * 100)
            print(
                "  \(kind.words): median \(figures[0]) (p10 \(figures[1]), p90 \(late)), \(difference) % from that of all"
            )
        }
    }

    private static func hundredths(_ value: Double) -> Double { (value * 100).rounded() / 100 }
}
