import ClaveDomain
public import GatewayStore

/// Recordings of calls: made by the operator's page with the person's consent, sealed piece by piece, and deleted as soon
/// as a second operator has looked.
public struct RecordingService: Sendable {
    private let database: Database
    private let keys: GatewayKeys
    private let clock: CallClock
    private let audit: AuditWriter

    public init(_ database: Database, keys: GatewayKeys, clock: CallClock, audit: AuditWriter) {
        self.database = database
        self.keys = keys
        self.clock = clock
        self.audit = audit
    }

    /// What came of a piece.
    public enum PieceOutcome: Equatable, Sendable {
        case kept
        /// The person does not consent, or not any more.
        case noConsent
        /// Not the piece that is next, or one too many, or too long.
        case misplaced
        /// The call is over, or not this operator's.
        case over
    }

    /// Keeps a piece of a recording.
    ///
    /// - Parameters:
    ///   - piece: at most ``CallRules/pieceLength`` bytes.
    ///   - place: 0 and rising, without gaps; 0 begins anew, as after a line that was cut.
    ///   - id: the call.
    ///   - turn: of the call, when the recording began.
    public func keep(
        _ piece: [UInt8], place: Int, of id: Int64, turn: Int64, by actor: Actor
    ) throws(StoreError) -> PieceOutcome {
        guard !piece.isEmpty, piece.count <= CallRules.pieceLength, (0..<CallRules.pieces).contains(place) else {
            return .misplaced
        }
        let sealed = keys.seal(recording: piece, context: Self.context(id, place))
        let moment = clock.moment()
        return try database.write { (tx, _) throws(StoreError) in
            guard let call = try actor.heldCall(tx, id, moment), call.turn == turn else { return .over }
            guard call.consents else { return .noConsent }
            if place == 0 { try tx.recordings.remove(of: id) }
            guard try tx.recordings.count(of: id) == place else { return .misplaced }
            try tx.recordings.add(sealed, at: place, of: id)
            return .kept
        }
    }

    /// A recording, opened for the operator who reviews the call; nil for anybody else. That it was looked at is in the
    /// audit.
    public func open(of id: Int64, by actor: Actor) throws(StoreError) -> [UInt8]? {
        let moment = clock.moment()
        return try database.write { (tx, _) throws(StoreError) in
            guard let call = try tx.calls.call(id, at: moment), actor.mayReview(call) == .done else { return nil }
            var bytes: [UInt8] = []
            for (place, sealed) in try tx.recordings.pieces(of: id).enumerated() {
                guard let piece = keys.open(recording: sealed, context: Self.context(id, place)) else {
                    return nil
                }
                bytes += piece
            }
            try audit.record(
                tx, ReviewService.act, subject: call.person.document.masked, by: actor, outcome: "recording opened")
            return bytes
        }
    }

    /// A piece opens in its place alone.
    private static func context(_ id: Int64, _ place: Int) -> [UInt8] { Array("call \(id) piece \(place)".utf8) }
}
