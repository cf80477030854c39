import TestSupport
import Testing

@Suite struct `A tool that waits for what a gateway sends` {
    @Test(arguments: ["clave-pin -w 1m", "clave-requests -n -w 1m"])
    func `says that there is no identity to wait for, and not that it waits`(line: String) throws {
        let scene = try Scene()
        let outcome = scene.run(
            "clave-agent -s -a sock >code; . ./code >/dev/null; \(line); echo $?; kill $CLAVE_AGENT_PID")
        #expect(outcome.output == "1\n", "\(outcome)")
        #expect(outcome.errors.contains("No identity is active") && !outcome.errors.contains("Waiting"), "\(outcome)")
    }
}
