#!/usr/bin/env python3
"""What a table declares, held against every door, and against two doors at once.

    constraints.py PANDO [ROUNDS]

A table with NOT NULL, CHECK, UNIQUE, a primary and a foreign key, types, an enum and a domain is written to through PostgreSQL's port (INSERT, COPY),
SQL over HTTP, TissQL, REST (JSON, lines, CSV, PUT), ReQL over HTTP, RethinkDB's driver, transactions of several requests (SQL's blocks, HTTP's, the
driver's) and `pando import` (at the server and into the file): what breaks a constraint is refused, with words that say which, and leaves nothing; so
is what `pando restore` brings into a table that is there, and what a change of a row would make of it (UPDATE, MERGE, ON CONFLICT, PATCH, PUT, ReQL's
update and replace). Then each pair
of doors breaks them together: the same unique value and key from both, a child for a parent that goes, and a constraint that is declared while rows
come that break it. ROUNDS (4) times for each pair; the seed is printed. Needs psycopg 3 and the rethinkdb driver.
"""

import itertools
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import threading
import urllib.error
import urllib.parse
import urllib.request

import psycopg
from rethinkdb import r

PANDO = os.path.abspath(sys.argv[1]) if len(sys.argv) > 1 else sys.exit(__doc__)
ROUNDS = int(sys.argv[2]) if len(sys.argv) > 2 else 4
SEED = int(os.environ.get("PANDO_SEED", random.randrange(1 << 32)))

TABLES = """
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE TABLE parents (id int PRIMARY KEY);
INSERT INTO parents VALUES (1), (2);
CREATE TABLE held (id int PRIMARY KEY, name text NOT NULL, age int CONSTRAINT held_age CHECK (age < 150), code text CONSTRAINT held_code UNIQUE,
    parent int CONSTRAINT held_parent REFERENCES parents, feeling mood, size positive, short varchar(3));
"""
GOOD = {"id": 1, "name": "a", "age": 5, "code": "x", "parent": 1, "feeling": "ok", "size": 1, "short": "abc"}
# What is changed in another good row, and what the refusal says.
WRONG = {
    "NOT NULL": ({"name": None}, "name"),
    "CHECK": ({"age": 200}, "held_age"),
    "UNIQUE": ({"code": "x"}, "held_code"),
    "primary key": ({"id": 1}, "held_pkey|[Dd]uplicate primary key|already|conflict"),
    "type of a key": ({"id": "one"}, "integer|`id`|id"),
    "foreign key": ({"parent": 99}, "held_parent"),
    "type": ({"age": "old"}, "integer|age"),
    "enum": ({"feeling": "happy"}, "happy|feeling|mood"),
    "domain": ({"size": -1}, "positive|size"),
    "length": ({"short": "abcd"}, "varying|short|3"),
    "columns": ({"nowhere": 1}, "nowhere"),
}


class Failure(Exception):
    pass


def require(what, condition, seen=""):
    if not condition:
        raise Failure(f"{what}: {str(seen)[:1000]} (seed {SEED})")


def step(name):
    print(name, flush=True)


class Server:
    def __init__(self, path):
        self.path = path

    def start(self):
        options = ["--bind", "127.0.0.1", "--http-port", "0", "--driver-port", "0", "--pg-port", "0", "--quiet"]
        self.process = subprocess.Popen([PANDO, "serve", self.path, *options], stdout=subprocess.PIPE, text=True)
        self.ports = {}
        while len(self.ports) < 3:
            line = self.process.stdout.readline()
            require("the server begins", line, self.ports)
            if found := re.match(r"(http|rethinkdb|postgresql):.*:(\d+)", line):
                self.ports[found[1]] = int(found[2])

    def stop(self):
        self.process.terminate()
        require("the server's exit status is 0", self.process.wait(60) == 0)


# The doors: each inserts a row and answers None, or the words of the refusal.


class Port:
    """PostgreSQL's port, by INSERT."""

    def __init__(self, server):
        self.connection = psycopg.connect(host="127.0.0.1", port=server.ports["postgresql"], user="admin", dbname="app", autocommit=True)

    def insert(self, table, row):
        return self.run(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join(['%s'] * len(row))})", list(row.values()))

    def run(self, text, values=None):
        try:
            self.connection.execute(text, values)
        except psycopg.Error as error:
            return str(error)


