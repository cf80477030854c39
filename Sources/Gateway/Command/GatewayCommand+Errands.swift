import ClaveDomain
import GatewayServices
import Posix
import SecureMemory
import Wire

// Errands that failed.
extension GatewayCommand {
    static let errands = [
        GatewayCommand(
            "errand list", takes: [.json],
            help: "list what could not be done after an answer: a PIN, a code, a letter, and why",
            .database(listErrands)),
        GatewayCommand("errand retry", help: retryOrDrop, .database(retryErrands)),
        GatewayCommand("errand drop", help: retryOrDrop, .database(dropErrands)),
    ]

    private static let retryOrDrop = HelpRow(
        "errand retry|drop", "have all that was set aside tried again; delete it")

    private static func listErrands(_ options: GatewayOptions, _ open: OpenServices) throws {
        for errand in try open().failures.list() {
            let state = errand.setAsideAt > 0 ? "set aside" : "tried again"
            guard options.has(.json) else {
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

    private static func retryErrands(_ options: GatewayOptions, _ open: OpenServices) throws {
        let count = try open().failures.retry()
        say("errands to be tried again within a minute: \(count)")
    }

    private static func dropErrands(_ options: GatewayOptions, _ open: OpenServices) throws {
        let count = try open().failures.drop()
        say("errands dropped: \(count)")
    }
}
