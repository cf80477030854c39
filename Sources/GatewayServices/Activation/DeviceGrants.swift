import GatewayAPI
import GatewayStore

/// The end of every activation: the step's device acts for a person from now on, and is granted that.
public struct DeviceGrants: Sendable {
    private let devices: DeviceEvents

    public init(_ devices: DeviceEvents) { self.devices = devices }

    /// Makes the step's device the person's active one, in the caller's write, and grants it.
    ///
    /// - Parameter body: the reply's bytes for the plugin.
    /// - Returns: a refusal for a device that was in use before: a key serves once.
    func grant(
        _ tx: WriteTransaction, _ step: ActivationStep, for person: Citizen, _ body: [UInt8],
        _ effects: inout Effects
    ) throws(StoreError) -> StepOutcome {
        guard try tx.devices.device(signingKey: step.signingKey) == nil else { return .refusal(Refusal(.deactivated)) }
        try devices.activate(tx, step, for: person, &effects)
        return .reply(ActivationReply(session: step.session, body: body, grant: devices.grant(person)))
    }

    /// Grants again what the step's device was granted by its registration; nil if it acts for nobody.
    func grantAgain(
        _ tx: StoreTransaction<some StoreAccess>, _ step: ActivationStep
    ) throws(StoreError) -> StepOutcome? {
        guard let device = try tx.devices.device(signingKey: step.signingKey), device.isActive,
            device.sealingKey == step.sealingKey, let person = try tx.citizens.find(id: device.citizen)
        else { return nil }
        let grant = devices.grant(to: device, for: person)
        return .reply(
            ActivationReply(session: step.session, body: RegistrationOutcome.acting.body(), grant: grant))
    }
}
