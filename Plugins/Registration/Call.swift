import ClaveDomain
import ClavePluginABI
import GatewayAPI
import Glibc
import IdentityQuestions
import Localization
import PluginKit
import SecureMemory
import Wire

// Registration by video call. Picture and sound go from browser to browser: here the appointment is made and followed.
extension Conversation {
    /// Seconds between two looks at a call.
    private static let pace: UInt32 = 3
    /// Seconds before an appointment from which on it is worth waiting for.
    private static let patience: UInt64 = 600
    /// Appointments that may be gone by the time they are chosen, before the conversation ends.
    private static let choices = 5

    /// Makes an appointment, or lines the person up.
    func askForCall() throws(Status) -> Rest {
        host.progress(
            t(
                "In a video call you show your face and your document to an operator of the gateway. It needs a browser with a camera and a microphone, on this computer or another."
            ))
        let person = try askPerson()
        var note: String?
        for _ in 0..<Self.choices {
            let slots = try freeTimes(person)
            let wish = CallWish(person: datum(of: person), start: try choose(slots, note: note))
            let answer = try exchange(RegistrationCall.bookStep, wish.secretBytes)
            switch answer.outcome {
            case .accepted: return try rest(of: try answer.body(CallAppointment.self), person)
            case .slotTaken: note = t("Somebody else has taken this time. Choose another one.")
            default: throw .failed
            }
        }
        throw .refused
    }

    /// Follows a call until it is decided, or until its time is far.
    func follow(_ page: String, _ person: Stage.Person) throws(Status) -> Rest? {
        var told: CallProgress?
        while true {
            let answer = try exchange(RegistrationCall.followStep, SecretBytes(zeros: 0))
            if answer.outcome == .acting { return endRegistered() }
            guard answer.outcome == .accepted else { throw over() }
            let progress = try answer.body(CallProgress.self)
            if progress != told { host.progress(words(progress)) }
            told = progress
            switch progress.state {
            case .approved: return try giveContact(person)
            case .rejected, .missed, .cancelled: throw .unusable
            case .booked where progress.start > TimeText.now + Self.patience:
                return Rest(stage: .called(page, person), page: page, due: Int64(clamping: progress.start))
            case .booked, .due, .queued, .running: sleep(Self.pace)
            }
        }
    }

    // MARK: Times

    private func freeTimes(_ person: Stage.Person) throws(Status) -> CallSlots {
        let answer = try exchange(RegistrationCall.slotsStep, datum(of: person).secretBytes)
        guard answer.outcome == .accepted else { throw .failed }
        let slots = try answer.body(CallSlots.self)
        guard slots.isOpen || !slots.starts.isEmpty else {
            host.progress(t("No appointment is free in the coming days. Try again tomorrow."))
            throw .refused
        }
        return slots
    }

    /// Asks for the day, then for the time; 0 is now.
    private func choose(_ slots: CallSlots, note: String?) throws(Status) -> UInt64 {
        let now =
            slots.waiting == 0
            ? t("now: nobody is waiting") : t("now: {1} people are waiting", "\(slots.waiting)")
        let days = slots.starts.map(TimeText.day).reduce(into: [String]()) { if $0.last != $1 { $0.append($1) } }
        let day = try choose("day", t("Day of the call"), (slots.isOpen ? [now] : []) + days, note: note)
        guard days.contains(day) else { return 0 }
        let starts = slots.starts.filter { TimeText.day($0) == day }
        let time = try choose("time", t("Time of the call, on {1}", day), starts.map(TimeText.minute), note: nil)
        // Where a clock is set back, two have one name: the earlier is meant.
        guard let start = starts.first(where: { TimeText.minute($0) == time }) else { throw .failed }
        return start
    }

    private func choose(
        _ name: String, _ label: String, _ choices: [String], note: String?
    ) throws(Status) -> String {
        let unlike = choices.reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
        return try host.askText(
            Host.Field(
                name: name, label: label, note: note, kind: Int(CLAVE_FIELD_CHOICE), lengths: 1...512,
                choices: Array(unlike.prefix(Int(CLAVE_CHOICES_MAX)))))
    }

    private func rest(of appointment: CallAppointment, _ person: Stage.Person) throws(Status) -> Rest {
        Rest(
            stage: .called(appointment.page, person), page: appointment.page, due: Int64(clamping: appointment.start))
    }

    // MARK: Words

    private func words(_ progress: CallProgress) -> String {
        switch progress.state {
        case .booked: t("The call is at {1}.", TimeText.date(progress.start))
        case .due: t("It is time: open the page of the call in a browser.")
        case .queued where progress.ahead == 0: t("You are the next. An operator will come.")
        case .queued: t("You are lined up; before you: {1}.", "\(progress.ahead)")
        case .running: t("The operator is there.")
        case .approved: t("The operator has recognised you.")
        case .rejected: t(progress.reason.words)
        case .missed: t("The time of the call is over, and its page was not open. Make a new appointment.")
        case .cancelled: t("The call was called off. Make a new appointment, if you want one.")
        }
    }
}
