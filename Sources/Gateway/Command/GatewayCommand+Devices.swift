import ClaveDomain
import GatewayServices
import GatewayStore
import Glibc
import Posix
import SecureMemory
import Wire

// People's devices.
extension GatewayCommand {
    static let devices = [
        GatewayCommand(
            "device list", takes: [.document, .json], help: "list the devices that people have activated [--document]",
            .database(listDevices)),
        GatewayCommand(
            "device deactivate", takes: [.document], help: "end the device that acts for a person: --document",
            .database(deactivateDevice)),
    ]

    private static func listDevices(_ options: GatewayOptions, _ open: OpenServices) throws {
        let document = try options.documentIfGiven()
        for device in try open().queries.devices(of: document) {
            guard options.has(.json) else {
                say("\(device.document)\t\(line(device))")
                continue
            }
            printJSON(device)
        }
    }

    private static func deactivateDevice(_ options: GatewayOptions, _ open: OpenServices) throws {
        let document = try options.document()
        try tell(
            try open().deviceAdministration.deactivate(of: document, by: .owner),
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
