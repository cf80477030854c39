import TestSupport
import Testing

/// As in a build's sandbox or a rescue system.
@Suite struct `Where no /proc is mounted` {
    private static let canHide =
        runProgram("/usr/bin/unshare", ["-m", "mount", "-t", "tmpfs", "none", "/proc"], environment: [:]).code == 0

    @Test(.enabled(if: canHide, "it takes root, and a mount namespace"), arguments: ["-s", "-D", "true"])
    func `an agent says so and does not start, and nothing in its folder is taken for its programs`(
        mode: String
    ) throws {
        let scene = try Scene()
        let outcome = scene.run(
            """
            for name in clave-core clave-link clave-prompt clave-plugin-host; do
                printf '#!/bin/sh\\necho wrong >>"$HOME/wrong"\\n' >$name; chmod 700 $name
            done
            unshare -m sh -c 'mount -t tmpfs none /proc; clave-agent \(mode)'
            echo $?; test ! -e wrong || echo wrong
            """)
        #expect(outcome.output == "1\n", "\(outcome)")
        #expect(outcome.errors.contains("no /proc is mounted here"), "\(outcome)")
        #expect(scene.agentFolders.isEmpty)
    }
}
