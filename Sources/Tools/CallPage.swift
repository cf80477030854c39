import AgentProtocol
import Glibc
import Localization
import Posix
import SecureMemory
import Wire

/// The page of a video call: its address is printed, and a browser opened with it where there is a desktop.
///
/// Whoever has the address is the person's side of the call. So a browser gets it by a file that only its owner reads, and
/// not as an argument, which every user of the machine could see.
struct CallPage {
    /// Seconds before a call from which on it is waited for; what the registration's plugin has.
    private static let patience: UInt64 = 600

    /// What a browser needs of the environment.
    private static let variables = [
        "HOME", "USER", "PATH", "LANG", "LC_ALL", "LANGUAGE", "BROWSER", "DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY",
        "DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR", "XDG_CURRENT_DESKTOP", "XDG_SESSION_TYPE", "XDG_DATA_DIRS",
        "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CONFIG_DIRS",
    ]

    private let tool: ToolProgram
    private let opens: Bool
    private var shown = ""
    /// Holds the address; removed however the program ends, unless by SIGKILL.
    private var file: PassingFile?

    /// - Parameter opens: whether a browser may be opened.
    init(_ tool: ToolProgram, opens: Bool) {
        self.tool = tool
        self.opens = opens
    }

    /// Whether it is worth waiting for.
    static func isSoon(_ info: RegistrationInfo) -> Bool { info.due <= TimeText.now + patience }

    /// Tells of the page, once; one of a call that is soon is opened too.
    mutating func show(_ info: RegistrationInfo) {
        let address = info.gateway + info.page
        guard address != shown else { return }
        shown = address
        tool.tell(tool.t("The page of the call: {1}", address))
        guard Self.isSoon(info), opens, environment("DISPLAY") != nil || environment("WAYLAND_DISPLAY") != nil else {
            return
        }
        open(address)
    }

    /// Removes the file.
    mutating func close() { file = nil }

    private mutating func open(_ address: String) {
        guard let folder = PersonFolders.runtime, let opener = Self.opener() else { return }
        let name = randomBytes(8).map { String($0, radix: 16) }.joined()
        let path = "\(folder)/clave-call-\(name).html"
        // An address of a gateway and a token: neither holds a sign that means anything to HTML.
        let page = "<!DOCTYPE html><meta charset=utf-8><meta http-equiv=refresh content=\"0;url=\(address)\">\n"
        do throws(SystemError) {
            file = PassingFile(path)
            try Files.create(path, with: Array(page.utf8))
            let variables = Self.variables.compactMap { name in environment(name).map { "\(name)=\($0)" } }
            let nothing = try Descriptor.open("/dev/null", O_RDWR)
            _ = try Spawn.start(
                opener, arguments: [path], environment: variables,
                descriptors: [0: nothing.number, 1: nothing.number, 2: nothing.number])
            tool.tell(tool.t("Opening it in your browser."))
        } catch { tool.tell(tool.t("No browser could be opened: open the page yourself.")) }
    }

    private static func opener() -> String? {
        (environment("PATH") ?? "/usr/bin:/bin").split(separator: ":").lazy.map { "\($0)/xdg-open" }
            .first { unsafe access($0, X_OK) == 0 }
    }
}
