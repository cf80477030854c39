/// The state of a row, and which states may follow. `contrib/doc/STATES.md` draws what stands here.
public protocol RowState: CaseIterable, Hashable, Sendable {
    /// The states that may come after it, by a write or by time.
    var next: Set<Self> { get }
}

/// The state of a row, as its table has it. A write that would bring a row into one that may not follow is refused.
public protocol StoredState: RowState, RawRepresentable where RawValue == Int64 {}

extension StoredState {
    /// The condition that a row is in a state from which it may go to another.
    ///
    /// - Parameter column: of the state.
    static func precedes(_ state: Self, in column: String = "state") -> String {
        let former = allCases.filter { $0.next.contains(state) }.map { "\($0.rawValue)" }
        return "\(column) IN (\(former.joined(separator: ", ")))"
    }
}

extension SQLConnection {
    /// Runs a write that brings one row into another state.
    ///
    /// - Throws: a ``StoreError`` where no row is in a state from which it may go there: a fault of the caller, which looks
    ///   first.
    func transition(_ sql: String, _ parameters: SQLValue...) throws(StoreError) {
        guard try execute(sql, parameters) == 1 else {
            throw StoreError(.other, "no row is in a state from which it may go to that one")
        }
    }
}
