#!/usr/bin/env python3
"""Python's drivers of PostgreSQL on a running server: psycopg 3 and 2, asyncpg, pg8000, SQLAlchemy.

    pip install "psycopg[binary]==3.3.9" psycopg2-binary==2.9.13 asyncpg==0.32.0 pg8000==1.31.6 sqlalchemy==2.1.9
    postgresql_drivers.py PANDO

Starts `PANDO serve` on a new file and talks to it as applications would: values of each type there and back in text and binary,
pipelines, cursors on the server, COPY in text and binary, errors by their classes, savepoints, notifications, cancelling, pools, an
object mapper and what it finds out of the catalogs, and by each a search of texts. PANDO is the executable. Prints each step; the exit
status is 1 if anything differs.
"""

import asyncio
import contextlib
import datetime
import decimal
import io
import os
import struct
import sys
import threading
import uuid

import asyncpg
import pg8000.native
import psycopg
import psycopg2
import psycopg2.extras
import sqlalchemy
from postgresql import Failure, expect, served, step
from psycopg.types.json import Jsonb
from sqlalchemy import Computed, ForeignKey, Index, String, func, select
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship


NUMBER = decimal.Decimal("12.34")
MOMENT = datetime.datetime(2024, 1, 2, 3, 4, 5, 678901, tzinfo=datetime.timezone.utc)

# Texts that are searched: by a column that is generated, and by an expression of a column, each with an index. The answers are
# PostgreSQL's.
PAGES = [
    (1, "Trees of pages", "A tree is written by copy on write."),
    (2, "Logs", "What is written goes to a log first; of a log a tree is made."),
    (3, "Telephones", "A telephone in Zürich, and no trees."),
    *[(n, "Others", f"Nothing of the kind, number {n}.") for n in range(4, 61)],
]
PAGE = [
    "DROP TABLE IF EXISTS page",
    "CREATE TABLE page (id int PRIMARY KEY, title text, body text, words tsvector GENERATED ALWAYS AS"
    " (setweight(to_tsvector('english', title), 'A') || setweight(to_tsvector('english', body), 'B')) STORED)",
    "CREATE INDEX page_words ON page USING gin (words)",
    "CREATE INDEX page_body ON page USING gin (to_tsvector('english', body))",
]
RANKED = (
    "SELECT id, ts_rank(words, query), ts_headline('english', body, query, 'StartSel=[, StopSel=]')"
    " FROM page, websearch_to_tsquery('english', {}) query WHERE words @@ query ORDER BY 2 DESC, id LIMIT 10"
)
TREES = [
    (1, 0.66871977, "A [tree] is written by copy on write."),
    (2, 0.24317084, "What is written goes to a log first; of a log a [tree] is made."),
    (3, 0.24317084, "A telephone in Zürich, and no [trees]."),
]
WORDS = "'copi':9B 'page':3A 'tree':1A,5B 'write':11B 'written':7B"
# What each is to find. The parameter is the query.
FOUND = [
    ("words @@ websearch_to_tsquery('english', {})", '"copy on write" -log', [1]),
    ("to_tsvector('english', body) @@ to_tsquery('english', {})", "tele:* | goes <3> log", [2, 3]),
    ("to_tsvector('english', body) @@ plainto_tsquery('english', {})", "number 40", [40]),
    ("words @@ phraseto_tsquery('english', {})", "copies on write", [1]),
    ("words @@ CAST({} AS tsquery)", "'tree':A", [1]),
    ("words @@ CAST({} AS tsquery)", "nowhere", []),
]


def rounded(rows):
    """Ranks have four bytes, which drivers show as doubles."""
    return [(row[0], struct.unpack("f", struct.pack("f", row[1]))[0], row[2]) for row in rows]


# MARK: psycopg 3


