import Foundation
import TestSupport
import Testing
import Wire

@testable import SSHKeys

private let curves: [KeyAlgorithm: [UInt8]] = [
    .ecdsaP256: [0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07],
    .ecdsaP384: [0x06, 0x05, 0x2B, 0x81, 0x04, 0x00, 0x22],
    .ecdsaP521: [0x06, 0x05, 0x2B, 0x81, 0x04, 0x00, 0x23],
    .ed25519: [0x06, 0x03, 0x2B, 0x65, 0x70],
]

@Suite struct `A key that a token tells` {
    private func octets(_ bytes: [UInt8]) -> [UInt8] {
        (bytes.count < 128 ? [4, UInt8(bytes.count)] : [4, 0x81, UInt8(bytes.count)]) + bytes
    }

    /// The key as a token would tell it, its point wrapped or bare.
    private func told(_ key: PublicKey, wrapped: Bool, change: ([UInt8]) -> [UInt8] = { $0 }) -> PublicKey? {
        switch key.numbers {
        case .rsa(let n, let e): .rsa(modulus: change(n), exponent: [0] + e)
        case .ecdsa(let point):
            .ecdsa(curve: curves[key.algorithm]!, point: change(wrapped ? octets(point) : point))
        case .ed25519(let point): .ed25519(curve: curves[.ed25519]!, point: change(wrapped ? octets(point) : point))
        case .ecdsaSK, .ed25519SK: nil
        }
    }

    @Test(arguments: Recorded.kinds, [true, false]) func `has the blob that OpenSSH wrote`(
        kind: String, wrapped: Bool
    ) throws {
        let key = try Recorded.key(kind)
        #expect(told(key, wrapped: wrapped) == key)
    }

    @Test(arguments: Recorded.kinds) func `is refused if it is cut short or too long`(kind: String) throws {
        let key = try Recorded.key(kind)
        #expect(told(key, wrapped: true) { _ in [] } == nil)
        guard key.algorithm != .rsa else { return }
        #expect(told(key, wrapped: true) { $0 + [0] } == nil)
        #expect(told(key, wrapped: true) { Array($0.dropLast()) } == nil)
        #expect(told(key, wrapped: false) { Array($0.dropLast()) } == nil)
    }

    @Test(arguments: ["ecdsa-256", "ecdsa-384", "ecdsa-521"]) func `is refused off its curve`(kind: String) throws {
        let key = try Recorded.key(kind)
        #expect(told(key, wrapped: true) { $0.dropLast() + [$0.last! ^ 1] } == nil)
    }

    @Test func `is refused on a curve that OpenSSH does not know`() throws {
        guard case .ecdsa(let point) = try Recorded.key("ecdsa-256").numbers else { return }
        // secp256k1.
        #expect(PublicKey.ecdsa(curve: [0x06, 0x05, 0x2B, 0x81, 0x04, 0x00, 0x0A], point: point) == nil)
    }

    @Test func `is refused with a modulus too short to be safe`() {
        #expect(PublicKey.rsa(modulus: [UInt8](repeating: 0xFF, count: 96), exponent: [1, 0, 1]) == nil)
    }

    @Test func `names Edwards's curve in both ways`() throws {
        let key = try Recorded.key("ed25519")
        guard case .ed25519(let point) = key.numbers else { return }
        #expect(PublicKey.ed25519(curve: [0x13, 0x0C] + bytes("edwards25519"), point: point) == key)
        #expect(PublicKey.ed25519(curve: [0x13, 0x0A] + bytes("edwards448"), point: point) == nil)
    }

