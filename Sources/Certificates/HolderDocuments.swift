import ClaveDomain

/// The numbers that a certificate's names tell of its holder, in the forms that Spanish issuers use.
///
/// | form | where |
/// |---|---|
/// | `IDCES-12345678Z` (ETSI EN 319 412-1 section 5.1.3) | subject, serialNumber: FNMT, ACCV, Camerfirma, Izenpe, AOC since 2016 |
/// | `12345678Z` | subject, serialNumber: DNIe, and most before 2016 |
/// | `12345678Z` | alternative name: FNMT's own attribute; userID (ACCV) |
/// | `12345678Z` | alternative name: the state's own attributes, of a public employee |
/// | `12345678Z` | subject: AOC's own attribute, beside the entity's number in serialNumber |
/// | `-dni 12345678Z -cif B12345674` | subject, dnQualifier: Izenpe |
/// | `… - NIF 12345678Z`, `… - NIF:12345678Z` | subject, commonName: FNMT clase 2, ACCV |
/// | `… - DNI 12345678Z`, `… - NIE X1234567L` | subject, commonName: FNMT, AOC and others, of a public employee |
/// | `12345678Z … (R: B12345674)` | subject, commonName: FNMT representante |
struct HolderDocuments {
    /// All that are told of the person; more than one means that the certificate contradicts itself.
    let people: Set<NationalDocument>
    /// The tax number of a person who has neither DNI nor NIE (NIF K, L and M); nil for none, and for several.
    let taxNumber: String?
    /// The tax number of the entity for which the person acts; nil for none.
    let entity: String?

    init(subject: DirectoryName, alternatives: [DirectoryName]) {
        typealias Kind = DirectoryName.Kind
        let qualifier = Self.options(subject[Kind.qualifier] ?? "")
        let name = subject[Kind.commonName] ?? ""
        let candidates =
            [subject[Kind.serialNumber].map(Self.withoutScheme), subject[Kind.catcertDocument], qualifier["-dni"]]
            + alternatives.flatMap { name in
                ([Kind.fnmtDocument, Kind.userID] + Kind.employeeDocuments).map { name[$0] }
            } + [Self.document(inName: name)]
        let told = candidates.compactMap(\.self)
        people = Set(told.compactMap(Self.person))
        let others = Set(told.compactMap { Self.taxNumber($0, .specialPersonDocument) })
        taxNumber = people.isEmpty && others.count == 1 ? others.first : nil
        let entities =
            [subject[Kind.organizationIdentifier].map(Self.withoutScheme), subject[Kind.camerfirmaEntityNumber]]
            + alternatives.flatMap { name in
                ([Kind.fnmtEntityNumber] + Kind.employeeEntityNumbers).map { name[$0] }
            }
            + [qualifier["-cif"], Self.entity(inName: name), subject[Kind.serialNumber].map(Self.withoutScheme)]
        entity = entities.compactMap { $0.flatMap { Self.taxNumber($0, .companyDocument) } }.first
    }

    private static func person(_ text: String) -> NationalDocument? {
        // A longer text is a name or a note that only begins like a number.
        guard text.utf8.count == 9 else { return nil }
        return try? NationalDocument(parsing: text)
    }

    /// A tax number of this kind, by its form: of an entity, or of a person without DNI and NIE.
    private static func taxNumber(_ text: String, _ kind: DomainError.Code) -> String? {
        guard text.utf8.count == 9 else { return nil }
        do throws(DomainError) { _ = try NationalDocument(parsing: text) } catch {
            return error.code == kind ? text.uppercased() : nil
        }
        return nil
    }

    /// What follows `IDCES-`, `PNOES-`, `TINES-` or `VATES-`, which some write in small letters (ETSI EN 319 412-1 sections
    /// 5.1.3 and 5.1.4); a scheme of another country or kind names no Spanish number. In Spain a person's tax number is
    /// that of the DNI or NIE.
    private static func withoutScheme(_ text: String) -> String {
        guard let dash = text.firstIndex(of: "-") else { return text }
        // By bytes: other letters have capitals of ASCII too.
        let scheme = text[..<dash].utf8.map { (0x61...0x7A).contains($0) ? $0 - 0x20 : $0 }
        guard ["IDCES", "PNOES", "TINES", "VATES"].contains(where: { scheme == Array($0.utf8) }) else { return "" }
        return String(text[text.index(after: dash)...])
    }

    /// Izenpe's `-dni 12345678Z -cif B12345674`, by name.
    private static func options(_ text: String) -> [String: String] {
        let words = text.split(separator: " ").map(String.init)
        let pairs = zip(words, words.dropFirst()).filter { $0.0.hasPrefix("-") }
        return Dictionary(pairs.map { ($0.0.lowercased(), $0.1) }, uniquingKeysWith: { first, _ in first })
    }

    private static func document(inName name: String) -> String? {
        let words = name.split { $0 == " " || $0 == ":" }.map(String.init)
        if name.hasSuffix(")"), words.contains("(R"), let first = words.first { return first }
        guard words.count > 1, ["NIF", "DNI", "NIE"].contains(words[words.count - 2]) else { return nil }
        return words.last
    }

    private static func entity(inName name: String) -> String? {
        let words = name.split { $0 == " " || $0 == ":" || $0 == "(" || $0 == ")" }.map(String.init)
        guard name.hasSuffix(")"), words.count > 1, words[words.count - 2] == "R" else { return nil }
        return words.last
    }
}
