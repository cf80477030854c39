// How people register, and devices are activated.
extension Services {
    var grants: DeviceGrants { DeviceGrants(deviceEvents) }

    public var smsActivation: SMSActivation {
        SMSActivation(
            database, keys: keys, clock: clock, audit: audit, limiter: limiter, errands: errands, grants: grants)
    }

    /// Nil where no authority is trusted, and nobody is activated by certificate.
    public var certificates: CertificateServices? {
        verifier.map { verifier in
            let proofs = CertificateProofs(
                database, verifier: verifier, origin: settings.origin, clock: clock, audit: audit, limiter: limiter)
            return CertificateServices(
                proofs: proofs,
                activation: CertificateActivation(database, audit: audit, proofs: proofs, grants: grants),
                registration: CertificateRegistration(
                    database, clock: clock, audit: audit, proofs: proofs, registrations: registrations))
        }
    }

    // MARK: Registration

    public var census: CensusService { CensusService(database) }

    public var registrations: RegistrationService {
        RegistrationService(database, clock: clock, grants: grants)
    }

    public var contacts: ContactService {
        ContactService(
            database, keys: keys, clock: clock, audit: audit, limiter: limiter, messages: messages, emails: emailQueue,
            registrations: registrations, grants: grants, records: records)
    }

    public var letters: LetterService {
        LetterService(
            database, clock: clock, audit: audit, limiter: limiter, errands: errands, codes: LetterCodes(keys: keys),
            census: census, registrations: registrations, printer: printer)
    }

    // MARK: E-mail

    var emailQueue: EmailQueue { EmailQueue(keys: keys, clock: clock, audit: audit) }

    public var emails: EmailService {
        EmailService(database, queue: emailQueue, clock: clock, audit: audit)
    }
}
