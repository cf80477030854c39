import ClaveDomain
import GatewayServices
import GatewayStore
import Localization
import WebServer

/// The devices that act for people.
struct DevicePages: DeskPage {
    let request: DeskRequest

    init(_ request: DeskRequest, in pages: Pages) { self.request = request }

    func show() throws(StoreError) -> HTTPResponse {
        let list = try services.queries.devices(isActive: true, limit: DeskRequest.linesAtOnce)
        return frame(
            t("Devices"),
            """
            <p>\(t("The devices that were activated last and still act. One is deactivated in the person's record."))</p>
            \(table(list))
            """)
    }

    private func table(_ list: [DeviceLine]) -> Table<DeviceLine> {
        Table(
            t("Devices"), list,
            [
                .init(t("Document")) { "<a href=\"/desk/citizen/\($0.citizen)\">\($0.document)</a>" },
                .init(t("Device")) { foreign($0.name) }, .init(t("Activated")) { "\(day($0.activatedAt))" },
            ])
    }
}
