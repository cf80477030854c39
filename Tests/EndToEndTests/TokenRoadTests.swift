import Foundation
import Glibc
import TestSupport
import Testing

/// SoftHSM's token with keys of all kinds, and the whole agent, which OpenSSH's tools have load the library.
final class TokenWorld {
    static let softHSM = "/usr/lib/softhsm/libsofthsm2.so"

    let shell: Shell
    var world: World { shell.world }
    var folder: String { world.folder }

    /// - Parameter keys: options of `pkcs11-tool` for one key each.
    init(_ keys: [String] = ["EC:prime256v1"], pin: String = "1234", agent arguments: [String] = []) throws {
        shell = Shell(try World(gateway: false, agent: false))
        var script = """
            softhsm2-util --init-token --free --label card --pin 1234 --so-pin 5678
            tool="pkcs11-tool --module \(Self.softHSM) --login --pin 1234"

            """
        for (index, key) in keys.enumerated() {
            script += "$tool --keypairgen --key-type \(key) --id 0\(index + 1) --label key\(index + 1)\n"
        }
        try FileManager.default.createDirectory(atPath: folder + "/tokens", withIntermediateDirectories: true)
        try "directories.tokendir = \(folder)/tokens\n".write(
            toFile: folder + "/softhsm", atomically: true, encoding: .utf8)
        let made = world.run("/bin/sh", ["-ec", script], environment: environment)
        try #require(made.code == 0, "\(made)")
        try type(pin)
        try world.startAgent(arguments: arguments, environment: environment)
    }

    var environment: [String: String] { ["SOFTHSM2_CONF": folder + "/softhsm"] }

    /// What the person types where a PIN is wanted, by ssh-add or by the agent.
    func type(_ pin: String) throws {
        try writeProgram("#!/bin/sh\necho '\(pin)'\n", to: folder + "/say")
        try world.answer(
            """
            case $CLAVE_PROMPT_KIND in token-pin) env | grep CLAVE_PROMPT >>"$HOME/facts"; echo '\(pin)' ;; esac
            exit 0
            """)
    }

    @discardableResult
    func run(_ line: String) -> Outcome {
        shell.run(line, environment: ["SSH_ASKPASS": folder + "/say", "SSH_ASKPASS_REQUIRE": "force"])
    }

    /// Adds the token's keys, and writes their public halves to files by their labels.
    @discardableResult
    func add(_ options: String = "", _ library: String = TokenWorld.softHSM) -> Outcome {
        let added = run("ssh-add \(options) -s \(library)")
        run("ssh-add -L | while read -r line; do echo \"$line\" >\"${line##* }.pub\"; done")
        return added
    }

    /// The processes that hold a library for this agent.
    var hosts: [pid_t] {
        let output = runProgram(
            "/usr/bin/pgrep", ["-P", "\(world.agentPID)", "-f", "clave-plugin-host"], environment: [:]
        ).output
        return output.split(separator: "\n").compactMap { pid_t($0) }
    }

    /// Compiles SoftHSM with faults: a file `fault` in the home folder says which, at the next signature. Where a file
    /// `last-try` is, the token has one try left; where a file `reader` is, its reader asks for the PIN. Each login is
    /// noted in `logins`.
    func makeFaulty() throws -> String {
        let source = """
            #include <dlfcn.h>
            #include <stdio.h>
            #include <stdlib.h>
            #include <string.h>
            #include <unistd.h>
            #include <p11-kit/pkcs11.h>
            static CK_FUNCTION_LIST list, *real;
            static char *place(const char *name) {
                static char path[4096];
                snprintf(path, sizeof path, "%s/%s", getenv("HOME"), name);
                return path;
            }
            static CK_RV token_info(CK_SLOT_ID slot, CK_TOKEN_INFO *info) {
                CK_RV value = real->C_GetTokenInfo(slot, info);
                if (!access(place("last-try"), F_OK)) info->flags |= CKF_USER_PIN_FINAL_TRY;
                if (!access(place("reader"), F_OK)) info->flags |= CKF_PROTECTED_AUTHENTICATION_PATH;
                return value;
            }
            static CK_RV login(CK_SESSION_HANDLE session, CK_USER_TYPE user, CK_UTF8CHAR *pin, CK_ULONG count) {
                FILE *file = fopen(place("logins"), "a");
                fprintf(file, "%s\\n", pin ? "typed" : "reader");
                fclose(file);
                if (access(place("reader"), F_OK)) return real->C_Login(session, user, pin, count);
                return pin ? CKR_ARGUMENTS_BAD : real->C_Login(session, user, (CK_UTF8CHAR *)"1234", 4);
            }
            static CK_RV sign_init(CK_SESSION_HANDLE session, CK_MECHANISM *how, CK_OBJECT_HANDLE key) {
                char fault[16] = "";
                FILE *file = fopen(place("fault"), "r");
                if (file) { if (!fgets(fault, sizeof fault, file)) fault[0] = 0; fclose(file); unlink(place("fault")); }
                if (!strcmp(fault, "crash")) abort();
                if (!strcmp(fault, "hang")) for (;;) pause();
                if (!strcmp(fault, "forgotten")) return CKR_USER_NOT_LOGGED_IN;
                if (!strcmp(fault, "removed") || !strcmp(fault, "error")) {
                    CK_SESSION_INFO info;
                    real->C_GetSessionInfo(session, &info);
                    real->C_CloseAllSessions(info.slotID);
                    return fault[0] == 'r' ? CKR_DEVICE_REMOVED : CKR_DEVICE_ERROR;
                }
                return real->C_SignInit(session, how, key);
            }
            CK_RV C_GetFunctionList(CK_FUNCTION_LIST **out) {
                CK_C_GetFunctionList get = (CK_C_GetFunctionList)dlsym(
                    dlopen("\(Self.softHSM)", RTLD_NOW | RTLD_LOCAL), "C_GetFunctionList");
                CK_RV value = get(&real);
                list = *real;
                list.C_SignInit = sign_init;
                list.C_GetTokenInfo = token_info;
                list.C_Login = login;
                *out = &list;
                return value;
            }
            """
        try source.write(toFile: folder + "/faulty.c", atomically: true, encoding: .utf8)
        let made = world.run(
            "/bin/sh", ["-ec", "cd $HOME; cc -fPIC -shared $(pkg-config --cflags p11-kit-1) -o faulty.so faulty.c"])
        try #require(made.code == 0, "\(made)")
        chmod(folder + "/faulty.so", 0o755)
        return folder + "/faulty.so"
    }

