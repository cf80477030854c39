import AgentProtocol
import CLinux
import Glibc
import Posix
import SecureMemory
import Wire

/// `clave-agent`: reads options, hardens, and becomes the supervisor.
public enum SupervisorProgram {
    /// Runs.
    ///
    /// - Parameters:
    ///   - arguments: those after the program's name.
    ///   - name: the program's name as it was called, by which it is `clave-agent` or stands in for `ssh-agent`.
    ///   - core: what the process that holds the keys runs.
    /// - Returns: the exit code: 0 done, 1 failed, 64 usage.
    public static func main(_ arguments: [String], name: String, core: @escaping () -> Int32) -> Int32 {
        let guise = Guise(programName: name)
        do throws(SystemError) { try FreshStart.ifNeeded() } catch {
            complain("\(error)")
            return 1
        }
        do throws(Options.UsageError) {
            var options = try AgentOptions(arguments, loginShell: environment("SHELL"), guise: guise)
            // The agent itself leaves it.
            options.startTerminal = TerminalIdentity(of: getpid())
            return perform(options, core)
        } catch {
            return guise.refuse(error)
        }
    }

    private static func perform(_ options: AgentOptions, _ core: @escaping () -> Int32) -> Int32 {
        // The process that becomes a command is the only one that is not hardened: it would hand that on, and nothing
        // started from the command could use sudo. It does nothing but fork and wait.
        if case .command(let command) = options.mode {
            // The core will lie in memory where this process lies.
            Hardening.hideUntilExec()
            return AgentLaunch(options, core).lead(into: command)
        }
        Hardening.apply()
        switch options.mode {
        case .help: say(AgentOptions.help + "\n")
        case .version: say("clave-agent \(ClaveAgent.version)\n")
        case .kill: return AgentEnding(options).perform()
        case .clean(let everywhere): return clean(everywhere: everywhere, options.guise)
        case .foreground, .background, .command: return serveOrLaunch(options, core)
        }
        return 0
    }

    private static func clean(everywhere: Bool, _ guise: Guise) -> Int32 {
        guard let home = PersonFolders.home else {
            complain("Couldn't determine home directory")
            return guise == .ssh ? 255 : 1
        }
        SSHAgentFolder(home: home).removeStale(everywhere: everywhere)
        say("Deleted stale agent sockets in ~/\(SSHAgentFolder.name)\n")
        return 0
    }

    private static func serveOrLaunch(_ options: AgentOptions, _ core: @escaping () -> Int32) -> Int32 {
        do throws(AgentSocket.Failure) {
            var manager = try ServiceManager()
            let passed = options.socket == nil ? manager.takeSocket() : nil
            // A service manager watches this process.
            if let passed { return serve(options, core, notify: manager.notifier, socket: passed) }
            if options.mode == .foreground { return serve(options, core, notify: manager.notifier, socket: nil) }
            return AgentLaunch(options, core).intoBackground()
        } catch {
            complain(error.message)
            return 1
        }
    }

    private static func serve(
        _ options: AgentOptions, _ core: @escaping () -> Int32, notify: @escaping (String) -> Void,
        socket: consuming AgentSocket?
    ) -> Int32 {
        let isPassed = socket != nil
        return serve(
            options, core, owner: nil, socket: socket, beforeStart: {},
            onStart: { path in if !isPassed { say(code: ShellCode(options).set(socket: path, pid: getpid())) } },
            onReady: { path in notify("READY=1\nSTATUS=Listening at \(path)") }, onStop: { notify("STOPPING=1") })
    }

    /// Descriptors without which neither this process nor the core could serve anybody.
    private static let leastOpenFiles = 64

    /// Becomes the supervisor, until the agent's end.
    ///
    /// - Parameters:
    ///   - core: what the first core runs.
    ///   - owner: a pidfd of the process with which the agent ends.
    ///   - socket: one that listens already; nil to make one.
    ///   - beforeStart: called once the socket is there, before the core is started.
    ///   - onStart: called with the socket's path as soon as there is a core, before it answers.
    ///   - onReady: called once tools are answered.
    ///   - onStop: called when the agent is told to end.
    ///   - onTaken: called where another agent has the place; nil to complain.
    /// - Returns: the exit code.
    static func serve(
        _ options: AgentOptions, _ core: @escaping () -> Int32, owner: consuming Descriptor?,
        socket passed: consuming AgentSocket?, beforeStart: () -> Void, onStart: (String) -> Void,
        onReady: @escaping (String) -> Void, onStop: @escaping () -> Void, onTaken: (() -> Int32)? = nil
    ) -> Int32 {
        // Whatever name it was called by, it goes by its own: `-k` looks for it.
        nameProcess()
        guard OpenFiles.limit >= leastOpenFiles else {
            complain("only \(OpenFiles.limit) files may be open here, and the agent needs \(leastOpenFiles): ulimit -n")
            return 1
        }
        // The runtime's thread pool ends the process where it can't see its own threads (libdispatch).
        guard OwnProgram.path != nil, ProcessStatus(of: getpid()) != nil else {
            complain("no /proc is mounted here; the agent needs it to find its programs and to tell who asks")
            return 1
        }
        do {
            guard let vault = Places.vault, let settings = Places.configuration else {
                throw AgentSocket.Failure.noHome(options.guise)
            }
            let configuration = try Configuration(path: settings)
            let socket = try passed ?? AgentSocket(options)
            let path = socket.path
            beforeStart()
            let supervisor = try Supervisor(
                socket, Self.configuration(options, configuration, vault: vault), prompt: configuration.prompt,
                core: core,
                owner: owner, onReady: onReady)
            supervisor.onStop = onStop
            onStart(path)
            switch supervisor.run() {
            case .stopped: return 0
            case .failed(let reason): complain(reason)
            }
        } catch let error as Configuration.Failure {
            complain(error.message)
        } catch let error as AgentSocket.Failure {
            if error.takenPath != nil, let onTaken { return onTaken() }
            if options.guise == .ssh { complain(plain: error.message + "\r") } else { complain(error.message) }
            return error.code
        } catch {
            complain("\(error)")
        }
        return 1
    }

    private static func configuration(
        _ options: AgentOptions, _ configuration: Configuration, vault: String
    ) -> CoreConfiguration {
        CoreConfiguration(
            vaultFolder: vault, lifetime: options.lifetime ?? configuration.lifetime, debug: options.debug,
            locale: environment("LC_ALL") ?? environment("LC_MESSAGES") ?? environment("LANG") ?? "",
            questionTimeout: configuration.questionTimeout,
            allowedProviders: options.allowedProviders ?? CoreConfiguration.usualProviders,
            keyMemory: configuration.keyMemory, startTerminal: options.startTerminal,
            isCalledSSHAgent: options.guise == .ssh, allowsRemoteProviders: options.allowsRemoteProviders,
            websafe: options.websafe ?? CoreConfiguration.usualWebsafe, fingerprintHash: options.fingerprintHash,
            asksElsewhere: PromptWays.leaveTerminal(Places.variables(for: "clave-prompt", prompt: configuration.prompt))
        )
    }

    private static func nameProcess() {
        unsafe "clave-agent".withCString { name in
            _ = clave_prctl(PR_SET_NAME, UInt(bitPattern: name))
        }
    }
}

/// A text on standard output.
func say(_ text: String) { StandardOutput.put(text) }

/// Code for a shell on standard output. The paths in it are quoted, and keep their bytes.
func say(code: String) { StandardOutput.put(SystemText.bytes(code)) }
