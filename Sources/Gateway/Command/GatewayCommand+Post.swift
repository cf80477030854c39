import GatewayServices
import Posix
import SecureMemory
import Wire

// What was sent.
extension GatewayCommand {
    static let messages = [
        GatewayCommand("outbox", takes: [.last, .json], help: outboxOrMail, .plain(printOutbox)),
        GatewayCommand("mail", takes: [.last, .json], help: outboxOrMail, .plain(printMail)),
    ]

    private static let outboxOrMail = HelpRow(
        "outbox, mail", "print the newest text message, the newest e-mail [-n COUNT]")

    private static func printOutbox(_ options: GatewayOptions) throws {
        let count = try options.number(.last, default: 1, 1...1000)
        for message in OutboxSender(folder: "\(options.state)/outbox").latest(limit: count) {
            guard options.has(.json) else {
                say(message)
                continue
            }
            let parts = message.split(separator: "\n\n", maxSplits: 1).map(String.init)
            var json = JSONWriter()
            json.put("to", String((parts.first ?? "").dropFirst("To: ".count)))
            json.put("text", String((parts.last ?? "").dropLast()))
            print(json.finish())
        }
    }

    private static func printMail(_ options: GatewayOptions) throws {
        let count = try options.number(.last, default: 1, 1...1000)
        for mail in OutboxMailer(folder: "\(options.state)/mail").latest(limit: count) {
            guard options.has(.json) else {
                say(mail)
                continue
            }
            let parts = mail.split(separator: "\n\n", maxSplits: 1).map(String.init)
            let headers = (parts.first ?? "").split(separator: "\n").map(String.init)
            var json = JSONWriter()
            json.put("to", String((headers.first ?? "").dropFirst("To: ".count)))
            json.put("subject", String((headers.last ?? "").dropFirst("Subject: ".count)))
            json.put("text", String((parts.last ?? "").dropLast()))
            print(json.finish())
        }
    }
}
