import Catalog
import Testing

@testable import ReQLish

/// Each option of `search`, what it does and what it may not be: at `search` itself, and at `getAll` by a text index, for drivers that know no
/// other term.
@Suite struct SearchOptionTests {
    private static func runner() throws -> QueryRunner {
        let run = try QueryRunner()
        _ = try run.value(
            "r.table('t').indexCreate('all', {text: 'english', fields: {title: 4, body: 1, tags: 1, 'meta.by': 1}})")
        _ = try run.value("r.table('t').indexWait()")
        _ = try run.value(
            """
            r.table('t').insert([
                {id: 1, title: 'Trees', body: 'A tree of pages is written by copy on write.', tags: ['store', 'b-tree']},
                {id: 2, title: 'Logs', body: 'What is written to a log is read again. Logs & <logs>.', meta: {by: 'Ada'}},
                {id: 3, title: 'Pages of a tree', body: 'Copies are written; pages and page.', meta: {by: 'Ada Lovelace'}},
                {id: 4, title: 'Nothing', n: 5}, {id: 5, body: 'Telephone, phone, phones.', meta: [{by: 'Bo'}, {by: 'Cy'}]}])
            """)
        return run
    }

    private static let terms = ["search", "getAll"]

    @Test(arguments: terms) func whichRowsAnOptionFinds(term: String) throws {
        let run = try Self.runner()
        let found: [(text: String, option: String, ids: Datum)] = [
            ("tree", "fuzzy: false", [1, 3]), ("tree", "operator: 'and'", [1, 3]), ("tree", "prefix: false", [1, 3]),
            ("tree", "synonyms: [['tree', 'log']]", [2, 1, 3]), ("tree", "synonyms: []", [1, 3]), ("tree", "synonyms: [['tree']]", [1, 3]),
            ("tree", "synonyms: [['a b', 'tree']]", [1, 3]), ("tree", "highlight: []", [1, 3]), ("tree", "snippet: {}", [1, 3]),
            ("logs phone", "operator: 'and'", []), ("telephoen", "fuzzy: true", [5]), ("telephoen", "fuzzy: false", []),
            ("writ", "prefix: false", []), ("ada", "escape: null", [2, 3]),
        ]
        for (text, option, ids) in found {
            let query = "r.table('t').\(term)('\(text)', {index: 'all', \(option)})('id').coerceTo('array')"
            #expect(try run.value(query) == ids, "\(query)")
        }
        for (text, option, ids) in [
            ("logs phone", "operator: 'or'", [2, 5] as Datum), ("writ", "prefix: 'last'", [1, 2, 3]), ("writ", "prefix: true", [1, 2, 3]),
        ] {
            let query = "r.table('t').\(term)('\(text)', {index: 'all', \(option)})('id').coerceTo('array').orderBy(x => x)"
            #expect(try run.value(query) == ids, "\(query)")
        }
    }

