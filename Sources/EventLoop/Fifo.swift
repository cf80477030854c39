/// Values in the order of their coming. Both ends cost the same however many there are, unlike an array's first place.
struct Fifo<Element> {
    /// Emptied places are given back once they are the most, so that each value is moved once on the average.
    private static var minimumEmptied: Int { 32 }

    private var places: [Element?] = []
    /// Places in front that are empty.
    private var emptied = 0

    init() {}

    var count: Int { places.count - emptied }
    var isEmpty: Bool { places.count == emptied }
    var first: Element? { isEmpty ? nil : places[emptied] }

    mutating func append(_ element: Element) { places.append(element) }

    /// Takes out the first; nil if there is none.
    mutating func popFirst() -> Element? {
        guard !isEmpty else { return nil }
        let element = places[emptied].take()
        emptied += 1
        if isEmpty {
            places.removeAll(keepingCapacity: places.count <= Self.minimumEmptied)
            emptied = 0
        } else if emptied >= Self.minimumEmptied, emptied > places.count / 2 {
            places.removeFirst(emptied)
            emptied = 0
        }
        return element
    }
}
