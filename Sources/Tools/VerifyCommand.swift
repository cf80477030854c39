import CLinux
import Glibc
import Localization
import Posix
import Signatures
import SignedForms
import Wire

/// `clave-sign --verify`: says who has made a signature, when, over what and by which chain; without agent and network.
struct VerifyCommand {
    private static let definitions = [
        Options.Definition(nil, "verify"), Options.Definition(nil, "content", takesPath: true),
        Options.Definition(nil, "trust", takesPath: true), Options.Definition("k", "public-key", takesPath: true),
        Options.Definition("n", "namespace", takesValue: true),
        Options.Definition("r", "relying-party", takesValue: true),
        Options.Definition("p", "purpose", takesValue: true), Options.Definition(nil, "scheme", takesValue: true),
    ]

    /// What clave-sign and others put behind a document's name.
    private static let suffixes = [".p7s", ".sig", ".csig", ".p7m", ".jws", ".json", ".pem"]

    /// Whether a command line asks to verify: one option has another meaning then.
    static func isMeant(_ arguments: [String]) -> Bool {
        var isValue = false
        for argument in arguments {
            if isValue {
                isValue = false
            } else if argument == "--" {
                return false
            } else if argument == "--verify" {
                return true
            } else {
                isValue = (SignCommand.definitions + definitions).contains { definition in
                    definition.takesValue
                        && (argument == "--\(definition.name)"
                            || definition.letter.map { argument == "-\($0)" } == true)
                }
            }
        }
        return false
    }

    /// Runs the tool.
    static func main(_ arguments: [String]) -> Int32 {
        let tool = ToolProgram(name: "clave-sign", help: SignCommand.help, definitions: definitions)
        return tool.run(arguments) { (options) throws(ToolProgram.Failure) in
            try VerifyCommand(tool: tool, options: options).run()
        }
    }

    let tool: ToolProgram
    let options: Options

    private func run() throws(ToolProgram.Failure) {
        guard options.operands.count == 1 else { throw .usage("--verify takes one file with a signature") }
        let path = options.operands[0]
        guard path != "-" || options.value("content") != "-" else {
            throw .usage("either the signature or its content is the standard input")
        }
        var expectations = try expectations()
        let trust = try trust()
        let file = try signature(path)
        try check(file.format)
        let beside = options.value("content") ?? Self.document(beside: path)
        let (content, name) = try content(of: file, beside, &expectations)
        let report = file.verify(content, expectations, trust: trust, now: TimeText.now)
        let text = VerifyText(
            t: tool.t, report: report, file: path, content: name, digest: content.digest,
            compared: beside, trust: options.value("trust"))
        if options.has("json") {
            for place in report.signers.indices { tool.say(secret: text.json(place)) }
        } else {
            tool.say(text.lines().joined(separator: "\n"))
        }
        guard report.isGood else { throw .message(tool.t("{1}: the signature is not good.", DisplayText.line(path))) }
    }

    // MARK: What is asked for

    private func expectations() throws(ToolProgram.Failure) -> Expectations {
        var expectations = Expectations()
        if let path = options.value("public-key") {
            guard let key = ExpectedKey(try read(path, limit: ExpectedKey.maximumLength)) else {
                throw .message(
                    tool.t("{1} holds neither a certificate nor a public key.", DisplayText.line(path)))
            }
            expectations.key = key
        }
        if let name = options.value("scheme") {
            guard let scheme = SignatureScheme(named: name) else {
                let all = SignatureScheme.allCases.map(\.rawValue).joined(separator: ", ")
                throw .usage("--scheme takes one of \(all)")
            }
            expectations.scheme = scheme
        }
        expectations.namespace = options.value("namespace")
        if let namespace = expectations.namespace { expectations.purpose = .message(namespace: namespace) }
        let names = ["relying-party", "purpose"].compactMap(options.value)
        guard names.isEmpty || names.count == 2 && expectations.namespace == nil else {
            throw .usage("-r and -p go together, and not with -n")
        }
        if names.count == 2 { expectations.purpose = .challenge(relyingParty: names[0], purpose: names[1]) }
        return expectations
    }

