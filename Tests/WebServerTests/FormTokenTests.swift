import SecureMemory
import Testing

@testable import WebServer

@Suite struct `A form's token` {
    private let token = FormToken(digest: Array(0..<32))

    @Test func `is found in a form and in a script's header, and nothing else is`() {
        #expect(token.isIn(["form": token.text]) && token.matches(token.text))
        #expect(!token.matches(nil) && !token.matches("") && !token.isIn([:]) && !token.isIn(["Form": token.text]))
        for wrong in [
            String(token.text.dropLast()), token.text + "A", token.text + "=", " " + token.text, token.text + "\u{301}",
            FormToken(digest: Array(1..<33)).text, base64URL(Array(0..<31)), base64URL(Array(0..<33)),
        ] { #expect(!token.matches(wrong) && !token.isIn(["form": wrong]), "\(wrong)") }
    }

    @Test func `differs from another in each of its bits`() {
        for bit in 0..<256 {
            var other = [UInt8](0..<32)
            other[bit / 8] ^= 1 << (bit % 8)
            #expect(!token.matches(base64URL(other)), "bit \(bit)")
        }
    }

    @Test func `is a hidden field of a page`() {
        #expect(token.input.text == "<input type=\"hidden\" name=\"form\" value=\"\(token.text)\">")
    }

    @Test func `of a way serves below it alone`() {
        func way(_ path: String) -> String { String(decoding: FormToken.way(of: path), as: UTF8.self) }
        #expect(way("/gateway/pin/enter") == "gateway/pin" && way("/gateway/pin") == "gateway/pin")
        #expect(way("/gateway/cancel") == "gateway/cancel" && way("/gateway") == "gateway" && way("/").isEmpty)
        #expect(way("/gateway/pinx/enter") != way("/gateway/pin/enter"))
    }

    @Test func `is not asked of a browser that says that another site's page asks`() {
        for (site, isFromElsewhere) in [
            ("cross-site", true), ("same-site", true), ("same-origin", false), ("none", false), (nil, false),
        ] {
            let request = HTTPRequest(
                method: "POST", path: "/", address: "", headers: site.map { ["sec-fetch-site": $0] } ?? [:], query: [:],
                body: [])
            #expect(request.isFromElsewhere == isFromElsewhere, "\(site ?? "")")
        }
    }
}

@Suite struct `The cookies of a request` {
    @Test func `are found by their whole names, the first of a name first`() {
        let cookies = Cookies(header: "a=1; bb=2;c=3 ; a=4; d=; e; f=5=6")
        for (name, value) in [("a", "1"), ("bb", "2"), ("c", "3 "), ("f", "5=6")] {
            #expect(cookies[name] == value, "\(name)")
        }
        for name in ["b", "d", "e", "", "A", "bb=2", " bb"] { #expect(cookies[name] == nil, "\(name)") }
        #expect(Cookies(header: nil)["a"] == nil)
    }

    @Test func `are found by their bytes, whatever marks stand beside the signs`() {
        #expect(Cookies(header: "x=1;\u{301}a=2")["a"] == nil)
        #expect(Cookies(header: "a\u{301}=2")["a"] == nil)
        #expect(Cookies(header: "e\u{301}=2")["\u{E9}"] == nil)
    }

    @Test func `are set for this host by TLS alone, out of scripts' reach, and removed the same way`() {
        var response = HTTPResponse(type: "text/plain", [])
        response.setCookie("__Host-a", "b")
        response.removeCookie("__Host-c")
        #expect(
            response.headers.filter { $0.name == "set-cookie" }.map(\.value) == [
                "__Host-a=b; Path=/; Secure; HttpOnly; SameSite=Lax",
                "__Host-c=; Path=/; Secure; HttpOnly; Max-Age=0",
            ])
    }
}
