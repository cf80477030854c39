import SecureMemory
import Testing
import Wire

@testable import SSHKeys

@Suite struct `The way to a host` {
    private func binding(_ name: String, _ change: (inout [UInt8]) -> Void = { _ in }) throws -> SessionBinding {
        // Behind the type and the extension's name.
        var body = Array(try Recorded.payload(name).dropFirst(5 + SessionBinding.name.utf8.count))
        change(&body)
        return try WireReader.read(body) { (reader) throws(WireError) in try SessionBinding(decoding: &reader) }
    }

    private func isForwarding(_ value: UInt8) -> (inout [UInt8]) -> Void { { $0[$0.count - 1] = value } }

    @Test(arguments: ["bind-login", "bind-login-rsa-host", "bind-forwarding"])
    func `is proven by what ssh tells`(name: String) throws {
        #expect(try binding(name).isProven)
        #expect(try binding(name).isForwarding == (name == "bind-forwarding"))
        var trail = SessionTrail()
        #expect(trail.bind(try binding(name)) && !trail.hasFailed)
    }

    @Test func `is not believed without proof, and then nothing bound is used`() throws {
        var trail = SessionTrail()
        // The last byte of the signature.
        let forged = try binding("bind-login") { $0[$0.count - 2] ^= 1 }
        #expect(!trail.bind(forged) && trail.hasFailed)
        let steps = try Added("add-destination").constraints.destinations
        #expect(!trail.permits(steps, now: 0))
        #expect(trail.permits([], now: 0))
        #expect(trail.bind(try binding("bind-login")) && !trail.permits(steps, now: 0))
    }

    @Test func `may be told twice while it is forwarded, and ends with a login`() throws {
        var trail = SessionTrail()
        for _ in 0..<2 { #expect(trail.bind(try binding("bind-forwarding"))) }
        #expect(trail.bindings.count == 1 && trail.isForwarded)
        #expect(trail.bind(try binding("bind-login")))
        #expect(!trail.bind(try binding("bind-login")) && trail.hasFailed)
    }

    @Test func `leads a key only where it may go`() throws {
        let steps = try Added("add-destination").constraints.destinations
        var trail = SessionTrail()
        #expect(trail.permits(steps, now: 0))
        #expect(trail.bind(try binding("bind-login")) && trail.permits(steps, user: "anybody", now: 0))
        var elsewhere = SessionTrail()
        #expect(elsewhere.bind(try binding("bind-login-rsa-host")) && !elsewhere.permits(steps, now: 0))
    }

    @Test func `can be a host's that an authority vouches for`() throws {
        let step = try Added("add-destinations").constraints.destinations[3]
        let host = try Recorded.key("host-certified-cert")
        let now: UInt64 = 1_800_000_000
        #expect(step.permits(from: nil, to: host, user: "me", now: now))
        #expect(!step.permits(from: nil, to: host, user: "me", now: 4_000_000_000))
        #expect(!step.permits(from: nil, to: host.plain, user: "me", now: now))
        #expect(!step.permits(from: nil, to: try Recorded.key("host-first"), user: "me", now: now))
        #expect(!step.permits(from: host, to: host, user: "me", now: now))
    }

    @Test func `is no way for a certificate that ends before it begins`() throws {
        let blob = try Recorded.blob("host-certified-cert")
        let certificate = try Recorded.key("host-certified-cert").certificate!
        // The two times stand one behind the other.
        func field(_ number: UInt64) -> [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * $0)) } }
        let times = field(certificate.validAfter) + field(certificate.validBefore)
        let place = try #require((0..<blob.count - 16).first { Array(blob[$0..<$0 + 16]) == times })
        var swapped = blob
        swapped.replaceSubrange(place..<place + 16, with: times.suffix(8) + times.prefix(8))
        let host = try PublicKey(blob: swapped)
        let step = try Added("add-destinations").constraints.destinations[3]
        #expect(!step.permits(from: nil, to: host, user: nil, now: 1_800_000_000))
    }

    @Test(arguments: [
        ("", "", true), ("", "*", true), ("a", "", false), ("git", "g?t", true), ("git", "g?", false),
        ("me-too", "me*", true), ("abcabd", "*abd", true), ("abc", "*b", false), ("abc", "a*b*c*", true),
    ]) func `knows users by patterns`(text: String, pattern: String, matches: Bool) {
        #expect(Pattern.matches(text, pattern) == matches)
    }
}

@Suite struct `What is signed` {
    private func data(_ name: String) throws -> (key: [UInt8], data: [UInt8], flags: UInt32) {
        guard case .sign(let key, let data, let flags) = try decode(try Recorded.payload(name)) else {
            throw WireError.malformed
        }
        return (key, data, flags)
    }

    @Test(arguments: ["sign-login", "sign-login-unbound", "sign-login-rsa"])
    func `tells a login`(name: String) throws {
        let request = try data(name)
        guard case .login(let login) = SigningPurpose(of: request.data) else {
            Issue.record("no login")
            return
        }
        #expect(login.key == request.key)
        #expect((login.hostKey == nil) == (name == "sign-login-unbound"))
        if let host = login.hostKey { #expect(host == (try Recorded.blob("host-first"))) }
        #expect(request.flags == (name == "sign-login-rsa" ? 4 : 0))
    }

    @Test func `tells a file, and what tells nothing is opaque`() throws {
        #expect(SigningPurpose(of: try data("sign-file").data) == .message(namespace: "mail"))
        #expect(SigningPurpose(of: try data("sign-test").data) == .opaque)
        #expect(SigningPurpose(of: []) == .opaque)
    }

    @Test(arguments: ["sign-login", "sign-login-unbound", "sign-file"])
    func `is opaque as soon as a part is missing or too much`(name: String) throws {
        let whole = try data(name).data
        for length in 0..<whole.count { #expect(SigningPurpose(of: Array(whole.prefix(length))) == .opaque) }
        #expect(SigningPurpose(of: whole + [0]) == .opaque)
    }
}

@Suite struct `A signature of OpenSSH's` {
    @Test func `is known by its key, message and bytes only, and never with SHA-1`() throws {
        for line in try Recorded.lines("signatures") {
            let (name, flags) = (line[0], line[1])
            let signature = try #require(Base64.decode(line[2]))
            let message = bytes("signed by \(name) with flags \(flags)")
            let key = try Recorded.key(name)
            #expect(key.isValid(signature, of: message) == !(name.hasPrefix("rsa") && flags == "0"), "\(line[0...1])")
            #expect(!key.isValid(signature, of: message + [0]))
            #expect(try !Recorded.key("ca").isValid(signature, of: message))
            for place in stride(from: 0, to: signature.count, by: 7) {
                var changed = signature
                changed[place] ^= 4
                #expect(!key.isValid(changed, of: message))
            }
        }
    }
}