    /// An expectation that this form can't meet is told, never passed over.
    private func check(_ format: SignatureReport.Format) throws(ToolProgram.Failure) {
        let isRaw = format == .raw
        let hasPurpose = isRaw || format == .json
        for (name, option, isTaken, forms) in [
            ("namespace", "-n", hasPurpose || format == .sshsig, "SSH, JSON and raw signatures"),
            ("relying-party", "-r and -p", hasPurpose, "JSON and raw signatures"),
            ("scheme", "--scheme", isRaw, "raw signatures"),
        ] where !isTaken && options.value(name) != nil {
            throw .usage("with --verify, \(option) can be used only with \(forms); this one is \(format.rawValue)")
        }
    }

    private func trust() throws(ToolProgram.Failure) -> TrustAnchors {
        guard let folder = options.value("trust") else { return TrustAnchors() }
        do throws(SystemError) { return try TrustAnchors(folder: folder) } catch { throw .message("\(error)") }
    }

    // MARK: What there is

    private func signature(_ path: String) throws(ToolProgram.Failure) -> SignatureFile {
        let bytes = try read(path, limit: SignatureFile.maximumLength)
        do throws(SignatureFile.Failure) { return try SignatureFile(bytes) } catch {
            throw .message("\(DisplayText.line(path)): " + VerifyText.text(error, tool.t))
        }
    }

    /// The content, digested, and what to call it: it is in the signature, or in a file.
    ///
    /// - Parameter beside: the file that is given, or lies beside the signature; nil if there is none.
    private func content(
        of file: SignatureFile, _ beside: String?, _ expectations: inout Expectations
    ) throws(ToolProgram.Failure) -> (ContentDigests.Result, String?) {
        if let enclosed = file.enclosedContent {
            // Whoever has both files takes the one for the other.
            if let beside {
                expectations.content = try digests(of: beside, file).digest
            }
            var digests = ContentDigests(for: file)
            digests.update(enclosed)
            guard let result = digests.finish() else { throw .message("out of memory") }
            return (result, nil)
        }
        guard let beside else {
            throw .message(tool.t("The content is not in the signature. Say with --content which file was signed."))
        }
        return (try digests(of: beside, file), beside)
    }

    /// The file that a signature's name is made of, if it is there and no folder; by bytes, whatever characters they make.
    private static func document(beside path: String) -> String? {
        for suffix in suffixes where path.utf8.suffix(suffix.utf8.count).elementsEqual(suffix.utf8) {
            guard let name = String(path.utf8.dropLast(suffix.utf8.count)), name.utf8.last != UInt8(ascii: "/"),
                isDocument(name)
            else { continue }
            // By itself this would be the standard input.
            return name.utf8.elementsEqual("-".utf8) ? "./-" : name
        }
        return nil
    }

    /// Whether there is a file of that name; reading tells why one is out of reach.
    private static func isDocument(_ path: String) -> Bool {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { return Files.exists(path) }
        return status.st_mode & S_IFMT == S_IFREG
    }

    private func digests(of path: String, _ file: SignatureFile) throws(ToolProgram.Failure) -> ContentDigests.Result {
        var digests = ContentDigests(for: file)
        do throws(SystemError) {
            _ = try ContentSource(path).readParts(limit: 0) { digests.update($0) }
        } catch {
            throw .message("\(DisplayText.line(path)): \(error)")
        }
        guard let result = digests.finish() else { throw .message("out of memory") }
        return result
    }

    private func read(_ path: String, limit: Int) throws(ToolProgram.Failure) -> [UInt8] {
        do throws(SystemError) { return try ContentSource(path).whole(limit: limit) } catch {
            throw .message("\(DisplayText.line(path)): \(error)")
        }
    }
}