class Copy(Port):
    """PostgreSQL's port, by COPY."""

    def insert(self, table, row):
        try:
            with self.connection.cursor().copy(f"COPY {table} ({', '.join(row)}) FROM STDIN") as copy:
                copy.write_row(list(row.values()))
        except psycopg.Error as error:
            return str(error)


class Block(Port):
    """PostgreSQL's port, by INSERT in a block that does something before and behind."""

    def insert(self, table, row):
        try:
            with self.connection.transaction():
                self.connection.execute("SELECT count(*) FROM parents")
                self.connection.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join(['%s'] * len(row))})", list(row.values()))
                self.connection.execute("SELECT 1")
        except psycopg.Error as error:
            return str(error)


class HTTP:
    transaction = None

    def __init__(self, server):
        self.address = f"http://127.0.0.1:{server.ports['http']}"

    def ask(self, method, path, body, kind="application/json"):
        body = body if isinstance(body, bytes) else json.dumps(body).encode()
        fields = {"Content-Type": kind, **({"Pando-Transaction": self.transaction} if self.transaction else {})}
        request = urllib.request.Request(self.address + path, body, fields, method=method)
        try:
            with urllib.request.urlopen(request) as answer:
                self.answer = answer.read()
        except urllib.error.HTTPError as error:
            require(f"{method} {path} is refused as the client's fault", error.code < 500, error.code)
            return error.read().decode() or str(error.code)


def literals(row):
    return {name: f"${number}" for number, name in enumerate(row, 1)}


class SQL(HTTP):
    """SQL over HTTP."""

    def insert(self, table, row):
        text = f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join(literals(row).values())})"
        return self.ask("POST", "/_sql", {"db": "app", "query": text, "params": list(row.values())})


class TissQL(HTTP):
    """SQL at a table's own route."""

    def insert(self, table, row):
        text = f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join(literals(row).values())})"
        return self.ask("POST", f"/app/{table}/_query", {"query": text, "params": list(row.values())})


class REST(HTTP):
    """A document posted."""

    def insert(self, table, row):
        return self.ask("POST", f"/app/{table}", row)


class Put(HTTP):
    """A document put at its key, if there is none."""

    def insert(self, table, row):
        request = urllib.request.Request(
            f"{self.address}/app/{table}/_doc?key={urllib.parse.quote(json.dumps(row['id']))}", json.dumps(row).encode(),
            {"Content-Type": "application/json", "If-None-Match": "*"}, method="PUT")
        try:
            with urllib.request.urlopen(request) as answer:
                answer.read()
        except urllib.error.HTTPError as error:
            require("PUT is refused as the client's fault", error.code < 500, error.code)
            return error.read().decode() + (" already" if error.code == 412 else "")


class Lines(HTTP):
    """Lines of JSON, the row among good ones for another table's worth of keys."""

    def insert(self, table, row):
        return self.ask("POST", f"/app/{table}", (json.dumps(row) + "\n").encode(), "application/x-ndjson")


class CSV(HTTP):
    """Lines of CSV."""

    def insert(self, table, row):
        cells = ["" if value is None else str(value) for value in row.values()]
        return self.ask("POST", f"/app/{table}", (",".join(row) + "\n" + ",".join(cells) + "\n").encode(), "text/csv")


def outcome(done):
    return done["first_error"] if done.get("errors") else None


class ReQL(HTTP):
    """ReQL over HTTP."""

    def insert(self, table, row):
        request = urllib.request.Request(self.address + "/_reql", f"r.db('app').table({json.dumps(table)}).insert({json.dumps(row)})".encode(), {"Content-Type": "text/plain"})
        try:
            with urllib.request.urlopen(request) as answer:
                return outcome(json.load(answer)["result"])
        except urllib.error.HTTPError as error:
            require("ReQL is refused as the client's fault", error.code < 500, error.code)
            return error.read().decode()


class Driver:
    """RethinkDB's driver."""

    def __init__(self, server):
        self.connection = r.connect("127.0.0.1", server.ports["rethinkdb"], db="app")

    def insert(self, table, row):
        return self.run(r.table(table).insert(row))

    def run(self, query):
        try:
            return outcome(query.run(self.connection))
        except r.errors.ReqlError as error:
            return str(error)


