import ClaveDomain
import GatewayServices
import GatewayStore
import Localization
import Posix
import Wire

// Appointments of video calls.
extension GatewayProgram {
    static func listAppointments(_ options: GatewayOptions) throws {
        let document = options.options.has("document") ? try document(options) : nil
        for file in try services(options, origin: "", pins: []).calls(of: document) {
            let call = file.call
            guard options.options.has("json") else {
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

    static func cancelAppointment(_ options: GatewayOptions) throws {
        let document = try document(options)
        let outcome = try services(options, origin: "", pins: []).cancelCalls(of: document, by: .owner)
        guard outcome != .callOver else { throw GatewayFailure("\(document.text) has no appointment") }
        try tell(outcome, "the appointment of \(document.text) is called off")
    }
}
