import Foundation
import Ground
import TestSupport
import Testing

@testable import Catalog
@testable import SQL

/// tsvector and tsquery as PostgreSQL 15 has them.
@Suite struct TextSearchTests {
    /// Recorded answers of PostgreSQL 15.20, in a database with the characters of `C.UTF-8`.
    ///
    /// `TEXT_EXPRESSIONS=file` compares with a longer list of the same form.
    @Test func answersAreThoseOfPostgreSQL() throws {
        let sample = Bundle.module.url(forResource: "Statements/text-search", withExtension: "tsv")
        let file = try #require(ProcessInfo.processInfo.environment["TEXT_EXPRESSIONS"].map { URL(fileURLWithPath: $0) } ?? sample)
        let session = try TestSession()
        var (count, wrong) = (0, 0)
        for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
            let parts = line.split(separator: "\t", omittingEmptySubsequences: false).map { Self.unescaped($0) }
            guard parts.count == 2 else { continue }
            count += 1
            let answer = (try? session.rows("SELECT (\(parts[0]))::text").first) ?? "!" + (session.state("SELECT \(parts[0])") ?? "")
            if answer != parts[1] {
                wrong += 1
                if wrong <= 40 { Issue.record("\(parts[0])\n  \(answer)\n  not \(parts[1])") }
            }
        }
        #expect(count > 700)
        #expect(wrong == 0, "of \(count)")
    }

    private static func unescaped(_ text: Substring) -> String {
        var result = ""
        var isEscaped = false
        for character in text {
            if isEscaped {
                result.append(character == "t" ? "\t" : character == "n" ? "\n" : character)
                isEscaped = false
            } else if character == "\\" {
                isEscaped = true
            } else {
                result.append(character)
            }
        }
        return result
    }

    @Test func queriesOverQueries() throws {
        let session = try TestSession()
        try session.rows("CREATE TABLE d (v tsvector); INSERT INTO d VALUES ('a:1A,2 b:3'), ('a b c:5C'), (NULL)")
        try session.rows("CREATE TABLE w (t tsquery, s tsquery); INSERT INTO w VALUES ('a', 'x | y'), ('x', 'z'), ('b', ''), (NULL, 'q')")
        #expect(try session.rows("SELECT * FROM ts_stat('SELECT v FROM d')") == ["a|2|3", "b|2|2", "c|1|1"])
        #expect(try session.rows("SELECT * FROM ts_stat('SELECT v FROM d', 'ac') ORDER BY word") == ["a|1|1", "c|1|1"])
        session.check([
            ("ts_rewrite('a & b', 'SELECT t, s FROM w')", "'z' | 'y'"),
            ("ts_rewrite('c', 'SELECT t, s FROM w WHERE ''c''::tsquery @> t')", "'c'"),
            ("ts_rewrite('a', 'SELECT t FROM w')", "!22023"), ("ts_rewrite('a', 'DELETE FROM w')", "!42P11"),
            ("(SELECT count(*) FROM ts_stat('SELECT 1'))", "!22023"), ("(SELECT count(*) FROM ts_stat('SELECT v FROM nowhere'))", "!42P01"),
            ("ts_rewrite(repeat('a & ', 500)::text || 'a', 'a', 'b')", "!42883"),
            ("ts_rewrite((repeat('a & ', 500) || 'a')::tsquery, 'a', 'b')", "!54001"),
        ])
    }

    @Test func vectorsAreReadAndWritten() throws {
        try TestSession().check([
            ("'a fat cat sat on a mat and ate a fat rat'::tsvector", "'a' 'and' 'ate' 'cat' 'fat' 'mat' 'on' 'rat' 'sat'"),
            ("'1'::tsvector", "'1'"),
            ("'1 2'::tsvector", "'1' '2'"),
            ("'''1 \\''2'''::tsvector", "'1 ''2'"),
            ("E'''1 \\\\''2''3'::tsvector", "'1 ''2' '3'"),
            ("'''w'':4A,3B,2C,1D,5 a:8'::tsvector", "'a':8 'w':1,2C,3B,4A,5"),
            ("'a:3A b:2a'::tsvector || 'ba:1234 a:1B'", "'a':3A,4B 'b':2A 'ba':1237"),
            ("'a:1,1A'::tsvector", "'a':1A"),
            ("'a:99999'::tsvector", "'a':16383"),
            ("$$''$$::tsvector", "!42601"),
            ("'a:0'::tsvector", "!42601"),
            ("'a:x'::tsvector", "!42601"),
            ("E'a\\\\'::tsvector", "!42601"),
            ("''::tsvector", ""),
            ("repeat('x', 3000)::tsvector", "!54000"),
            ("length('a:1 b c'::tsvector)", "3"),
            ("strip('w:12B w:13* w:12,5,6 a:1,3* a:3 w asd:1dc asd'::tsvector)", "'a' 'asd' 'w'"),
            ("setweight('w:12B w:13* w:12,5,6 a:1,3* a:3 w'::tsvector, 'c')", "'a':1C,3C 'w':5C,6C,12C,13C"),
            ("setweight('a asd w:5,6,12B,13A zxc'::tsvector, 'c', '{a,zxc}')", "'a' 'asd' 'w':5,6,12B,13A 'zxc'"),
            ("setweight('a:3A b:2a'::tsvector, 'x')", "!22023"),
            ("ts_delete('base:7 hidden:6 rebel:1'::tsvector, 'hidden')", "'base':7 'rebel':1"),
            ("ts_delete('base:7 hidden:6 rebel:1'::tsvector, ARRAY['base', 'rebel'])", "'hidden':6"),
            ("ts_delete('base:7 c'::tsvector, ARRAY['base', NULL])", "'c'"),
            ("ts_filter('base:7A empir:17 evil:15 hidden:6B'::tsvector, '{a,b}')", "'base':7A 'hidden':6B"),
            ("ts_filter('base'::tsvector, '{a,NULL}')", "!22004"),
            ("tsvector_to_array('base:7 hidden:6'::tsvector)", "{base,hidden}"),
            ("array_to_tsvector(ARRAY['base', 'hidden', 'base'])", "'base' 'hidden'"),
            ("array_to_tsvector(ARRAY['base', NULL])", "!22004"),
            ("array_to_tsvector(ARRAY['base', ''])", "!2200F"),
            ("unnest('base:7,8B hidden'::tsvector)", "(base,\"{7,8}\",\"{D,B}\")\n(hidden,,)"),
            ("'a'::tsvector < 'b'::tsvector", "t"),
            ("'a:1'::tsvector = 'a'::tsvector", "f"),
            ("to_tsvector('simple', NULL)", "NULL"),
            ("to_tsvector('klingon', 'a')", "!42704"),
            ("'english'::regconfig", "english"),
            ("'english_stem'::regdictionary", "english_stem"),
            ("get_current_ts_config()", "english"),
            ("to_tsvector('The fat rats')", "'fat':2 'rat':3"),
            ("ts_lexize('english_stem', 'stars')", "{star}"),
            ("ts_lexize('english_stem', 'a')", "{}"),
            ("ts_lexize('simple', 'The')", "{the}"),
            ("to_tsvector('english', '{\"a\": \"The fat rats\", \"b\": [1, \"cats\"]}'::jsonb)", "'cat':5 'fat':2 'rat':3"),
            ("jsonb_to_tsvector('english', '{\"a\": \"rats\", \"b\": 123}'::jsonb, '[\"string\", \"numeric\"]')", "'123':3 'rat':1"),
            ("jsonb_to_tsvector('english', '{\"a\": \"rats\"}'::jsonb, '\"other\"')", "!22023"),
        ])
    }

    @Test func queriesAreReadAndWritten() throws {
        try TestSession().check([
            ("'1 '::tsquery", "'1'"),
            ("'!1&2'::tsquery", "!'1' & '2'"),
            ("'!(1|2)'::tsquery", "!( '1' | '2' )"),
            ("'1&2|3'::tsquery", "'1' & '2' | '3'"),
            ("'1|(2&(4|(5|6)))'::tsquery", "'1' | '2' & ( '4' | '5' | '6' )"),
            ("'a:* & nbb:*ac | doo:a* | goo'::tsquery", "'a':* & 'nbb':*AC | 'doo':*A | 'goo'"),
            ("'!!b'::tsquery", "!!'b'"),
            ("'a <-> (b <2> c)'::tsquery", "'a' <-> ( 'b' <2> 'c' )"),
            ("'a <-> b <-> c'::tsquery", "'a' <-> 'b' <-> 'c'"),
            ("'a <16385> b'::tsquery", "!22023"),
            ("'a b'::tsquery", "!42601"),
            ("'a &'::tsquery", "!42601"),
            ("'(a'::tsquery", "!42601"),
            ("'a)'::tsquery", "!42601"),
            ("''::tsquery", ""),
            ("'a' && 'b'::tsquery", "'a' & 'b'"),
            ("'a & g'::tsquery || 'b | d'::tsquery", "'a' & 'g' | 'b' | 'd'"),
            ("!!'a & g'::tsquery", "!( 'a' & 'g' )"),
            ("'a & g'::tsquery <-> 'b & d'::tsquery", "( 'a' & 'g' ) <-> ( 'b' & 'd' )"),
            ("tsquery_phrase('a', 'b', 10)", "'a' <10> 'b'"),
            ("tsquery_phrase('a', 'b', -1)", "!22023"),
            ("numnode('new & york | qwery'::tsquery)", "5"),
            ("querytree('!a'::tsquery)", "T"),
            ("querytree('a & !b'::tsquery)", "'a'"),
            ("'new & york'::tsquery @> 'new'::tsquery", "t"),
            ("'new'::tsquery <@ 'york'::tsquery", "f"),
            ("to_tsquery('english', '''the fat'' & rats:ab')", "'fat' & 'rat':AB"),
            ("to_tsquery('english', 'the')", ""),
            ("to_tsquery('english', '(the & fat) <-> rats')", "'fat' <-> 'rat'"),
            ("phraseto_tsquery('english', 'the cat of the hat')", "'cat' <3> 'hat'"),
            ("plainto_tsquery('english', 'the cat of the hat')", "'cat' & 'hat'"),
            ("websearch_to_tsquery('english', '\"supernovae stars\" -crab or x')", "'supernova' <-> 'star' & !'crab' | 'x'"),
            ("websearch_to_tsquery('english', 'a:b !&| \"')", "'b'"),
            ("'a b:89  ca:23A,64b d:34c'::tsvector @@ 'd:AC & ca'::tsquery", "t"),
            ("'a b:89  ca:23A,64b d:34c'::tsvector @@ 'd:AC & ca:CB'::tsquery", "t"),
            ("'a b:89  ca:23A,64b d:34c'::tsvector @@ 'd:AC & c:*C'::tsquery", "f"),
            ("'wa:1D wb:2A'::tsvector @@ 'w:*D <-> w:*A'::tsquery", "t"),
            ("'supeznova supernova'::tsvector @@ 'super:*'::tsquery", "t"),
            ("to_tsvector('simple', '1 2 1') @@ '1 <-> 2'", "t"),
            ("to_tsvector('simple', 'q x q y') @@ '!x <-> y'", "t"),
            ("to_tsvector('simple', 'x y q y') @@ '!(x <-> y)'", "f"),
            ("strip(to_tsvector('simple', 'x y')) @@ 'x <-> y'", "f"),
            ("strip(to_tsvector('simple', 'x y')) @@ '!x <-> y'", "f"),
            ("'the fat rats'::text @@ 'rat'::tsquery", "t"),
            ("'fat rats' @@ 'rat'", "t"),
            ("ts_rank(ARRAY[0.1, 2, 0.4, 1]::real[], 'a:1'::tsvector, 'a')", "!22023"),
            ("ts_rank('{0.1,NULL,0.4,1}', 'a:1'::tsvector, 'a')", "!22004"),
            ("ts_headline('english', 'x', 'y'::tsquery, 'MaxWords=1, MinWords=2')", "!22023"),
            ("ts_headline('english', 'x', 'y'::tsquery, 'Nothing=1')", "!22023"),
            ("ts_headline('english', 'the fat rats', 'rat'::tsquery, 'StartSel=\"*\", StopSel=''*''')", "the fat *rats*"),
            ("ts_headline('english', '{\"a\": \"fat rats\"}'::jsonb, 'rat'::tsquery)", "{\"a\": \"fat <b>rats</b>\"}"),
            ("ts_parse('default', 'a-b 1')", "(16,a-b)\n(11,a)\n(12,-)\n(11,b)\n(12,\" \")\n(22,1)"),
            ("ts_parse('other', 'a')", "!42704"),
            ("(SELECT count(*) FROM ts_token_type('default'))", "23"),
        ])
    }

    @Test func columnsHoldThem() throws {
        let session = try TestSession()
        try session.rows("CREATE TABLE t (id int PRIMARY KEY, v tsvector, q tsquery, c regconfig DEFAULT 'german')")
        try session.rows("INSERT INTO t VALUES (1, 'b:2A a:1', 'a & !b'), (2, to_tsvector('english', 'fat rats'), NULL)")
        #expect(try session.rows("SELECT * FROM t ORDER BY id") == ["1|'a':1 'b':2A|'a' & !'b'|german", "2|'fat':1 'rat':2|NULL|german"])
        #expect(try session.rows("SELECT id FROM t WHERE v @@ to_tsquery('english', 'rat')") == ["2"])
        #expect(try session.rows("SELECT count(*), v FROM t GROUP BY v ORDER BY v") == ["1|'a':1 'b':2A", "1|'fat':1 'rat':2"])
        #expect(try session.rows("SELECT lexeme, positions FROM t, unnest(v) ORDER BY 1") == ["a|{1}", "b|{2}", "fat|{1}", "rat|{2}"])
        #expect(try session.types("SELECT v, q, c FROM t") == [3614, 3615, 3734])
    }

    /// As PostgreSQL sends them.
    @Test func binaryForms() throws {
        let vector = SQLValue.tsvector(try TSVector(reading: "b:2A a"))
        var bytes: [UInt8] = []
        BinaryOutput.append(vector, .tsvector, NeutralSession.shared, to: &bytes)
        #expect(bytes == [0, 0, 0, 2, 97, 0, 0, 0, 98, 0, 0, 1, 0xC0, 2])
        let query = SQLValue.tsquery(try TSQueryReader.query("a:*B <2> !b").query)
        var other: [UInt8] = []
        BinaryOutput.append(query, .tsquery, NeutralSession.shared, to: &other)
        #expect(other == [0, 0, 0, 4, 2, 4, 0, 2, 2, 1, 1, 0, 0, 98, 0, 1, 4, 1, 97, 0])
        for (value, form, type) in [(vector, bytes, SQLType.tsvector), (query, other, .tsquery)] {
            let read = try BinaryInput.value(form, type, NeutralSession.shared)
            #expect(try TextOutput.text(read, type, NeutralSession.shared) == TextOutput.text(value, type, NeutralSession.shared))
            for count in 0..<form.count {
                #expect(throws: SQLError.self) { try BinaryInput.value(Array(form[..<count]), type, NeutralSession.shared) }
            }
        }
    }

    /// Whatever the text is, its tokens are where they say, and there is an end to them.
    @Test func anyBytesAreTokens() {
        let parts = [
            "a", "-", ".", "/", "@", "<", ">", "&", ";", "1", "e", "+", "_", "é", "\u{301}", " ", "'", "\"", "\\", "<!--", ":", "?", "#",
        ]
        var generator = Fuzzing.generator
        for _ in 0..<3_000 {
            let text = Array((0..<Int.random(in: 0...40)).map { _ in parts.randomElement(using: &generator) ?? "" }.joined().utf8)
            var tokenizer = TextTokenizer(text)
            var count = 0
            while let token = tokenizer.next() {
                count += 1
                #expect(token.range.lowerBound >= 0 && token.range.upperBound <= text.count)
                guard count <= 4 * text.count + 4 else {
                    Issue.record("\(String(decoding: text, as: UTF8.self)) has no end")
                    break
                }
            }
        }
    }

    /// PostgreSQL tells of words that it leaves out: of a query that is the same for all rows once.
    @Test func whatIsLeftOutIsTold() throws {
        let session = try TestSession()
        func told(_ sql: String) throws -> [String] {
            try session.rows(sql)
            return session.connection.takeNotices().map(\.message)
        }
        let stops = "text-search query contains only stop words or doesn't contain lexemes, ignored"
        for query in [
            "to_tsquery('english', 'the')", "to_tsquery('english', '!the')", "plainto_tsquery('english', 'the')",
            "phraseto_tsquery('english', ' . ')", "websearch_to_tsquery('english', '-')", "to_tsquery('the')",
        ] {
            #expect(try told("SELECT \(query)") == [stops], "\(query)")
        }
        #expect(try told("SELECT plainto_tsquery('english', '')") == ["text-search query doesn't contain lexemes: \"\""])
        #expect(try told("SELECT to_tsquery('english', 'the & tree')") == [])
        let rows = "SELECT count(*) FROM generate_series(1, 300) g WHERE to_tsvector('english', 'x' || g) @@"
        #expect(try told("\(rows) to_tsquery('english', 'the')") == [stops])
        #expect(try told("PREPARE p AS \(rows) to_tsquery('english', $1); EXECUTE p('the')") == [stops])
        // A query of the row is read for each.
        #expect(try told("SELECT count(*) FROM generate_series(1, 3) g WHERE 'x'::tsvector @@ to_tsquery(repeat('a', g))").count == 1)
        let long = "word is too long to be indexed"
        #expect(try told("SELECT to_tsvector('simple', repeat('a', 2047) || ' ' || repeat('b', 2048))") == [long])
        #expect(try session.rows("SELECT length(to_tsvector('simple', repeat('a', 2047) || ' ' || repeat('b', 2048)))") == ["1"])
        #expect(session.connection.takeNotices().first?.detail == "Words longer than 2047 characters are ignored.")
        #expect(try told("SELECT length(repeat('a', 2047)::tsvector), repeat('a', 2047)::tsquery IS NULL") == [])
        #expect(session.state("SELECT repeat('a', 2048)::tsvector") == "54000")
        #expect(session.state("SELECT repeat('a', 2048)::tsquery") == "54000")
        #expect(session.state("SELECT array_to_tsvector(ARRAY[repeat('a', 2048)])") == "54000")
    }

    /// What there is to say of a literal is told when the statement comes that has it; of what rows have, for each of them; and of a statement
    /// that was prepared whenever it is executed.
    @Test func whatIsLeftOutIsToldAsPostgreSQLTellsIt() throws {
        let session = try TestSession()
        let (connection, none) = (session.connection, "text-search query doesn't contain lexemes: \"\"")
        func told(_ sql: String) throws -> [String] {
            try session.rows(sql)
            return connection.takeNotices().map(\.message)
        }
        for query in [
            "''::tsquery", "tsquery ''", "CAST('' AS tsquery)", "''::text::tsquery", "'a'::tsvector @@ ''::tsquery", "querytree('')",
            "'{\"\",a}'::tsquery[]", "ts_headline('a', ''::tsquery)", "''::tsquery FROM generate_series(1, 5)", "''::tsquery WHERE false",
        ] {
            #expect(try told("SELECT \(query)") == [none], "\(query)")
        }
        #expect(try told("SELECT ' '::tsquery") == ["text-search query doesn't contain lexemes: \" \""])
        #expect(try told("SELECT x::tsquery FROM (VALUES (''), ('a'), ('')) v(x)") == [none, none])
        // A declaration has told of its own, and so has a row that is read.
        #expect(try told("CREATE TABLE q (id int PRIMARY KEY, q tsquery DEFAULT '')") == [none])
        #expect(try told("INSERT INTO q (id) VALUES (1); SELECT q FROM q; SELECT column_default FROM information_schema.columns") == [])
        #expect(try told("INSERT INTO q VALUES (2, '')") == [none])
        #expect(try told("PREPARE i AS INSERT INTO q VALUES ($1, '')") == [none])
        #expect(try told("EXECUTE i(3); EXECUTE i(4)") == [])
        let stops = "text-search query contains only stop words or doesn't contain lexemes, ignored"
        #expect(try told("SELECT to_tsquery('english', 'the') FROM generate_series(1, 3)") == [stops])
        #expect(try told("SELECT to_tsquery('the') FROM generate_series(1, 3)") == [stops, stops, stops])
        let long = "word is too long to be indexed"
        #expect(try told("SELECT ts_headline('simple', 'a ' || repeat('x', 3000), 'a')") == [long])
        #expect(try told("SELECT ts_headline('simple', jsonb_build_array(repeat('x', 3000), repeat('y', 3000)), 'a')") == [long, long])
        // What only an index reads of rows.
        let row = "'a ' || repeat('x', 3000)"
        #expect(try told("CREATE TABLE t (id int PRIMARY KEY, b text, n int); INSERT INTO t VALUES (1, \(row)), (2, 'b')") == [])
        #expect(try told("CREATE INDEX words ON t USING gin (to_tsvector('simple', b))") == [long])
        #expect(try told("INSERT INTO t VALUES (3, \(row)), (4, \(row) || ' ' || repeat('y', 3000)), (5, 'b')") == [long, long, long])
        #expect(try told("UPDATE t SET b = b || ' c' WHERE id < 4") == [long, long])
        #expect(try told("UPDATE t SET n = 1; SELECT count(*) FROM t WHERE n = 1; DELETE FROM t WHERE id = 5") == [])
        #expect(try told("INSERT INTO t VALUES (3, \(row)) ON CONFLICT DO NOTHING; DELETE FROM t") == [])
        for text in ["INSERT INTO q VALUES ($1, to_tsquery('english', 'the'))", "INSERT INTO q VALUES ($1, to_tsquery('the'))"] {
            let statement = try connection.prepare(text)
            for _ in 0..<3 {
                let id = SQLValue.int(Int64(try session.rows("SELECT max(id) + 1 FROM q")[0]) ?? 0)
                let result = try connection.execute(statement, parameters: [id])
                while try result.next() != nil {}
                try connection.sync()
                #expect(connection.takeNotices().map(\.message) == [stops], "\(text)")
            }
        }
    }

    /// However often the parser tries something in vain: the time of a text grows as its length does.
    @Test func tokensTakeStepsByTheLengthOfTheText() {
        for unit in [
            "a_", "/.", "~/", "a1@", "a_b@", "a.b_c@", "a1_1.b@", "1.1e5.", "a_1.1e5_", "a-", "1-1a-", "aa.bb_", "a.", "a/", "1.", "&a",
            "<a ",
            "<!--", "<a \"", "a1@<!--", "../", "aa.bb/", "a@b.c/",
        ] {
            let text = Array(String(repeating: unit, count: 20_000 / unit.utf8.count).utf8)
            var tokenizer = TextTokenizer(text)
            while tokenizer.next() != nil, tokenizer.stepCount < 100 * text.count {}
            #expect(tokenizer.stepCount < 60 * text.count, "\(unit)")
        }
    }

    /// A text ends within a token where the query was stopped that it is read for.
    @Test func tokensEndWithTheirQuery() {
        let memory = QueryMemory(limit: 1 << 20, pool: MemoryPool(limit: 1 << 20)) { true }
        let text = Array((String(repeating: "a_", count: 100_000) + " end").utf8)
        for (isStopped, count) in [(true, 0), (false, 200_001)] {
            var tokenizer = TextTokenizer(text) { isStopped }
            var found = 0
            while tokenizer.next() != nil { found += 1 }
            #expect(found == count)
        }
        #expect(throws: SQLError.self) {
            try QueryMemory.ofThread.with(memory) { () throws(SQLError) in try TextSearchFunctions.vector("a", .simple) }
        }
    }

    /// As many levels as a text holds.
    @Test func deepQueries() throws {
        let session = try TestSession()
        let chain = Array(repeating: "a", count: 4_000).joined(separator: " & ")
        #expect(try session.rows("SELECT numnode('\(chain)'::tsquery)") == ["7999"])
        let nested = String(repeating: "(", count: 4_000) + "a" + String(repeating: ")", count: 4_000)
        #expect(try session.rows("SELECT '\(nested)'::tsquery") == ["'a'"])
        let negated = String(repeating: "!", count: 4_000) + "a"
        #expect(try session.rows("SELECT 'a'::tsvector @@ '\(negated)'::tsquery") == ["t"])
        let phrases = Array(repeating: "a", count: 1_000).joined(separator: " <-> ")
        #expect(try session.rows("SELECT 'a:1'::tsvector @@ '\(phrases)'::tsquery") == ["f"])
        for unit in ["<!--", "<a \"", "a1@", "a-", "a_", "a.", "a/", "1.", "&a", "<a ", "a "] {
            let text = String(repeating: unit, count: 4_000)
            #expect(try session.rows("SELECT length(to_tsvector('simple', '\(text)')) >= 0") == ["t"], "\(unit)")
        }
    }
}
