import ClaveDomain
import GatewayAPI
import SecureMemory
import Synchronization
import Testing

@testable import Gateway
@testable import GatewayServices
@testable import GatewayStore

/// Somebody of the census who is not registered, at their device.
struct Newcomer {
    private(set) var sandbox: Sandbox
    let device: TestDevice
    static let document = "20000002F"

    /// The gateway is started again, and the device calls from another place.
    mutating func restart(_ index: Int) throws {
        sandbox = try Sandbox(folder: sandbox.folder)
        device.sandbox = sandbox
        device.address = "192.0.2.\(index + 1)"
    }

    init(_ sandbox: Sandbox) throws {
        self.sandbox = sandbox
        device = TestDevice(sandbox)
        try moveHouse(to: "Carrer de Mostra, 1")
    }

    /// Enters the person into the census, with the address that they have now.
    func moveHouse(to street: String) throws {
        try sandbox.services.census.add(
            try NationalDocument(parsing: Self.document),
            name: FullName(given: try PersonName(parsing: "Núria"), surname: try PersonName(parsing: "Nova")),
            datum: try ContrastDatum(kindName: "validity", canonicalText: "05-05-2033"),
            address: [street, "00001 Proves"], language: "ca")
    }

    func person(_ document: String = Newcomer.document, _ datum: String = "05-05-2033") -> PersonDatum {
        PersonDatum(document: document, datumKind: "validity", datum: datum, language: "ca")
    }

    /// Asks for a letter, and has it printed.
    func letter(_ person: PersonDatum? = nil) throws -> RegistrationOutcome? {
        let outcome = try device.register(Registration.letterStep, (person ?? self.person()).secretBytes).outcome
        try sandbox.services.letterPrinting?.printLetters()
        return outcome
    }

    var code: String { sandbox.printer.last?.code.text ?? "" }

    func redeem(_ code: String, _ person: PersonDatum? = nil) throws -> RegistrationOutcome? {
        let proof = LetterProof(
            person: person ?? self.person(), code: SecretBytes(copying: Array(code.utf8).span.bytes))
        return try device.register(Registration.codeStep, proof.secretBytes).outcome
    }

    func contact(_ phone: String = "+34611222333") throws -> RegistrationOutcome? {
        let data = ContactData(phone: phone, email: "nuria@example.org", person: person())
        return try device.register(Registration.contactStep, data.secretBytes).outcome
    }

    func confirm(
        _ code: String? = nil, activates: Bool = true
    ) throws -> (outcome: RegistrationOutcome?, number: Int, isGranted: Bool) {
        let code = code ?? sandbox.telephone.last("[0-9]{6}") ?? ""
        let proof = PhoneProof(code: SecretBytes(copying: Array(code.utf8).span.bytes), activates: activates)
        return try device.register(Registration.confirmStep, proof.secretBytes)
    }

    func registered() throws -> Citizen? {
        let document = try NationalDocument(parsing: Self.document)
        return try sandbox.services.store.read { (database) throws(StoreError) in
            try database.citizens.find(document)
        }
    }
}