    func fault(_ name: String) throws {
        try name.write(toFile: folder + "/fault", atomically: true, encoding: .utf8)
    }

    /// How each login was made, and none is left to tell.
    func takeLogins() -> [String] {
        let text = (try? String(contentsOfFile: folder + "/logins", encoding: .utf8)) ?? ""
        unlink(folder + "/logins")
        return text.split(separator: "\n").map(String.init)
    }
}

@Suite struct `A token's keys` {
    @Test func `are added, sign, log in and go with ssh-add`() throws {
        let token = try TokenWorld([
            "EC:prime256v1", "EC:secp384r1", "EC:secp521r1", "EC:edwards25519", "rsa:2048", "rsa:3072",
        ])
        let added = token.add()
        #expect(added.code == 0 && added.errors.contains("Card added"), "\(added)")
        #expect(token.shell.listed == 6)
        #expect(token.hosts.count == 1)
        for key in 1...6 {
            #expect(token.run("ssh-add -T key\(key).pub").code == 0, "key\(key)")
            #expect(
                token.run(
                    """
                    echo text >file; rm -f file.sig; echo "me $(cat key\(key).pub)" >allowed
                    ssh-keygen -Y sign -n file -f key\(key).pub file &&
                        ssh-keygen -Y verify -n file -I me -f allowed -s file.sig <file
                    """
                ).code == 0, "key\(key)")
        }
        let host = try LoginHost("first", token.shell)
        #expect(token.run(host.line("echo here")).output == "here\n")
        // One by one, and with the last one the library.
        #expect(token.run("ssh-add -d key1.pub").code == 0)
        #expect(token.shell.listed == 5 && token.hosts.count == 1)
        let removed = token.run("ssh-add -e \(TokenWorld.softHSM)")
        #expect(removed.code == 0 && removed.errors.contains("Card removed"), "\(removed)")
        #expect(token.shell.listed == 0)
        try eventually("the library's process to end") { token.hosts.isEmpty }
        #expect(token.run("ssh-add -e \(TokenWorld.softHSM)").code != 0)
    }

    @Test func `are not added by a wrong PIN, nor without one`() throws {
        let token = try TokenWorld(pin: "9999")
        let refused = token.add()
        #expect(refused.code != 0 && refused.errors.contains("agent refused operation"), "\(refused)")
        try token.type("")
        #expect(token.add().code != 0)
        #expect(token.shell.listed == 0)
        try eventually("the library's process to end") { token.hosts.isEmpty }
        try token.type("1234")
        #expect(token.add().code == 0)
    }

    @Test func `are asked about, last for a time, and end with all keys`() throws {
        let token = try TokenWorld()
        #expect(token.add("-c").code == 0)
        #expect(token.run("ssh-add -T key1.pub").code == 0)
        #expect(token.world.asked.contains("May the program below use this key?"))
        #expect(token.world.asked.contains("Key: \"key1\""))
        #expect(token.add("-t 2").code == 0)
        try eventually("the key and the library's process to go") { token.shell.listed == 0 && token.hosts.isEmpty }
        token.add()
        #expect(token.hosts.count == 1)
        #expect(token.run("ssh-add -D").code == 0)
        try eventually("the library's process to end") { token.hosts.isEmpty }
        token.add()
        #expect(token.hosts.count == 1)
        kill(token.world.agentPID, SIGUSR1)
        try eventually("the library's process to end") { token.hosts.isEmpty }
    }

    @Test func `sign nothing while the agent is locked`() throws {
        let token = try TokenWorld()
        token.add()
        #expect(token.run("ssh-add -x").code == 0)
        #expect(token.shell.listed == 0)
        #expect(token.run("ssh-add -T key1.pub").code != 0)
        #expect(token.add().code != 0)
        #expect(token.run("ssh-add -e \(TokenWorld.softHSM)").code != 0)
        #expect(token.run("ssh-add -X").code == 0)
        #expect(token.run("ssh-add -T key1.pub").code == 0)
    }

    @Test func `that want the PIN each time are asked for it, with what they are for`() throws {
        let token = try TokenWorld(["EC:prime256v1 --always-auth"])
        #expect(token.add().code == 0)
        #expect(token.run("ssh-add -T key1.pub").code == 0)
        #expect(token.world.asked.contains("To let the program below use this key, type the PIN of \"card\"."))
        let facts = try String(contentsOfFile: token.folder + "/facts", encoding: .utf8)
        #expect(facts.contains("CLAVE_PROMPT_TOKEN=card\n"))
        try token.type("9999")
        #expect(token.run("ssh-add -T key1.pub").code != 0)
        #expect(token.world.asked.contains("The last PIN was wrong. Too many wrong ones lock the card."))
        #expect(try log(token).contains { $0.contains("\"about\":\"token_pin\"") && !$0.contains("9999") })
        #expect(token.shell.listed == 1)
    }

    @Test func `are recorded as they come and go, without a PIN`() throws {
        let token = try TokenWorld()
        token.add()
        token.run("ssh-add -e \(TokenWorld.softHSM)")
        try eventually("the records") {
            let lines = try log(token)
            return lines.contains { $0.contains("\"kind\":\"provider_added\"") && $0.contains("\"done\":true") }
                && lines.contains { $0.contains("\"kind\":\"provider_removed\"") }
        }
        #expect(try !log(token).contains { $0.contains("1234\"") })
        let shown = token.world.run("clave-add", ["--log"]).output
        #expect(shown.contains("library of cards or tokens loaded  \(TokenWorld.softHSM)"))
        #expect(shown.contains("library of cards or tokens removed  \(TokenWorld.softHSM)"))
    }

    private func log(_ token: TokenWorld) throws -> [String] {
        try String(contentsOfFile: token.folder + "/data/clave-agent/audit.log", encoding: .utf8)
            .split(separator: "\n").map(String.init)
    }
}

