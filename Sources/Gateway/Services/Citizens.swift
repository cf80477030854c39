import ClaveDomain
import GatewayStore

extension GatewayServices {
    /// Registers a person.
    ///
    /// - Throws: a refused ``StoreError`` if the document is registered or the phone belongs to another.
    @discardableResult
    func addCitizen(
        _ document: NationalDocument, name: FullName, level: RegistrationLevel, datum: ContrastDatum,
        phone: PhoneNumber, language: String = "es"
    ) throws(StoreError) -> Int64 {
        try store.write { (tx) throws(StoreError) in
            let id = try tx.citizens.register(
                NewCitizen(
                    document: document, name: name.text, level: level, datum: datum, phone: phone, language: language),
                at: now())
            try audit(tx, "register", subject: document.masked, outcome: "level \(level.rawValue)")
            return id
        }
    }

    /// All people, by document.
    func citizens() throws(StoreError) -> [Citizen] {
        try store.read { (tx) throws(StoreError) in try tx.citizens.all() }
    }

    /// The person of a document, if the contrast datum is theirs. Unknown document and wrong datum are the same nil.
    func citizen(
        _ tx: StoreTransaction<some StoreAccess>, _ document: NationalDocument, proving datum: ContrastDatum
    ) throws(StoreError) -> Citizen? {
        guard let found = try tx.citizens.find(document), found.datum == datum else { return nil }
        return found
    }
}
