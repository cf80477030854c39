import AgentProtocol
import Certificates
import Glibc
import Localization
import Posix
import SecureMemory
import SignedForms
import Wire

/// Documents and messages that are signed, one or several at once.
extension CertificateSignCommand {
    /// The signatures of documents or messages.
    func documents(
        _ connection: borrowing AgentConnection, _ holder: CertificatesReply, _ scheme: SignatureScheme
    ) throws(ToolProgram.Failure) -> [[UInt8]] {
        let paths = options.operands.isEmpty ? ["-"] : options.operands
        var (items, digests, enclosed): ([SignedItem], [MessageDigest], [[UInt8]?]) = ([], [], [])
        for path in paths {
            let sizes = enclosed.reduce(0) { $0 + ($1?.count ?? 0) }
            let read = try read(path, scheme, keeping: paths.count == 1, enclosedBefore: sizes)
            items.append(SignedItem(read.content, name: Self.name(path)))
            digests.append(read.digest)
            enclosed.append(read.enclosed)
        }
        if items.count > 1 { tell(items, digests) }
        let reply = try ask(connection, holder, scheme, items)
        var written: [[UInt8]] = []
        for (place, signature) in reply.signatures.enumerated() {
            let digest = digests[place]
            written.append(
                try format == .sshsig
                    ? sshSignature(reply, signature, digest)
                    : cms(reply, signature, digest, enclosing: enclosed[place]))
        }
        return written
    }

    /// Tells what is about to be signed: the question may have no room for more than the digest over all.
    private func tell(_ items: [SignedItem], _ digests: [MessageDigest]) {
        for (number, item) in items.enumerated() {
            tool.tell("\(number + 1). \(item.name) \(digests[number].text)")
        }
        let all = Array(SignatureUse.batchText(digests.map(\.text)).utf8)
        guard let digest = MessageDigest(.sha256, of: all) else { return }
        tool.tell(tool.t("Digest over all of them, in their order: {1}", digest.text))
    }

    /// What a question calls a file: its name as it can be shown there.
    private static func name(_ path: String) -> String {
        let shown = DisplayText.line(SystemText.bytes(Files.name(of: path)))
        let beginning = PlainText.beginning(of: shown, bytes: 100)
        return beginning == shown ? shown : beginning + "…"
    }

    /// A file, as the agent is asked to sign it and as the signature carries it.
    private struct Document {
        let content: CertificateSignRequest.Content
        let digest: MessageDigest
        /// Nil for a detached signature.
        let enclosed: [UInt8]?
    }

    /// By its digest where the agent puts that into a form of its own.
    ///
    /// - Parameters:
    ///   - isKept: whether a short content itself goes along, for the question to show.
    ///   - before: bytes of the contents that are enclosed already: all of them are in memory at once.
    private func read(
        _ path: String, _ scheme: SignatureScheme, keeping isKept: Bool, enclosedBefore before: Int
    ) throws(ToolProgram.Failure) -> Document {
        let source = ContentSource(path)
        let isEnclosed = options.has("attached")
        let longest = CMSWriter.longestContent - before
        let limit = isEnclosed ? longest : isKept ? ProtocolLimits.signedContent : 0
        let read: (bytes: [UInt8]?, digest: MessageDigest)
        do throws(SystemError) { read = try source.read(limit: limit, form.contentDigest(by: scheme)) } catch {
            throw .message("\(source.path): \(error)")
        }
        guard !isEnclosed || read.bytes != nil else {
            throw .message(
                tool.t(
                    "All contents together may have {1} MiB at most. Without --attached they stay where they are.",
                    "\(CMSWriter.longestContent >> 20)"))
        }
        let enclosed = isEnclosed ? read.bytes : nil
        guard isKept, let bytes = read.bytes, bytes.count <= ProtocolLimits.signedContent else {
            return Document(content: .digest(read.digest.bytes), digest: read.digest, enclosed: enclosed)
        }
        return Document(content: .bytes(bytes), digest: read.digest, enclosed: enclosed)
    }

    /// Where the signatures of several files go: beside each, or into the folder that is given.
    func batchOutputs() throws(ToolProgram.Failure) -> [String] {
        let suffix = (options.has("attached") ? format.attachedSuffix : format.suffix) ?? ""
        guard options.value("output") != "-" else { throw .usage("the signatures of several files go to files") }
        if let folder = options.value("output"), !Files.isWritableFolder(folder) {
            throw .message(tool.t("{1} is no folder to which you may write.", folder))
        }
        var outputs: [String] = []
        for path in options.operands {
            guard path != "-" else { throw .usage("of several files, none is the standard input") }
            outputs.append((options.value("output").map { $0 + "/" + Files.name(of: path) } ?? path) + suffix)
        }
        // By their bytes: two names may be the same text, written in two ways.
        guard Set(outputs.map(SystemText.bytes)).count == outputs.count else {
            throw .usage("two of the files have the same name: their signatures would too")
        }
        return outputs
    }
}
