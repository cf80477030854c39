// What operators do, at the desk and at the command line, and the calls that they hold.
extension Services {
    public var operators: Operators { Operators(database, clock: clock, audit: audit) }

    var administration: Administration { Administration(database, clock: clock, operators: operators) }

    public var queries: RecordQueries { RecordQueries(database, clock: clock) }

    public var records: RecordService {
        RecordService(
            database, clock: clock, audit: audit, administration: administration, messages: messages, mails: emailQueue)
    }

    public var removals: RemovalService {
        RemovalService(
            keys: keys, audit: audit, administration: administration, devices: deviceEvents, messages: messages,
            outboxes: Outboxes(folders: settings.outboxes))
    }

    public var deviceAdministration: DeviceAdministration {
        DeviceAdministration(administration, devices: deviceEvents)
    }

    public var letterAdministration: LetterAdministration {
        LetterAdministration(
            clock: clock, audit: audit, administration: administration, queue: letterQueue, printer: printer)
    }

    var letterQueue: LetterQueue { LetterQueue(clock: clock) }

    // MARK: Video calls

    private var callClock: CallClock { CallClock(clock, isCommand: settings.isCommand) }

    public var calls: CallService {
        CallService(
            database, keys: keys, clock: callClock, audit: audit, limiter: limiter,
            office: .init(hours: settings.callHours, operators: settings.callOperators), census: census)
    }

    public var callDesk: CallDesk {
        CallDesk(
            database, clock: callClock, audit: audit, administration: administration, census: census,
            registrations: registrations)
    }

    public var reviews: ReviewService {
        ReviewService(database, clock: callClock, audit: audit, administration: administration, removals: removals)
    }

    public var recordings: RecordingService {
        RecordingService(database, keys: keys, clock: callClock, audit: audit)
    }
}
