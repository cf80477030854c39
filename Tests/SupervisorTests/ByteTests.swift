import Foundation
import TestSupport
import Testing

@Suite struct `clave-agent, called with bytes that are no text,` {
    @Test(arguments: ["clave-agent", "ssh-agent"]) func `gives its command the same bytes`(name: String) throws {
        let scene = try Scene()
        let outcome = scene.run(
            "\(name) sh -c 'printf %s \"$1\" | od -An -tx1' x \"$(printf 'a\\361o\\302\\200\\t')\"")
        #expect(outcome.code == 0)
        #expect(outcome.output.split(separator: " ").joined(separator: " ") == "61 f1 6f c2 80 09\n", "\(outcome)")
    }

    @Test func `listens in a folder of such a name, and its tools find it`() throws {
        let scene = try Scene()
        let bin = URL(filePath: try program("clave-add")).deletingLastPathComponent().path
        let outcome = scene.run(
            """
            folder=$(printf 'Espa\\361a \\033')
            mkdir -m 700 "$folder" && cd "$folder"
            eval "$(clave-agent -s -a ./x.sock)" >/dev/null
            test -S x.sock && '\(bin)/clave-add' -s && clave-agent -k >/dev/null
            """)
        #expect(outcome.code == 0 && outcome.output.contains("vault: none yet"), "\(outcome)")
        let names = try FileManager.default.contentsOfDirectory(atPath: scene.folder).filter { $0.hasPrefix("Espa") }
        #expect(names.count == 1, "\(names)")
    }

    @Test func `makes no other folder where such a home is`() throws {
        let scene = try Scene()
        let bin = URL(filePath: try program("clave-add")).deletingLastPathComponent().path
        let outcome = scene.run(
            """
            HOME="$HOME/$(printf 'Espa\\361a')"; export HOME; mkdir "$HOME"
            clave-agent sh -c "'\(bin)/clave-add' --vault -j; '\(bin)/clave-add' --log"
            ls -A "$HOME"
            """)
        #expect(!scene.exists("Espa\u{FFFD}a"), "\(outcome)")
    }
}

@Suite struct `clave-agent, whose standard descriptors are closed,` {
    @Test func `starts no agent that nobody could find`() throws {
        let scene = try Scene()
        for line in ["clave-agent -s >&-", "clave-agent -s <&- >&-", "clave-agent -s >/dev/full"] {
            let outcome = scene.run(line)
            #expect(outcome.code == 1 && outcome.errors.contains("standard output"), "\(outcome)")
        }
        try eventually("no agent is left") { scene.agentFolders.isEmpty }
    }

    @Test func `starts its command all the same`() throws {
        let scene = try Scene()
        let outcome = scene.run("clave-agent touch done <&- >&- 2>&-; test -e done")
        #expect(outcome.code == 0, "\(outcome)")
    }

    @Test func `leaves no folder behind where its socket's path would be too long`() throws {
        let scene = try Scene()
        let long = String(repeating: "x", count: 100)
        let outcome = scene.run("mkdir \(long); TMPDIR=$HOME/\(long) clave-agent -s; ls -A \(long)")
        #expect(outcome.output.isEmpty && outcome.errors.contains("File name too long"), "\(outcome)")
    }
}
