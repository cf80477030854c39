import AgentProtocol
import Glibc
import Localization
import Posix
import SecureMemory
import SignedForms
import Wire

/// `clave-sign`: has a challenge, a message or other bytes signed by a Cl@ve identity, once the person has confirmed.
public enum SignCommand {
    /// All ways to write a signature.
    private static let formats = CertificateSignCommand.Format.allCases.map(\.rawValue)
    static let definitions = [
        Options.Definition("i", "identity", takesValue: true),
        Options.Definition("r", "relying-party", takesValue: true),
        Options.Definition("p", "purpose", takesValue: true), Options.Definition("n", "namespace", takesValue: true),
        Options.Definition(nil, "login"), Options.Definition(nil, "tls"), Options.Definition(nil, "opaque"),
        Options.Definition(nil, "digest", takesValue: true),
        Options.Definition("F", "format", takesValue: true, choices: formats),
        Options.Definition("o", "output", takesPath: true), Options.Definition("k", "public-key"),
        Options.Definition("c", "certificate"), Options.Definition(nil, "scheme", takesValue: true),
        Options.Definition(nil, "key", takesValue: true), Options.Definition(nil, "pem"),
        Options.Definition(nil, "detached"), Options.Definition(nil, "attached"), Options.Definition(nil, "force"),
        Options.Definition(nil, "print-certificates"),
    ]

    static let help = """
        Usage: clave-sign -r RELYING-PARTY -p PURPOSE [OPTION…] [FILE]
               clave-sign -n NAMESPACE [OPTION…] [FILE]
               clave-sign --login | --tls | --opaque [OPTION…] [FILE]
               clave-sign -F cms | -F cades | -F jws | -c -F raw [OPTION…] [FILE]
               clave-sign -F cms | -F cades | -c -n NAMESPACE [OPTION…] FILE FILE…
               clave-sign -k | --print-certificates [-i IDENTITY]
               clave-sign --verify [--content FILE] [--trust FOLDER] [-k FILE] [--scheme NAME] [-j]
                          [-n NAMESPACE | -r RELYING-PARTY -p PURPOSE] SIGNATURE

        Signs FILE, or standard input, after asking you to confirm: by the signing key of a Cl@ve identity, which the
        state's Cl@ve knows nothing of, or by the key of the certificate by which the identity was activated. Only the
        latter can be an electronic signature in the sense of the law, as the certificate's issuer says. Of several files,
        which you confirm at once, each signature goes beside its file: FILE.p7s, or FILE.sig with -n; with --attached
        FILE.p7m, or FILE.csig with -F cades.

          -r, --relying-party NAME to whom the signature is to prove who you are
          -p, --purpose TEXT       what for, in the relying party's words
          -n, --namespace NAME     sign a message as ssh-keygen -Y sign does: 'file', 'git', …
              --login              the content is an ssh login (RFC 4252 section 7)
              --tls                the content is a CertificateVerify of TLS 1.3 (RFC 8446)
              --opaque             sign the content as it is, whatever it is
              --digest ALG:HEX     instead of the content, its digest: sha256 or sha512
          -c, --certificate        sign by the certificate's key; cms, cades and jws always do
          -F, --format FORMAT      raw, sshsig, or json (default: sshsig with -n, else raw); by a certificate also
                                   cms and cades (detached, DER), and jws (compact)
              --key KEY            authentication (the default), or signature: the DNIe's other key, whose
                                   signatures bind you as those by hand do
              --scheme NAME        how the certificate's key signs: RS256 to RS512, PS256 to PS512, ES256 to ES512, EdDSA
              --pem                with cms and cades: write PEM
              --detached           with jws: leave the content out
              --attached           with cms and cades: put the content in
          -o, --output FILE        write the signature there (default: standard output); for several files, the
                                   folder of the signatures
              --force              replace what is there
          -k, --public-key         print the signing key, as a line for ssh's files
              --print-certificates print the identity's certificates in PEM
          -i, --identity IDENTITY  beginning of an identifier, or end of a document (see clave-add -l)
              --verify             say who has made a signature, when, over what and by which chain; needs no agent and
                                   no network, and does not look at revocation
              --content FILE       with --verify: what was signed (default: SIGNATURE without its suffix)
              --trust FOLDER       with --verify: believe the certificates in it, in place of the system's authorities
          -k, --public-key FILE    with --verify: the key or certificate by which it must be; -F raw and -n hold none
          -j, --json               the same as -F json; with --verify, print facts as JSON lines
          -h, --help               print this
          -V, --version            print the version
        """

