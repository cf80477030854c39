/// Lets one task through at a time, in the order of their coming; a cancelled one leaves the line.
@CoreActor
final class Turnstile {
    private var isOccupied = false
    private var line: [Promise<Bool>] = []

    init() {}

    /// How many wait.
    var waiting: Int { line.count }

    /// Waits for the turn; false if the task was cancelled first, and then there is nothing to leave.
    func enter() async -> Bool {
        if Task.isCancelled { return false }
        guard isOccupied else {
            isOccupied = true
            return true
        }
        let promise = Promise<Bool>()
        line.append(promise)
        let isMine = await promise.wait(ifLate: false, ifCancelled: false)
        if !isMine { line.removeAll { $0 === promise } }
        return isMine
    }

    /// Gives the turn to the next.
    func leave() {
        guard !line.isEmpty else {
            isOccupied = false
            return
        }
        line.removeFirst().fulfil(true)
    }
}