class RESTTransaction(REST):
    """A document posted in a transaction of several requests."""

    def insert(self, table, row):
        require("a transaction begins", self.ask("POST", "/_transaction/begin", {"isolation": "serializable"}) is None)
        self.transaction = json.loads(self.answer)["transaction"]
        try:
            refusal = super().insert(table, row)
            ended = self.ask("POST", "/_transaction/rollback" if refusal else "/_transaction/commit", {})
            return refusal or ended
        finally:
            self.transaction = None


class SQLTransaction(RESTTransaction):
    """SQL in such a transaction."""

    def ask(self, method, path, body, kind="application/json"):
        if path.startswith("/app/"):
            text = f"INSERT INTO {path[5:]} ({', '.join(body)}) VALUES ({', '.join(literals(body).values())})"
            path, body = "/_sql", {"db": "app", "query": text, "params": list(body.values())}
        return super().ask(method, path, body, kind)


class DriverTransaction(Driver):
    """RethinkDB's driver, in a transaction of several queries."""

    def insert(self, table, row):
        transactions = r.db("rethinkdb").table("transactions")
        key = transactions.insert({}).run(self.connection)["generated_keys"][0]
        refusal = None
        try:
            refusal = outcome(r.table(table).insert(row).run(self.connection, transaction=key))
        except r.errors.ReqlError as error:
            refusal = str(error)
        ended = self.run(transactions.get(key).update({"state": "rolled_back" if refusal else "committed"}))
        return refusal or ended


class Import:
    """`pando import` at the server."""

    def __init__(self, server):
        self.place = ["--connect", f"127.0.0.1:{server.ports['http']}"]

    def insert(self, table, row):
        done = subprocess.run(
            [PANDO, "import", *self.place[:2], f"app.{table}", "-", "--format", "ndjson"], input=json.dumps(row), text=True, capture_output=True)
        return None if done.returncode == 0 else done.stderr


class FileImport(Import):
    """`pando import` into the file."""

    def __init__(self, path):
        self.place = [path]


class Restore:
    """`pando restore` of an archive whose table declares nothing, into the table that there is."""

    replaces = True

    def __init__(self, path, folder):
        self.path, self.folder = path, folder

    def insert(self, table, row):
        other, archive = f"{self.folder}/other.pando", f"{self.folder}/other.tar.gz"
        for path in (other, archive):
            if os.path.exists(path):
                os.remove(path)
        subprocess.run([PANDO, "import", other, f"app.{table}", "-", "--format", "ndjson", "--create", "--quiet"], input=json.dumps(row), text=True, check=True)
        subprocess.run([PANDO, "dump", other, "--output", archive, "--quiet"], check=True, stdout=subprocess.DEVNULL)
        done = subprocess.run([PANDO, "restore", self.path, archive, "--force", "--quiet"], capture_output=True, text=True)
        return None if done.returncode == 0 else done.stdout + done.stderr


SERVED = [Port, Copy, Block, SQL, TissQL, REST, Put, Lines, CSV, ReQL, Driver, RESTTransaction, SQLTransaction, DriverTransaction, Import]
# These pairs are tried once, as they take the longest.
ONCE = {Import, RESTTransaction, SQLTransaction, DriverTransaction}


def rows(server, text):
    with psycopg.connect(host="127.0.0.1", port=server.ports["postgresql"], user="admin", dbname="app") as connection:
        return connection.execute(text).fetchall()


def refused(name, door, contents):
    """Each constraint, by a door; `contents` are the rows of the table."""
    before = contents()
    for constraint, (change, mention) in WRONG.items():
        if constraint == "primary key" and getattr(door, "replaces", False):
            continue
        row = {**GOOD, "id": 2, "code": "y", **change}
        answer = door.insert("held", row)
        require(f"{name}: {constraint} holds", answer is not None, row)
        require(f"{name}: the refusal of {constraint} says what it was", re.search(mention, answer), answer)
        require(f"{name}: {constraint} leaves nothing", contents() == before, contents())
    # What the constraints have is what is written at last, and taken away.
    answer = door.insert("held", {**GOOD, "id": 2, "code": "y"})
    require(f"{name}: a good row is written", answer is None, answer)


