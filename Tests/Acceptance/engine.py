#!/usr/bin/env python3
"""`pando serve postgresql://…`: a PostgreSQL that is started for it keeps the records.

    apt-get install postgresql-15
    engine.py PANDO [ROUNDS]
    engine.py PANDO --double

ReQL over HTTP and by RethinkDB's driver, SQL by psql, indexes, feeds, transactions, dump and restore; a second process is refused; both
servers are killed in the middle of writes, ROUNDS times each (4), and nothing that was acknowledged is lost or there twice; then several processes
serve it at once (engine_processes.py), also over three servers that take over from each other (engine_failover.py), and commits go wrong on their
way (engine_faults.py). With `--double`, PostgreSQL plays CockroachDB (engine_double.py), and a tenth of all commits conflict: the same steps as far
as they are not of PostgreSQL alone, what Pando tells of such an engine, and histories; nothing that it asks may be refused. Prints each step; the
exit status is 1 if anything differs. Without PostgreSQL it is left out; without the driver's package, what asks it.
"""

import contextlib
import functools
import http.client
import json
import os
import random
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tarfile
import threading
import time

import engine_failover
import engine_faults
import engine_processes
import engine_sql
import engine_tools
from engine_proxy import Every, Proxied
from engine_texts import undocumented
from engine_tools import BIN, FOLDER, Failure, PostgreSQL, Server, Writers, check_writers, expect, expect_in, make_tables, pando, served

IS_DOUBLE = "--double" in sys.argv
ROUNDS = 1 if IS_DOUBLE else int(sys.argv[2]) if len(sys.argv) > 2 else 4


# Steps


