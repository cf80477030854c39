import SecureMemory
import Testing
import Wire

@testable import SSHKeys

@Suite struct `A key on a FIDO token that OpenSSH adds` {
    @Test(arguments: Recorded.securityKinds) func `is the one of its public file, with and without a certificate`(
        kind: String
    ) throws {
        for (name, isCertified) in [("add-\(kind)", false), ("add-\(kind)-cert", true)] {
            let added = try Added(name)
            #expect(added.key.plain.blob == (try Recorded.blob(kind)))
            #expect((added.key.certificate != nil) == isCertified)
            #expect(added.key.application == "ssh:" && added.comment == "comment of \(kind)")
            #expect(added.constraints.securityKeyProvider?.hasSuffix("/dummy.so") == true)
            let fingerprint = try #require(try Recorded.lines("fingerprints").first { $0[0] == kind })
            #expect(added.key.fingerprint == fingerprint[1])
        }
        #expect(try Added("add-internal-sk").constraints.securityKeyProvider == KeyConstraints.internalProvider)
    }

    @Test(arguments: Recorded.securityKinds) func `brings what it asks of the person, and its handle`(
        kind: String
    ) throws {
        for name in ["add-\(kind)", "add-\(kind)-cert"] {
            let wanted: SecurityKeySecret.Flags = kind == "verify-sk" ? [.presence, .verification] : .presence
            let isRead = try Added(name).secret.withSecret { secret in
                guard let read = try? SecurityKeySecret(secret) else { return false }
                return read.flags == wanted && read.handle.count > 40
            }
            #expect(isRead == true)
        }
    }

    @Test(arguments: Recorded.securityKeys) func `is refused if its end is missing`(name: String) throws {
        let payload = try Recorded.payload(name)
        var whole: [Int] = []
        for length in 1..<payload.count where (try? Added(Array(payload.prefix(length)))) != nil {
            whole.append(length)
        }
        // Without the constraint, which ends where the message does, it is another message.
        #expect(whole.count == 1)
    }

    @Test(arguments: Recorded.securityKeys) func `is refused or the same if any bit of its public half is changed`(
        name: String
    ) throws {
        let payload = try Recorded.payload(name)
        let before = try Added(name)
        for place in 1..<payload.count {
            var changed = payload
            changed[place] ^= 1 << UInt8(place % 8)
            guard let after = try? Added(changed), before.key.certificate == nil else { continue }
            // A point of Edwards's curve is any 32 bytes, and what a key is for any text.
            let isSame = after.key == before.key || after.key.fingerprint != before.key.fingerprint
            #expect(isSame, "byte \(place)")
        }
    }

    @Test func `is refused with something in the field that is reserved`() throws {
        let key = try Recorded.key("ed25519-sk")
        func request(reserved: String, handle: String) -> [UInt8] {
            var writer = ByteWriter()
            writer.put(byte: KeyMessageType.add)
            writer.put(key.algorithm.rawValue)
            guard case .ed25519SK(let point, let application) = key.numbers else { return [] }
            writer.put(point)
            writer.put(application)
            writer.put(byte: 1)
            writer.put(handle)
            writer.put(reserved)
            writer.put("comment")
            return writer.bytes
        }
        #expect(try Added(request(reserved: "", handle: "handle")).key == key)
        #expect(throws: WireError.malformed) { try Added(request(reserved: "x", handle: "handle")) }
        #expect(throws: WireError.malformed) { try Added(request(reserved: "", handle: "")) }
        let long = String(repeating: "x", count: KeyLimits.keyHandle + 1)
        #expect(throws: WireError.tooLong) { try Added(request(reserved: "", handle: long)) }
    }

