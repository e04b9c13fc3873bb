#!/usr/bin/env python3
"""Measures `pando serve postgresql://…` in turns with pgbench on the same PostgreSQL.

    engine_in_turns.py PANDO [PART…]

PANDO is the executable. TURNS (5) and DURATION (3, in seconds) are taken from the environment. POSTGRESQL may name a database as
postgresql://USER@HOST:PORT/NAME, which has nothing of Pando's yet; otherwise a PostgreSQL of its own is begun in a new folder, and runuser takes
another account where root asks. The driver port is loaded by `reqlload` where that is in PATH, which takes as little of the processors as pgbench
does, and else by this process, of which they have less for the server. The parts, all of them if none is named:

    gets       64 and 16 connections that get a document by its key: by Pando's PostgreSQL port and its driver port, beside `pgbench -M prepared`
               of the bare select of the same documents; one connection of each as well
    inserts    64 connections that insert one document each, durably, beside `pgbench -M prepared -c 64` that inserts the same into a table of
               keys and jsonb; one connection of each as well; WORDS has more words for `pando serve`
    index      10,000 documents by an index, by getAll of 1,000 keys and by eqJoin: statements that PostgreSQL was asked (of
               pg_stat_statements, if it has that), and seconds
"""

import json
import os
import re
import selectors
import shutil
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

TURNS = int(os.environ.get("TURNS", "5"))
SECONDS = max(1, int(os.environ.get("DURATION", "3")))
BIN = Path(os.environ.get("POSTGRESQL_BIN", "/usr/lib/postgresql/15/bin"))
LOAD = shutil.which("reqlload")
COUNT = 100_000
SETTINGS = """
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 200
shared_buffers = 512MB
max_wal_size = 4GB
min_wal_size = 4GB
checkpoint_timeout = 15min
shared_preload_libraries = 'pg_stat_statements'
pg_stat_statements.track = none
jit = off
"""


class PostgreSQL:
    """A server of its own, or the one that is named."""

    def __init__(self, folder):
        self.folder, self.isOwn = folder / "postgresql", "POSTGRESQL" not in os.environ
        if not self.isOwn:
            self.url = os.environ["POSTGRESQL"]
        else:
            with socket.create_server(("127.0.0.1", 0)) as free:
                port = free.getsockname()[1]
            self.url = f"postgresql://postgres@127.0.0.1:{port}/postgres"
            self.folder.mkdir()
            if os.geteuid() == 0:
                shutil.chown(self.folder, "postgres")
                folder.chmod(0o755)
            self.run("initdb", f"--pgdata={self.folder}/data", "--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C")
            with open(self.folder / "data/postgresql.conf", "a") as settings:
                settings.write(SETTINGS + f"port = {port}\n")
            self.run("pg_ctl", "start", "-s", "-w", "-D", f"{self.folder}/data", "-l", f"{self.folder}/log")
        parts = urlsplit(self.url)
        self.place = ["-h", parts.hostname, "-p", str(parts.port or 5432), "-U", parts.username or "postgres"]
        self.database = parts.path[1:]

    def run(self, program, *words):
        command = [str(BIN / program), *words]
        if os.geteuid() == 0:
            command = ["runuser", "-u", "postgres", "--", *command]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=self.folder)

    def ask(self, text, isRequired=True):
        done = subprocess.run(
            [BIN / "psql", "-XAtq", "-v", "ON_ERROR_STOP=1", *self.place, self.database], input=text, capture_output=True, text=True)
        if done.returncode and isRequired:
            sys.exit(f"psql: {done.stderr}")
        return None if done.returncode else done.stdout.strip()

    def stop(self):
        if self.isOwn:
            self.run("pg_ctl", "stop", "-s", "-w", "-m", "immediate", "-D", f"{self.folder}/data")


class Server:
    def __init__(self, executable, url):
        words = [executable, "serve", url, "--http-port", "0", "--driver-port", "0", "--pg-port", "0", "--bind", "127.0.0.1", "--quiet"]
        self.process = subprocess.Popen([*words, *os.environ.get("WORDS", "").split()], stdout=subprocess.PIPE, text=True)
        self.http, self.driver, self.postgres = (int(self.process.stdout.readline().strip().rstrip("/").rsplit(":", 1)[1]) for _ in range(3))

    def query(self, text, kind="reql", **more):
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.http}/_{kind}", json.dumps({"query": text, **more}).encode(), {"Content-Type": "application/json"})
        with urllib.request.urlopen(request) as answer:
            return json.loads(answer.read())["result"]

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=60)