def documents_indexes_and_statements(source):
    with served(source.url()) as server:
        server.query("r.dbCreate('app')")
        server.query("r.db('app').tableCreate('people')")
        people = "r.db('app').table('people')"
        expect("inserts", server.query(f"{people}.insert(r.range(3000).map(i => ({{id: i, n: i.mod(10), name: r.expr('p').add(i.coerceTo('string'))}})))")["inserted"], 3000)
        expect("a second time", server.query(f"{people}.insert({{id: 7}})")["errors"], 1)
        expect("a count", server.query(f"{people}.count()"), 3000)
        expect("a document", server.query(f"{people}.get(42)"), {"id": 42, "n": 2, "name": "p42"})
        server.query(f"{people}.indexCreate('n')")
        server.query(f"{people}.indexWait()")
        expect("an index", server.query(f"{people}.getAll(3, {{index: 'n'}}).count()"), 300)
        expect("its order", server.query(f"{people}.orderBy({{index: r.desc('n')}}).limit(2)('n')"), [9, 9])
        expect("a range", server.query(f"{people}.between(100, 110).orderBy({{index: 'id'}})('id')"), list(range(100, 110)))
        expect("back", server.query(f"{people}.orderBy({{index: r.desc('id')}}).skip(5).limit(3)('id')"), [2994, 2993, 2992])
        expect("an update", server.query(f"{people}.filter({{n: 4}}).update({{n: 40}})")["replaced"], 300)
        expect("the index then", server.query(f"{people}.getAll(40, {{index: 'n'}}).count()"), 300)
        expect("a delete", server.query(f"{people}.getAll(5, {{index: 'n'}}).delete()")["deleted"], 300)
        expect("what is left", server.query(f"{people}.count()"), 2700)
        expect("groups", server.query(f"{people}.group('n').count().ungroup().count()"), 9)

        ask = lambda text: source.ask(text, server.sql, "admin", "app")
        expect("SQL", ask("SELECT count(*), max(n) FROM people;"), "2700|40")
        ask("CREATE TABLE account (id int PRIMARY KEY, amount numeric NOT NULL CHECK (amount >= 0)); "
            "INSERT INTO account SELECT i, 100 FROM generate_series(1, 50) i; CREATE UNIQUE INDEX ON account (id, amount);")
        expect("a block", ask("BEGIN; UPDATE account SET amount = amount - 30 WHERE id = 1; UPDATE account SET amount = amount + 30 WHERE id = 2;"
                              " SELECT sum(amount) FROM account; ROLLBACK; SELECT amount FROM account WHERE id = 1;"), "5000\n100")
        ask("BEGIN; UPDATE account SET amount = 1 WHERE id = 1; SAVEPOINT s; DELETE FROM account; ROLLBACK TO s; COMMIT;")
        expect("a savepoint", ask("SELECT count(*), sum(amount) FROM account;"), "50|4901")
        expect("a join", ask("SELECT count(*) FROM people p JOIN account a ON (p.id = a.id);"), str(50 - 5))

        copies = len(server.query(f"{people}.config()('shards')(0)('replicas')"))
        for query, parts in [
            (f"{people}.reconfigure({{shards: 1, replicas: {{nowhere: 2}}, primaryReplicaTag: 'nowhere'}})",
             ["Can't put 2 replicas on servers with the tag `nowhere` because there are only 0 servers with the tag `nowhere`.",
              "It's impossible to have more replicas of the data than there are servers."]),
            ("r.db('app').tableCreate('z', {replicas: {nowhere: 1}, primaryReplicaTag: 'nowhere'})", ["only 0 servers with the tag `nowhere`"]),
            (f"{people}.reconfigure({{shards: 1, replicas: {{default: {copies}}}, primaryReplicaTag: 'nowhere'}})", ["`nowhere`", "has no replicas"]),
        ]:
            status, answer = server.request("POST", "/_reql", json.dumps({"query": query}))
            expect_in(f"{query} ({status})", json.loads(answer)["detail"], *parts)
        servers = "r.db('rethinkdb').table('server_config')"
        for change, field in [("{cache_size_mb: 100}", "cache_size_mb"), ("{tags: ['default', 'us']}", "tags")]:
            expect_in(change, server.query(f"{servers}.update({change})('first_error')"), "engine", f"`{field}`")
        expect("another name", server.query(f"{servers}.update({{name: 'other'}})('replaced')"), 1)
        expect("what is kept of it", server.query(f"{servers}.nth(0).without('id')"), {"name": "other", "tags": ["default"], "cache_size_mb": "auto"})

        # Rows that are put one by one, about whose keys PostgreSQL is asked together.
        ask("CREATE TABLE many (a int, b text, n int UNIQUE, PRIMARY KEY (a, b));")
        values = ",".join(f"({i}, 'x', {i})" for i in range(40))
        expect("rows of VALUES", ask(f"INSERT INTO many VALUES {values} RETURNING a;"), "\n".join(str(i) for i in range(40)))
        expect("conflicts", ask("INSERT INTO many SELECT i, 'x', i FROM generate_series(30, 60) i ON CONFLICT (a, b) DO UPDATE SET n = many.n + 1000"
                                " RETURNING n;"), "\n".join(str(i + 1000 if i < 40 else i) for i in range(30, 61)))
        for rows, constraint in [("(70, 'x', 70), (5, 'x', 500), (71, 'x', 1)", "many_pkey"), ("(70, 'x', 70), (70, 'y', 1)", "many_n_key"),
                                 ("(70, 'x', 70), (70, 'x', 71)", "many_pkey")]:
            try:
                ask(f"INSERT INTO many VALUES {rows};")
                raise AssertionError(f"{rows} are there")
            except Failure as failure:
                expect_in(rows, str(failure), constraint)
        expect("what is there", ask("SELECT count(*), sum(n) FROM many;"), f"61|{sum(range(61)) + 10_000}")
        ask("DROP TABLE many;")

        status, answer = server.request("GET", "/_status")
        expect("the status", status, 200)
        expect_in("what pages are asked of", server.request("GET", "/_admin/pages")[1], "engine")
        status, answer = server.request("POST", "/_reql", json.dumps({"query": f"{people}.count()", "as_of": "yesterday"}))
        expect("a state of the past", status >= 400, True)
    told = pando("check", source.url())
    expect_in("check", told, "is sound", "2 tables")
    expect_in("its figures", pando("status", source.url()), "kept by", "opened for writing", "app.people")
    expect("what is read beside", pando("query", source.url(), "r.db('app').table('people').count()").strip(), "2700")
    what_is_of_a_file(source.url())


