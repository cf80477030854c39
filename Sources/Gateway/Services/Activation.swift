import ClaveDomain
import GatewayAPI
import GatewayServices
import GatewayStore
import Wire

/// What all ways of activation share: their replies, and their end.
extension GatewayServices {
    /// What an activation's step came to.
    enum StepOutcome: Equatable {
        case reply(ActivationReply)
        case refusal(Refusal)
    }

    /// Makes the step's device the person's active one, and grants it.
    ///
    /// - Parameter body: the reply's bytes for the plugin.
    func grant(
        _ tx: WriteTransaction, _ step: ActivationStep, for person: Citizen, _ body: [UInt8],
        _ effects: inout Effects
    ) throws(StoreError) -> StepOutcome {
        guard try tx.devices.device(signingKey: step.signingKey) == nil else { return .refusal(Refusal(.deactivated)) }
        try deviceEvents.activate(tx, step, for: person, &effects)
        return .reply(ActivationReply(session: step.session, body: body, grant: deviceEvents.grant(person)))
    }

    /// A reply that grants nothing.
    func reply(_ step: ActivationStep, _ body: [UInt8]) -> StepOutcome {
        .reply(ActivationReply(session: step.session, body: body, grant: nil))
    }

    /// The bytes of a reply: what came of it, and more that belongs to it.
    static func body(_ outcome: UInt8, _ rest: (inout ByteWriter) -> Void = { _ in }) -> [UInt8] {
        var writer = ByteWriter()
        writer.put(byte: outcome)
        rest(&writer)
        return writer.bytes
    }
}
