import AgentProtocol
import SignedForms

/// Content on its way to the agent: as it is where it fits into a request, else in parts before it.
struct ContentUploading {
    /// Sends one part.
    typealias Send = (ContentRequest) throws(ToolProgram.Failure) -> Void

    private let algorithm: MessageDigest.Algorithm
    private var waiting: [UInt8] = []
    private var isBegun = false
    private var failure: ToolProgram.Failure?

    /// - Parameter algorithm: of the digest that is signed.
    init(_ algorithm: MessageDigest.Algorithm) { self.algorithm = algorithm }

    /// Takes more; what goes wrong is told at the end.
    mutating func put(_ bytes: [UInt8], _ send: Send) {
        waiting += bytes
        while waiting.count > ProtocolLimits.signedContent { sendPart(ProtocolLimits.signedContent, send) }
    }

    /// What the request names after the last of it.
    mutating func finish(_ send: Send) throws(ToolProgram.Failure) -> CertificateSignRequest.Content {
        guard isBegun else { return .bytes(waiting) }
        sendPart(waiting.count, send)
        if let failure { throw failure }
        return .parts
    }

    private mutating func sendPart(_ count: Int, _ send: Send) {
        if failure == nil {
            let part = ContentRequest(isFirst: !isBegun, algorithm: algorithm, bytes: Array(waiting[..<count]))
            do throws(ToolProgram.Failure) { try send(part) } catch { failure = error }
        }
        isBegun = true
        waiting.removeFirst(count)
    }
}
