import SecureMemory

/// `clave-gateway`: reads its command line and runs the command that it asks for.
public enum GatewayProgram {
    /// Runs.
    ///
    /// - Returns: the exit code: 0 done, 1 failed, 64 usage.
    public static func main(_ arguments: [String]) -> Int32 {
        Hardening.apply()
        do {
            let options = try GatewayOptions(arguments)
            try options.command.perform(options)
            return ExitCode.done
        } catch let error as any UserFacingError {
            let hint = error.exitCode == ExitCode.usage ? "\nTry 'clave-gateway --help'." : ""
            GatewayCommand.complain(error.message + hint)
            return error.exitCode
        } catch {
            GatewayCommand.complain("\(error)")
            return ExitCode.failed
        }
    }
}
