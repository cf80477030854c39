import AgentProtocol
import Certificates
import Localization
import Posix
import SecureMemory
import SignedForms
import Wire

/// `clave-sign -c`, `-F cms|cades|jws`, `--print-certificates`: signatures by the key of an identity's certificate.
struct CertificateSignCommand {
    /// How the signature is written.
    enum Format: String, CaseIterable {
        case raw, sshsig, json, cms, cades, jws

        /// Of the file beside each of several that are signed; nil where one is signed at a time.
        var suffix: String? {
            switch self {
            case .cms, .cades: ".p7s"
            case .sshsig: ".sig"
            case .raw, .json, .jws: nil
            }
        }

        /// The same for a signature with its content inside.
        var attachedSuffix: String? {
            switch self {
            case .cms: ".p7m"
            case .cades: ".csig"
            case .sshsig, .raw, .json, .jws: nil
            }
        }
    }

    /// Whether the options ask for a certificate's signature.
    static func isMeant(_ options: Options) -> Bool {
        let formats = [Format.cms, .cades, .jws].map(\.rawValue)
        return options.has("certificate") || formats.contains(options.value("format") ?? "")
            || ["scheme", "pem", "detached", "attached", "key"].contains(where: options.has)
    }

    let tool: ToolProgram
    let options: Options
    let format: Format
    private let scheme: SignatureScheme?
    private let use: CredentialUse

    init(_ tool: ToolProgram, _ options: Options) throws(ToolProgram.Failure) {
        self.tool = tool
        self.options = options
        format = try Self.format(options)
        let name = options.value("scheme")
        scheme = name.flatMap { SignatureScheme(named: $0) }
        guard name == nil || scheme != nil else {
            let all = SignatureScheme.allCases.map(\.rawValue).joined(separator: ", ")
            throw .usage("--scheme takes one of \(all)")
        }
        guard options.operands.count < 2 || format.suffix != nil else { throw .usage("one file at a time") }
        guard options.operands.count <= ProtocolLimits.batch else {
            throw .usage("at most \(ProtocolLimits.batch) files at a time")
        }
        use = try Self.use(options)
        guard use == .authentication || options.operands.count < 2 else {
            throw .usage("the signature key signs one file at a time: each binds you, and wants a yes of its own")
        }
    }

    /// How to write the signature, once all options that go with it are right.
    private static func format(_ options: Options) throws(ToolProgram.Failure) -> Format {
        for name in ["relying-party", "purpose", "login", "tls", "digest"] where options.has(name) {
            throw .usage("--\(name) is for the identity's own key, not for its certificate's")
        }
        let isMessage = options.has("namespace")
        let usual = options.has("json") ? "json" : isMessage ? "sshsig" : ""
        guard let format = Format(rawValue: options.value("format") ?? usual) else {
            throw .usage("with -c, -F takes raw, sshsig, json, cms, cades or jws")
        }
        guard (format == .sshsig) == isMessage else { throw .usage("-F sshsig and -n go together") }
        guard format == .json || !options.has("json") else {
            throw .usage("-j and -F \(format.rawValue) contradict each other")
        }
        guard !options.has("pem") || format == .cms || format == .cades else {
            throw .usage("--pem goes with -F cms or cades")
        }
        guard !options.has("attached") || format == .cms || format == .cades else {
            throw .usage("--attached goes with -F cms or cades")
        }
        guard !options.has("detached") || format == .jws else { throw .usage("--detached goes with -F jws") }
        return format
    }

    private static func use(_ options: Options) throws(ToolProgram.Failure) -> CredentialUse {
        switch options.value("key") {
        case nil, "authentication": return .authentication
        case "signature": return .signature
        default: throw .usage("--key takes authentication or signature")
        }
    }

    /// Signs, and writes the signature.
    func run() throws(ToolProgram.Failure) {
        let isBatch = options.operands.count > 1
        let results = try outputs(isBatch: isBatch)
        let connection = try tool.connect()
        let holder = try Self.holder(tool, options, use, connection)
        guard let scheme = scheme ?? holder.schemes.first, holder.schemes.contains(scheme) else {
            let all = holder.schemes.map(\.rawValue).joined(separator: ", ")
            throw .message(tool.t("The certificate's key signs by {1}.", all))
        }
        guard format != .sshsig || ForeignForms.isSSH(scheme) else {
            throw .message(tool.t("An SSH signature is not made by {1}: choose another --scheme.", scheme.rawValue))
        }
        let written = try signatures(connection, holder, scheme)
        guard isBatch else { return try results[0].write(written[0]) }
        try SignatureOutput.write(written, to: results)
    }

