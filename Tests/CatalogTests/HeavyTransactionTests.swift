import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Catalog

/// A transaction that has changed too much to be set aside, and waits for its client.
@Suite struct HeavyTransactionTests {
    private func put(_ transaction: OpenTransaction, _ ids: Range<Int>, in table: TableConfig) throws {
        try transaction.write({ (writer) throws(CatalogError) in
            for id in ids { try writer.put(["id": Datum(id), "text": Datum(String(repeating: "x", count: 100))], in: table) }
        }) { $0 }
    }

    /// As `COPY` does between two of its messages: it goes on, and who wants to write waits.
    @Test func itGoesOnWhenItsClientDoes() throws {
        var options = CatalogOptions()
        options.writerGrace = .zero
        options.setAsideByteCount = 2000
        options.heavyGrace = .seconds(3600)
        let catalog = try Catalog.inMemory(options: options)
        var setup = try catalog.beginWrite()
        let table = try setup.createTable("t", in: try setup.createDatabase("app"))
        try setup.commit()
        let heavy = catalog.openTransactions.begin(catalog, .readCommitted, user: nil)
        try put(heavy, 0..<100, in: table)
        heavy.rest()
        let hasBegun = Atomic(false)
        let other = TestThread {
            let transaction = catalog.openTransactions.begin(catalog, .readCommitted, user: nil)
            hasBegun.store(true, ordering: .releasing)
            try put(transaction, 1000..<1001, in: table)
            try transaction.commit(.hard)
        }
        while !hasBegun.load(ordering: .acquiring) {}
        for batch in 1..<20 {
            try put(heavy, batch * 10..<batch * 10 + 10, in: table)
            heavy.rest()
            usleep(1000)
        }
        try heavy.commit(.hard)
        try other.join()
        #expect(heavy.setAsideCount == 0)
        #expect(try catalog.snapshot().count(in: table, .all) == 201)
    }
}
