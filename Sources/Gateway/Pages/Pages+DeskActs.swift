import ClaveDomain
import GatewayStore
import Localization
import WebServer

// The desk: what an operator's form about a person does.
extension Pages {
    /// An act on the record that the form names; the address must name the same.
    func recordAct(
        _ context: Context, _ person: Citizen, _ id: String, _ act: String, _ form: [String: String]
    ) throws(StoreError) -> HTTPResponse {
        var typed = RecordForm(form, context.t)
        guard let document = typed.document(), let file = try record(id), file.person.document == document else {
            return try refused(context, person, id, .notFound)
        }
        let actor = actor(context, person)
        switch act {
        case "set": return try change(context, person, id, file.person, &typed)
        case "remove": return try removeRecord(context, person, id, document, typed, form)
        case "deactivate":
            let outcome = try services.deactivateDevice(
                of: document, id: Int64(form["device"] ?? "") ?? -1, by: actor)
            return try ended(context, person, id, outcome)
        case "renew":
            return try ended(
                context, person, id, try services.renew(document, version: typed.version, by: actor))
        case "link":
            return try ended(
                context, person, id, try services.resendMail(to: document, version: typed.version, by: actor))
        default: return notFound(context)
        }
    }

    private func change(
        _ context: Context, _ person: Citizen, _ id: String, _ subject: Citizen, _ typed: inout RecordForm
    ) throws(StoreError) -> HTTPResponse {
        let document = subject.document
        var changes = GatewayServices.Changes(level: typed.level, language: typed.language)
        changes.name = typed.name(isNeeded: false)
        changes.datum = typed.datum(document, today: CivilDate(unixTime: services.now()), isNeeded: false)
        changes.phone = typed.phone(isNeeded: true)
        changes.email = typed.email()?.text ?? ""
        guard typed.errors.isEmpty else { return try recordPage(context, person, id, typed) }
        let outcome = try services.change(
            document, changes, version: typed.version, by: actor(context, person))
        guard !outcome.field.isEmpty else { return try ended(context, person, id, outcome) }
        typed.refuse(outcome.field, context.t(outcome.words))
        return try recordPage(context, person, id, typed)
    }

    private func removeRecord(
        _ context: Context, _ person: Citizen, _ id: String, _ document: NationalDocument, _ typed: RecordForm,
        _ form: [String: String]
    ) throws(StoreError) -> HTTPResponse {
        let t = context.t
        guard let reason = GatewayServices.RemovalReason(rawValue: form["reason"] ?? "") else {
            return try removalPage(
                context, person, id, errors: [FieldError(field: "reason", text: t("Choose the reason."))])
        }
        let outcome = try services.remove(document, reason, version: typed.version, by: actor(context, person))
        guard outcome == .done else { return try ended(context, person, id, outcome) }
        return .redirect(to: "/desk?done=yes")
    }

    /// Back to the record, with what came of the act.
    private func ended(
        _ context: Context, _ person: Citizen, _ id: String, _ outcome: ActOutcome
    ) throws(StoreError) -> HTTPResponse {
        outcome == .done ? .redirect(to: "/desk/citizen/\(id)?done=yes") : try refused(context, person, id, outcome)
    }

    /// The record as it is now, and why nothing was done. Who is no operator any more sees no record.
    private func refused(
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
