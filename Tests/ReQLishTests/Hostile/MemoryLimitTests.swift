import Testing

@testable import ReQLish

/// What a query keeps is counted, for all of its terms together, and for all queries.
@Suite struct MemoryLimitTests {
    /// 1,000 documents of 1 KiB: some ten times the limit of the queries.
    private static func large() throws -> QueryRunner {
        let run = try QueryRunner(table: "t")
        _ = try run.value(
            "r.do(r.range(10).fold('x', (s, i) => s.add(s)), s => r.table('t').insert(r.range(1000).map(i => ({id: i, a: i.mod(10), s: s}))))"
        )
        return run
    }

    private static var limited: QueryOptions {
        var options = QueryOptions()
        options.memoryLimit = 200 << 10
        return options
    }

    /// Rows that are made anew, and so take memory of their own.
    private static let made = "r.table('t').map(x => x.merge({t: x('s').add('y')}))"

    @Test(arguments: [
        "r.table('t').count()", "r.table('t').sum('a')", "r.table('t').group('a').count()", "r.table('t').filter({a: 3}).count()",
        "\(made).count()", "\(made).filter(x => x('a').eq(3)).count()", "\(made).orderBy('id').limit(3).count()",
        "\(made).group('a').count()",
        "\(made)('a').distinct()", "\(made).max('id')('id')", "\(made).sample(3).count()", "\(made).reduce((x, y) => x)('a')",
        "\(made)('a').sum()",
        "r.table('t').orderBy('s').limit(5)('id')", "\(made).orderBy('id').count()", "\(made).orderBy('a', r.desc('id'))('id')",
        "\(made).orderBy('id').limit(900).count()", "\(made).orderBy('t')('a').sum()", "\(made).group('a').max('id')('id')",
        "r.table('t').eqJoin('a', r.table('t')).zip().count()",
    ])
    func aTableLargerThanTheLimitIsRead(query: String) throws {
        let run = try Self.large()
        _ = try run.value(query, Self.limited)
        #expect(run.pando.memoryPool.usedByteCount == 0, "\(query)")
    }

    @Test(arguments: [
        "\(made).orderBy('id').coerceTo('array').count()", "\(made).coerceTo('array').count()", "\(made).distinct().count()",
        "\(made).group('id').ungroup().count()",
        "\(made).sample(900).count()", "r.expr([1]).difference(\(made)).count()", made,
        "\(made).group('id').max('a').count()", "\(made).group(x => x('t').add(x('id').coerceTo('string'))).count()",
    ])
    func whatWouldKeepTooMuchIsAnErrorThatSaysWhatToDo(query: String) throws {
        let run = try Self.large()
        let error = run.error(query, Self.limited)
        #expect(
            error.kind == .resourceLimit && error.message.contains("200 KiB") && error.message.contains("--query-memory"),
            "\(query): \(error)")
        #expect(run.pando.memoryPool.usedByteCount == 0, "\(query)")
        _ = try run.value(query)
    }

    @Test func termsShareOneLimit() throws {
        let run = try Self.large()
        let some = "\(Self.made).limit(60).coerceTo('array')"
        run.expect("\(some).count()", "60")
        #expect(try run.value("\(some).count()", Self.limited) == 60)
        let error = run.error("r.do(\(some), \(some), (x, y) => x.count().add(y.count()))", Self.limited)
        #expect(error.kind == .resourceLimit, "\(error)")
    }

    @Test func queriesShareOneLimit() throws {
        let pool = MemoryPool(limit: 4 << 20)
        let first = HeldMemory(QueryMemory(limit: 8 << 20, pool: pool))
        let second = HeldMemory(QueryMemory(limit: 8 << 20, pool: pool))
        try first.add(byteCount: 3 << 20)
        do {
            try second.add(byteCount: 2 << 20)
            Issue.record("nothing was thrown")
        } catch {
            #expect(error.kind == .resourceLimit && error.message.contains("4 MiB") && error.message.contains("--memory"), "\(error)")
        }
        first.removeAll()
        try second.add(byteCount: 2 << 20)
        second.removeAll()
        #expect(pool.usedByteCount == 0)
    }
}
