import Foundation
import Glibc
import SecureMemory
import TestSupport
import Testing

@testable import Cryptoki

/// SoftHSM in this process, with two tokens that are made once: it reads its settings when it is initialized. One suite
/// uses it, one test after the other.
struct SoftToken: @unchecked Sendable {
    static let path = "/usr/lib/softhsm/libsofthsm2.so"
    static let shared = Result { try SoftToken() }

    let folder: String
    let module: CryptokiModule

    private init() throws {
        folder = NSTemporaryDirectory() + "clave-softhsm-" + UUID().uuidString.prefix(8)
        try FileManager.default.createDirectory(atPath: folder + "/tokens", withIntermediateDirectories: true)
        // contrib/test names the place: a variable that is set while other tests read theirs could crash them.
        let settings = ProcessInfo.processInfo.environment["SOFTHSM2_CONF"] ?? folder + "/conf"
        try "directories.tokendir = \(folder)/tokens\n".write(toFile: settings, atomically: true, encoding: .utf8)
        setenv("SOFTHSM2_CONF", settings, 0)
        let made = runProgram(
            "/bin/sh",
            [
                "-ec",
                """
                cd "$HOME"
                softhsm2-util --init-token --free --label card --pin 1234 --so-pin 5678
                softhsm2-util --init-token --free --label other --pin 4321 --so-pin 5678
                tool="pkcs11-tool --module \(Self.path) --login --pin 1234 --token-label card"
                $tool --keypairgen --key-type EC:prime256v1 --id 01 --label p256
                $tool --keypairgen --key-type EC:secp521r1 --id 02 --label p521
                $tool --keypairgen --key-type EC:edwards25519 --id 03 --label ed25519
                $tool --keypairgen --key-type rsa:2048 --id 04 --label rsa
                $tool --keypairgen --key-type EC:prime256v1 --id 05 --label each --always-auth
                openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-384 -nodes -keyout key.pem -subj /CN=certified \
                    -outform DER -out certificate.der
                openssl pkey -in key.pem -outform DER -out key.der
                $tool --write-object key.der --type privkey --id 06 --label certified
                $tool --write-object certificate.der --type cert --id 06 --label certified
                """,
            ],
            environment: ["HOME": folder, "PATH": "/usr/bin:/bin", "SOFTHSM2_CONF": settings])
        try #require(made.code == 0, "\(made)")
        module = try CryptokiModule(path: Self.path)
    }

    /// The token of that label.
    func token(_ label: String = "card") throws -> Token {
        try #require(try module.tokens().first { $0.label == label })
    }

    /// A session in which somebody is logged in.
    func session() throws -> TokenSession {
        let session = try TokenSession(module, try token())
        try session.logIn(secret("1234"))
        return session
    }
}

/// A text as a secret.
func secret(_ text: String) -> SecretBytes { SecretBytes(copying: Array(text.utf8).span.bytes) }
