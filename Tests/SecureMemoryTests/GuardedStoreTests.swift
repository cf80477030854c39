import SecureMemory
import TestSupport
import Testing

@Suite struct `A store in guarded memory` {
    private func bytes(_ stored: GuardedBytes) -> [UInt8] {
        stored.withBytes { span in
            (0..<span.byteCount).map { unsafe span.unsafeLoad(fromByteOffset: $0, as: UInt8.self) }
        }
    }

    @Test func `keeps strings of every length apart, also when those beside them go`() {
        let store = GuardedStore()
        let lengths = [0, 1, 31, 1000, 16_384, 20_000, 5, 16_383, 2]
        let texts = lengths.enumerated().map { [UInt8](repeating: UInt8($0.offset + 1), count: $0.element) }
        var stored = texts.map { store.store($0) }
        for _ in 0..<4 {
            stored.remove(at: stored.count / 2)
            let kept = stored.map(bytes)
            #expect(kept == stored.map { texts[lengths.firstIndex(of: $0.count)!] })
        }
    }

    @Test func `gives memory back`() throws {
        func mapped() throws -> Int {
            try kernelText("/proc/self/maps").split(separator: "\n").count
        }
        let store = GuardedStore()
        let before = try mapped()
        for _ in 0..<2000 { _ = store.store([UInt8](repeating: 1, count: 9000)) }
        // Two thousand blocks would be some eight thousand lines.
        #expect(try mapped() < before + 2000)
    }
}
