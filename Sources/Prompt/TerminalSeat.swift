import Glibc

/// A question's seat at the terminal: it has the terminal only while the job of the program that asks is in the foreground.
///
/// When that job is stopped or put into the background, the terminal is given back as it was and nothing more is read;
/// when it comes back, the terminal is hidden first, and then the question is shown again.
final class TerminalSeat {
    /// Milliseconds between two looks at where the job is: for a change of it, there is nothing to wait for.
    private static let interval: Int32 = 50
    /// Looks at a job in the background before the person is told: a shell may be about to put it forward.
    private static let patience = 6
    /// Milliseconds that a program may take to end after it has closed its connection.
    private static let farewell: Int32 = 200
    /// Seconds that the core may take to look at a secret.
    private static let longestWait: UInt64 = 60
    /// Looks at a job that was told to stop, 10 milliseconds each, before it counts as one that does not.
    private static let mostLooks = 30

    let device: TerminalDevice
    private let job: AskingJob
    private let guardian: TerminalGuardian?
    /// Whether the question has the terminal.
    private(set) var isTaken = false
    /// Whether the person was told that a question waits.
    private var hasTold = false
    /// Whether a shell may have kept the hidden settings.
    private var mayBeKept = false

    /// - Parameter process: the program that asks.
    init(_ path: String, process: Int32) throws(WayError) {
        device = try TerminalDevice(path)
        guard let job = AskingJob(of: process, on: device.device) else {
            throw .cannotStart("the asking program has left its terminal")
        }
        self.job = job
        guardian = TerminalGuardian(device.number, job.shells)
    }

    /// Whether the program itself reads what is typed, so that a question could not be answered.
    var isReadByProgram: Bool { job.readsTerminal }

    /// Whether whoever sits there types for the program.
    var isInForeground: Bool { job.isInForeground }

    /// The same for a question that is withdrawn: most often since the program ends, which takes it a moment.
    var staysInForeground: Bool { !job.hasEnded(within: Self.farewell) && job.isInForeground }

    // MARK: To and fro

    /// Waits until the person types for the program, and takes the terminal; what was typed before is thrown away.
    ///
    /// - Parameter notice: told once, if that is to wait for the job to be put forward.
    func take(_ watch: Watch, notice: String) throws(WayError) {
        var looks = 0
        while true {
            switch job.place {
            case .foreground: if try hide(discardsInput: true) { return }
            case .background where looks >= Self.patience: tell(notice)
            case .background: looks += 1
            case .stopped, .gone: break
            }
            try watch.wait(within: Self.interval)
        }
    }

    /// Hides the terminal, unless the job has just lost it.
    private func hide(discardsInput: Bool) throws(WayError) -> Bool {
        guard job.isInForeground else { return false }
        let before = try device.find()
        // It has to know before anything is hidden: this process may be killed at any time.
        guardian?.hold(device.found, owner: device.owner)
        try device.hide(discardsInput: discardsInput)
        // Whoever has it now has perhaps just made settings of their own.
        guard job.isInForeground else {
            device.undo(before)
            seeToShell()
            return false
        }
        isTaken = true
        return true
    }

    private func tell(_ notice: String) {
        guard !hasTold else { return }
        hasTold = true
        if !device.stopsBackgroundOutput { device.writeAtOnce("\r\n\(notice)\r\n") }
    }

    /// What the next look at the terminal has come to.
    enum Look: Equatable {
        /// A key, or the end of input, is there to be read.
        case readable
        /// The job has lost the terminal; the question has given it back.
        case lost
    }

    /// Waits for a key.
    ///
    /// A key counts only if the job is in the foreground after it is there: what was typed for the next one that has the
    /// terminal comes later, and one key is read at a time.
    func look(_ watch: Watch) throws(WayError) -> Look {
        while true {
            guard job.isInForeground else { return lose() }
            // A shell that resumes a job may put back what it had saved.
            if !device.isHidden, try !hide(discardsInput: false) { return lose() }
            let events = try watch.wait(
                (device.number, POLLIN), (job.endDescriptor, POLLIN), within: Self.interval)
            // The shell hears of the end at the same moment, and looks at the terminal: there is no time to lose.
            guard events[1] == 0, job.isInForeground else { return lose() }
            if events[0] != 0 { return .readable }
        }
    }

    private func lose() -> Look {
        giveBack(discardsInput: false)
        return .lost
    }

    /// Gives the terminal back.
    private func giveBack(discardsInput: Bool) {
        device.giveBack(discardsInput: discardsInput)
        // If the job has it still, nobody else can have looked at it.
        if isTaken, !job.isInForeground { seeToShell() }
        isTaken = false
    }

    /// Gives the terminal back for good. What was typed is thrown away only if it was typed for the program.
    func leave() {
        giveBack(discardsInput: job.isInForeground)
        if !mayBeKept { guardian?.dismiss() }
    }

    /// Has the shell seen to, which may have found the terminal hidden.
    private func seeToShell() {
        mayBeKept = true
        guardian?.seeTo(device.found, owner: device.owner)
        device.changeOwner()
    }

    /// Keeps the terminal hidden until the core says something, for a minute at most. What is typed meanwhile is thrown away,
    /// but for the keys that mean signals.
    ///
    /// - Returns: Whether the core may still say something.
    func wait(_ watch: Watch) -> Bool {
        do throws(WayError) {
            var editor = LineEditor(limit: 1, isHidden: true, keys: device.keys)
            let watch = try watch.anew(seconds: Self.longestWait)
            while try look(watch) == .readable {
                defer { editor.clear() }
                switch try editor.read(device.number) {
                case .signal(SIGTSTP): try stop(watch)
                case .signal(let number): end(by: number)
                case .end: giveBack(discardsInput: false)
                case .show, .line, .tooLong, .nothing: continue
                }
                guard isTaken else { return true }
            }
            return true
        } catch {
            // The core's word ends the waiting; all else gives the terminal back.
            guard error != .ended(.withdrawn) else { return true }
            giveBack(discardsInput: true)
            return false
        }
    }

    // MARK: Keys that mean signals

    /// Does what a key means that ends the job: the terminal is given back first, so that no shell finds it hidden.
    func end(by signal: Int32) {
        device.writeAtOnce("\n")
        giveBack(discardsInput: false)
        job.send(signal)
    }

    /// Does what a key means that stops the job: the terminal is given back first, since there are shells that take what
    /// they find for the program's own settings.
    func stop(_ watch: Watch) throws(WayError) {
        // Whether it stops or not, its question is shown again.
        device.writeAtOnce("\n")
        guard !job.ignoresStop else { return }
        giveBack(discardsInput: false)
        job.send(SIGTSTP)
        // One that does not stop, since no shell could put it forward again, has its question at once.
        for _ in 0..<Self.mostLooks {
            guard job.isInForeground else { break }
            try watch.wait(within: 10)
        }
    }
}
