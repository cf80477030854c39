import Localization
import Testing
import WebServer

@testable import Gateway
@testable import GatewayWeb

@Suite struct `A page's piece` {
    private let typed = "\"><script>"
    private let escaped = "&quot;&gt;&lt;script&gt;"

    @Test func `escapes what was typed into it`() {
        let pieces: [any HTMLConvertible] = [
            LabelledField(name: "a", label: typed, hint: typed, value: typed, errors: [.init(field: "a", text: typed)]),
            TextField(name: "a", label: typed, hint: typed, value: typed),
            Choice(name: "a", label: typed, options: [(typed, typed)], chosen: ""),
            Checkbox(name: "a", text: typed, isTicked: true), SubmitButton(text: typed, about: typed),
            ErrorBox(t: .english, text: typed), ErrorSummary(t: .english, errors: [.init(field: "a", text: typed)]),
            Table(typed, [typed], [.init(typed) { "\($0)" }]), DefinitionList(rows: [(typed, "\(typed)")]),
        ]
        for piece in pieces {
            #expect(!piece.html.text.contains("<script>"), "\(type(of: piece))")
            #expect(piece.html.text.contains(escaped), "\(type(of: piece))")
        }
    }

    @Test func `tells a screen reader of a field's hint and of its error`() {
        let error = FieldError(field: "phone", text: "wrong")
        func field(_ hint: String, _ errors: [FieldError]) -> String {
            LabelledField(name: "phone", label: "Phone", hint: hint, errors: errors).html.text
        }
        #expect(field("nine digits", [error]).contains("aria-describedby=\"phone-hint phone-error\""))
        #expect(field("nine digits", [error]).contains("aria-invalid=\"true\""))
        #expect(field("", [error]).contains("aria-describedby=\"phone-error\""))
        #expect(!field("", [.init(field: "email", text: "wrong")]).contains("aria-"))
        let text = TextField(name: "pin", label: "PIN", hint: "three", hasError: true).html.text
        #expect(text.contains("aria-describedby=\"error pin-hint\""))
        #expect(text.contains("aria-invalid=\"true\" autofocus"))
    }

    @Test func `holds a cell of each column for each row, the first as the row's heading`() {
        let table = Table("Squares", [2, 3], [.init("n") { "\($0)" }, .init("n²") { "\($0 * $0)" }]).html.text
        #expect(table.contains("<th scope=\"col\">n</th>\n<th scope=\"col\">n²</th>"))
        #expect(
            table.contains("<tr><th scope=\"row\">2</th><td>4</td></tr>\n<tr><th scope=\"row\">3</th><td>9</td></tr>"))
    }

    @Test func `that sums errors up leads to each wrong field, and is nothing without errors`() {
        let errors = [
            FieldError(field: "phone", label: "Phone", text: "wrong"), FieldError(field: "", text: "all wrong"),
        ]
        let text = ErrorSummary(t: .english, errors: errors).html.text
        #expect(text.contains("<li><a href=\"#phone\">Phone: wrong</a></li>"))
        #expect(text.contains("<li>all wrong</li>"))
        #expect(ErrorSummary(t: .english, errors: []).html.bytes.isEmpty)
        #expect(ErrorBox(t: .english, text: nil).html.bytes.isEmpty)
    }
}
