#!/usr/bin/env python3
"""Random queries of one schema on PostgreSQL 15 and on Pando, whose answers are compared.

    apt-get install postgresql-15
    statements.py PANDO [STATEMENTS [SEED]]

Expressions of all common types, joins, LATERAL, subqueries, groups and grouping sets, windows with every kind of frame, set operations and common
tables, made by a grammar. Rows (as a set with repetitions), names and types of columns, and SQLSTATEs are the same, but for zeros at the end of
numbers, the last digits of floats, and blanks at the end of char(n). The seed is printed; the exit status is 1 if anything differs. Without
PostgreSQL it is left out.
"""

import collections
import os
import pathlib
import random
import re
import shutil
import socket
import struct
import subprocess
import sys
import tempfile

from postgresql_server import BIN, PostgreSQL

PANDO = os.path.abspath(sys.argv[1]) if len(sys.argv) > 1 else sys.exit(__doc__)
STATEMENTS = int(sys.argv[2]) if len(sys.argv) > 2 else 500
SEED = int(sys.argv[3]) if len(sys.argv) > 3 else random.SystemRandom().randrange(1 << 32)
PATIENCE = 120
SHOWN = 10


class Client:
    """A session of PostgreSQL's wire that asks simple queries."""

    def __init__(self, port, user):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        self.stream = self.socket.makefile("rb")
        body = struct.pack("!I", 196608)
        for word in ("user", user, "database", "postgres", "TimeZone", "UTC", "DateStyle", "ISO, MDY"):
            body += word.encode() + b"\0"
        self.socket.sendall(struct.pack("!I", len(body) + 5) + body + b"\0")
        self.answer()

    def ask(self, text):
        body = text.encode() + b"\0"
        self.socket.sendall(b"Q" + struct.pack("!I", len(body) + 4) + body)
        return self.answer()

    def answer(self):
        """The columns (name, type) and rows, or the SQLSTATE and message of an error."""
        columns, rows, error = [], [], None
        while True:
            head = self.stream.read(5)
            if len(head) < 5:
                raise ConnectionError("the server closed the connection")
            kind, length = head[:1], struct.unpack("!I", head[1:])[0]
            body = self.stream.read(length - 4)
            if kind == b"T":
                columns = described(body)
            elif kind == b"D":
                rows.append(values(body))
            elif kind == b"E":
                fields = {part[:1]: part[1:].decode() for part in body.split(b"\0") if part}
                error = (fields[b"C"], fields[b"M"])
            elif kind == b"Z":
                return columns, rows, error


def described(body):
    columns, at = [], 2
    for _ in range(struct.unpack_from("!H", body)[0]):
        end = body.index(b"\0", at)
        columns.append((body[at:end].decode(), struct.unpack_from("!I", body, end + 7)[0]))
        at = end + 19
    return columns


def values(body):
    row, at = [], 2
    for _ in range(struct.unpack_from("!H", body)[0]):
        length = struct.unpack_from("!i", body, at)[0]
        at += 4
        row.append(None if length < 0 else body[at:at + length].decode())
        at += max(length, 0)
    return row


# The tables. A letter says what a column is.

TYPES = {"i": "int", "n": "numeric", "f": "float8", "t": "text", "d": "date", "s": "timestamp", "b": "bool", "a": "text[]", "j": "jsonb"}
TABLES = {
    "staff": {"id": "i", "unit": "i", "name": "t", "pay": "n", "born": "d", "seen": "s", "fit": "b", "tags": "a", "facts": "j", "code": "t", "load": "f"},
    "units": {"id": "i", "title": "t", "boss": "i", "money": "n"},
    "steps": {"kind": "t", "number": "i", "value": "i"},
}
KEYS = {"staff": ["id"], "units": ["id"], "steps": ["kind", "number"]}
SCHEMA = [
    "CREATE TABLE staff (id int PRIMARY KEY, unit int, name text, pay numeric(10,2), born date, seen timestamp, fit bool, tags text[], facts jsonb, "
    "code char(4), load float8)",
    "CREATE TABLE units (id int PRIMARY KEY, title varchar(20) NOT NULL, boss int, money numeric(12,1))",
    "CREATE TABLE steps (kind text, number int, value int, PRIMARY KEY (kind, number))",
    "CREATE INDEX ON staff (unit)",
    "CREATE INDEX ON staff (name, pay)",
]


