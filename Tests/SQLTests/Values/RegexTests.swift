import Testing

@testable import SQL

/// Regular expressions and patterns. The answers are PostgreSQL 15's.
@Suite struct RegularExpressionTests {
    let session: TestSession

    init() throws { session = try TestSession() }

    @Test func matches() {
        session.check([
            ("'abc' ~ '^a.c$'", "t"),
            ("'abc' ~ 'B'", "f"),
            ("'foo bar' ~ '\\mbar\\M'", "t"),
            ("'foobar' ~ '\\mbar'", "f"),
            ("'a1' ~ '^\\w\\d$'", "t"),
            ("'x' ~ '[[:digit:]]'", "f"),
            ("'-' ~ '[a\\-z]'", "t"),
            ("'ab\\ncd' ~ 'b'", "t"),
            ("'aaa' ~ '^a{2,3}$'", "t"),
            ("'aaaa' ~ '^a{2,3}$'", "f"),
            ("'a' ~ '(?i)A'", "t"),
            ("'a.c' ~ '***=a.c'", "t"),
            ("'abc' ~ '***=a.c'", "f"),
            ("'tab' ~ '(?x) t a b'", "t"),
            ("'[]' ~ '[]]'", "t"),
            ("'é' ~ '^.$'", "t"),
            ("'a' ~ 'a**'", "!2201B"),
            ("'a' ~ '('", "!2201B"),
            ("'a' ~ '[b-a]'", "!2201B"),
            ("'a' ~ 'a{2,1}'", "!2201B"),
            ("'a' ~ '\\\\'", "f"),
            ("'ABC' ~* 'b'", "t"),
            ("'abc' !~ 'b'", "f"),
            ("'ABC' !~* 'b'", "f"),
            ("E'a\\nb' ~ '^b'", "f"),
            ("E'a\\nb' ~ '(?n)^b'", "t"),
            ("E'a\\nb' ~ 'a.b'", "t"),
            ("E'a\\nb' ~ '(?p)a.b'", "f"),
        ])
    }

    @Test func parts() {
        session.check([
            ("substring('foobar' from 'o.b')", "oob"),
            ("substring('foobar' from 'o(.)b')", "o"),
            ("substring('foobar', 'z')", "NULL"),
            ("substring('Thomas' from '%#\"o_a#\"_' for '#')", "oma"),
            ("substring('abcdefg' similar 'a#\"%#\"g' escape '#')", "bcdef"),
            ("regexp_match('foobarbequebaz', '(bar)(beque)')", "{bar,beque}"),
            ("regexp_match('foobarbequebaz', 'bar.*que')", "{barbeque}"),
            ("regexp_match('abc', 'd')", "NULL"),
            ("regexp_match('abc', '(d)|(b)')", "{NULL,b}"),
            ("regexp_replace('foobarbaz', 'b..', 'X')", "fooXbaz"),
            ("regexp_replace('foobarbaz', 'b..', 'X', 'g')", "fooXX"),
            ("regexp_replace('foobarbaz', 'b(..)', 'X\\1Y', 'g')", "fooXarYXazY"),
            ("regexp_replace('abc', 'B', '[\\&]', 'i')", "a[b]c"),
            ("regexp_replace('A PostgreSQL function', 'a|e|i|o|u', 'X', 1, 3, 'i')", "A PostgrXSQL function"),
            ("regexp_count('ABCABCAXYaxy', 'A.')", "3"),
            ("regexp_count('ABCABCAXYaxy', 'A.', 1, 'i')", "4"),
            ("regexp_instr('number of your street, town zip, FR', '[^,]+', 1, 2)", "23"),
            ("regexp_instr('ABCDEFGHI', '(c..)(...)', 1, 1, 0, 'i', 2)", "6"),
            ("regexp_like('Hello World', 'world$', 'i')", "t"),
            ("regexp_substr('ABCDEFGHI', '(c..)(...)', 1, 1, 'i', 2)", "FGH"),
            ("regexp_split_to_array('the quick  brown fox', '\\s+')", "{the,quick,brown,fox}"),
            ("regexp_split_to_array('abc', '')", "{a,b,c}"),
            ("regexp_split_to_array('a,b,', ',')", "{a,b,\"\"}"),
            ("array(select regexp_matches('foobarbequebazilbarfbonk', '(b[^b]+)(b[^b]+)', 'g'))", "{{bar,beque},{bazil,barf}}"),
            ("regexp_replace('aaa', 'a', 'b', 'z')", "!22023"),
            ("regexp_match('a', 'a', 'g')", "!22023"),
            ("regexp_count('a', 'a', 0)", "!22023"),
            ("regexp_replace('foo', '', '-', 'g')", "-f-o-o-"),
            ("regexp_replace('abc', '(a*)', '<\\1>', 'g')", "<a><>b<>c<>"),
        ])
    }

