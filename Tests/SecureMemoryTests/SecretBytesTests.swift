import CLinux
import Dispatch
import Glibc
import SecureMemory
import Testing

@Suite struct SecretBytesTests {
    @Test func `a new secret is zero`() {
        #expect(revealed(SecretBytes(zeros: 5)) == [0, 0, 0, 0, 0])
    }

    @Test func `a secret may be empty`() {
        let empty = SecretBytes(zeros: 0)
        #expect(empty.count == 0)
        #expect(revealed(empty) == [])
        #expect(areEqual([], []))
    }

    @Test(arguments: [1, 15, 16, 17, 4095, 4096, 4097, 65536])
    func `what is written is read`(count: Int) {
        let pattern = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let written = SecretBytes(zeros: count)
        written.withMutableBytes { target in
            for (index, byte) in pattern.enumerated() {
                target.storeBytes(of: byte, toByteOffset: index, as: UInt8.self)
            }
        }
        #expect(revealed(written) == pattern)
        #expect(revealed(written.copy()) == pattern)
    }

    @Test func `a difference in any byte or in length is a difference`() {
        let pattern = [UInt8](0..<40)
        #expect(areEqual(pattern, pattern))
        for index in pattern.indices {
            var other = pattern
            other[index] ^= 0x80
            #expect(!areEqual(pattern, other))
            #expect(!areEqual(pattern, Array(pattern[..<index])))
        }
    }

    @Test func `a prefix has the length that was asked for`() {
        let original = secret([1, 2, 3])
        for length in 0...3 { #expect(revealed(original.prefix(length)) == Array([1, 2, 3][..<length])) }
    }

    @Test func `random secrets differ`() {
        #expect(revealed(SecretBytes.random(count: 32)) != revealed(SecretBytes.random(count: 32)))
    }

    @Test func `many threads read one secret at once`() {
        let shared = SecretBox(secret([UInt8](repeating: 7, count: 64)))
        DispatchQueue.concurrentPerform(iterations: 4000) { _ in
            let sum = shared.withSecret { revealed($0).reduce(0) { $0 + Int($1) } }
            #expect(sum == 7 * 64)
        }
    }

    @Test func `a box gives its secret once`() {
        let box = SecretBox(secret([9]))
        #expect(box.withSecret { revealed($0) } == [9])
        #expect(revealed(box.take()) == [9])
        #expect(revealed(box.take()) == nil)
        #expect(box.withSecret { _ in true } == nil)
    }

    // MARK: What ends the process

    @Test func `a read outside the closure ends the process`() async {
        await #expect(processExitsWith: .signal(SIGSEGV)) {
            let secret = SecretBytes.random(count: 32)
            let address = secret.withBytes { UInt(bitPattern: $0.withUnsafeBytes { $0.baseAddress! }) }
            _exit(Int32(UnsafePointer<UInt8>(bitPattern: address)!.pointee))
        }
    }

    @Test func `a write while reading is lent ends the process`() async {
        await #expect(processExitsWith: .signal(SIGSEGV)) {
            let secret = SecretBytes.random(count: 32)
            secret.withBytes { bytes in
                bytes.withUnsafeBytes { UnsafeMutableRawBufferPointer(mutating: $0)[0] = 1 }
            }
            _exit(0)
        }
    }

    @Test func `a write beyond the end ends the process`() async {
        await #expect(processExitsWith: .signal(SIGSEGV)) {
            let secret = SecretBytes.random(count: 32)
            secret.withMutableBytes { bytes in
                bytes.withUnsafeMutableBytes { $0.baseAddress!.storeBytes(of: 1, toByteOffset: 32, as: UInt8.self) }
            }
            _exit(0)
        }
    }

    @Test func `a write during a read ends the process`() async {
        await #expect(processExitsWith: .failure) {
            let secret = SecretBytes.random(count: 32)
            secret.withBytes { _ in secret.withMutableBytes { _ in } }
            _exit(0)
        }
    }

    @Test(arguments: [1, 32, 4095, 4096, 10_000])
    func `a forked copy of the process finds zeros in the place of a secret`(count: Int) async {
        await #expect(processExitsWith: .success) { [count] in
            let secret = SecretBytes.random(count: count)
            secret.withMutableBytes { bytes in
                for offset in 0..<count { bytes.storeBytes(of: 0xAA, toByteOffset: offset, as: UInt8.self) }
            }
            // The copy ends while it has lent the bytes: it must not free them.
            let copy = secret.withBytes { bytes in
                let copy = clave_fork()
                guard copy == 0 else { return copy }
                let isWiped = (0..<count).allSatisfy { bytes.unsafeLoad(fromByteOffset: $0, as: UInt8.self) == 0 }
                _exit(isWiped ? 0 : 1)
            }
            var status: Int32 = 0
            try #require(waitpid(copy, &status, 0) == copy)
            #expect(status == 0)
            let isWhole = secret.withBytes { bytes in
                (0..<count).allSatisfy { bytes.unsafeLoad(fromByteOffset: $0, as: UInt8.self) == 0xAA }
            }
            #expect(isWhole)
        }
    }

    @Test func `a secret's memory is gone when the secret ends`() async {
        await #expect(processExitsWith: .signal(SIGSEGV)) {
            var address: UInt = 0
            do {
                let secret = SecretBytes.random(count: 32)
                address = secret.withBytes { UInt(bitPattern: $0.withUnsafeBytes { $0.baseAddress! }) }
            }
            _exit(Int32(UnsafePointer<UInt8>(bitPattern: address)!.pointee))
        }
    }
}