def content(pick):
    """The rows, as statements."""
    def some(*choices):
        return "NULL" if pick.random() < 0.12 else str(pick.choice(choices))

    rows = []
    for id in range(1, 41):
        rows.append("(" + ", ".join([
            str(id), some(*range(1, 7)), some("'ann'", "'bob'", "'Cyd'", "'dee'", "''", "'a%b'", "'o''x'"), some("10", "20.5", "33.33", "-4", "0"),
            some(f"'20{pick.randint(10, 24)}-{pick.randint(1, 12)}-{pick.randint(1, 28)}'"),
            some(f"'2024-0{pick.randint(1, 9)}-1{pick.randint(0, 9)} 1{pick.randint(0, 9)}:30:0{pick.randint(0, 9)}'"), some("true", "false"),
            some("'{}'", "'{a,b}'", "'{b,c,NULL}'"), some(f"'{{\"a\": {id % 5}, \"b\": [1, {id % 3}, \"x\"]}}'", "'[1, 2]'", "'{\"a\": {\"c\": null}}'"),
            some("'ab'", "'abcd'"), some("1.5", "2", "-3.25", "0"),
        ]) + ")")
    yield "INSERT INTO staff VALUES " + ", ".join(rows)
    yield "INSERT INTO units VALUES " + ", ".join(f"({i}, '{title}', {some(1, 2, 3)}, {some(1000.5, 20)})" for i, title in enumerate(["eng", "ops", "law"], 1))
    yield "INSERT INTO steps VALUES " + ", ".join(f"('{kind}', {n}, {some(0, 1, 2, 3, 4)})" for kind in "abc" for n in range(1, 9))


# The grammar: `{i}` in a form is an expression of type i, `{i!}` a constant.