    @Test func `is not made a plain one, nor a plain one it, by the constraint of the other`() throws {
        let provider = Array(try Recorded.payload("add-internal-sk").suffix(1 + 4 + 23 + 4 + 8))
        #expect(provider[0] == 255)
        #expect(throws: WireError.malformed) { try Added(Recorded.payload("add-ed25519") + provider) }
        #expect(throws: WireError.malformed) { try Added(Recorded.payload("add-internal-sk") + provider) }
    }
}

@Suite struct `A signature of a FIDO token` {
    private static let names = ["ed25519-sk", "ecdsa-sk"]

    /// What OpenSSH's agent gave, by the middleware without hardware, and the message that it signed.
    private func recorded(_ name: String) throws -> (signature: [UInt8], message: [UInt8], key: PublicKey) {
        let line = try #require(try Recorded.lines("signatures").first { $0[0] == name })
        return (
            try #require(bytes(base64: line[2], limit: 4096)), Array("signed by \(name) with flags 0".utf8),
            try Recorded.key(name)
        )
    }

    @Test(arguments: names) func `is the key's, and no other bits are`(name: String) throws {
        let (signature, message, key) = try recorded(name)
        #expect(key.isValid(signature, of: message))
        for index in signature.indices {
            var changed = signature
            changed[index] ^= 1 << UInt8(index % 8)
            #expect(!key.isValid(changed, of: message), "byte \(index)")
        }
        for length in signature.indices { #expect(!key.isValid(Array(signature.prefix(length)), of: message)) }
        #expect(!key.isValid(signature + [0], of: message))
        #expect(!key.isValid(signature, of: message + [0]))
    }

    @Test(arguments: names) func `is written as OpenSSH writes it`(name: String) throws {
        let (signature, _, key) = try recorded(name)
        let parts = try SignatureParts(signature)
        #expect(parts.flags == 1 && parts.counter == 0x1234_5678)
        var form = SecurityKeySignature.Form.ed25519(parts.raw)
        if name == "ecdsa-sk" {
            let numbers = try WireReader.read(parts.raw) { (reader) throws(WireError) in
                (try PublicKey.number(&reader), try PublicKey.number(&reader))
            }
            form = .ecdsa(r: numbers.0, s: numbers.1)
            let der = SecurityKeySignature(
                .der(try #require(OpenSSLSignature.der(fromWire: parts.raw))), flags: parts.flags,
                counter: parts.counter)
            #expect(der.blob(by: key) == signature)
        }
        let made = SecurityKeySignature(form, flags: parts.flags, counter: parts.counter)
        #expect(made.blob(by: key) == signature)
        #expect(made.blob(by: try Recorded.key("ed25519")) == nil)
    }

    @Test func `in a form that can't be one is none`() throws {
        let (ecdsa, ed25519) = (try Recorded.key("ecdsa-sk"), try Recorded.key("ed25519-sk"))
        let forms: [(SecurityKeySignature.Form, PublicKey)] = [
            (.ed25519([]), ed25519), (.ed25519([UInt8](repeating: 1, count: 65)), ed25519), (.ed25519([1]), ecdsa),
            (.ecdsa(r: [], s: [1]), ecdsa), (.ecdsa(r: [1], s: [UInt8](repeating: 1, count: 34)), ecdsa),
            (.ecdsa(r: [1], s: [1]), ed25519), (.der([]), ecdsa), (.der([0x30, 0x03, 2, 1, 1]), ecdsa),
        ]
        for (form, key) in forms { #expect(SecurityKeySignature(form, flags: 1, counter: 1).blob(by: key) == nil) }
    }

    @Test func `proves a host whose key is on a token`() throws {
        for name in Self.names {
            let (signature, session, key) = try recorded(name)
            var writer = ByteWriter()
            writer.put(key.blob)
            writer.put(session)
            writer.put(signature)
            writer.put(false)
            let binding = try WireReader.read(writer.bytes) { (reader) throws(WireError) in
                try SessionBinding(decoding: &reader)
            }
            #expect(binding.isProven)
            var trail = SessionTrail()
            let isTaken = trail.bind(binding)
            #expect(isTaken && !trail.hasFailed)
        }
    }
}

@Suite struct `Certificates for a token's keys` {
    private func read(_ body: (inout ByteWriter) -> Void, type: UInt8 = KeyMessageType.addCardConstrained) throws
        -> KeyConstraints
    {
        var writer = ByteWriter()
        writer.put(byte: type)
        writer.put("/usr/lib/library.so")
        writer.put("1234")
        body(&writer)
        guard case .addProvider(_, _, let constraints) = try decode(writer.bytes) else { throw WireError.malformed }
        return constraints
    }

    private func put(_ list: [[UInt8]], exclusive: Bool, into writer: inout ByteWriter) {
        var inner = ByteWriter()
        for blob in list { inner.put(blob) }
        writer.put(byte: 255)
        writer.put("associated-certs-v00@openssh.com")
        writer.put(exclusive)
        writer.put(inner.bytes)
    }

    private func certificate(_ kind: String) throws -> [UInt8] { try Added("add-\(kind)-cert").key.blob }

    @Test(arguments: [true, false]) func `go with the keys that they certify`(exclusive: Bool) throws {
        let (rsa, ecdsa) = (try certificate("rsa-2048"), try certificate("ecdsa-256"))
        let plain = try Recorded.blob("ecdsa-256")
        let read = try #require(
            try read { put([rsa, ecdsa, plain], exclusive: exclusive, into: &$0) }.certificates)
        #expect(read.isExclusive == exclusive)
        #expect(read.certificates(of: try Recorded.key("ecdsa-256")).map(\.blob) == [ecdsa])
        #expect(read.certificates(of: try Recorded.key("rsa-2048")).map(\.blob) == [rsa])
        #expect(read.certificates(of: try Recorded.key("ed25519")).isEmpty)
    }

    @Test func `beside other constraints, none of which is lost`() throws {
        let certificate = try certificate("ecdsa-256")
        let read = try read {
            $0.put(byte: 2)
            put([certificate], exclusive: false, into: &$0)
            $0.put(byte: 1)
            $0.put(UInt32(60))
        }
        #expect(read.needsConfirmation && read.lifetime == 60 && read.certificates != nil)
    }

    @Test func `that are broken, given twice, or given with a key of another kind, make the message fail`() throws {
        let certificate = try certificate("ecdsa-256")
        #expect(throws: WireError.self) { try read { put([certificate.dropLast()], exclusive: false, into: &$0) } }
        #expect(throws: WireError.self) { try read { put([[1, 2, 3]], exclusive: false, into: &$0) } }
        #expect(throws: WireError.self) {
            try read {
                put([certificate], exclusive: false, into: &$0)
                put([certificate], exclusive: false, into: &$0)
            }
        }
        var constraint = ByteWriter()
        put([certificate], exclusive: false, into: &constraint)
        #expect(throws: WireError.self) { try Added(Recorded.payload("add-ed25519") + constraint.bytes) }
        #expect(throws: WireError.self) { try Added(Recorded.payload("add-ed25519-sk") + constraint.bytes) }
        let many = [[UInt8]](repeating: certificate, count: 2)
        #expect(try read { put(many, exclusive: false, into: &$0) }.certificates != nil)
    }
}

@Suite struct `A key of a kind that is not supported` {
    @Test(arguments: ["ssh-mldsa44-ed25519@openssh.com", "ssh-dss", "ssh-xmss@openssh.com"])
    func `is refused with its name and a reason`(name: String) throws {
        var writer = ByteWriter()
        writer.put(byte: KeyMessageType.add)
        writer.put(name)
        writer.put([1, 2, 3])
        guard case .unsupported(let reason) = try decode(writer.bytes) else {
            Issue.record("it is read as something else")
            return
        }
        #expect(reason.hasPrefix(name))
        #expect(reason.contains("ML-DSA") == name.contains("mldsa"))
    }
}