def what_is_of_a_file(url):
    """Commands and options that have nothing to do with an engine: each says so, and what there is instead."""
    pando("db", "plain.pando", "create", "app")
    for words, instead in [
        (["backup", url, "copy.pando"], "pando dump"), (["backup", url, "copy.delta", "--since", "plain.pando"], "pando dump"),
        (["backup", "plain.pando", "copy.delta", "--since", url], "pando dump"),
        (["restore-chain", url, "a.delta", "copy.pando"], "pando restore"), (["restore-chain", "plain.pando", "a.delta", url], "pando restore"),
        (["compact", url], "VACUUM"), (["compact", url, "--format", "2"], "VACUUM"), (["promote", url], "pg_promote"), (["digest", url], "pando dump"),
        (["diff", url, "plain.pando"], "pando restore"), (["diff", "plain.pando", url], "pando restore"),
        (["inspect", url, "--tree"], "pando status"), (["inspect", url, "--page", "1"], "pando status"),
        (["inspect", url, "--follow"], "changes()"), (["state", url, "list"], "point-in-time"), (["state", url, "create", "s"], "point-in-time"),
        (["encrypt", url], "its own disk"), (["decrypt", url, "copy.pando"], "its own disk"), (["rekey", url], "its own disk"),
        (["key", url], "its own disk"),
    ]:
        told = pando(*words, status=1)
        expect_in(" ".join(words), told, "is kept by an engine", instead)
        expect(f"lines of {words[0]}", told.count("\n"), 1)
    for words, instead in [
        (["--cache-size", "64", "--processes", "several"], "of several none"), (["--history", "24h"], "point-in-time"), (["--standby-of", "127.0.0.1:1"], "standbys of its own"),
        (["--sync-standbys", "1"], "synchronous_standby_names"), (["--sync-timeout", "never"], "synchronous_standby_names"),
    ]:
        expect_in(" ".join(words), pando("serve", url, *words, "--http-port", "0", status=2), words[0], "engine", instead)
    expect_in("keys", pando("inspect", url, "--prefix", "__meta__:databases:"), "__meta__:databases:app")


def feeds(source):
    with served(source.url()) as server:
        rows, begun = [], threading.Event()

        def follow():
            connection = http.client.HTTPConnection("127.0.0.1", server.http, timeout=60)
            connection.request("POST", "/_reql", json.dumps({"query": "r.db('app').table('people').changes()"}),
                               {"Content-Type": "application/json", "Accept": "application/x-ndjson"})
            answer = connection.getresponse()
            begun.set()
            while len(rows) < 40:
                line = answer.readline()
                if not line:
                    return
                row = json.loads(line)
                if isinstance(row, dict) and row.get("new_val"):
                    rows.append(row["new_val"]["id"])

        thread = threading.Thread(target=follow, daemon=True)
        thread.start()
        begun.wait(20)
        for number in range(40):
            server.query(f"r.db('app').table('people').insert({{id: {100_000 + number}}})")
        thread.join(30)
        expect("what a feed tells", rows, [100_000 + number for number in range(40)])


def the_driver(source):
    try:
        import rethinkdb
    except ImportError:
        print("    without rethinkdb's package, left out", flush=True)
        return
    r = rethinkdb.RethinkDB()
    with served(source.url()) as server:
        connection = r.connect("127.0.0.1", server.driver, db="app")
        expect("the driver's count", r.table("people").count().run(connection), 2740)
        r.table_create("driven").run(connection)
        written = r.table("driven").insert([{"id": [i, "x"], "at": r.now(), "bytes": b"\0\xff"} for i in range(200)]).run(connection)
        expect("the driver's inserts", written["inserted"], 200)
        r.table("driven").index_create("tags", r.row["id"][0], multi=False).run(connection)
        r.table("driven").index_wait().run(connection)
        expect("the driver's index", r.table("driven").between(10, 20, index="tags").count().run(connection), 10)
        feed = r.table("driven").changes().run(connection)
        other = r.connect("127.0.0.1", server.driver, db="app")
        r.table("driven").get([3, "x"]).update({"bytes": b"new"}).run(other)
        expect("the driver's feed", feed.next(wait=20)["new_val"]["bytes"], b"new")
        feed.close()
        r.table_drop("driven").run(other)
        expect("tables", sorted(r.table_list().run(other)), ["account", "people"])


