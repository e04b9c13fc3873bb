import Testing

@testable import ReQLish

/// Queries of one line whose values would not fit any machine: each ends with an error, long before that.
@Suite struct MemoryTests {
    /// A value that grows with each step until it is larger than any may be.
    @Test(arguments: [
        "r.range(60).fold('x', (s, i) => s.add(s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s)).count()",
        "r.do(r.range(20).fold('x', (s, i) => s.add(s)), s => r.range(60).fold([s], (a, i) => [a, a, a, a])).count()",
    ])
    func noValueGrowsForEver(query: String) throws {
        let error = try QueryRunner(table: nil).error(query)
        #expect(error.kind == .resourceLimit, "\(query): \(error)")
        #expect(error.message.contains("512 MiB"), "\(query): \(error)")
    }

    /// A thousand rows of 64 KiB, which a term must keep all at once, where the query may keep 4 MiB.
    @Test(arguments: [
        "rows.map(i => [s, i]).coerceTo('array').count()", "rows.map(i => ({s: s, i: i})).coerceTo('array').orderBy('i').count()",
        "rows.map(i => ({s: s, i: i})).group('i').ungroup().count()", "rows.map(i => [s, i]).sample(900).count()",
        "rows.map(i => [s, i]).distinct().count()", "rows.map(i => [s, i])",
    ])
    func noQueryKeepsMoreThanItMay(chain: String) throws {
        let text = chain.replacing("rows", with: "r.range(1000)")
        var options = QueryOptions()
        options.memoryLimit = 4 << 20
        let error = try QueryRunner(table: nil).error("r.range(16).fold('x', (s, i) => s.add(s)).do(s => \(text))", options)
        #expect(error.kind == .resourceLimit, "\(text): \(error)")
        #expect(error.message.contains("4 MiB"), "\(text): \(error)")
    }

    /// What was written stays written, however much there would be to tell of it.
    @Test func changesThatTakeTooMuchAreNotAllListed() throws {
        var result = WriteResult(returnChanges: .changed, arrayLimit: 1000, changesByteLimit: 10_000)
        let row: Datum = ["id": 1, "text": Datum(String(repeating: "x", count: 4000))]
        for _ in 0..<10 { result.add(.inserted, old: .null, new: row) }
        let answer = try result.datum()
        #expect(answer[field: "inserted"] == 10)
        #expect(answer[field: "changes"]?.count == 3)
        #expect(answer[field: "warnings"] == ["The changes take too much memory, array truncated to 3."])
    }

    /// The same of changes that are within the levels of a value, but not in the list of an answer.
    @Test func changesThatAreTooDeepAreNotListed() throws {
        var result = WriteResult(returnChanges: .changed, arrayLimit: 1000)
        var row: Datum = 1
        for _ in 0..<997 { row = [row] }
        result.add(.inserted, old: .null, new: ["id": 1, "a": row])
        let answer = try result.datum()
        #expect(answer[field: "inserted"] == 1 && answer[field: "changes"] == [])
        #expect(answer[field: "warnings"] == ["The changes are nested too deep, array truncated to 0."])
    }
}
