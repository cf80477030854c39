import TestSupport
import Testing

/// What the linker did for programs and plugins, as readelf(1) sees it.
@Suite struct `Linkage` {
    private static let files = [
        "clave-agent", "clave-core", "clave-plugin-host", "clave-sk-helper", "clave-link", "clave-prompt",
        "clave-keyring", "clave-card-diagnosis", "clave-add", "clave-register", "clave-pin", "clave-sign",
        "clave-requests",
        "clave-gateway", "clave-dnie-simulator", "libsms.so", "libcertificate.so", "libdnie.so", "libregistration.so",
    ]

    @Test(arguments: files) func `makes every program and plugin position-independent with all addresses read-only`(
        name: String
    ) throws {
        let facts = runProgram(
            "/usr/bin/readelf", ["--wide", "--dynamic", "--segments", try program(name)], environment: [:])
        try #require(facts.code == 0, "\(facts.errors)")
        #expect(facts.output.contains("Elf file type is DYN"))
        #expect(facts.output.contains("GNU_RELRO"))
        #expect(facts.output.matches(of: #/FLAGS_1\).* NOW\b/#).count == 1, "bound before main")
        #expect(facts.output.matches(of: #/GNU_STACK .* RW /#).count == 1, "no executable stack")
        #expect(!facts.output.contains("TEXTREL"))
    }
}