def psycopg3(port):
    where = f"host=127.0.0.1 port={port} user=admin dbname=postgres"
    step("psycopg 3: values in text and binary")
    with psycopg.connect(where) as connection:
        connection.execute(
            "CREATE TABLE three (id int PRIMARY KEY, n numeric(10,2), t text, d date, ts timestamptz, j jsonb, a int[], u uuid, b bytea,"
            " f float8, ok bool)"
        )
        row = (1, NUMBER, "x", datetime.date(2024, 1, 2), MOMENT, Jsonb({"a": [1, 2]}), [1, 2, 3], uuid.UUID(int=5), b"\0\xff", 1.5, True)
        connection.execute("INSERT INTO three VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)", row)
        for binary in (False, True):
            got = connection.cursor(binary=binary).execute("SELECT * FROM three WHERE id = %s", (1,)).fetchone()
            expect("a row", got, row[:5] + ({"a": [1, 2]},) + row[6:])
        connection.commit()
        step("psycopg 3: pipeline, server-side cursor, COPY, savepoints")
        with connection.pipeline():
            for number in range(2, 50):
                connection.execute("INSERT INTO three (id, t) VALUES (%s, %s)", (number, f"t{number}"))
            count = connection.execute("SELECT count(*) FROM three")
        expect("rows of a pipeline", count.fetchone(), (49,))
        connection.commit()
        with connection.cursor("named") as cursor:
            cursor.execute("SELECT id FROM three ORDER BY id")
            expect("the first rows", cursor.fetchmany(3), [(1,), (2,), (3,)])
            expect("the others", len(cursor.fetchall()), 46)
        connection.commit()
        with connection.cursor() as cursor:
            with cursor.copy("COPY three (id, t) FROM STDIN") as copy:
                for number in range(100, 200):
                    copy.write_row((number, f"c\t{number}"))
            with cursor.copy("COPY three (id, t) FROM STDIN (FORMAT binary)") as copy:
                copy.set_types(["int4", "text"])
                for number in range(200, 300):
                    copy.write_row((number, f"c{number}"))
            with cursor.copy("COPY (SELECT id, t FROM three WHERE id >= 100 ORDER BY id) TO STDOUT (FORMAT binary)") as copy:
                copy.set_types(["int4", "text"])
                rows = list(copy.rows())
        expect("copied rows", (len(rows), rows[0], rows[-1]), (200, (100, "c\t100"), (299, "c299")))
        connection.commit()
        try:
            connection.execute("SELECT 1 / 0")
            raise Failure("a division by zero is no error")
        except psycopg.errors.DivisionByZero:
            connection.rollback()
        with connection.transaction():
            connection.execute("UPDATE three SET t = 'z' WHERE id = 1")
            with contextlib.suppress(psycopg.errors.UniqueViolation), connection.transaction():
                connection.execute("INSERT INTO three (id) VALUES (1)")
        expect("what stood before the savepoint", connection.execute("SELECT t FROM three WHERE id = 1").fetchone(), ("z",))
        connection.commit()
    step("psycopg 3: LISTEN and NOTIFY, cancelling, what others see")
    with psycopg.connect(where, autocommit=True) as one, psycopg.connect(where, autocommit=True) as two:
        one.execute("LISTEN channel")
        two.execute("NOTIFY channel, 'hello'")
        expect("the notification", [n.payload for n in one.notifies(timeout=10, stop_after=1)], ["hello"])
        threading.Timer(0.3, one.cancel).start()
        try:
            one.execute("SELECT pg_sleep(30)")
            raise Failure("a statement that was cancelled goes on")
        except psycopg.errors.QueryCanceled:
            pass
        expect("after it", one.execute("SELECT 1").fetchone(), (1,))
        pids = [pid for (pid,) in two.execute("SELECT pid FROM pg_stat_activity")]
        expect("both sessions are listed", {one.info.backend_pid, two.info.backend_pid} <= set(pids), True)
    step("psycopg 3: a search")
    with psycopg.connect(where, autocommit=True) as connection:
        for statement in PAGE:
            connection.execute(statement)
        with connection.cursor() as cursor, cursor.copy("COPY page (id, title, body) FROM STDIN") as copy:
            for page in PAGES:
                copy.write_row(page)
        for binary in (False, True):
            cursor = connection.cursor(binary=binary)
            for prepare in (False, True, True):
                rows = cursor.execute(RANKED.format("%s"), ("trees",), prepare=prepare).fetchall()
                expect("trees", rounded(rows), rounded(TREES))
            for condition, words, ids in FOUND:
                text = f"SELECT id FROM page WHERE {condition.format('%s')} ORDER BY id"
                expect(condition, cursor.execute(text, (words,)).fetchall(), [(number,) for number in ids])
        expect("the words", connection.execute("SELECT words FROM page WHERE id = 1").fetchone(), (WORDS,))
        # Binary, a vector is its lexemes, each with a count and its positions, whose upper two bits are the weight.
        lexemes = [("copi", [(9, 2)]), ("page", [(3, 3)]), ("tree", [(1, 3), (5, 2)]), ("write", [(11, 2)]), ("written", [(7, 2)])]
        sent = struct.pack(">i", len(lexemes))
        for lexeme, places in lexemes:
            numbers = [len(places)] + [place | weight << 14 for place, weight in places]
            sent += lexeme.encode() + b"\0" + struct.pack(f">{len(numbers)}H", *numbers)
        got = connection.cursor(binary=True).execute("SELECT words FROM page WHERE id = 1").fetchone()
        expect("the words in binary", got, (sent,))
        with connection.cursor() as cursor:
            cursor.execute("CREATE TEMP TABLE vectors (words tsvector)")
            with cursor.copy("COPY vectors FROM STDIN (FORMAT binary)") as copy:
                copy.write(b"PGCOPY\n\xff\r\n\0" + bytes(8) + struct.pack(">hi", 1, len(sent)) + sent + b"\xff\xff")
            expect("the words copied in", cursor.execute("SELECT words FROM vectors").fetchall(), [(WORDS,)])
        plan = "\n".join(line for (line,) in connection.execute("EXPLAIN " + RANKED.format("%s"), ("trees",)))
        expect(f"a plan by the index: {plan}", "using page_words" in plan, True)
        # BM25, which PostgreSQL has not.
        score = "SELECT id FROM page WHERE words @@ to_tsquery('english', %s) ORDER BY pando.score(page) DESC, id LIMIT 2"
        expect("the best two", connection.execute(score, ("tree | telephone",)).fetchall(), [(3,), (1,)])
        connection.execute("UPDATE page SET title = 'Bushes' WHERE id = 1")
        after = "SELECT id FROM page WHERE words @@ to_tsquery('english', %s)"
        expect("after an update", connection.execute(after, ("bush | tree:a",)).fetchall(), [(1,)])
        for failing, kind in [("SELECT to_tsquery('a &')", psycopg.errors.SyntaxError),
                              ("SELECT to_tsvector('klingon', 'a')", psycopg.errors.UndefinedObject)]:  # fmt: skip
            try:
                connection.execute(failing)
            except kind:
                continue
            raise Failure(f"{failing} is no error")


