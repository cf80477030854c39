import ClaveDomain
public import GatewayStore
import Localization

/// Who acts on people's records.
public enum Actor: Equatable, Sendable {
    /// Who owns the state folder, at the command line.
    case owner
    /// The person themselves, and the network address of their agent or browser.
    case person(address: String)
    /// An operator at the desk, and the network address of their browser.
    case desk(Citizen, address: String)

    /// As the audit tells it; an operator's document is starred.
    public var auditText: String {
        switch self {
        case .owner: "command line"
        case .person: "the person"
        case .desk(let person, _): person.document.masked
        }
    }

    /// The network address; empty at the command line.
    public var address: String {
        switch self {
        case .owner: ""
        case .person(let address), .desk(_, let address): address
        }
    }
}

/// What an act came to; all but ``done`` have changed nothing.
public enum ActOutcome: Equatable, Sendable, CaseIterable {
    case done
    /// Who acts is no operator any more.
    case notOperator
    case ownRecord
    /// Nobody of that document is registered.
    case notFound
    /// The record is not as who acts has seen it.
    case changed
    case documentTaken
    case phoneTaken
    /// The contrast datum is not of the kind that goes with the document.
    case otherDatum
    case noDevice
    case noLetter
    case noEmail
    /// Nobody of that document is in the census, so that there is no address to write to.
    case notListed
    case tooManyLetters
    /// This gateway prints no letters, or can take none now.
    case noPrinter
    /// The call is over, or not this operator's.
    case callOver
    /// An operator holds one call at a time.
    case otherCall
    /// Not everything on the list was seen.
    case unchecked
    /// What was typed is not what the census says.
    case dataDiffer
    /// Who approved a call does not review it.
    case ownReview

    /// One English sentence; a message identifier for translation.
    public var words: String {
        switch self {
        case .done: msgid("Done.")
        case .notOperator: msgid("You are not an operator of this gateway.")
        case .ownRecord: msgid("This is your own record: another operator must do it.")
        case .notFound: msgid("Nobody of this document is registered.")
        case .changed: msgid("The record was changed meanwhile. Look at it again, then decide.")
        case .documentTaken: msgid("This document is registered already.")
        case .phoneTaken: msgid("This phone belongs to another document. One phone is for one person.")
        case .otherDatum: msgid("With a DNI goes a date, with a NIE a support number.")
        case .noDevice: msgid("No device acts for this person.")
        case .noLetter: msgid("There is no letter that could still be used.")
        case .noEmail: msgid("No e-mail address is known, or it is confirmed already.")
        case .notListed: msgid("The census has no address for this document.")
        case .tooManyLetters: msgid("Three letters went out within a month: no more for now.")
        case .noPrinter: msgid("This gateway can print no letters now.")
        case .callOver: msgid("This call is over, or it is not yours.")
        case .otherCall: msgid("You hold another call. End it first, or give it back.")
        case .unchecked: msgid("Approve only what you have seen: tick every item of the list.")
        case .dataDiffer: msgid("The data are not those of the census: this call can only be rejected.")
        case .ownReview: msgid("You approved this call yourself: another operator must review it.")
        }
    }
}
