import DNIe
import Localization
import SmartCard

/// Walks from the card service to the card, and says what is wrong on the way. Changes nothing, and tries no PIN.
struct Diagnosis {
    let machine: Machine
    let t: Localizer
    let settings: DNIeSettings
    private let tell: (Finding) -> Void

    init(_ machine: Machine, _ t: Localizer, settings: DNIeSettings, tell: @escaping (Finding) -> Void) {
        (self.machine, self.t, self.settings, self.tell) = (machine, t, settings, tell)
    }

    func put(_ subject: String, _ verdict: Finding.Verdict, _ text: String) {
        tell(Finding(subject: subject, verdict: verdict, text: text))
    }

    /// The whole way, as far as it goes.
    func run() {
        do throws(ReaderError) {
            let readers = try CardReaders()
            put("service", .good, t("The card service (pcscd) runs."))
            driver()
            do throws(ReaderError) { look(at: try readers.list()) } catch {
                put("reader", .bad, CardTexts(t).text(for: error))
            }
        } catch { tellWithoutService(error) }
    }

    // MARK: The computer

    /// Why the card service can't be asked.
    func tellWithoutService(_ error: ReaderError) {
        let text =
            if error == .noService, machine.hasSocket {
                // Whom it refuses finds the connection cut, as if it did not run.
                t(
                    "The card service (pcscd) gives no answer. Start it anew: systemctl restart pcscd.socket pcscd. If it refuses this user, as it may over SSH, journalctl -u pcscd says so."
                )
            } else if error == .noService, !machine.hasService {
                t("The card service is not installed: apt install pcscd libccid")
            } else {
                CardTexts(t).text(for: error)
            }
        put("service", .bad, text)
    }

    func driver() {
        if machine.hasDriver {
            put("driver", .good, t("The driver of most readers (libccid) is installed."))
        } else {
            put("driver", .note, t("The driver of most readers is not installed: apt install libccid"))
        }
        for name in machine.rivals {
            put(
                "driver", .note,
                t(
                    "The kernel's module {1} may keep a contactless reader for itself: modprobe -r {1}, and for good a line \"blacklist {1}\" in /etc/modprobe.d/dnie.conf",
                    name))
        }
    }

    private func noReader() {
        guard machine.pluggedReaders > 0 else {
            return put("reader", .bad, CardTexts(t).text(for: CardFinder.Situation.noReader))
        }
        put(
            "reader", .bad,
            t("A card reader is plugged in, but the card service has no driver for it. Its maker may have one."))
    }

    // MARK: Readers

    /// All that there are.
    func look(at readers: [CardReader]) {
        guard !readers.isEmpty else { return noReader() }
        for reader in readers { look(at: reader) }
        if readers.allSatisfy({ $0.card == .none }) {
            put("card", .note, CardTexts(t).text(for: CardFinder.Situation.noCard))
        }
    }

    private func look(at reader: CardReader) {
        switch reader.card {
        case .none: put("reader", .good, t("Reader {1}: no card.", reader.title))
        case .mute:
            put("reader", .bad, "\(reader.title): " + CardTexts(t).text(for: CardFinder.Situation.mute))
        case .unavailable:
            put("reader", .bad, t("Reader {1} does not say what it holds. Plug it in again.", reader.title))
        case .present(let atr):
            put("reader", .good, t("Reader {1}: a card.", reader.title))
            let kind = atr.map { CardKind($0) } ?? .unknown
            if kind == .contactlessCandidate {
                put(
                    "card", .note, t("Perhaps a DNIe, over the air: its number (CAN) would tell. It was not asked for.")
                )
            } else if let problem = CardTexts(t).text(for: kind) {
                put("card", .bad, problem)
            } else {
                CardDiagnosis(self, kind).run(reader.name)
            }
        }
    }
}
