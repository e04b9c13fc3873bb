import ReQLish
import Testing

@Suite struct TextFormTests {
    /// A query's text and its JSON form.
    static let forms: [(String, String)] = [
        // Literals
        ("5", "5"), ("-5", "-5"), ("0xFF", "255"), ("1e3", "1000"), ("1.5E-2", "0.015"), (".5", "0.5"), ("5.", "5"), ("- 0", "-0.0"),
        ("true", "true"), ("false", "false"), ("null", "null"),
        ("\"a\"", "\"a\""), ("'a\"b'", "\"a\\\"b\""), ("`two\nlines`", "\"two\\nlines\""),
        ("'\\n\\t\\x41\\u00e9\\u{1F600}\\uD83D\\uDE00\\\\\\q\\0'", "\"\\n\\tAé😀😀\\\\q\\u0000\""),
        ("'grüße'", "\"grüße\""),
        ("[]", "[2,[]]"), ("[1, 'a', [true,],]", "[2,[1,\"a\",[2,[true]]]]"),
        ("{}", "{}"), ("{a: 1, 'b c': {d: [2]}, 5: null,}", "{\"5\":null,\"a\":1,\"b c\":{\"d\":[2,[2]]}}"),
        ("{ r: 1, default: 2, function: 3 }", "{\"default\":2,\"function\":3,\"r\":1}"),
        ("(((7)))", "7"), ("7;", "7"), ("r.expr(7)", "7"), ("r(7)", "7"),
        ("// one\n/* two\n */ 7 // three", "7"),
        ("{$reql_type$: 'TIME', epoch_time: 1, timezone: '+00:00'}", "{\"$reql_type$\":\"TIME\",\"epoch_time\":1,\"timezone\":\"+00:00\"}"),

        // Tables and chains
        ("r.table('t')", "[15,[\"t\"]]"),
        ("r.db(\"app\").table(\"users\")", "[15,[[14,[\"app\"]],\"users\"]]"),
        ("r.db('app').table('users', {readMode: 'outdated'})", "[15,[[14,[\"app\"]],\"users\"],{\"read_mode\":\"outdated\"}]"),
        ("r.db('a').tableCreate('t', {primary_key: 'k'})", "[60,[[14,[\"a\"]],\"t\"],{\"primary_key\":\"k\"}]"),
        ("r.dbList()", "[59]"), ("r.now()", "[103]"), ("r.minval", "[180]"), ("r.monday", "[107]"), ("r.december", "[125]"),
        ("r.maxval()", "[181]"),
        ("r.uuid()", "[169]"), ("r.uuid('x')", "[169,[\"x\"]]"),
        ("r.table('t').get(1)('a')(0)", "[170,[[170,[[16,[[15,[\"t\"]],1]],\"a\"]],0]]"),
        ("r.table('t').get(1)['a'][0]", "[170,[[170,[[16,[[15,[\"t\"]],1]],\"a\"]],0]]"),
        ("r.table('t').get(1).a.b", "[170,[[170,[[16,[[15,[\"t\"]],1]],\"a\"]],\"b\"]]"),
        ("r.table('t').getAll(1, 2, {index: 'n'})", "[78,[[15,[\"t\"]],1,2],{\"index\":\"n\"}]"),
        ("r.table('t').get_all(1, {index: 'n'})", "[78,[[15,[\"t\"]],1],{\"index\":\"n\"}]"),
        (
            "r.table('t').between(1, r.maxval, {leftBound: 'open', right_bound: 'closed'})",
            "[182,[[15,[\"t\"]],1,[181]],{\"left_bound\":\"open\",\"right_bound\":\"closed\"}]"
        ),
        ("r.table('t').orderBy(r.desc('a'), 'b')", "[41,[[15,[\"t\"]],[74,[\"a\"]],\"b\"]]"),
        ("r.table('t').orderBy({index: r.desc('a')})", "[41,[[15,[\"t\"]]],{\"index\":[74,[\"a\"]]}]"),
        (
            "r.table('t').insert({id: 1, tags: ['x']}, {conflict: 'replace', returnChanges: 'always', durability: 'soft'})",
            "[56,[[15,[\"t\"]],{\"id\":1,\"tags\":[2,[\"x\"]]}],{\"conflict\":\"replace\",\"durability\":\"soft\",\"return_changes\":\"always\"}]"
        ),
        ("r.table('t').insert({durability: 'soft'})", "[56,[[15,[\"t\"]],{\"durability\":\"soft\"}]]"),
        ("r.table('t').delete({durability: 'soft'})", "[54,[[15,[\"t\"]]],{\"durability\":\"soft\"}]"),
        ("r.table('t').update({a: 1}, {nonAtomic: true})", "[53,[[15,[\"t\"]],{\"a\":1}],{\"non_atomic\":true}]"),
        ("r.table('t').eqJoin('a', r.table('u'), {index: 'i'})", "[50,[[15,[\"t\"]],\"a\",[15,[\"u\"]]],{\"index\":\"i\"}]"),
        ("r.random({float: true})", "[151,{\"float\":true}]"),
        ("r.ISO8601('2020-01-01', {defaultTimezone: 'Z'})", "[99,[\"2020-01-01\"],{\"default_timezone\":\"Z\"}]"),
        ("r.expr([1,2]).max({index: 'a'})", "[148,[[2,[1,2]]],{\"index\":\"a\"}]"),
        ("r.expr([1,2]).max(r.expr({a: 1}))", "[148,[[2,[1,2]],{\"a\":1}]]"),
        ("[3, 1].count()", "[43,[[2,[3,1]]]]"), ("'a'.upcase()", "[141,[\"a\"]]"), ("(5).add(1)", "[24,[5,1]]"),
        ("5.5.add(1)", "[24,[5.5,1]]"),
        ("r.add(1, 2)", "[24,[1,2]]"), ("r.args([1])", "[154,[[2,[1]]]]"), ("r.add(r.args([1, 2]))", "[24,[[154,[[2,[1,2]]]]]]"),
        ("r.literal()", "[137]"), ("r.branch(true, 1, 2)", "[65,[true,1,2]]"), ("r.expr(true).branch(1, 2)", "[65,[true,1,2]]"),
        ("r.json('[1]').coerceTo('string')", "[51,[[98,[\"[1]\"]],\"string\"]]"),
        ("r.union([1], [2], {interleave: false})", "[44,[[2,[1]],[2,[2]]],{\"interleave\":false}]"),
        ("r.table('t')\n  .limit(3) // few\n  .count()", "[43,[[71,[[15,[\"t\"]],3]]]]"),

        // Functions
        ("r.table('t').filter(u => u('age').gt(30))", "[39,[[15,[\"t\"]],[69,[[2,[1]],[21,[[170,[[10,[1]],\"age\"]],30]]]]]]"),
        ("r.table('t').filter((u) => u.age > 30)", "[39,[[15,[\"t\"]],[69,[[2,[1]],[21,[[170,[[10,[1]],\"age\"]],30]]]]]]"),
        (
            "r.table('t').filter(function(u) { return u('age').gt(30); })",
            "[39,[[15,[\"t\"]],[69,[[2,[1]],[21,[[170,[[10,[1]],\"age\"]],30]]]]]]"
        ),
        ("r.table('t').filter(u => { return u('a') })", "[39,[[15,[\"t\"]],[69,[[2,[1]],[170,[[10,[1]],\"a\"]]]]]]"),
        ("r.table('t').filter(r.row('age').gt(30))", "[39,[[15,[\"t\"]],[69,[[2,[1]],[21,[[170,[[13],\"age\"]],30]]]]]]"),
        ("r.table('t').filter({a: r.row('b')})", "[39,[[15,[\"t\"]],[69,[[2,[1]],{\"a\":[170,[[13],\"b\"]]}]]]]"),
        ("r.table('t').map(x => ({a: x}))", "[38,[[15,[\"t\"]],[69,[[2,[1]],{\"a\":[10,[1]]}]]]]"),
        ("r.table('t').map(x => {a: x})", "[38,[[15,[\"t\"]],[69,[[2,[1]],{\"a\":[10,[1]]}]]]]"),
        (
            "r.table('t').map(x => x.arr.map(y => y.add(x.n)))",
            "[38,[[15,[\"t\"]],[69,[[2,[1]],[38,[[170,[[10,[1]],\"arr\"]],[69,[[2,[2]],[24,[[10,[2]],[170,[[10,[1]],\"n\"]]]]]]]]]]]]"
        ),
        ("r.expr([1]).reduce((a, b) => a.add(b))", "[37,[[2,[1]],[69,[[2,[1,2]],[24,[[10,[1]],[10,[2]]]]]]]]"),
        (
            "r.expr([1]).fold(0, (a, x) => a + x, {emit: (a, x, n) => [n]})",
            "[187,[[2,[1]],0,[69,[[2,[1,2]],[24,[[10,[1]],[10,[2]]]]]]],{\"emit\":[69,[[2,[3,4,5]],[2,[[10,[5]]]]]]}]"
        ),
        ("r.map([1], [2], (a, b) => a + b)", "[38,[[2,[1]],[2,[2]],[69,[[2,[1,2]],[24,[[10,[1]],[10,[2]]]]]]]]"),
        ("r.do(1, 2, (a, b) => a.add(b))", "[64,[[69,[[2,[1,2]],[24,[[10,[1]],[10,[2]]]]]],1,2]]"),
        ("r.expr(1).do(x => x)", "[64,[[69,[[2,[1]],[10,[1]]]],1]]"),
        ("r.do(() => 1)", "[64,[[69,[[2,[]],1]]]]"), ("r.do(5)", "[64,[5]]"),
        ("r.expr(1).do(r.row.add(1))", "[64,[[69,[[2,[1]],[24,[[13],1]]]],1]]"),
        ("x => x", "[69,[[2,[1]],[10,[1]]]]"),
        ("r.table('t').orderBy(r.desc(r.row('a')))", "[41,[[15,[\"t\"]],[74,[[69,[[2,[1]],[170,[[13],\"a\"]]]]]]]]"),
        (
            "r.table('t').insert({id: 1}, {conflict: (id, a, b) => a.merge(b)})",
            "[56,[[15,[\"t\"]],{\"id\":1}],{\"conflict\":[69,[[2,[1,2,3]],[35,[[10,[2]],[10,[3]]]]]]}]"
        ),
        ("r.expr([1]).map(r => r)", "[38,[[2,[1]],[69,[[2,[1]],[10,[1]]]]]]"),
        ("r.expr([1]).contains(x => x.eq(1))", "[93,[[2,[1]],[69,[[2,[1]],[17,[[10,[1]],1]]]]]]"),

        // Operators
        ("1 + 2 * 3", "[24,[1,[26,[2,3]]]]"), ("(1 + 2) * 3", "[26,[[24,[1,2]],3]]"), ("1 - 2 - 3", "[25,[[25,[1,2]],3]]"),
        ("8 / 4 % 3", "[28,[[27,[8,4]],3]]"), ("1 < 2 == true", "[17,[[19,[1,2]],true]]"),
        ("true && false || !true", "[66,[[67,[true,false]],[23,[true]]]]"), ("1 === 2", "[17,[1,2]]"), ("1 !== 2", "[18,[1,2]]"),
        ("1 >= 2", "[22,[1,2]]"), ("1 <= 2", "[20,[1,2]]"), ("1 != 2", "[18,[1,2]]"),
        ("x => -x.a", "[69,[[2,[1]],[25,[0,[170,[[10,[1]],\"a\"]]]]]]"), ("+3", "3"), ("!r.now().date()", "[23,[[106,[[103]]]]]"),
        ("null ?? 5", "[92,[null,5]]"), ("true ? 1 : false ? 2 : 3", "[65,[true,1,[65,[false,2,3]]]]"),
        (
            "r.table('t').filter(u => u.age > 3 && u.b == 2).count() + 1",
            "[24,[[43,[[39,[[15,[\"t\"]],[69,[[2,[1]],[67,[[21,[[170,[[10,[1]],\"age\"]],3]],[17,[[170,[[10,[1]],\"b\"]],2]]]]]]]]]],1]]"
        ),
    ]

