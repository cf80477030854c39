extension Services {
    /// Seconds after which letters that could not be printed are tried again.
    private static let printerPatience: Int32 = 600

    /// Starts the threads that run errands, hand messages and e-mail over, and print letters, each by itself: a slow modem
    /// keeps no PIN from a device, and no request waits for a printer, nor tells by its time that a letter goes out.
    ///
    /// - Parameter complain: hears why something could not be done; it is tried again with the next, and each minute. Single
    ///   messages, mails and letters that fail are in the audit.
    public func startWorkers(_ bells: WorkBells, complain: @escaping @Sendable (String) -> Void) throws {
        try dispatcher.release()
        try Worker.start(bells.errands) {
            self.keys.withDigests {
                do { try self.runErrands() } catch { complain("requests could not be carried out: \(error)") }
            }
        }
        try Worker.start(bells.messages) {
            do { try self.sendMessages() } catch { complain("messages could not be sent: \(error)") }
        }
        if let mails {
            try Worker.start(bells.mails) {
                do { try mails.sendMails() } catch { complain("e-mail could not be sent: \(error)") }
            }
        }
        guard let letterPrinting else { return }
        try Worker.start(bells.letters, timeout: Self.printerPatience) {
            do { try letterPrinting.printLetters() } catch { complain("letters could not be printed: \(error)") }
        }
    }
}
