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
        let (isJSON, t) = (!arguments.isEmpty, Localizer.fromEnvironment())
        var settings = DNIeSettings()
        settings.addUsersTestRoots()
        let patience = Patience {
            let text = t(
                "The card service (pcscd) has not answered for {1} seconds. Start it anew: systemctl restart pcscd.socket pcscd",
                "\(Patience.seconds)")
            put(Finding(subject: "service", verdict: .bad, text: text), isJSON)
            _exit(1)
        }
        patience.start()
        var isBad = false
        Diagnosis(Machine(), t, settings: settings) { finding in
            patience.renew()
            isBad = isBad || finding.verdict == .bad
            put(finding, isJSON)
        }.run()
        return isBad ? 1 : 0
    }

    private static func put(_ finding: Finding, _ isJSON: Bool) {
        if isJSON { finding.json.withBytes { put($0) } } else { put(finding.line) }
    }

    private static func put(_ line: String) {
        StandardOutput.put(line + "\n")
    }

    private static func put(_ bytes: RawSpan) {
        StandardOutput.put(bytes)
    }
}
