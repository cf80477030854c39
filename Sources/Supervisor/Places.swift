import Glibc
import Posix

/// Where everything lies: the XDG folders of the person, and the programs beside this one.
enum Places {
    static var home: String { environment("HOME") ?? "/" }

    static var vault: String { (environment("XDG_DATA_HOME") ?? "\(home)/.local/share") + "/clave-agent" }

    static var configuration: String {
        (environment("XDG_CONFIG_HOME") ?? "\(home)/.config") + "/clave-agent/config"
    }

    /// The folder of the programs that only the supervisor starts: `libexec/clave-agent` beside `bin`, or, in a build
    /// tree, the folder of this program.
    static var programs: String {
        let own = Files.programFolder
        let installed = Files.parent(of: own) + "/libexec/clave-agent"
        return unsafe access(installed + "/clave-core", X_OK) == 0 ? installed : own
    }

    /// The variables that a program gets, from those that there are.
    static func variables(for program: String, prompt: [String: String] = [:]) -> [String] {
        let shared = [
            "HOME", "USER", "LOGNAME", "LANG", "LANGUAGE", "LC_ALL", "LC_CTYPE", "LC_MESSAGES", "TZ", "XDG_RUNTIME_DIR",
            "XDG_DATA_HOME", "XDG_CONFIG_HOME",
        ]
        let own: [String] =
            switch program {
            case "clave-prompt":
                [
                    "PATH", "DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "DBUS_SESSION_BUS_ADDRESS", "TERM",
                    "CLAVE_ASKPASS", "SSH_ASKPASS", "SSH_ASKPASS_REQUIRE", "CLAVE_PINENTRY", "CLAVE_PROMPT",
                ]
            // Where the Secret Service is; without the variable, `$XDG_RUNTIME_DIR/bus` is tried.
            case "clave-keyring": ["DBUS_SESSION_BUS_ADDRESS"]
            // No middleware for FIDO tokens is known that needs any.
            case "clave-sk-helper": []
            // Where PKCS#11 libraries find their settings, tokens and services.
            case "clave-plugin-host":
                [
                    "CLAVE_PLUGIN_PATH", "SOFTHSM2_CONF", "OPENSC_CONF", "PCSCLITE_CSOCK_NAME",
                    "P11_KIT_SERVER_ADDRESS", "TPM2_PKCS11_STORE", "TPM2_PKCS11_TCTI", "YUBIHSM_PKCS11_CONF",
                ]
            default: []
            }
        return (shared + own).compactMap { name in
            let value = environment(name) ?? (program == "clave-prompt" ? prompt[name] : nil)
            return value.map { "\(name)=\($0)" }
        }
    }
}
