import Foundation
import Glibc
import Posix
import TestSupport
import Testing
import Wire

@Suite(.serialized) struct `A signature's file` {
    private let certified: CertifiedWorld
    private var folder: String { certified.folder }

    init() throws {
        certified = try CertifiedWorld("EC -pkeyopt ec_paramgen_curve:P-256")
        certified.activate()
        try certified.make("printf content > content")
    }

    @Test func `is refused before anybody is asked, where it would destroy something or can't be written`() throws {
        try certified.make("mkdir folder; printf old > old.p7s; ln content hard; ln -s content soft")
        let before = certified.world.asked
        for (output, words) in [
            ("content", "is what is to be signed"), ("hard", "is what is to be signed"),
            ("soft", "is what is to be signed"), ("folder", "is a folder"),
            ("none/x", "no folder to which you may write"),
        ] {
            for kind in ["-F cades", "-n file", "-c -n file"] {
                let outcome = certified.sh("clave-sign \(kind) --force -o \(output) content")
                #expect(outcome.code == 1 && outcome.errors.contains(words), "\(outcome)")
            }
        }
        let old = certified.sh("clave-sign -F cades -o old.p7s content")
        #expect(old.code == 1 && old.errors.contains("there already"), "\(old)")
        #expect(certified.world.asked == before)
        #expect(try certified.make("cat content old.p7s") == "contentold")
        #expect(certified.sh("clave-sign -F cades --force -o old.p7s content").code == 0)
        #expect(try certified.make("wc -c <old.p7s") != "3\n")
    }

    @Test func `is refused before anybody is asked, where two of several signatures would be one file`() throws {
        try certified.make(
            """
            printf 1 >a; printf 2 >b; printf old >far
            ln -s far a.p7s; ln -s ./far b.p7s
            """)
        let before = certified.world.asked
        let outcome = certified.sh("clave-sign -F cades --force a b")
        #expect(outcome.code == 1 && outcome.errors.contains("a.p7s and b.p7s are one file"), "\(outcome)")
        #expect(certified.world.asked == before)
        #expect(try certified.make("cat far") == "old")
        try certified.make("rm b.p7s; clave-sign -F cades --force a b; test -h a.p7s; test -f b.p7s")
    }

    @Test
    func `is written through a link, a pipe and the name of standard output, and has the mode of the caller's umask`()
        throws
    {
        try certified.make(
            """
            umask 027; ln -s far.sig link.sig; echo mine >far.sig.new
            clave-sign -n file -o link.sig content
            test -h link.sig; test "$(cat far.sig.new)" = mine
            test "$(stat -c %a far.sig)" = 640
            mkfifo pipe; cat pipe >through & clave-sign -n file -o pipe content; wait; test -p pipe
            clave-sign -n file -o /dev/stdout content >standard
            clave-sign -n file -o /dev/stdout content | cat >piped
            printf 'before\\n' >appended; clave-sign -n file -o /dev/stdout content >>appended
            grep -q before appended
            for name in far.sig through standard piped appended; do grep -q 'BEGIN SSH SIGNATURE' $name; done
            clave-sign -n file -o /dev/null content; test -c /dev/null
            """)
    }

    @Test func `is made of files whatever their names are, and the list shows them as one line each`() throws {
        try certified.make(
            """
            printf 1 >"$(printf '\\342\\200\\216WhatsApp \\342\\200\\252Document.pdf')"
            printf 2 >"$(printf 'new\\n2. x \\033[31m\\302\\205')"; printf 3 >"$(printf 'a\\361o.txt')"
            """)
        let signed = certified.sh(
            """
            clave-sign -F cades -- "$(printf '\\342\\200\\216WhatsApp \\342\\200\\252Document.pdf')" \
                "$(printf 'new\\n2. x \\033[31m\\302\\205')" "$(printf 'a\\361o.txt')"
            """)
        #expect(signed.code == 0, "\(signed)")
        #expect(!signed.errors.contains("\u{1B}") && !signed.errors.contains("\n2. x"))
        #expect(signed.errors.contains("1. ?WhatsApp ?Document.pdf sha256:"), "\(signed.errors)")
        #expect(certified.world.asked.contains("new?2. x ?[31m?"))
        try certified.make(
            """
            for name in "$(printf '\\342\\200\\216WhatsApp \\342\\200\\252Document.pdf')" "$(printf 'a\\361o.txt')"; do
                openssl cms -verify -cades -binary -inform DER -in "$name.p7s" -content "$name" -CAfile trust/root.crt \
                    -purpose any >/dev/null
            done
            """)
        try certified.make("clave-sign -F cades -o \"$(printf 'out\\361')\" content; test -s \"$(printf 'out\\361')\"")
        try certified.make(
            "clave-sign -n file -o one.sig -- \"$(printf '\\342\\200\\216WhatsApp \\342\\200\\252Document.pdf')\"")
    }

