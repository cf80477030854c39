import AgentProtocol
import Foundation
import Glibc
import Posix
import SSHKeys
import SecureMemory
import TestSupport
import Testing
import Wire

/// The middleware without hardware, a key made by Debian's ssh-keygen with it, and the real `clave-sk-helper`.
private struct Bench {
    let folder: String
    var library: String { folder + "/dummy.so" }

    init() throws {
        folder = NSTemporaryDirectory() + "clave-sk-" + UUID().uuidString.prefix(8)
        try Files.makeFolder(folder)
        let source = Files.parent(of: Files.parent(of: #filePath)) + "/Middleware/dummy.c"
        let made = run("cc -shared -fPIC -o dummy.so '\(source)' -lcrypto")
        try #require(made.code == 0, "\(made)")
    }

    @discardableResult
    func run(_ line: String) -> Outcome {
        runProgram(
            "/bin/sh", ["-c", "cd '\(folder)' && \(line)"], environment: ["PATH": "/usr/bin:/bin", "HOME": folder])
    }

    /// Makes a key; its public blob and its handle.
    func makeKey(_ options: String) throws -> (blob: [UInt8], handle: [UInt8]) {
        let made = run("ssh-keygen -q \(options) -w '\(library)' -N '' -C '' -f key")
        try #require(made.code == 0, "\(made)")
        let line = try String(contentsOfFile: folder + "/key.pub", encoding: .utf8).split(separator: " ")
        // The private half as OpenSSH's file has it, without a passphrase: the handle begins behind flags.
        let file = try String(contentsOfFile: folder + "/key", encoding: .utf8).split(separator: "\n")
        let body = [UInt8](try #require(Data(base64Encoded: file.dropFirst().dropLast().joined())))
        let flags = options.contains("verify-required") ? UInt8(5) : 1
        let application = Array("ssh:".utf8) + [flags]
        let place = try #require(body.indices.last { body[$0...].starts(with: application + [0, 0]) }) + 5
        let count = Int(body[place + 2]) << 8 | Int(body[place + 3])
        return ([UInt8](try #require(Data(base64Encoded: String(line[1])))), Array(body[place + 4..<place + 4 + count]))
    }

    /// Asks the helper, as the core does.
    func sign(
        _ key: (blob: [UInt8], handle: [UInt8]), flags: UInt8 = 1, pin: String = "", provider: String? = nil
    ) throws -> (signed: ProviderSigned?, code: Int32) {
        let ends = try Descriptor.pair()
        let channel = FrameChannel(Descriptor(owning: ends.0))
        let child = try Child(program("clave-sk-helper"), environment: [:], descriptors: [3: ends.1])
        close(ends.1)
        try channel.send(
            secret: SecurityKeySign(
                provider: provider ?? library, key: key.blob, flags: flags,
                handle: SecretBytes(copying: key.handle.span.bytes), data: Array("message".utf8),
                pin: SecretBytes(copying: Array(pin.utf8).span.bytes)))
        let payload = try? channel.receive()
        let signed = payload?.withBytes { try? ProviderSigned.decode(payload: $0) } ?? nil
        try eventually("the helper to end") { !child.isRunning }
        return (signed, child.exitCode)
    }
}

@Suite struct `The helper for FIDO tokens` {
    @Test(arguments: ["ed25519-sk", "ecdsa-sk"]) func `has a middleware sign, and ends`(type: String) throws {
        let bench = try Bench()
        let key = try bench.makeKey("-t \(type)")
        let (signed, code) = try bench.sign(key)
        let answer = try #require(signed)
        #expect(answer.outcome == .done && code == 0, "\(answer)")
        #expect(try PublicKey(blob: key.blob).isValid(answer.signature, of: Array("message".utf8)))
    }

    @Test func `says whether a PIN is wanted or was wrong`() throws {
        let bench = try Bench()
        let key = try bench.makeKey("-t ed25519-sk -O verify-required")
        #expect(try bench.sign(key, flags: 5).signed?.outcome == .pinNeeded)
        #expect(try bench.sign(key, flags: 5, pin: "4321").signed?.outcome == .wrongPIN)
        #expect(try bench.sign(key, flags: 5, pin: "1234\0").signed?.outcome == .wrongPIN)
        #expect(try bench.sign(key, flags: 5, pin: "1234").signed?.outcome == .done)
    }

    @Test(
        arguments: [("crash", nil, 134), ("empty", .failed, 0), ("gone", .tokenGone, 0)]
            as [(String, ProviderOutcome?, Int32)])
    func `keeps a middleware's faults to itself`(fault: String, outcome: ProviderOutcome?, code: Int32) throws {
        let bench = try Bench()
        let key = try bench.makeKey("-t ecdsa-sk")
        bench.run("echo \(fault) >fault")
        let answer = try bench.sign(key)
        #expect(answer.signed?.outcome == outcome && answer.code == code)
    }

    @Test func `loads no library that others can write, that is not there, or that is for something else`() throws {
        let bench = try Bench()
        let key = try bench.makeKey("-t ed25519-sk")
        #expect(try bench.sign(key, provider: "/nonexistent.so").signed?.outcome == .notFound)
        bench.run("cp dummy.so open.so; chmod 666 open.so")
        #expect(try bench.sign(key, provider: bench.folder + "/open.so").signed?.outcome == .notAllowed)
        // One that would tell by a file that it was loaded.
        bench.run(
            """
            printf '%s\\n' '#include <fcntl.h>' '__attribute__((constructor)) static void f(void) {' \
                'creat("\(bench.folder)/loaded", 0600); }' >other.c; cc -shared -fPIC -o other.so other.c
            """)
        #expect(try bench.sign(key, provider: bench.folder + "/other.so").signed?.outcome == .notAllowed)
        #expect(!Files.exists(bench.folder + "/loaded"))
        bench.run(
            "sed s/0x000a0000/0x000b0000/ '\(Files.parent(of: Files.parent(of: #filePath)))/Middleware/dummy.c' >new.c; cc -shared -fPIC -o new.so new.c -lcrypto"
        )
        let newer = try #require(try bench.sign(key, provider: bench.folder + "/new.so").signed)
        #expect(newer.outcome == .notAllowed && newer.detail.contains("version 11, not 10"))
    }

    @Test func `says that no token is plugged in where there is none`() throws {
        let bench = try Bench()
        let key = try bench.makeKey("-t ed25519-sk")
        let answer = try bench.sign(key, provider: "")
        #expect(answer.signed?.outcome == .tokenGone && answer.code == 0, "\(answer)")
    }

    @Test func `is of no use by hand, and ends at what it does not understand`() throws {
        let outcome = runProgram(try program("clave-sk-helper"), [], environment: [:])
        #expect(outcome.code == 64 && outcome.errors.contains("started by clave-agent"))
        let ends = try Descriptor.pair()
        let channel = FrameChannel(Descriptor(owning: ends.0))
        let child = try Child(program("clave-sk-helper"), environment: [:], descriptors: [3: ends.1])
        close(ends.1)
        try channel.send(CoreReady())
        try eventually("the helper to end") { !child.isRunning }
        #expect(child.exitCode == 1)
    }
}
