import Testing

@testable import ReQLish

@Suite struct DepthTests {
    let run: QueryRunner

    init() throws {
        run = try QueryRunner(table: "t")
    }

    /// A method call, again and again.
    private func chain(_ beginning: String, _ call: String, _ count: Int) -> String {
        beginning + String(repeating: call, count: count)
    }

    @Test func aQueryOfAThousandLevelsRuns() throws {
        #expect(try run.value(chain("r.now().toEpochTime().mul(0)", ".add(1)", 990)) == 990)
        #expect(try run.value(chain("r.now()", ".default(1)", 990)).kind == .time)
        #expect(try run.value(chain("r.expr([r.now().year().mul(0)])", ".map(x => x)", 990)) == [0])
        #expect(try run.value(chain("r.now()", ".do(x => x)", 490)).kind == .time)
    }

    @Test func aDeepErrorHasAllItsFrames() throws {
        let error = run.error(chain("r.error('deep')", ".add(1)", 900))
        #expect(error.kind == .user)
        #expect(error.frames == Array(repeating: .argument(0), count: 900))
    }

    @Test func aDeepSequenceIsReadOnAThreadOfItsOwn() throws {
        let cursor = try run.cursor(chain("r.range(3)", ".filter(x => x.ge(0))", 900))
        #expect(try cursor.next() == 0)
        #expect(try cursor.nextBatch(maxRows: 5) == [1, 2])
    }

    @Test func deepDocumentsGoInAndOut() throws {
        var document: Datum = 1
        for _ in 0..<900 { document = try .object([("a", document)]) }
        let stored = try Datum.object([("id", 1), ("deep", document)])
        let insert = Query(.insert, [r.table("t"), Query(stored)])
        #expect(try insert.run(on: run.pando)[field: "inserted"] == 1)
        #expect(try run.value("r.table('t').get(1)") == stored)
        #expect(try run.value("r.table('t').filter(x => x('deep')('a').eq(1)).count()") == 0)
        #expect(try run.value("r.table('t').get(1).update({deep: {a: {b: 1}}})('replaced')") == 1)
    }
}
