import Catalog
import Testing

@testable import ReQLish

/// What text indexes and searches refuse, and how they say so.
@Suite struct SearchTroubleTests {
    private static func runner() throws -> QueryRunner {
        let run = try QueryRunner()
        for index in ["'body', {text: 'english'}", "'all', {text: true, fields: {title: 2, body: 1}}", "'plain'"] {
            _ = try run.value("r.table('t').indexCreate(\(index))")
        }
        _ = try run.value("r.table('t').indexWait()")
        _ = try run.value("r.table('t').insert([{id: 1, title: 'Trees', body: 'a tree'}, {id: 2, title: 'Logs', body: 'a log'}])")
        return run
    }

    @Test(arguments: [
        ("r.table('t').indexCreate('x', {text: 'elvish'})", "There is no language `elvish`. There are simple, armenian"),
        ("r.table('t').indexCreate('x', {text: {language: 'elvish'}})", "There is no language"),
        ("r.table('t').indexCreate('x', {text: {speech: 'english'}})", "has no option `speech`; it has `language`, `stop`"),
        ("r.table('t').indexCreate('x', {text: 5})", "is the name of a language"),
        ("r.table('t').indexCreate('x', {text: {stop: 'the'}})", "`stop` is true, false, or an array"),
        ("r.table('t').indexCreate('x', {text: {positions: false}})", "always has `positions`"),
        ("r.table('t').indexCreate('x', {text: true, fields: {title: 0}})", "The weight of `title` is a whole number from 1"),
        ("r.table('t').indexCreate('x', {text: true, fields: {title: 1.5}})", "The weight of `title`"),
        ("r.table('t').indexCreate('x', {text: true, fields: []})", "1 to 64 fields"),
        ("r.table('t').indexCreate('x', {text: true, multi: true})", "can't be `multi`"),
        ("r.table('t').search('tree')", "several text indexes: name one of `all`, `body`"),
        ("r.table('t').search('tree', {index: 'nowhere'})", "Its text indexes: `all`, `body`"),
        ("r.table('t').search('tree', {index: 'plain'})", "is not a text index"),
        ("r.table('t').search('tree', {index: 'body', operator: 'nor'})", "operator"),
        ("r.table('t').search('tree', {index: 'body', prefix: 'first'})", "prefix"),
        ("r.table('t').search('tree', {index: 'body', highlight: ['title']})", "has no field `title` to show; it has `body`"),
        ("r.table('t').search('tree', {index: 'body', snippet: {body: 0}})", "snippet"),
        ("r.table('t').search('tree', {index: 'body', escape: 'xml'})", "escape"),
        ("r.table('t').search('tree', {index: 'body', synonyms: ['tv', 'television']})", "arrays of words that stand for each other"),
        ("r.table('t').search('tree', {index: 'body', synonyms: r.range(1001).map(i => ['x']).coerceTo('array')})", "the limit is 1000"),
        ("r.table('t').search(5, {index: 'body'})", "STRING"),
        ("r.table('t').between('a', 'b', {index: 'body'})", "search"),
        ("r.table('t').orderBy({index: 'body'})", "search"),
        ("r.table('t').search('tree', {index: 'body'}).limit(2).changes()", "limit"),
        ("r.expr('a').matches('a', {text: 'elvish'})", "There is no language"),
        ("r.table('t').search('tree', {index: 'body', as: 'id'})", "primary key `id`"),
        ("r.table('t').getAll('tree', {index: 'body', as: 'id'})", "primary key `id`"),
        ("r.table('t').getAll('tree', {fuzzy: true})", "`fuzzy`"),
        ("r.table('t').getAll('tree', {highlight: ['body']})", "`highlight`"),
        ("r.table('t').indexCreate('x', {text: true, fields: ['body', 'title', 'body']})", "`body` is named twice"),
        ("r.table('t').indexCreate('x', {text: true, fields: ['']})", "names no field"),
        ("r.table('t').indexCreate('x', {text: true, fields: {'a..b': 2}})", "names no field"),
        ("r.table('t').indexCreate('a..b', {text: true})", "names no field"),
        ("r.expr(5).matches('a')", "STRING or ARRAY"),
        ("r.table('t').searchWords('tr')", "several text indexes: name one of `all`, `body`"),
        ("r.table('t').searchWords('tr', {index: 'nowhere'})", "Its text indexes: `all`, `body`"),
        ("r.table('t').searchWords('tr', {index: 'plain'})", "is not a text index"),
        ("r.table('t').searchWords('tr', {index: 'body', limit: 1025})", "`limit` is from 1 to 1024, found 1025"),
        ("r.table('t').searchWords('t', {index: 'body'})", "give two letters at least"),
        (
            "r.table('t').searchWords(r.expr('a').add(r.range(7000).map(i => '0123456789').reduce((a, b) => a.add(b))), {index: 'body'})",
            "takes 70001 bytes; the limit is 65536"
        ),
    ])
    func badInputIsNamed(_ query: String, _ mention: String) throws {
        let error = try Self.runner().error(query)
        #expect(error.kind != .internal)
        #expect(error.message.contains(mention), "\(query): \(error.message)")
    }