CONSTANTS = {
    "i": ["0", "1", "2", "3", "5", "7", "-1"], "n": ["1.5", "20.5", "0", "-4.00"], "f": ["1.5::float8", "2::float8"], "t": ["'ann'", "'b'", "''", "'Cyd'"],
    "d": ["date '2010-01-01'", "date '2020-06-15'"], "s": ["timestamp '2024-05-10 12:00'"], "b": ["true", "false"],
    "a": ["ARRAY['a', 'b']", "'{b}'::text[]"], "j": ["'{\"a\": 1}'::jsonb", "'[1]'::jsonb", "'2'::jsonb"],
}
FORMS = {
    "i": ["({i} + 3)", "({i} % 7)", "(-{i})", "({i} * 2 / 3)", "abs({i})", "length({t})", "round({n})::int", "strpos({t}, 'b')", "cardinality({a})",
          "extract(year FROM {d})::int", "extract(dow FROM {d})::int", "array_position({a}, 'b')", "({d} - {d})", "num_nulls({i}, {t})"],
    "n": ["({n} + {n})", "({n} - {n})", "({n} * {n})", "({n} / nullif({n}, 0))", "round({n}, 1)", "trunc({n}, 1)", "{i}::numeric", "floor({n})", "mod({n}, 3)"],
    "f": ["({f} + {f})", "({f} * {f})", "{i}::float8", "sqrt(abs({f}))"],
    "t": ["upper({t})", "({t} || {t})", "({t} || {i})", "concat({t}, {i}, {d})", "left({t}, -1)", "substring({t} FROM 2 FOR 2)", "to_char({d}, 'YYYY-MM')",
          "to_char({d}, 'Mon DD IYYY-IW')", "to_char({n}, 'FM990.00')", "{i}::text", "array_to_string({a}, ',', '*')", "({j} ->> 'a')", "jsonb_typeof({j})",
          "format('%s-%I', {i}, coalesce({t}, ''))", "replace({t}, 'a', 'zz')", "regexp_replace({t}, '[a-c]+', '<\\&>', 'g')", "lpad({t}, 5, '*')", "({a})[1]",
          "quote_nullable({t})", "{b}::text", "split_part({t}, 'n', 2)", "trim(BOTH 'a' FROM {t})"],
    "d": ["({d} + 40)", "{s}::date", "date_trunc('month', {d})::date", "date_trunc('week', {d})::date"],
    "s": ["({d} + interval '1 month')", "date_trunc('hour', {s})", "({s} - interval '3 days 02:00')", "{d}::timestamp"],
    "b": ["({i} = {i})", "({i} < {i})", "({n} >= {n})", "({t} <> {t})", "({t} > {t})", "({d} <= {d})", "({s} < {s})", "({b} AND {b})", "({b} OR {b})", "(NOT {b})",
          "({t} IS NULL)", "({i} IS NOT NULL)", "({t} IS DISTINCT FROM {t})", "({t} LIKE 'a%')", "({t} ILIKE '%B%')", "({i} IN ({i}, {i!}))",
          "({t} NOT IN ({t!}, {t}))", "({i} BETWEEN {i} AND {i})", "({b} IS NOT TRUE)", "({i} = ANY (ARRAY[{i}, {i}]))", "({a} @> {a})", "({a} && {a})",
          "({j} @> {j})", "({j} ? 'a')", "({t} ~ '^[a-d]')", "(({i}, {t}) < ({i}, {t}))", "({t} = ANY ({a}))", "EXISTS (SELECT 1 FROM steps WHERE value = {i})",
          "({i} IN (SELECT value FROM steps WHERE number > 3))", "({i} < ALL (SELECT value FROM steps WHERE kind = {t!}))"],
    "a": ["({a} || {a})", "array_append({a}, {t})", "string_to_array({t}, 'n')", "array_remove({a}, 'b')", "ARRAY[{t}, {t}]", "({a})[1:1]"],
    "j": ["to_jsonb({i})", "to_jsonb({t})", "to_jsonb({d})", "to_jsonb({a})", "({j} -> 'b')", "({j} -> 0)", "({j} #> '{{b,1}}')", "jsonb_build_object('k', {t})"],
}
AGGREGATES = [
    "count(*)", "count({t})", "sum({i})", "sum({n})", "avg({n})", "min({t})", "max({i})", "max({d})", "min({n})", "bool_or({b})", "bool_and({b})",
    "count(DISTINCT {t})", "count(*) FILTER (WHERE {b})", "percentile_disc(0.5) WITHIN GROUP (ORDER BY {i})", "var_pop({n})", "stddev_samp({n})",
    "array_agg(DISTINCT {t})", "bit_or({i})", "sum(DISTINCT {n})", "mode() WITHIN GROUP (ORDER BY {t})",
]
WINDOWED = [
    "row_number()", "rank()", "dense_rank()", "ntile(3)", "percent_rank()", "cume_dist()", "lag({i})", "lead({t}, 2, 'zz')", "first_value({i})",
    "last_value({t})", "nth_value({i}, 2)", "sum({n})", "count({t})", "avg({n})", "max({i})", "sum({i}) FILTER (WHERE {b})", "array_agg({i})", "bool_or({b})",
]
BOUNDS = ["UNBOUNDED PRECEDING", "2 PRECEDING", "1 PRECEDING", "CURRENT ROW", "1 FOLLOWING", "2 FOLLOWING", "UNBOUNDED FOLLOWING"]


