import Foundation
import TestSupport
import Testing

/// An agent with one identity, and a person who says what the test wants.
private struct Signer {
    let world: World

    init() throws {
        world = try World()
        world.activate()
    }

    @discardableResult
    func sign(_ arguments: [String], content: String? = nil) throws -> Outcome {
        guard let content else { return world.run("clave-sign", arguments) }
        try content.write(toFile: world.folder + "/content", atomically: true, encoding: .utf8)
        return world.run("clave-sign", arguments + [world.folder + "/content"])
    }

    func json(_ arguments: [String], content: String) throws -> [String: String] {
        let outcome = try sign(arguments + ["-j"], content: content)
        let object = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8))
        return try #require(object as? [String: String], "\(outcome)")
    }

    /// Whether OpenSSL finds a signature right.
    func openSSL(publicKey: String, signature: String, of signed: Data) throws -> Bool {
        let folder = world.folder
        let key =
            Data([0x30, 0x2A, 0x30, 5, 6, 3, 0x2B, 0x65, 0x70, 3, 0x21, 0]) + (Data(base64Encoded: publicKey) ?? Data())
        try key.write(to: URL(filePath: folder + "/key.der"))
        try (Data(base64Encoded: signature) ?? Data()).write(to: URL(filePath: folder + "/signature"))
        try signed.write(to: URL(filePath: folder + "/signed"))
        return world.run(
            "/usr/bin/openssl",
            [
                "pkeyutl", "-verify", "-rawin", "-pubin", "-keyform", "DER", "-inkey", folder + "/key.der", "-in",
                folder + "/signed", "-sigfile", folder + "/signature",
            ]
        ).code == 0
    }

    /// The bytes of an ssh login with the identity's key (RFC 4252 section 7), in `folder/content`.
    func login() throws -> Data {
        let line = try sign(["-k"]).output.split(separator: " ")
        let blob = try #require(Data(base64Encoded: String(line[1])))
        func string(_ bytes: Data) -> Data { withUnsafeBytes(of: UInt32(bytes.count).bigEndian) { Data($0) } + bytes }
        func string(_ text: String) -> Data { string(Data(text.utf8)) }
        return string(Data(repeating: 5, count: 32)) + [50] + string("somebody") + string("ssh-connection")
            + string("publickey") + [1] + string("ssh-ed25519") + string(blob)
    }

    func write(_ data: Data) throws { try data.write(to: URL(filePath: world.folder + "/content")) }
}