    /// How the signature is written.
    private enum Format: String { case raw, sshsig, json }

    /// Runs the tool.
    public static func main(_ arguments: [String]) -> Int32 {
        if VerifyCommand.isMeant(arguments) { return VerifyCommand.main(arguments) }
        let tool = ToolProgram(name: "clave-sign", help: help, definitions: definitions)
        return tool.run(arguments) { (options) throws(ToolProgram.Failure) in
            if let name = options.value("format"), CertificateSignCommand.Format(rawValue: name) == nil {
                throw .usage("-F takes raw, sshsig or json; by a certificate's key also cms, cades or jws")
            }
            let prints = ["public-key", "print-certificates"].contains(where: options.has)
            guard !prints || options.operands.isEmpty else { throw .usage("unexpected: \(options.operands[0])") }
            if let name = options.value("format"), !formats.contains(name) {
                throw .usage("no format is called \(name): -F takes one of \(formats.joined(separator: ", "))")
            }
            if options.has("public-key") { return try printKey(tool, options) }
            if options.has("print-certificates") {
                return try CertificateSignCommand.printCertificates(tool, options)
            }
            if CertificateSignCommand.isMeant(options) { return try CertificateSignCommand(tool, options).run() }
            guard options.operands.count < 2 else { throw .usage("one file at a time") }
            let purpose = try purpose(options)
            let format = try format(options, purpose)
            let output = options.value("output") ?? "-"
            guard format != .raw || output != "-" || !StandardOutput.isTerminal else {
                throw .usage("a raw signature is no text: give -o FILE, -F json, or redirect the output")
            }
            let result = try SignatureOutput(tool, options, output, inputs: [options.operands.first ?? "-"])
            let content = try content(tool, options, purpose)
            let connection = try tool.connect()
            var identity: Identifier?
            if let text = options.value("identity") { identity = try tool.identity(text, on: connection) }
            let request = SignRequest(identity: identity, purpose: purpose, content: content)
            let reply = try tool.ask(connection, request)
            guard SigningKey.isValid(reply.signature, of: unsafe reply.signed.span.bytes, by: reply.publicKey) else {
                throw .agent(.broken(.closed))
            }
            try result.write(bytes(reply, purpose, format))
        }
    }

    private static func printKey(_ tool: ToolProgram, _ options: Options) throws(ToolProgram.Failure) {
        let connection = try tool.connect()
        var wanted: Identifier?
        if let text = options.value("identity") { wanted = try tool.identity(text, on: connection) }
        let all = try tool.ask(connection, IdentitiesRequest()).identities
            .filter { wanted == nil || $0.identifier == wanted }
        if all.isEmpty { throw .agent(.refused(AgentError(.noIdentity))) }
        for identity in all {
            guard options.has("json") else {
                tool.say("\(SSHEd25519.line(identity.signingKey)) \(identity.identifier)")
                continue
            }
            tool.say(secret: IdentityText.json(identity))
        }
    }

    // MARK: What is asked for

    private static func purpose(_ options: Options) throws(ToolProgram.Failure) -> SignRequest.Purpose {
        let isChallenge = options.has("relying-party") || options.has("purpose")
        let kinds = ["namespace", "login", "tls", "opaque"].filter(options.has)
        guard kinds.count + (isChallenge ? 1 : 0) == 1 else {
            throw .usage("say what it is for: -r with -p, -n, --login, --tls or --opaque")
        }
        switch kinds.first {
        case "namespace":
            let name = options.value("namespace") ?? ""
            guard (1...SSHSignature.longestNamespace).contains(name.utf8.count) else {
                throw .usage("-n takes a name of up to \(SSHSignature.longestNamespace) bytes")
            }
            return .message(namespace: name)
        case "login": return .login
        case "tls": return .certificateVerify
        case "opaque": return .opaque
        default:
            let (party, purpose) = (options.value("relying-party") ?? "", options.value("purpose") ?? "")
            guard [party, purpose].allSatisfy({ (1...ClaveChallenge.longestName).contains($0.utf8.count) }) else {
                throw .usage("-r and -p go together, each with up to \(ClaveChallenge.longestName) bytes")
            }
            return .challenge(relyingParty: party, purpose: purpose)
        }
    }

