import TestSupport
import Testing

@Suite struct `The command line of clave-sign` {
    private func sign(_ arguments: String) throws -> Outcome {
        try shell("clave-sign \(arguments)", environment: ["CLAVE_AUTH_SOCK": "/nonexistent/socket"])
    }

    @Test(arguments: ["-F", "-r x --format"]) func `tells the formats to whoever names none`(arguments: String) throws {
        let outcome = try sign(arguments)
        #expect(outcome.code == 64 && outcome.errors.contains("needs a value: raw, sshsig, json, cms"), "\(outcome)")
    }

    @Test(arguments: ["-n file -- -F", "-n file -o -F", "-n file -- --format"])
    func `may end with a file that is named as the option for the format`(arguments: String) throws {
        let outcome = try sign("\(arguments) </dev/null")
        #expect([1, 2].contains(outcome.code), "\(outcome)")
    }

    @Test(arguments: ["/dev/zero", "- </dev/zero", "-k /dev/zero /etc/hostname"])
    func `may name an endless file for a signature or a key, which is refused at its limit`(arguments: String) throws {
        let outcome = try shell("timeout 60 clave-sign --verify \(arguments)")
        #expect(outcome.code == 1 && outcome.errors.contains("File too large"), "\(outcome)")
    }
}
