import SecureMemory
import Testing
import Wire

/// A message with every kind of value.
private struct Sample: WireMessage, Equatable {
    static let type: UInt8 = 77

    var byte: UInt8 = 0xA5
    var yes = true
    var no = false
    var number: UInt32 = 0xDEAD_BEEF
    var large: UInt64 = 0x0102_0304_0506_0708
    var bytes: [UInt8] = [0, 255, 128]
    var fixed: [UInt8] = [1, 2, 3, 4]
    var text = "Clau d'en Núria\n\t€"
    var list: [UInt32] = [1, 2, 3]
    var rest: [UInt8] = [9, 8, 7]

    init() {}

    init(decoding reader: inout WireReader) throws(WireError) {
        byte = try reader.byte()
        yes = try reader.boolean()
        no = try reader.boolean()
        number = try reader.uint32()
        large = try reader.uint64()
        bytes = try reader.bytes(limit: 8)
        fixed = try reader.bytes(count: 4)
        text = try reader.text(limit: 64)
        list = try reader.list(limit: 4) { (reader) throws(WireError) in try reader.uint32() }
        rest = try reader.rest(limit: 3)
    }

    func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        writer.put(byte: byte)
        writer.put(yes)
        writer.put(no)
        writer.put(number)
        writer.put(large)
        writer.put(bytes)
        writer.put(fixed)
        writer.put(text)
        writer.put(list: list) { $0.put($1) }
        writer.append(rest.span.bytes)
    }
}

/// A message with a secret.
private struct SecretSample: ~Copyable, WireMessage {
    static let type: UInt8 = 78
    let secret: SecretBytes

    init(secret: consuming SecretBytes) { self.secret = secret }
    init(decoding reader: inout WireReader) throws(WireError) { secret = try reader.secret(limit: 1024) }
    func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) { writer.put(secret) }
}

private func revealed(_ secret: borrowing SecretBytes) -> [UInt8] {
    secret.withBytes { $0.withUnsafeBytes { Array($0) } }
}

private func read<Value>(
    _ bytes: [UInt8], _ body: (inout WireReader) throws(WireError) -> Value
) throws(WireError) -> Value {
    try WireReader.read(bytes, body)
}

private func sample(_ payload: [UInt8]) throws(WireError) -> Sample? {
    try Sample.decode(payload: payload.span.bytes)
}

private func announced(_ header: [UInt8]) throws(WireError) -> Int? {
    try Frame.length(announcedBy: header.span.bytes)
}

/// The bytes of a string: its length, then itself.
private func string(_ bytes: [UInt8]) -> [UInt8] {
    var writer = ByteWriter()
    writer.put(bytes)
    return writer.bytes
}

@Suite struct WireTests {
    // MARK: Messages

    @Test func `every kind of value comes back`() throws {
        let frame = Sample().frame()
        #expect(try sample(Array(frame[4...])) == Sample())
    }

