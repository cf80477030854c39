public import ClaveDomain
public import GatewayStore

/// Ending people's devices at another's word.
public struct DeviceAdministration: Sendable {
    private let administration: Administration
    private let devices: DeviceEvents

    public init(_ administration: Administration, devices: DeviceEvents) {
        self.administration = administration
        self.devices = devices
    }

    /// Ends the device that acts for a person; it is told.
    ///
    /// - Parameter id: the device that was seen; nil for whichever acts.
    public func deactivate(
        of document: NationalDocument, id: Int64? = nil, by actor: Actor
    ) throws(StoreError) -> ActOutcome {
        try administration.act(by: actor, on: document, version: nil) { (tx, person, effects) throws(StoreError) in
            guard let device = try tx.devices.active(of: person.id), id == nil || id == device.id else {
                return .noDevice
            }
            try devices.deactivate(
                tx, device, subject: document.masked, by: actor,
                outcome: actor == .owner ? "at the command line" : "at the desk", &effects)
            return .done
        }
    }
}