# MARK: psycopg 2


def psycopg_2(port):
    step("psycopg 2: cursors, execute_values, COPY, named cursors")
    connection = psycopg2.connect(host="127.0.0.1", port=port, user="admin", dbname="postgres")
    cursor = connection.cursor()
    cursor.execute("CREATE TABLE two (id serial PRIMARY KEY, t text, a text[])")
    cursor.execute("INSERT INTO two (t, a) VALUES (%s, %s) RETURNING id", ("x", ["a", "b"]))
    expect("the id", cursor.fetchone(), (1,))
    psycopg2.extras.execute_values(cursor, "INSERT INTO two (t) VALUES %s", [(str(number),) for number in range(1000)])
    cursor.copy_expert("COPY two (t) FROM STDIN CSV", io.StringIO('ab\n"q""q"\n'))
    connection.commit()
    named = connection.cursor("named")
    named.execute("SELECT * FROM two ORDER BY id")
    expect("the first", named.fetchone(), (1, "x", ["a", "b"]))
    expect("the others", len(named.fetchall()), 1002)
    connection.commit()
    step("psycopg 2: a search")
    for statement in PAGE:
        cursor.execute(statement)
    psycopg2.extras.execute_values(cursor, "INSERT INTO page (id, title, body) VALUES %s", PAGES)
    cursor.execute(RANKED.format("%s"), ("trees",))
    expect("trees", rounded(cursor.fetchall()), rounded(TREES))
    for condition, words, ids in FOUND:
        cursor.execute(f"SELECT id, words FROM page WHERE {condition.format('%s')} ORDER BY id", (words,))
        rows = cursor.fetchall()
        expect(condition, [number for number, _ in rows], ids)
        expect("its words", [words for number, words in rows if number == 1], [WORDS] if 1 in ids else [])
    # What a transaction has written is found in it, and by nobody else if it is rolled back.
    connection.commit()
    cursor.execute("UPDATE page SET body = 'A shrub.' WHERE id = 3")
    cursor.execute("SELECT id FROM page WHERE to_tsvector('english', body) @@ to_tsquery('english', 'shrubs')")
    expect("before the rollback", cursor.fetchall(), [(3,)])
    connection.rollback()
    cursor.execute("SELECT id FROM page WHERE to_tsvector('english', body) @@ to_tsquery('english', 'shrubs')")
    expect("after the rollback", cursor.fetchall(), [])
    connection.close()


