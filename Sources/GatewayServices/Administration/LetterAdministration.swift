public import ClaveDomain
public import GatewayStore

/// Sending people's registration letters, and making them void.
public struct LetterAdministration: Sendable {
    private let clock: Clock
    private let audit: AuditWriter
    private let administration: Administration
    private let queue: LetterQueue
    private let printer: (any LetterPrinter)?

    /// - Parameter printer: prints letters; nil where this gateway prints none.
    public init(
        clock: Clock, audit: AuditWriter, administration: Administration, queue: LetterQueue,
        printer: (any LetterPrinter)?
    ) {
        self.clock = clock
        self.audit = audit
        self.administration = administration
        self.queue = queue
        self.printer = printer
    }

    /// Has a letter printed for a person of the census who is not registered; it takes the place of the one before.
    public func send(to document: NationalDocument, by actor: Actor) throws(StoreError) -> ActOutcome {
        // A command does not print: the gateway that runs beside it does, or the next that starts.
        if case .desk = actor, printer?.isFull ?? true { return .noPrinter }
        return try administration.act(by: actor) { (tx, effects) throws(StoreError) in
            guard try tx.citizens.find(document) == nil else { return .documentTaken }
            guard try tx.census.find(document) != nil else { return .notListed }
            guard try queue.isDue(tx, document) else { return .tooManyLetters }
            try queue.queue(tx, to: document, &effects)
            try audit.record(
                tx, LetterQueue.act, subject: document.masked, by: actor, outcome: "to be printed")
            return .done
        }
    }

    /// Makes a person's live letter void.
    public func void(of document: NationalDocument, by actor: Actor) throws(StoreError) -> ActOutcome {
        try administration.act(by: actor) { (tx, _) throws(StoreError) in
            guard try tx.letters.live(of: document, at: clock.now()) != nil else { return .noLetter }
            try tx.letters.void(of: document)
            try audit.record(tx, LetterQueue.act, subject: document.masked, by: actor, outcome: "void")
            return .done
        }
    }
}
