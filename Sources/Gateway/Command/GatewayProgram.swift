import GatewayServices
import GatewayStore
import Posix
import SecureMemory
import Wire

/// `clave-gateway`: reads its command line and serves, or administers.
public enum GatewayProgram {
    /// Runs.
    ///
    /// - Returns: the exit code: 0 done, 1 failed, 64 usage.
    public static func main(_ arguments: [String]) -> Int32 {
        Hardening.apply()
        do {
            let options = try GatewayOptions(arguments)
            if options.options.has("help") || options.command == ["help"] {
                say(GatewayOptions.help)
                return 0
            }
            if options.options.has("version") {
                say("clave-gateway \(ClaveAgent.version)")
                return 0
            }
            return try perform(options)
        } catch let error as any UserFacingError {
            let hint = error.exitCode == ExitCode.usage ? "\nTry 'clave-gateway --help'." : ""
            complain(error.message + hint)
            return error.exitCode
        } catch {
            complain("\(error)")
            return ExitCode.failed
        }
    }

    private static func perform(_ options: GatewayOptions) throws -> Int32 {
        switch options.command {
        case ["serve"]: return try serve(options)
        case ["seed"]:
            let services = try services(options, origin: "", pins: [])
            let count = try options.number("count", default: 0, 0...1_000_000)
            try Seed.plantNewcomers(try options.number("newcomers", default: 0, 0...1_000_000), in: services)
            say("\(try Seed.plant(in: services) + Seed.plantNumbered(count, in: services)) citizens added")
        case ["outbox"]: try printOutbox(options)
        case ["mail"]: try printMail(options)
        case ["audit"]: try options.options.has("verify") ? verifyAudit(options) : printAudit(options)
        case []: throw Options.UsageError("no command")
        default: try administer(options)
        }
        return 0
    }

    private static func administer(_ options: GatewayOptions) throws {
        switch options.command {
        case ["citizen", "add"]: try addCitizen(options)
        case ["citizen", "list"]: try listCitizens(options)
        case ["citizen", "show"]: try showCitizen(options)
        case ["citizen", "set"]: try setCitizen(options)
        case ["citizen", "renew"]: try renewCitizen(options)
        case ["citizen", "remove"]: try removeCitizen(options)
        case ["operator", "add"]: try setOperator(options, true)
        case ["operator", "remove"]: try setOperator(options, false)
        case ["operator", "list"]: try listOperators(options)
        case ["device", "list"]: try listDevices(options)
        case ["device", "deactivate"]: try deactivateDevice(options)
        case ["appointment", "list"]: try listAppointments(options)
        case ["appointment", "cancel"]: try cancelAppointment(options)
        case ["letter", "list"]: try listLetters(options)
        case ["letter", "void"]: try voidLetter(options)
        case ["letter", "send"]: try sendLetter(options)
        case ["errand", "list"]: try listErrands(options)
        case ["errand", "retry"]: try retryErrands(options)
        case ["errand", "drop"]: try dropErrands(options)
        default: throw Options.UsageError("unknown command: \(options.command.joined(separator: " "))")
        }
    }

    // MARK: Words

    static func say(_ text: String) {
        StandardOutput.put(text + "\n")
    }

    static func complain(_ text: String) {
        StandardError.write("clave-gateway: \(text)\n")
    }

    static func print(_ line: consuming SecretBytes) {
        line.withBytes { StandardOutput.put($0) }
    }
}
