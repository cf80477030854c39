import ClaveDomain
import GatewayServices
import Posix
import SecureMemory
import Wire

// Errands that failed.
extension GatewayProgram {
    static func listErrands(_ options: GatewayOptions) throws {
        for errand in try services(options, origin: "", pins: []).failedErrands() {
            let state = errand.setAsideAt > 0 ? "set aside" : "tried again"
            guard options.options.has("json") else {
                let day = errand.setAsideAt > 0 ? " since \(CivilDate(unixTime: errand.setAsideAt).text)" : ""
                say(
                    "\(errand.number)\t\(errand.kind.word)\t\(errand.document)\t\(state)\(day)\ttries: \(errand.tries)\t\(errand.reason)"
                )
                continue
            }
            var json = JSONWriter()
            json.put("record", "errand")
            json.put("number", errand.number)
            json.put("kind", errand.kind.word)
            json.put("document", errand.document)
            json.put("state", state)
            json.put("tries", errand.tries)
            json.put("set_aside", errand.setAsideAt)
            json.put("reason", errand.reason)
            print(json.finish())
        }
    }

    static func retryErrands(_ options: GatewayOptions) throws {
        let count = try services(options, origin: "", pins: []).retryErrands()
        say("errands to be tried again within a minute: \(count)")
    }

    static func dropErrands(_ options: GatewayOptions) throws {
        let count = try services(options, origin: "", pins: []).dropErrands()
        say("errands dropped: \(count)")
    }
}
