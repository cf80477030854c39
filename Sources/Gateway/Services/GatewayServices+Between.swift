import ClaveDomain
import GatewayAPI
import GatewayServices
import GatewayStore
import SecureMemory

// What calls and the desk, which are no services of their own yet, and the services of activation and registration need of
// each other. It goes with the last extension of this class.

// MARK: What calls and the desk call

extension GatewayServices {
    static var letterAct: String { LetterQueue.act }

    static func person(_ body: SecretBox) -> ClaimedPerson? {
        decoded(body, PersonDatum.self).flatMap { ClaimedPerson($0) }
    }

    static func asked(_ person: PersonDatum) -> ClaimedPerson? { ClaimedPerson(person) }

    static func decoded<Value: Body>(_ body: SecretBox, _ type: Value.Type) -> Value? {
        body.withSecret { $0.withBytes { try? Value.decode($0) } } ?? nil
    }

    static func body(_ outcome: UInt8) -> [UInt8] { [outcome] }

    func begun(_ outcome: RegistrationOutcome, _ number: Int64? = nil) -> StepOutcome { .beginning(outcome, number) }

    func reply(_ step: ActivationStep, _ outcome: RegistrationOutcome) -> StepOutcome { .answering(step, outcome) }

    func reply(_ step: ActivationStep, _ body: [UInt8]) -> StepOutcome { .answering(step, body) }

    func listed(_ tx: StoreTransaction<some StoreAccess>, _ asked: ClaimedPerson) throws(StoreError) -> CensusEntry? {
        try census.entry(tx, of: asked)
    }

    func beginRegistration(
        _ tx: WriteTransaction, _ proof: IdentityProof, _ session: [UInt8], signingKey: [UInt8], sealingKey: [UInt8]
    ) throws(StoreError) {
        try registrations.begin(
            tx, proof, RegistrationSession(id: session, signingKey: signingKey, sealingKey: sealingKey))
    }
}

// MARK: What the services call

extension GatewayServices: PeopleSteps {}
