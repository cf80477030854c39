import AgentProtocol
import Foundation
import Posix
import SecureMemory
import TestSupport
import Testing
import Vault

@testable import AgentCore

@Suite struct `The strength of a passphrase's derivation` {
    private let strength = DerivationStrength(most: 256 << 20)

    private func slot(_ operations: UInt64, _ memory: UInt64) -> KeyDerivation {
        KeyDerivation(operations: operations, memory: memory << 20, salt: [UInt8](repeating: 1, count: 16))!
    }

    @Test func `is by what the machine has`() {
        for (available, memory) in [(2048, 256), (1 << 20, 256), (2047, 64), (0, 64), (nil, 64)] as [(UInt64?, UInt64)]
        {
            let made = strength.derivation(available: available.map { $0 << 20 })
            #expect(made.memory == memory << 20 && made.operations == 3)
        }
        #expect(DerivationStrength(most: 8 << 20).derivation(available: 0).memory == 8 << 20)
        #expect(strength.derivation().salt != strength.derivation().salt)
    }

    @Test func `is raised where a slot is weaker, and never lowered`() {
        let plenty: UInt64 = 8 << 30
        for (operations, memory) in [(3, 64), (1, 1), (3, 255), (2, 256)] as [(UInt64, UInt64)] {
            let raised = strength.raised(above: slot(operations, memory), available: plenty)
            #expect(raised?.memory == 256 << 20 && raised?.operations == 3)
        }
        for (operations, memory) in [(3, 256), (3, 512), (4, 64), (64, 2048)] as [(UInt64, UInt64)] {
            #expect(strength.raised(above: slot(operations, memory), available: plenty) == nil)
        }
        #expect(strength.raised(above: slot(3, 64), available: 1 << 30) == nil)
        let changed = strength.derivation(after: slot(4, 512), available: 0)
        #expect(changed.memory == 512 << 20 && changed.operations == 4)
    }

    // MARK: The machine

    private func available(_ files: [String: String]) -> UInt64? { MachineMemory.available { files[$0] } }

    private let meminfo = "MemTotal:       24684084 kB\nMemFree:  1 kB\nMemAvailable:   1048576 kB\n"

    @Test func `is measured by what is free, and by every limit around the process`() {
        #expect(available([:]) == nil)
        #expect(available(["/proc/meminfo": "MemFree: 1 kB\n"]) == nil)
        var files = ["/proc/meminfo": meminfo]
        #expect(available(files) == 1 << 30)
        files["/proc/self/cgroup"] = "0::/user.slice/a.scope\n"
        #expect(available(files) == 1 << 30)
        files["/sys/fs/cgroup/user.slice/a.scope/memory.max"] = "max\n"
        #expect(available(files) == 1 << 30)
        files["/sys/fs/cgroup/user.slice/memory.max"] = "536870912\n"
        #expect(available(files) == 512 << 20)
        files["/sys/fs/cgroup/memory.max"] = "268435456\n"
        #expect(available(files) == 256 << 20)
    }

    @Test func `is measured in control groups of the first version too`() {
        var files = ["/proc/meminfo": meminfo, "/proc/self/cgroup": "5:cpu,memory:/x/y\n4:pids:/z\n"]
        files["/sys/fs/cgroup/memory/x/y/memory.limit_in_bytes"] = "9223372036854771712\n"
        #expect(available(files) == 1 << 30)
        files["/sys/fs/cgroup/memory/memory.limit_in_bytes"] = "134217728\n"
        #expect(available(files) == 128 << 20)
        files["/sys/fs/cgroup/memory/z/memory.limit_in_bytes"] = "1\n"
        #expect(available(files) == 128 << 20)
    }

    @Test func `is known on this machine`() throws {
        #expect(try #require(MachineMemory.available()) > 1 << 20)
    }

    // MARK: The vault

    @Test func `is raised when the person opens the vault by the passphrase, and not by the keyring`() throws {
        let keyring = PlayedKeyring()
        for withKeyring in [false, true] {
            let stage = try Stage()
            stage.core.always(.keyring) { try keyring.answer($0) }
            let (slot, key) = try stage.makeVault(withKeyring: withKeyring)
            keyring.hold(key, slot)
            #expect(stage.refusal(UnlockVaultRequest()) == nil)
            let found = try Vault.describe(in: stage.core.folder + "/vault").slots[0].derivation
            #expect(found?.memory == (withKeyring ? 8192 : 8 << 20))
            stage.core.dropKeys()
            try eventually("the lock") { try stage.core.status().vault == .locked }
            #expect(stage.refusal(UnlockVaultRequest()) == nil)
            #expect(try Vault.describe(in: stage.core.folder + "/vault").slots[0].derivation?.memory == 8 << 20)
        }
    }

    @Test func `stays, and the vault opens, if it can't be raised`() throws {
        let stage = try Stage()
        _ = try stage.makeVault(withKeyring: false)
        // A folder in the way of the new file: every write of the vault fails.
        try Files.makeFolder(stage.core.folder + "/vault/vault.new/x")
        #expect(stage.refusal(UnlockVaultRequest()) == nil)
        #expect(try stage.core.status().vault == .open)
        #expect(try Vault.describe(in: stage.core.folder + "/vault").slots[0].derivation?.memory == 8192)
    }
}