    @Test func textReadsAsItsJSONForm() throws {
        for (text, json) in Self.forms {
            do {
                #expect(try TermTree(text: text).json == json, "\(text)")
            } catch {
                Issue.record("\(text): \(error)")
            }
        }
    }

    @Test func textGoesOnFromATable() throws {
        let table = try TermTree(text: "r.db('app').table('users')").root
        for (text, whole) in [
            ("filter({a: 1}).limit(2)", "r.db('app').table('users').filter({a: 1}).limit(2)"),
            (".count()", "r.db('app').table('users').count()"),
            ("('name')", "r.db('app').table('users')('name')"),
            ("filter(r.row.a > 1)", "r.db('app').table('users').filter(r.row.a > 1)"),
            ("name.count();", "r.db('app').table('users').name.count()"),
            ("  ", "r.db('app').table('users')"),
        ] {
            #expect(try TermTree(text: text, continuing: table) == TermTree(text: whole), "\(text)")
        }
        #expect(throws: QuerySyntaxError.self) { try TermTree(text: "r.now()", continuing: table) }
    }

    /// A text that is no query, line and column of the mistake, and a part of the message.
    static let mistakes: [(String, Int, Int, String)] = [
        ("", 1, 1, "Expected a value"), ("r", 1, 2, "Expected “.”"), ("r.", 1, 3, "name of a term"), ("  ;", 1, 3, "Expected a value"),
        ("r.tabel('t')", 1, 3, "did you mean `r.table`?"), ("r.table('t').flter(1)", 1, 14, "did you mean `filter`?"),
        ("r.table('t').run(c)", 1, 14, "leave out"), ("table('t')", 1, 1, "did you mean `r.table`?"),
        ("usr => user", 1, 8, "did you mean `usr`?"),
        ("r.now", 1, 3, "is called"), ("r.table('t').count", 1, 14, "is a method"), ("r.expr(1).now()", 1, 11, "r.now("),
        ("r.table('t').filter()", 1, 14, "takes 1 argument, not 0"), ("r.table('t').filter(1, 2)", 1, 14, "takes 1 argument, not 2"),
        ("r.now(1)", 1, 3, "takes no arguments, not 1"), ("r.db('a').table('t').orderBy('a', {idx: 'b'})", 1, 36, "no option `idx`"),
        ("r.table('t').orderBy('a', {indx: 'b'})", 1, 28, "did you mean `index`"),
        ("r.table('t').between(1, 2, {a: {b: 1}, left_bond: 'open'})", 1, 29, "no option `a`"),
        ("r.table('t').limit(3", 1, 21, "to close what begins at line 1, column 14"), ("[1, 2", 1, 6, "Expected “]”"),
        ("{a: 1", 1, 6, "Expected “}”"),
        ("{a 1}", 1, 4, "Expected “:”"), ("{a: 1, a: 2}", 1, 1, "twice"), ("(1", 1, 3, "Expected “)”"), ("1)", 1, 2, "end of the query"),
        ("1; 2", 1, 4, "One query"),
        ("'abc", 1, 1, "not closed"), ("'a\nb'", 1, 1, "not closed"), ("`a${b}`", 1, 3, "join strings"), ("'\\u12'", 1, 2, "4 hexadecimal"),
        ("'\\uD800'", 1, 2, "surrogate"), ("/* x", 1, 1, "not closed"), ("1e", 1, 1, "exponent"), ("0xZZ", 1, 1, "hexadecimal"),
        ("12ab", 1, 3, "letter"),
        ("1e999999", 1, 1, "too many digits"), ("#", 1, 1, "no use"), ("x => y => z", 1, 11, "not defined"),
        ("(a, a) => a", 1, 1, "two parameters"),
        ("function(x) { x }", 1, 15, "return"), ("function(x) { return x; y }", 1, 25, "Expected “}”"), ("1 = 2", 1, 3, "=="),
        ("[1 & 2]", 1, 4, "bitAnd"),
        ("true ? 1", 1, 9, "Expected “:”"), ("1 : 2", 1, 3, "belongs"), ("new Date()", 1, 1, "ISO8601"), ("undefined", 1, 1, "not a value"),
        ("r.row", 1, 3, "outside a function"), ("r.table('t').map(x => [1].map(y => r.row))", 1, 38, "ambiguous"),
        ("r.expr([r.desc('a')])", 1, 11, "orderBy"),
        ("r.table('t')\n  .map(x =>\n    r.table('u').delete())", 3, 18, "forEach"), ("[1, , 2]", 1, 5, "Expected a value"),
        ("...x", 1, 1, "r.args"),
        ("r.table('t').get(1)()", 1, 20, "1 argument"), ("r.expr()", 1, 3, "1 argument"), ("r.do()", 1, 3, "function"),
        ("1 +", 1, 4, "Expected a value"),
        ("'ä' + 'ö' + q", 1, 13, "not defined"),
    ]

