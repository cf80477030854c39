import CertificateTrust
import ClaveDomain
public import GatewayAPI
public import GatewayStore

/// Activation by a certificate, of which that of a DNIe card is one.
public struct CertificateActivation: Sendable {
    private let database: Database
    private let audit: AuditWriter
    private let proofs: CertificateProofs
    private let grants: DeviceGrants

    public init(_ database: Database, audit: AuditWriter, proofs: CertificateProofs, grants: DeviceGrants) {
        self.database = database
        self.audit = audit
        self.proofs = proofs
        self.grants = grants
    }

    /// Takes the signature over a challenge (``CertificateProofs/challenge(_:address:)``); if it is a registered person's,
    /// the device becomes theirs.
    public func finish(
        _ step: ActivationStep, by method: CertificateMethod, address: String
    ) throws(StoreError) -> StepOutcome {
        let holder: CertificateVerifier.Holder
        switch try proofs.holder(step, by: method, address: address) {
        case .holder(let found): holder = found
        case .refused(let outcome): return outcome
        }
        return try database.write { (tx, effects) throws(StoreError) in
            guard let person = try tx.citizens.find(holder.document) else {
                let refusal = CertificateRefusal(.notRegistered, document: holder.document)
                return try proofs.refuse(tx, step, refusal, address)
            }
            let body = [CertificateOutcome.accepted.rawValue]
            let outcome = try grants.grant(tx, step, for: person, body, &effects)
            let word = if case .reply = outcome { holder.auditText } else { "the device was in use before" }
            try audit.record(
                tx, CertificateProofs.act, subject: person.document.masked, address: address, outcome: word)
            return outcome
        }
    }
}