def pgbench(folder, script, connections, place, database):
    """Transactions a second."""
    path = folder / "script.sql"
    path.write_text(script)
    words = [BIN / "pgbench", "-n", "-M", "prepared", "-c", str(connections), "-j", "2" if connections > 1 else "1", "-T", str(SECONDS), "-f", path]
    done = subprocess.run([*words, *place, database], capture_output=True, text=True)
    found = re.search(r"tps = ([\d.]+)", done.stdout)
    if done.returncode or not found:
        sys.exit(f"pgbench {database}: {done.stdout} {done.stderr[-2000:]}")
    return float(found[1])


def driver(server, connections, request, template=None):
    """Queries a second by the driver port, of clients in one loop that wait for their answers. Of an answer they look for its end alone.
    A template is for reqlload: %d is a number below COUNT, and %s one that was not there before."""
    if LOAD and template:
        words = [LOAD, "127.0.0.1", str(server.driver), str(connections), str(SECONDS), json.dumps([1, template, {}]).replace('"%d"', "%d"), str(COUNT)]
        done = json.loads(subprocess.run(words, capture_output=True, text=True, check=True).stdout)
        assert not done["errors"], done
        return done["per_second"]
    selector, done = selectors.DefaultSelector(), 0
    for number in range(connections):
        one = socket.create_connection(("127.0.0.1", server.driver))
        one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        one.sendall(struct.pack("<III", 0x400C2D20, 0, 0x7E6970C7))
        while one.recv(1) != b"\0":
            pass
        selector.register(one, selectors.EVENT_READ, [b""])
        one.sendall(request(number))
    begun = time.perf_counter()
    while (now := time.perf_counter()) < begun + SECONDS:
        for key, _ in selector.select(0.1):
            data = key.data[0] + key.fileobj.recv(65536)
            if len(data) >= 12 and len(data) >= 12 + struct.unpack("<QI", data[:12])[1]:
                assert b'"t":1' in data and b'"errors":1' not in data, data
                done += 1
                data = b""
                key.fileobj.sendall(request(done))
            key.data[0] = data
    for key in list(selector.get_map().values()):
        key.fileobj.close()
    return done / (now - begun)


def query(term):
    body = json.dumps([1, term, {}]).encode()
    return struct.pack("<QI", 1, len(body)) + body


def in_turns(measured):
    """Runs what is to be compared in turns; the first is what the others are compared with, by the ratios that are returned."""
    rates = {name: [] for name in measured}
    for _ in range(TURNS):
        for name, body in measured.items():
            rates[name].append(body())
    base = statistics.median(next(iter(rates.values())))
    ratios = {}
    for name, each in rates.items():
        middle = statistics.median(each)
        ratios[name] = middle / base
        print(f"| {name} | {middle:,.0f} ({min(each):,.0f} to {max(each):,.0f}) | {ratios[name]:.2f} |", flush=True)
    return ratios


def gets(postgresql, server, folder):
    postgresql.ask("DROP TABLE IF EXISTS bare; CREATE TABLE bare (id bigint PRIMARY KEY, body jsonb)")
    postgresql.ask(
        f"INSERT INTO bare SELECT g, jsonb_build_object('id', g, 'n', g, 'text', repeat('x', 100)) FROM generate_series(0, {COUNT - 1}) g;"
        "VACUUM ANALYZE bare")
    server.query("CREATE TABLE gets (id bigint PRIMARY KEY, n int, text text)", "sql", db="b")
    for start in range(0, COUNT, 10_000):
        server.query(
            f"INSERT INTO gets SELECT g, g, repeat('x', 100) FROM generate_series({start}, {start + 9_999}) g", "sql", db="b")
    here = ["-h", "127.0.0.1", "-p", str(server.postgres), "-U", "admin"]
    pick = f"\\set n random(0, {COUNT - 1})\nSELECT %s FROM %s WHERE id = :n\n"
    table = [15, [[14, ["b"]], "gets"]]
    print("| Gets | A second (min to max) | Ratio |\n|---|---|---|")
    for connections in (64, 16, 1):
        in_turns({
            f"PostgreSQL, pgbench, {connections}": lambda: pgbench(folder, pick % ("body", "bare"), connections, postgresql.place, postgresql.database),
            f"Pando, pgbench, {connections}": lambda: pgbench(folder, pick % ("n, text", "gets"), connections, here, "b"),
            f"Pando, driver port, {connections}": lambda: driver(
                server, connections, lambda n: query([16, [table, n * 7919 % COUNT]]), [16, [table, "%d"]]),
        })