def every_door(server, folder):
    connection = Port(server)
    for door in SERVED:
        refused(door.__name__, door(server), lambda: rows(server, "SELECT * FROM held ORDER BY id"))
        require("the good row goes", connection.run("DELETE FROM held WHERE id = 2") is None)
    # A parent that has children stays, whoever removes it.
    removals = {
        "SQL": lambda: connection.run("DELETE FROM parents WHERE id = 1"),
        "REST": lambda: HTTP(server).ask("DELETE", "/app/parents/_doc?key=1", b""),
        "ReQL": lambda: Driver(server).run(r.table("parents").get(1).delete()),
        "ReQL, all": lambda: Driver(server).run(r.table("parents").delete()),
    }
    for name, remove in removals.items():
        answer = remove()
        require(f"{name}: a parent with children stays", answer and "held_parent" in answer, answer)
    require("the parents are there", rows(server, "SELECT id FROM parents ORDER BY id") == [(1,), (2,)])


def every_change(server, folder):
    """A row that is there becomes what breaks a constraint, by every way to change one."""
    port, http, driver = Port(server), HTTP(server), Driver(server)
    row = {**GOOD, "id": 2, "code": "y"}
    place = "/app/held/_doc?key=2"

    def assignments(change):
        return ", ".join(f"{name} = %s" for name in change), list(change.values())

    def update(change):
        text, values = assignments(change)
        return port.run(f"UPDATE held SET {text} WHERE id = 2", values)

    def merge(change):
        text, values = assignments(change)
        return port.run(f"MERGE INTO held USING (VALUES (2)) v (k) ON id = k WHEN MATCHED THEN UPDATE SET {text}", values)

    def on_conflict(change):
        text, values = assignments(change)
        return port.run(f"INSERT INTO held (id, name) VALUES (2, 'b') ON CONFLICT (id) DO UPDATE SET {text}", values)

    def over_http(change):
        text = ", ".join(f"{name} = ${number}" for number, name in enumerate(change, 1))
        return http.ask("POST", "/app/held/_query", {"query": f"UPDATE held SET {text} WHERE id = 2", "params": list(change.values())})

    changes = {
        "UPDATE": update, "MERGE": merge, "ON CONFLICT": on_conflict, "TissQL's UPDATE": over_http,
        "PATCH": lambda change: http.ask("PATCH", place, change, "application/merge-patch+json"),
        "PUT": lambda change: http.ask("PUT", place, {**row, **change}),
        "ReQL's update": lambda change: driver.run(r.table("held").get(2).update(change)),
        "ReQL's update of many": lambda change: driver.run(r.table("held").filter({"id": 2}).update(change)),
        "ReQL's replace": lambda change: driver.run(r.table("held").get(2).replace({**row, **change})),
        "ReQL's insert over it": lambda change: driver.run(r.table("held").insert({**row, **change}, conflict="update")),
    }
    require("a row to change", port.insert("held", row) is None)
    before = rows(server, "SELECT * FROM held ORDER BY id")
    for name, change in changes.items():
        for constraint, (wrong, mention) in WRONG.items():
            # A key that is another's is another row to what goes by keys, and a merge patch takes away what is null: that is NULL, too.
            if "key" in constraint and constraint != "foreign key":
                continue
            answer = change(wrong)
            require(f"{name}: {constraint} holds", answer is not None, wrong)
            require(f"{name}: the refusal of {constraint} says what it was", re.search(mention, answer), answer)
            require(f"{name}: {constraint} leaves nothing", rows(server, "SELECT * FROM held ORDER BY id") == before)
        require(f"{name}: a good change is made", change({"age": 6}) is None and rows(server, "SELECT age FROM held WHERE id = 2") == [(6,)])
        require("and back", change({"age": row["age"]}) is None)
    require("the row goes", port.run("DELETE FROM held WHERE id = 2") is None)


def without_a_server(server, folder):
    server.stop()

    def contents():
        done = subprocess.run([PANDO, "sql", server.path, "SELECT * FROM held ORDER BY id", "--db", "app", "--format", "ndjson"], capture_output=True, text=True, check=True)
        return done.stdout

    for door in (FileImport(server.path), Restore(server.path, folder)):
        refused(type(door).__name__, door, contents)
        subprocess.run([PANDO, "sql", server.path, "DELETE FROM held WHERE id = 2", "--db", "app", "--quiet"], check=True, stdout=subprocess.DEVNULL)
    server.start()