    /// Where the signatures go: all that is in the way is told before anybody is asked.
    private func outputs(isBatch: Bool) throws(ToolProgram.Failure) -> [SignatureOutput] {
        // There the names of the files go.
        if isBatch { try tool.checkOutput() }
        let outputs = isBatch ? try batchOutputs() : [options.value("output") ?? "-"]
        let inputs = options.operands.isEmpty ? ["-"] : options.operands
        var results: [SignatureOutput] = []
        for output in outputs { results.append(try SignatureOutput(tool, options, output, inputs: inputs)) }
        try SignatureOutput.refuseShared(results, tool)
        let isBinary = format == .raw || (format == .cms || format == .cades) && !options.has("pem")
        guard !isBinary || outputs[0] != "-" || !StandardOutput.isTerminal else {
            throw .usage("this signature is no text: give -o FILE, or redirect the output")
        }
        return results
    }

    private func signatures(
        _ connection: borrowing AgentConnection, _ holder: CertificatesReply, _ scheme: SignatureScheme
    ) throws(ToolProgram.Failure) -> [[UInt8]] {
        switch format {
        case .jws: return [try webSignature(connection, holder, scheme)]
        case .raw, .json:
            let (content, _) = try upload(connection, scheme)
            let reply = try ask(connection, holder, scheme, [SignedItem(content)])
            let signature = ForeignForms.raw(reply.signatures[0], reply.scheme)
            return [format == .json ? json(reply, signature) : signature]
        case .cms, .cades, .sshsig: return try documents(connection, holder, scheme)
        }
    }

    /// Prints an identity's certificates in PEM.
    static func printCertificates(_ tool: ToolProgram, _ options: Options) throws(ToolProgram.Failure) {
        let connection = try tool.connect()
        let holder = try holder(tool, options, use(options), connection)
        tool.say(holder.certificates.map { PEM.text($0, "CERTIFICATE") }.joined(separator: "\n"))
    }

    private static func holder(
        _ tool: ToolProgram, _ options: Options, _ use: CredentialUse, _ connection: borrowing AgentConnection
    ) throws(ToolProgram.Failure) -> CertificatesReply {
        var identity: Identifier?
        if let text = options.value("identity") { identity = try tool.identity(text, on: connection) }
        return try tool.ask(connection, CertificatesRequest(identity: identity, use: use))
    }

    // MARK: Asking

    var form: CertificateSignRequest.Form {
        switch format {
        case .cms: .document(namesCertificate: false)
        case .cades: .document(namesCertificate: true)
        case .sshsig: .message(namespace: options.value("namespace") ?? "")
        case .jws: .token
        case .raw, .json: .opaque
        }
    }

    /// Asks, and tells the person how far it is.
    func ask(
        _ connection: borrowing AgentConnection, _ holder: CertificatesReply, _ scheme: SignatureScheme,
        _ contents: [SignedItem]
    ) throws(ToolProgram.Failure) -> CertificateSignReply {
        let request = CertificateSignRequest(
            identity: holder.identity, use: use, scheme: scheme, form: form, contents: contents)
        var event = try tool.ask(connection, request)
        while true {
            switch event {
            case .progress(let line): tool.tell(tool.t(line))
            case .done(let reply):
                guard reply.signatures.count == contents.count else { throw .agent(.broken(.closed)) }
                return reply
            }
            event = try tool.ask(connection, SigningContinueRequest())
        }
    }

    /// As it is, whatever its size: the agent looks at it.
    ///
    /// - Returns: what to ask for, and the content itself if it is no longer than `limit`.
    private func upload(
        _ connection: borrowing AgentConnection, _ scheme: SignatureScheme, behind beginning: String? = nil,
        keeping limit: Int = 0
    ) throws(ToolProgram.Failure) -> (CertificateSignRequest.Content, [UInt8]?) {
        let source = ContentSource(options.operands.first ?? "-")
        var upload = ContentUploading(scheme.digest)
        func send(_ part: ContentRequest) throws(ToolProgram.Failure) { _ = try tool.ask(connection, part) }
        let kept: [UInt8]?
        do throws(SystemError) {
            kept = try source.read(limit: limit, encodedBehind: beginning) { part in upload.put(part, send) }
        } catch {
            throw .message("\(source.path): \(error)")
        }
        return (try upload.finish(send), kept)
    }

    private func webSignature(
        _ connection: borrowing AgentConnection, _ holder: CertificatesReply, _ scheme: SignatureScheme
    ) throws(ToolProgram.Failure) -> [UInt8] {
        let form = WebSignature(scheme, certificates: holder.certificates)
        let limit = options.has("detached") ? 0 : form.longestContent(input: ProtocolLimits.signedContent)
        let (content, kept) = try upload(connection, scheme, behind: form.beginning, keeping: limit)
        guard kept != nil || options.has("detached") else {
            throw .message(
                tool.t(
                    "The content is too long to be part of the signature. With --detached it stays where it is."))
        }
        let reply = try ask(connection, holder, scheme, [SignedItem(content)])
        let text = form.compact(reply.signatures[0], content: options.has("detached") ? nil : kept)
        return Array((text + "\n").utf8)
    }
}
