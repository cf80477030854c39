/// What a gateway does with certificates that trusts authorities.
public struct CertificateServices: Sendable {
    public let proofs: CertificateProofs
    public let activation: CertificateActivation
    public let registration: CertificateRegistration

    public init(
        proofs: CertificateProofs, activation: CertificateActivation, registration: CertificateRegistration
    ) {
        self.proofs = proofs
        self.activation = activation
        self.registration = registration
    }
}
