import AgentProtocol
import SSHKeys
import SecureMemory
import Wire

/// A client's request, decoded: everything that the agent's socket understands.
enum ClientRequest: Sendable {
    /// RFC 9987: which keys are there?
    case listKeys
    /// RFC 9987: what is to be done with keys.
    case keys(KeyRequest)
    /// RFC 9987: which extensions are there?
    case query
    /// One of Cl@ve's, of ``RequestTable``.
    case call(ClientCall)
    /// A message or extension that this agent does not know.
    case unknown

    /// The extension that lists all others.
    private static let queryName = "query"

    /// The extensions that `query` lists.
    static let extensions = [queryName, SessionBinding.name] + RequestTable.rows.map(\.name)

    /// Reads a payload: type and body.
    ///
    /// - Throws: ``WireError`` for a body that breaks its message's form; the connection is then closed.
    init(payload: RawSpan) throws(WireError) {
        self = try WireReader.read(payload) { (reader) throws(WireError) in
            switch try reader.byte() {
            case AgentMessageType.requestIdentities:
                _ = try reader.rest(limit: Frame.maximumLength)
                return .listKeys
            case AgentMessageType.extension:
                return try Self.extension(&reader)
            case let type:
                return try Self.aboutKeys(type, &reader)
            }
        }
    }

    /// What breaks its form here is answered with a failure, as other agents do; the frame tells where the next begins.
    private static func aboutKeys(_ type: UInt8, _ reader: inout WireReader) throws(WireError) -> ClientRequest {
        var request: KeyRequest?
        do throws(WireError) { request = try KeyRequest.decode(type: type, &reader) } catch { request = nil }
        _ = try reader.rest(limit: Frame.maximumLength)
        return request.map { .keys($0) } ?? .unknown
    }

    private static func `extension`(_ reader: inout WireReader) throws(WireError) -> ClientRequest {
        // A name that can't be read is none that this agent knows, and is refused as such a one (RFC 9987).
        guard let name = try? reader.text(limit: ProtocolLimits.extensionName) else {
            _ = try reader.rest(limit: Frame.maximumLength)
            return .unknown
        }
        switch name {
        case queryName: return .query
        case SessionBinding.name:
            do throws(WireError) { return .keys(.bind(try SessionBinding(decoding: &reader))) } catch {
                _ = try reader.rest(limit: Frame.maximumLength)
                return .keys(.brokenBind)
            }
        default:
            if let row = RequestTable.row(name) { return .call(try row.decode(&reader)) }
            _ = try reader.rest(limit: Frame.maximumLength)
            return .unknown
        }
    }

    /// The extension that a payload asks for, whatever follows; nil if even that can't be read.
    static func name(in payload: RawSpan) -> String? {
        try? WireReader.read(payload) { (reader) throws(WireError) in
            guard try reader.byte() == AgentMessageType.extension else { throw .malformed }
            let name = try reader.text(limit: ProtocolLimits.extensionName)
            _ = try reader.rest(limit: Frame.maximumLength)
            return name
        }
    }

    /// The extension's name, to answer under; empty for messages of the RFC.
    var name: String {
        switch self {
        case .listKeys, .keys, .unknown: ""
        case .query: Self.queryName
        case .call(let call): call.name
        }
    }
}

/// A whole reply frame.
enum ClientReply: Sendable {
    case plain([UInt8])
    case secret(SecretBox)

    /// Whether it is the plain word that something was done.
    var isSuccess: Bool {
        if case .plain([0, 0, 0, 1, AgentMessageType.success]) = self { return true }
        return false
    }

    /// A reply that consists of its type only.
    static func bare(_ type: UInt8) -> ClientReply {
        .plain([0, 0, 0, 1, type])
    }
}
