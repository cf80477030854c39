import ASN1
import COpenSSL
import ClaveDomain

/// The authorities of one card, made for it and forgotten with their keys: two of people, two of chips.
///
/// Their names say whose they are, so that nobody takes them for the police's; but for the chips' root, which has to be
/// named as a real one.
struct TestAuthorities {
    private static let organisation = "Test of clave-dnie-simulator, not the DGP"
    private static let root: [(Int32, String)] = [
        (NID_basic_constraints, "critical,CA:TRUE"), (NID_key_usage, "critical,keyCertSign,cRLSign"),
        (NID_subject_key_identifier, "hash"),
    ]
    private static let intermediate = root + [(NID_authority_key_identifier, "keyid")]
    /// Bits of the keys of people and chips: those of chips are in messages of exactly this length.
    private static let (personBits, chipBits) = (2048, 1024)

    /// The names of the chips' real roots: drivers tell the generations by them. The keys are not the police's.
    private static let firstChips: [TestCertificate.Attribute] = [
        ("C", "ES"), ("O", "DIRECCION GENERAL DE LA POLICIA"), ("OU", "DNIE"), ("OU", "AC RAIZ COMPONENTES"),
        ("CN", "000000006573524449600006"),
    ]
    private static let secondChips: [TestCertificate.Attribute] = [
        ("C", "ES"), ("O", "DIRECCION GENERAL DE LA POLICIA"), ("organizationIdentifier", "VATES-S2816015H"),
        ("OU", "DNIE"), ("OU", "AC RAIZ COMPONENTES 2"), ("CN", "000000006573524449620018"),
    ]

    let personRoot: TestCertificate
    let personIntermediate: TestCertificate
    let chipRoot: TestCertificate
    let chipIntermediate: TestCertificate
    private let personKey: CardKey
    private let chipKey: CardKey
    /// The root's key of the chips: its public half is what a client is pointed to.
    let chipRootKey: CardKey

    /// - Parameter isOld: whether the chip is of the first root's time: OpenSC tells that by the issuer's name.
    init(isOld: Bool) throws(CardFolderError) {
        let rootKey = try Self.key(Self.personBits)
        personKey = try Self.key(Self.personBits)
        personRoot = try TestCertificate(
            Self.name([("CN", "Test root of clave-dnie-simulator, not the DGP")]), key: rootKey, issuer: nil,
            issuerKey: rootKey, extensions: Self.root)
        personIntermediate = try TestCertificate(
            Self.name([("OU", "DNIE"), ("CN", "Test AC DNIE of clave-dnie-simulator, not the DGP")]), key: personKey,
            issuer: personRoot, issuerKey: rootKey, extensions: Self.intermediate)
        chipRootKey = try Self.key(Self.chipBits)
        chipKey = try Self.key(Self.chipBits)
        chipRoot = try TestCertificate(
            isOld ? Self.firstChips : Self.secondChips, key: chipRootKey, issuer: nil, issuerKey: chipRootKey,
            extensions: Self.root)
        chipIntermediate = try TestCertificate(
            Self.name([("OU", "DNIE"), ("CN", "Test AC of components, not the DGP")]), key: chipKey,
            issuer: chipRoot, issuerKey: chipRootKey, extensions: Self.intermediate)
    }

    static func key(_ bits: Int) throws(CardFolderError) -> CardKey {
        guard let key = CardKey.make(bits: bits) else { throw CardFolderError("no key could be made") }
        return key
    }

    private static func name(_ rest: [TestCertificate.Attribute]) -> [TestCertificate.Attribute] {
        [("C", "ES"), ("O", organisation)] + rest
    }

    // MARK: Issuing

    /// The authentication certificate, or the signature one.
    func issue(to person: CardPerson, key: CardKey, isSignature: Bool) throws(CardFolderError) -> TestCertificate {
        let subject: [TestCertificate.Attribute] = [
            ("C", "ES"), ("serialNumber", person.document.text), ("SN", person.surname), ("GN", person.given),
            ("CN", "\(person.listName) (\(isSignature ? "FIRMA" : "AUTENTICACIÓN"))"),
        ]
        return try TestCertificate(
            subject, key: key, issuer: personIntermediate, issuerKey: personKey,
            extensions: [
                (NID_basic_constraints, "critical,CA:FALSE"),
                (NID_key_usage, "critical,\(isSignature ? "nonRepudiation" : "digitalSignature")"),
                (NID_certificate_policies, Self.policy([2, 16, 724, 1, 2, 2, 2, isSignature ? 3 : 4])),
                (NID_subject_key_identifier, "hash"), (NID_authority_key_identifier, "keyid"),
            ])
    }

    /// A policy's extension; OpenSSL's syntax for it wants a configuration file.
    private static func policy(_ identifier: OID) -> String {
        "DER:" + hexadecimal(DER.sequence(DER.sequence(DER.identifier(identifier))))
    }

    /// The chip's certificate and its key.
    func issueChip(serial: [UInt8]) throws(CardFolderError) -> (TestCertificate, CardKey) {
        let key = try Self.key(Self.chipBits)
        let subject = Self.name([("OU", "DNIE"), ("CN", "Test chip \(hexadecimal(serial))")])
        let certificate = try TestCertificate(
            subject, key: key, issuer: chipIntermediate, issuerKey: chipKey,
            extensions: [
                (NID_basic_constraints, "critical,CA:FALSE"), (NID_key_usage, "critical,digitalSignature"),
                (NID_authority_key_identifier, "keyid"),
            ])
        return (certificate, key)
    }

    static func personKey() throws(CardFolderError) -> CardKey { try key(personBits) }
}

/// Bytes as capital hexadecimal digits.
func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
    bytes.map { String(0x100 + UInt32($0), radix: 16, uppercase: true).dropFirst() }.joined()
}
