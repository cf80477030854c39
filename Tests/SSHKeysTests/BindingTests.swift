import SecureMemory
import SignedForms
import Testing
import Wire

@testable import SSHKeys

@Suite struct `A session's binding` {
    private func read(_ body: [UInt8]) throws -> SessionBinding {
        try WireReader.read(body) { (reader) throws(WireError) in try SessionBinding(decoding: &reader) }
    }

    private func body(_ name: String) throws -> [UInt8] {
        Array(try Recorded.payload(name).dropFirst(5 + SessionBinding.name.utf8.count))
    }

    /// A host's word for a session.
    private func binding(_ host: borrowing SigningKey, session: [UInt8], isForwarding: Bool) throws -> SessionBinding {
        var writer = ByteWriter()
        writer.put(SSHEd25519.blob(host.publicKey))
        writer.put(session)
        writer.put(SSHEd25519.signatureBlob(host.sign(session.span.bytes)))
        writer.put(isForwarding)
        return try read(writer.bytes)
    }

    @Test(arguments: ["bind-login", "bind-login-rsa-host", "bind-forwarding"])
    func `is refused if any bit of it is changed`(name: String) throws {
        let body = try body(name)
        #expect(try read(body).isProven)
        // The last byte tells whether it is for forwarding: the client's word, which nobody signs.
        for index in 0..<body.count - 1 {
            for bit in 0..<8 {
                var changed = body
                changed[index] ^= 1 << bit
                let isTaken = (try? read(changed))?.isProven ?? false
                #expect(!isTaken, "bit \(bit) of byte \(index)")
            }
        }
        for length in 0..<body.count { #expect(throws: WireError.self) { try read(Array(body.prefix(length))) } }
    }

    @Test func `is one of sixteen at most, and one too many ends all trust in what is bound`() throws {
        let host = SigningKey()
        var trail = SessionTrail()
        for number in 0..<16 {
            let isTaken = trail.bind(try binding(host, session: [UInt8(number)], isForwarding: true))
            #expect(isTaken)
        }
        #expect(trail.bindings.count == 16 && !trail.hasFailed)
        let isTaken = trail.bind(try binding(host, session: [99], isForwarding: true))
        #expect(!isTaken && trail.hasFailed && trail.bindings.count == 16)
    }

    @Test func `of a session that another host has is refused`() throws {
        let first = SigningKey()
        let second = SigningKey()
        var trail = SessionTrail()
        let isTaken = trail.bind(try binding(first, session: [1], isForwarding: true))
        let isTakenAgain = trail.bind(try binding(second, session: [1], isForwarding: true))
        #expect(isTaken && !isTakenAgain && trail.hasFailed)
    }
}
