import TestSupport
import Testing

@Suite struct `The person's language` {
    @Test(arguments: [
        ("es", "Código recibido por SMS", "Activada: AINA PROVA MOSTRA"),
        ("ca", "Codi rebut per SMS", "Activada: AINA PROVA MOSTRA"),
        ("gl", "Código recibido por SMS", "Activada: AINA PROVA MOSTRA"),
        ("eu", "SMS bidez jasotako kodea", "Aktibatuta: AINA PROVA MOSTRA"),
    ])
    func `is spoken by tool, prompt and plugin`(language: String, question: String, result: String) throws {
        let world = try World()
        let outcome = world.run(
            "clave-add", ["--document", "12345678Z", "--validity", "31-12-2030"],
            environment: ["LC_ALL": "\(language)_ES.UTF-8"])
        #expect(outcome.code == 0, "\(outcome.errors)")
        #expect(outcome.errors.contains(result))
        #expect(world.asked.contains(question))
    }

    @Test func `may be named by LANGUAGE alone`() throws {
        let world = try World(agent: false)
        let words = world.run(
            "clave-pin", [], environment: ["CLAVE_AUTH_SOCK": "", "LANGUAGE": "eu", "LC_ALL": "es_ES.UTF-8"])
        #expect(words.errors.contains("Ez dago agenterik"))
        let asking = try World()
        _ = asking.run(
            "clave-add", ["--document", "12345678Z", "--validity", "31-12-2030"],
            environment: ["LANGUAGE": "eu", "LC_ALL": "es_ES.UTF-8"])
        #expect(asking.asked.contains("SMS bidez jasotako kodea"))
    }
}