class Grammar:
    def __init__(self, seed):
        self.pick = random.Random(seed)

    def one(self, *choices):
        return self.pick.choice(choices)

    def expression(self, type, scope, depth):
        """An expression of a type over columns, which are pairs of a text and a type."""
        if depth <= 0 or self.pick.random() < 0.35:
            columns = [text for text, kind in scope if kind == type]
            if columns and self.pick.random() < 0.85:
                return self.pick.choice(columns)
            return f"NULL::{TYPES[type]}" if self.pick.random() < 0.06 else self.pick.choice(CONSTANTS[type])
        general = [f"coalesce({{{type}}}, {{{type}}})", f"nullif({{{type}}}, {{{type}}})", f"CASE WHEN {{b}} THEN {{{type}}} ELSE {{{type}}} END",
                   f"CASE {{i}} WHEN {{i}} THEN {{{type}}} WHEN 3 THEN {{{type}}} END"]
        if type in "intfds":
            general += [f"greatest({{{type}}}, {{{type}}})", f"least({{{type}}}, {{{type}}})"]
        return self.filled(self.pick.choice(general if self.pick.random() < 0.25 else FORMS[type]), scope, depth - 1)

    def filled(self, form, scope, depth):
        def part(match):
            if match[0] in ("{{", "}}"):
                return match[0][0]
            return self.pick.choice(CONSTANTS[match[1]]) if match[2] else self.expression(match[1], scope, depth)

        return re.sub(r"\{\{|\}\}|\{(\w)(!?)\}", part, form)

    def columns(self, alias, table):
        return [(f"{alias}.{name}", type) for name, type in TABLES[table].items()]

    def source(self):
        """What stands in FROM, its columns, and those of them that tell its rows apart."""
        table, other = self.one("staff", "staff", "units", "steps"), self.one("units", "steps", "staff")
        mine, keys = self.columns("x", table), [f"x.{key}" for key in KEYS[table]]
        kind = self.pick.random()
        if kind < 0.35:
            return f"{table} x", mine, keys
        if kind < 0.7:
            both = mine + self.columns("y", other)
            numbers = [[text for text, type in self.columns(*pair) if type == "i"] for pair in (("x", table), ("y", other))]
            condition = f"{self.pick.choice(numbers[0])} = {self.pick.choice(numbers[1])}"
            word = self.one("", "LEFT ", "RIGHT ", "FULL ")
            if word != "FULL " and self.pick.random() < 0.4:
                condition += " AND " + self.expression("b", both, 2)
            return f"{table} x {word}JOIN {other} y ON {condition}", both, keys + [f"y.{key}" for key in KEYS[other]]
        if kind < 0.8:
            inner = f"SELECT count(*)::int AS n, max(value) AS m FROM steps z WHERE z.value {self.one('=', '<', '>')} {self.expression('i', mine, 1)}"
            return f"{table} x LEFT JOIN LATERAL ({inner}) y ON true", mine + [("y.n", "i"), ("y.m", "i")], keys
        if kind < 0.9:
            own = self.columns("y", table)
            types = [self.one("i", "n", "t", "d", "b") for _ in range(3)]
            items = ", ".join(f"{self.expression(type, own, 2)} AS c{number}" for number, type in enumerate(types))
            inner = f"SELECT {items}, {', '.join(f'y.{key}' for key in KEYS[table])} FROM {table} y WHERE {self.expression('b', own, 2)}"
            return f"({inner}) x", [(f"x.c{number}", type) for number, type in enumerate(types)], keys
        return "staff x CROSS JOIN LATERAL unnest(x.tags) WITH ORDINALITY u (tag, place)", self.columns("x", "staff") + [("u.tag", "t"), ("u.place", "i")], [
            "x.id", "u.place"]

    def window(self, scope, keys):
        call = self.filled(self.pick.choice(WINDOWED), scope, 1)
        order = f"ORDER BY {self.expression('i', scope, 1)} {self.one('', 'DESC', 'NULLS FIRST')}, {', '.join(keys)}"
        part = f"PARTITION BY {self.expression(self.one('i', 't', 'b'), scope, 1)} " if self.pick.random() < 0.6 else ""
        frame = ""
        if self.pick.random() < 0.6:
            start = self.pick.randint(0, 5)
            end = self.pick.randint(max(start, 1), 6)
            frame = f" {self.one('ROWS', 'GROUPS')} BETWEEN {BOUNDS[start]} AND {BOUNDS[end]}"
            frame += self.one("", "", " EXCLUDE CURRENT ROW", " EXCLUDE GROUP", " EXCLUDE TIES")
            if self.pick.random() < 0.25:
                # Rows that are alike are all in the frame, or none of them: so it doesn't matter which of them comes first.
                value = self.expression("i", scope, 1)
                return f"count(*) OVER ({part}ORDER BY {value} RANGE BETWEEN 2 PRECEDING AND 1 FOLLOWING)"
        return f"{call} OVER ({part}{order}{frame})"

    def statement(self):
        kind = self.pick.random()
        source, scope, keys = self.source()
        where = f" WHERE {self.expression('b', scope, 3)}" if self.pick.random() < 0.7 else ""
        if kind < 0.35:
            items = ", ".join(self.expression(self.one(*TYPES), scope, 3) for _ in range(self.pick.randint(1, 4)))
            return f"SELECT {self.one('', '', 'DISTINCT ')}{items} FROM {source}{where}"
        aggregates = ", ".join(self.filled(self.pick.choice(AGGREGATES), scope, 2) for _ in range(self.pick.randint(1, 3)))
        if kind < 0.5:
            return f"SELECT {aggregates} FROM {source}{where}"
        if kind < 0.72:
            groups = [self.expression(self.one("i", "t", "d", "b"), scope, 2) for _ in range(self.pick.randint(1, 3))]
            groups = [text for text in groups if any(column in text for column, _ in scope)] or [scope[0][0]]
            listed = ", ".join(groups)
            by = self.one(listed, listed, f"ROLLUP ({listed})", f"CUBE ({listed})", f"GROUPING SETS (({listed}), ({groups[0]}), ())")
            having = f" HAVING count(*) {self.one('> 1', 'BETWEEN 1 AND 9')}" if self.pick.random() < 0.3 else ""
            return f"SELECT {listed}, {aggregates} FROM {source}{where} GROUP BY {by}{having}"
        if kind < 0.87:
            return f"SELECT {self.window(scope, keys)}, {self.window(scope, keys)}, {', '.join(keys)} FROM {source}{where}"
        if kind < 0.94:
            types = [self.one("i", "t", "d", "b", "n") for _ in range(2)]
            parts = []
            for _ in range(self.pick.randint(2, 3)):
                source, scope, _ = self.source()
                items = ", ".join(self.expression(type, scope, 2) for type in types)
                parts.append(f"SELECT {items} FROM {source} WHERE {self.expression('b', scope, 2)}")
            text = parts[0]
            for part in parts[1:]:
                text = f"({text}) {self.one('UNION', 'UNION ALL', 'INTERSECT', 'EXCEPT', 'EXCEPT ALL')} {part}"
            return text
        common = f"SELECT {self.expression('i', scope, 2)} AS a, {self.expression('t', scope, 2)} AS b FROM {source}{where}"
        return (f"WITH q AS {self.one('', 'MATERIALIZED ', 'NOT MATERIALIZED ')}({common}) "
                "SELECT q.a, count(*), max(r.b) FROM q LEFT JOIN q r ON r.a = q.a GROUP BY q.a")


