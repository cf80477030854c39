// Visits, the devices that act in them, and what they leave to be done.
extension Services {
    var errands: ErrandQueue { ErrandQueue(keys: keys) }

    public var failures: FailedErrands { FailedErrands(database, queue: errands, audit: audit) }

    public var visits: VisitService {
        VisitService(database, keys: keys, clock: clock, audit: audit, limiter: limiter, errands: errands)
    }

    public var pins: PINService {
        PINService(
            database, keys: keys, clock: clock, audit: audit, limiter: limiter, visits: visits, devices: deviceEvents,
            errands: errands)
    }

    public var approvals: ApprovalService {
        ApprovalService(
            database, origin: settings.origin, clock: clock, audit: audit, limiter: limiter, visits: visits,
            errands: errands)
    }

    // MARK: Devices

    var deviceEvents: DeviceEvents { DeviceEvents(keys: keys, clock: clock, audit: audit) }

    public var devices: DeviceService {
        DeviceService(database, devices: deviceEvents, clock: clock, audit: audit)
    }

    public var nonces: NonceGuard { NonceGuard(database, limiter: limiter, clock: clock) }
}
