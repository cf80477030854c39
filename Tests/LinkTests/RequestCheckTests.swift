import AgentProtocol
import Testing

@testable import Link

@Suite struct `A request of the core's` {
    private func request(
        origin: String = "https://localhost:8443", target: String = "/agent/v1/gateway", pin: String = "",
        method: String = "GET", headers: [HeaderField] = [], body: [UInt8] = []
    ) -> LinkRequest {
        LinkRequest(
            number: 1, opensStream: false, trust: GatewayTrust(origin: origin, certificates: [], pin: pin),
            method: method, target: target, headers: headers, body: body)
    }

    @Test func `of the form that the core makes is sent`() {
        #expect(RequestCheck.isValid(request()))
        #expect(RequestCheck.isValid(request(pin: "sha256//AAAA;sha256//BBBB")))
        #expect(RequestCheck.isValid(request(method: "POST", headers: [HeaderField("accept", "a/b")], body: [1])))
    }

    @Test(arguments: [
        "http://localhost", "https://", "https://user@host", "https://host/path", "https://HOST", "ftp://host",
        "https://host\n", "file:///etc/passwd", "https://host?x",
    ])
    func `goes only to an https origin`(origin: String) {
        #expect(!RequestCheck.isValid(request(origin: origin)))
    }

    @Test(arguments: ["", "agent", "/a b", "/a\r\nx: y", "/é"])
    func `has a plain path`(target: String) {
        #expect(!RequestCheck.isValid(request(target: target)))
    }

    @Test(arguments: ["/etc/ssl/key.pem", "sha256//A;/etc/x", "md5//A", ";"])
    func `pins by digest, never by a file's name`(pin: String) {
        #expect(!RequestCheck.isValid(request(pin: pin)))
    }

    @Test func `has no header that could begin another`() {
        #expect(!RequestCheck.isValid(request(headers: [HeaderField("x", "a\r\nhost: b")])))
        #expect(!RequestCheck.isValid(request(headers: [HeaderField("x y", "a")])))
        #expect(!RequestCheck.isValid(request(headers: [HeaderField("", "a")])))
        #expect(!RequestCheck.isValid(request(method: "DELETE")))
        #expect(!RequestCheck.isValid(request(body: [1])))
    }
}
