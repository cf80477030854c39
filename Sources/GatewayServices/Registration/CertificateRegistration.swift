import CertificateTrust
import ClaveDomain
public import GatewayAPI
public import GatewayStore

/// Registration by a certificate: who proves who they are may give phone and e-mail. Who is registered already has the
/// advanced level from now on.
public struct CertificateRegistration: Sendable {
    private let database: Database
    private let clock: Clock
    private let audit: AuditWriter
    private let proofs: CertificateProofs
    private let registrations: RegistrationService

    public init(
        _ database: Database, clock: Clock, audit: AuditWriter, proofs: CertificateProofs,
        registrations: RegistrationService
    ) {
        self.database = database
        self.clock = clock
        self.audit = audit
        self.proofs = proofs
        self.registrations = registrations
    }

    /// Takes the signature over a challenge (``CertificateProofs/challenge(_:address:)``).
    public func prove(
        _ step: ActivationStep, by method: CertificateMethod, address: String
    ) throws(StoreError) -> StepOutcome {
        let holder: CertificateVerifier.Holder
        switch try proofs.holder(step, by: method, address: address) {
        case .holder(let found): holder = found
        case .refused(let outcome): return outcome
        }
        return try database.write { (tx, _) throws(StoreError) in
            let proof = IdentityProof(
                way: method.rawValue, document: holder.document, name: holder.name, level: .advanced)
            try registrations.begin(tx, proof, RegistrationSession(step.session, of: step))
            if let person = try tx.citizens.find(holder.document) {
                try strengthen(tx, person, method, address)
            }
            try audit.record(
                tx, CertificateProofs.act, subject: holder.document.masked, address: address,
                outcome: holder.auditText)
            return .answering(step, [CertificateOutcome.accepted.rawValue])
        }
    }

    /// What the proof means for who is registered already: the advanced level, and by the DNIe a renewal.
    private func strengthen(
        _ tx: WriteTransaction, _ person: Citizen, _ method: CertificateMethod, _ address: String
    ) throws(StoreError) {
        if person.level < .advanced {
            try tx.citizens.setLevel(.advanced, of: person.id)
            try audit.record(
                tx, "level", subject: person.document.masked, address: address,
                outcome: "raised to advanced by \(method.rawValue)")
        }
        guard method == .card else { return }
        try tx.citizens.renew(person.id, at: clock.now())
        try audit.record(
            tx, "renewal", subject: person.document.masked, address: address, outcome: "by \(method.rawValue)")
    }
}
