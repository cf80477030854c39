/// The numbers of the service: how long things live and how often one may try.
///
/// The lives of PIN, mobile request and their sizes are the official ones. Nothing is published on tries, text message
/// codes and budgets: those are this project's choice.
public enum ClaveRules {
    // MARK: Cl@ve PIN

    /// How long a PIN lives from its issue; one person has one, and a new one voids the old.
    public static let pinLife: Duration = .seconds(600)
    /// Wrong entries after which a PIN dies.
    public static let pinTries = 3
    /// Wrong PINs for one document and contrast datum in any 24 hours. Without it, three tries on PINs without number would be a lottery.
    public static let wrongPINsPerDay = 20
    /// The length, in signs of `PINAlphabet`, of the reference that page and prompt show to tie them together.
    public static let pinReferenceLength = 4

    // MARK: Activation by text message

    /// Decimal digits of the code.
    public static let smsCodeDigits = 6
    /// How long a code lives from its sending; a new one voids the old.
    public static let smsCodeLife: Duration = .seconds(600)
    /// Wrong entries after which a code dies.
    public static let smsCodeTries = 5
    /// Messages of one kind to one person in any 60 minutes: codes of activations, PINs, codes of registrations.
    public static let smsSendsPerHour = 3

    // MARK: Cl@ve Mòbil

    /// How long a request waits for its answer; one person has one pending.
    public static let mobileRequestLife: Duration = .seconds(300)
    /// When the page offers a PIN by text message to a person who has an active device.
    public static let smsFallbackDelay: Duration = .seconds(60)

    // MARK: Registration

    /// How long the code of a letter lives from its request; a newer letter voids the older.
    public static let letterLife: Duration = .seconds(60 * 86_400)
    /// Wrong codes after which a letter is void.
    public static let letterTries = 5
    /// Letters to one person in any 30 days.
    public static let lettersPerMonth = 3
    /// How long a person who has proved who they are may take to give phone and e-mail: they may come back another day.
    public static let registrationLife: Duration = .seconds(7 * 86_400)
    /// After how long a registration counts at the basic level until it is renewed, by the DNIe or in person: five years.
    public static let renewalAge: Duration = .seconds(1826 * 86_400)
    /// How long an e-mail address waits to be confirmed.
    public static let emailCodeLife: Duration = .seconds(86_400)

    // MARK: Session

    /// Idle time after which a procedure signs the person out.
    public static let sessionIdle: Duration = .seconds(18 * 60)
}

extension Duration {
    /// The seconds, fractions dropped, for arithmetic with times in seconds since 1970.
    package var wholeSeconds: Int64 { components.seconds }
}
