import Glibc

/// A program that uses cards as it is told, and one that is a card: `clave-card-tester` and `clave-card-tester card PORT
/// ATR`.
///
/// The card service's library remembers in each process where the service is; tests with a service each need processes.
@main
struct Main {
    static func main() {
        let arguments = CommandLine.arguments
        switch (arguments.dropFirst().first, arguments.count) {
        case (nil, _): converse()
        case ("card", 4):
            guard let port = UInt16(arguments[2]), let answerToReset = octets(arguments[3]) else { exit(64) }
            var card = TestCard(answerToReset: answerToReset)
            card.run(port: port)
        default: exit(64)
        }
    }

    private static func converse() {
        var user = CardUser()
        while let line = readLine() {
            let words = line.split(separator: " ").map(String.init)
            if let first = words.first { say(user.perform(first, Array(words.dropFirst()))) }
        }
    }
}

/// One line for whoever has started this program.
func say(_ line: String) {
    let bytes = Array((line + "\n").utf8)
    _ = write(1, bytes, bytes.count)
}

/// The bytes of hexadecimal digits.
func octets(_ text: String) -> [UInt8]? {
    let digits = text.compactMap(\.hexDigitValue)
    guard digits.count == text.count, digits.count % 2 == 0 else { return nil }
    return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
}

/// Bytes as hexadecimal digits.
func hexadecimal(_ bytes: [UInt8]) -> String {
    bytes.map { String(0x100 + Int($0), radix: 16, uppercase: true).dropFirst() }.joined()
}
