#!/usr/bin/env python3
"""Python's drivers of PostgreSQL on a running server: psycopg 3 and 2, asyncpg, pg8000, SQLAlchemy.

    pip install "psycopg[binary]==3.3.9" psycopg2-binary==2.9.13 asyncpg==0.32.0 pg8000==1.31.6 sqlalchemy==2.1.9
    postgresql_drivers.py PANDO

Starts `PANDO serve` on a new file and talks to it as applications would: values of each type there and back in text and binary,
pipelines, cursors on the server, COPY in text and binary, errors by their classes, savepoints, notifications, cancelling, pools, an
object mapper and what it finds out of the catalogs. PANDO is the executable. Prints each step; the exit status is 1 if anything differs.
"""

import asyncio
import contextlib
import datetime
import decimal
import io
import os
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
from sqlalchemy import ForeignKey, String, func, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship


NUMBER = decimal.Decimal("12.34")
MOMENT = datetime.datetime(2024, 1, 2, 3, 4, 5, 678901, tzinfo=datetime.timezone.utc)


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
    statement = await connection.prepare("SELECT $1::int + $2::int")
    expect("a sum", await statement.fetchval(1, 2), 3)
    async with asyncpg.create_pool(**where, min_size=3, max_size=5) as pool:
        answers = await asyncio.gather(*[pool.fetchval("SELECT $1::int", number) for number in range(50)])
    expect("answers", answers, list(range(50)))
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
        engine.dispose()


def main():
    with served(os.path.abspath(sys.argv[1])) as port:
        psycopg3(port)
        psycopg_2(port)
        asyncio.run(asyncio.wait_for(with_asyncpg(port), timeout=120))
        with_pg8000(port)
        with_sqlalchemy(port)
    print("everything agrees")


try:
    main()
except Failure as failure:
    sys.exit(f"postgresql_drivers.py: {failure}")