# MARK: asyncpg


async def with_asyncpg(port):
    step("asyncpg: values in binary, cursors, COPY, a pool")
    where = dict(host="127.0.0.1", port=port, user="admin", database="postgres")
    connection = await asyncpg.connect(**where)
    await connection.execute("CREATE TYPE letter AS ENUM ('a', 'b')")
    await connection.execute(
        "CREATE TABLE one (id int PRIMARY KEY, n numeric, ts timestamptz, j jsonb, a text[], i interval, l letter, ip inet)"
    )
    span = datetime.timedelta(days=1, seconds=2)
    await connection.execute(
        "INSERT INTO one VALUES ($1, $2, $3, $4, $5, $6, $7, $8)", 1, NUMBER, MOMENT, '{"a": 1}', ["x", None], span, "b", "10.0.0.1"
    )
    row = await connection.fetchrow("SELECT * FROM one WHERE id = $1", 1)
    expect("a row", [row[name] for name in ("n", "ts", "j", "a", "i", "l")], [NUMBER, MOMENT, '{"a": 1}', ["x", None], span, "b"])
    await connection.executemany("INSERT INTO one (id) VALUES ($1)", [(number,) for number in range(2, 100)])
    async with connection.transaction():
        ids = [row["id"] async for row in connection.cursor("SELECT id FROM one ORDER BY id", prefetch=10)]
    expect("ids", ids, list(range(1, 100)))
    await connection.copy_records_to_table("one", records=[(number,) for number in range(200, 300)], columns=["id"])
    expect("rows", await connection.fetchval("SELECT count(*) FROM one"), 199)
    # What it has prepared of a table that has changed it prepares anew.
    await connection.execute("CREATE TABLE altered (id int PRIMARY KEY, n int); INSERT INTO altered VALUES (1, 2)")
    for change, row in [("", (1, 2)), ("ALTER COLUMN n TYPE text", (1, "2")), ("ADD COLUMN more int DEFAULT 3", (1, "2", 3))]:
        if change:
            await connection.execute(f"ALTER TABLE altered {change}")
        expect("a row of a table that changes", tuple(await connection.fetchrow("SELECT * FROM altered WHERE id = $1", 1)), row)
    statement = await connection.prepare("SELECT $1::int + $2::int")
    expect("a sum", await statement.fetchval(1, 2), 3)
    async with asyncpg.create_pool(**where, min_size=3, max_size=5) as pool:
        answers = await asyncio.gather(*[pool.fetchval("SELECT $1::int", number) for number in range(50)])
    expect("answers", answers, list(range(50)))
    step("asyncpg: a search")
    for statement in PAGE:
        await connection.execute(statement)
    await connection.copy_records_to_table("page", records=PAGES, columns=["id", "title", "body"])
    statement = await connection.prepare(RANKED.format("$1"))
    for _ in range(3):
        expect("trees", rounded(await statement.fetch("trees")), rounded(TREES))
    for condition, words, ids in FOUND:
        rows = await connection.fetch(f"SELECT id, words FROM page WHERE {condition.format('$1')} ORDER BY id", words)
        expect(condition, [row["id"] for row in rows], ids)
        expect("its words", [row["words"] for row in rows if row["id"] == 1], [WORDS] if 1 in ids else [])
    expect("a query", await connection.fetchval("SELECT $1::tsquery && to_tsquery('english', $2)", "a", "trees"), "'a' & 'tree'")
    await connection.close()


# MARK: pg8000


