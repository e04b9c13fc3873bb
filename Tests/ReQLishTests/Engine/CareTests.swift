import ReQLish
import TestSupport
import TestTraits
import Testing

@Suite(.ownThreads) struct CareTests {
    @Test func compaction() async throws {
        let directory = try TemporaryDirectory()
        let pando = try Pando(path: directory.file("compacted.pando"))
        try await pando.run(r.dbCreate("app"))
        try await pando.run(r.db("app").tableCreate("notes"))
        let notes = r.db("app").table("notes")
        try await pando.run(notes.insert(r.range(3000).map { ["id": $0, "text": "a text that is a good deal longer than its key"] }))
        try await pando.run(notes.filter { $0["id"] % 6 != 0 }.delete())
        let summary = try await pando.compact()
        #expect(summary.bytesAfter < summary.bytesBefore && summary.pins == [] && !summary.isCancelled)
        #expect(try await pando.run(notes.count()) == 500)
        #expect(try pando.catalog.check().isSound)
        let task = Task {
            while !Task.isCancelled { await Task.yield() }
            return try await pando.compact()
        }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        try pando.close()
    }
}
