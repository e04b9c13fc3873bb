import Testing

@testable import ReQLish

/// Queries of one line whose values would not fit any machine: each ends with an error, long before that. One after the other: before that is
/// still much.
@Suite(.serialized) struct MemoryTests {
    /// What doubles, and what is kept many times over. Each step is cheap, so that the limit is met soon.
    @Test(arguments: [
        "r.range(60).fold('x', (s, i) => s.add(s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s)).count()",
        "r.do(r.range(20).fold('x', (s, i) => s.add(s)), s => r.range(60).fold([s], (a, i) => [a, a, a, a])).count()",
        "r.do(r.range(22).fold('x', (s, i) => s.add(s)), s => r.range(1000).map(i => [s, i]).coerceTo('array')).count()",
        "r.do(r.range(22).fold('x', (s, i) => s.add(s)), s => r.range(1000).map(i => ({s: s, i: i})).coerceTo('array').orderBy('i')).count()",
        "r.do(r.range(22).fold('x', (s, i) => s.add(s)), s => r.range(1000).map(i => ({s: s, i: i})).group('i').ungroup()).count()",
        "r.do(r.range(22).fold('x', (s, i) => s.add(s)), s => r.range(1000).map(i => [s, i]).sample(900)).count()",
        "r.do(r.range(22).fold('x', (s, i) => s.add(s)), s => r.range(1000).map(i => [s, i]).distinct()).count()",
        "r.range(22).fold('x', (s, i) => s.add(s)).do(s => r.range(1000).map(i => [s, i]))",
    ])
    func nothingGrowsBeyondMemory(query: String) throws {
        let run = try QueryRunner(table: nil)
        let error = run.error(query)
        #expect(error.kind == .resourceLimit, "\(query): \(error)")
    }

    /// What was written stays written, however much there would be to tell of it.
    @Test func changesThatTakeTooMuchAreNotAllListed() throws {
        var result = WriteResult(returnChanges: .changed, arrayLimit: 1000, changesByteLimit: 10_000)
        let row: Datum = ["id": 1, "text": Datum(String(repeating: "x", count: 4000))]
        for _ in 0..<10 { try result.add(.inserted, old: .null, new: row) }
        let answer = try result.datum()
        #expect(answer[field: "inserted"] == 10)
        #expect(answer[field: "changes"]?.count == 3)
        #expect(answer[field: "warnings"] == ["The changes take too much memory, array truncated to 3."])
    }
}