    @Test(arguments: terms) func whatAnOptionShows(term: String) throws {
        let run = try Self.runner()
        let shown: [(option: String, field: String, value: Datum)] = [
            ("highlight: ['title']", "x('found')('highlight')", ["title": "<b>Trees</b>"]),
            ("highlight: 'title'", "x('found')('highlight')", ["title": "<b>Trees</b>"]),
            (
                "highlight: true", "x('found')('highlight')",
                ["body": "A <b>tree</b> of pages is written by copy on write.", "tags": ["b-<b>tree</b>"], "title": "<b>Trees</b>"]
            ),
            ("snippet: {body: 3}", "x('found')('snippet')", ["body": "A <b>tree</b> of pages is written…"]),
            ("snippet: {body: 3}, as: 'z'", "x('z')('snippet')", ["body": "A <b>tree</b> of pages is written…"]),
            (
                "pre: '[', post: ']', highlight: ['body']", "x('found')('highlight')",
                ["body": "A [tree] of pages is written by copy on write."]
            ),
            ("as: 'f'", "x('f').keys()", ["score"]), ("as: ''", "x('').keys()", ["score"]), ("as: 'a.b'", "x('a.b').keys()", ["score"]),
            ("pre: '['", "x.keys()", ["body", "id", "tags", "title"]), ("highlight: []", "x.keys()", ["body", "id", "tags", "title"]),
        ]
        for (option, field, value) in shown {
            let query = "r.table('t').\(term)('tree', {index: 'all', \(option)}).map(x => \(field)).nth(0)"
            #expect(try run.value(query) == value, "\(query)")
        }
        let marked = "r.table('t').\(term)('log', {index: 'all', highlight: ['body'], escape: 'html'})('found')('highlight')('body').nth(0)"
        #expect(
            try run.value(marked) == "What is written to a <b>log</b> is read again. <b>Logs</b> &amp; &lt;<b>logs</b>&gt;.")
    }

    @Test(arguments: terms) func whatAnOptionMayNotBe(term: String) throws {
        let run = try Self.runner()
        for (option, mention) in [
            ("as: null", "Expected type STRING but found NULL."), ("as: 5", "Expected type STRING but found NUMBER."),
            ("highlight: 5", "`highlight` is true, or an array of names of fields, found 5."),
            ("snippet: 5", "`snippet` has the number of words for each field: {body: 30}, found 5."),
            ("snippet: {nowhere: 3}", "Index `all` has no field `nowhere` to show; it has `body`, `meta.by`, `tags`, `title`."),
            ("snippet: {body: 1.5}", "The number of words in `snippet` is from 1 to 10000, found 1.5."),
            ("snippet: {body: 0}", "The number of words in `snippet` is from 1 to 10000, found 0."),
            ("snippet: {body: 10001}", "The number of words in `snippet` is from 1 to 10000, found 10001."),
            ("pre: 5", "Expected type STRING but found NUMBER."), ("operator: 5", "Expected type STRING but found NUMBER."),
            ("prefix: 'LAST'", "`prefix` is \"last\" or false, found \"LAST\"."), ("synonyms: 5", "stand for each other"),
            ("synonyms: [[]]", "stand for each other"), ("synonyms: [[5]]", "stand for each other"),
        ] {
            let error = run.error("r.table('t').\(term)('tree', {index: 'all', \(option)})")
            #expect(error.kind != .internal && error.message.contains(mention), "\(term), \(option): \(error.message)")
        }
        for index in ["5", "null", "['all']"] {
            let error = run.error("r.table('t').\(term)('tree', {index: \(index)})")
            #expect(error.message.contains("Expected type STRING but found"), "\(term), \(index): \(error.message)")
        }
    }

    /// Several texts are a union by the best score, whatever the options.
    @Test func getAllOfSeveralTexts() throws {
        let run = try Self.runner()
        for option in ["as: 'f'", "fuzzy: true, as: 'f'", "prefix: 'last', as: 'f'", "operator: 'or', as: 'f', highlight: ['body']"] {
            let all = try run.value("r.table('t').getAll('tree', 'copy written', {index: 'all', \(option)}).coerceTo('array')")
            #expect(Set(all.elements.map { $0[field: "id"] ?? .null }).count == all.count, "\(option)")
            var best: [Datum: Double] = [:]
            for text in ["tree", "copy written"] {
                let found = try run.value("r.table('t').search('\(text)', {index: 'all', \(option)}).coerceTo('array')")
                for row in found.elements {
                    let (id, score) = (row[field: "id"] ?? .null, row[field: "f"]?[field: "score"]?.number ?? 0)
                    best[id] = max(best[id] ?? 0, score)
                }
            }
            #expect(all.count == best.count && all.count > 1, "\(option)")
            for row in all.elements {
                #expect(row[field: "f"]?[field: "score"]?.number == best[row[field: "id"] ?? .null], "\(option): \(row)")
            }
        }
    }
}
