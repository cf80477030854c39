import Foundation
import SecureMemory
import Testing

@Suite struct `A secret that is built piece by piece` {
    private func bytes(_ secret: borrowing SecretBytes) -> [UInt8] {
        secret.withBytes { span in span.withUnsafeBytes { Array($0) } }
    }

    @Test func `is all its pieces in their order, however long it grows`() {
        for pieces in [0, 1, 3, 64, 1000] {
            var builder = SecretBuilder()
            var expected: [UInt8] = []
            for piece in 0..<pieces {
                let part = [UInt8](repeating: UInt8(truncatingIfNeeded: piece), count: piece % 40)
                builder.append(part.span.bytes)
                expected += part
                #expect(builder.count == expected.count)
            }
            #expect(builder.withBytes { span in span.withUnsafeBytes { Array($0) } } == expected)
            let secret = builder.finish()
            #expect(secret.count == expected.count && bytes(secret) == expected)
        }
    }

    @Test func `is a secret like any other when it is whole`() async {
        await #expect(processExitsWith: .signal(SIGSEGV)) {
            var builder = SecretBuilder()
            builder.append([7, 7, 7].span.bytes)
            let address = builder.withBytes { UInt(bitPattern: $0.withUnsafeBytes { $0.baseAddress! }) }
            let secret = builder.finish()
            secret.withBytes { precondition($0.withUnsafeBytes { $0[0] } == 7) }
            // The precondition holds, and nobody reads it but in a closure.
            _exit(Int32(UnsafePointer<UInt8>(bitPattern: address)!.pointee) + Int32(secret.count))
        }
    }

    @Test func `is given back where it is never whole`() {
        for _ in 0..<20_000 {
            var builder = SecretBuilder()
            builder.append([1].span.bytes)
        }
    }
}
