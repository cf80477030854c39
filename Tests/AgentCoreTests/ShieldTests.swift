import EventLoop
import EventLoopTestSupport
import SecureMemory
import Testing

@testable import AgentCore

@Suite struct `A lock by a passphrase` {
    /// Derives fast, and holds a wrong passphrase back for longer than the test lasts.
    @CoreActor
    private static func locked(firstDelay: UInt64 = 600_000) async -> Shield {
        let shield = Shield(
            derivation: { KeyDerivation(operations: 1, memory: 8192, salt: randomBytes(KeyDerivation.saltLength))! },
            firstDelay: firstDelay)
        #expect(await shield.lock(box("right")))
        return shield
    }

    private static func box(_ text: String) -> SecretBox {
        SecretBox(SecretBytes(copying: Array(text.utf8).span.bytes))
    }

    @Test(arguments: [1, 2] as [Int32])
    func `opens at once by the right one, however many wrong ones are held back`(process: Int32) async {
        await onLoop {
            let shield = await Self.locked()
            let wrong = (0..<24).map { _ in
                Task { @CoreActor in await shield.unlock(Self.box("wrong"), of: 1) }
            }
            await others()
            #expect(await shield.unlock(Self.box("right"), of: process))
            #expect(!shield.isLocked)
            for task in wrong { task.cancel() }
            for task in wrong { #expect(await task.value == false) }
        }
    }

    @Test
    func `tries no more than some of one process at once, and nobody else is the worse for it`()
        async
    {
        await onLoop {
            let shield = await Self.locked()
            let wrong = (0..<Shield.maximumTries).map { _ in
                Task { @CoreActor in await shield.unlock(Self.box("wrong"), of: 1) }
            }
            #expect(await soon { shield.tries(of: 1) == Shield.maximumTries })
            #expect(await shield.unlock(Self.box("right"), of: 1) == false)
            #expect(shield.isLocked)
            var isHeld = 0
            for task in wrong {
                task.cancel()
                if await task.value == false { isHeld += 1 }
            }
            #expect(isHeld == Shield.maximumTries)
            #expect(await shield.unlock(Self.box("right"), of: 2))
        }
    }

    @Test func `goes on when those who gave wrong ones go away together`() async {
        await onLoop {
            let shield = await Self.locked(firstDelay: 1)
            for round in 0..<200 {
                let wrong = (0..<2).map { _ in Task { @CoreActor in await shield.unlock(Self.box("wrong"), of: 1) } }
                for _ in 0..<round % 5 { await others() }
                for task in wrong { task.cancel() }
                for task in wrong { #expect(await task.value == false) }
                if round % 20 == 19 {
                    #expect(await shield.unlock(Self.box("right"), of: 2), "round \(round)")
                    #expect(await shield.lock(Self.box("right")))
                }
            }
        }
    }

    @Test func `takes no empty one`() async {
        await onLoop {
            let shield = Shield(firstDelay: 0)
            #expect(await shield.lock(Self.box("")) == false)
            #expect(!shield.isLocked)
            #expect(await shield.lock(Self.box(" ")))
            #expect(await shield.unlock(Self.box(""), of: 1) == false)
            #expect(shield.isLocked)
        }
    }
}
