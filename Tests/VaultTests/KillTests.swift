import Foundation
import Glibc
import Posix
import SecureMemory
import TestSupport
import Testing

@testable import Vault

/// A program that changes a vault is killed before each of its calls that has to do with files, one after the other:
/// what it leaves is the old vault or the new one, and every slot in it opens it.
@Suite struct `A change of the vault that is killed at any system call` {
    /// All that can be told of a vault from outside, and by opening it in every way.
    private struct State: Equatable {
        var passphrase = ""
        var records: [RecordID: [UInt8]] = [:]
        var slots: [UInt32] = []
        var memory: UInt64?
        var keyring: SlotID?
        var keyringOpens = true
    }

    private let folder = TestFolder()
    private let shim: String

    init() throws {
        shim = folder.path + "/kill.so"
        let source = Files.parent(of: #filePath) + "/kill.c"
        let made = runProgram(
            "/usr/bin/gcc", ["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", shim, source, "-ldl"],
            environment: ["PATH": "/usr/bin:/bin"])
        try #require(made.code == 0, "\(made)")
    }

    private func keyring(_ id: SlotID) -> KeyringKey {
        KeyringKey(id: id, key: secret([UInt8](repeating: id.bytes[0], count: 32)))
    }

    /// The vault as it is before each change, and a backup beside it.
    private func makeOld() throws -> [String: [UInt8]] {
        do {
            var backup = try Vault.create(in: folder.vault, passphrase: secret("xyzzy"), derivation: weakest())
            try backup.put(record(2), kind: .identity, secret("from the backup"))
        }
        let backup = try folder.bytes()
        try FileManager.default.removeItem(atPath: folder.vault)
        do {
            var vault = try makeVault(folder)
            try vault.put(record(1), kind: .identity, secret("old"))
            try vault.setKeyring(keyring(SlotID(bytes: [UInt8](repeating: 1, count: 16))!))
        }
        return ["vault": try folder.bytes(), "backup": backup]
    }

    /// Puts the folder into its state before the change.
    private func reset(_ files: [String: [UInt8]]) throws {
        try? FileManager.default.removeItem(atPath: folder.vault)
        for (name, bytes) in files {
            try Files.makeFolder(folder.vault)
            try Files.replace(folder.vault + "/" + name, with: bytes)
        }
    }

    /// Nil where there is no vault.
    private func state() throws -> State? {
        guard Vault.exists(in: folder.vault) else { return nil }
        let found = try Vault.describe(in: folder.vault)
        var state = State()
        state.slots = found.slots.map(\.kind)
        state.memory = found.slots.first?.derivation?.memory
        state.keyring = found.slots.compactMap(\.keyring).first
        for passphrase in ["open sesame", "xyzzy"] {
            guard let records = try? contents(folder.vault, passphrase: passphrase) else { continue }
            state.passphrase += passphrase
            state.records = records
        }
        if let id = state.keyring {
            let key = keyring(id)
            state.keyringOpens =
                failure { () throws(VaultError) in _ = try Vault.open(in: folder.vault, keyring: key) } == nil
        }
        return state
    }

    private func run(_ change: String, killAt call: Int, half: Bool = false) throws -> Int32 {
        var environment = ["LD_PRELOAD": shim, "CLAVE_KILL_AT": "\(call)", "CLAVE_CALLS": folder.path + "/calls"]
        if half { environment["CLAVE_KILL_HALF"] = "1" }
        return runProgram(
            try program("clave-vault-writer"), [folder.vault, change], environment: environment
        ).code
    }

    @Test(arguments: [
        "create", "put", "remove", "passphrase", "key", "keyring", "no-keyring", "derivation", "restore",
    ])
    func `leaves the old vault or the new one, and all of its slots open it`(change: String) throws {
        let files = change == "create" ? [:] : try makeOld()
        try reset(files)
        let old = try state()
        #expect(try run(change, killAt: 0) == 0)
        let new = try #require(try state())
        #expect(new != old && new.keyringOpens)
        let calls = try #require(Int(try String(contentsOfFile: folder.path + "/calls", encoding: .utf8)))
        #expect(calls > 10)
        var seen: (old: Int, new: Int) = (0, 0)
        for call in 1...calls {
            for half in [false, true] {
                try reset(files)
                #expect(try run(change, killAt: call, half: half) == 128 + SIGKILL, "\(change), call \(call)")
                let left = try state()
                #expect(left == old || left == new, "\(change), call \(call)")
                if left == old { seen.old += 1 } else { seen.new += 1 }
            }
        }
        // Killed early it is the old one, killed late the new one.
        #expect(seen.old > 0 && seen.new > 0)
    }

    @Test func `leaves nothing that keeps the next change from being made`() throws {
        let files = try makeOld()
        #expect(try run("put", killAt: 0) == 0)
        let new = try state()
        let calls = try #require(Int(try String(contentsOfFile: folder.path + "/calls", encoding: .utf8)))
        for call in 1...calls {
            try reset(files)
            _ = try run("put", killAt: call)
            #expect(try run("put", killAt: 0) == 0)
            #expect(try state() == new)
            #expect(!FileManager.default.fileExists(atPath: folder.file + ".new"))
        }
    }
}
