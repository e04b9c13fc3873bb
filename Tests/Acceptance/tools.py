#!/usr/bin/env python3
"""RethinkDB's command line tools on a running server: dump, restore, export, import, index-rebuild.

    pip install rethinkdb==2.4.10.post1 looseversion==1.3.0
    tools.py PANDO

What `rethinkdb dump` makes of a server is restored by `pando restore` into a file, what `pando dump` makes of a file is restored by
`rethinkdb restore` into a server, and what is exported is imported. Each time documents, primary keys, indexes (what they are made
of, and what they find) and write hooks must be the same. PANDO is the executable. Prints each step; the exit status is 1 if anything
differs.
"""

import contextlib
import json
import os
import subprocess
import sys
import tarfile
import tempfile
import time
from pathlib import Path

from rethinkdb import RethinkDB

r = RethinkDB()
TOOLS = Path(sys.executable).parent
RAW = {"time_format": "raw", "binary_format": "raw"}
USERS = 1_000


class Failure(Exception):
    pass


def expect(what, got, wanted):
    if got != wanted:
        raise Failure(f"{what}: {str(got)[:400]} instead of {str(wanted)[:400]}")


@contextlib.contextmanager
def step(name):
    started = time.perf_counter()
    yield
    print(f"{name}: {time.perf_counter() - started:.1f} s", flush=True)


