import ClaveDomain
public import GatewayAPI
public import GatewayStore

/// What all ways of registration share: the session of one who has proved who they are.
public struct RegistrationService: Sendable {
    private let database: Database
    private let clock: Clock
    private let grants: DeviceGrants

    public init(_ database: Database, clock: Clock, grants: DeviceGrants) {
        self.database = database
        self.clock = clock
        self.grants = grants
    }

    // MARK: Steps

    /// What a device gets that was registered and activated, and has not heard of it: the gateway was killed, or the line
    /// was cut, before the reply came. Nil for every other device.
    public func grantAgain(_ step: ActivationStep) throws(StoreError) -> StepOutcome? {
        try database.read { (tx) throws(StoreError) in try grants.grantAgain(tx, step) }
    }

    /// Whether the person who has proved who they are is registered already.
    public func state(_ step: ActivationStep) throws(StoreError) -> StepOutcome {
        try database.read { (tx) throws(StoreError) in
            guard let pending = try pending(tx, step) else { return .answering(step, .over) }
            guard let person = try tx.citizens.find(pending.proof.document) else { return .answering(step, .accepted) }
            return .answering(step, .alreadyRegistered, Int64(person.level.rawValue))
        }
    }

    /// Makes the device that of the person who has proved by a certificate that they are the registered one.
    public func activate(_ step: ActivationStep) throws(StoreError) -> StepOutcome {
        try database.write { (tx, effects) throws(StoreError) in
            guard let pending = try pending(tx, step), pending.proof.level == .advanced,
                let person = try tx.citizens.find(pending.proof.document)
            else { return .answering(step, .over) }
            try tx.registrations.remove(step.session)
            return try grants.grant(tx, step, for: person, RegistrationOutcome.accepted.body(), &effects)
        }
    }

    // MARK: Sessions

    /// Keeps what was proved, for the device that proved it, in the caller's write.
    public func begin(
        _ tx: WriteTransaction, _ proof: IdentityProof, _ session: RegistrationSession
    ) throws(StoreError) {
        try tx.registrations.begin(session, proof, until: clock.now() + ClaveRules.registrationLife.wholeSeconds)
    }

    /// What the step's device has proved; nil if it has not, or that is over.
    func pending(
        _ tx: StoreTransaction<some StoreAccess>, _ step: ActivationStep
    ) throws(StoreError) -> PendingRegistration? {
        guard step.session.count == GatewayLimits.identifier else { return nil }
        return try tx.registrations.find(RegistrationSession(step.session, of: step), at: clock.now())
    }
}

extension RegistrationSession {
    /// A session of the step's device.
    init(_ session: [UInt8], of step: ActivationStep) {
        self.init(id: session, signingKey: step.signingKey, sealingKey: step.sealingKey)
    }
}
