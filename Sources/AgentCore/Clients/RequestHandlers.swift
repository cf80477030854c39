import EventLoop

/// Those who answer the requests of Cl@ve's (``RequestTable``).
@CoreActor
struct RequestHandlers {
    let status: StatusHandler
    let identities: IdentityHandler
    let activation: ActivationHandler
    let registrations: RegistrationHandler
    let pending: PendingHandler
    let signatures: SignatureHandler
    let certificates: CertificateHandler
    let sshKeys: SSHKeyHandler
    let policies: PolicyHandler
    let vault: VaultHandler
}
