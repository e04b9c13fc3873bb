import Testing

@testable import ReQLish

@Suite struct ErrorTests {
    let run: QueryRunner

    init() throws {
        run = try QueryRunner(table: "t", [["id": 1, "a": 10]])
    }

    @Test func aNullInPlaceOfAValueCountsAsNotThere() {
        for query in [
            "r.expr(null).add(1)", "r.expr(null)('a')", "r.expr(null).count()", "r.expr(null).map(x => x)", "r.expr(null).upcase()",
            "r.expr(null).year()", "r.expr(null).append(1)", "r.expr(null).update({})", "r.expr([1]).nth(null)",
            "r.expr({}).getField(null)", "r.table(null)", "r.db(null)", "r.expr([1]).limit(null)",
            "r.expr(null).innerJoin([], (a, b) => true)", "r.expr(null).zip()", "r.expr(null).coerceTo('array')",
        ] {
            run.expect(query, fails: .nonExistence)
        }
    }

    @Test func anyOtherWrongTypeIsAMistakeOfTheQuery() {
        for query in [
            "r.expr('1').add(1)", "r.expr(1)('a')", "r.expr(1).count()", "r.expr({}).map(x => x)", "r.expr(1).upcase()",
            "r.expr({}).append(1)", "r.expr(1).update({})", "r.expr([]).keys()", "r.expr([1]).nth('a')", "r.table(1)",
            "r.expr([1]).limit(-1)", "r.expr([1]).limit(1.5)", "r.expr([1])(r.expr([]))", "r.expr(1).zip()", "r.table('t').add(1)",
            "r.expr(x => x).add(1)", "r.db('test').add(1)", "r.table('t').get([{}])", "r.expr([{}]).sum(1)", "r.expr('x').limit(1)",
        ] {
            run.expect(query, fails: .queryLogic)
        }
    }

    @Test func whatDoesNotExistIsNamed() {
        #expect(run.error("r.db('nope').table('t')").message == "Database `nope` does not exist.")
        #expect(run.error("r.table('nope')").message == "Table `test.nope` does not exist.")
        #expect(run.error("r.dbCreate('test')").message.hasPrefix("Database `test` already exists"))
        #expect(run.error("r.tableCreate('t')").message.hasPrefix("Table `test.t` already exists"))
        #expect(run.error("r.table('t').getAll(1, {index: 'i'})").message == "Index `i` was not found on table `test.t`.")
        for query in [
            "r.db('nope')", "r.table('nope')", "r.dbDrop('nope')", "r.tableDrop('nope')", "r.table('t').between(1, 2, {index: 'i'})",
        ] {
            run.expect(query, fails: .operationFailed)
        }
    }

    @Test func framesLeadToTheTermThatFailed() {
        func frames(_ query: String) -> [ReQLError.Frame] { run.error(query).frames }
        #expect(frames("r.error('x')") == [])
        #expect(frames("r.expr([1, r.error('x')])") == [.argument(1)])
        #expect(frames("r.expr({a: {b: r.error('x')}})") == [.optional("a"), .optional("b")])
        #expect(frames("r.expr(1).add(r.expr('a').mul(2))") == [.argument(1)])
        #expect(frames("r.table('nope').count()") == [.argument(0)])
        #expect(frames("r.db('nope').table('t').count()") == [.argument(0), .argument(0)])
        #expect(frames("r.table('t').map(x => x('a')('b'))") == [.argument(1), .argument(1)])
        #expect(frames("r.table('t').map(x => x('nope').add(1))") == [.argument(1), .argument(1), .argument(0)])
        #expect(frames("r.table('t').between(null, 2)") == [.argument(1)])
        #expect(frames("r.table('t').getAll(1, {index: 'i'})") == [.optional("index")])
        #expect(frames("r.do(1, x => r.error('x'))") == [.argument(0), .argument(1)])
        #expect(frames("r.expr(1).do(x => x.add('a'))") == [.argument(0), .argument(1)])
        #expect(frames("r.table('t').insert(5)") == [.argument(1)])
    }

    @Test func limitsAreErrorsOfTheirOwnClass() throws {
        var options = QueryOptions()
        options.arrayLimit = 4
        for query in [
            "r.range(5).coerceTo('array')", "r.expr([1, 2, 3]).add([4, 5])", "r.range(5).orderBy(x => x)", "r.range(5).distinct()",
            "r.range(5).group(x => x).count()", "r.range(5).group(x => 1)", "r.expr([1, 2, 3]).concatMap(x => [x, x])",
            "r.table('t').sample(5)", "r.expr([1, 2, 3, 4, 5])", "r.expr([1, 2, 3, r.now(), 5])",
        ] {
            #expect(run.error(query, options).kind == .resourceLimit, "\(query)")
        }
        // A stream flows past any limit.
        #expect(try run.value("r.range(50).map(x => x).count()", options) == 50)
        var count = 0
        let cursor = try run.cursor("r.range(100)", options)
        while try cursor.next() != nil { count += 1 }
        #expect(count == 100)
    }

    @Test func whatNeverEndsIsRefusedWhereAllOfItIsNeeded() {
        for query in [
            "r.range().count()", "r.range().orderBy(x => x)", "r.range().sum()", "r.range().coerceTo('array')", "r.range().distinct()",
            "r.range().map(x => x).reduce((a, b) => a)", "r.range().group(x => x)", "r.range().sample(1)", "r.range()(-1)",
            "r.range().fold(0, (a, x) => a)", "r.table('t').innerJoin(r.range(), (a, b) => true)",
        ] {
            run.expect(query, fails: .queryLogic)
        }
        run.expect("r.range().filter(x => x.gt(5)).limit(2)", "[6, 7]")
        run.expect("r.range()(3)", "3")
        run.expect("r.range().contains(7)", "true")
    }

    @Test func aGlobalOptionServesTheTermsThatReadIt() throws {
        var options = QueryOptions()
        options.arguments = [("left_bound", try TermTree(text: "'open'")), ("array_limit", try TermTree(text: "r.expr(2).add(1)"))]
        #expect(try run.value("r.expr([1, 2, 3]).slice(0, 3)", options) == [2, 3])
        #expect(run.error("r.range(4).coerceTo('array')", options).kind == .resourceLimit)

        options.arguments = [("nonsense", try TermTree(text: "1"))]
        #expect(run.error("1", options).kind == .compile)
        options.arguments = [("array_limit", try TermTree(text: "0"))]
        #expect(run.error("1", options).kind == .queryLogic)
        options.arguments = [("db", try TermTree(text: "r.db('nope')"))]
        #expect(run.error("r.table('t')", options).kind == .operationFailed)
        options.arguments = [("default", try TermTree(text: "true"))]
        #expect(try run.value("r.table('t').filter(x => x('nope'))", options) == [], "filter reads only its own default")
    }
}
