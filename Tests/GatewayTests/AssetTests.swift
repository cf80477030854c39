import Foundation
import SecureMemory
import Testing
import WebServer

@testable import Gateway
@testable import GatewayWeb

extension Asset {
    var text: String { String(decoding: bytes, as: UTF8.self) }
}

@Suite struct `A file that pages load` {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../Sources/GatewayWeb/Assets").standardizedFileURL

    @Test func `is in the program as it is in the tree, and each of the tree's is`() throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path)
        #expect(Set(names.map { "/assets/\($0)" }) == Set(Asset.all.map(\.path)).subtracting([Asset.icon.path]))
        for name in names {
            let asset = try #require(Asset.all.first { $0.path == "/assets/\(name)" })
            #expect(try Data(contentsOf: Self.folder.appending(path: name)) == Data(asset.bytes), "\(name)")
        }
    }

    @Test func `is answered with its type and bytes, to HEAD too, and to no form`() throws {
        let visitor = Visitor(try Sandbox())
        for asset in Asset.all {
            for method in ["GET", "HEAD"] {
                let answer = visitor.send(method, asset.path)
                #expect(answer.body == asset.bytes && answer.status == asset.status, "\(asset.path)")
                #expect(answer.value("content-type") == asset.type)
            }
            #expect(visitor.send("POST", asset.path).status == 404)
        }
        #expect(visitor.send("GET", "/assets/other.js").status == 404)
    }

    @Test func `is named by a page, and pages name no other`() throws {
        let office = try CallOffice()
        let token = try CallOffice.token(try office.book().1)
        let visitor = Visitor(office.sandbox)
        var named: Set<String> = []
        for path in ["/", "/call/\(base64URL(token))"] {
            let page = visitor.send("GET", path).text
            named.formUnion(page.matches(of: /(?:src|href)="(\/assets\/[^"]*)"/).map { String($0.1) })
        }
        #expect(named == Set(Asset.all.map(\.path)).subtracting([Asset.icon.path]))
    }

    @Test func `is a strict script without a page's or Swift's escapes`() {
        for asset in [Asset.waitScript, .callScript] {
            #expect(asset.text.hasPrefix("'use strict';\n") && asset.text.hasSuffix("})();\n"), "\(asset.path)")
            #expect(!asset.text.contains("\\\\") && !asset.text.contains("</") && !asset.text.contains("undefined"))
        }
    }
}
