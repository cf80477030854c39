import ClaveDomain
import GatewayStore
import Localization

/// Who acts on people's records.
enum Actor: Equatable, Sendable {
    /// Who owns the state folder, at the command line.
    case owner
    /// The person themselves, and the network address of their agent or browser.
    case person(address: String)
    /// An operator at the desk, and the network address of their browser.
    case desk(Citizen, address: String)

    /// As the audit tells it; an operator's document is starred.
    var auditText: String {
        switch self {
        case .owner: "command line"
        case .person: "the person"
        case .desk(let person, _): person.document.masked
        }
    }

    /// The network address; empty at the command line.
    var address: String {
        switch self {
        case .owner: ""
        case .person(let address), .desk(_, let address): address
        }
    }
}

/// What an act came to; all but ``done`` have changed nothing.
enum ActOutcome: Equatable, Sendable, CaseIterable {
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
    var words: String {
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

/// What an act leaves to be done once it is on the disk.
struct Aftermath {
    /// Devices that have news.
    var news: [Int64] = []
    /// Whether letters or e-mail may wait.
    var hasPost = false
    /// Whether text messages wait.
    var hasMessages = false
}

extension GatewayServices {
    /// Seconds for which a running gateway may not have looked at the news.
    static let newsLife: Int64 = 3600

    /// Does an act in one write. Whether an operator still is one, is asked in the same write.
    func act(
        by actor: Actor, _ body: (WriteTransaction, inout Aftermath) throws(StoreError) -> ActOutcome
    ) throws(StoreError) -> ActOutcome {
        var after = Aftermath()
        let outcome = try store.write { (tx) throws(StoreError) -> ActOutcome in
            after = Aftermath()
            if case .desk(let person, _) = actor,
                try currentOperator(tx, person.id, person.document) == nil
            {
                return .notOperator
            }
            let outcome = try body(tx, &after)
            try leaveNews(tx, after)
            return outcome
        }
        carryOut(after)
        return outcome
    }

    /// Does what a write has left to be done.
    func carryOut(_ after: Aftermath) {
        for device in Set(after.news) { tellNews(of: device) }
        if after.hasPost {
            wakePrinter()
            wakeMailer()
        }
        if after.hasMessages { wakeMessenger() }
    }

    /// Does an act on a person's record, which must be as who acts has seen it.
    ///
    /// - Parameter version: of the record as it was seen; nil for whatever it is.
    func act(
        by actor: Actor, on document: NationalDocument, version: Int64?,
        _ body: (WriteTransaction, Citizen, inout Aftermath) throws(StoreError) -> ActOutcome
    ) throws(StoreError) -> ActOutcome {
        try act(by: actor) { (tx, after) throws(StoreError) in
            guard let person = try citizen(tx, document) else { return .notFound }
            if case .desk(let own, _) = actor, own.document == document { return .ownRecord }
            guard version == nil || version == person.version else { return .changed }
            return try body(tx, person, &after)
        }
    }

    /// Whether a phone is somebody else's.
    func isTaken(_ tx: StoreTransaction<some StoreAccess>, _ phone: PhoneNumber, besides person: Int64 = 0)
        throws(StoreError) -> Bool
    {
        try tx.citizens.isTaken(phone, besides: person)
    }

    /// Tells a gateway that runs beside this process.
    private func leaveNews(_ tx: WriteTransaction, _ after: Aftermath) throws(StoreError) {
        let notices = Set(after.news).map { StoreNotice.events(device: $0) } + (after.hasPost ? [.post] : [])
        for notice in notices { try tx.notices.leave(notice, at: now()) }
    }
}