    @Test func `values have the bytes of RFC 4251`() {
        var writer = ByteWriter()
        writer.put(byte: 7)
        writer.put(true)
        writer.put(699_921_578 as UInt32)
        writer.put(1 as UInt64)
        writer.put("testing")
        #expect(
            writer.bytes == [7, 1, 0x29, 0xb7, 0xf4, 0xaa, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 7] + Array("testing".utf8))
    }

    @Test func `a secret frame has the bytes of an open one`() {
        #expect(revealed(Sample().secretFrame()) == Sample().frame())
    }

    @Test(arguments: [0, 1, 251, 252, 253, 1024]) func `a secret comes back`(count: Int) throws {
        let pattern = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
        let frame = SecretSample(secret: SecretBytes(copying: pattern.span.bytes)).secretFrame()
        let read = try frame.withBytes { bytes throws(WireError) -> [UInt8] in
            guard let sample = try SecretSample.decode(payload: bytes.extracting(droppingFirst: 4)) else { return [] }
            return revealed(sample.secret)
        }
        #expect(read == pattern)
    }

    @Test func `a secret in an open frame ends the process`() async {
        await #expect(processExitsWith: .failure) {
            _ = SecretSample(secret: SecretBytes(zeros: 1)).frame()
        }
    }

    @Test func `a truncation at any length is no message`() {
        let payload = Array(Sample().frame()[4...])
        for length in 1..<payload.count - 3 {
            #expect(throws: WireError.truncated) { try sample(Array(payload[..<length])) }
        }
    }

    @Test func `a change of any bit is refused or read as another message`() throws {
        let payload = Array(Sample().frame()[4...])
        for position in 8..<payload.count * 8 {
            var changed = payload
            changed[position / 8] ^= 1 << (position % 8)
            do {
                let message = try #require(try sample(changed))
                #expect(message != Sample())
                #expect(Array(message.frame()[4...]) == changed)
            } catch is WireError {}
        }
    }

    @Test func `a payload of another type, or of none, is not this message`() throws {
        var payload = Array(Sample().frame()[4...])
        payload[0] = 78
        #expect(try sample(payload) == nil)
        #expect(try sample([UInt8]()) == nil)
    }

    @Test func `bytes after the last value are refused`() {
        #expect(throws: WireError.trailing) {
            try read([0, 0, 0, 1, 5]) { (reader) throws(WireError) in try reader.uint32() }
        }
    }

    // MARK: Values

    @Test(arguments: [2, 3, 128, 255] as [UInt8]) func `a boolean is 0 or 1`(byte: UInt8) {
        #expect(throws: WireError.malformed) {
            try read([byte]) { (reader) throws(WireError) in try reader.boolean() }
        }
    }

    @Test func `a string longer than its limit is refused before it is read`() {
        for announced in [4, 5, 0x7FFF_FFFF, 0xFFFF_FFFF] as [UInt32] {
            var writer = ByteWriter()
            writer.put(announced)
            #expect(throws: WireError.tooLong) {
                try read(writer.bytes) { (reader) throws(WireError) in try reader.bytes(limit: 3) }
            }
            #expect(throws: WireError.tooLong) {
                try read(writer.bytes) { (reader) throws(WireError) in try reader.text(limit: 3) }
            }
            #expect(throws: WireError.tooLong) {
                try read(writer.bytes) { (reader) throws(WireError) in revealed(try reader.secret(limit: 3)) }
            }
            #expect(throws: WireError.tooLong) {
                try read(writer.bytes) { (reader) throws(WireError) in
                    try reader.list(limit: 3) { (reader) throws(WireError) in try reader.byte() }
                }
            }
        }
    }

    @Test func `a string of its limit is read`() throws {
        #expect(try read(string([1, 2, 3])) { (reader) throws(WireError) in try reader.bytes(limit: 3) } == [1, 2, 3])
    }

    @Test func `a fixed string of another length is refused`() {
        #expect(throws: WireError.malformed) {
            try read(string([1, 2])) { (reader) throws(WireError) in try reader.bytes(count: 3) }
        }
        #expect(throws: WireError.tooLong) {
            try read(string([1, 2, 3, 4])) { (reader) throws(WireError) in try reader.bytes(count: 3) }
        }
    }

    @Test func `a rest longer than its limit is refused`() {
        #expect(throws: WireError.tooLong) {
            try read([1, 2, 3]) { (reader) throws(WireError) in try reader.rest(limit: 2) }
        }
    }

    @Test(
        arguments: [
            [0xC3], [0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0x61, 0x80],
        ] as [[UInt8]]) func `text that is not UTF-8 is refused`(bytes: [UInt8])
    {
        #expect(throws: WireError.malformed) {
            try read(string(bytes)) { (reader) throws(WireError) in try reader.text(limit: 64) }
        }
    }

    @Test(
        arguments: [
            0x00, 0x07, 0x08, 0x0D, 0x1B, 0x7F, 0x85, 0x9F, 0x061C, 0x200E, 0x200F, 0x2028, 0x2029, 0x202A, 0x202E,
            0x2066, 0x2069, 0xFEFF,
        ] as [UInt32]) func `text with a control character or a bidirectional one is refused`(value: UInt32) throws
    {
        let text = "a\(Character(try #require(Unicode.Scalar(value))))b"
        #expect(throws: WireError.malformed) {
            try read(string(Array(text.utf8))) { (reader) throws(WireError) in try reader.text(limit: 64) }
        }
    }

    @Test(arguments: ["", "\n\t", "Ñandú", "l·l", "𝔘", "e\u{301}", "¡!", "\u{A0}"])
    func `plain text of any language is read`(text: String) throws {
        #expect(
            try read(string(Array(text.utf8))) { (reader) throws(WireError) in try reader.text(limit: 64) } == text)
    }

    // MARK: Frames

    @Test func `a frame's length is known at its fourth byte`() throws {
        let header: [UInt8] = [0, 0, 1, 2, 99]
        for count in 0..<4 { #expect(try announced(Array(header[..<count])) == nil) }
        #expect(try announced(Array(header[..<4])) == 258)
        #expect(try announced(header) == 258)
    }

    @Test func `a frame may be as long as the limit and no longer`() throws {
        #expect(try announced([0, 4, 0, 0]) == Frame.maximumLength)
        for header in [[0, 4, 0, 1], [0xFF, 0xFF, 0xFF, 0xFF], [0x80, 0, 0, 0]] as [[UInt8]] {
            #expect(throws: WireError.tooLong) { try announced(header) }
        }
    }

    @Test func `a frame without a type is refused`() {
        #expect(throws: WireError.malformed) { try announced([0, 0, 0, 0]) }
    }
}