def with_pg8000(port):
    step("pg8000: parameters without types, transactions")
    connection = pg8000.native.Connection("admin", host="127.0.0.1", port=port, database="postgres")
    connection.run("CREATE TABLE eight (id int PRIMARY KEY, t text, d date)")
    connection.run("INSERT INTO eight VALUES (:i, :t, :d)", i=1, t="x", d=datetime.date(2024, 5, 6))
    expect("the row", connection.run("SELECT * FROM eight"), [[1, "x", datetime.date(2024, 5, 6)]])
    connection.run("BEGIN")
    connection.run("DELETE FROM eight")
    connection.run("ROLLBACK")
    expect("after the rollback", connection.run("SELECT count(*) FROM eight"), [[1]])
    step("pg8000: a search")
    for statement in PAGE:
        connection.run(statement)
    for number, title, body in PAGES:
        connection.run("INSERT INTO page (id, title, body) VALUES (:i, :t, :b)", i=number, t=title, b=body)
    expect("trees", rounded(connection.run(RANKED.format(":q"), q="trees")), rounded(TREES))
    for condition, words, ids in FOUND:
        rows = connection.run(f"SELECT id, words FROM page WHERE {condition.format(':q')} ORDER BY id", q=words)
        expect(condition, [number for number, _ in rows], ids)
        expect("its words", [words for number, words in rows if number == 1], [WORDS] if 1 in ids else [])
    connection.close()


# MARK: SQLAlchemy


class Base(DeclarativeBase):
    pass


class Author(Base):
    __tablename__ = "author"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(30), unique=True)
    posts: Mapped[list["Post"]] = relationship(back_populates="author")


class Post(Base):
    __tablename__ = "post"
    id: Mapped[int] = mapped_column(primary_key=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("author.id"))
    body: Mapped[str] = mapped_column(index=True)
    author: Mapped[Author] = relationship(back_populates="posts")


class Page(Base):
    __tablename__ = "page"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    body: Mapped[str]
    words: Mapped[str] = mapped_column(
        postgresql.TSVECTOR,
        Computed("setweight(to_tsvector('english', title), 'A') || setweight(to_tsvector('english', body), 'B')", persisted=True),
    )
    __table_args__ = (
        Index("page_words", "words", postgresql_using="gin"),
        Index("page_body", sqlalchemy.text("to_tsvector('english', body)"), postgresql_using="gin"),
    )


def search_by_objects(engine):
    """The functions and operators that SQLAlchemy has for texts: configurations are parameters with a cast there."""
    with Session(engine) as session:
        session.add_all([Page(id=number, title=title, body=body) for number, title, body in PAGES])
        session.commit()
        query = postgresql.websearch_to_tsquery("english", "trees")
        rank = func.ts_rank(Page.words, query)
        shown = postgresql.ts_headline("english", Page.body, query, "StartSel=[, StopSel=]")
        rows = session.execute(select(Page.id, rank, shown).where(Page.words.bool_op("@@")(query)).order_by(rank.desc(), Page.id)).all()
        expect("trees", rounded(rows), rounded(TREES))
        vector = postgresql.to_tsvector("english", Page.body)
        for condition, ids in [
            (Page.body.match("number & 40", postgresql_regconfig="english"), [40]),
            (Page.words.match("trees log", postgresql_regconfig="english"), [2]),
            (vector.bool_op("@@")(postgresql.to_tsquery("english", "tele:* | goes <3> log")), [2, 3]),
            (vector.bool_op("@@")(postgresql.phraseto_tsquery("english", "copies on write")), [1]),
            (Page.words.bool_op("@@")(sqlalchemy.cast("'tree':A", postgresql.TSQUERY)), [1]),
        ]:
            expect(f"{condition}", session.scalars(select(Page.id).where(condition).order_by(Page.id)).all(), ids)
        page = session.get(Page, 1)
        expect("the words", page.words, WORDS)
        page.title = "Bushes"
        session.commit()
        expect("the words after an update", page.words, "'bush':1A 'copi':7B 'tree':3B 'write':9B 'written':5B")


