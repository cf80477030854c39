import CCurl
import GatewayAPI
import Glibc
import Posix
import SecureMemory
import Synchronization
import Wire

/// Pages while others keep the gateway busy: certificates' signatures whose responder does not answer, and connections that
/// say nothing.
struct Storm: Sendable {
    let gateway: Gateway
    /// The person's certificate and key, in PEM.
    let certificate: String
    let key: String

    /// Prints how long pages take, each on a connection of its own, first alone and then in the storm.
    func run(hanging: Int, silent: Int, pages: Int) throws {
        let description = try Device.describe(gateway)
        try look(pages, "alone")
        let steps = try (0..<hanging).map { _ in try prepare(description) }
        let sockets = try (0..<silent).map { try Self.connect(gateway, from: $0) }
        let ended = Storm.Count()
        var threads: [pthread_t] = []
        for step in steps {
            threads.append(
                Figures.start {
                    step.send(); ended.add()
                })
        }
        usleep(500_000)
        try look(pages, "in the storm")
        print("\(hanging - ended.value) of \(hanging) signatures were unanswered at the end,")
        print("\(sockets.count { Self.isOpen($0) }) of \(silent) silent connections open")
        for thread in threads { pthread_join(thread, nil) }
        for socket in sockets { close(socket) }
    }

    private func look(_ pages: Int, _ word: String) throws {
        let figures = Figures()
        for _ in 0..<pages {
            let client = Client(gateway)
            client.prepare(gateway.origin + "/")
            let start = seconds()
            if client.send() == 200 { figures.add([seconds() - start]) } else { figures.fail() }
        }
        figures.tell("pages \(word)", threads: 1)
    }

    // MARK: Signatures

    private final class Count: Sendable {
        private let number = Atomic(0)
        func add() { number.add(1, ordering: .relaxed) }
        var value: Int { number.load(ordering: .relaxed) }
    }

    /// A request that is ready to be sent.
    private final class Step: @unchecked Sendable {
        private let client: Client
        init(_ client: Client) { self.client = client }
        func send() { _ = client.send() }
    }

    private func prepare(_ description: GatewayDescription) throws -> Step {
        let device = Device(gateway, description)
        let path = { (step: String) in ActivationStep.path(method: "certificate", step: step) }
        let challenge = try device.step(path(CertificateChallenge.step), SecretBytes(zeros: 0)).body
        let signature = try sign(challenge)
        let client = Client(gateway)
        try device.sign(
            client, path(CertificateChallenge.finishStep), SecretBytes(copying: unsafe signature.span.bytes))
        return Step(client)
    }

    /// The type of a challenge's bytes (GATEWAY-API.md).
    private static let challengeType = "2.25.147607798014645799641680089963838876147"

    /// CAdES of these bytes, by openssl.
    private func sign(_ content: [UInt8]) throws -> [UInt8] {
        let place = gateway.state + "/storm"
        try Files.replace(place, with: content)
        let null = try Descriptor.open("/dev/null", O_RDWR)
        let pid = try Spawn.start(
            "/usr/bin/openssl",
            arguments: [
                "cms", "-sign", "-binary", "-cades", "-md", "sha256", "-econtent_type", Self.challengeType, "-in",
                place, "-signer", certificate, "-inkey",
                key,
                "-outform", "DER", "-out", place + ".p7s",
            ], environment: ["PATH=/usr/bin:/bin"],
            descriptors: [0: null.number, 1: null.number, 2: 2])
        var status: Int32 = 0
        try retrying("waitpid") { unsafe waitpid(pid, &status, 0) }
        return try Files.read(place + ".p7s", limit: 65_536)
    }

    // MARK: Silence

    /// Takes connections at a port of this machine, which it prints, and answers none, until its input ends.
    static func keepSilence() throws {
        let socket = try retrying("socket") { Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0) }
        var place = sockaddr_in()
        place.sin_family = sa_family_t(AF_INET)
        unsafe _ = inet_pton(AF_INET, "127.0.0.1", &place.sin_addr)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        try unsafe withUnsafeMutablePointer(to: &place) { place throws(SystemError) in
            try unsafe place.withMemoryRebound(to: sockaddr.self, capacity: 1) { place throws(SystemError) in
                try retrying("bind") { unsafe bind(socket, place, length) }
                try retrying("listen") { listen(socket, 128) }
                try retrying("getsockname") { unsafe getsockname(socket, place, &length) }
            }
        }
        print(UInt16(bigEndian: place.sin_port))
        fflush(nil)
        while getchar() >= 0 {}
    }

    /// One from an address of this machine's own, sixty from each.
    private static func connect(_ gateway: Gateway, from number: Int) throws -> Int32 {
        let socket = try retrying("socket") { Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0) }
        let port = UInt16(gateway.authority.split(separator: ":").last ?? "") ?? 443
        for (text, port, isOwn) in [("127.0.0.\(2 + number / 60)", UInt16(0), true), ("127.0.0.1", port, false)] {
            var place = sockaddr_in()
            place.sin_family = sa_family_t(AF_INET)
            place.sin_port = port.bigEndian
            unsafe _ = inet_pton(AF_INET, text, &place.sin_addr)
            try unsafe withUnsafePointer(to: &place) { place throws(SystemError) in
                try unsafe place.withMemoryRebound(to: sockaddr.self, capacity: 1) { place throws(SystemError) in
                    let length = socklen_t(MemoryLayout<sockaddr_in>.size)
                    try retrying(isOwn ? "bind" : "connect") {
                        unsafe isOwn ? bind(socket, place, length) : Glibc.connect(socket, place, length)
                    }
                }
            }
        }
        return socket
    }

    private static func isOpen(_ socket: Int32) -> Bool {
        var byte = UInt8(0)
        return unsafe recv(socket, &byte, 1, Int32(MSG_DONTWAIT)) < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)
    }
}