    @Test func `may be made by a key that came from a file of any name`() throws {
        for name in ["a\\361o.p12", "\\342\\200\\216WhatsApp.p12", "new\\nline.p12"] {
            let added = certified.sh(
                "name=\"$(printf '\(name)')\"; cp aina.p12 \"$name\"; clave-add -D; clave-add --file \"$name\"")
            #expect(added.code == 0, "\(added)")
        }
        #expect(certified.sh("clave-sign -c -n file content").code == 0)
    }

    @Test(arguments: [SIGHUP, SIGINT, SIGTERM, SIGKILL])
    func `leaves nothing behind where a signal ends the program in the middle of a batch`(number: Int32) throws {
        try certified.make("mkdir out; printf 1 >a; printf 2 >b; mkfifo out/b.p7s")
        let signing = try certified.world.begin(
            "clave-sign", ["-F", "cades", "-o", folder + "/out", folder + "/a", folder + "/b"])
        // The second signature waits for somebody who reads from the pipe; the first one is written, and has no name.
        try certified.world.wait("the first signature") {
            let open = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(signing.pid)/fd")) ?? []
            return open.first { number in
                let target = Files.linkTarget("/proc/\(signing.pid)/fd/\(number)") ?? ""
                return target.contains("/out/") && target.hasSuffix("(deleted)")
            }
        }
        #expect(signing.end(number) == 128 + number)
        #expect(try certified.make("ls -A out") == "b.p7s\n")
    }

    @Test func `has a format, and who names none or one that is not there is told which there are`() throws {
        for line in ["clave-sign -F", "clave-sign -F pades content", "clave-sign --format=content"] {
            let outcome = certified.sh(line)
            #expect(outcome.code == 64, "\(outcome)")
            for format in ["raw", "sshsig", "json", "cms", "cades", "jws"] { #expect(outcome.errors.contains(format)) }
        }
    }
}

@Suite(.serialized) struct `A PIN that can't be printed` {
    @Test func `waits for the next clave-pin`() throws {
        let world = try World()
        world.activate()
        let reference = try #require(Citizen.reference(Citizen(world).askPIN()))
        // The file may not grow: known only when it is written.
        let lost = world.run("/bin/sh", ["-c", "cd; ulimit -f 0; clave-pin -w 60 \(reference) >file"])
        #expect(lost.code == 1 && lost.errors.contains("waits again"), "\(lost)")
        let pin = world.run("clave-pin", ["-w", "0", reference])
        #expect(pin.code == 0 && pin.output.utf8.count == 4, "\(pin)")
        let log = world.run("clave-add", ["--log"])
        #expect(log.output.contains("PIN given back"), "\(log)")
    }

    @Test func `is not asked about where that is known beforehand`() throws {
        let world = try World()
        world.activate()
        let reference = try #require(Citizen.reference(Citizen(world).askPIN()))
        let before = world.asked
        for output in [">/dev/full", ">&-"] {
            let outcome = world.run("/bin/sh", ["-c", "clave-pin -w 60 \(reference) \(output)"])
            #expect(outcome.code == 1 && outcome.errors.contains("could not be written"), "\(outcome)")
        }
        #expect(world.asked == before)
        let words = world.run("/bin/sh", ["-c", "clave-pin -w 60 \(reference) 2>&-"])
        #expect(words.code == 0 && words.output.utf8.count == 4, "\(words)")
    }
}

@Suite(.serialized) struct `A home whose name is not UTF-8` {
    @Test func `has the vault, the log and the socket in it`() throws {
        let world = try World(agent: false)
        let home = world.folder + "/" + SystemText.string(Array("Espa".utf8) + [0xF1, 0x61])
        // Another name of the same folder, in which the person's answers lie.
        #expect(makeLink(world.folder, home))
        let environment = ["HOME": home, "XDG_DATA_HOME": ""]
        try world.startAgent(environment: environment)
        #expect(world.activate().code == 0)
        #expect(FileManager.default.fileExists(atPath: world.folder + "/.local/share/clave-agent/vault"))
        let log = world.run("clave-add", ["--log"], environment: environment)
        #expect(log.code == 0 && log.output.contains("identity activated"), "\(log)")
        let shown = world.run("clave-add", ["--vault"], environment: environment)
        #expect(shown.output.contains("Espa\u{FFFD}a/.local/share/clave-agent/vault"), "\(shown)")
        let json = world.run("clave-add", ["--vault", "-j"], environment: environment).output
        #expect(json.contains("\"path_base64\":\""), "\(json)")
        let backup = world.run("clave-add", ["--backup", home + "/copy"], environment: environment)
        #expect(backup.code == 0 && FileManager.default.fileExists(atPath: world.folder + "/copy"), "\(backup)")
        let names = try FileManager.default.contentsOfDirectory(atPath: world.folder)
        #expect(names.count { $0.hasPrefix("Espa") } == 1, "\(names)")
    }

    private func makeLink(_ target: String, _ name: String) -> Bool {
        var bytes = SystemText.bytes(name).map { CChar(bitPattern: $0) } + [0]
        return symlink(target, &bytes) == 0
    }
}
