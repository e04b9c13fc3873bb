import Foundation
import Pando
import TestSupport
import TestTraits
import Testing

@testable import ReQLish

/// Histories of transactions that an application begins in its own process, each set aside after every call that leaves it with something
/// written.
@Suite(.ownThreads, .timeLimit(.minutes(240))) struct SwiftHistoryTests {
    private let folder: TemporaryDirectory
    private let pando: Pando
    private let lists = r.db("app").table("lists")

    init() throws {
        folder = try TemporaryDirectory()
        var options = PandoOptions()
        options.catalog.setsAsideAtOnce = true
        pando = try Pando(path: folder.file("h.pando"), options: options)
        try r.dbCreate("app").run(on: pando)
        for table in ["lists", "money", "duty", "groups"] { try r.db("app").tableCreate(table).run(on: pando) }
        for list in 1...4 { try lists.insert(["id": Query(Datum(list)), "items": []]).run(on: pando) }
    }

    private static func isConflict(_ error: any Error) -> Bool {
        (error as? ReQLError)?.isSerializationFailure == true || (error as? SQLError)?.state.rawValue == "40001"
    }

    private func items(_ pando: Pando) async throws -> [Int: [Int]] {
        var found: [Int: [Int]] = [:]
        for row in try await pando.run(r.db("app").table("lists").coerceTo("array")).elements {
            found[row[field: "id"]?.integer ?? 0] = row[field: "items"]?.elements.compactMap(\.integer)
        }
        return found
    }

    /// What a kill at this moment would leave: a copy of the file, opened.
    private func requireWhatAKillLeaves(_ number: Int) async throws {
        let copy = folder.file("copy\(number).pando")
        try FileManager.default.copyItem(atPath: folder.file("h.pando"), toPath: copy)
        let opened = try Pando(path: copy)
        let (found, wanted) = (try await items(opened), try await items(pando))
        #expect(found == wanted)
        #expect(try opened.catalog.check().problems.isEmpty)
        try opened.close()
        try FileManager.default.removeItem(atPath: copy)
    }

    @Test(arguments: [1, 2, 3]) func listsAreAsIfOneAfterTheOther(seed: Int) async throws {
        var chance = SeededGenerator(seed: UInt64(seed))
        var open: [(transaction: OpenPandoTransaction, steps: [ListHistory.Step], hasWritten: Bool)?] = Array(repeating: nil, count: 5)
        var history = ListHistory()
        var (lastItem, rests, conflicts) = (0, 0, 0)
        for step in 0..<400 {
            if step % 100 == 50 { try await requireWhatAKillLeaves(step) }
            let number = Int.random(in: open.indices, using: &chance)
            let list = Int.random(in: 1...4, using: &chance)
            guard var session = open[number] else {
                open[number] = (try await pando.begin(time: .seconds(600)), [], false)
                continue
            }
            do {
                switch Int.random(in: 0..<10, using: &chance) {
                case 0..<2:
                    let found = try await session.transaction.run(lists.get(Query(Datum(list)))["items"])
                    session.steps.append(.read(list: list, found.elements.compactMap(\.integer)))
                case 2..<4:
                    let rows = try await session.transaction.sql("SELECT items FROM lists WHERE id = \(list)", database: "app")
                    session.steps.append(.read(list: list, rows.first?[field: "items"]?.elements.compactMap(\.integer) ?? []))
                case 4..<8:
                    lastItem += 1
                    let item = Query(Datum(lastItem))
                    try await session.transaction.run(lists.get(Query(Datum(list))).update { ["items": $0["items"].append(item)] })
                    session.steps.append(.append(list: list, lastItem))
                    session.hasWritten = true
                case 8:
                    try await session.transaction.commit()
                    history.committed.append(session.steps)
                    open[number] = nil
                    continue
                default:
                    // Somebody who has the writer's turn from beginning to end.
                    lastItem += 1
                    let (lists, item) = (lists, lastItem)
                    let read = try await pando.write { tx in
                        let found = try tx.run(lists.get(Query(Datum(list)))["items"]).elements.compactMap(\.integer)
                        try tx.run(lists.get(Query(Datum(list % 4 + 1))).update { ["items": $0["items"].append(Query(Datum(item)))] })
                        return found
                    }
                    history.committed.append([.read(list: list, read), .append(list: list % 4 + 1, item)])
                    continue
                }
                open[number] = session
                if session.hasWritten { rests += 1 }
            } catch {
                guard Self.isConflict(error) else { throw error }
                conflicts += 1
                await session.transaction.rollback()
                open[number] = nil
            }
        }
        for session in open { await session?.transaction.rollback() }
        history.final = try await items(pando)
        #expect(history.violation == nil)
        #expect(history.committed.count > 20 && conflicts > 0)
        // At the end of every call of a transaction that had written.
        #expect(pando.catalog.openTransactions.setAsideCount == rests)
        #expect(pando.catalog.openTransactions.count == 0)
        #expect(try pando.catalog.check().problems.isEmpty)
        try await requireWhatAKillLeaves(1000)
        try pando.close()
    }

    /// Money that is moved, a duty that one of two has to have, groups that have room for five: each looks before it writes, many at once.
    @Test func whatIsDecidedFromWhatWasReadHolds() async throws {
        let pando = pando
        let (money, duty, groups) = (r.db("app").table("money"), r.db("app").table("duty"), r.db("app").table("groups"))
        try groups.indexCreate("group").run(on: pando)
        try groups.indexWait("group").run(on: pando)
        for id in 0..<6 { try money.insert(["id": Query(Datum(id)), "sum": 100]).run(on: pando) }
        for id in 0..<4 { try duty.insert(["id": Query(Datum(id)), "on": true]).run(on: pando) }
        let sums = try await withThrowingTaskGroup(of: [Int].self) { tasks in
            for worker in 0..<6 {
                tasks.addTask {
                    var chance = SeededGenerator(seed: UInt64(worker))
                    var sums: [Int] = []
                    for turn in 0..<25 {
                        let (from, to) = (Int.random(in: 0..<6, using: &chance), Int.random(in: 0..<6, using: &chance))
                        let (mine, group) = (Int.random(in: 0..<4, using: &chance), Int.random(in: 0..<8, using: &chance))
                        switch turn % 4 {
                        case 0:
                            try await pando.transaction(retries: 1000) { tx in
                                let (one, two) = (Query(Datum(from)), Query(Datum(to)))
                                let before = try await tx.run(money.get(one)["sum"]).integer ?? 0
                                try await tx.run(money.get(one).update(["sum": Query(Datum(before - 7))]))
                                let after = try await tx.run(money.get(two)["sum"]).integer ?? 0
                                try await tx.run(money.get(two).update(["sum": Query(Datum(after + 7))]))
                            }
                        case 1:
                            try await pando.transaction(retries: 1000) { tx in
                                let (one, two) = (Query(Datum(mine)), Query(Datum(mine ^ 1)))
                                let other = try await tx.run(duty.get(two)["on"]).bool
                                try await tx.run(duty.get(one).update(["on": Query(Datum(other == false))]))
                            }
                        case 2:
                            try await pando.transaction(retries: 1000) { tx in
                                let name = Query(Datum(group % 3))
                                let count = try await tx.run(groups.getAll(name, index: "group").count()).integer ?? 0
                                if count < 5 { try await tx.run(groups.insert(["group": name])) }
                            }
                        default:
                            sums.append(try await pando.read { tx in try tx.run(money.sum("sum")).integer ?? 0 })
                        }
                    }
                    return sums
                }
            }
            return try await tasks.reduce(into: []) { $0 += $1 }
        }
        #expect(!sums.isEmpty && sums.allSatisfy { $0 == 600 })
        #expect(try await pando.run(money.sum("sum")) == 600)
        let onDuty = try await pando.run(duty.orderBy("id")["on"].coerceTo("array")).elements.map(\.bool)
        #expect(onDuty[0] == true || onDuty[1] == true)
        #expect(onDuty[2] == true || onDuty[3] == true)
        for group in 0..<3 { #expect(try await pando.run(groups.getAll(Query(Datum(group)), index: "group").count()).integer ?? 9 <= 5) }
        #expect(pando.catalog.openTransactions.setAsideCount > 0 && pando.catalog.openTransactions.count == 0)
        #expect(try pando.catalog.check().problems.isEmpty)
        try pando.close()
    }
}