class DriverSocket:
    """A driver's connection, which asks before it reads what others were answered."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.sendall(struct.pack("<III", 0x400C2D20, 0, 0x7E6970C7))
        while self.socket.recv(1) != b"\0":
            pass

    def ask(self, term):
        body = json.dumps([1, term, {}]).encode()
        self.socket.sendall(struct.pack("<QI", 1, len(body)) + body)

    def read(self, count):
        data = b""
        while len(data) < count:
            more = self.socket.recv(count - len(data))
            if not more:
                raise Failure("The server ends a driver's connection.")
            data += more
        return data

    def answer(self):
        answer = json.loads(self.read(struct.unpack("<QI", self.read(12))[1]))
        expect("the kind of an answer", answer["t"], 1)
        return answer["r"][0]


def gets_together(source):
    """Documents that many connections get at once, some again and again, are what was written last, also by the others."""
    with served(source.url()) as server:
        server.query("r.db('app').tableCreate('gets')")
        server.query("r.db('app').table('gets').insert(r.range(100).map(i => ({id: i, n: 0, text: 'x'})))")
        connections = [DriverSocket(server.driver) for _ in range(12)]
        stored, chance = {number: 0 for number in range(100)}, random.Random(4)
        table = [15, [[14, ["app"]], "gets"]]
        for round in range(150):
            asked = [chance.randrange(10 if round % 2 else 110) for _ in connections]
            for connection, number in zip(connections, asked):
                connection.ask([16, [table, number]])
            for connection, number in zip(connections, asked):
                found = connection.answer()
                expect(f"document {number} in round {round}", found and found["n"], stored.get(number))
            number = chance.randrange(12)
            if round % 3 == 0:
                connections[0].ask([54, [[16, [table, number]]]])
                connections[0].answer()
                stored.pop(number, None)
            elif round % 3 == 1:
                connections[0].ask([56, [table, {"id": number, "n": round}], {"conflict": "replace"}])
                connections[0].answer()
                stored[number] = round
            else:
                server.query(f"r.db('app').table('gets').insert({{id: {number}, n: {-round}}}, {{conflict: 'replace'}})")
                stored[number] = -round
        # A table that is gone has no documents, whatever was kept of it.
        server.query("r.db('app').tableDrop('gets')")
        server.query("r.db('app').tableCreate('gets')")
        for connection in connections:
            connection.ask([16, [table, 5]])
        expect("what another table of the name has", [connection.answer() for connection in connections], [None] * 12)
        server.query("r.db('app').tableDrop('gets')")


def only_one_serves(source):
    with served(source.url()) as server:
        expect_in("a second process", pando("serve", source.url(), "--http-port", "0", status=1), "Another process serves")
        expect_in("a command that writes", pando("db", source.url(), "create", "late", status=1), "Another process")
        expect("one that reads", pando("query", source.url(), "r.db('app').table('people').count()").strip(), "2740")
        # Whoever takes the row of the state has the right to write, whatever the first one believes.
        source.ask("UPDATE pando_state SET owner = 'somebody', number = number + 1;")
        status, answer = server.request("POST", "/_reql", json.dumps({"query": "r.db('app').table('people').insert({id: 'late'})"}))
        expect_in("one whose place was taken", answer, "taken over")
    expect("what it wrote", pando("query", source.url(), "r.db('app').table('people').get('late')").strip(), "null")


def tables_that_are_there(source):
    """An account that may make nothing uses what another has made; what is somebody else's is in the way, and nothing is made beside it."""
    source.ask("CREATE DATABASE given;")
    with served(source.url("given")) as server:
        server.query("r.dbCreate('app')")
    source.ask("CREATE ROLE guest LOGIN; REVOKE CREATE ON SCHEMA public FROM PUBLIC;"
               "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO guest;", database="given")
    with served(source.url("given", "guest")) as server:
        server.query("r.db('app').tableCreate('t')")
        expect("a write without CREATE", server.query("r.db('app').table('t').insert({id: 1})")["inserted"], 1)
    source.ask("CREATE DATABASE taken;")
    source.ask("CREATE TABLE pando (id int PRIMARY KEY, what text);", database="taken")
    expect_in("somebody else's table", pando("serve", source.url("taken"), "--http-port", "0", status=1), "not Pando's")
    expect("the tables then", source.ask("SELECT string_agg(relname, ' ') FROM pg_class WHERE relname LIKE 'pando%' AND relkind = 'r';",
                                         database="taken"), "pando")
    expect_in("a page", pando("inspect", source.url("given"), "--page", "1", status=1), "kept by an engine", "alone has pages")


def members(archive):
    """What it holds, by the path below its folder, which is named after the time."""
    with tarfile.open(FOLDER / archive) as tar:
        return {member.name.split("/", 1)[1]: tar.extractfile(member).read() for member in tar if member.isfile()}