def run(*words, status=0):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, timeout=120)
    if done.returncode != status:
        raise Failure(f"{' '.join(map(str, words))}: exit status {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def tool(name, server, *words, status=0):
    return run(TOOLS / f"rethinkdb-{name}", "-c", f"localhost:{server.port}", *words, status=status)


class Server:
    def __init__(self, executable, file):
        self.process = subprocess.Popen(
            [executable, "serve", str(file), "--http-port", "0", "--driver-port", "0", "--quiet"], stdout=subprocess.PIPE, text=True
        )
        for line in self.process.stdout:
            if line.startswith("rethinkdb:"):
                self.port = int(line.strip().rsplit(":", 1)[1])
                return
        raise Failure("the server says no port")

    def __enter__(self):
        self.connection = r.connect(port=self.port)
        return self

    def __exit__(self, *failure):
        self.connection.close()
        self.process.terminate()
        status = self.process.wait(timeout=30)
        if failure[0] is None:
            expect("the server's exit status", status, 0)

    def run(self, query, **options):
        return query.run(self.connection, **options)


def fill(server):
    run_query = server.run
    run_query(r.db_create("app"))
    run_query(r.db_create("shop"))
    app = r.db("app")
    run_query(app.table_create("users"))
    users = app.table("users")
    # The tools set hooks while rows are still on their way, so what has been through this one must come through it unchanged.
    run_query(users.set_write_hook(lambda context, old, new: new.merge({"hooked": old.default({"id": 0})["id"]})))
    run_query(
        users.insert(
            [
                {
                    "id": f"user_{number:04}",
                    "name": f"Name {number % 17}",
                    "age": number % 90,
                    "tags": ["a", "b", "c"][: number % 4],
                    "joined": r.epoch_time(1_600_000_000 + number / 8),
                    "photo": r.binary(bytes([number % 256, 0, 255]) * (number % 30)),
                    "home": r.point(number % 180, number % 80),
                    "big": 2.0**number if number < 1000 else 1e300,
                    "unusual": {"é": "名 \"\\\n\u0001", "": None, "deep": [[[number]]], "minus": -0.0},
                }
                for number in range(USERS)
            ]
        )
    )
    run_query(users.index_create("age"))
    run_query(users.index_create("both", [r.row["name"], r.row["age"]]))
    run_query(users.index_create("tags", multi=True))
    run_query(users.index_create("home", geo=True))
    run_query(users.index_create("younger", lambda user: r.branch(user["age"] < 30, user["name"].upcase(), r.error("old"))))
    run_query(r.expr([1, 2.5]).do(lambda captured: users.index_create("captured", lambda user: captured.append(user["age"]))))
    run_query(users.index_wait())
    run_query(app.table_create("empty"))
    run_query(r.db("shop").table_create("orders", primary_key="number"))
    orders = r.db("shop").table("orders")
    run_query(orders.insert([{"number": number, "at": [number, {"x": number / 7}]} for number in range(300)]))
    run_query(orders.insert([{"number": key} for key in ([1, "a", [True]], True, -0.5, "text", r.epoch_time(5), r.binary(b"\0\1"))]))


def state(server):
    """All that must come through."""
    found = {}
    for database in server.run(r.db_list()):
        for table in server.run(r.db(database).table_list()) if database not in ("rethinkdb", "test") else []:
            rows = r.db(database).table(table)
            key = server.run(rows.info()["primary_key"])
            found[f"{database}.{table}"] = {
                "key": key,
                "rows": list(server.run(rows.order_by(index=key), **RAW)),
                "indexes": server.run(rows.index_status().pluck("index", "multi", "geo", "query", "outdated")),
                "hook": server.run(rows.get_write_hook().default({"query": None})["query"]),
            }
    return found


def check(what, server, wanted):
    got = state(server)
    expect(f"tables {what}", sorted(got), sorted(wanted))
    for table, contents in wanted.items():
        for part, value in contents.items():
            if got[table][part] != value:
                if part == "rows":
                    pairs = [pair for pair in zip(got[table][part], value) if pair[0] != pair[1]]
                    expect(f"{table} {what}", *(pairs[0] if pairs else (len(got[table][part]), len(value))))
                expect(f"the {part} of {table} {what}", got[table][part], value)
    check_indexes(what, server)


def check_indexes(what, server):
    users = r.db("app").table("users")
    server.run(users.index_wait())
    counted = {
        "age": (users.get_all(7, index="age"), sum(number % 90 == 7 for number in range(USERS))),
        "both": (users.get_all(["Name 3", 3], index="both"), sum(number % 17 == 3 and number % 90 == 3 for number in range(USERS))),
        "tags": (users.get_all("c", index="tags"), sum(number % 4 == 3 for number in range(USERS))),
        "younger": (users.get_all("NAME 3", index="younger"), sum(number % 17 == 3 and number % 90 < 30 for number in range(USERS))),
        "captured": (users.get_all([1, 2.5, 7], index="captured"), sum(number % 90 == 7 for number in range(USERS))),
        "home": (
            users.get_intersecting(r.circle([5, 5], 1000), index="home"),
            sum(number % 180 == 5 and number % 80 == 5 for number in range(USERS)),
        ),
    }
    for index, (query, count) in counted.items():
        expect(f"what the index {index} finds {what}", server.run(query.count()), count)


def main():
    pando = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        with Server(pando, folder / "source.pando") as source:
            with step("a database with all kinds of documents and indexes"):
                fill(source)
                wanted = state(source)
            with step("rethinkdb dump"):
                tool("dump", source, "-f", folder / "theirs.tar.gz")
            with step("pando dump, while the file is served"):
                run(pando, "dump", folder / "source.pando", "-o", folder / "ours.tar.gz")
                with tarfile.open(folder / "ours.tar.gz", "r|*") as archive:
                    expect("files", sum(member.name.endswith(".json") for member in archive), 3)
            with step("rethinkdb export"):
                tool("export", source, "-d", folder / "json")
                tool("export", source, "-d", folder / "csv", "-e", "shop.orders", "--format", "csv", "--fields", "number,at")
            with step("rethinkdb index-rebuild"):
                tool("index-rebuild", source, "-r", "app.users", "--force")
                check("after the indexes were made anew", source, wanted)

        with step("pando restore of rethinkdb's dump"):
            run(pando, "restore", folder / "restored.pando", folder / "theirs.tar.gz")
            run(pando, "check", folder / "restored.pando")
        with Server(pando, folder / "restored.pando") as restored:
            check("after pando restore", restored, wanted)

        with Server(pando, folder / "target.pando") as target:
            with step("rethinkdb restore of pando's dump"):
                tool("restore", target, folder / "ours.tar.gz")
                check("after rethinkdb restore", target, wanted)
            with step("rethinkdb restore again"):
                tool("restore", target, folder / "ours.tar.gz", status=1)
                tool("restore", target, folder / "theirs.tar.gz", "-i", "shop", "--force")
                check("after restoring again", target, wanted)

        with Server(pando, folder / "imported.pando") as imported:
            with step("rethinkdb import"):
                tool("import", imported, "-d", folder / "json")
                check("after rethinkdb import", imported, wanted)
                imported.run(r.db("shop").table_create("cells", primary_key="number"))
                tool("import", imported, "-f", folder / "csv/shop/orders.csv", "--table", "shop.cells", "--force")
                expect("rows from CSV", imported.run(r.db("shop").table("cells").count()), len(wanted["shop.orders"]["rows"]))

        with step("pando restore of pando's dump, and of what tar makes of it"):
            run(pando, "restore", folder / "second.pando", folder / "ours.tar.gz")
            run("tar", "xzf", folder / "ours.tar.gz", "-C", folder)
            root = next(folder.glob("pando_dump_*")).name
            run("tar", "cf", folder / "plain.tar", "-C", folder, root)
            run(pando, "restore", folder / "third.pando", folder / "plain.tar")
            texts = [run(pando, "export", folder / f"{name}.pando", "app.users") for name in ("source", "second", "third")]
            expect("the documents", [json.loads(text) == json.loads(texts[0]) and len(text) for text in texts], [len(texts[0])] * 3)
    print("everything agrees")


try:
    main()
except Failure as failure:
    sys.exit(f"tools.py: {failure}")
