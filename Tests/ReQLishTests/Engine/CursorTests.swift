import Ground
import TestSupport
import Testing

@testable import ReQLish

@Suite struct CursorTests {
    let run: QueryRunner

    init() throws {
        run = try QueryRunner(table: "t")
        _ = try run.value("r.table('t').insert(r.range(1000).map(i => ({id: i, even: i.mod(2).eq(0)})))")
    }

    @Test func rowsComeInBatchesOfAnySize() throws {
        let cursor = try run.cursor("r.table('t').filter({even: true})('id')")
        #expect(try cursor.nextBatch(maxRows: 3) == [0, 2, 4])
        #expect(try cursor.next() == 6)
        var count = 4
        while case let batch = try cursor.nextBatch(maxRows: 100), !batch.isEmpty {
            #expect(batch.count <= 100)
            count += batch.count
        }
        #expect(count == 500)
        #expect(try cursor.next() == nil)
    }

    @Test func aBatchIsBoundedByBytes() throws {
        let cursor = try run.cursor("r.table('t').map(x => ({text: 'x'.add(r.expr([1,2,3,4,5,6,7,8,9,10]).toJsonString())}))")
        let batch = try cursor.nextBatch(maxRows: 1000, maxBytes: 100)
        #expect((1...5).contains(batch.count))
    }

    @Test func rowsAreWrittenAsJSON() throws {
        let cursor = try run.cursor("r.table('t').limit(2)")
        var buffer = ByteBuffer()
        while try cursor.writeNextRow(into: &buffer) { buffer.append("\n") }
        let lines = String(decoding: buffer.span.indices.map { buffer.span[$0] }, as: UTF8.self)
        #expect(lines == "{\"even\":true,\"id\":0}\n{\"even\":false,\"id\":1}\n")
    }

    @Test func aCursorReadsTheStateItBeganWith() throws {
        let cursor = try run.cursor("r.table('t')('id')")
        #expect(try cursor.next() == 0)
        _ = try run.value("r.table('t').delete()")
        _ = try run.value("r.table('t').insert({id: -1})")
        var count = 1
        while try cursor.next() != nil { count += 1 }
        #expect(count == 1000)
        #expect(try run.value("r.table('t').count()") == 1)
    }

    @Test func aCursorEndsWhenItIsClosed() throws {
        let cursor = try run.cursor("r.range()")
        #expect(try cursor.next() == 0)
        cursor.close()
        cursor.close()
        #expect(try cursor.next() == nil)
        #expect(try cursor.nextBatch(maxRows: 10).isEmpty)
    }

    @Test func anErrorIsThrownAgain() throws {
        let cursor = try run.cursor("r.range(10).map(x => r.branch(x.lt(2), x, r.error('at two')))")
        #expect(try cursor.nextBatch(maxRows: 10) == [0, 1])
        for _ in 0..<2 {
            #expect(throws: ReQLError(.user, "at two", frames: [.argument(1), .argument(1), .argument(2)])) { try cursor.next() }
        }
    }

    @Test func cancellationStopsBetweenRows() throws {
        let cancellation = Cancellation()
        var options = QueryOptions()
        options.cancellation = cancellation
        let cursor = try run.cursor("r.range()", options)
        #expect(try cursor.next() == 0)
        cancellation.cancel()
        #expect(throws: ReQLError.self) { try cursor.next() }
        #expect(run.error("r.table('t').sum('id')", options).kind == .operationIndeterminate)
    }

    @Test func aCursorGoesFromThreadToThread() throws {
        let cursor = try run.cursor("r.table('t')('id')")
        let ids = Guarded<[Int]>([])
        try onThreads(4) { _ in
            while let row = try cursor.next() { ids.withLock { $0.append(row.integer ?? -1) } }
        }
        #expect(ids.withLock { $0.sorted() } == Array(0..<1000))
    }
}