def to_a_file_and_back(source):
    pando("dump", source.url(), "-o", "dumped.tar.gz")
    pando("restore", "restored.pando", "dumped.tar.gz")
    expect("in a file", pando("query", "restored.pando", "r.db('app').table('people').count()").strip(), "2740")
    source.ask("CREATE DATABASE again;")
    with served(source.url("again")) as server:
        # One of the same name has its own id.
        server.query("r.dbDrop('test')")
    pando("restore", source.url("again"), "dumped.tar.gz")
    pando("dump", "restored.pando", "-o", "one.tar")
    pando("dump", source.url("again"), "-o", "two.tar")
    one, two = members("one.tar"), members("two.tar")
    expect("what the archives hold", sorted(two), sorted(one))
    pando("dump", source.url(), "-o", "zero.tar")
    for name, bytes in members("zero.tar").items():
        expect(f"whether {name} is the same in a file", one[name] == bytes, True)
        expect(f"whether {name} is the same in another database", two[name] == bytes, True)
    count = "r.db('app').table('people').sum('n')"
    expect("the same sum", pando("query", source.url("again"), count), pando("query", "restored.pando", count))
    (FOLDER / "lines.ndjson").write_text("".join(json.dumps({"id": i, "text": "x" * 50}) + "\n" for i in range(20_000)))
    with served(source.url("again")) as server:
        pando("import", "--connect", f"127.0.0.1:{server.http}", "app.lines", "lines.ndjson", "--create")
    expect("what was imported", pando("query", source.url("again"), "r.db('app').table('lines').count()").strip(), "20000")
    expect_in("check", pando("check", source.url("again")), "is sound")


def killed(source):
    all = []
    with served(source.url()) as server:
        make_tables(server)
    for round in range(ROUNDS):
        server = Server(source.url())
        writers = Writers(server, f"pando{round}")
        all.append(writers)
        time.sleep(0.6 + 0.2 * round)
        server.kill()
        writers.finish()
        check_writers(source, all)


def without_its_engine(source):
    """PostgreSQL is killed and comes back: the same process goes on, and each write that was under way is told of rightly."""
    all = []
    with served(source.url()) as server:
        make_tables(server)
        expect("its health", server.request("GET", "/_health/live")[0], 200)
        for round in range(ROUNDS):
            writers = Writers(server, f"engine{round}")
            all.append(writers)
            time.sleep(0.6 + 0.2 * round)
            before = len(writers.acknowledged)
            source.kill() if round % 2 == 0 else source.stop("immediate")
            status, answer = server.request("POST", "/_reql", json.dumps({"query": "r.db('app').table('kills').count()"}))
            expect_in(f"a read without an engine ({status})", answer, "127.0.0.1")
            expect("what that is", status, 503)
            expect("whether requests are welcome", server.request("GET", "/_health/ready")[0], 503)
            expect("its health meanwhile", server.request("GET", "/_health/live", timeout=10)[0], 200)
            what_is_told_without_its_engine(source, server)
            time.sleep(0.3)
            source.start()
            deadline = time.time() + 30
            count = len(writers.acknowledged)
            while len(writers.acknowledged) < count + 8:
                if time.time() > deadline:
                    raise Failure("Nothing is acknowledged once the engine is back.")
                time.sleep(0.05)
            if before == 0:
                raise Failure("Nothing was acknowledged before the engine was killed.")
            writers.finish()
    check_writers(source, all)


def what_is_told_without_its_engine(source, server):
    """What was known, and why there is no more: of one that is gone, and of one that stands still."""
    status, answer = server.request("GET", "/_admin/cluster", timeout=10)
    expect(f"what is told without an engine ({answer})", status, 200)
    report = json.loads(answer)
    expect_in("why there is no more", report["error"], "127.0.0.1")
    expect("whether commits go on", report["degraded"], True)
    expect("its role", report["role"], "process alone")
    expect_in("its host", report["hosts"][0]["state"], "127.0.0.1")
    expect_in("the command with the URL", pando("cluster", source.url(), status=1), "error", "hosts:")


class Asked(threading.Thread):
    """A request, and how long it takes."""

    def __init__(self, server, method, target, body=None):
        super().__init__()
        self.server, self.words, self.answer, self.seconds = server, (method, target, body), None, None
        self.start()

    def run(self):
        begun = time.time()
        with contextlib.suppress(OSError, http.client.HTTPException):
            self.answer = self.server.request(*self.words, timeout=60)
        self.seconds = time.time() - begun

    def within(self, limit, status):
        self.join(limit)
        if self.answer is None:
            raise Failure(f"{self.words} has not been answered for {limit} s")
        expect(f"the status of {self.words} ({self.answer[1][:300]})", self.answer[0], status)
        return json.loads(self.answer[1])


