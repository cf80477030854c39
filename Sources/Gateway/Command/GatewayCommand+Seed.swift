// The test citizens.
extension GatewayCommand {
    static let seed = GatewayCommand(
        "seed", takes: [.count, .newcomers],
        help: """
            register the made-up test citizens; with --count N, N numbered ones beside them, and
            with --newcomers N, N numbered people of the census who are not registered
            """,
        .database(plantSeed))

    private static func plantSeed(_ options: GatewayOptions, _ open: OpenServices) throws {
        let services = try open()
        let count = try options.number(.count, default: 0, 0...1_000_000)
        try Seed.plantNewcomers(try options.number(.newcomers, default: 0, 0...1_000_000), in: services)
        say("\(try Seed.plant(in: services) + Seed.plantNumbered(count, in: services)) citizens added")
    }
}

extension GatewayOption {
    static let count = GatewayOption("count", .text("N"))
    static let newcomers = GatewayOption("newcomers", .text("N"))
}
