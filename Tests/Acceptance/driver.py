#!/usr/bin/env python3
"""The official Python driver on a running server, in its blocking and its asyncio form.

    pip install rethinkdb==2.4.10.post1 looseversion==1.3.0
    driver.py PANDO

Starts `PANDO serve` on a new file and talks to it as an application would: connecting, cursors, feeds, queries that nobody waits
for, what the server says about itself, dates and bytes there and back, errors by their classes, many queries at once. PANDO is the
executable. Prints each step; the exit status is 1 if anything differs.
"""

import asyncio
import contextlib
import os
import pickle
import re
import subprocess
import sys
import tempfile
import threading
from datetime import datetime, timedelta, timezone
from pathlib import Path

from rethinkdb import RethinkDB, errors

r = RethinkDB()
ROWS = 5_000


class Failure(Exception):
    pass


def expect(what, got, wanted):
    if got != wanted:
        raise Failure(f"{what}: {str(got)[:300]} instead of {str(wanted)[:300]}")


def expect_error(what, kind, body, beginning=""):
    try:
        got = body()
    except kind as error:
        if type(error) is not kind or not error.message.startswith(beginning):
            raise Failure(f"{what}: {type(error).__name__} {error.message[:200]}")
    else:
        raise Failure(f"{what}: no error, but {str(got)[:200]}")


def step(name):
    print(name, flush=True)


@contextlib.contextmanager
def served(executable):
    """A server on a new file: the port that drivers use."""
    with tempfile.TemporaryDirectory() as folder:
        server = subprocess.Popen(
            [executable, "serve", f"{folder}/driver.pando", "--http-port", "0", "--driver-port", "0"], stdout=subprocess.PIPE, text=True
        )
        try:
            for line in server.stdout:
                if line.startswith("rethinkdb:"):
                    yield int(line.strip().rsplit(":", 1)[1])
                    break
            else:
                raise Failure("the server says no port")
        finally:
            server.terminate()
            expect("the server's exit status", server.wait(timeout=20), 0)


# MARK: Blocking


def connections(port):
    step("connect, use, server")
    connection = r.connect(port=port)
    server = connection.server()
    expect("the server's name is text", isinstance(server["name"], str) and isinstance(server["id"], str), True)
    expect("proxy", server["proxy"], False)
    expect("the database that is there at first", "test" in r.db_list().run(connection), True)
    r.db_create("driver").run(connection)
    connection.use("driver")
    r.table_create("rows").run(connection)
    expect("tables of the database in use", r.table_list().run(connection), ["rows"])
    connection.close()
    connection.reconnect()
    expect("tables after reconnecting", r.table_list().run(connection), ["rows"])
    with r.connect(port=port, db="driver") as other:
        expect("tables by the database of connect()", r.table_list().run(other), ["rows"])
    expect("closed by with", other.is_open(), False)
    for wrong in ({"user": "admin", "password": "wrong"}, {"user": "nobody", "password": ""}):
        expect_error(f"connecting as {wrong}", errors.ReqlAuthError, lambda wrong=wrong: r.connect(port=port, **wrong))
    return connection


