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

    /// Whatever names the answers have that are added up.
    @Test(arguments: [
        "r.range(100000).forEach(i => r.object(i.coerceTo('string'), 1))",
        "r.range(100000).forEach(i => r.object(i.coerceTo('string'), []))",
        "r.range(100000).forEach(i => ({warnings: [i.coerceTo('string')]}))",
    ])
    func answersOfWritesCount(query: String) throws {
        let run = try QueryRunner(table: nil)
        let error = run.error(query, Self.limited)
        #expect(error.kind == .resourceLimit, "\(query): \(error)")
        #expect(run.pando.memoryPool.usedByteCount == 0, "\(query)")
    }

    /// A write that is done is not answered with an error because of what would be told of it.
    @Test(arguments: [
        "r.table('u').insert(r.table('t'), {returnChanges: true})",
        "r.range(20).forEach(i => r.table('u').insert(r.table('t').between(i.mul(50), i.add(1).mul(50)), {returnChanges: true}))",
    ])
    func changesAreCutToWhatTheQueryMayKeep(query: String) throws {
        let run = try Self.large()
        _ = try run.value("r.tableCreate('u')")
        var options = QueryOptions()
        options.memoryLimit = 1 << 20
        let answer = try run.value(query, options)
        #expect(answer[field: "inserted"] == 1000 && answer[field: "errors"] == 0)
        #expect((1..<1000).contains(answer[field: "changes"]?.count ?? 0), "\(answer[field: "changes"]?.count ?? 0)")
        #expect(answer[field: "warnings"]?.count ?? 0 > 0)
    }

    /// The first rows of an order are kept as long as they are followed.
    @Test func aFollowedOrderCounts() throws {
        let run = try Self.large()
        let error = run.error("r.table('t').orderBy({index: 'id'}).limit(900).changes().limit(1)", Self.limited)
        #expect(error.kind == .resourceLimit, "\(error)")
        let cursor = try run.cursor("r.table('t').orderBy({index: 'id'}).limit(5).changes()")
        #expect(run.pando.memoryPool.usedByteCount > 0)
        _ = try run.value("r.table('t').get(3).delete()")
        _ = try cursor.next()
        cursor.close()
        #expect(run.pando.memoryPool.usedByteCount == 0)
    }

    /// A feed that nobody reads keeps no more changes than there is memory for.
    @Test func changesThatWaitCount() throws {
        let run = try QueryRunner(table: "t")
        var options = QueryOptions()
        options.memoryLimit = 150 << 10
        let cursor = try run.cursor("r.table('t').changes()", options)
        _ = try cursor.poll()
        _ = try run.value("r.table('t').insert(r.range(10000).map(i => ({id: i})))")
        guard case .row(let notice) = try cursor.poll() else {
            Issue.record("the feed tells what it has dropped")
            return
        }
        #expect(notice[field: "error"] != nil, "\(notice)")
        var told = 0
        while case .row(let change) = try cursor.poll() { told += change[field: "new_val"] != nil ? 1 : 0 }
        #expect((0..<10000).contains(told))
        cursor.close()
        #expect(run.pando.memoryPool.usedByteCount == 0)
    }

    /// What functions make of many changes that are told at once.
    @Test func valuesOfSquashedChangesCount() throws {
        let run = try Self.large()
        let cursor = try run.cursor("r.table('t').map(x => ({id: x('id'), t: x('s').add(x('s'))})).changes({squash: true})", Self.limited)
        guard case .nothing = try cursor.poll() else { return }
        _ = try run.value("r.table('t').delete()")
        #expect(throws: ReQLError.self) { while case .row = try cursor.poll() {} }
        #expect(run.pando.memoryPool.usedByteCount == 0)
    }

    /// What an index has of a document hangs on the document alone, and not on the memory of who writes it.
    @Test func functionsOfIndexesHaveMemoryOfTheirOwn() throws {
        let run = try QueryRunner(table: "t")
        _ = try run.value("r.table('t').indexCreate('n', d => d('s').add(d('s')).split('').count())")
        _ = try run.value("r.table('t').indexWait()")
        _ = try run.value("r.range(15).fold('x', (s, i) => s.add(s)).do(s => r.table('t').insert([{id: 1, s: s}, {id: 2, s: s}]))")
        _ = try run.value("r.table('t').get(1).update({a: 1})", Self.limited)
        _ = try run.value("r.table('t').get(2).delete()", Self.limited)
        #expect(try run.value("r.table('t').orderBy({index: 'n'})('id')") == [1])
        #expect(try run.value("r.table('t').getAll(65536, {index: 'n'})('id')") == [1])
    }

    /// What is never kept, and large while it is made.
    @Test(arguments: [
        "r.range(40).fold('x', (a, i) => a.add(a))", "r.range(60).fold([1], (a, i) => [a, a])", "r.range(60).fold([1], (a, i) => a.add(a))",
        "r.range(60).fold({a: 1}, (a, i) => ({a: a, b: a}))",
        "r.range(9).fold('x', (a, i) => a.add(a, a, a, a, a, a, a)).split('').count()",
        "r.range(200000).coerceTo('array').count()", "r.range(40).fold('x', (a, i) => r.expr('{b}{b}').format({b: a}))",
        "r.table('t').get(1).merge({x: r.range(40).fold('x', (a, i) => a.add(a))})",
    ])
    func aValueInTheMakingCounts(query: String) throws {
        let run = try Self.large()
        var options = QueryOptions()
        options.memoryLimit = 2 << 20
        options.arrayLimit = 10_000_000
        let error = run.error(query, options)
        #expect(
            error.kind == .resourceLimit && error.message.contains("2 MiB") && error.message.contains("--query-memory"),
            "\(query): \(error)")
        #expect(run.pando.memoryPool.usedByteCount == 0, "\(query)")
    }

    @Test func aLargeValueCountsAsLongAsItLives() throws {
        let run = try Self.large()
        let value = try run.value("r.range(18).fold('x', (a, i) => a.add(a))")
        #expect(value.utf8Count == 1 << 18)
        #expect(run.pando.memoryPool.usedByteCount >= 1 << 18)
        withExtendedLifetime(value) {}
    }

    @Test func anOpenCursorCountsUntilItsEnd() throws {
        let run = try Self.large()
        guard case .sequence(let cursor) = try run.pando.start(TermTree(text: "r.range()")) else { return }
        _ = try cursor.next()
        #expect(run.pando.memoryPool.usedByteCount > 0)
        cursor.close()
        #expect(run.pando.memoryPool.usedByteCount == 0)
    }

    @Test func termsShareOneLimit() throws {
        let run = try Self.large()
        var limited = QueryOptions()
        limited.memoryLimit = 2 << 20
        let some = "\(Self.made).limit(300).coerceTo('array')"
        #expect(try run.value("\(some).count()", limited) == 300)
        let error = run.error("r.do(\(some), \(some), \(some), (x, y, z) => x.count().add(y.count(), z.count()))", limited)
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

    /// What a feed keeps counts for the databases of its query, as what the query keeps does.
    @Test func aMemoryBesideAnotherHasItsPools() throws {
        let pool = MemoryPool(limit: 8 << 20)
        let database = MemoryPool(limit: 2 << 20)
        let memory = QueryMemory(limit: 8 << 20, pool: pool)
        try memory.join(database)
        let beside = HeldMemory(memory.beside())
        try beside.add(byteCount: 1 << 20)
        #expect(database.usedByteCount >= 1 << 20)
        #expect(throws: ReQLError.self) { try beside.add(byteCount: 2 << 20) }
        beside.removeAll()
        #expect(database.usedByteCount == 0 && pool.usedByteCount == 0)
    }
}
