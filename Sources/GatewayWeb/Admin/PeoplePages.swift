import ClaveDomain
import GatewayServices
import GatewayStore
import Localization
import WebServer

/// Finding people: by a word, or page by page.
struct PeoplePages: DeskPage {
    let request: DeskRequest

    init(_ request: DeskRequest, in pages: Pages) { self.request = request }

    /// People on one page of the list, and found at once.
    private static let peopleAtOnce = 50

    func home() throws(StoreError) -> HTTPResponse {
        let count = try services.queries.count()
        return frame(
            t("Operators' desk"),
            """
            <p>\(t("{1} people are registered at this sandbox. All of them are made up.", String(count)))</p>
            \(searchForm(""))
            """)
    }

    private func searchForm(_ typed: String) -> HTML {
        let field = LabelledField(
            name: "search", label: t("Document, phone or part of the name"),
            hint: t("It is sent in the page's body and stays out of addresses."), value: typed)
        return form("/desk/people", "\(field)", t("Find"))
    }

    func find(_ form: Form) throws(StoreError) -> HTTPResponse {
        let typed = String((form["search"] ?? "").prefix(254))
        let found = typed.isEmpty ? [] : try services.queries.people(matching: typed, limit: Self.peopleAtOnce)
        let result: HTML =
            found.isEmpty ? "<p role=\"status\">\(t("Nobody was found."))</p>" : table(t("People"), found).html
        return frame(t("Find a person"), "\(searchForm(typed))\(result)")
    }

    /// The list of people, a page at a time.
    func list() throws(StoreError) -> HTTPResponse {
        let asked = min(max(Int(context.request.query["page"] ?? "") ?? 1, 1), 1_000_000)
        let found = try services.queries.people(offset: (asked - 1) * Self.peopleAtOnce, limit: Self.peopleAtOnce)
        let last = max(1, (found.count + Self.peopleAtOnce - 1) / Self.peopleAtOnce)
        let before: HTML =
            asked > 1 ? "<a rel=\"prev\" href=\"/desk/people?page=\(asked - 1)\">\(t("Previous page"))</a> " : ""
        let behind: HTML =
            asked < last ? "<a rel=\"next\" href=\"/desk/people?page=\(asked + 1)\">\(t("Next page"))</a>" : ""
        return frame(
            t("People"),
            """
            \(table(t("Page {1} of {2}", String(asked), String(last)), found.people))
            <p>\(before)\(behind)</p>
            """)
    }

    private func table(_ caption: String, _ people: [Citizen]) -> Table<Citizen> {
        Table(
            caption, people,
            [
                .init(t("Document")) { "<a href=\"/desk/citizen/\($0.id)\">\($0.document.text)</a>" },
                .init(t("Name")) { foreign($0.name) }, .init(t("Registration level")) { "\(levelWord($0.level))" },
                .init(t("Phone")) { "\($0.phone.text)" }, .init(t("Registered")) { "\(day($0.registeredAt))" },
            ])
    }
}