    @Test func mistakesShowTheirPlace() {
        for (text, line, column, word) in Self.mistakes {
            let error = #expect(throws: QuerySyntaxError.self, "\(text)") { try TermTree(text: text) }
            guard let error else { continue }
            #expect(error.line == line && error.column == column, "\(text): \(error)")
            #expect(error.message.contains(word), "\(text): \(error)")
        }
    }

    @Test func theSnippetHasACaretUnderThePlace() throws {
        let error = #expect(throws: QuerySyntaxError.self) { try TermTree(text: "r.table('t')\n  .flter(x => x)\n  .count()") }
        #expect(error?.snippet == "  .flter(x => x)\n   ^")
        #expect(error?.description == "line 2, column 4: There is no method `flter`: did you mean `filter`?\n  .flter(x => x)\n   ^")
        let long = String(repeating: "a", count: 100)
        let far = #expect(throws: QuerySyntaxError.self) { try TermTree(text: "['\(long)', ?, '\(long)']") }
        let lines = try #require(far?.snippet.split(separator: "\n"))
        #expect(lines[0].count < 130 && lines[0].first == "…" && lines[0].last == "…")
        #expect(Array(lines[0])[lines[1].count - 1] == "?")
    }

    @Test func depthIsBoundedWithoutOverflow() throws {
        for text in [
            String(repeating: "(", count: 100_000), String(repeating: "[", count: 100_000), String(repeating: "{a:", count: 100_000),
            String(repeating: "r.expr(", count: 100_000), String(repeating: "!", count: 100_000), String(repeating: "x=>", count: 100_000),
            String(repeating: "1?", count: 100_000), "1" + String(repeating: ".add(1)", count: 100_000),
            "x=>x" + String(repeating: ".a", count: 100_000),
        ] {
            let error = #expect(throws: QuerySyntaxError.self) { try TermTree(text: text) }
            #expect(error?.message.contains("too deep") == true, "\(text.prefix(20)): \(error?.message ?? "")")
        }
        let deep = String(repeating: "[", count: 999) + "r.now()" + String(repeating: "]", count: 999)
        #expect(try TermTree(text: deep).root.depth == 1_000)
        #expect(throws: QuerySyntaxError.self) { try TermTree(text: "[" + deep + "]") }
        let chain = "r.now()" + String(repeating: ".date()", count: 999)
        #expect(try TermTree(text: chain).root.depth == 1_000)
    }

    @Test func namesStandForValues() throws {
        let values: [String: Datum] = ["args": ["id": 5, "x": "'); r.dbDrop('a')"]]
        let tree = try TermTree(text: "r.table('t').get(args.id)(args('x'))", values: values)
        #expect(
            tree.json == "[170,[[16,[[15,[\"t\"]],[170,[{\"id\":5,\"x\":\"'); r.dbDrop('a')\"},\"id\"]]]],"
                + "[170,[{\"id\":5,\"x\":\"'); r.dbDrop('a')\"},\"x\"]]]]")
        #expect(try TermTree(text: "args => args", values: values) == TermTree(text: "x => x"))
        let error = #expect(throws: QuerySyntaxError.self) { try TermTree(text: "arg", values: values) }
        #expect(error?.message.contains("did you mean `args`?") == true)
    }

    @Test func lengthIsBounded() {
        let error = #expect(throws: QuerySyntaxError.self) { try TermTree(text: "'aaaaaaaaaa'", limit: 10) }
        #expect(error?.message.contains("12 bytes") == true)
    }
}
