import Glibc
import Posix

/// Where everything lies: the XDG folders of the person, and the programs beside this one.
enum Places {
    /// The folder of the vault and the log; nil where the person has no home folder.
    static var vault: String? { PersonFolders.data.map { $0 + "/clave-agent" } }

    /// The person's settings; nil as above.
    static var configuration: String? { PersonFolders.configuration.map { $0 + "/clave-agent/config" } }

    /// The folder of the programs that only the supervisor starts: `libexec/clave-agent` beside `bin`, or, in a build
    /// tree, the folder of this program; nil where that can't be known.
    static var programs: String? {
        guard let own = OwnProgram.folder else { return nil }
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
            let value = value(of: name) ?? (program == "clave-prompt" ? prompt[name] : nil)
            return value.map { "\(name)=\($0)" }
        }
    }

    /// Folders that no program takes are not handed on, so that all agree on which they are.
    private static func value(of name: String) -> String? {
        switch name {
        case "HOME": PersonFolders.home
        case _ where name.utf8.starts(with: "XDG_".utf8): PersonFolders.absolute(name)
        default: environment(name)
        }
    }
}
