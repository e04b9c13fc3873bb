import ReQLish
import Testing

@testable import SQL

/// Regular expressions with lookaround and back-references, with PostgreSQL's answers.
@Suite struct LookaroundTests {
    let session: TestSession

    init() throws { session = try TestSession() }

    @Test(arguments: [
        ("regexp_match('abcabc', '(abc)\\1')", "{abc}"), ("regexp_match('aXbAxB', '(?i)(axb)\\1')", "{aXb}"),
        ("regexp_match('abab', '(a|ab)(b?)\\1')", "{ab,\"\"}"), ("'aaaa' ~ '^(a+)\\1$'", "t"), ("'aaa' ~ '^(a+)\\1$'", "f"),
        ("regexp_replace('price: 100 usd, 200 eur', '\\d+(?= eur)', 'X', 'g')", "price: 100 usd, X eur"),
        ("regexp_replace('foobar foobaz', 'foo(?!bar)', 'X', 'g')", "foobar Xbaz"),
        ("regexp_replace('1a 2b 3a', '(?<!1)a', 'X', 'g')", "1a 2b 3X"),
        ("regexp_replace('foobarrbazz', '(.)\\1', 'X\\&Y', 'g')", "fXooYbaXrrYbaXzzY"),
        ("'abb' ~ '(a)(b)\\2'", "t"), ("E'a\\n' ~ '(a)\\12'", "t"), ("'aa' ~ '(a)\\12'", "f"),
        ("regexp_match('aaabbb', '(a*?)(b*)\\2')", "{\"\",\"\"}"), ("regexp_match('aaabbbaaabbb', '(a+)(b+)\\1\\2')", "{aaa,bbb}"),
        ("regexp_split_to_array('a1b2c3', '(?<=\\d)')", "{a1,b2,c3}"), ("regexp_count('aabbccdd', '(\\w)\\1')", "4"),
        ("regexp_instr('hello', '(l)\\1')", "3"), ("substring('Zürich üü' from '(ü)\\1')", "ü"), ("'straße' ~ '(?<=ß)e$'", "t"),
        ("regexp_match('abcd', '(?<=a.)(.)(?=d)')", "{c}"), ("regexp_match('abcd', '(?<=(a|ab)c?)(.)')", "{b}"),
        ("'ab' ~ '(?=a(?=b))ab'", "t"), ("'ac' ~ '(?=a(?!b))a'", "t"), ("regexp_match('aaa', '(?=a+?)a+')", "{aaa}"),
        ("regexp_match('aaa', 'a+?(?=a+)')", "{a}"), ("regexp_match('aaa', 'a+?(?!a)')", "{aaa}"),
        ("regexp_match('ababab', '(ab)\\1+')", "{ab}"), ("regexp_match('foo foo bar', '\\m(\\w+)\\M \\1')", "{foo}"),
        ("regexp_match('aaaaa', '(a*?)\\1$')", "{aa}"), ("regexp_match('aaa', '(a*)\\1')", "{a}"),
        ("regexp_match('', '(a*)\\1')", "{\"\"}"),
    ]) func found(_ call: String, _ answer: String) throws {
        #expect(try session.rows("SELECT \(call)") == [answer])
    }

    @Test(arguments: [
        "(a\\1)", "\\1(a)", "a(?=(b)\\1)", "(?=b)*", "(?=a", "(?<a", "(?:abc)\\1", "x(\\w)(?=\\1)", "x(\\w)(?=(\\1))", "(?!a)+",
    ]) func refused(_ pattern: String) throws {
        #expect(session.state("SELECT 'abc' ~ '\(pattern)'") == "2201B")
    }

    /// Each place of the text is looked at once in vain, and what takes too many steps ends with an error.
    @Test func searchesAreBounded() throws {
        #expect(try session.rows("SELECT repeat('ab', 20000) ~ '(?=(a|b)*c)', repeat('ab', 20000) ~ '(?<=c(ab)*)c'") == ["f|f"])
        #expect(session.state("SELECT repeat('a', 2000) ~ '(a*)(a*)(a*)\\1\\2\\3b'") == "54000")
        #expect(try session.rows("SELECT length(regexp_replace(repeat('abc ', 2000), '\\w(?=c)', 'X', 'g'))") == ["8000"])
    }

    /// The syntax of ReQL's expressions is RE2's: it has none of these.
    @Test(arguments: ["a(?=b)", "a(?!b)", "(?<=a)b", "(?<!a)b", "(a)\\1", "(a)\\k{1}"]) func otherSyntaxStaysAsItIs(_ pattern: String) {
        #expect(throws: (any Error).self) { try RegularExpression(pattern) }
    }
}
