/// Why a card can't be made or read; English, one line.
public struct CardFolderError: Error, Equatable, Sendable, CustomStringConvertible {
    public let description: String

    init(_ description: String) {
        self.description = description
    }
}
