/// Actions by the time when they are due: a binary heap. A removed one stays in it as an empty place until its turn, or
/// until the empty places are the most.
struct Timers {
    private struct Place {
        let due: UInt64
        let number: UInt64

        static func < (one: Place, other: Place) -> Bool {
            (one.due, one.number) < (other.due, other.number)
        }
    }

    private var heap: [Place] = []
    private var actions: [UInt64: () -> Void] = [:]
    private var lastNumber: UInt64 = 0

    /// When the first is due; nil if there is none.
    var firstDue: UInt64? {
        mutating get {
            while let first = heap.first, actions[first.number] == nil { removeFirst() }
            return heap.first?.due
        }
    }

    /// Adds an action, and gives it a number.
    mutating func add(due: UInt64, _ action: @escaping () -> Void) -> UInt64 {
        lastNumber += 1
        actions[lastNumber] = action
        heap.append(Place(due: due, number: lastNumber))
        rise(heap.count - 1)
        return lastNumber
    }

    /// Forgets an action.
    mutating func remove(_ number: UInt64) {
        guard actions.removeValue(forKey: number) != nil, heap.count > 2 * actions.count + 64 else { return }
        // A sorted array is a heap.
        heap = heap.filter { actions[$0.number] != nil }.sorted(by: <)
    }

    /// Takes out the first action if it is due; those of the same time come in the order of their adding.
    mutating func popFirst(dueBy now: UInt64) -> (() -> Void)? {
        guard let due = firstDue, due <= now else { return nil }
        let number = heap[0].number
        removeFirst()
        return actions.removeValue(forKey: number)
    }

    private mutating func removeFirst() {
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        sink(0)
    }

    private mutating func rise(_ start: Int) {
        var place = start
        while place > 0, heap[place] < heap[(place - 1) / 2] {
            heap.swapAt(place, (place - 1) / 2)
            place = (place - 1) / 2
        }
    }

    private mutating func sink(_ start: Int) {
        var place = start
        while true {
            var least = place
            for child in [2 * place + 1, 2 * place + 2] where child < heap.count && heap[child] < heap[least] {
                least = child
            }
            guard least != place else { return }
            heap.swapAt(place, least)
            place = least
        }
    }
}
