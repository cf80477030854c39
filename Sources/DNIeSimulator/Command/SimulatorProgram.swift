import ClaveDomain
import Glibc
import Posix
import SecureMemory
import Wire

/// `clave-dnie-simulator`: makes cards, and puts one into a virtual reader.
public enum SimulatorProgram {
    /// Runs.
    ///
    /// - Returns: the exit code: 0 done, 1 failed, 64 usage.
    public static func main(_ arguments: [String]) -> Int32 {
        Hardening.apply(isNamed: true)
        do {
            let options = try SimulatorOptions(arguments)
            if options.options.has("help") {
                say(SimulatorOptions.help)
            } else if options.options.has("version") {
                say("clave-dnie-simulator \(ClaveAgent.version)")
            } else {
                try perform(options)
            }
            return 0
        } catch let error as Options.UsageError {
            complain("\(error.message)\nTry 'clave-dnie-simulator --help'.")
            return 64
        } catch {
            complain("\(error)")
            return 1
        }
    }

    private static func perform(_ options: SimulatorOptions) throws {
        let folder = CardFolder(options.folder)
        switch options.command {
        case "init": try create(folder, options)
        case "run": try run(folder, options)
        case "status": try printStatus(folder, isJSON: options.options.has("json"))
        default: try resetCounters(folder)
        }
    }

    private static func create(_ folder: CardFolder, _ options: SimulatorOptions) throws {
        try Files.makeFolder(folder.path)
        let claim = try folder.claim()
        try folder.create(try options.order())
        _ = consume claim
        StandardOutput.put("card: ", path: folder.path)
        StandardOutput.put("PIN and CAN: ", path: folder.path + "/card.conf")
        StandardOutput.put("authorities to trust in tests: ", path: folder.path + "/trust")
    }

    private static func run(_ folder: CardFolder, _ options: SimulatorOptions) throws {
        let (address, plan, settings) = (try options.reader(), try options.faults(), try folder.settings())
        let rules = try options.rules(settings.generation)
        let model = try folder.model(hasOpenCertificates: options.options.has("open-certificates"))
        let interface: CardInterface = options.options.has("contactless") ? .contactless : .contact
        guard let answerToReset = model.generation.answerToReset(interface) else {
            throw CardFolderError("a DNIe of generation \(model.generation.rawValue) has no antenna")
        }
        guard let handshake = DNIeHandshake(model, interface: interface, rules: rules) else {
            throw CardFolderError("keys/component.pem is no key of 1024 bits")
        }
        let claim = try folder.claim()
        let memory = try folder.memory { complain("\($0)") }
        let card = VirtualCard(model, rules: rules, interface: interface, memory: memory, handshake: handshake)
        var log: CardLog? = nil
        if let path = options.options.value("log") { log = try CardLog(path) }
        var loop = try ReaderLoop(
            FaultyTransport(CardTransport(card), plan: plan), answerToReset: answerToReset, at: address, log: log
        ) { say("clave-dnie-simulator: \($0)") }
        loop.run()
        // What it tells meanwhile is news, not the result.
        _ = StandardOutput.takeFailure()
        _ = consume claim
    }

    private static func printStatus(_ folder: CardFolder, isJSON: Bool) throws {
        let (settings, counters) = (try folder.settings(), try folder.counters())
        if isJSON {
            var writer = JSONWriter()
            writer.put("generation", UInt64(settings.generation.rawValue))
            writer.put("name", settings.person.name)
            writer.put("document", settings.person.document.text)
            writer.put("support", settings.support)
            writer.put("serial", hexadecimal(settings.serial))
            writer.put("pin-tries", UInt64(counters.pinTries))
            writer.put("signatures", UInt64(counters.signatures))
            writer.put("can-failures", UInt64(counters.accessFailures))
            let line = writer.finish()
            return line.withBytes { StandardOutput.put($0) }
        }
        say("generation: \(settings.generation.rawValue)")
        say("name: \(settings.person.name)")
        say("document: \(settings.person.document.text)")
        say("support number: \(settings.support)")
        say("chip: \(hexadecimal(settings.serial))")
        say("PIN: \(counters.pinTries == 0 ? "blocked" : "\(counters.pinTries) tries left")")
        say("signatures: \(counters.signatures)")
        say("wrong CANs since the last right one: \(counters.accessFailures)")
    }

    private static func resetCounters(_ folder: CardFolder) throws {
        let claim = try folder.claim()
        _ = try folder.settings()
        try folder.keep(CardMemory.Counters())
        _ = consume claim
    }

    private static func say(_ text: String) { StandardOutput.put(text + "\n") }

    private static func complain(_ text: String) { StandardError.write("clave-dnie-simulator: \(text)\n") }
}
