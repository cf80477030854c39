import Foundation
import SecureMemory
import TestSupport
import Testing
import Wire

@testable import SignedForms

private let digest = MessageDigest(of: Array("abc".utf8))

@Suite struct `A message's digest` {
    @Test func `is that of FIPS 180-4's example, in parts as well`() {
        let expected = """
            ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd\
            454d4423643ce80e2a9ac94fa54ca49f
            """
        #expect(digest.bytes.map { String(format: "%02x", $0) }.joined() == expected)
        var hash = SHA512Hash()
        for byte in "abc".utf8 { hash.update([byte].span.bytes) }
        #expect(MessageDigest(hash) == digest)
    }

    @Test(arguments: [(MessageDigest.Algorithm.sha256, 31), (.sha256, 64), (.sha512, 32), (.sha512, 65)])
    func `of another length than its algorithm's is none`(algorithm: MessageDigest.Algorithm, length: Int) {
        #expect(MessageDigest(algorithm, [UInt8](repeating: 0, count: length)) == nil)
    }
}

@Suite struct `A digest with its algorithm` {
    @Test(
        arguments: [
            (.sha256, [0x30, 0x31, 0x30, 0x0D, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1, 5, 0, 4, 0x20]),
            (.sha384, [0x30, 0x41, 0x30, 0x0D, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 2, 5, 0, 4, 0x30]),
            (.sha512, [0x30, 0x51, 0x30, 0x0D, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 3, 5, 0, 4, 0x40]),
        ] as [(MessageDigest.Algorithm, [UInt8])])
    func `has the bytes that RFC 8017 prints`(algorithm: MessageDigest.Algorithm, beginning: [UInt8]) throws {
        let bytes = [UInt8](repeating: 0xD1, count: algorithm.length)
        #expect(DigestInfo.der(of: try #require(MessageDigest(algorithm, bytes))) == beginning + bytes)
    }

    @Test func `may be by SHA-1, where it has its length`() {
        let beginning: [UInt8] = [0x30, 0x21, 0x30, 9, 6, 5, 0x2B, 0x0E, 3, 2, 0x1A, 5, 0, 4, 0x14]
        let bytes = [UInt8](repeating: 0xD1, count: 20)
        #expect(DigestInfo.der(ofSHA1: bytes) == beginning + bytes)
        for length in [0, 19, 21, 32] { #expect(DigestInfo.der(ofSHA1: [UInt8](repeating: 1, count: length)) == nil) }
    }
}

@Suite struct `A Cl@ve challenge` {
    private let challenge = ClaveChallenge(relyingParty: "https://seu.test", purpose: "Iniciar sessió", digest: digest)!

    @Test func `has the bytes that PROTOCOL.md tells`() {
        var expected = ByteWriter()
        for text in ["https://seu.test", "Iniciar sessió", "", "sha512"] { expected.put(text) }
        expected.put(digest.bytes)
        #expect(challenge.signedBytes == Array("CLAVE-CHALLENGE-1".utf8) + expected.bytes)
    }

    @Test func `is read again, and refused when cut short at any length or followed by anything`() throws {
        let bytes = challenge.signedBytes
        #expect(try ClaveChallenge(signedBytes: bytes) == challenge)
        for length in bytes.indices {
            #expect(throws: WireError.self) { try ClaveChallenge(signedBytes: Array(bytes[..<length])) }
        }
        #expect(throws: WireError.self) { try ClaveChallenge(signedBytes: bytes + [0]) }
    }

    @Test func `with any bit flipped is another or none`() {
        let bytes = challenge.signedBytes
        for index in bytes.indices {
            for bit in 0..<8 {
                var flipped = bytes
                flipped[index] ^= 1 << bit
                let read = try? ClaveChallenge(signedBytes: flipped)
                #expect(read == nil || (read != challenge && read?.signedBytes == flipped))
            }
        }
    }

    @Test(arguments: ["", String(repeating: "a", count: 513)])
    func `needs names of a fit length`(name: String) {
        #expect(ClaveChallenge(relyingParty: name, purpose: "x", digest: digest) == nil)
        #expect(ClaveChallenge(relyingParty: "x", purpose: name, digest: digest) == nil)
    }
}

@Suite struct `An SSH signature` {
    @Test func `is what ssh-keygen verifies`() throws {
        let folder = NSTemporaryDirectory() + "clave-sshsig-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let message = Array("a message\n".utf8)
        let key = SigningKey()
        let form = try #require(SSHSignature(namespace: "file", digest: MessageDigest(of: message)))
        let armored = form.armored(
            publicKey: SSHEd25519.blob(key.publicKey),
            signature: SSHEd25519.signatureBlob(key.sign(form.signedBytes.span.bytes)))
        try Data(message).write(to: URL(filePath: folder + "/message"))
        try (armored + "\n").write(toFile: folder + "/signature", atomically: true, encoding: .utf8)
        try "me \(SSHEd25519.line(key.publicKey))\n"
            .write(toFile: folder + "/signers", atomically: true, encoding: .utf8)
        func verify(_ namespace: String) -> Outcome {
            runProgram(
                "/bin/sh",
                [
                    "-c", "cd \"$1\" && ssh-keygen -Y verify -f signers -I me -n \"$2\" -s signature <message", "sh",
                    folder, namespace,
                ],
                environment: ["PATH": "/usr/bin:/bin"])
        }
        #expect(verify("file").code == 0)
        #expect(verify("git").code != 0)
        #expect(try SSHSignature(signedBytes: form.signedBytes) == form)
    }
}

@Suite struct `A CertificateVerify` {
    private func bytes(_ context: String, _ padding: Int = 64, _ hash: Int = 32) -> [UInt8] {
        [UInt8](repeating: 0x20, count: padding) + Array(context.utf8) + [0] + [UInt8](repeating: 1, count: hash)
    }

    @Test(arguments: [("client", 32), ("server", 48)])
    func `is told by its form`(role: String, length: Int) {
        let form = CertificateVerify(signedBytes: bytes("TLS 1.3, \(role) CertificateVerify", 64, length))
        #expect(form?.role.rawValue == role && form?.transcriptHash.count == length)
    }

    @Test func `of any other form is none`() {
        let client = "TLS 1.3, client CertificateVerify"
        #expect(CertificateVerify(signedBytes: bytes(client, 63)) == nil)
        #expect(CertificateVerify(signedBytes: bytes(client, 65)) == nil)
        for length in [0, 20, 31, 33, 47, 64] {
            #expect(CertificateVerify(signedBytes: bytes(client, 64, length)) == nil)
        }
        #expect(CertificateVerify(signedBytes: bytes("TLS 1.3, exporter")) == nil)
    }
}
