import CCurl
import ClaveDomain
import GatewayAPI
import Glibc
import Posix
import SecureMemory
import Synchronization
import Wire

/// Loads a gateway for `contrib/bench/pin`: activates devices and keeps their streams open, or asks for PINs.
///
///     clave-bench-load agents STATE ORIGIN FIRST COUNT     until its input ends; prints "ready"
///     clave-bench-load issue STATE ORIGIN FIRST COUNT THREADS EACH
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
        case "issue":
            Issues(gateway).run(first: first, count: count, threads: Int(arguments[6])!, each: Int(arguments[7])!)
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
        let number = 20_000_000 + index
        return "\(number)\(NationalDocument.checkLetter(of: number))"
    }
}

/// A clock for durations, in seconds.
func seconds() -> Double {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}
