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
