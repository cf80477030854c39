import Foundation
import Glibc
import Posix
import TestSupport
import Testing

/// The real programs in a folder of their own: a gateway with the made-up people, an agent, tools, and a prompt program
/// that answers as the test wants and writes down what a person would have seen.
final class World: @unchecked Sendable {
    let folder: String
    private(set) var origin = ""
    /// The address by which a browser gets to the pages with messages.
    private(set) var messages = ""
    private var gateway: Child?
    private var agent: Child?
    private let bin: String
    private var port = 0

    init(gateway: Bool = true, agent: Bool = true, answers: String = "yes") throws {
        signal(SIGPIPE, SIG_IGN)
        bin = try Self.programFolder()
        folder = NSTemporaryDirectory() + "clave-world-" + UUID().uuidString.prefix(8)
        try FileManager.default.createDirectory(atPath: folder + "/run", withIntermediateDirectories: true)
        chmod(folder, 0o700)
        chmod(folder + "/run", 0o700)
        try Files.makeFolder(folder + "/config/clave-agent")
        try configure("KeyMemory 64")
        try writeProgram("#!/bin/sh\n. \"$HOME/answers\"\n", to: folder + "/answer")
        try answer(answers)
        if gateway { try startGateway() }
        if agent { try startAgent() }
    }

