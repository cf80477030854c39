import Posix
import Testing

@testable import Supervisor

@Suite struct `The agent's command line` {
    private func options(_ words: String, shell: String? = nil) throws -> AgentOptions {
        try AgentOptions(words.split(separator: " ").map(String.init), loginShell: shell)
    }

    @Test func `prints code for the shell that is asked for, or for the login shell`() throws {
        #expect(try options("").shell == .bourne)
        #expect(try options("", shell: "/bin/tcsh").shell == .csh)
        #expect(try options("-s", shell: "/bin/tcsh").shell == .bourne)
        #expect(try options("-c").shell == .csh)
        #expect(try options("", shell: "/usr/bin/fish").shell == .fish)
        #expect(try options("-f").shell == .fish)
    }

    @Test func `knows its modes`() throws {
        #expect(try options("").mode == .background)
        #expect(try options("-D").mode == .foreground)
        #expect(try options("-d").mode == .foreground)
        #expect(try options("-t 0").lifetime == 0)
        #expect(try options("-u").mode == .clean(everywhere: false))
        #expect(try options("-uu").mode == .clean(everywhere: true))
        #expect(try options("-k -u").mode == .kill)
        #expect(try options("-k").mode == .kill)
        #expect(try options("--help").mode == .help)
        #expect(try options("-a /tmp/s sh -c -x").mode == .command(["sh", "-c", "-x"]))
    }

    @Test(
        arguments: [("90", 90), ("5m", 300), ("1h30m", 5400), ("2d", 172_800), ("1w", 604_800)] as [(String, UInt32)])
    func `takes times as OpenSSH writes them`(text: String, seconds: UInt32) throws {
        #expect(try options("-t \(text)").lifetime == seconds)
    }

    @Test func `says what FIDO keys and forwarded connections may do, and how keys are named`() throws {
        let usual = try options("")
        #expect(usual.websafe == nil && !usual.allowsRemoteProviders && usual.fingerprintHash == "sha256")
        #expect(try options("-O websafe-allow=ssh:*,*.example").websafe == "ssh:*,*.example")
        #expect(try options("-O no-restrict-websafe").websafe == "*")
        #expect(try options("-O no-restrict-websafe -O websafe-allow=ssh:*").websafe == "*")
        #expect(try options("-O allow-remote-pkcs11").allowsRemoteProviders)
        #expect(try options("-E MD5").fingerprintHash == "md5")
    }

    @Test func `takes one list of providers`() throws {
        #expect(try options("-P /opt/*.so,!/opt/bad.so").allowedProviders == "/opt/*.so,!/opt/bad.so")
        #expect(try options("").allowedProviders == nil)
    }

    @Test(arguments: [
        "-O websafe-allow=a -O websafe-allow=b", "-u sh", "-T -a s", "-P a -P b", "-t x", "-t 99999999999", "-t",
        "-s -c", "-d -D", "-s sh", "-D sh", "-E md4", "-O x", "-a",
        "-O websafe-allow", "-x", "-f -c", "--new -a s", "--lifetime=", "-k sh", "--sh=1",
    ])
    func `refuses what it does not understand`(words: String) {
        #expect(throws: Options.UsageError.self) { try options(words) }
    }
}

@Suite struct `The shell's code` {
    @Test func `sets and unsets both variables`() {
        let set = ShellCode(.bourne).set(socket: "/run/x/agent.sock", pid: 42)
        #expect(set.hasPrefix("CLAVE_AUTH_SOCK=/run/x/agent.sock; export CLAVE_AUTH_SOCK;\n"))
        #expect(set.contains("CLAVE_AGENT_PID=42; export CLAVE_AGENT_PID;"))
        #expect(ShellCode(.csh).set(socket: "/s", pid: 1).contains("setenv CLAVE_AUTH_SOCK /s;"))
        #expect(ShellCode(.bourne).unset(pid: 42).contains("unset CLAVE_AUTH_SOCK;"))
    }