def together(*works):
    """The answers of functions that run at the same time."""
    barrier, answers = threading.Barrier(len(works)), [None] * len(works)

    def run(place, work):
        barrier.wait()
        try:
            answers[place] = work()
        except Exception as error:  # It is told where it is waited for.
            answers[place] = error

    threads = [threading.Thread(target=run, args=each) for each in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for answer in answers:
        if isinstance(answer, Exception):
            raise answer
    return answers


def two_doors(server):
    admin = Port(server)
    clients = {door: (door(server), door(server)) for door in SERVED}
    key = 1_000
    for first, second in itertools.combinations_with_replacement(SERVED, 2):
        name = f"{first.__name__} and {second.__name__}"
        for _ in range(1 if {first, second} & ONCE else ROUNDS):
            a, b = clients[first][0], clients[second][1]
            key += 10
            row = {**GOOD, "parent": 2}
            # One unique value, under two keys; one key, with two unique values.
            answers = together(lambda: a.insert("held", {**row, "id": key, "code": f"u{key}"}), lambda: b.insert("held", {**row, "id": key + 1, "code": f"u{key}"}))
            require(f"{name}: one of two has a unique value", answers.count(None) == 1 and rows(server, f"SELECT count(*) FROM held WHERE code = 'u{key}'") == [(1,)], answers)
            answers = together(lambda: a.insert("held", {**row, "id": key + 2, "code": f"a{key}"}), lambda: b.insert("held", {**row, "id": key + 2, "code": f"b{key}"}))
            require(f"{name}: one of two has a key", answers.count(None) == 1, answers)
            # A parent that goes while a child comes; a constraint that is declared while rows come that break it.
            require("a parent", admin.run(f"INSERT INTO parents VALUES ({key})") is None)
            answers = together(lambda: a.insert("held", {**row, "id": key + 3, "code": f"c{key}", "parent": key}), lambda: admin.run(f"DELETE FROM parents WHERE id = {key}"))
            orphans = rows(server, "SELECT h.id FROM held h LEFT JOIN parents p ON p.id = h.parent WHERE p.id IS NULL")
            require(f"{name}: there are no orphans", answers.count(None) == 1 and orphans == [], (answers, orphans))
            admin.run("DROP TABLE IF EXISTS late; CREATE TABLE late (id int PRIMARY KEY, n int)")
            declared = random.choice(["ADD CONSTRAINT low CHECK (n < 100)", "ALTER n TYPE varchar(2)", "ADD CONSTRAINT one UNIQUE (n)", "ALTER n SET NOT NULL"])
            wrong = None if "NOT NULL" in declared else 500
            answers = together(
                lambda: [a.insert("late", {"id": number, "n": wrong}) for number in (1, 2)],
                lambda: [b.insert("late", {"id": number, "n": wrong}) for number in (3, 4)], lambda: admin.run(f"ALTER TABLE late {declared}"))
            written = [answer for some in answers[:2] for answer in some].count(None)
            there = rows(server, "SELECT count(*) FROM late")[0][0]
            require(f"{name}: what was acknowledged is there", written == there, answers)
            allowed = 1 if "UNIQUE" in declared else 0
            require(f"{name}: {declared} holds or was refused", answers[2] is not None or there <= allowed, (answers, there))
        admin.run("DELETE FROM held WHERE id >= 1000; DELETE FROM parents WHERE id >= 1000")


def main():
    random.seed(SEED)
    print(f"seed {SEED}")
    with tempfile.TemporaryDirectory() as folder:
        server = Server(f"{folder}/held.pando")
        subprocess.run([PANDO, "db", server.path, "create", "app", "--quiet"], check=True)
        server.start()
        try:
            require("the tables are made", Port(server).run(TABLES) is None)
            require("a good row", Port(server).insert("held", GOOD) is None)
            step(f"every constraint, by each of {len(SERVED)} doors of the server")
            every_door(server, folder)
            step("a row that is changed, by each way")
            every_change(server, folder)
            step("the same without a server: import into the file, restore of an archive")
            without_a_server(server, folder)
            step("two doors at once")
            two_doors(server)
            server.stop()
            done = subprocess.run([PANDO, "check", server.path], capture_output=True, text=True)
            require("the file is sound", done.returncode == 0, done.stdout)
        finally:
            server.process.kill()
    print("everything holds")


if __name__ == "__main__":
    try:
        main()
    except Failure as failure:
        sys.exit(f"FAILED: {failure}")
