import AgentProtocol
import Audit

extension AuditDesk: Witness {
    /// Refuses what must be recorded while the log can't be written, and a yes that could not be.
    func before(_ act: Act) async throws(AgentError) {
        guard let answer = act.answer else {
            // Before a person is asked in vain.
            if act.needsRecord { try await requireWritable() }
            return
        }
        let entry = AuditEntry(act, answer)
        if act.needsRecord { try await record(entry) } else { note(entry) }
    }

    func after(_ event: WitnessedEvent) {
        if let entry = AuditEntry(event) { note(entry) }
    }
}
