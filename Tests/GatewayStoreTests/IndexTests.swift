import ClaveDomain
import Foundation
import GatewayAPI
import Posix
import Testing

@testable import GatewayStore

/// A connection that also asks SQLite of each statement how it finds its rows.
private final class Planner: SQLConnection {
    private let connection: SQLiteConnection
    /// SQLite's words for each step of each statement.
    private(set) var plans: [[String]] = []

    init(_ connection: SQLiteConnection) { self.connection = connection }

    private func plan(_ sql: String, _ parameters: [SQLValue]) throws(StoreError) {
        plans.append(try connection.rows("EXPLAIN QUERY PLAN \(sql)", parameters) { $0.text("detail") })
    }

    func rows<Row>(
        _ sql: String, _ parameters: [SQLValue], _ decode: (any SQLRow) -> Row?
    ) throws(StoreError) -> [Row] {
        try plan(sql, parameters)
        return try connection.rows(sql, parameters, decode)
    }

    func execute(_ sql: String, _ parameters: [SQLValue]) throws(StoreError) -> Int {
        try plan(sql, parameters)
        return try connection.execute(sql, parameters)
    }

    func savepoint<Result>(_ body: () throws(StoreError) -> Result) throws(StoreError) -> Result {
        try connection.savepoint(body)
    }

    var isInTransaction: Bool { connection.isInTransaction }
    func leavesNoTrace() { connection.leavesNoTrace() }
    func lastNumber(of table: String) throws(StoreError) -> Int64 { try connection.lastNumber(of: table) }
}

/// What a statement does, and the index by which it must find its rows.
struct IndexedWork: Sendable, CustomTestStringConvertible {
    let name: String
    /// The index of each of its statements; nil where one has none.
    let indexes: [String?]
    let run: @Sendable (WriteTransaction) throws -> Void
    var testDescription: String { name }

    init(_ name: String, _ indexes: String?..., run: @escaping @Sendable (WriteTransaction) throws -> Void) {
        (self.name, self.indexes, self.run) = (name, indexes, run)
    }

    private static func document() throws -> NationalDocument { try NationalDocument(parsing: "12345678Z") }
    private static let moment = Moment(now: 1000, isCertain: true)

    static let all = [
        IndexedWork("the device of a person", "one_active_device") { _ = try $0.devices.active(of: 1) },
        IndexedWork("the live letter of a person", "one_live_letter") {
            _ = try $0.letters.live(of: try document(), at: 1)
        },
        IndexedWork("the letter that a person has used", "letters_by_document") {
            _ = try $0.letters.used(by: try document(), at: 1)
        },
        IndexedWork("making a letter void", "one_live_letter", "one_live_letter") {
            try $0.letters.void(of: try document())
        },
        IndexedWork("making a printed letter void", "one_live_letter") {
            try $0.letters.voidPrinted(of: try document())
        },
        IndexedWork("the visit of a request", "transactions_by_request") { _ = try $0.visits.visit(request: [1]) },
        IndexedWork("the visit of a link", "transactions_by_token") { _ = try $0.visits.visit(token: [1]) },
        IndexedWork("whether an approval is pending", "live_transactions") {
            _ = try $0.visits.hasPendingApproval(of: 1, besides: [], at: 1)
        },
        IndexedWork("making a person's PINs void", "live_transactions") {
            _ = try $0.visits.voidPINs(of: 1, besides: [])
        },
        IndexedWork("removing digests of dead PINs", "transactions_with_digest") {
            try $0.visits.removeDeadPINs(at: 1)
        },
        IndexedWork("the line of calls", "live_calls") { _ = try $0.calls.line(at: moment) },
        IndexedWork("live calls for the desk", "live_calls") { _ = try $0.calls.liveFiles(at: moment) },
        IndexedWork("a device's live calls", "live_calls_by_device") {
            _ = try $0.calls.live(ofDevice: [1], at: moment)
        },
        IndexedWork("a person's live calls", "calls_by_document") {
            _ = try $0.calls.live(of: try document(), at: moment)
        },
        IndexedWork("appointments to come", "live_calls") { _ = try $0.calls.appointments(after: 1) },
        IndexedWork("whether an operator holds a call", "one_call_held") { _ = try $0.calls.isHolding(1) },
        IndexedWork("writing what time has brought", "one_call_held", "live_calls") {
            try $0.calls.settle(at: moment)
        },
        IndexedWork("taking an operator's name from calls", "one_call_held", nil) {
            try $0.calls.forgetHolder(try document())
        },
    ]
}

@Suite struct `A statement of a partial index` {
    @Test(arguments: IndexedWork.all)
    func `finds its rows by it`(work: IndexedWork) throws {
        let folder = NSTemporaryDirectory() + "clave-plans-" + UUID().uuidString
        try Files.makeFolder(folder)
        let connection = try SQLiteConnection(path: folder + "/store.sqlite")
        try Schema.bringUpToDate(connection)
        let planner = Planner(connection)
        try work.run(WriteTransaction(planner))
        try #require(planner.plans.count == work.indexes.count, "\(planner.plans)")
        for (plan, index) in zip(planner.plans, work.indexes) {
            guard let index else { continue }
            #expect(
                plan.contains { $0.contains(" USING INDEX \(index)") || $0.contains(" INDEX \(index) ") }, "\(plan)")
        }
    }
}
