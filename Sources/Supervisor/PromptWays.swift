/// What the prompt's variables say of its ways to ask, as `clave-prompt` reads them.
enum PromptWays {
    /// Whether it may ask otherwise than on the caller's terminal: in a window, or by a program of the person's. The core then
    /// puts one question at a time, so that no two windows are open at once; where in doubt, it may.
    ///
    /// - Parameter variables: `NAME=value`, as the prompt gets them. An empty value counts as none.
    static func leaveTerminal(_ variables: [String]) -> Bool {
        var values: [Substring: Substring] = [:]
        for variable in variables {
            let parts = variable.split(separator: "=", maxSplits: 1)
            if parts.count == 2 { values[parts[0]] = parts[1] }
        }
        if values["CLAVE_PROMPT"] == "terminal" { return false }
        if values["CLAVE_ASKPASS"] != nil { return true }
        let hasDisplay = values["DISPLAY"] != nil || values["WAYLAND_DISPLAY"] != nil
        let isForced = values["CLAVE_PROMPT"] == "askpass" || values["SSH_ASKPASS_REQUIRE"]?.lowercased() == "force"
        if values["SSH_ASKPASS"] != nil, hasDisplay || isForced { return true }
        if let pinentry = values["CLAVE_PINENTRY"] { return !asksOnTerminals(pinentry) }
        return hasDisplay || values["CLAVE_PROMPT"] != nil && values["CLAVE_PROMPT"] != "auto"
    }

    /// Whether it is one of the pinentries that have no windows, by its file's name.
    private static func asksOnTerminals(_ pinentry: Substring) -> Bool {
        ["pinentry-curses", "pinentry-tty"].contains(pinentry.split(separator: "/").last)
    }
}