    @Test(arguments: ["ed25519", "ecdsa -b 256", "ecdsa -b 384", "ecdsa -b 521", "rsa -b 2048"])
    func `may come in an X.509 certificate`(type: String) throws {
        let folder = NSTemporaryDirectory() + "clave-x509-" + UUID().uuidString.prefix(8)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let kind = type.split(separator: " ")
        let options =
            switch kind[0] {
            case "ed25519": "-newkey ed25519"
            case "rsa": "-newkey rsa:2048"
            default: "-newkey ec -pkeyopt ec_paramgen_curve:P-\(kind[2])"
            }
        let made = runProgram(
            "/bin/sh",
            [
                "-c",
                """
                cd \(folder) && openssl req -x509 \(options) -nodes -keyout key -subj /CN=x -outform DER -out der \
                && openssl pkey -in key -traditional -out pem && chmod 600 pem \
                && openssl pkey -in key -pubout -out public && ssh-keygen -i -m PKCS8 -f public >ssh || true
                """,
            ], environment: ["PATH": "/usr/bin:/bin"])
        let der = try Array(Data(contentsOf: URL(filePath: folder + "/der")))
        let key = try #require(PublicKey.certified(byX509: der), "\(made.errors)")
        // ssh-keygen of OpenSSH 9.2 reads no Ed25519 key in this form.
        if kind[0] != "ed25519" {
            let line = try String(contentsOfFile: folder + "/ssh", encoding: .utf8).split(separator: " ")
            #expect(Data(key.blob).base64EncodedString() == line[1].trimmingCharacters(in: .newlines))
        } else {
            #expect(key.algorithm == .ed25519)
        }
        for length in 0..<der.count { #expect(PublicKey.certified(byX509: Array(der.prefix(length))) == nil) }
        // A bit changed outside the key leaves the key or none; inside it, another key or none.
        let numbers = try #require(place(of: key, in: der))
        for place in der.indices {
            var changed = der
            changed[place] ^= 1 << UInt8(place % 8)
            guard let other = PublicKey.certified(byX509: changed) else { continue }
            // Before the key stand its kind, its lengths and how many bits of it are not used.
            if !(numbers.lowerBound - 16..<numbers.upperBound).contains(place) {
                #expect(other == key, "byte \(place)")
            }
            if numbers.contains(place) { #expect(other != key, "byte \(place)") }
        }
    }
}

/// Where a key's point or modulus and exponent lie in a certificate.
private func place(of key: PublicKey, in der: [UInt8]) -> Range<Int>? {
    let bytes =
        switch key.numbers {
        case .ed25519(let point), .ecdsa(let point), .ed25519SK(let point, _), .ecdsaSK(let point, _): point
        // The exponent stands behind the modulus: tag, length, 65537.
        case .rsa(let n, _): n + [0x02, 0x03, 0x01, 0x00, 0x01]
        }
    return der.indices.first { der[$0...].starts(with: bytes) }.map { $0..<$0 + bytes.count }
}

@Suite struct `A token's signature` {
    @Test(arguments: ["ecdsa-256", "ecdsa-384", "ecdsa-521", "ed25519", "rsa-2048"])
    func `becomes the blob that OpenSSH would make of it`(kind: String) throws {
        let key = try Recorded.key(kind)
        for line in try Recorded.lines("signatures") where line[0] == kind {
            let recorded = Array(try #require(Data(base64Encoded: line[2])))
            let (name, wire) = try WireReader.read(recorded) { (reader) throws(WireError) in
                (try reader.text(limit: 64), try reader.bytes(limit: 4096))
            }
            let algorithm = try #require(SignatureAlgorithm(rawValue: name))
            let half = (key.algorithm.pointLength - 1) / 2
            let raw =
                switch key.numbers {
                case .ecdsa:
                    try WireReader.read(wire) { (reader) throws(WireError) in
                        let numbers = [try PublicKey.number(&reader), try PublicKey.number(&reader)]
                        return numbers.flatMap { [UInt8](repeating: 0, count: half - $0.count) + $0 }
                    }
                default: wire
                }
            #expect(algorithm.blob(ofTokenSignature: raw, by: key) == recorded)
            #expect(algorithm.blob(ofTokenSignature: raw + [0], by: key) == nil)
            // Zeros in front of an RSA signature may be missing.
            if key.algorithm == .rsa {
                let short = algorithm.blob(ofTokenSignature: Array(raw.dropFirst()), by: key)
                #expect(short.map { $0.suffix(raw.count) } == [0] + raw.dropFirst())
            }
            #expect(algorithm.blob(ofTokenSignature: [], by: key) == nil)
        }
    }
}

@Suite struct `A list of patterns` {
    @Test(arguments: [
        ("/usr/lib/x.so", true), ("/usr/lib64/deep/x.so", true), ("/usr/local/lib/x.so", true),
        ("/home/me/x.so", false),
        ("/usr/libexec/x", true), ("/usr/x", false), ("", false),
    ])
    func `takes what one of them takes`(path: String, fits: Bool) {
        #expect(Pattern.matches(path, list: "/usr/lib*/*,/usr/local/lib*/*") == fits)
    }

    @Test func `refuses what a negated one takes, wherever it stands`() {
        #expect(!Pattern.matches("/opt/bad.so", list: "/opt/*,!/opt/bad.so"))
        #expect(!Pattern.matches("/opt/bad.so", list: "!/opt/bad.so,/opt/*"))
        #expect(Pattern.matches("/opt/good.so", list: "!/opt/bad.so,/opt/*"))
        #expect(!Pattern.matches("/opt/good.so", list: "!/opt/bad.so"))
        #expect(!Pattern.matches("/opt/good.so", list: ""))
    }
}