@Suite(.serialized) struct `clave-sign` {
    @Test func `signs a challenge that the person was shown, as OpenSSL confirms`() throws {
        let signer = try Signer()
        let json = try signer.json(["-r", "https://seu.test", "-p", "Iniciar sessió"], content: "a nonce")
        let asked = signer.world.asked
        for line in [
            "To prove who you are to: \"https://seu.test\"", "What for: \"Iniciar sessió\"",
            "Both are what the program claims.", "Content: \"a nonce\"", "clave-sign\" [",
        ] { #expect(asked.contains(line)) }
        let signed = try #require(Data(base64Encoded: json["signed"] ?? ""))
        #expect(signed.starts(with: Data("CLAVE-CHALLENGE-1".utf8)))
        let (key, signature) = (json["public_key"] ?? "", json["signature"] ?? "")
        #expect(try signer.openSSL(publicKey: key, signature: signature, of: signed))
        #expect(try !signer.openSSL(publicKey: key, signature: signature, of: Data("a nonce".utf8)))
        // The same again, raw.
        let file = signer.world.folder + "/raw"
        try signer.sign(["-r", "https://seu.test", "-p", "Iniciar sessió", "-o", file], content: "a nonce")
        #expect(try Data(contentsOf: URL(filePath: file)).base64EncodedString() == signature)
        let log = signer.world.run("clave-add", ["--log", "-j"]).output
        #expect(log.contains("\"claimed_relying_party\":\"https://seu.test\"") && !log.contains(signature))
    }

    @Test(arguments: [10, 1_000_000]) func `signs a message as ssh-keygen verifies it`(size: Int) throws {
        let signer = try Signer()
        let content = String(repeating: "x", count: size)
        let outcome = try signer.sign(["-n", "file"], content: content)
        #expect(outcome.output.hasPrefix("-----BEGIN SSH SIGNATURE-----\n"), "\(outcome)")
        #expect(signer.world.asked.contains("Only the content's digest is known") == (size > 131_072))
        let folder = signer.world.folder
        try outcome.output.write(toFile: folder + "/signature", atomically: true, encoding: .utf8)
        try ("me " + signer.sign(["-k"]).output).write(toFile: folder + "/signers", atomically: true, encoding: .utf8)
        func verifies(_ namespace: String) -> Bool {
            let line = "cd \"$HOME\" && ssh-keygen -Y verify -f signers -I me -n \(namespace) -s signature <content"
            return signer.world.run("/bin/sh", ["-c", line]).code == 0
        }
        #expect(verifies("file") && !verifies("git"))
    }

    @Test func `never lets one purpose pass for another`() throws {
        let signer = try Signer()
        let login = try signer.login()
        try signer.write(login)
        let path = signer.world.folder + "/content"
        // Expressly a login: the person sees one, and the bytes are signed as they are.
        let outcome = try signer.sign(["--login", "-j", path])
        #expect(signer.world.asked.contains("To log in by ssh as \"somebody\""))
        let object = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: String] ?? [:]
        let key = object["public_key"] ?? ""
        #expect(try signer.openSSL(publicKey: key, signature: object["signature"] ?? "", of: login))
        // As anything else the same bytes are refused without a question, or signed in a form that is no login.
        let before = signer.world.asked
        for purpose in ["--opaque", "--tls"] {
            let refused = try signer.sign([purpose, "-j", path])
            #expect(refused.code == 1 && refused.output.isEmpty)
        }
        #expect(signer.world.asked == before)
        let challenge = try signer.sign(["-r", "x", "-p", "y", "-j", path])
        let other = try JSONSerialization.jsonObject(with: Data(challenge.output.utf8)) as? [String: String] ?? [:]
        #expect(try !signer.openSSL(publicKey: key, signature: other["signature"] ?? "", of: login))
        // A challenge is no login, and no opaque bytes either.
        try signer.write(try #require(Data(base64Encoded: other["signed"] ?? "")))
        for purpose in ["--login", "--opaque", "--tls"] { #expect(try signer.sign([purpose, "-j", path]).code == 1) }
        // What a device signs for its gateway neither; and its key is another one.
        try signer.write(Data("\"@method\": POST\n".utf8))
        #expect(try signer.sign(["--opaque", "-j", path]).code == 1)
        #expect(!signer.world.run("clave-add", ["-l", "-j"]).output.contains("\"public_key\":\"\(key)\""))
        // Another key's login is none of this identity's.
        var foreign = login
        foreign[foreign.count - 1] ^= 1
        try signer.write(foreign)
        #expect(try signer.sign(["--login", "-j", path]).code == 1)
    }

    @Test func `signs a handshake and opaque bytes only when told so, with the words for each`() throws {
        let signer = try Signer()
        let handshake =
            String(repeating: " ", count: 64) + "TLS 1.3, client CertificateVerify\0"
            + String(repeating: "h", count: 32)
        let tls = try signer.json(["--tls"], content: handshake)
        #expect(signer.world.asked.contains("To identify you to a server, in a TLS 1.3 handshake."))
        #expect(Data(base64Encoded: tls["signed"] ?? "") == Data(handshake.utf8))
        let opaque = try signer.json(["--opaque"], content: "anything")
        #expect(signer.world.asked.contains("your signature may be used for anything"))
        let key = opaque["public_key"] ?? ""
        #expect(try signer.openSSL(publicKey: key, signature: opaque["signature"] ?? "", of: Data("anything".utf8)))
        #expect(try signer.sign([], content: "anything").code == 64)
    }

    @Test func `writes nothing when the person says no, and asks nobody while the agent is locked`() throws {
        let signer = try Signer()
        try signer.world.answer("no")
        let file = signer.world.folder + "/signature"
        #expect(try signer.sign(["-n", "file", "-o", file], content: "x").code == 1)
        #expect(!FileManager.default.fileExists(atPath: file))
        try signer.world.answer("yes")
        let before = signer.world.asked
        let script = """
            export SSH_AUTH_SOCK="$CLAVE_AUTH_SOCK" SSH_ASKPASS_REQUIRE=force SSH_ASKPASS="$HOME/word"
            printf '#!/bin/sh\\necho word\\n' >word; chmod 700 word
            ssh-add -x && ! clave-sign -n file content && ! clave-pin -w 0 && ssh-add -X
            """
        let outcome = signer.world.run("/bin/sh", ["-c", "cd \"$HOME\"\n" + script])
        #expect(outcome.code == 0, "\(outcome)")
        #expect(outcome.errors.components(separatedBy: "The agent is locked").count == 3)
        #expect(signer.world.asked == before)
        #expect(try signer.sign(["-n", "file"], content: "x").code == 0)
    }

    @Test(arguments: [
        ["-r", "only"], ["-n", ""], ["-n", "x", "--opaque"], ["-n", "x", "-F", "cms"],
        ["-r", "a", "-p", "b", "-F", "sshsig"],
        ["-n", "x", "--digest", "sha256:00"], ["-n", "x", "--digest", "md5:00"], ["-n", "x", "a", "b"],
    ])
    func `explains a command line that makes no sense`(arguments: [String]) throws {
        let outcome = try World(gateway: false, agent: false).run("clave-sign", arguments)
        #expect(outcome.code == 64)
        #expect(outcome.errors.contains("Try 'clave-sign --help'."))
    }
}
