import Posix

/// What `clave-dnie-simulator` was asked to do.
struct SimulatorOptions {
    private static let definitions = [
        Options.Definition(nil, "generation", takesValue: true), Options.Definition(nil, "name", takesValue: true),
        Options.Definition(nil, "document", takesValue: true), Options.Definition(nil, "support", takesValue: true),
        Options.Definition(nil, "pin", takesValue: true), Options.Definition(nil, "can", takesValue: true),
        Options.Definition(nil, "contactless"), Options.Definition(nil, "no-channels"),
        Options.Definition(nil, "open-certificates"), Options.Definition(nil, "can-status", takesValue: true),
        Options.Definition(nil, "can-delay", takesValue: true),
        Options.Definition(nil, "reader", takesValue: true), Options.Definition(nil, "fault", takesValue: true),
        Options.Definition(nil, "log", takesPath: true), Options.Definition("j", "json"),
        Options.Definition("h", "help"), Options.Definition("V", "version"),
    ]
    /// The options of each command.
    private static let own = [
        "init": ["generation", "name", "document", "support", "pin", "can"],
        "run": [
            "contactless", "no-channels", "open-certificates", "can-status", "can-delay", "reader", "fault", "log",
        ],
        "status": ["json"], "reset-counters": [],
    ]

    let options: Options
    let command: String
    /// The card's folder; empty for help and version.
    let folder: String

    init(_ arguments: [String]) throws(Options.UsageError) {
        options = try Options(arguments, Self.definitions)
        command = options.operands.first ?? ""
        if options.has("help") || options.has("version") {
            folder = ""
            return
        }
        guard !command.isEmpty else { throw Options.UsageError("no command") }
        guard let fitting = Self.own[command] else { throw Options.UsageError("unknown command: \(command)") }
        for (name, _) in options.given where !fitting.contains(name) {
            throw Options.UsageError("--\(name) says nothing to \(command)")
        }
        guard options.operands.count == 2 else { throw Options.UsageError("\(command) takes one folder") }
        folder = options.operands[1]
    }

    /// What `init` makes.
    func order() throws(Options.UsageError) -> CardOrder {
        let name = options.value("name") ?? "MARÍA CARMEN/FICTICIA/EJEMPLO"
        let document = options.value("document") ?? "99999999R"
        var order: CardOrder
        do { order = CardOrder(person: try CardPerson(name: name, document: document)) } catch {
            throw Options.UsageError(error.description)
        }
        if let text = options.value("generation") {
            guard let generation = Int(text).flatMap(CardGeneration.init) else {
                throw Options.UsageError("--generation takes 2, 3 or 4")
            }
            order.generation = generation
        }
        order.support = options.value("support")
        order.pin = options.value("pin")
        order.can = options.value("can")
        return order
    }

    /// How strict `run`'s card is.
    func rules(_ generation: CardGeneration) throws(Options.UsageError) -> CardRules {
        var rules = CardRules(generation, needsChannels: !options.has("no-channels"))
        if let text = options.value("can-status") {
            guard let status = bytes(hexadecimal: text), status.count == 2, status[0] >> 4 == 6 else {
                throw Options.UsageError("--can-status takes a status of an error in four digits: 6300")
            }
            rules.wrongAccessStatus = UInt16(status[0]) << 8 | UInt16(status[1])
        }
        if let text = options.value("can-delay") {
            guard let time = Int(text), (0...CardRules.longestAccessDelay).contains(time) else {
                throw Options.UsageError("--can-delay takes milliseconds, at most \(CardRules.longestAccessDelay)")
            }
            rules.accessDelay = time
        }
        return rules
    }

    /// Where `run` finds its reader.
    func reader() throws(Options.UsageError) -> ReaderAddress {
        guard let text = options.value("reader") else { return .standard }
        guard let address = ReaderAddress(text) else {
            throw Options.UsageError("--reader takes an IPv4 address or localhost, and a port: 127.0.0.1:35963")
        }
        return address
    }

    /// What is to go wrong.
    func faults() throws(Options.UsageError) -> FaultPlan {
        var plan = FaultPlan()
        for text in options.values("fault") {
            guard plan.add(text) else {
                throw Options.UsageError(
                    "--fault takes remove@N, corrupt-mac@N, delay@N:MS, status@N:XXXX, garbage@N or truncate@N")
            }
        }
        return plan
    }

    static let help = """
        Usage: clave-dnie-simulator init DIR [OPTION…]
               clave-dnie-simulator run DIR [OPTION…]
               clave-dnie-simulator status DIR [--json]
               clave-dnie-simulator reset-counters DIR

        A virtual DNIe in a virtual reader (vpcd), for who develops or tests programs for the DNIe and has no card at
        hand, or none to block. The people on its cards are made up, and its authorities are its own: nothing of it is
        the police's, and no service believes it that was not told to.

        Commands:
          init            make a card: keys, certificates, and authorities that signed them, in DIR/trust
          run             put it into the reader until SIGTERM; SIGUSR1 pulls it out, SIGUSR2 puts it in again
          status          print what card it is, and its counters
          reset-counters  give the PIN its tries back, and forget the rest

        Options of init:
              --generation N    2, 3 or 4 (default: 4)
              --name NAME       GIVEN/SURNAME or GIVEN/SURNAME/SECOND
              --document DNI    eight digits and their letter (default: 99999999R)
              --support TEXT    support number; before BMP100001 a card of the first chips (default: made up)
              --pin TEXT        8 to 16 letters and digits (default: made up, in DIR/card.conf)
              --can DIGITS      card access number, six digits (default: made up, in DIR/card.conf)

        Options of run:
              --contactless     over the air: generations 3 and 4
              --no-channels     serve in plain too: the PIN, signatures and, over the air, files; a real card refuses
                                them outside of its secure channels
              --open-certificates
                                generation 2: certificates without the PIN, as some drivers want it
              --can-status XXXX what a wrong CAN is answered (default: 6300)
              --can-delay MS    how much longer each wrong CAN makes the next try (default: 200)
              --reader HOST:PORT
                                where vpcd listens (default: 127.0.0.1:35963)
              --fault SPEC      let command N go wrong, GET RESPONSE counted too: remove@N, corrupt-mac@N, delay@N:MS,
                                status@N:XXXX, garbage@N or truncate@N; may be repeated
              --log FILE        append commands and answers, without PINs

        Options:
          -j, --json            print the status as a JSON line
          -h, --help            print this
          -V, --version         print the version

        Exit status: 0 done, 1 failed, 64 usage.
        """
}
