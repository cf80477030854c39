import DNIeSimulator
import Glibc
import Posix
import TestSupport

/// Counts what a card has to do, for `contrib/bench/dnie`: by the agent's own code and by OpenSC's tools, with the same
/// virtual card in the same card service.
///
///     clave-bench-dnie count FOLDER GENERATION contact|contactless
///     clave-bench-dnie token-sign COUNT                              logs in to OpenSC's library, and signs
///
/// `count` prints for each piece of work, separated by tabs: its name, commands, bytes to the card and bytes from it, of
/// ours; and the same three of OpenSC's, over the air nothing. FOLDER is made; in `FOLDER/pids` is whom to end, should
/// this be ended itself.
@main
struct DNIeBench {
    static func main() {
        do {
            switch Array(CommandLine.arguments.dropFirst()) {
            case let words where words.count == 4 && words[0] == "count":
                guard let number = Int(words[2]), let generation = CardGeneration(rawValue: number) else { fallthrough }
                try count(words[1], generation, isContactless: words[3] == "contactless")
            case let words where words.count == 2 && words[0] == "token-sign":
                try OpenSC.sign(Int(words[1]) ?? 1)
            default: throw BenchError("usage: see contrib/bench/dnie-load/DNIeBench.swift")
            }
        } catch {
            let line = Array("clave-bench-dnie: \(error)\n".utf8)
            _ = unsafe write(2, line, line.count)
            exit(1)
        }
    }

    private static func count(_ folder: String, _ generation: CardGeneration, isContactless: Bool) throws {
        let bench = try CardBench(folder, generation, isContactless: isContactless)
        let own = try OwnClient(bench).rows()
        let others = isContactless ? [] : try OpenSC(bench).rows()
        for (place, (name, tally)) in own.enumerated() {
            print(([name] + tally.texts + (place < others.count ? others[place].texts : [])).joined(separator: "\t"))
        }
        bench.forget()
    }
}

/// Why nothing was measured.
struct BenchError: Error, CustomStringConvertible {
    let description: String

    init(_ words: String) { description = words }
}
