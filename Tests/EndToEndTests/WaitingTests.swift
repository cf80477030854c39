import TestSupport
import Testing

@Suite struct `A tool that waits for what a gateway sends` {
    @Test(arguments: [("clave-pin", ["-w", "1m"]), ("clave-requests", ["-n", "-w", "1m"])])
    func `says that there is no identity to wait for, and not that it waits`(
        tool: String, arguments: [String]
    ) throws {
        let outcome = try World(gateway: false).run(tool, arguments)
        #expect(outcome.code == 1, "\(outcome)")
        #expect(outcome.errors.contains("No identity is active") && !outcome.errors.contains("Waiting"), "\(outcome)")
    }
}
