import Localization
import Testing

@Suite struct LocalizerTests {
    @Test(arguments: [
        ("{1} and {2}", "b {2} and a"), ("{2} {1} {2}", "a b {2} a"), ("{3}", "{3}"), ("{0}", "{0}"), ("{", "{"),
        ("{1", "{1"), ("{}", "{}"), ("{{1}}", "{b {2}}"), ("{1}{1}", "b {2}b {2}"), ("é{1}é", "éb {2}é"),
        ("{11}", "{11}"), ("", ""), ("{1}\u{301}", "b {2}\u{301}"), ("{\u{301}{1}", "{\u{301}b {2}"),
    ]) func `arguments fill their places once`(template: String, text: String) {
        #expect(Localizer.english(template, "b {2}", "a") == text)
    }

    @Test func `a translation may turn the arguments round`() throws {
        let bytes = MessageObject([("{1} asks {2}", "{2} és preguntat per {1}")]).bytes
        let t = Localizer(language: .ca, catalog: try Catalog(parsing: bytes))
        #expect(t("{1} asks {2}", "Ens", "Anna") == "Anna és preguntat per Ens")
        #expect(t.language == .ca)
    }

    @Test func `without arguments nothing is replaced`() {
        #expect(Localizer.english("{1}") == "{1}")
    }

    @Test(arguments: [nil, "", "/nonexistent", "/proc/self", "/dev"])
    func `without a catalog it speaks English and says so`(folder: String?) {
        let t = Localizer(language: .ca, folder: folder)
        #expect(t.language == .en)
        #expect(t("Cancel") == "Cancel")
    }

    @Test func `a marked literal is itself`() {
        #expect(msgid("Cancel") == "Cancel")
    }

    @Test func `the environment's localizer always answers`() {
        #expect(Localizer.fromEnvironment()("no such message {1}", "x") == "no such message x")
    }
}
