import ReQLish
import TestSupport
import Testing

@Suite struct PrintingTests {
    /// A query's text and how it is printed.
    static let prints: [(String, String)] = [
        ("5", "5"), ("'a\\n\"b'", "\"a\\n\\\"b\""), ("null", "null"), ("-0.0", "-0.0"), ("1e300", "1e300"),
        ("{b: 1, 'a b': [1, {c: null}]}", "{\"a b\": [1, {c: null}], b: 1}"),
        ("{'\\u00a0x': 1, 'é': 2}", "{\"\u{A0}x\": 1, \"é\": 2}"),
        ("r.table('t')", "r.table(\"t\")"),
        ("r.db('a').table('t', {readMode: 'outdated'})", "r.db(\"a\").table(\"t\", {readMode: \"outdated\"})"),
        ("r.db('a').tableList()", "r.db(\"a\").tableList()"), ("r.tableList()", "r.tableList()"),
        ("r.grant('u', {read: true})", "r.grant(\"u\", {read: true})"),
        ("r.table('t').filter(u => u.age > 30 && u.b)", "r.table(\"t\").filter(row => row(\"age\").gt(30).and(row(\"b\")))"),
        ("r.table('t').filter(r.row.age > 30)", "r.table(\"t\").filter(r.row(\"age\").gt(30))"),
        ("r.table('t').filter(x => r.row.age > 30)", "r.table(\"t\").filter(r.row(\"age\").gt(30))"),
        ("r.table('t').map(x => ({a: x}))", "r.table(\"t\").map(row => ({a: row}))"),
        ("r.table('t').map(x => x.map(y => y.add(x)))", "r.table(\"t\").map(row => row.map(row2 => row2.add(row)))"),
        ("r.expr([1]).reduce((a, b) => a + b)", "r.expr([1]).reduce((left, right) => left.add(right))"),
        (
            "r.expr([1]).fold(0, (a, b) => a, {emit: (a, b, c) => [c], finalEmit: a => [a]})",
            "r.expr([1]).fold(0, (acc, row) => acc, {emit: (acc, row, next) => [next], finalEmit: acc => [acc]})"
        ),
        ("r.do(1, 2, (a, b) => a + b)", "r.do(1, 2, (x, y) => x.add(y))"), ("r.do(() => r.now())", "r.do(() => r.now())"),
        ("r.expr(1).do(r.row + 1)", "r.do(1, r.row.add(1))"),
        ("r.map([1], [2], (a, b) => a + b)", "r.expr([1]).map([2], (x, y) => x.add(y))"),
        ("r.table('t').insert({id: 1}, {conflict: (a, b, c) => c})", "r.table(\"t\").insert({id: 1}, {conflict: (id, old, doc) => doc})"),
        ("r.table('t').max(r.expr({a: 1}))", "r.table(\"t\").max(r.expr({a: 1}))"),
        ("r.table('t').insert({a: 1})", "r.table(\"t\").insert({a: 1})"),
        ("r.table('t').insert(r.expr({}), {})", "r.table(\"t\").insert({})"),
        ("r.table('t').orderBy('a', {index: r.desc('b')})", "r.table(\"t\").orderBy(\"a\", {index: r.desc(\"b\")})"),
        ("r.add(r.args([1, 2]))", "r.add(r.args([1, 2]))"), ("r.and()", "r.and()"), ("r.add(1)", "r.expr(1).add()"),
        ("true ? 1 : 2", "r.branch(true, 1, 2)"), ("r.now() ?? 1", "r.now().default(1)"), ("!true", "r.expr(true).not()"),
        ("[r.minval, r.monday, r.literal()]", "[r.minval, r.monday, r.literal()]"),
        ("x => y => x", "x => y => x"), ("(x => x).typeOf()", "r.expr(row => row).typeOf()"),
        ("{$reql_type$: 'TIME', epoch_time: 1, timezone: 'Z'}", "{\"$reql_type$\":\"TIME\",\"epoch_time\":1,\"timezone\":\"+00:00\"}"),
        (
            "r.table('t').update({n: r.row.n + 1}, {returnChanges: true})",
            "r.table(\"t\").update({n: r.row(\"n\").add(1)}, {returnChanges: true})"
        ),
    ]

    @Test func termsPrintReadably() throws {
        for (text, printed) in Self.prints {
            do {
                let tree = try TermTree(text: text)
                #expect(tree.text() == printed)
                #expect(try TermTree(text: tree.text()) == tree, "\(tree.text())")
            } catch {
                Issue.record("\(text): \(error)")
            }
        }
    }

    @Test func everyTextOfTheParsersTestsComesBack() throws {
        for (text, _) in TextFormTests.forms {
            let tree = try TermTree(text: text)
            #expect(try TermTree(text: tree.text()) == tree, "\(text) printed as \(tree.text())")
        }
    }

    @Test func aRowThatTheParserWouldCaptureIsWrittenAsTheParameter() throws {
        let tree = try termTree(json: "[39,[[15,[\"t\"]],[69,[[2,[1]],[93,[[170,[[13],\"a\"]],[170,[[13],\"b\"]]]]]]]]")
        #expect(tree.text() == "r.table(\"t\").filter(row => r.row(\"a\").contains(row(\"b\")))")
        _ = try TermTree(text: tree.text())
    }