def alike(text, type):
    """A value without what may differ: the last digits of floats, zeros at the end of numbers, and which of equal values is shown."""
    if text is None:
        return None
    if type in (700, 701):
        return f"{float(text) or 0.0:.8g}"
    if type == 1042:
        return text.rstrip(" ")
    if type == 1700 and "." in text:
        text = text.rstrip("0").rstrip(".")
        return f"{float(text):.12g}" if len(text) > 15 else "0" if text == "-0" else text
    if type == 3802:
        return re.sub(r"(\d)\.(\d*?)0+(?!\d)", lambda match: match[1] + ("." + match[2] if match[2] else ""), text)
    return text


def comparable(answer):
    columns, rows, error = answer
    if error:
        return error[0]
    return columns, collections.Counter(tuple(alike(value, type) for value, (_, type) in zip(row, columns)) for row in rows)


def compare(reference, mine):
    grammar = Grammar(SEED)
    rows = errors = differences = 0
    for statement in [*SCHEMA, *content(random.Random(SEED))]:
        for client in (reference, mine):
            if error := client.ask(statement)[2]:
                sys.exit(f"{statement}: {error}")
    for _ in range(STATEMENTS):
        statement = grammar.statement()
        wanted, got = reference.ask(statement), mine.ask(statement)
        one, other = comparable(wanted), comparable(got)
        if one == other:
            rows, errors = rows + len(wanted[1]), errors + (wanted[2] is not None)
            continue
        differences += 1
        if differences > SHOWN:
            continue
        print(statement)
        if isinstance(one, str) or isinstance(other, str) or one[0] != other[0]:
            print("   wanted", wanted[2] or wanted[0], "\n   got   ", got[2] or got[0])
        else:
            print("   missing", list((one[1] - other[1]).items())[:3], "\n   too much", list((other[1] - one[1]).items())[:3])
    print(f"{STATEMENTS} statements, {rows} rows and {errors} errors alike, {differences} differ; seed {SEED}")
    return differences == 0


def main():
    if not BIN.exists():
        print("left out: PostgreSQL 15 is not here")
        return True
    print(f"seed {SEED}")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="pando-statements-"))
    server = PostgreSQL(folder / "postgresql", "fsync = off\n").start()
    process = subprocess.Popen(
        [PANDO, "serve", str(folder / "statements.pando"), "--bind", "127.0.0.1", "--http-port", "0", "--driver-port", "none", "--pg-port", "0"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        for line in process.stdout:
            if found := re.search(r"postgresql://[^:]*:(\d+)", line):
                return compare(Client(server.port, "postgres"), Client(int(found[1]), "admin"))
        sys.exit("the server did not start")
    finally:
        process.terminate()
        process.wait(PATIENCE)
        server.stop("immediate")
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
