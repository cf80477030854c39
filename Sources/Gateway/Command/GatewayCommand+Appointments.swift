import ClaveDomain
import GatewayServices
import GatewayStore
import Localization
import Posix
import Wire

// Appointments of video calls.
extension GatewayCommand {
    static let appointments = [
        GatewayCommand(
            "appointment list", takes: [.document, .json], help: "list the video calls, newest first [--document]",
            .database(listAppointments)),
        GatewayCommand(
            "appointment cancel", takes: [.document], help: "call off a person's video call: --document",
            .database(cancelAppointment)),
    ]

    private static func listAppointments(_ options: GatewayOptions, _ open: OpenServices) throws {
        let document = try options.documentIfGiven()
        for file in try open().callDesk.newest(of: document) {
            let call = file.call
            guard options.has(.json) else {
                let data = file.isRight ? "data right" : "data wrong"
                let time = TimeText.date(UInt64(clamping: call.start))
                say("\(call.id)\t\(call.person.document.text)\t\(time)\t\(file.state)\t\(data)\treview \(call.review)")
                continue
            }
            var json = JSONWriter()
            json.put("record", "appointment")
            json.put("number", call.id)
            json.put("document", call.person.document.text)
            json.put("start", call.start)
            json.put("state", "\(file.state)")
            json.put("reason", "\(call.reason)")
            json.put("data", file.isRight ? "right" : "wrong")
            json.put("review", "\(call.review)")
            print(json.finish())
        }
    }

    private static func cancelAppointment(_ options: GatewayOptions, _ open: OpenServices) throws {
        let document = try options.document()
        let outcome = try open().callDesk.cancelAll(of: document, by: .owner)
        guard outcome != .callOver else { throw GatewayFailure("\(document.text) has no appointment") }
        try tell(outcome, "the appointment of \(document.text) is called off")
    }
}
