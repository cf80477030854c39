import AgentProtocol
import Localization

/// Words for what is taken from the person, and for a request that a program wants to take.
extension PromptComposer {
    /// For a window's title.
    func title(of loss: Loss) -> String {
        switch loss {
        case .identities: t("Remove a Cl@ve identity?")
        case .registration: t("Give up a registration?")
        case .sshKey: t("Hide a key from ssh?")
        case .request: t("Reject with Cl@ve Mobile?")
        }
    }

    func lossParagraphs(_ loss: Loss) -> [[PromptText.Line]] {
        switch loss {
        case .identities(let names): removalParagraphs(names)
        case .registration(let gateway):
            [
                [line(t("Do you want to give up the registration that you have begun?"))],
                [
                    line(t("Gateway: {1}", ForeignText.quoted(gateway, width: room.width))),
                    line(t("It can't be continued then: to register, you begin anew.")),
                ],
            ]
        case .sshKey(let fingerprint):
            [
                [line(t("Is ssh no longer to see the key of your certificate?"))],
                [line(t("Fingerprint: {1}", ForeignText.plain(fingerprint, width: room.width)))],
            ]
        case .request(let request):
            [
                [line(t("Do you want to reject this authentication?"))],
                [line(t("Verification code: {1}", ForeignText.plain(request.code, width: 16)))],
                requestLines(request),
            ]
        }
    }

    /// How many they are is always said; where there is little room, only the first ones are named.
    private func removalParagraphs(_ names: [String]) -> [[PromptText.Line]] {
        let request =
            names.count == 1
            ? t("Do you want to remove this identity from this device?")
            : t("Do you want to remove {1} identities from this device?", "\(names.count)")
        let list = names.enumerated().map { index, name in
            PromptText.Line(text: ForeignText.quoted(name, width: room.width), isOptional: index >= 3)
        }
        return [[line(request)], list, [line(t("To use Cl@ve here again, you activate anew."))]]
    }

    func claimParagraphs(_ gateway: String) -> [[PromptText.Line]] {
        [
            [line(t("Do you want to take the request of a page's link or QR code?"))],
            [
                line(t("Gateway: {1}", ForeignText.quoted(gateway, width: room.width))),
                line(t("Say yes only if you opened that page yourself.")),
                line(t("While it waits for your answer, no other request reaches you.")),
            ],
        ]
    }
}
