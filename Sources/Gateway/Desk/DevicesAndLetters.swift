import ClaveDomain
import GatewayServices
import GatewayStore

/// Ending devices, voiding and sending letters.
extension GatewayServices {
    /// Ends the device that acts for a person; it is told.
    ///
    /// - Parameter id: the device that was seen; nil for whichever acts.
    func deactivateDevice(
        of document: NationalDocument, id: Int64? = nil, by actor: Actor
    ) throws(StoreError) -> ActOutcome {
        try act(by: actor, on: document, version: nil) { (tx, person, effects) throws(StoreError) in
            guard let device = try tx.devices.active(of: person.id), id == nil || id == device.id else {
                return .noDevice
            }
            try deviceEvents.deactivate(
                tx, device, subject: document.masked, by: actor,
                outcome: actor == .owner ? "at the command line" : "at the desk", &effects)
            return .done
        }
    }

    /// Makes a person's live letter void.
    func voidLetter(of document: NationalDocument, by actor: Actor) throws(StoreError) -> ActOutcome {
        try act(by: actor) { (tx, _) throws(StoreError) in
            guard try tx.letters.live(of: document, at: now()) != nil else { return .noLetter }
            try tx.letters.void(of: document)
            try audit(tx, Self.letterAct, subject: document.masked, by: actor, outcome: "void")
            return .done
        }
    }

    /// Has a letter printed for a person of the census who is not registered; it takes the place of the one before.
    func sendLetter(to document: NationalDocument, by actor: Actor) throws(StoreError) -> ActOutcome {
        // A command does not print: the gateway that runs beside it does, or the next that starts.
        if case .desk = actor, printer?.isFull ?? true { return .noPrinter }
        return try act(by: actor) { (tx, effects) throws(StoreError) in
            guard try tx.citizens.find(document) == nil else { return .documentTaken }
            guard try tx.census.find(document) != nil else { return .notListed }
            guard try letterQueue.isDue(tx, document) else { return .tooManyLetters }
            try letterQueue.queue(tx, to: document, &effects)
            try audit(tx, Self.letterAct, subject: document.masked, by: actor, outcome: "to be printed")
            return .done
        }
    }
}
