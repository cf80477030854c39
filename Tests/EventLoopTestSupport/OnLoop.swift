import EventLoop
import Foundation

/// The loop in the tests' process, on a thread of its own, which is the first to touch it.
private let loop: Void = {
    let isReady = DispatchSemaphore(value: 0)
    Thread {
        EventLoop.shared.soon { isReady.signal() }
        EventLoop.shared.run()
    }.start()
    isReady.wait()
}()

/// Runs `body` on the loop.
public func onLoop<Value: Sendable>(_ body: @escaping @CoreActor () async throws -> Value) async rethrows -> Value {
    loop
    return try await body()
}

/// Lets everything else on the loop have its turn.
@CoreActor
public func others() async {
    await withCheckedContinuation { continuation in EventLoop.shared.soon { continuation.resume() } }
}

/// Lets the jobs that are there already run, and those that these bring.
@CoreActor
public func otherJobs() async {
    await withCheckedContinuation { continuation in Task { @CoreActor in continuation.resume() } }
}

/// Lets others have their turn until something holds; false if it never does.
@CoreActor
public func soon(_ holds: @CoreActor () -> Bool) async -> Bool {
    for turn in 0..<30_000 {
        if holds() { return true }
        // Others may need the processor for it.
        if turn > 1000 { usleep(1000) }
        await others()
    }
    return holds()
}

/// Numbers that are the same for the same seed (SplitMix64).
public struct SeededNumbers: RandomNumberGenerator {
    private var state: UInt64
    /// - Parameter seed: the same gives the same numbers.
    public init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 }

    /// The next number.
    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