def with_sqlalchemy(port):
    for driver in ("psycopg", "psycopg2"):
        step(f"SQLAlchemy by {driver}: tables, objects, what it finds in the catalogs")
        engine = sqlalchemy.create_engine(f"postgresql+{driver}://admin@127.0.0.1:{port}/postgres")
        Base.metadata.drop_all(engine)
        Base.metadata.create_all(engine)
        with Session(engine) as session:
            session.add(Author(name="ann", posts=[Post(body="1"), Post(body="2")]))
            session.commit()
            author = session.scalars(select(Author).where(Author.name == "ann")).one()
            expect("her posts", sorted(post.body for post in author.posts), ["1", "2"])
            counts = session.execute(select(Author.name, func.count(Post.id)).join(Post).group_by(Author.name)).all()
            expect("counts", [tuple(row) for row in counts], [("ann", 2)])
        found = sqlalchemy.inspect(engine)
        expect("tables", {"author", "post"} <= set(found.get_table_names()), True)
        expect("columns", [column["name"] for column in found.get_columns("post")], ["id", "author_id", "body"])
        expect("the foreign key", found.get_foreign_keys("post")[0]["referred_table"], "author")
        expect("the index", found.get_indexes("post")[0]["column_names"], ["body"])
        expect("the unique constraint", found.get_unique_constraints("author")[0]["column_names"], ["name"])
        expect("the primary key", found.get_pk_constraint("author")["constrained_columns"], ["id"])
        metadata = sqlalchemy.MetaData()
        metadata.reflect(engine)
        expect("reflected", "author" in metadata.tables, True)
        step(f"SQLAlchemy by {driver}: a search")
        search_by_objects(engine)
        words = next(column for column in found.get_columns("page") if column["name"] == "words")
        expect("the type of the words", (type(words["type"]), words["computed"]["persisted"]), (postgresql.TSVECTOR, True))
        indexes = {index["name"]: index["dialect_options"]["postgresql_using"] for index in found.get_indexes("page")}
        expect("the indexes", indexes, {"page_words": "gin", "page_body": "gin"})
        engine.dispose()


# MARK: Waiting


def waiting(port):
    """Clients that wait for a lock, for a time and for the writer's turn keep nobody else from working: more than the server has workers."""
    step("many clients that wait")
    dsn = f"host=127.0.0.1 port={port} user=admin dbname=test"
    answers = []

    def ask(*statements):
        with contextlib.suppress(psycopg.errors.QueryCanceled), psycopg.connect(dsn) as connection:
            for statement in statements:
                answers.append(connection.execute(statement).fetchone())

    def begin(count, *statements):
        threads = [threading.Thread(target=ask, args=statements) for _ in range(count)]
        for thread in threads:
            thread.start()
        return threads

    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("CREATE TABLE turn (id int PRIMARY KEY, n int)")
        connection.execute("INSERT INTO turn SELECT g, 0 FROM generate_series(1, 1000) g")
        connection.execute("SELECT pg_advisory_lock(77)")
        threads = begin(24, "SELECT pg_advisory_xact_lock(77) IS NOT NULL")
        threads += begin(24, "SELECT pg_sleep(60) IS NULL")
        while connection.execute("SELECT count(*) FROM pg_locks WHERE NOT granted").fetchone() != (24,):
            pass
        sleeping = "SELECT pid FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%pg_sleep(60)%' AND pid <> pg_backend_pid()"
        while len(connection.execute(sleeping).fetchall()) != 24:
            pass
        # Neither of them is short.
        total = connection.execute("SELECT sum(a.n + b.n + 1) FROM turn a, turn b").fetchone()
        expect("a long read beside them", total, (1_000_000,))
        expect("a long change beside them", connection.execute("UPDATE turn SET n = n + 1").rowcount, 1000)
        canceled = connection.execute(f"SELECT count(pg_cancel_backend(pid)) FROM ({sleeping}) AS s").fetchone()
        expect("those that sleep", canceled, (24,))
        expect("letting go", connection.execute("SELECT pg_advisory_unlock(77)").fetchone(), (True,))
        for thread in threads:
            thread.join()
        expect("who has waited for the lock has had it", answers, [(True,)] * 24)
        left = connection.execute("SELECT count(*) FROM pg_locks").fetchone()
        expect("locks that are left", left, (0,))


def main():
    with served(os.path.abspath(sys.argv[1])) as port:
        psycopg3(port)
        psycopg_2(port)
        asyncio.run(asyncio.wait_for(with_asyncpg(port), timeout=120))
        with_pg8000(port)
        with_sqlalchemy(port)
        waiting(port)
    print("everything agrees")


try:
    main()
except Failure as failure:
    sys.exit(f"postgresql_drivers.py: {failure}")