    @Test func `for fish sets, unsets and quotes as fish reads it`() {
        #expect(
            ShellCode(.fish).set(socket: "/a\\b'c!", pid: 7)
                == "set -gx CLAVE_AUTH_SOCK '/a\\\\b\\'c!';\nset -gx CLAVE_AGENT_PID 7;\necho Agent pid 7;\n")
        #expect(ShellCode(.fish).unset(pid: 7).hasPrefix("set -e CLAVE_AUTH_SOCK;\n"))
    }

    @Test func `for csh keeps an exclamation mark out of its history`() {
        #expect(ShellCode(.csh).set(socket: "/a!b", pid: 1).hasPrefix("setenv CLAVE_AUTH_SOCK '/a\\!b';\n"))
    }

    @Test func `names no process where nobody knows it`() {
        #expect(ShellCode(.bourne).set(socket: "/s", pid: nil) == "CLAVE_AUTH_SOCK=/s; export CLAVE_AUTH_SOCK;\n")
    }

    @Test func `quotes a path that a shell would read otherwise`() {
        #expect(ShellCode(.bourne).set(socket: "/a b/$(x)'y", pid: 1).hasPrefix("CLAVE_AUTH_SOCK='/a b/$(x)'\\''y';"))
    }
}

@Suite struct `The configuration` {
    private func parsed(_ text: String) throws -> Configuration {
        var configuration = Configuration()
        try configuration.parse(text, "config")
        return configuration
    }

    @Test func `has keywords in any case, comments and empty lines`() throws {
        let read = try parsed(
            "# words\n\nLifetime 1h\nquestiontimeout 30\nPinentry /usr/bin/pinentry-curses \nPROMPT askpass\n")
        #expect(read.lifetime == 3600)
        #expect(read.questionTimeout == 30)
        #expect(read.prompt == ["CLAVE_PINENTRY": "/usr/bin/pinentry-curses", "CLAVE_PROMPT": "askpass"])
    }

    @Test(arguments: [
        "Lifetime", "Lifetime x", "Unknown 1", "Prompt window", "QuestionTimeout 1w", "KeyMemory 63", "KeyMemory 2049",
        "KeyMemory",
    ])
    func `with a line that is not understood is refused, with its place`(line: String) {
        #expect(throws: Configuration.Failure.self) { try parsed("# first\n\(line)\n") }
        do { _ = try parsed("# first\n\(line)\n") } catch {
            #expect((error as? Configuration.Failure)?.message.hasPrefix("config:2:") == true)
        }
    }

    @Test func `that is missing says nothing`() throws {
        #expect(try Configuration(path: "/nonexistent/config") == Configuration())
    }
}

@Suite struct `A helper's environment` {
    @Test func `holds what is on its list and nothing else`() {
        let link = Places.variables(for: "clave-link").map { String($0.prefix { $0 != "=" }) }
        #expect(!link.contains("PATH") && !link.contains("DISPLAY") && !link.contains("LD_PRELOAD"))
        let prompt = Places.variables(for: "clave-prompt", prompt: ["CLAVE_PROMPT": "terminal"])
        #expect(prompt.contains { $0.hasPrefix("PATH=") })
        #expect(prompt.contains("CLAVE_PROMPT=terminal"))
        let keyring = Places.variables(for: "clave-keyring", prompt: ["CLAVE_PROMPT": "x"])
        #expect(!keyring.contains { $0.hasPrefix("PATH=") || $0.hasPrefix("DISPLAY=") || $0.hasPrefix("CLAVE_") })
        #expect(!link.contains("DBUS_SESSION_BUS_ADDRESS"))
        let securityKey = Places.variables(for: "clave-sk-helper", prompt: ["CLAVE_PROMPT": "x"])
        #expect(!securityKey.contains { $0.hasPrefix("PATH=") || $0.hasPrefix("CLAVE_") || $0.hasPrefix("LD_") })
        #expect(!Places.variables(for: "clave-core", prompt: ["CLAVE_PROMPT": "x"]).contains("CLAVE_PROMPT=x"))
    }
}