def inserts(postgresql, server, folder):
    postgresql.ask("DROP TABLE IF EXISTS written; CREATE TABLE written (id bigint PRIMARY KEY, body jsonb)")
    server.query("r.db('b').tableCreate('documents')")
    server.query("CREATE TABLE rows (id bigint PRIMARY KEY, n int, text text)", "sql", db="b")
    here = ["-h", "127.0.0.1", "-p", str(server.postgres), "-U", "admin"]
    text = "x" * 100
    chance = "\\set a random(1, 4611686018427387903)\n"
    bare = chance + f"INSERT INTO written VALUES (:a, jsonb_build_object('id', :a::bigint, 'n', 1, 'text', '{text}'))\n"
    own = chance + f"INSERT INTO rows VALUES (:a, 1, '{text}')\n"
    table, run = [15, [[14, ["b"]], "documents"]], os.urandom(6).hex()
    count = [0]

    def document(_):
        count[0] += 1
        return query([56, [table, {"id": f"{hash((run, count[0])) & (1 << 63) - 1:x}", "n": 1, "text": text}]])

    print("| Inserts | A second (min to max) | Ratio |\n|---|---|---|")
    for connections in (64, 1):
        in_turns({
            f"PostgreSQL, pgbench, {connections}": lambda: pgbench(folder, bare, connections, postgresql.place, postgresql.database),
            f"Pando, pgbench, {connections}": lambda: pgbench(folder, own, connections, here, "b"),
            f"Pando, driver port, {connections}": lambda: driver(
                server, connections, document, [56, [table, {"id": f"{run}%s", "n": 1, "text": text}]]),
        })


def index(postgresql, server, folder):
    server.query("r.db('b').tableCreate('indexed')")
    server.query("r.db('b').table('indexed').indexCreate('kind')")
    server.query("r.db('b').table('indexed').indexWait('kind')")
    server.query(
        "r.db('b').table('indexed').insert(r.range(20000).map(n => ({id: n, kind: n.mod(2), other: n.mul(7919).mod(20000), text: '%s'})).coerceTo('array'))('inserted')"
        % ("x" * 100))
    counts = postgresql.ask("CREATE EXTENSION IF NOT EXISTS pg_stat_statements", isRequired=False) is not None
    if counts:
        postgresql.ask("ALTER SYSTEM SET pg_stat_statements.track = 'all'; SELECT pg_reload_conf()")
        time.sleep(0.5)
    table = "r.db('b').table('indexed')"
    for name, text, wanted in (
        ("an index read of 10,000", f"{table}.getAll(1, {{index: 'kind'}})('text').count()", 10_000),
        ("the same, half of them", f"{table}.getAll(1, {{index: 'kind'}}).limit(5000)('text').count()", 5_000),
        ("the first of them", f"{table}.getAll(1, {{index: 'kind'}}).limit(1)('text').count()", 1),
        ("getAll of 1,000 keys", f"{table}.getAll(r.args(r.range(1000).coerceTo('array')))('text').count()", 1_000),
        ("eqJoin of 10,000", f"{table}.getAll(1, {{index: 'kind'}}).eqJoin('other', {table}).map(r.row('right')('text')).count()", 10_000),
        ("update of 1,000 with an index", f"{table}.getAll(r.args(r.range(1000).coerceTo('array'))).update({{kind: r.row('kind').add(2)}})('replaced')", 1_000),
    ):
        if counts:
            postgresql.ask("SELECT pg_stat_statements_reset()")
        begun = time.perf_counter()
        found = server.query(text)
        seconds = time.perf_counter() - begun
        if found != wanted:
            sys.exit(f"{name}: {found} instead of {wanted}")
        asked = postgresql.ask("SELECT coalesce(sum(calls), 0) FROM pg_stat_statements WHERE query NOT LIKE '%pg_stat%'") if counts else "?"
        print(f"{name}: {asked} statements, {seconds * 1000:.0f} ms", flush=True)
    if counts:
        postgresql.ask("ALTER SYSTEM SET pg_stat_statements.track = 'none'; SELECT pg_reload_conf()")


PARTS = [gets, inserts, index]


def main():
    executable = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        postgresql = PostgreSQL(folder)
        try:
            server = Server(executable, postgresql.url)
            try:
                server.query("r.dbCreate('b')")
                for part in PARTS:
                    if not sys.argv[2:] or part.__name__ in sys.argv[2:]:
                        print(f"{part.__name__}:", flush=True)
                        part(postgresql, server, folder)
            finally:
                server.stop()
        finally:
            postgresql.stop()


if __name__ == "__main__":
    main()
