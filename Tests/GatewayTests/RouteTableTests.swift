import Foundation
import GatewayAPI
import Localization
import Testing
import WebServer

@testable import Gateway
@testable import GatewayWeb

@Suite struct `The gateway's routes` {
    private func request(_ method: String, _ path: String) -> HTTPRequest {
        HTTPRequest(method: method, path: path, address: "192.0.2.1", headers: [:], query: [:], body: [])
    }

    /// Whether each route is found at a path that fits its pattern: none stands twice, or behind one that takes its paths.
    private func areReached<Handler>(_ table: RouteTable<Handler>) -> Bool {
        table.all.allSatisfy { route in
            let found = table.match(request(route.method, route.pattern.path(filling: "0")))?.route
            return found?.pattern == route.pattern && found?.method == route.method
        }
    }

    @Test func `stand in their tables once, and none is hidden by another`() {
        let pages = Pages.routes.all.map { "\($0.method) \($0.pattern)" }
        let agents = AgentInterface.routes.all.map { "\($0.method) \($0.pattern)" }
        #expect(Set(pages + agents).count == pages.count + agents.count)
        #expect(areReached(Pages.routes) && areReached(AgentInterface.routes))
        #expect(pages.count > 60 && agents.count > 20)
        // What is for agents never comes to the pages.
        for route in AgentInterface.routes.all {
            #expect(AgentEndpoint.isMeant(by: request("GET", route.pattern.path(filling: "0"))))
        }
        for route in Pages.routes.all {
            #expect(!AgentEndpoint.isMeant(by: request("GET", route.pattern.path(filling: "0"))))
        }
    }

    @Test func `read what the server hands on, and nothing else is read`() {
        #expect(
            GatewayServer.reads
                == RequestFields(
                    headers: [
                        "content-type", "sec-fetch-site", "x-clave-form", "content-digest", "signature-input",
                        "signature", "last-event-id",
                    ], lists: ["accept-language"],
                    arguments: ["lang", "code", "page", "done", "turn", "after", "place", "token"],
                    cookies: [
                        Pages.visitCookie, Pages.sessionCookie, Pages.languageCookie, Pages.deskCookie,
                        SandboxPages.cookie,
                    ]))
        #expect(GatewayServer.reads.hasHeader("cookie"))
        for route in Pages.routes.all { #expect(["GET", "POST"].contains(route.method)) }
    }

