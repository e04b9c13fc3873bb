import Testing

@testable import PandoCommand

@Suite struct ShellLanguageTests {
    @Test(arguments: [
        ("r.table(\"a\")", true), ("r.table(", false), ("r.expr([1, {a: (2)}])", true), ("r.expr({", false), ("r.expr(\"(\")", true),
        ("r.expr('\\'(')", true), ("// (", true), ("r.expr(1) // (", true), ("/* ( ", false), ("/* ( */ r.expr(1)", true),
        ("r.expr(`a", false),
        ("r.expr(1).", false), ("x =>", false), ("r.expr(1))", true), (".tables", true), (".help r.(", true),
        ("", true),
        ("r.expr(\"abc)", true), ("r.expr(1) +", false),
    ])
    func completeness(text: String, isComplete: Bool) {
        #expect(QueryScanner.isComplete(text) == isComplete, "\(text)")
    }

    @Test func statementsEndAtSemicolonsOutside() {
        let parts = QueryScanner.statements(of: "a(x => { return 1; }); // nothing;\n b(\";\") ;;")
        #expect(parts.map(\.text) == ["a(x => { return 1; })", " // nothing;\n b(\";\") "])
    }

    private func steps(_ text: String) throws -> [String] {
        var reader = ScriptReader(text: text)
        var steps: [String] = []
        while let (step, line) = try reader.next() {
            switch step {
            case .query(let text), .statement(let text), .backslash(let text): steps.append("\(line): \(text)")
            case .command(let command): steps.append("\(line): .\(command.name) \(command.words)")
            }
        }
        return steps
    }

    @Test func linesAreCutIntoQueriesAndCommands() throws {
        let script = """
            .mode csv

            r.table("a")
              .filter({
                 x: 1})
              .count()
            r.expr(1); r.expr(2);
            .read "a b" c
            // done
            r.expr(3)
            .tables
            """
        #expect(
            try steps(script) == [
                #"1: .mode ["csv"]"#, "3: r.table(\"a\")\n  .filter({\n     x: 1})\n  .count()", "7: r.expr(1)", "7: r.expr(2)",
                #"8: .read ["a b", "c"]"#, "10: r.expr(3)", "11: .tables []",
            ])
    }

    @Test func aQueryThatIsNotClosedIsGivenAsItIs() throws {
        #expect(try steps("r.expr(1\n.tables") == ["1: r.expr(1\n.tables"])
    }

    @Test func aSemicolonWaitsForNoFurtherLine() throws {
        var asked = 0
        var reader = ScriptReader {
            asked += 1
            return asked == 1 ? "r.expr(1);" : "r.expr(2)"
        }
        _ = try reader.next()
        #expect(asked == 1)
    }

    // MARK: Completion

    private struct Names: Vocabulary {
        func databases() -> [String] { ["app", "archive"] }
        func tables(in database: String) -> [String] { database == "app" ? ["users", "uses"] : database == "test" ? ["things"] : [] }
        func indexes(of table: String, in database: String) -> [String] { table == "users" ? ["city", "age_city"] : [] }
        func fields(of table: String, in database: String) -> [String] { table == "users" ? ["id", "name", "nickname"] : ["size"] }
        var defaultDatabase: String { "test" }
        var savedQueries: [String] { ["report"] }
        func files(_ prefix: String) -> [String] { ["data.json", "dir/"].filter { $0.hasPrefix(prefix) } }
    }

    /// What comes out when Tab is pressed at `|`: candidates, each with what follows it.
    private func candidates(_ text: String) -> [String] {
        let place = text.firstIndex(of: "|") ?? text.endIndex
        var buffer = LineBuffer(text.filter { $0 != "|" })
        buffer.move(to: text.distance(from: text.startIndex, to: place))
        return Completer(vocabulary: Names()).complete(buffer).candidates.map { $0.text + $0.ending }
    }

    @Test(arguments: [
        ("r.dbL", ["dbList("]), ("r.db(\"a", ["app\")", "archive\")"]), ("r.db(\"app\").table(\"us", ["users\")", "uses\")"]),
        ("r.table(\"", ["things\")"]), ("r.db('app').table('use|')", ["users", "uses"]),
        ("r.db(\"app\").table(\"users\").orderBy({index: \"", ["age_city\"", "city\""]),
        ("r.db(\"app\").table(\"users\").indexDrop(\"c", ["city\""]),
        ("r.db(\"app\").table(\"users\").filter(u => u(\"n", ["name\"", "nickname\""]), ("r.table(\"things\").pluck(\"s", ["size\""]),
        ("r.table(\"things\").eqJo", ["eqJoin("]), ("r.table(\"things\").between(1, 2, {leftB", ["leftBound: "]), (".tab", [".tables "]),
        (".mode t", ["table", "tree"]), (".use ar", ["archive"]), (".schema app.us", ["app.users", "app.uses"]), (".run ", ["report"]),
        (".read d", ["data.json", "dir/"]), ("r.expr(1).unknow", []), ("\"", []),
    ])
    func completions(text: String, expected: [String]) {
        #expect(candidates(text) == expected, "\(text)")
    }

    @Test func everyPlaceCanBeCompletedAndColoured() {
        let text = "r.db('app').table(\"users\").filter(u => u(`n`).eq({a: [1.5, null]})) // x\n/* y */ .use .schema a.b)]"
        for end in 0...text.count {
            let buffer = LineBuffer(String(text.prefix(end)))
            _ = Completer(vocabulary: Names()).complete(buffer)
            #expect(Highlighter.styles(of: buffer).count == end)
        }
    }

    // MARK: Commands and state

    @Test func aCommandIsNotACall() {
        #expect(DotCommandLine(".limit(3)") == nil && DotCommandLine("r.x") == nil)
        #expect(DotCommandLine("  .tables app ")?.words == ["app"])
        #expect(DotCommandLine(".save x r.table(\"a b\")")?.query == "r.table(\"a b\")")
    }

    @Test func nearMissesAreSuggested() throws {
        #expect(try DotCommand.find("data").name == "databases")
        #expect(try DotCommand.find("exit").name == "quit")
        let error = #expect(throws: CommandError.self) { try DotCommand.find("tabels") }
        #expect(error?.message.contains("Did you mean .tables?") ?? false)
    }

    @Test(arguments: ["plain", "two\nlines", #"back\slash \n"#, "\n", "\\"])
    func historyLinesReadBack(entry: String) {
        #expect(!ShellState.escaped(entry).contains("\n"))
        #expect(ShellState.unescaped(ShellState.escaped(entry)) == entry)
    }
}
