import Foundation
import Glibc
import TestSupport
import Testing

/// A real Chromium without a window, driven by WebDriver (W3C WebDriver 2) through Debian's chromedriver.
final class Browser {
    struct Failure: Error { let message: String }

    private let driver: Child
    private var base = ""
    private var session = ""
    private let folder: String
    private let world: World

    /// Starts driver and browser; the world's certificate authority is not known to it, so its errors are passed over.
    ///
    /// - Parameter hasCamera: whether it has a made-up camera and microphone, which every page may use.
    init(_ world: World, language: String = "en", hasCamera: Bool = false) throws {
        folder = world.folder
        self.world = world
        let log = "\(folder)/chromedriver-\(UUID().uuidString.prefix(4)).log"
        driver = try Child(
            "/usr/bin/chromedriver", ["--port=0"],
            environment: ["HOME": folder, "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"], output: log)
        let port = try world.wait("chromedriver") {
            Citizen.first("on port ([0-9]+)\\.", in: (try? String(contentsOfFile: log, encoding: .utf8)) ?? "")
        }
        base = "http://127.0.0.1:\(port)"
        let camera = hasCamera ? ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"] : []
        let options: [String: Any] = [
            "args": camera + [
                "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                "--window-size=900,1100", "--user-data-dir=\(folder)/chromium-\(UUID().uuidString.prefix(4))",
            ], "prefs": ["intl.accept_languages": language],
        ]
        let capabilities: [String: Any] = ["acceptInsecureCerts": true, "goog:chromeOptions": options]
        let reply = try send("POST", "/session", ["capabilities": ["alwaysMatch": capabilities]])
        session = (reply as? [String: Any])?["sessionId"] as? String ?? ""
        // A page that is on its way: look again for so long.
        _ = try command("POST", "/timeouts", ["implicit": 10_000])
    }

    deinit {
        _ = try? send("DELETE", "/session/\(session)")
        // The session's end has ended the browser; the driver itself has nothing to lose.
        driver.end(SIGKILL)
    }

    // MARK: What a person does

    func open(_ address: String) throws { _ = try command("POST", "/url", ["url": address]) }

    func type(_ text: String, into selector: String) throws {
        _ = try command("POST", "/element/\(try element(selector))/value", ["text": text])
    }

    func press(_ selector: String) throws {
        _ = try command("POST", "/element/\(try element(selector))/click", [:])
    }

    /// Keys to whatever has the focus.
    func keys(_ keys: String) throws {
        let actions = keys.flatMap { key in
            [["type": "keyDown", "value": String(key)], ["type": "keyUp", "value": String(key)]]
        }
        _ = try command("POST", "/actions", ["actions": [["type": "key", "id": "keys", "actions": actions]]])
    }

    // MARK: What a person sees

    func text(_ selector: String) throws -> String {
        try command("GET", "/element/\(try element(selector))/text") as? String ?? ""
    }

    func attribute(_ name: String, of selector: String) throws -> String {
        try command("GET", "/element/\(try element(selector))/attribute/\(name)") as? String ?? ""
    }

    private var heading: String { (try? text("h1")) ?? "" }

    /// Waits for the page of that heading: one may be asked for it while it gives way to the next.
    func comes(to heading: String) throws {
        var last = ""
        do {
            try world.wait("the page") {
                last = self.heading
                return last == heading ? true : nil
            }
        } catch { throw Failure(message: "no page “\(heading)”, but “\(last)”") }
    }

    /// Waits for words in an element.
    func wait(_ what: String, in selector: String, _ words: String) throws {
        var last = ""
        do {
            try world.wait(what) {
                last = (try? text(selector)) ?? ""
                return last.contains(words) ? true : nil
            }
        } catch { throw Failure(message: "no “\(words)”, but “\(last)” in \(selector) of \(heading)") }
    }

    /// A command of the browser's own (Chrome DevTools Protocol).
    func devtools(_ command: String, _ parameters: [String: Any]) throws {
        _ = try self.command("POST", "/goog/cdp/execute", ["cmd": command, "params": parameters])
    }

    func evaluate(_ script: String) throws -> Any {
        try command("POST", "/execute/sync", ["script": script, "args": [Any]()])
    }

    /// A picture of the page, or of one element, kept with the build's output.
    @discardableResult
    func picture(_ name: String, of selector: String? = nil) throws -> String {
        let path = try selector.map { "/element/\(try element($0))/screenshot" } ?? "/screenshot"
        let data = Data(base64Encoded: try command("GET", path) as? String ?? "") ?? Data()
        let folder = FileManager.default.currentDirectoryPath + "/.build/screenshots"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let file = "\(folder)/\(name).png"
        try data.write(to: URL(filePath: file))
        return file
    }

    // MARK: WebDriver

    private func element(_ selector: String) throws -> String {
        guard let reply = try? command("POST", "/element", ["using": "css selector", "value": selector]) else {
            throw Failure(message: "no \(selector) on \(heading)")
        }
        guard let found = (reply as? [String: String])?.values.first else { throw Failure(message: "no \(selector)") }
        return found
    }

    private func command(_ method: String, _ path: String, _ body: [String: Any]? = nil) throws -> Any {
        try send(method, "/session/\(session)\(path)", body)
    }

    private func send(_ method: String, _ path: String, _ body: [String: Any]? = nil) throws -> Any {
        var arguments = ["-sS", "--max-time", "60", "-X", method]
        // In a file: a checker's script is longer than an argument may be.
        let file = URL(filePath: "\(world.folder)/request-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        if let body {
            try JSONSerialization.data(withJSONObject: body).write(to: file)
            arguments += ["-H", "Content-Type: application/json", "--data-binary", "@\(file.path)"]
        }
        let outcome = world.run("/usr/bin/curl", arguments + [base + path])
        guard outcome.code == 0 else { throw Failure(message: "\(method) \(path): \(outcome.errors)") }
        let reply = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any]
        let value = reply?["value"] ?? NSNull()
        if let problem = (value as? [String: Any])?["error"] { throw Failure(message: "\(method) \(path): \(problem)") }
        return value
    }
}
