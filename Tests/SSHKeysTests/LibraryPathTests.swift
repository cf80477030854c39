import Testing
import Wire

@testable import SSHKeys

@Suite struct `A library's path that is no text` {
    @Test(arguments: [KeyMessageType.addCard, KeyMessageType.removeCard])
    func `arrives byte for byte`(type: UInt8) throws {
        let path = Array("/home/Espa".utf8) + [0xF1, 0x61] + Array("/x.so".utf8)
        var writer = ByteWriter()
        writer.put(byte: type)
        writer.put(path)
        writer.put("")
        let request = try #require(try decode(writer.bytes))
        switch request {
        case .addProvider(let read, _, _), .removeProvider(let read): #expect(SystemText.bytes(read) == path)
        default: Issue.record("\(request)")
        }
        #expect(encoded(request, constrained: false) == writer.bytes)
    }
}