    @Test func longestAndShortest() {
        session.check([
            ("substring('XY1234Z', 'Y*([0-9]{1,3})')", "123"),
            ("substring('XY1234Z', 'Y*?([0-9]{1,3})')", "1"),
            ("regexp_match('abc01234xyz', '(.*)(\\d+)(.*)')", "{abc0123,4,xyz}"),
            ("regexp_match('abc01234xyz', '(.*?)(\\d+)(.*)')", "{abc,0,\"\"}"),
            ("regexp_match('xyz', 'x|xy|xyz')", "{xyz}"),
            ("regexp_match('foobar', 'o+?')", "{o}"),
            ("regexp_match('abcd', '(a|ab)(c|bcd)')", "{a,bcd}"),
        ])
    }

    /// What a group took in an earlier turn of a repetition is forgotten.
    @Test func groupsOfTheLastTurn() {
        session.check([
            ("regexp_match('abab', '((a)|(b))*')", "{b,NULL,b}"),
            ("regexp_match('abab', '((a)|(b)){2,3}')", "{a,a,NULL}"),
            ("regexp_match('abcabd', '(?:(a)|(b)|(c))+d')", "{NULL,b,NULL}"),
            ("regexp_match('abac', '((a(b)?)+)c')", "{aba,a,NULL}"),
            ("regexp_match('xyyz', '(?:(x)?(y))+?z')", "{NULL,y}"),
            ("regexp_match('ab,b,', '((?:(a)|(b))*,)*')", "{\"b,\",NULL,b}"),
            ("regexp_match('acd', '(?:(a)|(b)){0,1}(?:(c)|d)*')", "{a,NULL,NULL}"),
            ("regexp_match('a', '(?:(a)|)*')", "{a}"),
            ("regexp_match('abc', '(?:(a)|(b))*(?=c)')", "{NULL,b}"),
            ("regexp_match('aba', '((a)|(b))*\\2')", "NULL"),
            ("regexp_replace('aba', '(?:(a)|b\\1)+', '<\\&:\\1>', 'g')", "<a:a>b<a:a>"),
        ])
    }

    @Test func basicExpressions() {
        session.check([
            ("regexp_match('aa+', '(?b)a+')", "{a+}"),
            ("regexp_match('aa+', 'a+', 'b')", "{a+}"),
            ("regexp_match('aa', '(?b)a\\{2\\}')", "{aa}"),
            ("regexp_match('aa', '(?b)a\\{,2\\}')", "{aa}"),
            ("regexp_match('aa', '(?b)\\(a\\)\\1')", "{a}"),
            ("regexp_match('a', '(?b)a|b')", "NULL"),
            ("regexp_match('*a', '(?b)^*a')", "{*a}"),
            ("regexp_match('**a', '(?b)^**')", "{**}"),
            ("regexp_match('a*b', '(?b)a\\(*b\\)')", "{*b}"),
            ("regexp_match('a$b', '(?b)a$b')", "{a$b}"),
            ("regexp_match('a', '(?b)\\(a$\\)')", "{a}"),
            ("regexp_match('x ab y', '(?b)\\<ab\\>')", "{ab}"),
            ("regexp_match('d', '(?b)\\d')", "{d}"),
            ("regexp_match('()', '(?b)()')", "{()}"),
            ("regexp_match('ab', '(?bx)a b')", "{ab}"),
            ("regexp_match('aa', '(?b)a\\)')", "!2201B"),
            ("regexp_match('aa', '(?b)\\(a')", "!2201B"),
            ("regexp_match('aa', '(?b)a\\{1')", "!2201B"),
            ("regexp_match('aa', '(?b)\\{2\\}')", "!2201B"),
        ])
    }

