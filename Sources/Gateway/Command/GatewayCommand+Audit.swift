import ClaveDomain
import GatewayServices
import GatewayStore
import Glibc
import Posix
import SecureMemory
import Wire

// What happened.
extension GatewayCommand {
    static let audit = GatewayCommand(
        "audit", takes: [.last, .json] + GatewayOption.ofAudit,
        help: """
            print the newest 50 lines of the audit [-n COUNT] [--since TIME] [--act ACT]
            [--document DOCUMENT]; with --verify, say whether the chain of its lines is whole
            """,
        .database { options, open in
            try options.has(.verify) ? verifyAudit(options, open) : printAudit(options, open)
        })

    private static func printAudit(_ options: GatewayOptions, _ open: OpenServices) throws {
        let services = try open()
        let (since, act) = (try since(options), options.value(.act))
        let document = try options.documentIfGiven()
        let limit = try options.number(.last, default: 50, 1...100_000)
        let lines = try services.auditLog.all(
            limit: limit, AuditFilter(since: since, act: act, document: document))
        for line in lines {
            guard options.has(.json) else {
                say(
                    "\(line.at)\t\(line.act)\t\(line.subject)\t\(line.address)\t\(line.outcome)\t\(line.actor)")
                continue
            }
            var json = JSONWriter()
            json.put("at", line.at)
            json.put("act", line.act)
            json.put("subject", line.subject)
            json.put("address", line.address)
            json.put("outcome", line.outcome)
            json.put("operator", line.actor)
            print(json.finish())
        }
    }

    /// Says whether the audit's chain is whole, or where it is broken.
    private static func verifyAudit(_ options: GatewayOptions, _ open: OpenServices) throws {
        for option in [GatewayOption.last, .since, .act, .document] where options.has(option) {
            throw Options.UsageError("--verify checks the whole audit: --\(option.name) says nothing with it")
        }
        let check = try open().auditLog.check()
        if options.has(.json) {
            var json = JSONWriter()
            json.put("record", "audit-check")
            json.put("whole", check.failure == nil ? "yes" : "no")
            json.put("first", check.first)
            json.put("last", check.last)
            json.put("failure", check.failure ?? "")
            print(json.finish())
        }
        if let failure = check.failure { throw GatewayFailure("the audit is not whole: \(failure)") }
        if !options.has(.json) { say("the audit is whole: lines \(check.first) to \(check.last)") }
    }

    /// The time of `--since`, in seconds since 1970: the first second of a day in UTC, or so long ago.
    private static func since(_ options: GatewayOptions) throws -> Int64? {
        guard let text = options.value(.since) else { return nil }
        if let span = Options.seconds(text) { return Int64(time(nil)) - Int64(span) }
        guard let day = try? CivilDate(parsing: text) else {
            throw Options.UsageError("--since takes a day, as in 31-12-2030, or a time such as 90s, 5m, 2h, 1d")
        }
        return day.unixTime
    }
}

extension GatewayOption {
    static let since = GatewayOption(
        "since", .text("TIME"), help: "the audit from a day on, as in 31-12-2030, or of the last 90s, 5m, 2h, 1d, 1w")
    static let act = GatewayOption("act", .text("ACT"), help: "lines of the audit with this act, such as PIN")
    static let verify = GatewayOption(
        "verify", help: "check that no line of the audit was changed, removed or put in")

    static let ofAudit = [since, act, document, verify]
}
