import ClaveDomain
import Localization

/// Days as letters write them. Their grammar is more than a catalog of messages can hold: Catalan elides before a vowel,
/// Basque declines year, month and day.
struct LetterDate {
    let date: CivilDate

    func text(_ language: Language) -> String {
        let month = Self.months(language)[date.month - 1]
        return switch language {
        case .en: "\(date.day) \(month) \(date.year)"
        case .es, .gl: "\(date.day) de \(month) de \(date.year)"
        case .ca: "\(date.day) \("aeiou".contains(month.first!) ? "d’" : "de ")\(month) de \(date.year)"
        case .eu: "\(date.year)\(Self.ofYear(date.year)) \(month) \(Self.basqueDay(date.day))"
        }
    }

    /// The ending of a Basque year in the genitive: -ko after a vowel, -eko after a consonant, of the number as it is
    /// spoken. Those that end in a consonant: *bat* (1, but not *hamaika*, 11), *bost* (5), *hamar* (10), *hamabost* (15),
    /// *ehun* (a hundred).
    private static func ofYear(_ year: Int) -> String {
        if year % 100 == 0 { return year % 1000 == 0 ? "ko" : "eko" }
        return [1, 5, 10, 15].contains(year % 20) ? "eko" : "ko"
    }

    /// 11 and 31 end in *hamaika*, which has the article's *a* already.
    private static func basqueDay(_ day: Int) -> String { day == 11 || day == 31 ? "\(day)" : "\(day)a" }

    private static func months(_ language: Language) -> [String] {
        switch language {
        case .en:
            [
                "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
                "November", "December",
            ]
        case .es:
            [
                "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre",
                "noviembre", "diciembre",
            ]
        case .ca:
            [
                "gener", "febrer", "març", "abril", "maig", "juny", "juliol", "agost", "setembre", "octubre",
                "novembre", "desembre",
            ]
        case .gl:
            [
                "xaneiro", "febreiro", "marzo", "abril", "maio", "xuño", "xullo", "agosto", "setembro", "outubro",
                "novembro", "decembro",
            ]
        case .eu:
            [
                "urtarrilaren", "otsailaren", "martxoaren", "apirilaren", "maiatzaren", "ekainaren", "uztailaren",
                "abuztuaren", "irailaren", "urriaren", "azaroaren", "abenduaren",
            ]
        }
    }
}
