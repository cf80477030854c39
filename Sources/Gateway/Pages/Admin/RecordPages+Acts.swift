import ClaveDomain
import GatewayServices
import GatewayStore
import Localization
import WebServer

// The desk: what an operator's form about a person does.
extension Pages {
    /// The record that a form is about.
    struct NamedRecord {
        /// Its number, as the path has it.
        let id: String
        let subject: Citizen
        let form: Form
        var typed: RecordForm

        var document: NationalDocument { subject.document }
    }

    /// The record that the path names; the form must name the same.
    func named(_ context: Context, _ form: Form) throws(StoreError) -> NamedRecord? {
        let id = context["id"]
        var typed = RecordForm(form, context.t)
        guard let document = typed.document(), let file = try record(id), file.person.document == document else {
            return nil
        }
        return NamedRecord(id: id, subject: file.person, form: form, typed: typed)
    }

    func deactivateDevice(
        _ context: Context, _ person: Citizen, _ record: NamedRecord
    ) throws(StoreError) -> HTTPResponse {
        let outcome = try services.deviceAdministration.deactivate(
            of: record.document, id: Int64(record.form["device"] ?? "") ?? -1, by: actor(context, person))
        return try ended(context, person, record.id, outcome)
    }

    func renewRecord(_ context: Context, _ person: Citizen, _ record: NamedRecord) throws(StoreError) -> HTTPResponse {
        let outcome = try services.records.renew(
            record.document, version: record.typed.version, by: actor(context, person))
        return try ended(context, person, record.id, outcome)
    }

    func resendMail(_ context: Context, _ person: Citizen, _ record: NamedRecord) throws(StoreError) -> HTTPResponse {
        let outcome = try services.records.resendMail(
            to: record.document, version: record.typed.version, by: actor(context, person))
        return try ended(context, person, record.id, outcome)
    }

    func changeRecord(_ context: Context, _ person: Citizen, _ record: NamedRecord) throws(StoreError) -> HTTPResponse {
        let (document, id) = (record.document, record.id)
        var typed = record.typed
        var changes = RecordService.Changes(level: typed.level, language: typed.language)
        changes.name = typed.name(isNeeded: false)
        changes.datum = typed.datum(document, today: CivilDate(unixTime: services.clock.now()), isNeeded: false)
        changes.phone = typed.phone(isNeeded: true)
        changes.email = typed.email()?.text ?? ""
        guard typed.errors.isEmpty else { return try recordPage(context, person, id, typed) }
        let outcome = try services.records.change(
            document, changes, version: typed.version, by: actor(context, person))
        guard !outcome.field.isEmpty else { return try ended(context, person, id, outcome) }
        typed.refuse(outcome.field, context.t(outcome.words))
        return try recordPage(context, person, id, typed)
    }

    func removeRecord(_ context: Context, _ person: Citizen, _ record: NamedRecord) throws(StoreError) -> HTTPResponse {
        let t = context.t
        guard let reason = RemovalReason(rawValue: record.form["reason"] ?? "") else {
            return try removalPage(
                context, person, record.id, errors: [FieldError(field: "reason", text: t("Choose the reason."))])
        }
        let outcome = try services.removals.remove(
            record.document, reason, version: record.typed.version, by: actor(context, person))
        guard outcome == .done else { return try ended(context, person, record.id, outcome) }
        return .redirect(to: "/desk?done=yes")
    }

    /// Back to the record, with what came of the act.
    private func ended(
        _ context: Context, _ person: Citizen, _ id: String, _ outcome: ActOutcome
    ) throws(StoreError) -> HTTPResponse {
        outcome == .done ? .redirect(to: "/desk/citizen/\(id)?done=yes") : try refused(context, person, id, outcome)
    }

    /// The record as it is now, and why nothing was done. Who is no operator any more sees no record.
    func refused(
        _ context: Context, _ person: Citizen, _ id: String, _ outcome: ActOutcome
    ) throws(StoreError) -> HTTPResponse {
        guard outcome != .notOperator else {
            return message(context, context.t("Operators' desk"), status: 403, context.t(outcome.words))
        }
        var none = RecordForm([:], context.t)
        none.refuse("", context.t(outcome.words))
        return try recordPage(context, person, id, none)
    }
}