@Suite struct `A token's library` {
    @Test func `is loaded from where the person has said, and nowhere else`() throws {
        let token = try TokenWorld(agent: ["-P", "/usr/*,!*soft*"])
        #expect(token.add().code != 0)
        #expect(token.hosts.isEmpty)
    }

    @Test func `that is no library, is not there, or others can write is not loaded`() throws {
        let token = try TokenWorld(agent: ["-P", "*"])
        let faulty = try token.makeFaulty()
        try "no library".write(toFile: token.folder + "/text.so", atomically: true, encoding: .utf8)
        for path in [token.folder + "/text.so", "/nonexistent.so", token.folder, "libsofthsm2.so"] {
            #expect(token.add("", path).code != 0, "\(path)")
        }
        #expect(token.add("", faulty).code == 0)
        token.run("ssh-add -D")
        chmod(faulty, 0o757)
        #expect(token.add("", faulty).code != 0)
        chmod(faulty, 0o755)
        chmod(token.folder, 0o777)
        #expect(token.add("", faulty).code != 0)
        chmod(token.folder, 0o700)
        try eventually("the library's processes to end") { token.hosts.isEmpty }
    }

    @Test func `is not loaded for a host to which the agent is forwarded`() throws {
        let token = try TokenWorld()
        token.shell.makeKey("ed25519", "plain")
        token.run("ssh-add plain")
        let host = try LoginHost("first", token.shell)
        let there = token.run(
            host.line(
                "SSH_ASKPASS=\(token.folder)/say SSH_ASKPASS_REQUIRE=force ssh-add -s \(TokenWorld.softHSM)",
                forwarding: true))
        #expect(there.errors.contains("agent refused operation"), "\(there)")
        #expect(token.hosts.isEmpty && token.shell.listed == 1)
    }

