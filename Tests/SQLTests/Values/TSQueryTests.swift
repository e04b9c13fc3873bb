import Testing

@testable import Catalog
@testable import SQL

/// Unusual queries of text search: the answers are those of PostgreSQL 15.
@Suite struct TSQueryTests {
    /// Stop words that are left out add to a distance, which then may be one that no text can say.
    @Test func longDistancesAreStored() throws {
        let session = try TestSession()
        try session.rows("CREATE TABLE t (id int PRIMARY KEY, q tsquery, l tsquery[])")
        let query = "to_tsquery('english', 'cat <16384> the <5> dog')"
        try session.rows("INSERT INTO t VALUES (1, \(query), ARRAY[\(query)])")
        #expect(try session.rows("SELECT q, l FROM t") == ["'cat' <16389> 'dog'|{\"'cat' <16389> 'dog'\"}"])
        #expect(try session.rows("SELECT count(*) FROM t WHERE q = \(query)") == ["1"])
        #expect(session.state("SELECT 'cat <16389> dog'::tsquery") == "22023")
        let farthest = "to_tsquery('english', 'cat <16384> the <16383> dog')"
        try session.rows("UPDATE t SET q = \(farthest)")
        #expect(try session.rows("SELECT q FROM t") == ["'cat' <32767> 'dog'"])
        #expect(throws: SQLError.self) { try TSQueryReader.stored("'cat' <32768> 'dog'") }
    }

    /// Of a word that stands in a query twice the right one counts.
    @Test func rankOfWordsThatArePrefixesToo() throws {
        try TestSession().check([
            ("ts_rank('abc:1', 'ab & ab:*')", "0.06079271"),
            ("ts_rank('abc:1', 'ab:* & ab')", "0"),
            ("ts_rank('abc:1 ab:2', 'ab | ab:*')", "0.12158542"),
            ("ts_rank('abc:1 ab:2', 'ab:* | ab')", "0.06079271"),
            ("ts_rank('abc:1 ab:2', 'ab <-> ab:*')", "0.12158542"),
            ("ts_rank('abc:1 ab:2 x:4', 'ab:* & x & ab')", "0.098500855"),
            ("ts_rank('abc:1 ab:2 x:4', 'ab & x & ab:*')", "0.09735848"),
            ("ts_rank_cd('abc:1 ab:2', 'ab & ab:*')", "0.1"),
            ("ts_rank_cd('abc:1', 'ab:* & ab')", "0"),
        ])
    }

    /// What a phrase joins counts before its distance.
    @Test func phrasesAreComparedByTheirPartsFirst() throws {
        try TestSession().check([
            ("'a <2> a'::tsquery < 'a <3> b'::tsquery", "t"),
            ("'b <2> a'::tsquery < 'a <3> a'::tsquery", "f"),
            ("'a <2> a'::tsquery < 'a <3> a'::tsquery", "f"),
            ("'a <3> a'::tsquery < 'a <2> a'::tsquery", "t"),
            ("'a <2> a'::tsquery = 'a <3> a'::tsquery", "f"),
            ("'(a <2> b) <3> c'::tsquery < '(a <3> b) <2> c'::tsquery", "f"),
            ("'a <2> (b <3> c)'::tsquery < 'a <3> (b <2> c)'::tsquery", "t"),
            ("'(a <2> b) & c'::tsquery < '(a <3> b) & d'::tsquery", "f"),
            ("'(a <2> b) & c'::tsquery < '(a <3> d) & c'::tsquery", "f"),
            ("ts_rewrite('(ab<2>x)&(b<3>x)', 'k', 'y')", "'b' <3> 'x' & 'ab' <2> 'x'"),
            ("ts_rewrite('(ab<2>x)&(b<3>x)', 'b<3>x', 'y')", "'y' & 'ab' <2> 'x'"),
            ("ts_rewrite('(ab<2>x)&(b<3>x)', 'b<2>x', 'y')", "'b' <3> 'x' & 'ab' <2> 'x'"),
        ])
    }

    /// Past the last place that is counted the first weight stays, unless there is no other place.
    @Test func weightsAtTheLastPosition() throws {
        try TestSession().check([
            ("'a:16383B,16383A a:5'::tsvector", "'a':5,16383B"),
            ("'a:16383B,16384A,3 a:5'::tsvector", "'a':3,5,16383B"),
            ("'a:5B a:5A a:16383D,16383C'::tsvector", "'a':5A,16383"),
            ("'a:16383,16383A'::tsvector", "'a':16383A"),
            ("'a:20000B,16383A,20000C,2'::tsvector", "'a':2,16383B"),
            ("'a:16383,16383A b:16383B,1A,16383A'::tsvector", "'a':16383A 'b':1A,16383B"),
        ])
    }

    /// As deep as PostgreSQL reads them, in a time that grows as their length does.
    @Test func queriesNestedToTheRight() throws {
        func nested(_ part: String, _ count: Int) -> String { "(repeat('\(part)(', \(count)) || 'a' || repeat(')', \(count)))" }
        try TestSession().check([
            ("numnode(\(nested("a&", 7_500))::tsquery)", "15001"),
            ("numnode(\(nested("a&", 20_000))::tsquery)", "!54001"),
            ("numnode(to_tsquery('english', \(nested("!", 20_000))))", "!54001"),
            ("length(querytree(\(nested("a|", 1_000))::tsquery))", "6003"),
            ("length(\(nested("a&", 1_000))::tsquery::text)", "6003"),
            ("length(\(nested("!", 1_000))::tsquery::text)", "1003"),
            ("length(\(nested("a<->", 1_000))::tsquery::text)", "11999"),
            ("querytree('a & !(b | c) & (d | !e) & (f & (g & !h))')", "'a' & 'f' & 'g'"),
            ("querytree('!(a & b) | c')", "T"),
            ("querytree('(a | !b) <-> (c & !d)')", "'c'"),
            ("'a <-> (b <2> (c | d)) <-> !(e & f)'::tsquery", "'a' <-> ( 'b' <2> ( 'c' | 'd' ) ) <-> !( 'e' & 'f' )"),
            ("to_tsquery('english', '(the <-> a) <-> (cat <2> the) <3> (!the & dog)')", "'cat' <5> 'dog'"),
            ("to_tsquery('english', 'cat & (the | (!the & (dog <-> the <-> mouse)))')", "'cat' & 'dog' <2> 'mous'"),
        ])
    }
}
