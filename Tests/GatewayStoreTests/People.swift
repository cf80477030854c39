import GatewayStore

extension WriteTransaction {
    /// Adds a person for whom devices can act.
    ///
    /// - Parameter number: of the row, 1 or 2; it makes document and phone too.
    func addPerson(_ number: Int64) throws(StoreError) {
        try run(
            """
            INSERT INTO citizens (id, document, name, level, datum_kind, datum, phone, language, registered_at)
            VALUES (?1, ?2, 'AINA PROVA', 1, 'validity', '31-12-2030', ?3, 'ca', 7)
            """, .integer(number), .text(number == 1 ? "00000001R" : "00000002W"), .text("+3460000000\(number)"))
    }
}