def cursors(connection):
    step("cursors")
    rows = [{"id": number, "text": f"row {number}", "third": number // 3} for number in range(ROWS)]
    expect("insert", r.table("rows").insert(rows).run(connection)["inserted"], ROWS)
    expect("all rows", sorted(row["id"] for row in r.table("rows").run(connection)), list(range(ROWS)))
    ordered = r.table("rows").order_by(index="id")
    expect("rows in order", [row["id"] for row in ordered.run(connection)], list(range(ROWS)))
    for option in ({"max_batch_rows": 7}, {"min_batch_rows": 1, "max_batch_bytes": 1000}, {"first_batch_scaledown_factor": 9}):
        expect(f"rows with {option}", [row["id"] for row in ordered.run(connection, **option)], list(range(ROWS)))
    # Half of two cursors in turns, then closed: the server lets go of them, and the connection goes on.
    first, second = (ordered.run(connection, max_batch_rows=10) for _ in range(2))
    for number in range(ROWS // 2):
        expect("two cursors", (next(first)["id"], next(second)["id"]), (number, number))
    first.close()
    second.close()
    expect("a closed cursor has an end", sum(1 for _ in first) < ROWS // 2, True)
    expect("an array is no cursor", type(r.expr([1, 2]).run(connection)), list)
    expect("a group", r.table("rows").group(r.row["id"] % 2).count().run(connection), {0: ROWS // 2, 1: ROWS // 2})
    profiled = r.table("rows").get(1).run(connection, profile=True)
    expect("profile", (profiled["value"]["id"], isinstance(profiled["profile"], list)), (1, True))


def values(connection):
    step("dates, bytes, numbers, text")
    zone = timezone(timedelta(hours=5, minutes=30))
    moment = datetime(2026, 3, 29, 1, 59, 59, 123000, tzinfo=zone)
    got = r.expr(moment).run(connection)
    expect("a date", got, moment)
    expect("its zone", got.utcoffset(), timedelta(hours=5, minutes=30))
    expect("a pickled date", pickle.loads(pickle.dumps(got)), moment)
    expect("its zone, pickled", pickle.loads(pickle.dumps(got)).utcoffset(), got.utcoffset())
    expect("a date as it is sent", r.expr(moment).run(connection, time_format="raw")["$reql_type$"], "TIME")
    expect("a day later", (r.expr(moment) + 86400).run(connection), moment + timedelta(days=1))
    blob = bytes(range(256)) * 10
    for given in (b"", b"\x00", blob):
        got = r.expr(r.binary(given)).run(connection)
        expect("bytes", (bytes(got), isinstance(got, bytes)), (given, True))
    expect("pickled bytes", bytes(pickle.loads(pickle.dumps(r.binary(blob).run(connection)))), blob)
    expect("the length of bytes", r.binary(blob).count().run(connection), len(blob))
    stored = {"id": "values", "at": moment, "bytes": r.binary(blob), "text": "naïve \u0001 \U0001f333 \u2028", "numbers": [0.1, -0.0, 2**53, 1e300, 5e-324]}
    r.table("rows").insert(stored).run(connection)
    got = r.table("rows").get("values").run(connection)
    expect("stored", {name: got[name] for name in ("at", "text", "numbers")}, {name: stored[name] for name in ("at", "text", "numbers")})
    expect("stored bytes", bytes(got["bytes"]), blob)
    expect("deep", r.expr([[[[[[]]]]]]).run(connection), [[[[[[]]]]]])
    r.table("rows").get("values").delete().run(connection)


def searching(connection):
    step("a search by get_all")
    posts = r.table("posts")
    r.table_create("posts").run(connection)
    posts.insert([{"id": 1, "title": "Trees", "body": "copy on write"}, {"id": 2, "title": "Logs", "body": "a tree of logs"}, {"id": 3}]).run(connection)
    posts.index_create("all", text="english", fields={"title": 4, "body": 1}).run(connection)
    posts.index_wait("all").run(connection)
    expect("a search", [row["id"] for row in posts.get_all("tree", index="all").run(connection)], [1, 2])
    expect("a phrase", [row["id"] for row in posts.get_all('"copy on write"', index="all").limit(5).run(connection)], [1])
    found = list(posts.get_all("trees", index="all", **{"as": "found"}, highlight=["title"]).run(connection))
    expect("marks", found[0]["found"]["highlight"], {"title": "<b>Trees</b>"})
    expect("a typo", [row["id"] for row in posts.get_all("trese", index="all", fuzzy=True).run(connection)], [1, 2])
    expect("none without it", list(posts.get_all("trese", index="all").run(connection)), [])
    # What several searches find stands once, with its best score.
    expect("several", [row["id"] for row in posts.get_all("logs", "copy", "tree", index="all").run(connection)], [2, 1])
    feed = posts.get_all("tree", index="all").changes().run(connection)
    posts.insert({"id": 4, "title": "A third tree"}).run(connection)
    expect("a found one that came", next(feed)["new_val"]["id"], 4)
    posts.get(1).update({"title": "Bushes"}).run(connection)
    gone = next(feed)
    expect("one that is found no more", (gone["old_val"]["id"], gone["new_val"]), (1, None))
    feed.close()
    r.table_drop("posts").run(connection)


def walking(connection):
    """The helper for terms of our own, as docs/GRAPHS.md has it."""
    step("walks by a helper")
    page = Path(__file__).resolve().parents[2] / "docs" / "GRAPHS.md"
    shown = re.search(r"^```python\n(.*?)^```$", page.read_text(), re.MULTILINE | re.DOTALL).group(1)
    # The page's own names are made by what it shows, but for `r` and `connection`.
    definitions, example = shown.rsplit("\n", 2)[0], shown.rsplit("\n", 2)[1]
    known = {"r": r, "connection": connection}
    exec(definitions, known)
    r.table_create("people").run(connection)
    people = r.table("people")
    people.insert([{"id": "ada", "friends": ["bo"]}, {"id": "bo", "friends": ["cy"]}, {"id": "cy", "friends": []}]).run(connection)
    made = known["own_term"](1030, "relation_create")(people, "friends", field="friends", to="people").run(connection)
    expect("a relation", made, {"created": 1, "indexes": ["friends"]})
    people.index_wait().run(connection)
    exec(example, known)
    expect("a walk", [row["id"] for row in known["rows"]], ["bo", "cy"])
    entered = known["traverse"](people.get("ada"), over="friends", where=lambda person: person["id"] != "cy")["id"].run(connection)
    expect("a walk with a condition", list(entered), ["bo"])
    expect("a path", known["shortest_path"]("ada", "cy", over="friends")["nodes"].run(connection), ["ada", "bo", "cy"])
    expect("what is around", known["subgraph"](people.get("cy"), over="friends")["edges"].count().run(connection), 1)


def refusals(connection):
    step("errors by class")
    rows = r.table("rows")
    for what, kind, query, beginning in (
        ("a missing table", errors.ReqlOpFailedError, r.table("none"), "Table `driver.none` does not exist"),
        ("a missing database", errors.ReqlOpFailedError, r.db("none").table("x"), "Database `none` does not exist"),
        ("a missing index", errors.ReqlOpFailedError, rows.get_all(1, index="none"), "Index `none` was not found"),
        ("a missing field", errors.ReqlNonExistenceError, rows.get(1)["none"], ""),
        ("a wrong type", errors.ReqlQueryLogicError, r.expr(1) + "a", ""),
        ("an error of the user", errors.ReqlUserError, r.error("mine"), "mine"),
        ("a limit", errors.ReqlResourceLimitError, r.range(200_000).coerce_to("array"), ""),
    ):
        expect_error(what, kind, lambda query=query: list(query.run(connection)), beginning)
    expect("a duplicate key", rows.insert({"id": 1}).run(connection)["first_error"][:21], "Duplicate primary key")
    expect("default", rows.get(1)["none"].default("fallback").run(connection), "fallback")


def noreply(connection):
    step("noreply")
    for number in range(200):
        r.table("rows").insert({"id": f"noreply {number}"}).run(connection, noreply=True)
    connection.noreply_wait()
    expect("rows after noreply_wait", r.table("rows").between("noreply ", "noreply a").count().run(connection), 200)
    r.table("rows").between("noreply ", "noreply a").delete().run(connection, noreply=True)
    connection.close(noreply_wait=True)
    connection.reconnect()
    expect("rows after close", r.table("rows").count().run(connection), ROWS)


def many_at_once(port):
    step("16 threads")
    problems = []

    def work(thread):
        try:
            with r.connect(port=port, db="driver") as connection:
                for number in range(60):
                    key = f"thread {thread} {number}"
                    r.table("rows").insert({"id": key, "n": number}).run(connection, durability="soft")
                    expect("a row just written", r.table("rows").get(key)["n"].run(connection), number)
                r.table("rows").between(f"thread {thread} ", f"thread {thread} a").delete().run(connection)
        except Exception as error:  # whatever it is, the main thread is to say so
            problems.append(error)

    threads = [threading.Thread(target=work, args=(thread,)) for thread in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if problems:
        raise Failure(f"{len(problems)} threads failed, the first with {problems[0]!r}")


def feeds(port, connection):
    step("feeds")
    table = r.table("rows")
    with r.connect(port=port, db="driver") as other:
        feed = table.get("feed").changes(include_initial=True).run(other)
        expect("the initial value", next(feed), {"new_val": None})
        everything = table.between("feed", "feed z").changes().run(other)
        for change in (lambda: table.insert({"id": "feed", "n": 1}), lambda: table.get("feed").update({"n": 2}), lambda: table.get("feed").delete()):
            change().run(connection)
        wanted = [(None, 1), (1, 2), (2, None)]
        for each in (feed, everything):
            got = [next(each) for _ in wanted]
            expect("changes", [tuple(one[name] and one[name]["n"] for name in ("old_val", "new_val")) for one in got], wanted)
        try:
            feed.next(wait=0.05)
        except errors.ReqlTimeoutError:
            pass
        else:
            raise Failure("a change that nobody made")
        feed.close()
        everything.close()
        expect("the connection after its feeds", r.expr(1).run(other), 1)


# MARK: asyncio


async def with_asyncio(port):
    step("asyncio: cursors, many queries at once, a feed")
    asynchronous = RethinkDB()
    asynchronous.set_loop_type("asyncio")
    connection = await asynchronous.connect(port=port, db="driver")
    table = asynchronous.table("rows")
    expect("server", (await connection.server())["proxy"], False)
    cursor = await table.order_by(index="id").run(connection, max_batch_rows=100)
    got = []
    while await cursor.fetch_next():
        got.append((await cursor.next())["id"])
    expect("rows", got, list(range(ROWS)))
    keys = [number * 7 % ROWS for number in range(500)]
    rows = await asyncio.gather(*(table.get(key).run(connection) for key in keys))
    expect("500 queries at once", [row["id"] for row in rows], keys)
    # A long query must not keep a short one on the same connection waiting for its end.
    long = asyncio.ensure_future(asynchronous.range(3_000_000).map(lambda n: n % 7).sum().run(connection))
    expect("a short query", await asynchronous.expr(1).run(connection), 1)
    await long

    feed = await table.between("async", "async z").changes(include_states=True).run(connection)
    expect("ready", await feed.next(), {"state": "ready"})
    seen = []

    async def watch():
        while len(seen) < 100:
            seen.append((await feed.next())["new_val"]["n"])

    watcher = asyncio.ensure_future(watch())
    for number in range(100):
        await table.insert({"id": f"async {number:03}", "n": number}).run(connection)
    await asyncio.wait_for(watcher, timeout=30)
    expect("changes", seen, list(range(100)))
    await feed.close()
    await table.between("async", "async z").delete().run(connection)
    await connection.close()


def main():
    executable = os.path.abspath(sys.argv[1])
    with served(executable) as port:
        connection = connections(port)
        cursors(connection)
        values(connection)
        searching(connection)
        walking(connection)
        refusals(connection)
        noreply(connection)
        many_at_once(port)
        feeds(port, connection)
        asyncio.run(asyncio.wait_for(with_asyncio(port), timeout=120))
        connection.close()
    print("everything agrees")


try:
    main()
except Failure as failure:
    sys.exit(f"driver.py: {failure}")