def an_engine_that_stands_still(source):
    """Nobody waits without end for one that takes connections and answers nothing, and whoever watches over the process is answered."""
    for name, words in [("alone", ()), ("several", engine_failover.SEVERAL)]:
        with served(source.url(connect_timeout=2), *words) as server:
            for target in ["/_admin/cluster", "/_status"]:
                expect("what is told before", "error" in server.request("GET", target)[1], False)
            # What is known of accounts outlives it.
            server.query(f"r.dbCreate('still_{name}')")
            server.query(f"r.db('still_{name}').tableCreate('t')")
            table = f"r.db('still_{name}').table('t')"
            server.query(f"{table}.insert({{id: 1}})")
            with source.paused():
                reads = [Asked(server, "POST", "/_reql", json.dumps({"query": f"{table}.get({number})"})) for number in range(24)]
                watching = [Asked(server, "GET", target) for target in ["/_health/ready", "/_status", "/_admin/cluster"]]
                for _ in range(12):
                    Asked(server, "GET", "/_health/live").within(2, 200)
                    time.sleep(0.1)
                ready, status, cluster = watching
                expect_in("why it is not ready", ready.within(30, 503)["detail"], "127.0.0.1")
                if name == "alone":
                    report = cluster.within(30, 200)
                    expect_in("why there is no more", report["error"], "127.0.0.1")
                    expect("this process among those that were known", [process["is_this"] for process in report["processes"]].count(True), 1)
                    expect("for how long", 0 < report["known_seconds"] < 30, True)
                    report = status.within(30, 200)
                    expect("what was known", (report["replication"]["degraded"], report["file"]["bytes"] > 0), (True, True))
                else:
                    # Another process may have changed the account of who asks.
                    for asked in [cluster, status]:
                        asked.within(30, 503)
                for asked in reads:
                    expect_in("why nothing is read", asked.within(60, 503)["detail"], "127.0.0.1")
                late = Asked(server, "POST", "/_reql", json.dumps({"query": f"{table}.insert({{id: 2}})"}))
                time.sleep(0.5)
            late.join(30)
            # Either nothing had been begun, or it was done.
            stored = server.query(f"{table}.get(2)")
            expect(f"a write ({late.answer})", stored is not None, late.answer[0] == 200)
            expect("whether it is ready then", server.request("GET", "/_health/ready")[0], 200)
            expect("a write then", server.query(f"{table}.insert({{id: 3}})")["inserted"], 1)
            expect("what is told then", "error" in server.request("GET", "/_admin/cluster")[1], False)


def at_rest(source):
    """A process that nobody asks costs next to nothing."""
    source.ask("ALTER ROLE postgres SET log_statement = 'all'")
    try:
        for words in [(), engine_failover.SEVERAL]:
            with served(source.url(), *words) as server, open(source.folder / "log") as log:
                server.query("r.dbList()")
                # On a busy machine what belongs to its start takes a while.
                time.sleep(10)
                log.seek(0, os.SEEK_END)
                time.sleep(16)
                count = sum("execute " in line or "statement: " in line for line in log)
                # Without the program's own pages.
                memory = int(re.search(r"RssAnon:\s+(\d+)", open(f"/proc/{server.process.pid}/status").read())[1])
                print(f"    {count} statements in 16 s, {memory >> 10} MiB", flush=True)
                if count > 32 or memory > 30 << 10:
                    raise Failure(f"A process at rest asks {count} statements in 16 s and has {memory} KiB.")
    finally:
        source.ask("ALTER ROLE postgres RESET log_statement")


def loading(database):
    """Of PostgreSQL's sessions those that take a table which is restored."""
    return f"FROM pg_stat_activity WHERE datname = '{database}' AND state = 'active' AND query LIKE 'COPY pando FROM STDIN%'"