    private static func format(
        _ options: Options, _ purpose: SignRequest.Purpose
    ) throws(ToolProgram.Failure) -> Format {
        var isMessage = false
        if case .message = purpose { isMessage = true }
        let name = options.value("format") ?? (options.has("json") ? "json" : isMessage ? "sshsig" : "raw")
        guard let format = Format(rawValue: name) else { throw .usage("-F takes raw, sshsig or json") }
        guard format != .sshsig || isMessage else { throw .usage("-F sshsig goes with -n") }
        guard format == .json || !options.has("json") else { throw .usage("-j and -F \(name) contradict each other") }
        return format
    }

    /// The bytes themselves where they fit into a request, so that the question can show them; else their digest.
    private static func content(
        _ tool: ToolProgram, _ options: Options, _ purpose: SignRequest.Purpose
    ) throws(ToolProgram.Failure) -> SignRequest.Content {
        if let text = options.value("digest") {
            guard options.operands.isEmpty, let digest = digest(text) else {
                throw .usage("--digest takes sha256: or sha512: and hexadecimal digits, and no file")
            }
            return .digest(digest)
        }
        let source = ContentSource(options.operands.first ?? "-")
        do throws(SystemError) {
            let read = try source.read(limit: ProtocolLimits.signedContent)
            if let bytes = read.bytes { return .bytes(bytes) }
            switch purpose {
            case .challenge, .message: return .digest(read.digest)
            default: throw SystemError("read", number: EFBIG)
            }
        } catch {
            throw .message("\(source.path): \(error)")
        }
    }

    private static func digest(_ text: String) -> MessageDigest? {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let algorithm = MessageDigest.Algorithm(rawValue: String(parts[0])),
            parts[1].utf8.count == 2 * algorithm.length
        else { return nil }
        let digits = Array(parts[1].utf8)
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard digits[index] != UInt8(ascii: "+"), digits[index] != UInt8(ascii: "-"),
                let byte = UInt8(String(decoding: digits[index...index + 1], as: UTF8.self), radix: 16)
            else { return nil }
            bytes.append(byte)
        }
        return MessageDigest(algorithm, bytes)
    }

    // MARK: The signature

    private static func bytes(_ reply: SignReply, _ purpose: SignRequest.Purpose, _ format: Format) -> [UInt8] {
        switch format {
        case .raw: return reply.signature
        case .sshsig:
            guard let form = try? SSHSignature(signedBytes: reply.signed) else { return [] }
            let armored = form.armored(
                publicKey: SSHEd25519.blob(reply.publicKey), signature: SSHEd25519.signatureBlob(reply.signature))
            return Array((armored + "\n").utf8)
        case .json:
            var json = JSONWriter()
            json.put("identity", "\(reply.identity)")
            json.put("purpose", name(purpose))
            if case .challenge(let party, let text) = purpose {
                json.put("relying_party", party)
                json.put("for", text)
            }
            if case .message(let namespace) = purpose { json.put("namespace", namespace) }
            json.put("algorithm", "ed25519")
            json.put("public_key", base64(reply.publicKey))
            json.put("signed", base64(reply.signed))
            json.put("signature", base64(reply.signature))
            return json.finish().withBytes { bytes in
                (0..<bytes.byteCount).map { unsafe bytes.unsafeLoad(fromByteOffset: $0, as: UInt8.self) }
            }
        }
    }

    private static func name(_ purpose: SignRequest.Purpose) -> String {
        switch purpose {
        case .challenge: "challenge"
        case .message: "message"
        case .login: "login"
        case .certificateVerify: "tls"
        case .opaque: "opaque"
        }
    }
}
