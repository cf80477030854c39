public import SecureMemory
public import Wire

/// `POST /agent/v1/registration/<plugin>/<step>`: a step of a registration, in the form of an ``ActivationStep``; the reply
/// is an ``ActivationReply``, whose grant comes with the last step if the person wants the device activated at once.
///
/// First the person proves who they are: by `certificate` or `dnie`, with the steps that an activation by them has
/// (``CertificateChallenge``), or by the steps of ``Registration`` below, to the plugin `registration`. Then they give phone
/// and e-mail, and confirm the phone.
public enum Registration {
    /// The plugin that gives data, and speaks for letters.
    public static let plugin = "registration"

    /// What the plugin goes on from when a certificate has proved who the person is.
    public static let contactReference = "contact"

    /// What the paths of all steps begin with.
    public static let prefix = "/agent/v1/registration/"

    /// The path of a step.
    public static func path(plugin: String, step: String) -> String { "\(prefix)\(plugin)/\(step)" }

    /// A letter to the fiscal address: ``PersonDatum``; reply: ``RegistrationOutcome``, the same for right and wrong data.
    public static let letterStep = "letter"
    /// The letter's code: ``LetterProof``; reply: ``RegistrationOutcome``.
    public static let codeStep = "code"
    /// Nothing; reply: ``RegistrationOutcome``, whether the person who has proved who they are is registered already.
    public static let stateStep = "state"
    /// Phone and e-mail: ``ContactData``; reply: ``RegistrationOutcome``; a code goes to the phone.
    public static let contactStep = "contact"
    /// The phone's code: ``PhoneProof``; reply: ``RegistrationOutcome``, and the grant.
    public static let confirmStep = "confirm"
    /// Nothing, from who is registered already and has proved it by a certificate; reply: ``RegistrationOutcome``, and the
    /// grant.
    public static let activateStep = "activate"
}

/// The first byte of the reply to a step; what follows it is told at each case.
public enum RegistrationOutcome: UInt8, Sendable, CaseIterable {
    /// It is done; after ``Registration/letterStep``: if the data are right.
    case accepted = 0
    /// The letter's code or the data are not right, or the letter is void.
    case wrong = 1
    /// The phone's code is not right; uint32 tries left.
    case wrongCode = 2
    /// What was begun is over: start again.
    case over = 3
    /// Too many attempts; uint32 seconds to wait.
    case tooMany = 4
    /// The phone belongs to another document.
    case phoneTaken = 5
    /// The person is registered already; uint32 level.
    case alreadyRegistered = 6
    /// The gateway can send nothing now: try again later.
    case busy = 7
    /// Somebody else has this appointment by now: choose another.
    case slotTaken = 8
    /// The device acts for the person already: the reply that said so was lost, and its grant comes again.
    case acting = 9
}

/// Who somebody says that they are: document and contrast datum.
public struct PersonDatum: Body, Equatable {
    /// Canonical.
    public let document: String
    /// `validity`, `issue` or `support`.
    public let datumKind: String
    /// Canonical.
    public let datum: String
    /// Of the letter, two small letters.
    public let language: String

    /// All members.
    public init(document: String, datumKind: String, datum: String, language: String) {
        self.document = document
        self.datumKind = datumKind
        self.datum = datum
        self.language = language
    }
    public init(decoding reader: inout WireReader) throws(WireError) {
        document = try reader.text(limit: GatewayLimits.document)
        datumKind = try reader.text(limit: 16)
        datum = try reader.text(limit: 16)
        language = try reader.text(limit: 8)
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        writer.put(document)
        writer.put(datumKind)
        writer.put(datum)
        writer.put(language)
    }
}

/// The code of a letter, and whose it is.
public struct LetterProof: Body {
    public let person: PersonDatum
    /// Sixteen signs.
    public let code: SecretBox

    /// Both members.
    public init(person: PersonDatum, code: consuming SecretBytes) {
        self.person = person
        self.code = SecretBox(code)
    }
    public init(decoding reader: inout WireReader) throws(WireError) {
        person = try PersonDatum(decoding: &reader)
        code = SecretBox(try reader.secret(limit: 16))
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        person.encode(into: &writer)
        code.withSecret { writer.put($0) }
    }
}

/// Where the person can be reached; the datum too, where they proved who they are by a certificate.
public struct ContactData: Body, Equatable {
    /// E.164.
    public let phone: String
    public let email: String
    public let person: PersonDatum

    /// All members.
    public init(phone: String, email: String, person: PersonDatum) {
        self.phone = phone
        self.email = email
        self.person = person
    }
    public init(decoding reader: inout WireReader) throws(WireError) {
        phone = try reader.text(limit: 16)
        email = try reader.text(limit: 254)
        person = try PersonDatum(decoding: &reader)
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        writer.put(phone)
        writer.put(email)
        person.encode(into: &writer)
    }
}

/// The code that went to the phone, and whether this device is to act for the person at once.
public struct PhoneProof: Body {
    /// Six digits.
    public let code: SecretBox
    public let activates: Bool

    /// Both members.
    public init(code: consuming SecretBytes, activates: Bool) {
        self.code = SecretBox(code)
        self.activates = activates
    }
    public init(decoding reader: inout WireReader) throws(WireError) {
        code = SecretBox(try reader.secret(limit: 6))
        activates = try reader.boolean()
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        code.withSecret { writer.put($0) }
        writer.put(activates)
    }
}
