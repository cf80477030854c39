import Foundation
import SecureMemory
import TestSupport
import Testing
import Wire

@testable import SSHKeys

@Suite struct `What OpenSSH says` {
    private static let others = [
        "remove", "remove-cert", "remove-all", "lock", "unlock", "sign-file", "sign-login", "sign-login-rsa",
        "sign-login-unbound", "sign-test", "add-card", "remove-card",
    ]
    private static let constrainedTypes = [KeyMessageType.addConstrained, KeyMessageType.addCardConstrained]

    @Test(arguments: Recorded.adds + Recorded.securityKeys + Recorded.constrained + others + ["add-card-constrained"])
    func `is read and written again byte for byte`(name: String) throws {
        let payload = try Recorded.payload(name)
        let request = try #require(try decode(payload))
        #expect(encoded(request, constrained: Self.constrainedTypes.contains(payload[0])) == payload)
    }

    @Test(arguments: others) func `is refused when it is cut short`(name: String) throws {
        let payload = try Recorded.payload(name)
        for length in 1..<max(payload.count, 1) {
            #expect(throws: WireError.self) { _ = try decode(Array(payload.prefix(length))) }
        }
    }
}

@Suite struct `A signature` {
    private static func bytes(hex: String) -> [UInt8] {
        let digits = Array(hex.filter { !$0.isWhitespace })
        return stride(from: 0, to: digits.count, by: 2).map { UInt8(String(digits[$0...$0 + 1]), radix: 16)! }
    }

    /// RFC 8032 section 7.1, tests 1 to 3: seed, public key, message, signature.
    private static let ed25519 = [
        (
            "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
            """
            e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b\
            d25bf5f0595bbe24655141438e7a100b
            """
        ),
        (
            "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
            """
            92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c\
            387b2eaeb4302aeeb00d291612bb0c00
            """
        ),
        (
            "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
            "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
            """
            6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc659\
            4a7c15e9716ed28dc027beceea1ec40a
            """
        ),
    ]

    @Test(arguments: ed25519) func `by Ed25519 is that of RFC 8032`(
        seed: String, point: String, message: String, expected: String
    ) throws {
        let (seed, point) = (Self.bytes(hex: seed), Self.bytes(hex: point))
        var writer = ByteWriter()
        writer.put(byte: KeyMessageType.add)
        writer.put("ssh-ed25519")
        writer.put(point)
        writer.put(seed + point)
        writer.put("")
        let added = try Added(writer.bytes)
        var blob = ByteWriter()
        blob.put("ssh-ed25519")
        blob.put(Self.bytes(hex: expected))
        #expect(added.sign(Self.bytes(hex: message)) == blob.bytes)
    }

    /// RFC 6979 A.2.5 (P-256) and A.2.6 (P-384), each for the message "sample": x, y, r, s.
    private static let ecdsa = [
        (
            KeyAlgorithm.ecdsaP256, "60FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6",
            "7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299",
            "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716",
            "F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8"
        ),
        (
            .ecdsaP384,
            "EC3A4E415B4E19A4568618029F427FA5DA9A8BC4AE92E02E06AAE5286B300C64DEF8F0EA9055866064A254515480BC13",
            "8015D9B72D7D57244EA8EF9AC0C621896708A59367F9DFB9F54CA84B3F1C9DB1288B231C3AE0D4FE7344FD2533264720",
            "94EDBB92A5ECB8AAD4736E56C691916B3F88140666CE9FA73D64C4EA95AD133C81A648152E44ACF96E36DD1E80FABE46",
            "99EF4AEB15F178CEA1FE40DB2603138F130E740A19624526203B6351D0A3A94FA329C145786E679E7B82C71A38628AC8"
        ),
    ]

    @Test(arguments: ecdsa) func `by ECDSA that RFC 6979 gives is right, and no other`(
        algorithm: KeyAlgorithm, x: String, y: String, r: String, s: String
    ) throws {
        let key = PublicKey(algorithm, .ecdsa([4] + Self.bytes(hex: x) + Self.bytes(hex: y)))
        func blob(_ r: [UInt8], _ s: [UInt8]) -> [UInt8] {
            var numbers = ByteWriter()
            numbers.put(PublicKey.multiplePrecision(r))
            numbers.put(PublicKey.multiplePrecision(s))
            var writer = ByteWriter()
            writer.put(algorithm.rawValue)
            writer.put(numbers.bytes)
            return writer.bytes
        }
        let (r, s) = (Self.bytes(hex: r), Self.bytes(hex: s))
        // The digest goes with the curve: SHA-256 and SHA-384.
        #expect(key.isValid(blob(r, s), of: Array("sample".utf8)))
        #expect(!key.isValid(blob(s, r), of: Array("sample".utf8)))
        #expect(!key.isValid(blob(r, s), of: Array("simple".utf8)))
    }

    @Test(arguments: [("rsa-2048", UInt32(2), "sha256"), ("rsa-3072", 4, "sha512")])
    func `by RSA is that of OpenSSL, which has only one`(name: String, flags: UInt32, digest: String) throws {
        let added = try Added("add-\(name)")
        let signature = try #require(added.sign(Array("message".utf8), flags: flags))
        let folder = NSTemporaryDirectory() + "clave-rsa-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let line = "ssh-rsa \(Data(added.key.blob).base64EncodedString())\n"
        try line.write(toFile: folder + "/key.pub", atomically: true, encoding: .utf8)
        try Data("message".utf8).write(to: URL(filePath: folder + "/message"))
        // Behind the algorithm's name and both lengths.
        let length = added.key.algorithm == .rsa ? (name == "rsa-2048" ? 256 : 384) : 0
        try Data(signature.suffix(length)).write(to: URL(filePath: folder + "/signature"))
        let script = """
            cd "$1" && ssh-keygen -e -m pkcs8 -f key.pub >key.pem && \
            openssl dgst -\(digest) -verify key.pem -signature signature message
            """
        let outcome = runProgram("/bin/sh", ["-c", script, "sh", folder], environment: ["PATH": "/usr/bin:/bin"])
        #expect(outcome.output.contains("Verified OK"), "\(outcome)")
        #expect(signature == added.sign(Array("message".utf8), flags: flags))
    }
}
