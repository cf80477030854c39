import AgentProtocol
import Foundation
import SSHKeys
import TestSupport
import Testing
import Wire

@testable import AgentCore

/// Walks through all requests of Cl@ve's: what each one's row requires is what the agent requires.
@Suite struct `The table of requests` {
    private static let root = URL(filePath: #filePath).appending(path: "../../..").standardizedFileURL

    /// A frame for each request: those of the protocol's document.
    private static func frames() throws -> [String: [UInt8]] {
        let document = try String(contentsOf: root.appending(path: "contrib/doc/PROTOCOL.md"), encoding: .utf8)
        var frames: [String: [UInt8]] = [:]
        for block in document.components(separatedBy: "```hex\n").dropFirst() {
            let text = block.components(separatedBy: "```")[0]
            let frame = text.split(whereSeparator: \.isWhitespace).compactMap { UInt8($0, radix: 16) }
            let payload = Array(frame.dropFirst(4))
            guard case .call(let call)? = try? ClientRequest(payload: payload.span.bytes) else { continue }
            frames[call.name] = frame
        }
        return frames
    }

    private static func rows(_ isMeant: (RequestRow) -> Bool) throws -> [(row: RequestRow, frame: [UInt8])] {
        let frames = try frames()
        return try RequestTable.rows.filter(isMeant).map { ($0, try #require(frames[$0.name])) }
    }

    /// With what code a request is refused, on a connection of its own; nil if it is answered.
    private static func refusal(
        _ frame: [UInt8], _ core: CoreHarness, _ prepare: (RawClient) throws -> Void = { _ in }
    ) throws -> AgentError.Code? {
        let client = try RawClient(core)
        try prepare(client)
        try client.write(frame)
        let payload = try #require(try client.read())
        return try WireReader.read(payload.span.bytes) { (reader) throws(WireError) in
            _ = try reader.byte()
            _ = try reader.text(limit: ProtocolLimits.extensionName)
            let isDone = try reader.boolean()
            let code = isDone ? nil : try AgentError(decoding: &reader).code
            _ = try reader.rest(limit: Frame.maximumLength)
            return code
        }
    }

    @Test func `has each request that the protocol defines once, and an example of each is in its document`() throws {
        let folder = Self.root.appending(path: "Sources/AgentProtocol")
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        let defined = try files.flatMap { file in
            try String(contentsOf: file, encoding: .utf8).split(separator: "\n").compactMap { line -> String? in
                guard line.contains("static let name = "), line.contains("@clave-agent.internal") else { return nil }
                return line.split(separator: "\"").dropFirst().first.map(String.init)
            }
        }
        #expect(defined.count > 30)
        #expect(defined.sorted() == RequestTable.rows.map(\.name).sorted())
        #expect(try Set(Self.frames().keys) == Set(defined))
    }

    @Test func `has requests refused while the agent is locked, unless they do not require that it is not`() throws {
        let stage = try Stage()
        #expect(try RawClient(stage.core).ask(22, "a lock") == [6])
        for (row, frame) in try Self.rows({ _ in true }) {
            let expected: AgentError.Code? = row.requirements.contains(.unlocked) ? .locked : nil
            // No vault has been made.
            if row.name == VaultRequest.name { continue }
            #expect(try Self.refusal(frame, stage.core) == expected, "\(row.name)")
        }
        #expect(stage.person.questions.isEmpty)
    }

    @Test(arguments: [true, false])
    func `has requests refused to another host, unless they do not require this one`(isProven: Bool) throws {
        let stage = try Stage()
        for (row, frame) in try Self.rows({ _ in true }) {
            let refusal = try Self.refusal(frame, stage.core) { try $0.bind(isForwarding: true, isProven: isProven) }
            #expect(refusal == (row.requirements.contains(.local) ? .invalid : nil), "\(row.name)")
        }
        #expect(stage.person.questions.isEmpty)
    }

    @Test func `has nobody asked for the passphrase of a vault that is not there`() throws {
        let stage = try Stage()
        let rows = try Self.rows { !$0.requirements.isDisjoint(with: [.vault, .vaultIfAny]) }
        #expect(rows.count > 10)
        for (row, frame) in rows where row.name != ForgetRegistrationRequest.name {
            let expected: AgentError.Code? = row.requirements.contains(.vault) ? .noIdentity : nil
            #expect(try Self.refusal(frame, stage.core) == expected, "\(row.name)")
        }
        #expect(stage.person.questions.isEmpty)
    }

    @Test
    func `has the person asked for the vault's passphrase before a request that requires the vault, and its no holds`()
        throws
    {
        let stage = try Stage()
        _ = try stage.activate().get()
        // Locked and unlocked, the agent keeps the vault closed.
        #expect(try RawClient(stage.core).ask(22, "a lock") == [6])
        #expect(try RawClient(stage.core).ask(23, "a lock") == [6])
        stage.person.outcome = .denied
        for (row, frame) in try Self.rows({ !$0.requirements.isDisjoint(with: [.vault, .vaultIfAny]) }) {
            let before = stage.person.questions.count
            #expect(try Self.refusal(frame, stage.core) == .denied, "\(row.name)")
            let asked = stage.person.questions.dropFirst(before).map(\.subject)
            #expect(asked == [.unlock(wrongTries: 0, miss: nil)], "\(row.name)")
        }
        #expect(try stage.core.status().vault == .locked)
    }

    @Test func `has ssh's messages that use, bring or take keys fail while the agent is locked, and changes nothing`()
        throws
    {
        let core = try CoreHarness()
        let client = try RawClient(core)
        let key = try client.addKey()
        #expect(try client.ask(22, "a lock") == [6])
        #expect(try !client.sign(with: key))
        #expect(try client.ask(18, key) == [5])
        for type in [19, 21, 22] as [UInt8] { #expect(try client.ask(type, "x") == [5], "\(type)") }
        #expect(try client.listed() == 0)
        #expect(try client.ask(23, "a lock") == [6])
        #expect(try client.listed() == 1)
        #expect(try client.sign(with: key))
    }
}

extension RawClient {
    /// Sends a message whose body is a key.
    fileprivate func ask(_ type: UInt8, _ key: PublicKey) throws -> [UInt8] {
        var payload = ByteWriter()
        payload.put(byte: type)
        payload.put(key.blob)
        return try ask(payload)
    }
}
