import CLinux
import EventLoopTestSupport
import Glibc
import Posix
import Testing

@testable import EventLoop

@Suite struct `The loop` {
    /// A pipe, and how often its reading end was told to be readable.
    @CoreActor
    private final class Pipe {
        let reading: Descriptor
        let writing: Descriptor
        private(set) var times = 0

        init() throws {
            var ends: [Int32] = [-1, -1]
            try #require(unsafe pipe(&ends) == 0)
            reading = Descriptor(owning: ends[0])
            writing = Descriptor(owning: ends[1])
        }

        /// - Parameter number: by which the reading end is open too; nil for its own.
        func watch(_ number: Int32? = nil) {
            let number = number ?? reading.number
            EventLoop.shared.watch(number, for: .readable) { [weak self] _ in
                CoreActor.assumeIsolated {
                    guard let self else { return }
                    var byte: UInt8 = 0
                    _ = unsafe read(number, &byte, 1)
                    self.times += 1
                }
            }
        }

        func write() { _ = unsafe Glibc.write(writing.number, [1], 1) }
    }

    @Test func `tells nothing of a descriptor that it has forgotten and that stays open, until it is watched anew`()
        async throws
    {
        try await onLoop {
            let pipe = try Pipe()
            pipe.watch()
            pipe.write()
            #expect(await soon { pipe.times == 1 })
            EventLoop.shared.forget(pipe.reading.number)
            pipe.write()
            for _ in 0..<20 { await others() }
            #expect(pipe.times == 1)
            // Once after the kernel was told to forget it too, and once before.
            for _ in 0..<2 {
                let before = pipe.times
                pipe.watch()
                #expect(await soon { pipe.times == before + 1 })
                EventLoop.shared.forget(pipe.reading.number)
                pipe.write()
            }
        }
    }

    @Test func `tells of a descriptor with the number of a forgotten and closed one what is true of it`() async throws {
        try await onLoop {
            for _ in 0..<50 {
                let (gone, pipe) = (try Pipe(), try Pipe())
                let number = gone.reading.number
                gone.watch()
                gone.write()
                EventLoop.shared.forget(number)
                // Closes the one and gives its number to the other, so that no other thread gets it.
                try #require(dup2(pipe.reading.number, number) == number)
                pipe.watch(number)
                for _ in 0..<3 { await others() }
                #expect(gone.times == 0 && pipe.times == 0)
                pipe.write()
                #expect(await soon { pipe.times == 1 })
                EventLoop.shared.forget(number)
            }
        }
    }
}
