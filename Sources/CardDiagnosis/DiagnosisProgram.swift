import DNIe
import Glibc
import Localization
import Posix
import SecureMemory

/// `clave-card-diagnosis`: what `clave-add -m dnie --diagnose` becomes.
public enum DiagnosisProgram {
    /// Runs.
    ///
    /// - Parameter arguments: `--json`, or nothing.
    /// - Returns: the exit code: 0 if all is well, 1 if something has to be mended, 64 usage.
    public static func main(_ arguments: [String]) -> Int32 {
        Hardening.apply(isNamed: true)
        guard arguments.isEmpty || arguments == ["--json"] else { return 64 }
        var settings = DNIeSettings()
        settings.addUsersTestRoots()
        var isBad = false
        Diagnosis(Machine(), .fromEnvironment(), settings: settings) { finding in
            isBad = isBad || finding.verdict == .bad
            if arguments.isEmpty { put(finding.line) } else { finding.json.withBytes { put($0) } }
        }.run()
        return isBad ? 1 : 0
    }

    private static func put(_ line: String) {
        let bytes = Array((line + "\n").utf8)
        _ = unsafe write(1, bytes, bytes.count)
    }

    private static func put(_ bytes: RawSpan) {
        _ = unsafe bytes.withUnsafeBytes { unsafe write(1, $0.baseAddress, $0.count) }
    }
}