@contextlib.contextmanager
def restoring(source, database, asked, answer):
    """A restore that PostgreSQL has begun to take: until then `asked` is asked of the sessions that do."""
    restore = subprocess.Popen(
        [engine_tools.PANDO, "restore", source.url(database), "stopped.tar"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=FOLDER)
    try:
        while source.ask(f"SELECT {asked} {loading(database)};") != answer:
            if restore.poll() is not None:
                raise Failure(f"It was not met while it loads: {restore.communicate()[0]}")
        yield restore
    finally:
        restore.kill()
        restore.wait()


def a_restore_that_is_told_to_stop(source):
    """PostgreSQL is gone in the middle of a restore: the restore ends once it is told to."""
    (FOLDER / "many.ndjson").write_text("".join(json.dumps({"id": i, "text": "x" * 300}) + "\n" for i in range(150_000)))
    pando("import", "stopped.pando", "stopped.many", "many.ndjson", "--create")
    pando("dump", "stopped.pando", "-o", "stopped.tar")
    source.ask("CREATE DATABASE stopped;")
    try:
        with restoring(source, "stopped", "count(*)", "1") as restore:
            source.kill()
            time.sleep(0.5)
            restore.send_signal(signal.SIGINT)
            told = restore.communicate(timeout=20)[0]
            expect(f"the status of a restore that says {told}", restore.returncode, 1)
    except subprocess.TimeoutExpired:
        raise Failure("A restore whose server is gone does not end when it is told to.") from None
    finally:
        source.start()


def a_restore_that_loses_its_connection(source):
    """What PostgreSQL was given before the connection was lost is given again."""
    source.ask("CREATE DATABASE lost;")
    with restoring(source, "lost", "pg_terminate_backend(pid)", "t") as restore:
        told = restore.communicate(timeout=60)[0]
        expect(f"the status of a restore that says {told}", restore.returncode, 0)
    expect("what was restored", pando("query", source.url("lost"), "r.db('stopped').table('many').count()").strip(), "150000")
    expect_in("check", pando("check", source.url("lost")), "is sound")


def a_restore_of_rows_out_of_order(source):
    """The last row belongs among those that PostgreSQL has been given: what it was given is taken back, and given again."""
    folder = FOLDER / "unordered"
    with tarfile.open(FOLDER / "stopped.tar") as archive:
        archive.extractall(folder)
    [rows] = folder.glob("*/stopped/many.json")
    rows.write_text(rows.read_text().replace('"id":149999,', '"id":5.5,'))
    with tarfile.open(FOLDER / "unordered.tar", "w") as archive:
        for path in folder.iterdir():
            archive.add(path, path.name)
    for name, words in [("unordered", {}), ("portable", {"dialect": "portable"})]:
        source.ask(f"CREATE DATABASE {name};")
        source.ask("ALTER ROLE postgres SET log_statement = 'all'; ALTER ROLE postgres SET log_parameter_max_length = 0")
        try:
            with open(source.folder / "log") as log:
                log.seek(0, os.SEEK_END)
                pando("restore", source.url(name, **words), "unordered.tar")
                expect("how often it was taken back", sum("ROLLBACK TO SAVEPOINT ahead" in line and "execute" in line for line in log), 1)
        finally:
            source.ask("ALTER ROLE postgres RESET log_statement; ALTER ROLE postgres RESET log_parameter_max_length")
        many = "r.db('stopped').table('many')"
        told = pando("query", source.url(name, **words), f"[{many}.count(), {many}.get(5.5)('id'), {many}.get(149999)]", "--format", "json")
        expect("what was restored", json.loads(told), [150_000, 5.5, None])
        expect_in("check", pando("check", source.url(name, **words)), "is sound")


def an_index_that_nobody_waits_for(source):
    """PostgreSQL is killed while an index is built, and comes back: the index becomes ready by itself."""
    table = "r.db('later').table('t')"
    with served(source.url()) as server:
        server.query("r.dbCreate('later')")
        server.query("r.db('later').tableCreate('t')")
        server.query(f"{table}.insert(r.range(20000).map(i => ({{id: i, n: i.mod(10)}})))")
        server.query(f"{table}.indexCreate('n')")
        source.kill()
        time.sleep(1)
        source.start()
        deadline = time.time() + 60
        while True:
            status, answer = server.request("POST", "/_reql", json.dumps({"query": f"{table}.indexStatus('n')(0)('ready')"}))
            if status == 200 and json.loads(answer)["result"]:
                break
            if time.time() > deadline:
                raise Failure(f"The index is not built once the engine is back: {status} {answer}")
            time.sleep(0.1)
        expect("what it finds", server.query(f"{table}.getAll(3, {{index: 'n'}}).count()"), 2000)


def what_a_double_is(source):
    """An engine that shares out its table by itself, and keeps no large values."""
    with served(source.url()) as server:
        people = "r.db('app').table('people')"
        shards = server.query(f"{people}.status()('shards')")
        expect("who leads a shard", [shard["primary_replicas"] for shard in shards], [["node 2"], ["node 3"], ["node 1"]])
        expect("who has it", sorted(replica["server"] for replica in shards[0]["replicas"]), ["node 1", "node 2", "node 3"])
        config = server.query(f"{people}.config()")
        expect("shards of its configuration", [shard["primary_replica"] for shard in config["shards"]], ["node 2", "node 3", "node 1"])
        expect("what acknowledges", config["write_acks"], "majority")
        expect("to ask for what there is", server.query(f"{people}.reconfigure({{shards: 3, replicas: 3}})('reconfigured')"), 1)
        for query, reason in [
            (f"{people}.reconfigure({{shards: 2, replicas: 3}})", "it shares out all tables itself"),
            (f"{people}.reconfigure({{shards: 3, replicas: 1}})", "it has 3 copies of every table"),
            (f"{people}.config().update({{write_acks: 'single'}})", "write_acks"),
        ]:
            status, answer = server.request("POST", "/_reql", json.dumps({"query": query}))
            expect_in(f"{query} ({status})", answer, reason, "CockroachDB")
        expect("to wait for it", server.query(f"{people}.wait({{timeout: 5}})"), {"ready": 1})
        expect_in("its status", server.request("GET", "/_status")[1], '"shards"', "node 3")
        large = f"{people}.insert({{id: 'large', text: '{'x' * 1_100_000}'}})"
        expect_in("a document that is too large", server.query(f"{large}('first_error')"), '"large"', "CockroachDB", "max_value")
        expect("what is there of it", server.query(f"{people}.get('large')"), None)
        expect("what fits", server.query(f"{people}.insert({{id: 'fits', text: '{'x' * 900_000}'}})('inserted')"), 1)
        server.query(f"{people}.get('fits').delete()")
    with served(source.url(max_value=2_000_000)) as server:
        expect("a large one with max_value", server.query(f"{large}('inserted')"), 1)
        expect("that it is there", server.query(f"{people}.get('large')('text').count()"), 1_100_000)
        server.query(f"{people}.get('large').delete()")


def histories(source):
    """Of three processes by all doors, below a double of their own that has commits conflict and cuts them off."""
    script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "engine_histories.py")
    done = subprocess.run([sys.executable, "-B", script, sys.argv[1], "6", "7", "--double", "conflicts", "cuts"], capture_output=True, text=True)
    if done.returncode != 0:
        raise Failure(f"histories: {done.stdout[-3000:]} {done.stderr[-2000:]}")
    for line in done.stdout.splitlines():
        print(f"    {line}", flush=True)


