import ClaveDomain
import GatewayServices
import GatewayStore
import Localization
import WebServer

// What an operator's form about a person does.
extension RecordPages {
    /// The record that a form is about.
    struct NamedRecord {
        let subject: Citizen
        let form: Form
        var typed: RecordForm

        var document: NationalDocument { subject.document }
    }

    /// The record that the path names; the form must name the same.
    func named(_ form: Form) throws(StoreError) -> NamedRecord? {
        var typed = RecordForm(form, t)
        guard let document = typed.document(), let file = try record(), file.person.document == document else {
            return nil
        }
        return NamedRecord(subject: file.person, form: form, typed: typed)
    }

    func deactivateDevice(_ record: NamedRecord) throws(StoreError) -> HTTPResponse {
        let outcome = try services.deviceAdministration.deactivate(
            of: record.document, id: Int64(record.form["device"] ?? "") ?? -1, by: actor)
        return try ended(outcome)
    }

    func renew(_ record: NamedRecord) throws(StoreError) -> HTTPResponse {
        try ended(try services.records.renew(record.document, version: record.typed.version, by: actor))
    }

    func resendMail(_ record: NamedRecord) throws(StoreError) -> HTTPResponse {
        try ended(try services.records.resendMail(to: record.document, version: record.typed.version, by: actor))
    }

    func change(_ record: NamedRecord) throws(StoreError) -> HTTPResponse {
        let document = record.document
        var typed = record.typed
        var changes = RecordService.Changes(level: typed.level, language: typed.language)
        changes.name = typed.name(isNeeded: false)
        changes.datum = typed.datum(document, today: CivilDate(unixTime: services.clock.now()), isNeeded: false)
        changes.phone = typed.phone(isNeeded: true)
        changes.email = typed.email()?.text ?? ""
        guard typed.errors.isEmpty else { return try recordPage(typed) }
        let outcome = try services.records.change(document, changes, version: typed.version, by: actor)
        guard !outcome.field.isEmpty else { return try ended(outcome) }
        typed.refuse(outcome.field, t(outcome.words))
        return try recordPage(typed)
    }

    func remove(_ record: NamedRecord) throws(StoreError) -> HTTPResponse {
        guard let reason = RemovalReason(rawValue: record.form["reason"] ?? "") else {
            return try removalPage(errors: [FieldError(field: "reason", text: t("Choose the reason."))])
        }
        let outcome = try services.removals.remove(record.document, reason, version: record.typed.version, by: actor)
        guard outcome == .done else { return try ended(outcome) }
        return .redirect(to: "/desk?done=yes")
    }

    /// Back to the record, with what came of the act.
    private func ended(_ outcome: ActOutcome) throws(StoreError) -> HTTPResponse {
        outcome == .done ? .redirect(to: "/desk/citizen/\(id)?done=yes") : try refused(outcome)
    }

    /// The record as it is now, and why nothing was done. Who is no operator any more sees no record.
    func refused(_ outcome: ActOutcome) throws(StoreError) -> HTTPResponse {
        guard outcome != .notOperator else {
            return message(t("Operators' desk"), status: 403, t(outcome.words))
        }
        var none = RecordForm([:], t)
        none.refuse("", t(outcome.words))
        return try recordPage(none)
    }
}