    @Test func `of pages answer everybody: who has a visit, who is at the desk, and who has nothing`() throws {
        let desk = try Desk()
        let visitor = desk.browser
        visitor.send("POST", "/procedure/padro")
        for route in Pages.routes.all {
            let path = route.pattern.path(filling: "0")
            let answers = [visitor.send(route.method, path), Visitor(desk.sandbox).send(route.method, path)]
            for answer in answers {
                #expect(
                    [200, 204, 303, 400, 403, 404, 409].contains(answer.status),
                    "\(route.method) \(path): \(answer.status)")
            }
            // Where nothing has to be filled in, there is something to see; the sandbox's pages are not open here.
            guard route.method == "GET", path == route.pattern.description, !path.hasPrefix("/sandbox/") else {
                continue
            }
            let expected: [UInt32] = path == "/desk/return" ? [400] : [200, 204]
            #expect(expected.contains(answers[0].status), "\(path): \(answers[0].status)")
        }
    }

    @Test func `of pages without a name in their address lead to it in another language`() {
        let ways = ["/gateway/", "/desk/"]
        let own = Pages.routes.all.filter { route in
            guard case .page = route.handler, route.method == "GET", route.pattern.isFixed else { return false }
            return !ways.contains { route.pattern.description.hasPrefix($0) }
        }
        #expect(own.map(\.pattern.description).contains("/sandbox/mail") && own.count > 3)
        for path in own.map(\.pattern.description) {
            #expect(comingBack(to: path) == path)
            #expect(comingBack(to: "/" + path) == path)
        }
        // What is no page's address is in no link.
        for path in ["/nothing", "/sandbox/other", "/assets/style.css", "/sandbox", "/sandbox/mail/x"] {
            #expect(comingBack(to: path) == "/", "\(path)")
        }
    }

    private func comingBack(to path: String) -> String {
        PageContext(request: request("GET", path), t: .english, visit: nil, parameters: PathParameters()).path
    }

    @Test func `take no longer body than they say`() throws {
        let visitor = Visitor(try Sandbox())
        visitor.send("POST", "/procedure/padro")
        for route in Pages.routes.all where route.method == "POST" {
            let body = String(repeating: "x", count: route.maximumBody + 1)
            let path = route.pattern.path(filling: "0")
            #expect(visitor.send("POST", path, form: body).status == 413, "\(path)")
            #expect(visitor.send("POST", path, form: String(body.dropLast())).status != 413, "\(path)")
        }
        #expect(visitor.send("POST", "/nothing", form: String(repeating: "x", count: 70_000)).status == 404)
    }

    @Test func `of agents take no longer body than they say, which is as long as the server takes it`() throws {
        let services = try Sandbox().services
        let endpoint = AgentEndpoint(services: services, streams: try EventStreams(services: services))
        func status(_ route: Route<AgentInterface.Handler>, _ length: Int) -> UInt32 {
            let request = HTTPRequest(
                method: route.method, path: route.pattern.path(filling: "0"), address: "192.0.2.1", headers: [:],
                query: [:], body: [UInt8](repeating: 0, count: length))
            guard case .response(let response) = endpoint.answer(request) else { return 0 }
            return response.status
        }
        for route in AgentInterface.routes.all {
            #expect(route.maximumBody == 65_792)
            #expect(status(route, route.maximumBody + 1) == 413, "\(route.pattern)")
            #expect([200, 401].contains(status(route, route.maximumBody)), "\(route.pattern)")
        }
    }

    @Test func `of agents each have their place in the description of the interface`() throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../contrib/doc")
        let text = try String(
            contentsOf: folder.appending(path: "GATEWAY-API.md").standardizedFileURL, encoding: .utf8)
        // Steps have a heading together, and are described below it by their names.
        let steps = ["/agent/v1/activation/", "/agent/v1/registration/"]
        for path in AgentInterface.routes.all.map(\.pattern.description) {
            if let together = steps.first(where: path.hasPrefix) {
                #expect(text.contains("## `POST \(together)<"))
            } else {
                #expect(text.contains("| `\(path)` |") || text.contains("## `GET \(path)`"), "\(path)")
            }
        }
    }

    @Test func `of agents answer a device that is activated, and refuse at any other address`() throws {
        let sandbox = try Sandbox()
        let device = TestDevice(sandbox)
        #expect(try device.activate().isGranted)
        // The device is no more after these.
        let last = [Deactivation.path, Renunciation.path]
        for route in AgentInterface.routes.all where !last.contains(route.pattern.description) {
            let path = route.pattern.path(filling: "sms")
            let answer = device.call(route.method, path)
            if case .events = route.handler {
                if case .stream = answer {} else { Issue.record("\(path) is no stream") }
            } else {
                // Malformed, where a body was needed; the upgrade has nothing to give.
                #expect([200, 400].contains(device.status(answer)) || path == Upgrade.path, "\(path)")
            }
        }
        // Of a path that is signed, no other spelling is the same.
        let spelled = ["/" + Upgrade.path, Upgrade.path + "/", String(Upgrade.path.dropFirst())].map { ("POST", $0) }
        for (method, path) in [("GET", "/agent"), ("POST", "/agent/v1/nothing"), ("POST", Push.path)] + spelled {
            #expect(device.status(device.call(method, path)) == 404, "\(path)")
        }
        #expect(device.status(device.call("POST", Deactivation.path)) == 200)
        #expect(device.status(device.call("POST", Renunciation.path)) != 200)
    }
}
