import Glibc

/// Asks for PINs as fast as the gateway gives them: each thread a browser at an address of its own, each request an issue that
/// is on the disk when it is answered.
struct Issues: Sendable {
    private let gateway: Gateway

    init(_ gateway: Gateway) { self.gateway = gateway }

    func run(first: Int, count: Int, threads: Int, each: Int) {
        let figures = Figures()
        figures.run(threads: threads) { thread in
            // The attempts of an address are counted: all those of a run, if it were one.
            let client = Client(gateway, from: "127.0.1.\(1 + thread)")
            for person in stride(from: first + thread, to: first + count, by: threads) {
                figures.add(issue(client, person, each, figures))
            }
        }
        figures.tell("issues", threads: threads)
    }

    /// One visit; the seconds of each of its issues.
    private func issue(_ client: Client, _ person: Int, _ each: Int, _ figures: Figures) -> [Double] {
        client.prepare(gateway.origin + "/procedure/padro", post: [])
        guard client.send() == 303 else {
            figures.fail()
            return []
        }
        client.prepare(gateway.origin + "/gateway/pin")
        _ = client.send()
        let page = String(decoding: client.body, as: UTF8.self)
        let token = page.split(separator: "name=\"form\" value=\"").dropFirst().first?.prefix { $0 != "\"" } ?? ""
        let form = Array("form=\(token)&document=\(Gateway.document(person))&datum=31-12-2030".utf8)
        var times: [Double] = []
        for _ in 0..<each {
            client.prepare(gateway.origin + "/gateway/pin/request", post: form)
            let start = seconds()
            if client.send() == 303 { times.append(seconds() - start) } else { figures.fail() }
        }
        return times
    }
}
