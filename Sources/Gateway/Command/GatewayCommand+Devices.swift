import ClaveDomain
import GatewayServices
import GatewayStore
import Glibc
import Posix
import SecureMemory
import Wire

// People's devices.
extension GatewayProgram {
    static func listDevices(_ options: GatewayOptions) throws {
        let document = options.options.has("document") ? try document(options) : nil
        for device in try services(options, origin: "", pins: []).devices(of: document) {
            guard options.options.has("json") else {
                say("\(device.document)\t\(line(device))")
                continue
            }
            printJSON(device)
        }
    }

    static func deactivateDevice(_ options: GatewayOptions) throws {
        let document = try document(options)
        try tell(
            try services(options, origin: "", pins: []).deactivateDevice(of: document, by: .owner),
            "the device of \(document.text) acts no more")
    }

    // MARK: Lines

    static func line(_ device: DeviceLine) -> String {
        let day = CivilDate(unixTime: device.activatedAt).text
        return "\(device.isActive ? "active" : "ended")\tactivated \(day)\t\(oneLine(device.name))"
    }

    /// What an agent has sent, in a list of lines and tabs.
    private static func oneLine(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.map { $0 == "\n" || $0 == "\t" ? " " : $0 }))
    }

    static func printJSON(_ device: DeviceLine) {
        var json = JSONWriter()
        json.put("record", "device")
        json.put("document", device.document)
        json.put("name", device.name)
        json.put("state", device.isActive ? "active" : "ended")
        json.put("activated", device.activatedAt)
        print(json.finish())
    }
}
