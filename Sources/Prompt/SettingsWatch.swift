import Glibc
import Posix

/// Looks after a terminal whose shell may have kept the settings of a question for its own.
///
/// Shells differ in this. bash, ksh and tcsh edit a line in settings made of those that they have found, and put these
/// back before they run a command; zsh and fish run commands in what the last one has left, but with ECHO and ICANON.
/// All of them take over what they find after the next command. So it is enough that a command runs with the right
/// settings: the shell's own while it edits a line are left alone.
struct SettingsWatch {
    /// Milliseconds between two looks while a command may begin: it has to have the right settings before it makes its own
    /// of them, and a small program does that after two or three.
    private static let interval: Int32 = 1
    /// Looks after a key was typed, or something was put right.
    private static let mostLooks = 1000
    /// Every so many of them it is also looked who has the terminal, which takes longer.
    private static let placeInterval = 5
    /// Milliseconds between two looks while nothing happens.
    private static let rest: Int32 = 1000
    /// Commands that have to be found in order, one after the other, until the shell counts as mended: it takes over nothing
    /// from one that fails, or is killed.
    private static let enough = 3
    /// Later questions that have to be seen on the terminal until nothing is looked after any more: each has a guardian of
    /// its own, and guardians must not pile up where one question after the other is killed.
    private static let mostLater = 4

    private let terminal: Int32
    private let shells: AskingShells
    /// The settings as they were before the question.
    var found = termios()
    /// Whose settings a shell may have; empty for nothing to do.
    private var owners: [UInt8] = []
    private var discardsInput = false
    private var looks = 0
    /// The process groups of the commands that were found in order.
    private var orderly: [Int32] = []
    /// The owners of the later questions that were seen since there was something to put right.
    private var later: [UInt8] = []

    init(_ terminal: Int32, _ shells: AskingShells) {
        self.terminal = terminal
        self.shells = shells
    }

    /// Looks after settings that a shell may have, from now on.
    ///
    /// - Parameter discardsInput: throws away what was typed, if they are there.
    mutating func begin(_ owner: UInt8, discardsInput: Bool = false) {
        if !owners.contains(owner) { owners.append(owner) }
        self.discardsInput = discardsInput
        forget()
        looks = Self.mostLooks
    }

    /// Waits until it is time to look.
    ///
    /// - Parameter pipe: -1 for none.
    /// - Returns: whether there is something to be read on the pipe instead.
    mutating func wait(for pipe: Int32) -> Bool {
        let isIdle = looks == 0
        var entries = [
            pollfd(fd: pipe, events: Int16(POLLIN), revents: 0),
            // What is typed at a shell's prompt is read by the shell; here it only says that somebody is there.
            pollfd(fd: isIdle && !owners.isEmpty ? terminal : -1, events: Int16(POLLIN), revents: 0),
        ]
        let time = owners.isEmpty ? -1 : isIdle ? Self.rest : Self.interval
        let count = unsafe poll(&entries, nfds_t(entries.count), time)
        if count > 0, entries[0].revents != 0 { return true }
        if count > 0 {
            looks = Self.mostLooks
        } else if !isIdle {
            looks -= 1
        }
        return false
    }

    /// Puts right what has to be.
    ///
    /// - Returns: whether there is more to be looked after.
    mutating func look() -> Bool {
        guard !owners.isEmpty else { return false }
        guard looks % Self.placeInterval == 0 || TerminalDevice.isMarked(terminal) else { return true }
        let place = shells.place
        let outcome = TerminalDevice.giveBack(
            terminal, found, owners, isEdited: place.isShells, discardsInput: discardsInput)
        discardsInput = false
        switch outcome {
        case .restored:
            forget()
            looks = Self.mostLooks
        case .builtUpon: forget()
        case .given: note(place)
        // Such a command says nothing of what the shell had given it.
        case .others(let owner): note(later: owner)
        }
        if place == .gone && outcome != .builtUpon { owners = [] }
        return !owners.isEmpty
    }

    /// Counts from the start: there was something to put right.
    private mutating func forget() {
        orderly = []
        later = []
    }

    private mutating func note(later owner: UInt8) {
        guard !later.contains(owner) else { return }
        later.append(owner)
        looks = Self.mostLooks
        if later.count >= Self.mostLater { owners = [] }
    }

    private mutating func note(_ place: AskingShells.Place) {
        guard case .command(let group) = place, !orderly.contains(group) else { return }
        orderly.append(group)
        if orderly.count == Self.enough { owners = [] }
    }
}
