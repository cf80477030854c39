import ClaveDomain
import GatewayServices
import GatewayStore
import Localization
import WebServer

// What is known of a person.
extension RecordPages {
    func facts(_ person: Citizen) -> DefinitionList {
        DefinitionList(rows: [
            (t("Document"), "\(person.document.text)"), (t("Name"), foreign(person.name)),
            (t("Registration level"), "\(levelWord(person.level))"),
            (t("Registered"), "\(day(person.registeredAt)), \(wayWord(person.way))"),
            (t("To be renewed"), "\(renewal(person))"),
            (t("Contrast datum"), "\(kindWord(person.datum))"), (t("Mobile phone"), "\(person.phone.text)"),
            (t("E-mail"), "\(emailWords(person))"),
            (t("Language of messages"), "\(Language(rawValue: person.language)?.endonym ?? person.language)"),
            (t("Operator"), "\(person.isOperator ? t("yes") : t("no"))"),
        ])
    }

    private func emailWords(_ person: Citizen) -> String {
        guard !person.email.isEmpty else { return t("none") }
        guard person.emailConfirmedAt == 0 else { return t("{1} (confirmed)", person.email) }
        return t("{1} (not confirmed)", person.email)
    }

    private func renewal(_ person: Citizen) -> String {
        let day = day(person.renewalDue)
        return services.clock.now() >= person.renewalDue ? t("{1}: since then it counts at the basic level", day) : day
    }

    /// The kind only: the value proves who somebody is.
    private func kindWord(_ datum: ContrastDatum) -> String {
        switch datum {
        case .validity: t("validity date")
        case .issue: t("issue date of a permanent DNI")
        case .support: t("support number")
        }
    }

    func devices(_ file: PersonFile, isOwn: Bool) -> HTML {
        listed(
            Table(
                t("Devices"), file.devices,
                [
                    .init(t("Device")) { foreign($0.name) }, .init(t("Activated")) { "\(day($0.activatedAt))" },
                    .init(t("State")) { device in
                        device.isActive && !isOwn
                            ? deactivation(of: device, file.person)
                            : "\(device.isActive ? t("active") : t("ended"))"
                    },
                ]))
    }

    private func deactivation(of device: DeviceLine, _ person: Citizen) -> HTML {
        form(
            "/desk/citizen/\(person.id)/deactivate",
            "\(subject(person))<input type=\"hidden\" name=\"device\" value=\"\(device.id)\">",
            t("Deactivate"), second: true, about: device.name)
    }

    func letters(_ list: [LetterLine]) -> HTML {
        listed(
            Table(
                t("Letters"), list,
                [
                    .init(t("Number")) { "\($0.number)" }, .init(t("State")) { "\(letterWord($0))" },
                    .init(t("Asked for")) { "\(day($0.sentAt))" }, .init(t("Good until")) { "\(day($0.expiresAt))" },
                ]))
    }
}