    @Test func longChainsAreBrokenIntoLines() throws {
        let tree = try TermTree(text: "r.table('t').filter({a: 1})('names')(0).count()")
        #expect(tree.text(width: 20) == "r.table(\"t\")\n  .filter({a: 1})(\"names\")(0)\n  .count()")
        #expect(tree.text(width: 100) == tree.text())
        #expect(try TermTree(text: tree.text(width: 20)) == tree)
    }

    @Test func theTermOfAnErrorIsMarked() throws {
        let tree = try TermTree(text: "r.table('t').filter(r.row.age.add('x')).limit(3)")
        #expect(
            tree.snippet(markedAt: [.argument(0), .argument(1), .argument(1)]) == """
                r.table("t").filter(r.row("age").add("x")).limit(3)
                                                ^^^^^^^^^
                """)
        #expect(
            tree.snippet(markedAt: []) == """
                r.table("t").filter(r.row("age").add("x")).limit(3)
                                                          ^^^^^^^^^
                """)
        #expect(tree.snippet(markedAt: [.argument(7)]) == nil)
        let insert = try TermTree(text: "r.table('t').insert({a: {b: 1}})")
        #expect(
            insert.snippet(markedAt: [.argument(1), .optional("a"), .optional("b")])
                == "r.table(\"t\").insert({a: {b: 1}})\n                    ^^^^^^^^^^^")
    }

    @Test func deepTermsPrint() throws {
        let deep = String(repeating: "[", count: 999) + "r.now()" + String(repeating: "]", count: 999)
        #expect(try TermTree(text: deep).text() == deep)
        let chain = "r.now()" + String(repeating: ".date()", count: 999)
        #expect(try TermTree(text: chain).text() == chain)
    }

    @Test(arguments: Fuzzing.seeds(40)) func randomTermsComeBack(seed: UInt64) throws {
        var maker = RandomTerms(seed: seed)
        for _ in 0..<25 {
            let json = maker.term(depth: 5).description
            let tree = try termTree(json: json)
            let text = tree.text()
            do {
                let again = try TermTree(text: text)
                #expect(again == tree, "seed \(seed): \(json) printed as \(text) reads as \(again.json)")
                #expect(try termTree(json: again.json) == again, "seed \(seed)")
            } catch {
                Issue.record("seed \(seed): \(json) printed as \(text): \(error)")
            }
        }
    }
}

/// Makes valid queries in JSON form.
private struct RandomTerms {
    var random: SeededGenerator
    var variables: [Int] = []
    var lastVariable = 0

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
    }

    static let types = TermType.allCases.filter {
        $0.facts.spelling != .syntax && !$0.facts.isWriteOrMeta && ![.asc, .desc, .implicitVariable, .functionCall].contains($0)
    }

    private func make(_ parts: [Datum]) -> Datum { try! .array(parts) }
    private func make(_ fields: [(String, Datum)]) -> Datum { try! .object(fields) }

    mutating func term(depth: Int) -> Datum {
        if depth == 0 { return leaf() }
        switch random.below(10) {
        case 0: return leaf()
        case 1: return make([2, make((0..<random.below(4)).map { _ in term(depth: depth - 1) })])
        case 2: return object(depth: depth)
        case 3: return make([64, make([function(random.below(3), depth: depth - 1), term(depth: depth - 1), term(depth: depth - 1)])])
        case 4: return make([170, make([term(depth: depth - 1), ["name", 0, -1, "a b"].randomElement(using: &random)!])])
        default: return call(depth: depth)
        }
    }

    private mutating func leaf() -> Datum {
        if !variables.isEmpty, random.below(2) == 0 { return make([10, make([Datum(variables.randomElement(using: &random)!)])]) }
        let leaves: [Datum] = [
            1, -2.5, "a\"\\b", true, false, .null, "", "é\u{1}", 1e21, [103], [180], [107], [2, []], ["a": 1], .emptyObject,
        ]
        return leaves.randomElement(using: &random)!
    }

    private mutating func object(depth: Int) -> Datum {
        let names = ["a", "b c", "index", "default", "1", "\u{A0}"].shuffled(using: &random).prefix(random.below(4))
        return make(names.map { ($0, term(depth: depth - 1)) })
    }

    private mutating func function(_ count: Int, depth: Int) -> Datum {
        let ids = (0..<count).map { lastVariable + 1 + $0 }
        lastVariable += count
        variables += ids
        defer { variables.removeLast(count) }
        return make([69, make([make([2, make(ids.map { Datum($0) })]), term(depth: depth)])])
    }

    private mutating func call(depth: Int) -> Datum {
        let type = Self.types.randomElement(using: &random)!
        let arity = type.facts.arity
        let count = arity.lowerBound + random.below(min(3, arity.upperBound - arity.lowerBound) + 1)
        let arguments = (0..<count).map { position in
            if type.facts.takesFunction(at: position, of: count), random.below(2) == 0 {
                return function(1 + random.below(2), depth: depth - 1)
            }
            return term(depth: depth - 1)
        }
        let options = type.facts.options.filter { _ in random.below(4) == 0 }.map { ($0, term(depth: depth - 1)) }
        return make([Datum(type.number), make(arguments), make(options)])
    }
}
