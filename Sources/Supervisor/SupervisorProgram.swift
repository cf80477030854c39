import AgentProtocol
import CLinux
import Glibc
import Posix
import SecureMemory
import Wire

/// `clave-agent`: hardens, reads options, and becomes the supervisor.
public enum SupervisorProgram {
    /// Runs.
    ///
    /// - Returns: the exit code: 0 done, 1 failed, 64 usage, or the command's own.
    public static func main(_ arguments: [String]) -> Int32 {
        Hardening.apply()
        do throws(Options.UsageError) {
            let options = try AgentOptions(arguments, loginShell: environment("SHELL"))
            return perform(options)
        } catch {
            complain("\(error.message)\nTry 'clave-agent --help'.")
            return 64
        }
    }

    private static func perform(_ options: AgentOptions) -> Int32 {
        switch options.mode {
        case .help: say(AgentOptions.help + "\n")
        case .version: say("clave-agent \(ClaveAgent.version)\n")
        case .kill: return killAgent(options)
        case .background, .foreground, .command: return serve(options)
        }
        return 0
    }

    // MARK: Serving

    private static func serve(_ options: AgentOptions) -> Int32 {
        do {
            let configuration = try Configuration(path: Places.configuration)
            let socket = try AgentSocket(at: options.socket)
            let core = CoreConfiguration(
                vaultFolder: Places.vault, lifetime: options.lifetime ?? configuration.lifetime, debug: options.debug,
                locale: environment("LC_ALL") ?? environment("LC_MESSAGES") ?? environment("LANG") ?? "",
                questionTimeout: configuration.questionTimeout,
                allowedProviders: options.allowedProviders ?? CoreConfiguration.usualProviders)
            switch options.mode {
            case .command(let command): return try run(socket, core, configuration, command)
            case .foreground:
                say(ShellCode.set(options.shell, socket: socket.path, pid: getpid()))
                return try run(socket, core, configuration, nil)
            default: return try daemonise(socket, core, configuration, options)
            }
        } catch let error as Configuration.Failure {
            complain(error.message)
        } catch let error as AgentSocket.Failure {
            complain(error.message)
        } catch {
            complain("\(error)")
        }
        return 1
    }

    private static func run(
        _ socket: consuming AgentSocket, _ core: CoreConfiguration, _ configuration: Configuration,
        _ command: [String]?, ready: consuming Descriptor? = nil
    ) throws(SystemError) -> Int32 {
        let supervisor = try Supervisor(socket, core, prompt: configuration.prompt, ready: ready)
        switch supervisor.run(command) {
        case .stopped(let code): return code
        case .failed(let reason):
            complain(reason)
            return 1
        }
    }

    /// Forks; the child serves, and the parent speaks once tools can connect.
    private static func daemonise(
        _ socket: consuming AgentSocket, _ core: CoreConfiguration, _ configuration: Configuration,
        _ options: AgentOptions
    ) throws(SystemError) -> Int32 {
        let ends = try Descriptor.pipe()
        let listen = Descriptor(owning: ends.0)
        let tell = Descriptor(owning: ends.1)
        let path = socket.path
        let child = try retrying("fork") { clave_fork() }
        if child == 0 {
            setsid()
            unsafe chdir("/")
            closeStandardStreams(keepingErrors: true)
            return try run(socket, core, configuration, nil, ready: tell)
        }
        close(tell.release())
        var byte: UInt8 = 0
        let number = listen.number
        let count = try retrying("read") { unsafe read(number, &byte, 1) }
        guard count == 1 else {
            complain("the agent did not start")
            return 1
        }
        say(ShellCode.set(options.shell, socket: path, pid: child))
        return 0
    }

    private static func closeStandardStreams(keepingErrors: Bool) {
        let null = unsafe open("/dev/null", O_RDWR)
        guard null >= 0 else { return }
        dup2(null, 0)
        dup2(null, 1)
        if !keepingErrors { dup2(null, 2) }
        if null > 2 { close(null) }
    }

    // MARK: Ending

    private static func killAgent(_ options: AgentOptions) -> Int32 {
        guard let text = environment("CLAVE_AGENT_PID"), let pid = Int32(text), pid > 1 else {
            complain("CLAVE_AGENT_PID is not set: there is no agent to end")
            return 1
        }
        guard Files.linkTarget("/proc/\(pid)/exe")?.hasSuffix("/clave-agent") == true || isAgentName(pid) else {
            complain("process \(pid) is no clave-agent")
            return 1
        }
        guard kill(pid, SIGTERM) == 0 else {
            complain("\(SystemError("kill \(pid)"))")
            return 1
        }
        say(ShellCode.unset(options.shell, pid: pid))
        return 0
    }

    /// A hardened agent hides its executable from its own user; its name it tells.
    private static func isAgentName(_ pid: Int32) -> Bool {
        let name = try? Files.read("/proc/\(pid)/comm", limit: 64)
        return name.map { String(decoding: $0, as: UTF8.self) } == "clave-agent\n"
    }

    private static func say(_ text: String) {
        let bytes = Array(text.utf8)
        _ = unsafe write(1, bytes, bytes.count)
    }
}
