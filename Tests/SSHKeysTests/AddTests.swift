import SecureMemory
import Testing
import Wire

@testable import SSHKeys

@Suite struct `A key that OpenSSH adds` {
    @Test(arguments: Recorded.kinds) func `is the one of its public file`(kind: String) throws {
        let added = try Added("add-\(kind)")
        #expect(added.key.blob == (try Recorded.blob(kind)))
        #expect(added.comment == "comment of \(kind)")
        #expect(added.constraints == KeyConstraints())
        let fingerprint = try #require(try Recorded.lines("fingerprints").first { $0[0] == kind })
        #expect(added.key.fingerprint == fingerprint[1])
        #expect(added.key.fingerprint(.md5) == fingerprint[2])
        #expect(added.key.fingerprint(.sha512) == fingerprint[3])
    }

    @Test(arguments: Recorded.kinds) func `comes with its certificate`(kind: String) throws {
        let added = try Added("add-\(kind)-cert")
        #expect(added.key.plain.blob == (try Recorded.blob(kind)))
        #expect(added.key.typeName == added.key.algorithm.rawValue + "-cert-v01@openssh.com")
        let certificate = try #require(added.key.certificate)
        #expect(certificate.kind == .user && certificate.principals == ["somebody", "else"])
        #expect(certificate.authority == (try Recorded.blob("ca")))
        #expect(try Recorded.key("ca").isValid(certificate.signature, of: certificate.signed))
    }

    @Test(arguments: Recorded.adds) func `signs`(name: String) throws {
        let added = try Added(name)
        for flags: UInt32 in added.key.algorithm == .rsa ? [2, 4, 6] : [0, 2] {
            let signature = try #require(added.sign(bytes("message"), flags: flags))
            #expect(added.key.isValid(signature, of: bytes("message")))
            #expect(!added.key.isValid(signature, of: bytes("massage")))
        }
    }

    @Test(arguments: Recorded.adds + Recorded.constrained) func `is refused if its end is missing`(name: String) throws
    {
        let payload = try Recorded.payload(name)
        // Without its constraints an add message is whole: they end where the message does.
        let constraints = try Added(name).constraints
        var whole: [Int] = []
        for length in 1..<payload.count where (try? Added(Array(payload.prefix(length)))) != nil {
            whole.append(length)
        }
        let isFree = constraints == KeyConstraints()
        #expect(isFree ? whole.isEmpty : whole.count <= 3)
    }

    @Test(arguments: Recorded.adds) func `is refused or the same if any bit of it is changed`(name: String) throws {
        let payload = try Recorded.payload(name)
        let before = try Added(name)
        // The bytes behind the key are the comment's, which may be anything.
        for place in 1..<payload.count - before.comment.utf8.count {
            var changed = payload
            changed[place] ^= 1 << UInt8(place % 8)
            guard let after = try? Added(changed) else { continue }
            // What a certificate says besides the key is signed by its authority, and the server's to judge.
            #expect(after.key.numbers == before.key.numbers, "byte \(place)")
            if before.key.certificate == nil { #expect(after.key == before.key, "byte \(place)") }
        }
    }

    @Test func `is refused if the public half behind its seed is another's`() throws {
        var payload = try Recorded.payload("add-ed25519")
        let comment = 4 + "comment of ed25519".utf8.count
        payload[payload.count - comment - 1] ^= 1
        #expect(throws: WireError.malformed) { try Added(payload) }
    }

    @Test(arguments: [2, 3]) func `is refused if its point is in another form`(form: UInt8) throws {
        let key = try Recorded.blob("ecdsa-256")
        var writer = ByteWriter()
        writer.put("ecdsa-sha2-nistp256")
        writer.put("nistp256")
        writer.put([form] + key.suffix(64).prefix(32))
        #expect(throws: WireError.self) { try PublicKey(blob: writer.bytes) }
    }

    @Test func `is refused if it is too short to be safe`() {
        var writer = ByteWriter()
        writer.put("ssh-rsa")
        writer.put([1, 0, 1])
        writer.put([0] + [UInt8](repeating: 0xC5, count: 96))
        #expect(throws: WireError.malformed) { try PublicKey(blob: writer.bytes) }
    }

    @Test(arguments: zip(["ed25519", "ecdsa-256"], ["ecdsa-384", "rsa-2048"]))
    func `is refused with another kind's numbers`(one: String, other: String) throws {
        let (one, other) = (try Recorded.payload("add-\(one)"), try Recorded.payload("add-\(other)"))
        let name = Int(one[4]) + 5
        let otherName = Int(other[4]) + 5
        #expect(throws: WireError.self) { try Added(Array(one.prefix(name)) + other.dropFirst(otherName)) }
    }
}

@Suite struct `Constraints` {
    private func added(_ constraints: [UInt8], type: UInt8 = KeyMessageType.addConstrained) throws -> KeyConstraints {
        try Added([type] + Recorded.payload("add-ed25519").dropFirst() + constraints).constraints
    }

    private func `extension`(_ name: String, _ body: [UInt8]) -> [UInt8] {
        var writer = ByteWriter()
        writer.put(byte: 255)
        writer.put(name)
        writer.put(body)
        return writer.bytes
    }

    @Test func `that OpenSSH sends are kept`() throws {
        #expect(try Added("add-lifetime").constraints.lifetime == 3600)
        #expect(try Added("add-confirm").constraints.needsConfirmation)
        let all = try Added("add-everything").constraints
        #expect(all.lifetime == 60 && all.needsConfirmation && all.destinations.count == 4)
        let steps = try Added("add-destinations").constraints.destinations
        #expect(steps.map(\.from.host) == ["", "first", "second", ""])
        #expect(steps.map(\.to.host) == ["first", "second", "third", "certified.example"])
        #expect(steps.map(\.to.user) == ["git", "me*", "", ""])
        #expect(steps[0].to.keys.map(\.key) == [try Recorded.key("host-first")])
        #expect(steps[3].to.keys.map(\.isAuthority) == [true])
    }

    @Test func `are never dropped, whatever the message is called`() throws {
        #expect(try added([2], type: KeyMessageType.add).needsConfirmation)
        #expect(throws: WireError.self) { try added([9], type: KeyMessageType.add) }
    }

    @Test func `given twice, unknown or empty make the message fail`() {
        let broken: [[UInt8]] = [
            [2, 2], [1, 0, 0, 0, 1, 1, 0, 0, 0, 1], [1, 0, 0], [0], [3, 0, 0, 0, 1], [254], [255],
            self.extension("unknown@example", []), self.extension("sk-provider@openssh.com", bytes("internal")),
            self.extension("associated-certs-v00@openssh.com", []), self.extension(DestinationConstraint.name, []),
        ]
        for constraints in broken { #expect(throws: WireError.self) { try added(constraints) } }
    }
}
