import ClaveDomain
import GatewayServices
import GatewayStore

// What registration, activation and e-mail, which are no types of their own yet, still call here. It goes with them.
extension GatewayServices {
    typealias Changes = RecordService.Changes

    static var renewalAct: String { RecordService.renewalAct }

    func act(
        by actor: Actor, _ body: (WriteTransaction, inout Effects) throws(StoreError) -> ActOutcome
    ) throws(StoreError) -> ActOutcome {
        try administration.act(by: actor, body)
    }

    func act(
        by actor: Actor, on document: NationalDocument, version: Int64?,
        _ body: (WriteTransaction, Citizen, inout Effects) throws(StoreError) -> ActOutcome
    ) throws(StoreError) -> ActOutcome {
        try administration.act(by: actor, on: document, version: version, body)
    }

    func apply(
        _ tx: WriteTransaction, _ person: Citizen, _ changes: Changes, _ effects: inout Effects
    ) throws(StoreError) -> [String] {
        try records.apply(tx, person, changes, &effects)
    }

    func renew(_ tx: WriteTransaction, _ person: Citizen) throws(StoreError) {
        try tx.citizens.renew(person.id, at: now())
    }

    func renounce(by device: Device, address: String) throws(StoreError) {
        try removals.renounce(by: device, address: address)
    }
}