    @Test func `that crashes costs its keys, and nothing else`() throws {
        let token = try TokenWorld(agent: ["-P", "*"])
        token.shell.makeKey("ed25519", "plain")
        token.run("ssh-add plain")
        #expect(token.add("", try token.makeFaulty()).code == 0)
        try token.fault("crash")
        #expect(token.run("ssh-add -T key1.pub").code != 0)
        try eventually("its keys to go") { token.shell.listed == 1 }
        #expect(token.run("ssh-add -T plain.pub").code == 0)
        #expect(token.add("", token.folder + "/faulty.so").code == 0)
        #expect(token.run("ssh-add -T key1.pub").code == 0)
    }

    @Test func `that hangs holds up nobody else`() throws {
        let token = try TokenWorld(agent: ["-P", "*"])
        token.shell.makeKey("ed25519", "plain")
        token.run("ssh-add plain")
        #expect(token.add("", try token.makeFaulty()).code == 0)
        try token.fault("hang")
        // While one client waits for the card, others list, sign, have another library loaded, and end the hanging one.
        let outcome = token.run(
            """
            exec 2>&1
            ssh-add -T key1.pub & waiting=$!
            while [ -e fault ]; do sleep 0.05; done
            ssh-add -l && ssh-add -T plain.pub && ssh-add -e faulty.so; ssh-add -e "$HOME/faulty.so" && wait $waiting
            echo it failed: $?; ssh-add -T plain.pub && echo not held up
            """)
        #expect(outcome.output.contains("it failed: 1"), "\(outcome)")
        #expect(outcome.output.hasSuffix("not held up\n"), "\(outcome)")
        try eventually("its process to end") { token.hosts.isEmpty }
    }

    @Test func `whose token was taken out and put back asks for the PIN again`() throws {
        let token = try TokenWorld(agent: ["-P", "*"])
        #expect(token.add("", try token.makeFaulty()).code == 0)
        #expect(token.run("ssh-add -T key1.pub").code == 0)
        #expect(!token.world.asked.contains("type the PIN of \"card\""))
        try token.fault("removed")
        #expect(token.run("ssh-add -T key1.pub").code == 0)
        #expect(token.world.asked.contains("type the PIN of \"card\""))
        // Taken out for good.
        try token.fault("removed")
        token.run("mv tokens/* .")
        #expect(token.run("ssh-add -T key1.pub").code != 0)
        #expect(token.shell.listed == 1)
    }

    @Test func `that says only of an error has its token looked for as well`() throws {
        let token = try TokenWorld(agent: ["-P", "*"])
        #expect(token.add("", try token.makeFaulty()).code == 0)
        try token.fault("error")
        #expect(token.run("ssh-add -T key1.pub").code == 0)
        #expect(token.world.asked.contains("type the PIN of \"card\""))
    }

    @Test func `that has forgotten the login takes no wrong PIN for it`() throws {
        let token = try TokenWorld(agent: ["-P", "*"])
        #expect(token.add("", try token.makeFaulty()).code == 0)
        try token.type("9999")
        try token.fault("forgotten")
        #expect(token.run("ssh-add -T key1.pub").code != 0)
        try token.type("1234")
        #expect(token.run("ssh-add -T key1.pub").code == 0)
    }

    @Test func `is never given the last try of its token`() throws {
        let token = try TokenWorld(["EC:prime256v1 --always-auth"], agent: ["-P", "*"])
        let faulty = try token.makeFaulty()
        try token.world.touch("last-try")
        #expect(token.add("", faulty).code != 0)
        #expect(token.takeLogins() == [])
        unlink(token.folder + "/last-try")
        #expect(token.add("", faulty).code == 0)
        #expect(token.takeLogins() == ["typed"])
        try token.world.touch("last-try")
        #expect(token.run("ssh-add -T key1.pub").code != 0)
        #expect(token.takeLogins() == [])
        unlink(token.folder + "/last-try")
        #expect(token.run("ssh-add -T key1.pub").code == 0)
    }

    @Test func `whose reader asks for the PIN is used after a yes to what for`() throws {
        let token = try TokenWorld(["EC:prime256v1 --always-auth"], pin: "", agent: ["-P", "*"])
        let faulty = try token.makeFaulty()
        try token.world.touch("reader")
        #expect(token.add("", faulty).code == 0)
        #expect(token.takeLogins() == ["reader"])
        #expect(token.run("ssh-add -T key1.pub").code == 0)
        #expect(token.takeLogins() == ["reader"])
        #expect(token.world.asked.contains("May the program below use this key?"))
        try token.world.answer("no")
        #expect(token.run("ssh-add -T key1.pub").code != 0)
        #expect(token.takeLogins() == [])
    }

    @Test func `loaded again takes the place of the one before`() throws {
        let token = try TokenWorld()
        token.add("-c")
        token.add()
        #expect(token.shell.listed == 1)
        #expect(token.run("ssh-add -T key1.pub").code == 0)
        #expect(!token.world.asked.contains("May the program below use this key?"))
        try eventually("the first process to end") { token.hosts.count == 1 }
    }
}
