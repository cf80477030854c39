import Cryptoki
import DNIe
import DNIeSimulator
import Posix
import SecureMemory
import SecureMessaging
import TestSupport

/// OpenSC's tools with the same work: as they are, but for a copy of the library that knows the card's test root.
struct OpenSC {
    /// How often a piece of work is tried: OpenSC leaves leading zeros out of its proof, so that the card refuses about one
    /// handshake in a hundred.
    private static let triesLimit = 5

    private let bench: CardBench
    private let tools: OpenSCTools
    private let library: [String: String]

    init(_ bench: CardBench) throws {
        self.bench = bench
        try Files.makeFolder(bench.folder + "/opensc")
        tools = try OpenSCTools(
            bench.service, folder: bench.folder + "/opensc", options: "framework pkcs15 { use_file_caching = yes; }")
        let keySet: CWAKeySet = bench.generation.isOld ? .first : .second
        library = try tools.believe(bench.root, insteadOf: keySet.cardRoot.modulus)
        try Files.replace(bench.folder + "/message", with: Array("Un mensaje".utf8))
    }

    /// In the order of ``OwnClient/rows()``.
    func rows() throws -> [Tally] {
        let list = ["--module", OpenSCTools.module, "--list-objects", "--type", "cert"]
        let recognised = try tally { _ in run("opensc-tool", ["-n"], keeping: "nothing") }
        let listed = try tally { run("pkcs11-tool", list, keeping: "listing\($0)") }
        let known = try tally { _ in run("pkcs11-tool", list, keeping: "listing0") }
        let key = try authenticationKey()
        let first = try tally { run("pkcs11-tool", signature(key), keeping: "activation\($0)") }
        let second = try tally { _ in run("pkcs11-tool", signature(key), keeping: "activation0") }
        let (one, two) = (try tally { _ in signatures(1) }, try tally { _ in signatures(2) })
        return [recognised, listed, known, first, second, two - one]
    }

    /// The first tally of a piece of work that succeeds; it is given how often it has failed.
    private func tally(_ body: (Int) -> Outcome) throws -> Tally {
        var errors = ""
        for failures in 0..<Self.triesLimit {
            var outcome: Outcome?
            let tally = try bench.tally { outcome = body(failures) }
            if outcome?.code == 0 { return tally }
            errors = outcome?.errors ?? ""
        }
        throw BenchError("OpenSC fails: \(errors)")
    }

    /// Runs a tool, with a folder for what it keeps of cards.
    private func run(_ tool: String, _ arguments: [String], keeping name: String) -> Outcome {
        let keeping = ["XDG_CACHE_HOME": bench.folder + "/opensc/" + name]
        return tools.run(tool, arguments, variables: library.merging(keeping) { $1 })
    }

    private func authenticationKey() throws -> String {
        let lines = run("pkcs15-tool", ["--list-keys"], keeping: "nothing").output.split(separator: "\n")
        guard let line = lines.first(where: { $0.hasPrefix("\tID ") }), let key = line.split(separator: " ").last else {
            throw BenchError("OpenSC sees no key")
        }
        return String(key)
    }

    private func signature(_ key: String) -> [String] {
        [
            "--module", OpenSCTools.module, "--login", "--pin", CardBench.pin, "--sign", "--mechanism",
            "SHA256-RSA-PKCS", "--id", key, "--input-file", bench.folder + "/message", "--output-file",
            bench.folder + "/signature",
        ]
    }

    // MARK: Several signatures

    private func signatures(_ count: Int) -> Outcome {
        let keeping = ["XDG_CACHE_HOME": bench.folder + "/opensc/activation0"]
        let variables = tools.environment.merging(library) { $1 }.merging(keeping) { $1 }
        return runProgram("/proc/self/exe", ["token-sign", "\(count)"], environment: variables)
    }

    /// Logs in once, and signs so many times with the first key; in a process of its own, whose loader knows the copy.
    static func sign(_ count: Int) throws {
        let module = try CryptokiModule(path: OpenSCTools.module)
        guard let token = try module.tokens().first else { throw BenchError("no token") }
        let session = try TokenSession(module, token)
        let pin = SecretBytes(copying: unsafe Array(CardBench.pin.utf8).span.bytes)
        try session.logIn(pin)
        guard let key = try session.keys().first,
            let digestInfo = CardSignature.digestInfo("RS256", [UInt8](repeating: 1, count: 32))
        else { throw BenchError("no key") }
        for _ in 0..<count { _ = try session.sign(digestInfo, by: key, pin: pin) }
    }
}
