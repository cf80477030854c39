import AgentProtocol
import Foundation
import Posix
import SecureMemory
import TestSupport
import Testing
import Vault

/// Backups as a tool hands them over.
@Suite struct `A file that is handed over` {
    private let stage: Stage
    private let file: [UInt8]

    /// A vault of several parts, and its file.
    init() throws {
        stage = try Stage()
        _ = try stage.makeVault(withKeyring: false)
        do {
            var vault = try Vault.open(
                in: stage.core.folder + "/vault",
                passphrase: SecretBytes(copying: Array("a test passphrase".utf8).span.bytes))
            for _ in 0..<5 { try vault.put(.random(), kind: .setting, SecretBytes(zeros: 60_000)) }
        }
        file = try Files.read(stage.core.folder + "/vault/vault", limit: 1 << 20)
    }

    private func handOver(_ bytes: [UInt8], on connection: borrowing AgentConnection) throws {
        for offset in stride(from: 0, to: bytes.count, by: ProtocolLimits.vaultPart) {
            let end = min(offset + ProtocolLimits.vaultPart, bytes.count)
            _ = try connection.send(VaultPartRequest(offset: UInt32(offset), bytes: Array(bytes[offset..<end])))
        }
    }

    private func code(_ body: () throws -> Void) -> AgentError.Code? {
        do { try body() } catch AgentConnection.Failure.refused(let error) { return error.code } catch {}
        return nil
    }

    @Test func `in parts is opened as a whole, once`() throws {
        let connection = try stage.core.connect()
        try handOver(file, on: connection)
        #expect(file.count > 2 * ProtocolLimits.vaultPart)
        #expect(try connection.send(RehearseRequest()) == BackupInfo(records: 5))
        #expect(stage.person.questions.map(\.subject) == [.vault(.rehearse)])
        #expect(code { _ = try connection.send(RehearseRequest()) } == .invalid)
        #expect(try stage.core.status().vault == .locked)
    }

    @Test func `takes the vault's place and opens it`() throws {
        let connection = try stage.core.connect()
        try handOver(file, on: connection)
        let info = try connection.send(RestoreRequest())
        #expect(info == BackupInfo(records: 5, former: stage.core.folder + "/vault/vault.before-restore"))
        #expect(stage.person.questions.map(\.subject) == [.vault(.restoreOver)])
        #expect(try stage.core.status().vault == .open)
    }

    @Test func `is whole, in order and one client's, or nothing`() throws {
        let connection = try stage.core.connect()
        #expect(code { _ = try connection.send(RestoreRequest()) } == .invalid)
        #expect(code { _ = try connection.send(VaultPartRequest(offset: 1, bytes: [1])) } == .invalid)
        try handOver(Array(file.prefix(1000)), on: connection)
        #expect(code { _ = try connection.send(VaultPartRequest(offset: 999, bytes: [1])) } == .invalid)
        #expect(code { _ = try connection.send(RehearseRequest()) } == .backup)
        try handOver(file, on: connection)
        let other = try stage.core.connect()
        #expect(code { _ = try other.send(RestoreRequest()) } == .invalid)
        try handOver(Array(file.prefix(10)), on: other)
        #expect(code { _ = try connection.send(RestoreRequest()) } == .invalid)
        #expect(stage.person.questions.isEmpty)
    }

    @Test func `that is larger than any vault is refused before it is there`() throws {
        let connection = try stage.core.connect()
        #expect(code { try handOver([UInt8](repeating: 0, count: (1 << 20) + 1), on: connection) } == .backup)
    }

    @Test func `leaves the vault and its identities as they are if it can't be written`() throws {
        let stage = try Stage()
        let identity = try stage.activate().get()
        let before = try Files.read(stage.core.folder + "/vault/vault", limit: 1 << 20)
        // A folder in the way of the new file: every write of the vault fails.
        try Files.makeFolder(stage.core.folder + "/vault/vault.new/x")
        let connection = try stage.core.connect()
        try handOver(file, on: connection)
        #expect(code { _ = try connection.send(RestoreRequest()) } == .system)
        #expect(try stage.core.connect().send(IdentitiesRequest()).identities.map(\.name) == [identity.name])
        #expect(try Files.read(stage.core.folder + "/vault/vault", limit: 1 << 20) == before)
    }

    @Test func `is not opened by a wrong passphrase`() throws {
        let connection = try stage.core.connect()
        for _ in 0..<3 {
            stage.core.next(.prompt) { pipe in
                _ = try pipe.receive()
                try pipe.send(
                    secret: Answer(outcome: .given, value: SecretBytes(copying: Array("wrong".utf8).span.bytes)))
            }
        }
        try handOver(file, on: connection)
        #expect(code { _ = try connection.send(RestoreRequest()) } == .wrongPassphrase)
        #expect(try Files.read(stage.core.folder + "/vault/vault", limit: 1 << 20) == file)
        #expect(try stage.core.status().vault == .locked)
    }
}