    @Test(arguments: [TermType.search, .searchWords, .matches]) func optionsThatThereAreNot(_ term: TermType) throws {
        #expect(throws: (any Error).self) { _ = try TermTree(text: "r.table('t').\(term.name)('tree', {speling: true})") }
        let message = TermTree.optionMessage(term, option: "speling")
        #expect(message.hasPrefix("`\(term.name)` has no option `speling`"))
        for option in term.facts.options { #expect(message.contains(option), "\(message)") }
    }

    /// Nobody has begun to build it.
    @Test(arguments: ["search('tree', {index: 'late'})", "getAll('tree', {index: 'late'})", "searchWords('tr', {index: 'late'})"])
    func anIndexThatIsNotBuiltSaysSo(_ search: String) throws {
        let run = try Self.runner()
        let catalog = run.pando.catalog
        let snapshot = try catalog.snapshot()
        let database = try #require(try snapshot.database("test"))
        let table = try #require(try snapshot.table("t", in: database))
        var transaction = try catalog.beginWrite()
        _ = try transaction.createIndex("late", on: table, .text(TextIndexDefinition(fields: [.init(path: ["title"])], language: .english)))
        try transaction.commit(.soft)
        // Who builds what is left when the file is opened may look just now, and waits.
        let turn = try catalog.beginWrite()
        let error = run.error("r.table('t').\(search)")
        turn.rollback()
        #expect(error.kind == .operationFailed && error.message.contains("is still being built"), "\(error)")
        _ = try run.value("r.table('t').indexWait('late')")
        #expect(try run.value("r.table('t').\(search).count()") == 1)
    }

    @Test func longQueriesAreRefused() throws {
        let run = try Self.runner()
        for text in [
            Array(repeating: "tree", count: 1_001).joined(separator: " "), Array(repeating: "tree", count: 10_000).joined(separator: " "),
            String(repeating: "a", count: 65_537), "\"" + Array(repeating: "tree", count: 1_001).joined(separator: " ") + "\"", "a*", "-a*",
        ] {
            let error = run.error("r.table('t').search(\(Datum(text)), {index: 'body'})")
            #expect(error.kind == .resourceLimit, "\(error.message)")
        }
        #expect(try run.value("r.table('t').search(\(Datum(String(repeating: "tree ", count: 1_000))), {index: 'body'}).count()") == 1)
    }

    /// More words than are looked for: a beginning that all of them have is refused, and the limit is told; so is a typo of all.
    @Test func tooManyWordsBehindABeginning() throws {
        let run = try Self.runner()
        let words = "r.range(1100).map(i => r.expr('wo').add(i.coerceTo('string'))).reduce((a, b) => a.add(' ').add(b))"
        _ = try run.value("r.table('t').insert({id: 3, body: \(words)})")
        let error = run.error("r.table('t').search('wo*', {index: 'body'})")
        #expect(error.kind == .resourceLimit && error.message.contains("1100 words") && error.message.contains("1024"), "\(error.message)")
        #expect(try run.value("r.table('t').search('wo10*', {index: 'body'}).count()") == 1)
        let suggested = run.error("r.table('t').searchWords('wo', {index: 'body', limit: 3})")
        #expect(suggested.kind == .resourceLimit && suggested.message == error.message, "\(suggested.message)")
        #expect(try run.value("r.table('t').searchWords('wo109', {index: 'body'}).count()") == 10)
        let letters = Array("abcdefghijklmnopqrstuvwxyz0123456789")
        let alike = letters.flatMap { first in letters.map { "abcdefg\(first)\($0)" } }.joined(separator: " ")
        _ = try run.value("r.table('t').insert({id: 4, body: \(Datum(alike))})")
        let typo = run.error("r.table('t').search('abcdefg__~', {index: 'all'})")
        #expect(typo.kind == .resourceLimit && typo.message.contains("1296 words") && typo.message.contains("1024"), "\(typo.message)")
    }

    /// Between the strings of an array lies a gap, so no phrase goes over from one to the next.
    @Test func arraysOfStringsAreApart() throws {
        let run = try Self.runner()
        _ = try run.value("r.table('t').insert({id: 3, body: ['a red', 'house stands']})")
        #expect(try run.value("r.table('t').search('red house', {index: 'body'})('id').coerceTo('array')") == [3])
        for text in ["\"red house\"", "\"red house\"~99"] {
            #expect(try run.value("r.table('t').search(\(Datum(text)), {index: 'body'}).count()") == 0)
        }
        #expect(try run.value("r.table('t').search('\"red house\"~100', {index: 'body'}).count()") == 1)
    }

    /// What the builder isn't told it doesn't say: null is no set of synonyms.
    @Test func theBuilderLeavesOutWhatItIsNotTold() throws {
        let run = try Self.runner()
        let table = r.db("test").table("t")
        #expect(try run.pando.start(try table.search("tree", index: "body").count().tree()).collected() == 1)
        #expect(try run.pando.start(try table.search("wood", index: "body", synonyms: [["wood", "tree"]]).count().tree()).collected() == 1)
        #expect(try run.value("r.table('t').search('tree', {index: 'body', synonyms: null}).count()") == 1)
    }

    @Test func quotesInQuotesAreWords() throws {
        let run = try Self.runner()
        for text in ["\"a \"tree\"", "\"\"tree\"\"", "'tree'", "\"tree", "tree\"", "\\\"tree\\\""] {
            #expect(try run.value("r.table('t').search(\(Datum(text)), {index: 'body'})('id').coerceTo('array')") == [1], "\(text)")
        }
    }

    /// What is no string has no words, and a field of another kind is no error.
    @Test func fieldsThatAreNoStrings() throws {
        let run = try Self.runner()
        _ = try run.value(
            "r.table('t').insert([{id: 3, body: 5}, {id: 4, body: null}, {id: 5, body: {tree: 1}}, {id: 6, body: ['x', ['tree', 7]]}, {id: 7}])"
        )
        #expect(try run.value("r.table('t').search('tree', {index: 'body'})('id').coerceTo('array')") == [1, 6])
    }
}
