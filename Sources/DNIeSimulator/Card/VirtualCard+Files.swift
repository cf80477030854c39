import SmartCard

extension VirtualCard {
    private static let cardAccess: [UInt16] = [0x011C]

    /// The file at a path; the master file is always there.
    func file(at path: [UInt16]) -> CardFile? {
        path.isEmpty ? CardFile(.folder) : model.files[path]
    }

    // MARK: SELECT

    /// The master file by its name, everything else by one identifier at a time.
    mutating func select(_ command: CommandAPDU) -> ResponseAPDU {
        guard [0x00, 0x0C].contains(command.header[3]) else { return ResponseAPDU(status: CardStatus.wrongParameters) }
        switch command.header[2] {
        case 0x04:
            guard command.data == CardFile.masterName else { return ResponseAPDU(status: CardStatus.fileNotFound) }
            return move(to: [], command)
        case 0x03:
            guard command.data.isEmpty else { return ResponseAPDU(status: CardStatus.wrongLength) }
            return move(to: folder.dropLast(), command)
        case 0x00:
            guard command.data.count == 2 else { return ResponseAPDU(status: CardStatus.wrongLength) }
            return move(to: folder + [UInt16(command.data[0]) << 8 | UInt16(command.data[1])], command)
        default: return ResponseAPDU(status: CardStatus.wrongParameters)
        }
    }

    /// The folder that is selected, or in which the selected file lies.
    private var folder: [UInt16] { file(at: selected)?.kind == .folder ? selected : selected.dropLast() }

    private mutating func move(to path: [UInt16], _ command: CommandAPDU) -> ResponseAPDU {
        guard let file = file(at: path) else { return ResponseAPDU(status: CardStatus.fileNotFound) }
        selected = path
        let isSilent = command.header[3] == 0x0C
        return ResponseAPDU(data: isSilent ? [] : file.description(at: path), status: CardStatus.success)
    }

    // MARK: READ BINARY

    /// At most what was asked for, from an offset of 15 bits.
    func readBinary(_ command: CommandAPDU) -> ResponseAPDU {
        guard command.data.isEmpty else { return ResponseAPDU(status: CardStatus.wrongLength) }
        guard command.header[2] < 0x80 else { return ResponseAPDU(status: CardStatus.wrongParameters) }
        guard let file = file(at: selected), file.kind != .folder else {
            return ResponseAPDU(status: CardStatus.noFileSelected)
        }
        guard mayRead(file) else { return ResponseAPDU(status: CardStatus.securityNotSatisfied) }
        let offset = Int(command.header[2]) << 8 | Int(command.header[3])
        guard offset < file.content.count else { return ResponseAPDU(status: CardStatus.beyondEnd) }
        // In a channel nothing says "all there is": a short answer's length then.
        let wanted = command.expected ?? 256
        let part = file.content[offset...].prefix(wanted)
        // Zero asks for all there is, and gets it.
        let isShort = part.count < wanted && wanted != 256 && wanted != 65_536
        return ResponseAPDU(data: Array(part), status: isShort ? CardStatus.endOfFile : CardStatus.success)
    }

    private func mayRead(_ file: CardFile) -> Bool {
        guard file.kind != .key else { return false }
        if interface == .contactless, rules.needsChannels, protection == .plain { return selected == Self.cardAccess }
        return !file.needsPIN || isVerified
    }
}
