import ClaveDomain
import GatewayServices
import GatewayStore

/// The sandbox's people: all of them made up, with the documents that the check letter's arithmetic makes well known.
enum Seed {
    private struct Person {
        let document: String
        let names: (String, String, String?)
        let level: RegistrationLevel
        let kind: String
        let datum: String
        let phone: String
        let language: String
    }

    private static let people = [
        Person(
            document: "12345678Z", names: ("AINA", "PROVA", "MOSTRA"), level: .basic, kind: "validity",
            datum: "31-12-2030", phone: "+34600000001", language: "ca"),
        Person(
            document: "00000000T", names: ("BRUNO", "EJEMPLO", "FICTICIO"), level: .advanced, kind: "validity",
            datum: "15-06-2031", phone: "+34600000002", language: "es"),
        Person(
            document: "11111111H", names: ("CARME", "INVENTADA", nil), level: .basic, kind: "issue",
            datum: "03-03-2003", phone: "+34600000003", language: "ca"),
        Person(
            document: "99999999R", names: ("DAVIDE", "PROBA", "EXEMPLO"), level: .basic, kind: "validity",
            datum: "01-02-2029", phone: "+34600000004", language: "gl"),
        Person(
            document: "99999972C", names: ("EDURNE", "ADIBIDE", "ASMATUA"), level: .advanced, kind: "validity",
            datum: "28-02-2032", phone: "+34600000005", language: "eu"),
        Person(
            document: "00000001R", names: ("FERNANDA", "CADUCADA", "PRUEBA"), level: .basic, kind: "validity",
            datum: "01-01-2020", phone: "+34600000006", language: "es"),
        Person(
            document: "X1234567L", names: ("GRACE", "SAMPLE", nil), level: .basic, kind: "support", datum: "E12345678",
            phone: "+34700000007", language: "en"),
        Person(
            document: "Y1234567X", names: ("HENRI", "EXEMPLE", nil), level: .advanced, kind: "support",
            datum: "C09999999", phone: "+33600000008", language: "en"),
        Person(
            document: "Z1234567R", names: ("ISMAEL", "MUESTRA", nil), level: .basic, kind: "support",
            datum: "E00000009", phone: "+34700000009", language: "es"),
    ]

    /// People of the census who are not registered: registration is tried with them.
    private static let unregistered = [
        Unregistered(
            document: "22222222J", names: ("JOANA", "NOVELLA", "PROVA"), kind: "validity", datum: "05-05-2033",
            address: ["Carrer de la Mostra, 7, 2n 1a", "08999 VILA DE PROVA"], language: "ca"),
        Unregistered(
            document: "33333333P", names: ("KEPA", "BERRIA", nil), kind: "validity", datum: "06-06-2032",
            address: ["Adibide kalea, 12", "20999 ASMATUA"], language: "eu"),
        Unregistered(
            document: "X7654321J", names: ("LUCY", "NEWCOMER", nil), kind: "support", datum: "E00000012",
            address: ["Calle del Ejemplo, 3", "28999 MUESTRA"], language: "en"),
    ]

    private struct Unregistered {
        let document: String
        let names: (String, String, String?)
        let kind: String
        let datum: String
        let address: [String]
        let language: String
    }

    /// Enters the people of the census.
    private static func plantCensus(in services: Services) throws(StoreError) {
        for person in unregistered {
            guard let document = try? NationalDocument(parsing: person.document), let name = name(person.names),
                let datum = try? ContrastDatum(kindName: person.kind, canonicalText: person.datum)
            else { preconditionFailure("a seeded person is not well formed") }
            try services.census.add(
                document, name: name, datum: datum, address: person.address, language: person.language)
        }
    }

    /// Registers those who are missing, and enters those who are not registered into the census.
    ///
    /// - Returns: how many were added.
    static func plant(in services: Services) throws(StoreError) -> Int {
        try plantCensus(in: services)
        var added = 0
        for person in people {
            guard let document = try? NationalDocument(parsing: person.document),
                let name = name(person.names),
                let datum = try? ContrastDatum(kindName: person.kind, canonicalText: person.datum),
                let phone = try? PhoneNumber(parsing: person.phone)
            else { preconditionFailure("a seeded person is not well formed") }
            added += try addNew {
                () throws(StoreError) in
                try services.records.add(
                    document, name: name, level: person.level, datum: datum, phone: phone, language: person.language)
            }
        }
        return added
    }

    /// Registers people for load tests: documents from 20000000 on, validity 31-12-2030, phones from +34610000000 on.
    ///
    /// - Returns: how many were added; those who are there already are left.
    static func plantNumbered(_ count: Int, in services: Services) throws(StoreError) -> Int {
        let before = try services.queries.count()
        try inBatches(count, from: 20_000_000, services) { (tx, index, document, datum) throws(StoreError) in
            guard let phone = try? PhoneNumber(parsing: "+34\(610_000_000 + index)") else { return }
            _ = try tx.citizens.registerIfMissing(
                NewCitizen(
                    document: document, name: "PERSONA NUMERADA", level: .basic, datum: datum, phone: phone,
                    language: "es"), at: services.clock.now())
        }
        return try services.queries.count() - before
    }

    /// Enters people who are not registered into the census, for load tests: documents from 60000000 on, validity
    /// 31-12-2030.
    static func plantNewcomers(_ count: Int, in services: Services) throws(StoreError) {
        try inBatches(count, from: 60_000_000, services) { (tx, _, document, datum) throws(StoreError) in
            try tx.census.addIfMissing(
                CensusEntry(
                    document: document, name: "PERSONA NOVELLA", datum: datum,
                    address: ["Carrer de la Mostra, 1", "08999 VILA DE PROVA"], language: "es"))
        }
    }

    /// Adds many people, thousands in one write; the audit has a line for each write.
    private static func inBatches(
        _ count: Int, from first: Int, _ services: Services,
        _ add: (WriteTransaction, Int, NationalDocument, ContrastDatum) throws(StoreError) -> Void
    ) throws(StoreError) {
        guard let datum = try? ContrastDatum(kindName: "validity", canonicalText: "31-12-2030") else {
            preconditionFailure("a seeded datum is not well formed")
        }
        let batch = 10_000
        for start in stride(from: 0, to: count, by: batch) {
            let end = min(start + batch, count)
            try services.store.write { (tx) throws(StoreError) in
                for index in start..<end {
                    let number = first + index
                    let text = "\(number)\(NationalDocument.checkLetter(of: number))"
                    guard let document = try? NationalDocument(parsing: text) else { continue }
                    try add(tx, index, document, datum)
                }
                try services.audit.record(
                    tx, "seed", subject: "", by: .owner, outcome: "\(end - start) numbered people")
            }
        }
    }

    /// 1, or 0 for who is there already.
    private static func addNew(_ add: () throws(StoreError) -> Void) throws(StoreError) -> Int {
        do throws(StoreError) { try add() } catch {
            guard error.isRefused else { throw error }
            return 0
        }
        return 1
    }

    private static func name(_ parts: (String, String, String?)) -> FullName? {
        guard let given = try? PersonName(parsing: parts.0), let surname = try? PersonName(parsing: parts.1) else {
            return nil
        }
        return FullName(given: given, surname: surname, secondSurname: parts.2.flatMap { try? PersonName(parsing: $0) })
    }
}