def cuts(source):
    engine_faults.cuts(source, 1, None)


STEPS = [
    documents_indexes_and_statements, feeds, the_driver, gets_together, only_one_serves, tables_that_are_there, to_a_file_and_back, killed, without_its_engine,
    an_engine_that_stands_still, at_rest, a_restore_that_is_told_to_stop, a_restore_that_loses_its_connection,
    a_restore_of_rows_out_of_order, an_index_that_nobody_waits_for,
] + engine_sql.STEPS + engine_processes.STEPS + engine_faults.STEPS + engine_failover.STEPS
# Not those that are of one server: what one process leaves when only its session ends, and servers that take over from each other.
DOUBLE_STEPS = [
    documents_indexes_and_statements, feeds, the_driver, gets_together, only_one_serves, what_a_double_is, killed, engine_sql.short_statements,
    engine_sql.short_statements_killed, engine_processes.what_one_does_the_others_see]
# These have faults of their own.
DOUBLE_STEPS_ALONE = [cuts, histories]


def by_the_double(source):
    with Proxied(source, is_double=True) as proxied:
        for steps, choose in [(DOUBLE_STEPS, Every(["conflict"], 0.1, None)), (DOUBLE_STEPS_ALONE, lambda kind: None)]:
            proxied.proxy.choose = choose
            for step in steps:
                yield functools.partial(step, proxied), step.__name__
        print(f"    {proxied.proxy.counts['conflict']} of {proxied.proxy.counts['write']} commits conflicted", flush=True)
        expect("what the double refused", proxied.double.refused[:3], [])
        expect("what was asked and is not documented", undocumented(proxied.proxy.asked), [])


def of_postgresql(source):
    for step in STEPS:
        yield functools.partial(step, source), step.__name__


def main():
    if not BIN.exists():
        print("There is no PostgreSQL 15, so nothing is kept by one.")
        return
    source = PostgreSQL(FOLDER / "server").start()
    name = "the double" if IS_DOUBLE else "PostgreSQL"
    try:
        for step, name in by_the_double(source) if IS_DOUBLE else of_postgresql(source):
            start = time.time()
            step()
            print(f"{name.replace('_', ' ')}: {time.time() - start:.1f} s", flush=True)
    except Failure as failure:
        print(f"{name}: {failure}", file=sys.stderr)
        sys.exit(1)
    finally:
        with contextlib.suppress(subprocess.CalledProcessError):
            source.stop("immediate")
        shutil.rmtree(FOLDER, ignore_errors=True)


if __name__ == "__main__":
    main()