    @Test func extendedExpressions() {
        session.check([
            ("regexp_match('add', '(?e)a\\dd')", "{add}"),
            ("regexp_match('a1', '(?e)(a)\\1')", "{a}"),
            ("regexp_match('a)', '(?e)a)')", "{a)}"),
            ("regexp_match('a]', '(?e)[a\\]]')", "{a]}"),
            ("regexp_match('aa', '(?e)a{1,2}')", "{aa}"),
            ("regexp_match('aa+', 'a+', 'e')", "{a+}"),
            ("regexp_match('aa', '(?qe)a+')", "{aa}"),
            ("regexp_match('a+', '(?eb)a+')", "{a+}"),
            ("regexp_match('aa', '(?e)a*?')", "!2201B"),
            ("regexp_match('a', '(?e)(?:a)')", "!2201B"),
        ])
    }

    @Test func collatingElements() {
        session.check([
            ("regexp_match('a--b', '[[.hyphen.]]+')", "{--}"),
            ("regexp_match('+,-', '[+-[.hyphen-minus.]]+')", "{\"+,-\"}"),
            ("regexp_match('a.b', '[[=period=]]')", "{.}"),
            ("regexp_match('bab', '[[=a=]]')", "{a}"),
            ("'~' ~ '[[.tilde.]]' AND E'\\n' ~ '[[.newline.]]' AND E'\\x1f' ~ '[[.IS1.]]' AND '7' ~ '[[.seven.]]'", "t"),
            ("'a' ~ '[[.nosuch.]]'", "!2201B"),
            ("'a' ~ '[[.a]]'", "!2201B"),
            ("'a' ~ '[[=a=]-c]'", "!2201B"),
            ("'a' ~ '[a-[=c=]]'", "!2201B"),
            ("'a' ~ '[[:alpha:]-z]'", "!2201B"),
            ("'1' ~ '[\\d-z]'", "!2201B"),
            ("'b' ~ '[a-c-e]'", "!2201B"),
            ("regexp_match('a-b', '[a-]+')", "{a-}"),
        ])
    }

    @Test func wordsBlanksAndOctalNumbers() {
        session.check([
            ("regexp_replace('  ab', '\\m', '<>', 'g')", "  <>ab"),
            ("regexp_replace('  ab', '\\M', '<>', 'g')", "  ab<>"),
            ("regexp_replace('a', '[[:>:]]', '<>', 'g')", "a<>"),
            ("regexp_match('aa', '(?x)a{ 1 , 2 }')", "{aa}"),
            (#"E'a\n' ~ '\012$'"#, "t"),
        ])
    }

    @Test func likeAndSimilar() {
        session.check([
            ("'abc' LIKE 'a%'", "t"),
            ("'abc' LIKE '_b_'", "t"),
            ("'a%c' LIKE 'a\\%c'", "t"),
            ("'abc' LIKE 'a#%c' ESCAPE '#'", "f"),
            ("'ABC' ILIKE 'a_c'", "t"),
            ("'abc' NOT LIKE 'b%'", "t"),
            ("'abc' LIKE 'abc\\'", "f"),
            ("'abc' SIMILAR TO '(a|b)%'", "t"),
            ("'abc' SIMILAR TO 'a'", "f"),
            ("'abc' SIMILAR TO '_{3}'", "t"),
            ("'a.c' SIMILAR TO 'a.c'", "t"),
            ("'abc' SIMILAR TO 'a.c'", "f"),
            ("'a' LIKE ''", "f"),
            ("'' LIKE '%'", "t"),
            ("'abc' SIMILAR TO 'a[b-c]+'", "t"),
            ("'x' SIMILAR TO NULL", "NULL"),
        ])
    }
}
