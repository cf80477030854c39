import SecureMemory
import Testing

@Suite struct GuardedBufferTests {
    private func bytes(_ buffer: GuardedBuffer) -> [UInt8] {
        buffer.withBytes(first: buffer.count) { span in
            (0..<span.byteCount).map { unsafe span.bytes.unsafeLoad(fromByteOffset: $0, as: UInt8.self) }
        }
    }

    @Test func `what was put in is gone afterwards`() {
        let buffer = GuardedBuffer(count: 64)
        buffer.withBytes(first: 32) { span in
            for offset in 0..<32 { span.storeBytes(of: 0xAA, toByteOffset: offset, as: UInt8.self) }
        }
        #expect(bytes(buffer) == [UInt8](repeating: 0, count: 64))
    }

    @Test func `what was filled in is lent at that length, and gone afterwards`() {
        let buffer = GuardedBuffer(count: 64)
        let lent = buffer.withBytes(filledBy: { span in
            span.storeBytes(of: 0x0807_0605, toByteOffset: 0, as: UInt32.self)
            return 4
        }) { count, span in
            (count, (0..<span.byteCount).map { unsafe span.unsafeLoad(fromByteOffset: $0, as: UInt8.self) })
        }
        #expect(lent.0 == 4)
        #expect(lent.1 == [5, 6, 7, 8])
        #expect(bytes(buffer) == [UInt8](repeating: 0, count: 64))
    }

    @Test func `an error's number passes through`() {
        let buffer = GuardedBuffer(count: 8)
        #expect(buffer.withBytes(filledBy: { _ in -1 }) { count, span in count == -1 && span.byteCount == 0 })
    }

    @Test func `two uses at once end the process`() async {
        await #expect(processExitsWith: .failure) {
            let buffer = GuardedBuffer(count: 8)
            buffer.withBytes(first: 8) { _ in buffer.withBytes(first: 8) { _ in } }
        }
    }

    @Test func `a sealed value opens in place only where it was put`() {
        let key = SecretBytes.random(count: AuthenticatedSealing.keyLength)
        let plain: [UInt8] = Array(0..<40)
        let sealed = AuthenticatedSealing.seal(plain.span.bytes, under: key, context: [1])
        let buffer = GuardedBuffer(count: 64)
        buffer.withBytes(first: 40) { target in
            #expect(AuthenticatedSealing.open(sealed, under: key, context: [1], into: &target))
            let isSame = constantTimeEqual(target.bytes, plain.span.bytes)
            #expect(isSame)
            #expect(!AuthenticatedSealing.open(sealed, under: key, context: [2], into: &target))
        }
        buffer.withBytes(first: 41) { target in
            #expect(!AuthenticatedSealing.open(sealed, under: key, context: [1], into: &target))
        }
    }
}
