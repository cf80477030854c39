import Glibc
import Posix
import Wire

/// What was read of cards before, by their serial numbers, so that a known card is not read again.
///
/// It holds certificates, with their holders' names and numbers: only the user reads it. Nothing of it is believed: the
/// card proves its key anew each time, and a certificate that is not the card's signs nothing.
public struct CardCache: Sendable {
    /// The first bytes of each file; another form has others.
    private static let header = Array("clave-dnie-1\n".utf8)

    private let folder: String

    /// - Parameter folder: made when something is kept.
    public init(_ folder: String) {
        self.folder = folder
    }

    /// What is kept of a card; nil for nothing, and for what can't be read.
    func contents(of serial: [UInt8]) -> CardContents? {
        let limit = Self.header.count + CardContents.keptLimit
        guard let file = try? Files.read(path(serial), limit: limit), file.starts(with: Self.header) else { return nil }
        let body = Array(file[Self.header.count...])
        let contents = try? unsafe WireReader.read(body.span.bytes) { (reader) throws(WireError) in
            try CardContents(decoding: &reader)
        }
        return contents?.serial == serial ? contents : nil
    }

    /// Keeps what was read; a disk that is full keeps nothing, and the card is read again next time.
    func keep(_ contents: CardContents) {
        var writer = ByteWriter()
        contents.encode(into: &writer)
        guard writer.bytes.count <= CardContents.keptLimit, (try? Files.makeFolder(folder)) != nil else { return }
        try? Files.replace(path(contents.serial), with: Self.header + writer.bytes)
    }

    /// Forgets a card: what was kept of it is not so.
    func forget(_ serial: [UInt8]) { unsafe unlink(path(serial)) }

    private func path(_ serial: [UInt8]) -> String { folder + "/" + CardContents.text(serial) }
}
