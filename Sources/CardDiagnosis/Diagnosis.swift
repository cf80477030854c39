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
        guard let readers = service() else { return }
        driver()
        do throws(ReaderError) {
            let list = try readers.list()
            guard !list.isEmpty else { return noReader() }
            for reader in list { look(at: reader) }
        } catch { put("reader", .bad, CardTexts(t).text(for: error)) }
    }

    // MARK: The computer

    private func service() -> CardReaders? {
        do throws(ReaderError) {
            let readers = try CardReaders()
            put("service", .good, t("The card service (pcscd) runs."))
            return readers
        } catch {
            if error == .noService, !machine.hasService {
                put("service", .bad, t("The card service is not installed: apt install pcscd libccid"))
            } else {
                put("service", .bad, CardTexts(t).text(for: error))
            }
            return nil
        }
    }

    private func driver() {
        if machine.hasDriver {
            put("driver", .good, t("The driver of most readers (libccid) is installed."))
        } else {
            put("driver", .note, t("The driver of most readers is not installed: apt install libccid"))
        }
        for name in machine.rivals {
            put(
                "driver", .note,
                t("The kernel's module {1} may keep a contactless reader for itself: modprobe -r {1}", name))
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

    // MARK: A reader

    private func look(at reader: CardReader) {
        switch reader.card {
        case .none: put("reader", .good, t("Reader {1}: no card.", reader.name))
        case .mute:
            put("reader", .bad, "\(reader.name): " + CardTexts(t).text(for: CardFinder.Situation.mute))
        case .unavailable:
            put("reader", .bad, t("Reader {1} does not say what it holds. Plug it in again.", reader.name))
        case .present(let atr):
            put("reader", .good, t("Reader {1}: a card.", reader.name))
            let kind = atr.map { CardKind($0) } ?? .unknown
            if kind == .contactlessCandidate {
                put(
                    "card", .note, t("Perhaps a DNIe, over the air: its number (CAN) would tell. It was not asked for.")
                )
            } else if let problem = CardTexts(t).text(for: kind) {
                put("card", .bad, problem)
            } else {
                CardDiagnosis(self, reader.name, kind).run()
            }
        }
    }
}
