import Testing

@testable import WebServer

@Suite struct `A table of routes` {
    private func request(_ method: String, _ path: String) -> HTTPRequest {
        HTTPRequest(method: method, path: path, address: "", headers: [:], query: [:], body: [])
    }

    private let table = RouteTable<String>([
        Route("GET", "/", "front"),
        Route("GET", "/people", reads: RequestFields(arguments: ["page"]), "people"),
        Route("GET", "/people/add", "form"),
        Route("POST", "/people/add", reads: .forms, maximumBody: 9, "add"),
        Route("GET", "/people/:id", "person"),
        Route("GET", "/people/:id/letters/:number", maximumBody: 70_000, mayWait: true, "letter"),
    ])

    @Test func `finds the first route that fits a request, by method and parts of the path`() {
        for (method, path, handler) in [
            ("GET", "/", "front"), ("GET", "//", "front"), ("GET", "/people", "people"), ("GET", "/people/", "people"),
            ("GET", "/people/add", "form"), ("POST", "/people/add", "add"), ("GET", "/people/7", "person"),
            ("GET", "/people/7/letters/3", "letter"),
        ] { #expect(table.match(request(method, path))?.route.handler == handler, "\(method) \(path)") }
        for (method, path) in [
            ("POST", "/"), ("get", "/"), ("GET", "/people/7/letters"), ("GET", "/people/7/letters/3/x"),
            ("GET", "/PEOPLE"), ("PUT", "/people/add"), ("GET", "/nothing"),
        ] { #expect(table.match(request(method, path)) == nil, "\(method) \(path)") }
    }

    @Test func `gives what stands at the names' places`() throws {
        let found = try #require(table.match(request("GET", "/people/a%b/letters/:3")))
        #expect(found.parameters["id"] == "a%b" && found.parameters["number"] == ":3" && found.parameters["x"] == "")
    }

    @Test(arguments: ["/people/e\u{301}", "/people/\u{200B}", "/pe\u{AD}ople", "/people/a b", "/people/\u{7F}", "/\n"])
    func `has no route for a path with other signs than printable ASCII's`(path: String) {
        #expect(table.match(request("GET", path)) == nil)
    }

    @Test func `reads what any of its routes does, and takes the longest body of any`() {
        #expect(table.reads == RequestFields.forms.union(RequestFields(arguments: ["page"])))
        #expect(table.maximumBody == 70_000)
        #expect(RouteTable<String>([]).maximumBody == 0)
    }

    @Test func `writes a pattern as it was read, and a path that fits it`() {
        for route in table.all {
            #expect(PathPattern(route.pattern.description) == route.pattern)
            #expect(route.pattern.match(request("GET", route.pattern.path(filling: "x")).parts) != nil)
        }
        #expect(table.all.map(\.pattern.description).first == "/")
        #expect(("/a/:b/" as PathPattern).description == "/a/:b")
    }
}

@Suite struct `A request` {
    private let request = HTTPRequest(
        method: "POST", path: "/", address: "",
        headers: ["cookie": "a=1; b=2", "content-type": "text/plain", "accept-language": "ca", "x-other": "y"],
        query: ["page": "3", "done": "yes"], body: [])

    @Test func `holds what a route reads, and nothing else of what the server took`() {
        let fields = RequestFields(
            headers: ["content-type"], lists: ["accept-language"], arguments: ["page"], cookies: ["b"])
        let narrow = request.narrowed(to: fields)
        #expect(narrow.headers == ["content-type": "text/plain", "accept-language": "ca"])
        #expect(narrow.query == ["page": "3"])
        #expect(narrow.cookies["b"] == "2" && narrow.cookies["a"] == nil)
        #expect(request.cookies["a"] == "1")
    }

    @Test func `needs its cookie header where a cookie is read`() {
        let fields = RequestFields(cookies: ["a"])
        #expect(fields.hasHeader("cookie") && !RequestFields().hasHeader("cookie"))
        #expect(fields.union(RequestFields(cookies: ["b"])).cookies == ["a", "b"])
    }
}
