import Testing

@testable import Supervisor

@Suite struct `The prompt's ways to ask` {
    @Test(arguments: [
        [], ["CLAVE_ASKPASS="], ["SSH_ASKPASS=/usr/bin/ssh-askpass"], ["CLAVE_PROMPT=auto"],
        ["CLAVE_PINENTRY=/usr/bin/pinentry-curses"], ["CLAVE_PINENTRY=pinentry-tty", "DISPLAY=:0"],
        ["CLAVE_PROMPT=terminal", "DISPLAY=:0", "CLAVE_ASKPASS=/usr/bin/true"],
        ["CLAVE_PROMPT=pinentry", "CLAVE_PINENTRY=pinentry-curses"],
    ]) func `are terminals alone where nothing leads to a window`(variables: [String]) {
        #expect(!PromptWays.leaveTerminal(variables))
    }

    @Test(arguments: [
        ["DISPLAY=:0"], ["WAYLAND_DISPLAY=wayland-0"], ["CLAVE_ASKPASS=/usr/bin/true"],
        ["SSH_ASKPASS=/usr/bin/ssh-askpass", "SSH_ASKPASS_REQUIRE=Force"],
        ["SSH_ASKPASS=/usr/bin/ssh-askpass", "CLAVE_PROMPT=askpass"],
        ["SSH_ASKPASS=/usr/bin/ssh-askpass", "DISPLAY=:0", "CLAVE_PINENTRY=pinentry-curses"],
        ["CLAVE_PINENTRY=/usr/bin/pinentry-gnome3"], ["CLAVE_PROMPT=pinentry"],
    ]) func `may be windows or programs where something leads there`(variables: [String]) {
        #expect(PromptWays.leaveTerminal(variables))
    }
}
