public import ClaveDomain
import GatewayAPI
public import GatewayStore

/// What a person came to do: in the sandbox, made-up procedures of made-up bodies.
public struct Procedure: Equatable, Sendable {
    public let id: String
    public let organisation: String
    public let title: String
    /// The level of registration that a person needs for it.
    public let demands: RegistrationLevel

    /// The sandbox's procedures.
    public static let samples = [
        Procedure(
            id: "padro", organisation: "Ajuntament de Mostra", title: "Certificat d'empadronament", demands: .basic),
        Procedure(id: "beca", organisation: "Universidad de Ejemplo", title: "Solicitud de beca", demands: .basic),
        Procedure(id: "licenza", organisation: "Concello de Proba", title: "Licenza de obra menor", demands: .basic),
        Procedure(
            id: "historia", organisation: "Adibide Osasun Etxea", title: "Osasun-historia kontsultatzea",
            demands: .advanced),
    ]

    /// What operators come to do.
    public static let desk = Procedure(
        id: "desk", organisation: "Sandbox gateway", title: "Operators' desk", demands: .advanced)

    /// The sample of that name.
    public static func sample(_ id: String) -> Procedure? { samples.first { $0.id == id } }

    /// The procedure of that name, whether a sample or the desk.
    public static func named(_ id: String) -> Procedure? { id == desk.id ? desk : sample(id) }
}

/// A visit as it is at a moment, in a known procedure.
public struct Transaction: Equatable, Sendable {
    public typealias State = Visit.State
    public typealias Method = Visit.Method

    /// What the browser's cookie holds; empty where the visit was not found by it.
    public let id: [UInt8]
    public let procedure: Procedure
    public let state: State
    /// What is kept of it.
    public let row: Visit

    /// What is stored of its name.
    public var key: [UInt8] { row.id }
    public var method: Method { row.method }
    /// The reference (PIN) or verification code (Cl@ve Mòbil) that the page shows.
    public var code: String { row.code }
    public var issuedAt: Int64 { row.issuedAt }
    public var expiresAt: Int64 { row.expiresAt }
    /// Row number of the person; nil also when the data were wrong.
    public var citizen: Int64? { row.citizen }
    /// Names the request towards the agent.
    public var request: [UInt8] { row.request }
    /// The starred document that was typed; empty before.
    public var document: String { row.document }
    /// The link's token.
    public var token: [UInt8] { row.token }
}

/// Whom a procedure lets in.
public struct Login: Equatable, Sendable {
    /// Row number of the person.
    public let citizen: Int64
    public let name: String
    public let document: NationalDocument
    public let level: RegistrationLevel
    public let method: Transaction.Method

    public init(
        citizen: Int64, name: String, document: NationalDocument, level: RegistrationLevel, method: Transaction.Method
    ) {
        self.citizen = citizen
        self.name = name
        self.document = document
        self.level = level
        self.method = method
    }
}

extension Transaction {
    /// Where its attempts count.
    public var door: Door { procedure == .desk ? .desk : .people }

    /// The request as the person's agent shows it.
    ///
    /// - Parameter origin: the network address that asked.
    func details(origin: String) -> RequestDetails {
        RequestDetails(
            identifier: request, organisation: procedure.organisation, procedure: procedure.title, code: code,
            origin: origin, createdAt: UInt64(issuedAt), expiresAt: UInt64(expiresAt))
    }
}