    deinit {
        agent?.end()
        gateway?.end()
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// Writes the configuration file of agents that start from now on. Deriving keys with little memory saves time.
    func configure(_ lines: String) throws {
        try Files.replace(folder + "/config/clave-agent/config", with: Array("\(lines)\n".utf8))
    }

    // MARK: Programs

    /// The gateway, at the same port again if it was started before.
    func startGateway(
        state: String = "gateway", arguments: [String] = [], environment extra: [String: String] = [:]
    ) throws {
        let log = folder + "/gateway-\(UUID().uuidString.prefix(4)).log"
        gateway = try begin(
            "clave-gateway", ["serve", "--seed", "-s", "\(folder)/\(state)", "-p", "\(port)"] + arguments, extra,
            output: log)
        let said = try wait("the gateway to listen") {
            let text = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
            return text.contains("made by") || text.contains("the state's service") ? text : nil
        }
        let line = try #require(said.split(separator: "\n").first { $0.contains("listening at ") })
        origin = String(line.components(separatedBy: "listening at ")[1])
        port = Int(origin.components(separatedBy: ":").last!)!
        messages = Citizen.first("for you alone: (\\S+)", in: said) ?? ""
    }

    var gatewayRuns: Bool { gateway?.isRunning == true }
    var gatewayPID: Int32 { gateway?.pid ?? 0 }

    /// Ends the gateway without a chance to tidy up.
    func killGateway() {
        gateway?.end(SIGKILL)
        gateway = nil
    }

    /// The agent, in the foreground of a process of its own.
    func startAgent(arguments: [String] = [], environment extra: [String: String] = [:]) throws {
        agent = try begin("clave-agent", ["-D"] + arguments, extra)
        try wait("the agent to listen") { run("clave-add", ["-s"]).code == 0 ? true : nil }
    }

    /// Ends the agent; its vault is locked then.
    func stopAgent() {
        agent?.end()
        agent = nil
    }

    /// The agent's supervisor.
    var agentPID: Int32 { agent?.pid ?? 0 }

    /// Runs a tool to its end.
    @discardableResult
    func run(_ program: String, _ arguments: [String], environment extra: [String: String] = [:]) -> Outcome {
        runProgram(path(program), arguments, environment: environment.merging(extra) { $1 })
    }

    /// Starts a program that runs until the test ends it.
    func begin(
        _ program: String, _ arguments: [String], _ extra: [String: String] = [:], output: String = "/dev/null"
    ) throws -> Child {
        try Child(path(program), arguments, environment: environment.merging(extra) { $1 }, output: output)
    }

    private func path(_ program: String) -> String { program.hasPrefix("/") ? program : "\(bin)/\(program)" }

    /// What every program finds.
    var environment: [String: String] {
        [
            "HOME": folder, "PATH": "\(bin):/usr/bin:/bin", "XDG_RUNTIME_DIR": folder + "/run",
            "XDG_DATA_HOME": folder + "/data", "XDG_CONFIG_HOME": folder + "/config", "LC_ALL": "C.UTF-8",
            "CLAVE_AUTH_SOCK": folder + "/run/clave-agent/agent.sock", "CLAVE_ASKPASS": folder + "/answer",
            "CLAVE_GATEWAY": origin, "CLAVE_GATEWAY_CA": folder + "/gateway/ca.crt", "TERM": "dumb",
        ]
    }

    private static func programFolder() throws -> String {
        URL(filePath: try program("clave-agent")).deletingLastPathComponent().path
    }

    // MARK: The person

    /// What the prompt program does from now on: `yes`, `no`, `silence`, or shell code of the test's.
    func answer(_ answers: String, passphrase: String = "a long passphrase") throws {
        let confirm =
            switch answers {
            case "yes": "exit 0"
            case "no": "exit 1"
            case "silence": "exec sleep 600"
            default: answers
            }
        let script = """
            printf '%s\\n' "$1" >>"$HOME/asked"
            if [ -e "$HOME/field-$CLAVE_PROMPT_FIELD" ]; then exec cat "$HOME/field-$CLAVE_PROMPT_FIELD"; fi
            case $CLAVE_PROMPT_KIND:$CLAVE_ASKPASS_HINT in
            *:passphrase | *:new-passphrase) echo '\(passphrase)' ;;
            field:*)
                # A message comes a moment after the gateway's answer; where no new one does, the last is asked for again.
                for try in $(seq 60); do
                    newest=$(grep -l ' [0-9]\\{6\\} ' "$HOME"/gateway/outbox/*.txt 2>/dev/null | tail -n 1)
                    if [ -n "$newest" ] && [ "$newest" != "$(cat "$HOME/read" 2>/dev/null)" ]; then break; fi
                    sleep 0.05
                done
                printf '%s' "$newest" >"$HOME/read"
                sed -n 's/.* \\([0-9]\\{6\\}\\) .*/\\1/p' "$newest" ;;
            *) \(confirm) ;;
            esac
            """
        try script.write(toFile: folder + "/answers", atomically: true, encoding: .utf8)
    }

    /// The PIN of the newest text message, once there is one.
    func pinBySMS() throws -> String {
        var pin: String?
        try eventually("the PIN's message") {
            pin = Citizen.first(
                "PIN ([A-Z2-7]{3})", in: run("clave-gateway", ["outbox", "-s", folder + "/gateway"]).output)
            return pin != nil
        }
        return pin ?? ""
    }

    /// What the prompt program answers to a field of that name from now on; the code of the newest message where nothing is
    /// said.
    func answer(field: String, _ text: String) throws {
        try (text + "\n").write(toFile: folder + "/field-" + field, atomically: true, encoding: .utf8)
    }

    /// Makes an empty file in the folder.
    func touch(_ name: String) throws {
        try Data().write(to: URL(filePath: folder + "/" + name))
    }

    /// All questions so far, as a person saw them.
    var asked: String { (try? String(contentsOfFile: folder + "/asked", encoding: .utf8)) ?? "" }

    /// Begins anew with the questions.
    func forgetAsked() { unlink(folder + "/asked") }

    /// Activates the identity of 12345678Z, which is an issue if it fails.
    @discardableResult
    func activate(_ document: String = "12345678Z", _ datum: [String] = ["--validity", "31-12-2030"]) -> Outcome {
        let outcome = tryToActivate(document, datum)
        if outcome.code != 0 { Issue.record("the activation failed: \(outcome), asked: \(asked)") }
        return outcome
    }

    /// The same where it may fail.
    func tryToActivate(
        _ document: String = "12345678Z", _ datum: [String] = ["--validity", "31-12-2030"]
    ) -> Outcome {
        run("clave-add", ["--document", document] + datum)
    }

    /// Lines of the gateway's audit that hold a text.
    func audit(_ text: String) -> Int {
        run("clave-gateway", ["audit", "-s", folder + "/gateway", "-n", "1000"]).output.split(separator: "\n")
            .count { $0.contains(text) }
    }

    /// Waits until `look` sees something.
    @discardableResult
    func wait<Value>(_ what: String, seconds: Double = 60, _ look: () throws -> Value?) throws -> Value {
        // Of a clock that stands still while the machine does.
        let clock = SuspendingClock()
        let end = clock.now.advanced(by: .seconds(seconds))
        while clock.now < end {
            if let value = try look() { return value }
            usleep(50_000)
        }
        throw WaitedInVain(what: what)
    }
}

struct WaitedInVain: Error { let what: String }
