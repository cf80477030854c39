import ClaveDomain
import GatewayStore

/// A store with people whom tests make up.
struct PeopleSamples {
    let store: any GatewayStore
    let document: NationalDocument
    let datum: ContrastDatum
    let phone: PhoneNumber

    init(_ engine: Engine) throws {
        store = try engine.open()
        document = try Self.document(12_345_678)
        datum = try ContrastDatum(kindName: "validity", canonicalText: "31-12-2030")
        phone = try PhoneNumber(parsing: "+34612345678")
    }

    /// The DNI of a number.
    static func document(_ number: Int) throws -> NationalDocument {
        try NationalDocument(parsing: "\(number)\(NationalDocument.checkLetter(of: number))")
    }

    /// Somebody to register: the person of ``document`` and ``phone``, but for what is given.
    func new(
        _ document: NationalDocument? = nil, name: String = "AINA PROVA MOSTRA", phone: String? = nil
    ) throws -> NewCitizen {
        NewCitizen(
            document: document ?? self.document, name: name, level: .basic, datum: datum,
            phone: try phone.map { (typed) throws(DomainError) in try PhoneNumber(parsing: typed) } ?? self.phone,
            language: "ca", email: "aina@example.org", way: "letter")
    }

    /// An entry of the census.
    func entry(_ document: NationalDocument? = nil, address: [String] = ["Carrer, 7", "08999 VILA"]) -> CensusEntry {
        CensusEntry(
            document: document ?? self.document, name: "AINA PROVA MOSTRA", datum: datum, address: address,
            language: "ca")
    }

    func write<Result>(_ body: (WriteTransaction) throws(StoreError) -> Result) throws(StoreError) -> Result {
        try store.write(body)
    }

    func read<Result>(_ body: (ReadTransaction) throws(StoreError) -> Result) throws(StoreError) -> Result {
        try store.read(body)
    }

    @discardableResult
    func register(_ person: NewCitizen, at now: Int64 = 100) throws -> Int64 {
        try write { (tx) throws(StoreError) in try tx.citizens.register(person, at: now) }
    }

    func citizen() throws -> Citizen? {
        try read { (tx) throws(StoreError) in try tx.citizens.find(document) }
    }
}
