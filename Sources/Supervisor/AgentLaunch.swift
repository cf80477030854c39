import CLinux
import Glibc
import Posix
import SecureMemory

/// Puts the agent into a process of its own, and goes on here once tools can connect to it.
struct AgentLaunch {
    private let options: AgentOptions
    private let core: () -> Int32

    /// - Parameter core: what the first core runs.
    init(_ options: AgentOptions, _ core: @escaping () -> Int32) {
        self.options = options
        self.core = core
    }

    /// Leaves the agent in the background, and prints how to find it; or how to find the one that runs already.
    ///
    /// - Returns: the exit code.
    func intoBackground() -> Int32 {
        do throws(SystemError) { try StandardOutput.check() } catch {
            complain("\(error)")
            return 1
        }
        return start(owned: false) { agent in
            say(code: ShellCode(options).set(socket: agent.socket, pid: agent.pid))
            // Nobody could find it, nor end it.
            guard StandardOutput.failure == nil else {
                kill(agent.pid, SIGTERM)
                return 1
            }
            return 0
        }
    }

    /// By this exit code of its own a new agent tells that another has its place.
    private static let taken: Int32 = 75

    private func tellOfRunning() -> Int32 {
        do throws(AgentSocket.Failure) {
            let path =
                if let socket = options.socket { try SocketPlace.absolute(socket) } else {
                    try SocketPlace(of: .clave, false, keepsStale: true).path
                }
            guard let running = RunningAgent(at: path) else { throw .silent(path) }
            if options.asksMoreThanFinding {
                complain("the agent that runs already has its options from when it was started; --new starts another")
            }
            say(code: ShellCode(options).set(socket: running.socket, pid: running.pid))
            return 0
        } catch {
            complain(error.message)
            return 1
        }
    }

    /// Becomes the command, with which the agent ends.
    ///
    /// - Returns: the exit code, if the command can't be started.
    func lead(into command: [String]) -> Int32 {
        start(owned: true) { agent in
            let variables = ShellCode(options).variables(socket: agent.socket, pid: agent.pid)
            let error = CommandRunner.become(command, variables: variables)
            if options.guise == .ssh { complain(plain: "\(error)") } else { complain("\(error)") }
            return options.guise.startCode(notFound: error.number == ENOENT)
        }
    }

    // MARK: Both sides of the fork

    /// An agent that listens.
    private struct Running {
        let socket: String
        let pid: Int32
    }

    private func start(owned: Bool, _ next: (Running) -> Int32) -> Int32 {
        do throws(SystemError) {
            let ends = try Descriptor.pipe()
            let listen = Descriptor(owning: ends.0)
            let tell = Descriptor(owning: ends.1)
            let parent = getpid()
            let child = try retrying("fork") { clave_fork() }
            if child == 0 { return serve(tell, parent: owned ? parent : nil) }
            close(tell.release())
            let path = String(decoding: try Files.read(listen, limit: Int(PATH_MAX)), as: UTF8.self)
            // The child has said why.
            guard !path.isEmpty else {
                let code = code(of: child)
                return code == Self.taken ? tellOfRunning() : code
            }
            return next(Running(socket: path, pid: child))
        } catch {
            complain("\(error)")
            return 1
        }
    }

    /// The exit code of a child that has ended, or ends now.
    private func code(of child: Int32) -> Int32 {
        var status: Int32 = 0
        while unsafe waitpid(child, &status, 0) < 0 { if errno != EINTR { return 1 } }
        return clave_exit_code(status)
    }

    private func serve(_ tell: consuming Descriptor, parent: Int32?) -> Int32 {
        Hardening.apply()
        var owner: Descriptor?
        if let parent {
            guard let watched = Owner(parent: parent) else { return 0 }
            owner = watched.descriptor
        }
        // A relative path is taken before the folder is left.
        setsid()
        let number = tell.release()
        let keepsErrors = options.debug
        closeInput()
        return SupervisorProgram.serve(
            options, core, owner: owner, socket: nil, beforeStart: { unsafe chdir("/") }, onStart: { _ in },
            onReady: { path in
                let tell = Descriptor(owning: number)
                if !keepsErrors { closeErrors() }
                try? tell.writeAll(Array(path.utf8))
            }, onStop: {}, onTaken: parent == nil && options.guise == .clave ? { Self.taken } : nil)
    }

    private func closeInput() {
        let null = unsafe open("/dev/null", O_RDWR)
        guard null >= 0 else { return }
        dup2(null, 0)
        dup2(null, 1)
        if null > 2 { close(null) }
    }
}

/// Lets go of the standard error of whoever started the agent, who may wait for its end.
private func closeErrors() {
    let null = unsafe open("/dev/null", O_RDWR | O_CLOEXEC)
    guard null >= 0 else { return }
    dup2(null, 2)
    close(null)
    Complaint.goToSystemLog()
}
