import ClaveDomain
import GatewayAPI
import GatewayServices
import GatewayStore

// What pages and commands still call here. Each goes when its callers are given the service itself.
extension GatewayServices {
    func begin(_ procedure: Procedure, address: String) throws(StoreError) -> VisitService.Beginning {
        try visits.begin(procedure, address: address)
    }

    func transaction(_ id: [UInt8]) throws(StoreError) -> Transaction? { try visits.transaction(id) }
    func cancel(_ id: [UInt8]) throws(StoreError) { try visits.cancel(id) }
    func finish(_ id: [UInt8]) throws(StoreError) -> VisitService.Finish { try visits.finish(id) }

    func redeem(_ code: [UInt8], of visit: [UInt8]) throws(StoreError) -> Login? {
        try visits.redeem(code, of: visit)
    }

    func requestPIN(
        _ id: [UInt8], _ document: NationalDocument, _ datum: ContrastDatum, address: String
    ) throws(StoreError) -> RequestOutcome {
        try pins.request(id, document, datum, address: address)
    }

    func sendPINBySMS(_ id: [UInt8], address: String) throws(StoreError) -> RequestOutcome {
        try pins.sendBySMS(id, address: address)
    }

    func enterPIN(_ id: [UInt8], typed: String, address: String) throws(StoreError) -> EntryOutcome {
        try pins.enter(id, typed: typed, address: address)
    }

    func requestApproval(
        _ id: [UInt8], _ document: NationalDocument, _ datum: ContrastDatum, address: String
    ) throws(StoreError) -> RequestOutcome {
        try approvals.request(id, document, datum, address: address)
    }

    func requestLink(_ id: [UInt8], address: String) throws(StoreError) -> MobileLink? {
        try approvals.requestLink(id, address: address)
    }

    func failedErrands() throws(StoreError) -> [FailedErrand] { try failures.list() }
    func retryErrands() throws(StoreError) -> Int { try failures.retry() }
    func dropErrands() throws(StoreError) -> Int { try failures.drop() }
}
