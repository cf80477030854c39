import CCurl
import ClaveDomain
import GatewayAPI
import Glibc
import Posix
import SecureMemory
import Synchronization
import Wire

/// Loads a gateway for `contrib/bench/pin`, `gateway`, `timing` and `storm`.
///
///     clave-bench-load agents STATE ORIGIN FIRST COUNT     until its input ends; prints "ready"
///     clave-bench-load issue STATE ORIGIN FIRST COUNT THREADS EACH
///     clave-bench-load activate|letters STATE ORIGIN FIRST COUNT THREADS
///     clave-bench-load answer STATE ORIGIN FIRST COUNT THREADS EACH
///     clave-bench-load storm STATE ORIGIN HANGING SILENT PAGES CERTIFICATE KEY
///     clave-bench-load silence - - 0 0                     until its input ends; prints its port
///     clave-bench-load register STATE ORIGIN 0 0 THREADS CODES
///     clave-bench-load timing STATE ORIGIN 0 COUNT
@main
struct Load {
    static func main() throws {
        let arguments = CommandLine.arguments
        guard arguments.count >= 6, let first = Int(arguments[4]), let count = Int(arguments[5]) else {
            print("usage: see contrib/bench/load/Load.swift")
            exit(64)
        }
        curl_global_init(Int(CURL_GLOBAL_DEFAULT))
        let gateway = Gateway(state: arguments[2], origin: arguments[3])
        switch arguments[1] {
        case "agents": try Agents(gateway).run(first: first, count: count)
        case "timing": try Timing(gateway, count: count).run()
        case "issue":
            Issues(gateway).run(first: first, count: count, threads: Int(arguments[6])!, each: Int(arguments[7])!)
        case "silence": try Storm.keepSilence()
        case "storm":
            guard arguments.count == 9, let pages = Int(arguments[6]) else { exit(64) }
            try Storm(gateway: gateway, certificate: arguments[7], key: arguments[8])
                .run(hanging: first, silent: count, pages: pages)
        default: try act(arguments, Acts(gateway), first, count)
        }
    }

    private static func act(_ arguments: [String], _ acts: Acts, _ first: Int, _ count: Int) throws {
        guard arguments.count > 6, let threads = Int(arguments[6]) else { exit(64) }
        switch arguments[1] {
        case "activate": acts.activations(first: first, count: count, threads: threads)
        case "letters": acts.letters(first: first, count: count, threads: threads)
        case "answer": acts.answers(first: first, count: count, threads: threads, each: Int(arguments[7])!)
        case "register": try acts.registrations(codesFile: arguments[7], threads: threads)
        default: exit(64)
        }
    }
}

/// Where the gateway is, and its people's data.
struct Gateway: Sendable {
    let state: String
    let origin: String
    var authority: String { String(origin.dropFirst("https://".count)) }
    var authorityFile: String { state + "/ca.crt" }

    /// The document of a numbered citizen.
    static func document(_ index: Int) -> String {
        document(numbered: 20_000_000 + index)
    }

    /// The document of a numbered person of the census who is not registered.
    static func newcomer(_ index: Int) -> String { document(numbered: 60_000_000 + index) }

    /// A document of nobody.
    static func nobody(_ index: Int) -> String { document(numbered: 40_000_000 + index) }

    /// The phone of a numbered citizen, and one for a newcomer.
    static func phone(_ index: Int) -> String { "+34\(610_000_000 + index)" }
    static func newPhone(_ index: Int) -> String { "+34\(690_000_000 + index)" }

    private static func document(numbered number: Int) -> String {
        "\(number)\(NationalDocument.checkLetter(of: number))"
    }
}

/// A clock for durations, in seconds.
func seconds() -> Double {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}
