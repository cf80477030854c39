/// A channel that tells what goes over another one: a line for each command and each answer.
///
/// For whoever looks for a fault; nobody is told unless somebody asks. Bytes are shown only of commands that are known
/// to carry no secret; of all others (a PIN, an authentication, whatever goes under secure messaging, what nobody
/// knows) the length alone. Of a file's content, which may be somebody's data, the length too.
public final class LoggedChannel: CardChannel {
    private let channel: any CardChannel
    private let tell: (String) -> Void

    /// Tells `tell`, once before a command and once after it, what goes over `channel`.
    public init(_ channel: any CardChannel, tell: @escaping (String) -> Void) {
        self.channel = channel
        self.tell = tell
    }

    public func transmit(_ command: CommandAPDU) throws(CardError) -> ResponseAPDU {
        tell("> " + APDULog.line(command))
        do {
            let answer = try channel.transmit(command)
            tell("< " + APDULog.line(answer, to: command))
            return answer
        } catch {
            tell("! \(error)")
            throw error
        }
    }
}

/// How commands and answers are written for people.
public enum APDULog {
    /// A command: its header, its data or how much there is, and how much it expects.
    public static func line(_ command: CommandAPDU) -> String {
        var words = [hex(command.header)]
        if !command.data.isEmpty { words.append(text(command.data, shown: showsData(command))) }
        if let expected = command.expected { words.append("Le \(expected)") }
        return words.joined(separator: " ")
    }

    /// The answer to a command: its data or how much there is, and the status.
    public static func line(_ answer: ResponseAPDU, to command: CommandAPDU) -> String {
        let status = hex([UInt8(answer.status >> 8), UInt8(answer.status & 0xFF)])
        guard !answer.data.isEmpty else { return status }
        return text(answer.data, shown: showsAnswer(command)) + " " + status
    }

    /// Commands whose data are names, places and public certificates: SELECT, MANAGE SECURITY ENVIRONMENT, READ BINARY,
    /// GET DATA.
    private static let openData: Set<UInt8> = [0xA4, 0x22, 0xB0, 0xB1, 0xCA, 0xCB]
    /// Commands whose answers are a file's description, a number of the card's or a challenge.
    private static let openAnswers: Set<UInt8> = [0xA4, 0xB8, 0x84]

    private static func showsData(_ command: CommandAPDU) -> Bool {
        !isSecured(command.header[0]) && openData.contains(command.header[1])
    }

    private static func showsAnswer(_ command: CommandAPDU) -> Bool {
        !isSecured(command.header[0]) && openAnswers.contains(command.header[1])
    }

    /// Whether a class byte says secure messaging (ISO/IEC 7816-4 section 5.4.1): two bits, or one in the further classes.
    private static func isSecured(_ cla: UInt8) -> Bool {
        cla & 0x40 == 0 ? cla & 0x0C != 0 : cla & 0x20 != 0
    }

    private static func text(_ bytes: [UInt8], shown: Bool) -> String {
        shown ? hex(bytes) : "(\(bytes.count) bytes)"
    }

    private static func hex(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 0xF)]] }, as: UTF8.self)
    }
}
