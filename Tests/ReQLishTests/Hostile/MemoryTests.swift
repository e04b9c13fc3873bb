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
        "r.do(r.range(22).fold('x', (s, i) => s.add(s)), s => r.range(1000).map(i => ({s: s, i: i})).orderBy('i')).count()",
        "r.do(r.range(22).fold('x', (s, i) => s.add(s)), s => r.range(1000).map(i => ({s: s, i: i})).group('i').ungroup()).count()",
    ])
    func nothingGrowsBeyondMemory(query: String) throws {
        let run = try QueryRunner(table: nil)
        let error = run.error(query)
        #expect(error.kind == .resourceLimit, "\(query): \(error)")
    }
}
