#!/usr/bin/env python3
"""What those get who want to stop a server, to fill it, to read around its permissions or to keep others out.

    attacks.py PANDO [--bars] [--short] [NAME…]

Each attack has a server of its own on a new file, and real sockets; docs/SECURITY.md names them. Needs playwright and its Chromium for what
browsers do. With --bars an attack that ends soon is done again until a hundred gets were sent beside it, and it is an error,
too, if who sends them waits for longer than he should, which a quiet machine tells; the longest waits are told at the end in any case. With --short those that take a minute or more are left out. An attack that needs a small file system is left out, and says so, where none may be mounted. The exit status is 1 if one
succeeds.
"""

import base64
import concurrent.futures
import contextlib
import http.client
import http.server
import json
import math
import multiprocessing
import os
import random
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

PANDO = os.path.abspath(sys.argv[1]) if len(sys.argv) > 1 else sys.exit(__doc__)
ENDLESS = "r.range(10000000000).sum()"
# Seconds for what a quiet machine does in a few, fifteen thousand durable transactions among it: a disk that others use as well may ask for many times that.
PATIENCE = 300
# Milliseconds that one of a hundred requests may take beside an attack.
BARS = {"GET": 50, "PUT": 250, "SELECT": 50}
# How many times as long as without the attack one of a hundred statements may take beside clients who break PostgreSQL's protocol.
POSTGRES_BAR = 3
ASKS_FOR_BARS = "--bars" in sys.argv[2:]
NAMES = [word for word in sys.argv[2:] if not word.startswith("--")]
# Those that take a minute or more.
LONG = {"sql_statements", "bombs", "many_tables", "memory", "large_bodies"} if "--short" in sys.argv[2:] else set()
# The longest p99 so far, of how many requests.
worst = {method: (0, 0) for method in BARS}
# What the process may take with the limits of the attacks on memory.
RESIDENT = 256 << 20


class Failure(Exception):
    pass


def expect(what, holds, found=""):
    if not holds:
        raise Failure(f"{what} {found}".strip())


class Server:
    def __init__(self, folder, *options, file="a.pando"):
        self.file = os.path.join(folder, file)
        self.process = subprocess.Popen(
            [PANDO, "serve", self.file, "--bind", "127.0.0.1", "--http-port", "0", "--driver-port", "0", "--pg-port", "0", "--quiet", *options],
            stdout=subprocess.PIPE, text=True)
        lines = [self.process.stdout.readline().strip() for _ in range(3)]
        expect("the server starts", all(lines), lines)
        self.http, self.driver, self.postgres = (int(line.rsplit(":", 1)[1]) for line in lines)

    def connection(self):
        return http.client.HTTPConnection("127.0.0.1", self.http, timeout=PATIENCE)

    def ask(self, method, target, body=None, **fields):
        """Status and JSON of an answer."""
        connection = self.connection()
        fields = {name.replace("_", "-"): value for name, value in fields.items()}
        connection.request(method, target, json.dumps(body) if isinstance(body, (dict, list)) else body, fields)
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        return answer.status, json.loads(text) if text[:1] in (b"{", b"[") else text

    def query(self, text, **fields):
        return self.ask("POST", "/_reql", text, Content_Type="text/plain", **fields)

    def good(self, *arguments, **fields):
        status, answer = self.ask(*arguments, **fields) if len(arguments) > 1 else self.query(*arguments, **fields)
        expect(str(arguments)[:200], status < 300, (status, answer))
        return answer

    def send(self, method, target, body, **fields):
        """A request that nobody waits for."""
        connection = self.connection()
        fields = {name.replace("_", "-"): value for name, value in fields.items()}
        connection.request(method, target, body, fields)
        return connection

    def resident(self):
        with open(f"/proc/{self.process.pid}/status") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmRSS")) << 10

    def peak(self):
        with open(f"/proc/{self.process.pid}/status") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) << 10

    @contextlib.contextmanager
    def anonymous_peak(self):
        """A list whose greatest number is the memory that is no file's, looked at every ten milliseconds."""
        seen, over = [0], threading.Event()

        def look():
            while not over.wait(0.01):
                with open(f"/proc/{self.process.pid}/status") as status:
                    seen[0] = max(seen[0], next(int(line.split()[1]) for line in status if line.startswith("RssAnon")) << 10)

        thread = threading.Thread(target=look)
        thread.start()
        try:
            yield seen
        finally:
            over.set()
            thread.join()

    def stop(self, seconds=10):
        """SIGTERM ends it in its time, and leaves a sound file."""
        started = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(seconds + 2)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise Failure(f"SIGTERM does not end the server in {seconds} s")
        took = time.monotonic() - started
        check = subprocess.run([PANDO, "check", self.file], capture_output=True, text=True)
        expect("the file is sound", check.returncode == 0, check.stdout + check.stderr)
        return took


@contextlib.contextmanager
def served(*options, tables=("t", "other"), stops=True):
    with tempfile.TemporaryDirectory() as folder:
        server = Server(folder, *options)
        try:
            server.good("PUT", "/b")
            for table in tables:
                server.good("PUT", f"/b/{table}")
            yield server
            if stops:
                server.stop()
        finally:
            server.process.kill()
            server.process.wait()


def basic(name, password):
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


class Bystander:
    """Somebody who reads and writes, by HTTP and by SQL, fifty times a second each, beside an attack.

    A request counts from when it was due, so that one that is slow makes those behind it slow as well. The bystander is a process: in this
    one he would wait for the attackers' threads, and not for the server.
    """

    def __init__(self, server):
        self.server = server
        processes = multiprocessing.get_context("fork")
        self.isOver = processes.Event()
        self.counts = {method: processes.Value("q", 0) for method in BARS}
        self.answer, self.told = processes.Pipe(duplex=False)
        self.times = {method: [] for method in self.counts}
        self.failures = []
        self.process = processes.Process(target=self.work, daemon=True)

    def start(self):
        self.process.start()

    def work(self):
        # A connection that the attack closes is closed only if nobody else has it.
        for number in os.listdir("/proc/self/fd"):
            with contextlib.suppress(OSError):
                if os.readlink(f"/proc/self/fd/{number}").startswith("socket:"):
                    os.close(int(number))
        # Nor for their turns at the processors, where the system allows that: it measures the server.
        with contextlib.suppress(OSError, AttributeError):
            os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
        threads = [threading.Thread(target=self.run, args=(method,)) for method in self.times]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.told.send((self.times, self.failures))

    def connection(self, method):
        return Postgres(self.server) if method == "SELECT" else self.server.connection()

    def request(self, connection, method):
        if method == "SELECT":
            if len(connection.query("SELECT a FROM other WHERE id = 'by'")) != 1:
                self.failures.append((method, "no row"))
            return
        connection.request(method, "/b/other/by", '{"a": 1}' if method == "PUT" else None)
        answer = connection.getresponse()
        answer.read()
        if answer.status >= 400:
            self.failures.append((method, answer.status))

    def run(self, method):
        connection = self.connection(method)
        due = time.monotonic()
        while not self.isOver.wait(max(0, due - time.monotonic())):
            try:
                self.request(connection, method)
            except (OSError, http.client.HTTPException, SQLFailure) as error:
                self.failures.append((method, repr(error)))
                connection.close()
                connection = self.connection(method)
            self.times[method].append(time.monotonic() - due)
            self.counts[method].value += 1
            due += 0.02

    def finish(self):
        self.isOver.set()
        self.times, self.failures = self.answer.recv()
        self.process.join()
        expect("who reads and writes beside it is answered", not self.failures, self.failures[:3])
        texts = []
        for method, times in self.times.items():
            if not times:
                continue
            times.sort()
            # Of fewer than a hundred the slowest.
            p99 = self.p99(method)
            worst[method] = max(worst[method], (p99, len(times)))
            texts.append(f"{method} p99 {p99:.0f} ms of {len(times)}")
            expect(f"{method}: p99 within {BARS[method]} ms", not ASKS_FOR_BARS or p99 <= BARS[method], f"{p99:.0f} ms")
        return ", ".join(texts)

    def p99(self, method):
        """Milliseconds."""
        times = self.times[method]
        return 1000 * times[math.ceil(0.99 * len(times)) - 1]


def again(one):
    """True once; with --bars, until who stands beside has sent a hundred gets, so that their p99 says something."""
    yield True
    while ASKS_FOR_BARS and one.counts["GET"].value < 100:
        yield True


@contextlib.contextmanager
def bystander(server):
    server.good("PUT", "/b/other/by", {"a": 0})
    one = Bystander(server)
    one.start()
    try:
        yield one
    finally:
        one.isOver.set()
    print("   ", one.finish(), flush=True)


# Stopping it


def hooks():
    """A write hook, or the function of an index, that computes for ever: the write fails, and others go on."""
    for setting, wanted in [
        (f'r.db("b").table("t").setWriteHook((c, o, n) => n.merge({{z: {ENDLESS}}}))', "write hook"),
        (f'r.db("b").table("t").indexCreate("loop", x => {ENDLESS})', "index `loop`"),
    ]:
        with served() as server:
            server.good(setting)
            status, answer = server.ask("POST", "/b/t", {"id": 1})
            expect("the write says which function", status == 422 and wanted in answer["detail"], (status, answer))
            server.good("POST", "/b/other", {"id": 1})
            expect("nothing was written", server.good('r.db("b").table("t").count()')["result"] == 0)


def stopping_hooks():
    """A function that may take an hour: the client's leaving, the list of jobs and SIGTERM end it."""
    with served("--function-time", "3600000", stops=False) as server:
        server.good(f'r.db("b").table("t").setWriteHook((c, o, n) => n.merge({{z: {ENDLESS}}}))')
        leaving = server.send("POST", "/b/t", '{"id": 1}')
        time.sleep(0.5)
        leaving.close()
        server.good("POST", "/b/other", {"id": 1})
        staying = server.send("POST", "/_reql", 'r.db("b").table("t").insert({id: 2})', Content_Type="text/plain")
        deadline = time.monotonic() + PATIENCE
        jobs = []
        while not jobs and time.monotonic() < deadline:
            jobs = [job["id"][1] for job in server.good("GET", "/_admin/jobs") if "insert" in str(job["info"].get("query"))]
        server.good("DELETE", f"/_admin/jobs/{jobs[0]}")
        expect("the stopped write fails", staying.getresponse().status == 503)
        server.good("POST", "/b/other", {"id": 2})
        for number in range(4):
            server.send("POST", "/b/t", json.dumps({"id": number}))
        time.sleep(0.5)
        print(f"    stopped in {server.stop():.1f} s")


def stopping_builds():
    """Indexes whose building takes long: that of a function which takes long for each document, and that of many words, made by several threads."""
    words = ["".join(random.choices("abcdefghijklmnop", k=random.randrange(3, 10))) for _ in range(20000)]
    texts = "".join(json.dumps({"id": number, "t": " ".join(random.choices(words, k=400))}) + "\n" for number in range(20000))
    for documents, index in [
        ("".join(f'{{"id": {number}}}\n' for number in range(20000)), '"heavy", x => r.range(50000).coerceTo("array")'),
        (texts, '"heavy", {text: "english", fields: ["t"]}'),
    ]:
        with served("--function-time", "3600000", stops=False) as server:
            status, answer = server.ask("POST", "/b/t", documents, Content_Type="application/x-ndjson")
            expect("there are documents", status == 201 and answer["inserted"] == 20000, (status, answer))
            server.good(f'r.db("b").table("t").indexCreate({index})')
            with bystander(server):
                time.sleep(3)
            print(f"    stopped in {server.stop():.1f} s")
            again = Server(os.path.dirname(server.file))
            try:
                again.good("POST", "/b/other", {"id": 1})
                again.good('r.db("b").table("t").indexDrop("heavy")')
                again.stop()
            finally:
                again.process.kill()
                again.process.wait()


def many_documents():
    """Bodies of millions of documents: refused, given up when their client leaves, and no reason not to stop."""
    with served(stops=False) as server:
        body = b"[" + b"{}," * 4_999_999 + b"{}]"
        with bystander(server):
            status, answer = server.ask("POST", "/b/t", body)
            expect("it says how many", status == 413 and "documents" in answer["detail"], (status, answer))
        body = b"[" + b"{}," * 900_000 + b"{}]"
        leaving = server.send("POST", "/b/t", body)
        time.sleep(1)
        leaving.close()
        server.good("POST", "/b/other", {"id": 1})
        for _ in range(2):
            server.send("POST", "/b/t", body)
        time.sleep(1)
        print(f"    stopped in {server.stop():.1f} s")


# Filling it

MEMORY = ("--query-memory", "64", "--memory", "128")
BOMBS = [
    'r.range(40).fold("x", (a, i) => a.add(a))',
    "r.range(60).fold([1], (a, i) => [a, a])",
    "r.range(60).fold([1], (a, i) => a.add(a))",
    "r.range(60).fold({a: 1}, (a, i) => ({a: a, b: a}))",
    'r.range(40).fold("x", (a, i) => r.expr("{b}{b}").format({b: a}))',
    'r.range(24).fold("x", (a, i) => a.add(a)).split("").count()',
    'r.range(24).fold("x", (a, i) => a.add(a)).upcase().downcase().add("y")',
    'r.range(100000000).coerceTo("array").count()',
    "r.range(100000000).distinct().count()",
    "r.range(100000000).group(x => x).count().ungroup().count()",
    "r.range(100000000).orderBy(x => x.mul(-1)).limit(90000000).count()",
    'r.range(100000000).map(x => x.coerceTo("string")).reduce((a, b) => a.add(b)).count()',
    "r.range(3000).concatMap(x => r.range(100000)).map(x => [x, x, x]).sample(10000000).count()",
    'r.expr("a").match("(((((a{1,30}){1,30}){1,30}){1,30}){1,30}){1,30}")',
]


def memory():
    """What takes memory while it is made: one and four of each at a time, and the process stays small."""
    for bomb in BOMBS:
        for together in (1, 4):
            with served(*MEMORY) as server:
                with bystander(server) as one, concurrent.futures.ThreadPoolExecutor(together) as pool:
                    answers = [answer for _ in again(one) for answer in pool.map(lambda _: drop(server, bomb), range(together))]
                expect(f"{bomb}: it is run, and no error is ours", all(status in (0, 200, 413, 422) for status, _ in answers), answers)
                expect(f"{bomb} ×{together}: memory", server.peak() <= RESIDENT, server.peak() >> 20)
                named = [text.decode(errors="replace") for status, text in answers if status >= 400]
                expect(f"{bomb}: the limit is named", all("512 MiB" not in text for text in named), named)


def drop(server, bomb):
    """Status and beginning of the answer; (0, nothing) if there was none after a few seconds, when its client leaves."""
    connection = server.connection()
    connection.timeout = 4
    try:
        connection.request("POST", "/_reql", json.dumps({"query": bomb, "array_limit": 1_000_000_000}), {"Content-Type": "application/json"})
        answer = connection.getresponse()
        return answer.status, answer.read(2000)
    except OSError:
        return 0, b""
    finally:
        connection.close()


def large_bodies():
    for target, body, content in [
        ("/b/t", b"[" + b"{}," * 20_000_000 + b"{}]", "application/json"),
        ("/b/t", b"{}\n" * 20_000_000, "application/x-ndjson"),
        ("/b/t", b"[" + b"1," * 30_000_000 + b"1]", "application/json"),
        ("/b/t/x", b'{"a": [' + b'"",' * 20_000_000 + b"1]}", "application/json"),
        ("/_reql", b'{"query": "r.args", "args": [' + b"[]," * 20_000_000 + b"1]}", "application/json"),
        ("/_reql", b"[" + b"[]," * 20_000_000 + b"1]", "application/json"),
        ("/_reql", b"r.expr([" + b"1," * 30_000_000 + b"1])", "text/plain"),
    ]:
        with served(*MEMORY) as server:
            with bystander(server) as one:
                for _ in again(one):
                    status, answer = server.ask("PUT" if target.endswith("x") else "POST", target, body, Content_Type=content)
            expect(f"{target} {body[:12]}: refused", 400 <= status < 500, (status, str(answer)[:200]))
            expect(f"{target} {body[:12]}: memory", server.peak() <= RESIDENT, server.peak() >> 20)


class Driver:
    """A connection of the protocol of 2014, whose handshake is one message."""

    def __init__(self, server, key=""):
        self.socket = socket.create_connection(("127.0.0.1", server.driver), PATIENCE)
        self.socket.sendall(struct.pack("<II", 0x400C2D20, len(key)) + key.encode() + struct.pack("<I", 0x7E6970C7))
        self.welcome = b""
        while not self.welcome.endswith(b"\0"):
            part = self.socket.recv(1)
            if not part:
                break
            self.welcome += part

    def send(self, token, query):
        body = json.dumps(query).encode()
        self.socket.sendall(struct.pack("<QI", token, len(body)) + body)


class SQLFailure(Exception):
    pass


class Postgres:
    """A session of PostgreSQL's protocol, of `admin` without a password."""

    def __init__(self, server, database="b", user="admin", port=None):
        self.socket = socket.create_connection(("127.0.0.1", port or server.postgres), PATIENCE)
        self.input = b""
        parts = b"".join(part.encode() + b"\0" for part in ("user", user, "database", database))
        body = struct.pack(">I", 196608) + parts + b"\0"
        self.socket.sendall(struct.pack(">I", len(body) + 4) + body)
        self.key = None
        self.answers()

    def message(self):
        """The type and the body of the next message."""
        while len(self.input) < 5 or len(self.input) < 1 + struct.unpack(">I", self.input[1:5])[0]:
            part = self.socket.recv(1 << 16)
            if not part:
                raise SQLFailure("closed")
            self.input += part
        length = 1 + struct.unpack(">I", self.input[1:5])[0]
        kind, body, self.input = self.input[:1], self.input[5:length], self.input[length:]
        return kind, body

    def answers(self):
        """Rows up to ReadyForQuery; an error is raised with its SQLSTATE and message."""
        rows, failure = [], None
        while True:
            kind, body = self.message()
            if kind == b"K":
                self.key = struct.unpack(">II", body)
            elif kind == b"D":
                rows.append(body)
            elif kind == b"E":
                fields = {field[:1]: field[1:].decode(errors="replace") for field in body.split(b"\0") if field}
                failure = SQLFailure(fields[b"C"], fields[b"M"], fields.get(b"D", ""))
                if fields.get(b"S") == "FATAL":
                    raise failure
            elif kind == b"Z":
                if failure:
                    raise failure
                return rows

    def send(self, text):
        body = text.encode() + b"\0"
        self.socket.sendall(b"Q" + struct.pack(">I", len(body) + 4) + body)

    def query(self, text):
        self.send(text)
        return self.answers()

    def close(self):
        self.socket.close()

    def cancel(self, server):
        with socket.create_connection(("127.0.0.1", server.postgres), PATIENCE) as another:
            another.sendall(struct.pack(">IIII", 16, 80877102, *self.key))
            another.recv(1)


# What computes for long or takes memory while it is made. Each ends by itself, by a limit or by being cancelled.
STATEMENTS = [
    "SELECT count(*) FROM generate_series(1, 100000) a, generate_series(1, 100000) b",
    "SELECT count(*) FROM generate_series(1, 1000000000) g",
    "SELECT sum(a * b) FROM generate_series(1, 30000) a JOIN generate_series(1, 30000) b ON a % 7 = b % 7",
    "SELECT count(DISTINCT g) FROM generate_series(1, 100000000) g",
    "SELECT g FROM generate_series(1, 50000000) g ORDER BY -g LIMIT 1 OFFSET 40000000",
    "SELECT g % 10000000, count(*) FROM generate_series(1, 50000000) g GROUP BY 1 ORDER BY 2 LIMIT 1",
    "WITH RECURSIVE r(n, s) AS (SELECT 1, 'x' UNION ALL SELECT n + 1, s || s FROM r WHERE n < 60) SELECT max(length(s)) FROM r",
    "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT count(*) FROM r",
    "SELECT length(repeat('x', 250000000) || repeat('y', 10000000))",
    "SELECT length(string_agg(repeat('x', 10000), ',')) FROM generate_series(1, 100000)",
    "SELECT array_length(array_agg(g), 1) FROM generate_series(1, 50000000) g",
    "SELECT length(jsonb_agg(g)::text) FROM generate_series(1, 50000000) g",
    "SELECT count(*) FROM (SELECT row_number() OVER (ORDER BY -g) FROM generate_series(1, 30000000) g) s",
    "SELECT sum(g) OVER (ORDER BY g ROWS BETWEEN 100000 PRECEDING AND 100000 FOLLOWING) FROM generate_series(1, 300000) g",
    "SELECT count(*) FROM generate_series(1, 3000) a WHERE a IN (SELECT b + a FROM generate_series(1, 1000000) b)",
    "SELECT repeat('a', 100000) ~ '(((((a{1,30}){1,30}){1,30}){1,30}){1,30}){1,30}$'",
    "SELECT regexp_replace(repeat('a', 10000000), '(a+)+b', 'x', 'g') = ''",
    "SELECT repeat('ab', 100000) LIKE repeat('%a', 1000) || 'c'",
    "SELECT 2 ^ 1000000, 10::numeric ^ 100000, factorial(20000)",
    "SELECT length((9::numeric ^ 9::numeric ^ 5)::text)",
    "SELECT exp(5000::numeric), ln(exp(5000::numeric))",
    "SELECT " + "(" * 5000 + "1" + ")" * 5000,
    "SELECT " + "-" * 3 + "\n" + " + ".join(["1"] * 50000),
    "SELECT 1 WHERE 1 IN (" + ", ".join(map(str, range(200000))) + ")",
    "SELECT " + "array[" * 500 + "1" + "]" * 500,
    "SELECT * FROM " + ", ".join(f"generate_series(1, 100) t{i}" for i in range(12)) + " OFFSET 1000000000000",
    "SELECT '" + "[" * 900 + "]" * 900 + "'::jsonb",
    "SELECT '{" + "{" * 3000 + "}" * 3000 + "}'::int[]",
    "SELECT lpad('x', 200000000, 'y') < lpad('x', 200000000, 'z')",
    "SELECT translate(repeat('abc', 30000000), 'abc', 'xyz') = ''",
    "SELECT count(*) FROM regexp_split_to_table(repeat('a ', 20000000), ' ')",
    "SELECT md5(repeat('x', 200000000)), sha256(convert_to(repeat('x', 200000000), 'UTF8'))",
    "SELECT count(*) FROM unnest(string_to_array(repeat('a,', 20000000), ','))",
    "SELECT format('%s%s%s%s', a, a, a, a) = '' FROM (SELECT repeat('x', 60000000) a) s",
    "INSERT INTO t SELECT jsonb_build_object('id', g) FROM generate_series(1, 100000000) g",
    "UPDATE other SET body = repeat('x', 10000000)",
    "SELECT pg_sleep(3600)",
    "DO $$ BEGIN LOOP END LOOP; END $$",
    "EXPLAIN ANALYZE SELECT count(*) FROM generate_series(1, 1000000000) g",
    "CREATE TEMP TABLE big AS SELECT g, repeat('x', 1000) s FROM generate_series(1, 10000000) g",
    "DECLARE c CURSOR WITH HOLD FOR SELECT g, repeat('x', 1000) FROM generate_series(1, 10000000) g",
    "SELECT 1 FROM t t0 " + " ".join(f"LEFT JOIN t t{i} ON t{i}.id = t0.id" for i in range(1, 8001)),
    "SELECT position(repeat('a', 1000000) || 'b' in repeat('a', 50000000))",
    "SELECT " + "ROW(" * 60 + "1" + ")" * 60,
    "EXPLAIN (FORMAT JSON) SELECT 1 FROM (VALUES (1)) t0 " + " ".join(f"LEFT JOIN (VALUES (1)) t{i} ON true" for i in range(1, 2400)),
]
# How long a cancelled statement may go on beside fifteen others, on a busy machine.
CANCELLED = 15
# What went wrong in the server and not with the statement.
OWN_FAILURES = ("XX000", "XX001", "58030")


def run_statement(server, statement, seconds=4):
    """What came of a statement: its SQLSTATE, empty if there was none, and the seconds; it is cancelled after a few."""
    session = Postgres(server)
    timer = threading.Timer(seconds, session.cancel, [server])
    started = time.monotonic()
    timer.start()
    try:
        session.query(statement)
        return "", time.monotonic() - started
    except SQLFailure as failure:
        return failure.args[0], time.monotonic() - started
    except OSError:
        return "unanswered", time.monotonic() - started
    finally:
        timer.cancel()
        session.socket.close()


def sql_statements():
    """Heavy statements beside somebody who reads and writes: sixteen of each at a time, within the memory, cancelled in time."""
    failures = []
    for number, statement in enumerate(STATEMENTS):
        shown = f"{number}: {statement[:60]}"
        # What is written is resident as pages of the file, too.
        writes = any(statement.startswith(word) for word in ("INSERT", "UPDATE", "CREATE"))
        try:
            with served(*MEMORY) as server:
                with server.anonymous_peak() as seen, bystander(server) as one, concurrent.futures.ThreadPoolExecutor(16) as pool:
                    answers = [answer for _ in again(one) for answer in pool.map(lambda _: run_statement(server, statement), range(16))]
                states, longest = {state for state, _ in answers}, max(seconds for _, seconds in answers)
                peak = seen[0] if writes else server.peak()
                print(f"    {shown} {sorted(states)} {longest:.1f} s, {peak >> 20} MiB", flush=True)
                expect("no error is ours", not states & set(OWN_FAILURES) and not states & {"closed", "unanswered"}, states)
                expect("memory", peak <= RESIDENT, peak >> 20)
                expect("cancelled in time", longest < 4 + CANCELLED, longest)
        except Failure as failure:
            print(f"    {shown}: {failure}", flush=True)
            failures.append(f"{shown}: {failure}")
    expect("all are withstood", not failures, "; ".join(failures))


def sql_stopping():
    """SIGTERM while such statements run."""

    def stopped(statement):
        with served(stops=False) as server:
            held = [Postgres(server) for _ in range(5)]
            for session in held:
                session.send(statement)
            leaving = Postgres(server)
            leaving.send(statement)
            time.sleep(1)
            leaving.socket.close()
            print(f"    {statement[:60]} stopped in {server.stop():.1f} s", flush=True)

    # Most of the time goes by while a server waits for what is under way.
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        list(pool.map(stopped, STATEMENTS[:3] + STATEMENTS[7:8] + STATEMENTS[13:15] + STATEMENTS[34:38]))


def sql_leaving():
    """A job that is stopped, and a client that leaves: their statements go with them."""
    with served() as server:
        stopped = Postgres(server)
        stopped.send("SELECT count(*) FROM generate_series(1, 1000000) a, generate_series(1, 1000000) b")
        deadline, jobs = time.monotonic() + PATIENCE, []
        while not jobs and time.monotonic() < deadline:
            jobs = [job["id"][1] for job in server.good("GET", "/_admin/jobs") if "generate_series" in str(job["info"].get("query"))]
        server.good("DELETE", f"/_admin/jobs/{jobs[0]}")
        try:
            stopped.answers()
            raise Failure("the statement was not stopped")
        except SQLFailure as failure:
            expect("a job that is stopped is cancelled", failure.args[0] == "57014", failure)
        leaving = Postgres(server)
        leaving.send("INSERT INTO t SELECT jsonb_build_object('id', g) FROM generate_series(1, 100000000) g")
        time.sleep(0.5)
        leaving.socket.close()
        server.good("POST", "/b/other", {"id": 1})
        expect("nothing of it was written", server.good('r.db("b").table("t").count()')["result"] == 0)


def open_streams():
    """Thousands of streams that nobody reads on."""
    with served(*MEMORY, stops=False) as server:
        drivers = [Driver(server) for _ in range(3)]
        for token in range(3000):
            drivers[token % 3].send(token, [1, [173, []], {}])
        time.sleep(5)
        expect("memory", server.peak() <= RESIDENT, server.peak() >> 20)
        with bystander(server):
            time.sleep(1)
        print(f"    {server.peak() >> 20} MiB, stopped in {server.stop():.1f} s")


# Reading around permissions


def permissions():
    with served() as server:
        for query in [
            'r.dbCreate("own")', 'r.db("b").table("t").insert([{id: "k1", s: "x"}, {id: "k2", s: "x"}])',
            'r.db("rethinkdb").table("users").insert([{id: "keeper", password: "p"}, {id: "umgr", password: "p"}])',
            'r.db("b").grant("keeper", {config: true})', 'r.db("own").grant("keeper", {read: true, write: true, config: true})',
            'r.db("rethinkdb").table("table_config").grant("keeper", {read: true, write: true})',
            'r.db("rethinkdb").table("users").grant("umgr", {read: true, write: true})',
            'r.db("rethinkdb").table("users").get("admin").update({password: "boss"})',
        ]:
            if server.query(query)[0] == 401:
                server.good(query, Authorization=basic("admin", "boss"))
        keeper, umgr, boss = (basic(*pair) for pair in [("keeper", "p"), ("umgr", "p"), ("admin", "boss")])

        def refused(query, who):
            status, answer = server.query(query, Authorization=who)
            expect(query, status == 403 and "k1" not in str(answer), (status, answer))

        refused('r.db("b").table("t").indexCreate("x", d => d("s"), {unique: true})', keeper)
        refused('r.db("b").table("t").config().update({expiry_field: "s"})', keeper)
        server.good('r.db("b").table("t").config().update({db: "own"})', Authorization=keeper)
        refused('r.db("own").table("t").count()', keeper)
        refused('r.db("rethinkdb").table("users").get("admin").update({password: "hacked"})', umgr)
        refused('r.db("rethinkdb").table("users").get("admin").update({password: false})', umgr)
        expect("no token of admin", server.ask("POST", "/_admin/tokens", {"user": "admin"}, Authorization=umgr)[0] == 403)

        token = server.good("POST", "/_admin/tokens", Authorization=basic("admin", "boss"))
        feed = server.send("GET", "/b/other/_changes", None, Authorization="Bearer " + token["token"], Accept="application/x-ndjson")
        stream = feed.getresponse()
        server.good("PUT", "/b/other/one", {"a": 1}, Authorization=boss)
        expect("the feed tells", b"one" in stream.readline())
        server.good("DELETE", f"/_admin/tokens/{token['id']}", Authorization=boss)
        server.good("PUT", "/b/other/two", {"a": 1}, Authorization=boss)
        end = stream.readline()
        expect("the feed ends with its token", b"two" not in end and b"holds no more" in end, end)
        old = Driver(server, "boss")
        expect("the driver is welcome", old.welcome.startswith(b"SUCCESS"), old.welcome)
        server.good('r.db("rethinkdb").table("users").get("admin").update({password: "new"})', Authorization=boss)
        old.send(1, [1, [59, []], {}])
        expect("the connection ends with the password", b"holds no more" in old.socket.recv(4096))


# Keeping others out


def guessing():
    """Two hundred connections that guess at each door: twenty a second are answered, and names are as unknown as passwords."""

    def http_guess(server, name):
        status, answer = server.ask("GET", "/_status", Authorization=basic(name, "guess"))
        return (status, answer["detail"]) if status != 429 else None

    def driver_guess(server, name):
        welcome = Driver(server, "guess").welcome
        return None if b"Too many" in welcome or b"as many" in welcome else welcome

    def postgres_guess(server, name):
        session = socket.create_connection(("127.0.0.1", server.postgres), PATIENCE)
        body = struct.pack(">I", 196608) + b"user\0" + name.encode() + b"\0database\0b\0\0"
        session.sendall(struct.pack(">I", len(body) + 4) + body)
        session.recv(4096)
        body = b"SCRAM-SHA-256\0" + struct.pack(">I", 16) + b"n,,n=,r=abcdefgh"
        session.sendall(b"p" + struct.pack(">I", len(body) + 4) + body)
        first = session.recv(4096).split(b"r=")[1].split(b",")[0]
        body = b"c=biws,r=" + first + b",p=" + base64.b64encode(bytes(32))
        session.sendall(b"p" + struct.pack(">I", len(body) + 4) + body)
        answer = session.recv(4096)
        # Without the length, which the name has to do with.
        return answer[5:].replace(name.encode(), b"NAME")

    def guessed(door, one):
        with served(stops=False) as server:
            server.good('r.db("rethinkdb").table("users").get("admin").update({password: "boss"})')
            seen = set()
            for name in ("admin", "nobody"):
                answers, isOver = [], threading.Event()

                def guess():
                    while not isOver.is_set():
                        with contextlib.suppress(OSError, http.client.HTTPException, IndexError):
                            found = one(server, name)
                            if found is not None and found != b"":
                                answers.append(found)

                guessers = [threading.Thread(target=guess) for _ in range(100)]
                for guesser in guessers:
                    guesser.start()
                started = time.monotonic()
                time.sleep(5)
                isOver.set()
                while any(guesser.is_alive() for guesser in guessers) and time.monotonic() - started < PATIENCE:
                    time.sleep(0.1)
                took = time.monotonic() - started
                seen.update(answers)
                print(f"    {door}, {name}: {len(answers) / took:.0f} a second")
                expect(f"{door}: guesses are answered slowly", len(answers) <= 25 * took, (len(answers), took, seen))
                expect(f"{door}: somebody is answered", answers)
            expect(f"{door}: known and unknown names are answered alike", len(seen) == 1, seen)
            server.process.send_signal(signal.SIGTERM)

    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        list(pool.map(guessed, ("http", "driver", "postgres"), (http_guess, driver_guess, postgres_guess)))


def framing():
    """Requests that two servers could read differently, slow ones, and many at once."""
    wrong = [
        "GET / HTTP/1.1\r\n\r\n", "GET /\r\n\r\n", "GET / HTTP/9.9\r\nHost: a\r\n\r\n", "G@T / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "POST /b/t HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
        "POST /b/t HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST /b/t HTTP/1.1\r\nHost: localhost\r\nContent-Length: +2\r\n\r\n{}",
        "POST /b/t HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2, 2\r\n\r\n{}",
        "POST /b/t HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999999999999\r\n\r\n",
        "POST /b/t HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked, gzip\r\n\r\n",
        "POST /b/t HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: xchunked\r\n\r\n",
        "POST /b/t HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n\r\n",
        "POST /b/t HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: localhost\r\nA : b\r\n\r\n", "GET / HTTP/1.1\r\nHost: localhost\r\n folded: b\r\n\r\n",
        "GET / HTTP/1.1\rHost: localhost\r\r", "GET /\0 HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: localhost\r\nA: b\0c\r\n\r\n", "GET / HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: [evil\r\n\r\n", "GET / HTTP/1.1\r\nHost: elsewhere.example\r\n\r\n",
        "GET /b/t HTTP/1.1\r\nHost: localhost\r\nOrigin: null\r\nOrigin: http://localhost\r\n\r\n",
        "GET /b/t HTTP/1.1\r\nHost: localhost\r\nAuthorization: a\r\nAuthorization: b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: localhost\r\n" + "".join(f"A{i}: b\r\n" for i in range(101)) + "\r\n",
        "GET / HTTP/1.1\r\nHost: localhost\r\nA: " + "b" * 33000 + "\r\n\r\n", "GET /" + "a" * 17000 + " HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "GET /../../etc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n", "GET /b/..%2f..%2fetc HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "GET /_explorer/..%2f..%2fetc%2fpasswd HTTP/1.1\r\nHost: localhost\r\n\r\n", "GET /%zz HTTP/1.1\r\nHost: localhost\r\n\r\n",
    ]
    with served() as server:
        for request in wrong:
            with socket.create_connection(("127.0.0.1", server.http), PATIENCE) as client:
                client.sendall(request.encode())
                client.shutdown(socket.SHUT_WR)
                answer = b""
                while part := client.recv(1 << 16):
                    answer += part
                codes = [line.split()[1] for line in answer.split(b"\r\n") if line.startswith(b"HTTP/1.1 ")]
                expect(f"{request[:60]!r}: refused, and once", len(codes) == 1 and codes[0] in (b"400", b"404", b"413", b"414", b"421", b"431", b"501", b"505"), answer[:200])
        # Slow ones end in their time, and many beside them keep nobody waiting.
        slow = []
        for _ in range(100):
            client = socket.create_connection(("127.0.0.1", server.http), PATIENCE)
            client.sendall(b"GET / HTTP/1.1\r\nHost: ")
            slow.append(client)
        with bystander(server):
            started = time.monotonic()
            for client in slow:
                while client.recv(1 << 16):
                    pass
            expect("a slow head ends", time.monotonic() - started < PATIENCE)
        # Five megabytes of requests at once are answered in order.
        with socket.create_connection(("127.0.0.1", server.http), PATIENCE) as client:
            one = b"GET /_health/live HTTP/1.1\r\nHost: localhost\r\n\r\n"
            count = 5_000_000 // len(one)
            sender = threading.Thread(target=client.sendall, args=(one * count,))
            sender.start()
            answers, rest = 0, b""
            while answers < count:
                part = client.recv(1 << 16)
                expect("pipelined requests are answered", part, answers)
                rest += part
                answers += rest.count(b"HTTP/1.1 200")
                rest = rest[-11:] if b"HTTP/1.1 200" not in rest[-11:] else b""
            sender.join()


def driver_port():
    """Odd and heavy messages of drivers."""
    with served(*MEMORY) as server:
        for body in [b"[" * 100_000, b"[1" * 50_000, b'{"a":' * 100_000, b"[1,[1,[1", b"", b"nothing", b"\xff\xfe", b"[99,[],{}]", b"[1,[99999,[]],{}]", b"null"]:
            driver = Driver(server)
            driver.socket.sendall(struct.pack("<QI", 1, len(body)) + body)
            answer = driver.socket.recv(1 << 16)
            expect(f"{body[:20]}: an error", answer[12:].startswith(b'{"t":1') or not answer, answer[:100])
        for length in (0xFFFFFFFF, 1 << 30):
            driver = Driver(server)
            driver.socket.sendall(struct.pack("<QI", 1, length))
            expect("a length that is too large ends it", driver.socket.recv(1 << 16)[12:15] in (b'{"t', b""))
        with bystander(server):
            claimed = []
            for _ in range(100):
                driver = Driver(server)
                driver.socket.sendall(struct.pack("<QI", 1, 100 << 20) + b"[" * 1000)
                claimed.append(driver)
            heavy = [Driver(server) for _ in range(64)]
            for token in range(1024):
                heavy[token % 64].send(token, [1, [84, [[173, [10_000_000]]]], {}])
            time.sleep(3)
            for driver in claimed + heavy:
                driver.socket.close()
        expect("memory", server.peak() <= RESIDENT, server.peak() >> 20)


def postgres_port():
    """Odd messages of PostgreSQL clients, claimed lengths, floods of statements, and answers that nobody reads."""
    with served(*MEMORY) as server:
        for start in [b"\0\0\0\0", b"\0\0\0\x08\0\0\0\0", b"GET / HTTP/1.1\r\n\r\n", b"\xff" * 64, b"\0\0\0\x09\0\x03\0\0\0", b"\0\0\0\x10\0\x03\0\0user\0\0\0\0"]:
            with socket.create_connection(("127.0.0.1", server.postgres), PATIENCE) as client:
                client.sendall(start)
                client.shutdown(socket.SHUT_WR)
                while client.recv(1 << 16):
                    pass
        for kind, body in [(b"Q", b"SELECT 1"), (b"P", b"\0"), (b"B", b"\0\0\xff\xff"), (b"E", b"x\0\0\0"), (b"D", b"X\0"), (b"!", b""), (b"d", b"x" * 100), (b"F", b"")]:
            session = Postgres(server)
            session.socket.sendall(kind + struct.pack(">I", len(body) + 4) + body + b"S\0\0\0\4")
            with contextlib.suppress(SQLFailure):
                session.answers()
            session.socket.close()
        with bystander(server) as calm:
            time.sleep(6 if ASKS_FOR_BARS else 0)
        with bystander(server) as one:
            unread = [Postgres(server) for _ in range(100)]
            for session in unread:
                session.send("SELECT repeat('x', 1000) FROM generate_series(1, 1000000)")
            claimed = [Postgres(server) for _ in range(100)]
            for session in claimed:
                session.socket.sendall(b"Q" + struct.pack(">I", 60 << 20) + b"SELECT 1" * 1000)
            flood = Postgres(server)
            flood.socket.settimeout(5)
            with contextlib.suppress(OSError):
                for number in range(20000):
                    text = f"s{number}".encode() + b"\0SELECT " + b"1," * 1000 + b"1\0\0\0"
                    flood.socket.sendall(b"P" + struct.pack(">I", len(text) + 4) + text)
            time.sleep(2)
            for _ in again(one):
                time.sleep(1)
        if ASKS_FOR_BARS:
            times = one.p99("SELECT") / calm.p99("SELECT")
            expect(f"SELECT: p99 within {POSTGRES_BAR} times of that before the attack", times <= POSTGRES_BAR, f"{times:.1f}")
        expect("memory", server.peak() <= RESIDENT, server.peak() >> 20)
        print(f"    {server.peak() >> 20} MiB")


def idle():
    """Ten thousand connections that say nothing, and 4,096 with a stream each that nobody reads."""
    import resource
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (12_000, max(12_000, resource.getrlimit(resource.RLIMIT_NOFILE)[1])))
    except (ValueError, OSError):
        return print("    left out: not enough open files are allowed here")
    with served(*MEMORY, "--connections", "10100", "--connections-of-client", "10100", stops=False) as server:
        held = [socket.create_connection(("127.0.0.1", server.http if number % 2 else server.driver), PATIENCE) for number in range(10_000)]
        with bystander(server):
            time.sleep(2)
        print(f"    {len(held)} idle: {server.resident() >> 20} MiB")
        expect("memory", server.peak() <= RESIDENT, server.peak() >> 20)
        for client in held:
            client.close()
        drivers = []
        for number in range(4096):
            driver = Driver(server)
            driver.send(1, [1, [173, []], {}])
            drivers.append(driver)
        with bystander(server):
            time.sleep(2)
        print(f"    {len(drivers)} streams: {server.peak() >> 20} MiB")
        expect("memory", server.peak() <= RESIDENT, server.peak() >> 20)
        print(f"    stopped in {server.stop():.1f} s")


def many_feeds():
    """Ten thousand feeds, and SIGTERM."""
    with served(stops=False) as server:
        drivers = [Driver(server) for _ in range(20)]
        for token in range(10_000):
            drivers[token % 20].send(token, [1, [152, [[15, [[14, ["b"]], "t"]]]], {}])
        time.sleep(5)
        with bystander(server):
            for number in range(20):
                server.good("POST", "/b/t", {"id": number})
        print(f"    {server.peak() >> 20} MiB, stopped in {server.stop():.1f} s")


def many_tables():
    """Fifteen thousand tables."""
    with served(*MEMORY) as server:
        with bystander(server):
            server.good("r.range(15000).forEach(i => r.db('b').tableCreate(r.expr('x').add(i.coerceTo('string'))))")
            server.good("r.db('rethinkdb').table('table_config').count()")
            Postgres(server).query("SELECT count(*) FROM pg_class")
        expect("memory", server.peak() <= RESIDENT, server.peak() >> 20)


def bombs():
    """Sixteen heavy queries of a kind at a time beside somebody who reads and writes."""
    kinds = BOMBS + [
        "r.range(10000000000).sum()", "r.range(100000).innerJoin(r.range(100000), (a, b) => a.eq(b)).count()",
        "r.range(1000000).orderBy(x => x.mod(97)).nth(5)", "r.range(1000000).group(x => x.mod(100000)).count()",
        "r.range(100000000).fold(0, (a, i) => a.add(i))", "r.range(30000000).map(x => x.coerceTo('string').match('^(a+)+$')).count()",
        "r.expr(" + "[" * 900 + "]" * 900 + ")", "r.range(100000).concatMap(x => r.range(x)).reduce((a, b) => a.add(b))",
        "r.range(20000000).distinct().count()", "r.range(300000000).filter(x => x.mod(2).eq(0)).count()",
        'r.db("b").table("t").insert(r.range(90000).map(i => ({id: i.add(r.random(1000000000))})))',
        'r.db("b").table("t").update({a: r.range(1000).sum()}, {nonAtomic: true})', "r.range(1000000).sample(900000).count()",
        'r.range(100000000).union(r.range(100000000)).count()', 'r.expr("x").do(x => r.range(40).fold(x, (a, i) => a.add(a)).split("x").count())',
    ]
    for bomb in kinds:
        with served(*MEMORY) as server:
            with server.anonymous_peak() as seen, bystander(server) as one, concurrent.futures.ThreadPoolExecutor(16) as pool:
                answers = [answer for _ in again(one) for answer in pool.map(lambda _: drop(server, bomb), range(16))]
            # What is written is resident as pages of the file, too: the system's, and not the server's.
            peak = seen[0] if "insert" in bomb else server.peak()
            print(f"    {peak >> 20} MiB: {bomb[:100]}", flush=True)
            expect(f"{bomb[:80]}: no error is ours", all(status in (0, 200, 400, 413, 422, 503) for status, _ in answers), answers)
            expect("memory", peak <= RESIDENT, peak >> 20)


def gzip_bodies():
    """A gigabyte in a megabyte, and a stream that is cut."""
    import zlib
    press = zlib.compressobj(9, zlib.DEFLATED, 31)
    packed = b"".join(press.compress(b" " * (1 << 20)) for _ in range(1024)) + press.flush()
    with served(*MEMORY) as server:
        with bystander(server) as one:
            for body, wanted in (each for _ in again(one) for each in [(packed, 413), (packed[:1000], 400), (b"\x1f\x8bnothing", 400)]):
                status, answer = server.ask("POST", "/b/t", body, Content_Encoding="gzip", Content_Type="application/json")
                expect("refused", status == wanted, (status, str(answer)[:200]))
        expect("memory", server.peak() <= RESIDENT, server.peak() >> 20)


def limits():
    """What one account and one database may have, while another account goes on."""
    with served(tables=("t", "other")) as server:
        for query in [
            'r.db("rethinkdb").table("users").insert({id: "greedy", password: "p"})', 'r.grant("greedy", {read: true, write: true})',
            'r.db("rethinkdb").table("limits").insert({id: ["account", "greedy"], requests_per_second: 20, memory_mb: 16, connections: 30})',
        ]:
            server.good(query)
        greedy = basic("greedy", "p")

        def take(_):
            connection = server.connection()
            try:
                connection.request(
                    "POST", "/_reql", "r.range(90000).coerceTo('array').count()", {"Content-Type": "text/plain", "Authorization": greedy})
                return connection.getresponse().status
            except OSError:
                return 0
            finally:
                connection.close()

        with bystander(server), concurrent.futures.ThreadPoolExecutor(64) as pool:
            statuses = list(pool.map(take, range(600)))
        expect("most are refused", statuses.count(429) > 200, {status: statuses.count(status) for status in set(statuses)})
        expect("some are answered", statuses.count(200) > 0)
        metrics = server.ask("GET", "/_metrics")[1].decode()
        expect("the metrics tell", 'pando_limited_refusals_total{account="greedy"}' in metrics)


def fill(path, query):
    """A new file with a table `b.t`."""
    for command in (["db", path, "create", "b"], ["table", path, "create", "b.t"], ["query", path, query]):
        subprocess.run([PANDO, *command], capture_output=True, check=True)


def damaged_files():
    """Files that are none, and damaged ones: an error each, never a crash, and the file stays as it was."""
    with tempfile.TemporaryDirectory() as folder:
        good = os.path.join(folder, "good.pando")
        fill(good, 'r.db("b").table("t").insert(r.range(5000).map(i => ({id: i, t: "some text"})))')
        with open(good, "rb") as file:
            content = file.read()
        step = len(content) // 150 | 1
        cases = [b"just text\n", b"SQLite format 3\0" + bytes(4096), os.urandom(65536), bytes(8192)]
        cases += [content[:size] for size in (1, 100, 4096, 4097, len(content) // 2, len(content) - 1)]
        cases += [content[:place] + bytes([content[place] ^ 0x41]) + content[place + 1:] for place in range(0, len(content), step)]
        for number, case in enumerate(cases):
            path = os.path.join(folder, "case.pando")
            with open(path, "wb") as file:
                file.write(case)
            for command in (["check", path], ["query", path, 'r.db("b").table("t").count()'], ["table", path, "list", "b"]):
                done = subprocess.run([PANDO, *command], capture_output=True, timeout=PATIENCE)
                expect(f"case {number} {command[0]}: no crash", done.returncode >= 0 and done.returncode < 128, (done.returncode, done.stderr[-300:]))
        for path in (folder, "/dev/null", "/dev/zero"):
            done = subprocess.run([PANDO, "query", path, "1"], capture_output=True, timeout=PATIENCE)
            expect(f"{path}: an error", 0 < done.returncode < 128, done)


def archives():
    """Archives with what may not be in one, and damaged ones: an error, or all of it; nothing outside of the database."""
    import io
    import tarfile

    with tempfile.TemporaryDirectory() as folder:
        source, good = os.path.join(folder, "a.pando"), os.path.join(folder, "a.tar.gz")
        fill(source, 'r.db("b").table("t").insert(r.range(200).map(i => ({id: i})))')
        subprocess.run([PANDO, "dump", source, "-o", good], capture_output=True, check=True)
        with open(good, "rb") as file:
            content = file.read()
        members = []
        with tarfile.open(good) as archive:
            for member in archive:
                members.append((member.name, archive.extractfile(member).read() if member.isfile() else b""))

        def pack(*changes, kind=tarfile.REGTYPE, link=""):
            packed = io.BytesIO()
            with tarfile.open(fileobj=packed, mode="w:gz") as archive:
                for name, body in members + list(changes):
                    info = tarfile.TarInfo(name)
                    info.size = len(body)
                    if (name, body) in changes:
                        info.type, info.linkname = kind, link
                        info.size = len(body) if kind == tarfile.REGTYPE else 0
                    archive.addfile(info, io.BytesIO(body) if info.size else None)
            return packed.getvalue()

        top = members[0][0].split("/")[0]
        cases = [
            pack((f"{top}/../../evil/x.json", b"[]")), pack(("/tmp/pando-evil.json", b"[]")), pack((f"{top}/b/l.json", b""), kind=tarfile.SYMTYPE, link="/etc/passwd"),
            pack((f"{top}/b/t.json", b"[]")), pack((f"{top}/b/x.json", b'[{"id": "\xff"}]'), (f"{top}/b/x.info", b"{}")),
            pack((f"{top}/b/y.json", b"[" * 100_000), (f"{top}/b/y.info", b"[" * 100_000)), b"", b"nothing", os.urandom(2000),
        ]
        cases += [content[:size] for size in (1, 10, 100, len(content) // 2, len(content) - 9, len(content) - 1)]
        cases += [content[:place] + bytes([content[place] ^ 0x41]) + content[place + 1:] for place in range(12, len(content), len(content) // 60 | 1)]
        for number, case in enumerate(cases):
            archive, target = os.path.join(folder, "case.tar.gz"), os.path.join(folder, f"{number}.pando")
            with open(archive, "wb") as file:
                file.write(case)
            done = subprocess.run([PANDO, "restore", target, archive], capture_output=True, timeout=PATIENCE)
            expect(f"archive {number}: no crash", 0 <= done.returncode < 128, (done.returncode, done.stderr[-300:]))
            expect(f"archive {number}: nothing outside", not os.path.exists("/tmp/pando-evil.json") and not os.path.exists(os.path.join(folder, "evil")))
            if os.path.exists(target):
                check = subprocess.run([PANDO, "check", target], capture_output=True, timeout=PATIENCE)
                expect(f"archive {number}: what was restored is sound", check.returncode == 0, check.stdout + check.stderr)
        # What an archive holds and a restore has to leave out is no success.
        hooked = pack((f"{top}/b/h.json", b'[{"id": 1}]'), (f"{top}/b/h.info", json.dumps({"name": "h", "primary_key": "id", "indexes": [], "write_hook": {"function": "AAAA", "query": "x"}}).encode()))
        with open(archive, "wb") as file:
            file.write(hooked)
        done = subprocess.run([PANDO, "restore", os.path.join(folder, "hooked.pando"), archive], capture_output=True, text=True, timeout=PATIENCE)
        expect("a hook that can't be read is told by the status", done.returncode == 1, (done.returncode, done.stdout, done.stderr))


def strangers():
    """One address that takes what connections it gets, and guesses."""
    with served("--connections", "50", stops=False) as server:
        server.good('r.db("rethinkdb").table("users").get("admin").update({password: "boss"})')
        held = []
        for _ in range(60):
            connection = server.connection()
            with contextlib.suppress(OSError, http.client.HTTPException):
                connection.request("GET", "/_health/live")
                connection.getresponse().read()
                held.append(connection)
        for target in ("/_health/live", "/_health/ready"):
            expect(target, server.ask("GET", target)[0] == 200)
        expect("admin is served", server.ask("GET", "/_status", Authorization=basic("admin", "boss"))[0] == 200)
        for connection in held:
            connection.close()
        server.process.send_signal(signal.SIGTERM)


def proxy():
    """All clients share the address of a proxy that says where they are."""
    with served("--trusted-proxies", "127.0.0.1", stops=False) as server:
        server.good('r.db("rethinkdb").table("users").get("admin").update({password: "boss"})')
        isOver = threading.Event()

        def guess():
            while not isOver.is_set():
                with contextlib.suppress(OSError, http.client.HTTPException):
                    server.ask("GET", "/_status", Authorization=basic("admin", "guess"), X_Forwarded_For="6.6.6.6")

        guessers = [threading.Thread(target=guess) for _ in range(40)]
        for guesser in guessers:
            guesser.start()
        time.sleep(2)
        status, answer = server.ask("GET", "/_status", Authorization=basic("admin", "boss"), X_Forwarded_For="7.7.7.7")
        isOver.set()
        for guesser in guessers:
            guesser.join()
        expect("another one logs in", status == 200, (status, answer))
        server.process.send_signal(signal.SIGTERM)


# Pages of other sites


class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()

    def log_message(self, *_):
        pass


def launch(playwright):
    """Playwright's own Chromium, or the system's."""
    if os.path.exists(playwright.chromium.executable_path):
        return playwright.chromium.launch()
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    expect("there is a Chromium", path)
    return playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])


def pages():
    from playwright.sync_api import sync_playwright

    site = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=site.serve_forever, daemon=True).start()
    with served() as server, served("--cors-origin", "*") as listing, sync_playwright() as playwright:
        for each in (server, listing):
            each.good("PUT", "/b/t/there", {"a": 1})
        browser = launch(playwright)
        page = browser.new_page()
        page.goto(f"http://localhost:{site.server_port}/")
        embed = """async (url) => new Promise((done) => {
            const object = document.createElement("object");
            object.onload = () => done("loaded"); object.onerror = () => done("failed");
            object.data = url; document.body.append(object); })"""
        seen = {key: page.evaluate(embed, f"http://localhost:{server.http}/b/t/_doc?key={key}") for key in ("there", "nowhere")}
        expect("a page can't tell which documents there are", seen["there"] == seen["nowhere"], seen)
        fetch = """async ([url, options]) => { try { const answer = await fetch(url, options); return answer.status; }
            catch (error) { return "failed"; } }"""
        for each in (server, listing):
            url = f"http://localhost:{each.http}"
            write = {"method": "POST", "body": 'r.dbCreate("stolen")', "headers": {"Content-Type": "text/plain"}}
            for options in (write, {**write, "mode": "no-cors", "credentials": "include"}):
                page.evaluate(fetch, [url + "/_reql", options])
            read = page.evaluate(fetch, [url + "/b/t/there", {}])
            expect("a page reads nothing", read in ("failed", 401, 403), read)
            expect("a page writes nothing", "stolen" not in str(each.good("r.dbList()")))
        page.goto(f"http://localhost:{server.http}/")
        page.wait_for_selector("text=Tables", timeout=1000 * PATIENCE)
        browser.close()
    site.shutdown()


# A full disk, and files


def full_disk():
    with tempfile.TemporaryDirectory() as folder:
        if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", folder], capture_output=True).returncode:
            return print("    left out: no file system can be mounted here")
        try:
            server = Server(folder)
            try:
                server.good("PUT", "/b")
                server.good("PUT", "/b/t")
                count, status = 0, 201
                while status == 201:
                    status, answer = server.ask("POST", "/b/t", {"id": count, "text": os.urandom(50_000).hex()})
                    count += status == 201
                expect("the write that finds no room says so", status == 507, (status, answer))
                expect("it is not ready", server.ask("GET", "/_health/ready")[0] == 503)
                issues = server.good('r.db("rethinkdb").table("current_issues").coerceTo("array")')["result"]
                expect("it is an issue", len(issues) == 1, issues)
                subprocess.run(["mount", "-o", "remount,size=64m", folder], check=True)
                expect("it is ready again", server.ask("GET", "/_health/ready")[0] == 200)
                server.good("POST", "/b/t", {"id": "again", "text": "x" * 100_000})
                expect("what was acknowledged is there", server.good('r.db("b").table("t").count()')["result"] == count + 1)
                server.stop()
            finally:
                server.process.kill()
                server.process.wait()
        finally:
            subprocess.run(["umount", "-l", folder])


def files():
    """New files are for their owner; a server that can't start leaves none; numbers, marks and what is left out."""
    before = os.umask(0o022)
    try:
        with served() as server, tempfile.TemporaryDirectory() as folder:
            mode = os.stat(server.file).st_mode & 0o777
            expect("the file is for its owner", mode == 0o600, oct(mode))
            other = os.path.join(folder, "new.pando")
            refused = subprocess.run([PANDO, "serve", other, "--bind", "127.0.0.1", "--http-port", str(server.http)], capture_output=True, text=True, timeout=PATIENCE)
            expect("it does not start", refused.returncode != 0, refused)
            expect("and leaves no file", not os.path.exists(other))
            with open(os.path.join(folder, "a.ndjson"), "wb") as lines:
                lines.write(b'\xef\xbb\xbf{"id": 1, "n": 12345678901234567890}\n{"id": 2}\n')
            with open(os.path.join(folder, "a.csv"), "w") as rows:
                rows.write("id,account\n1,123456789012345678901234567890\n")
            for name, table in [("a.ndjson", "n"), ("a.csv", "c")]:
                done = subprocess.run([PANDO, "import", other, f"b.{table}", os.path.join(folder, name), "--create"], capture_output=True, text=True)
                expect(name, done.returncode == 0, done.stderr)
            text = subprocess.run(
                [PANDO, "query", other, 'r.db("b").table("n").union(r.db("b").table("c")).coerceTo("array")'], capture_output=True, text=True).stdout
            for number in ("12345678901234567890", "123456789012345678901234567890"):
                expect("numbers keep their digits", number in text, text)
            for command, path in [("backup", "copy.pando"), ("dump", "all.tar.gz"), ("export", "rows.json"), ("export", "rows.csv")]:
                path = os.path.join(folder, path)
                words = [PANDO, "backup", other, path] if command == "backup" else [PANDO, command, other, *(["b.c"] if command == "export" else []), "-o", path]
                done = subprocess.run(words, capture_output=True, text=True)
                expect(command, done.returncode == 0, done.stderr)
                expect(f"{command} is for its owner", os.stat(path).st_mode & 0o777 == 0o600, oct(os.stat(path).st_mode))
                if command == "export":
                    with open(path) as file:
                        expect("and keeps the digits", "123456789012345678901234567890" in file.read())
    finally:
        os.umask(before)


def documented():
    """docs/SECURITY.md names tests that are there."""
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    with open(os.path.join(root, "docs/SECURITY.md")) as page:
        rows = [line.split("|") for line in page if line.startswith("| ") and line.count("|") == 6]
    sources = ""
    for folder, _, names in os.walk(os.path.join(root, "Tests")):
        for name in names:
            if name.endswith((".swift", ".py")):
                with open(os.path.join(folder, name)) as source:
                    sources += "".join(line for line in source if "struct " in line or "class " in line or line.startswith("def "))
    expect("there are rows", len(rows) > 20, len(rows))
    for row in rows[1:]:
        named = row[5].split("`")[1::2]
        expect(f"a test stands in {row[3]}", named)
        for name in named:
            known = os.path.exists(os.path.join(root, "Tests/Acceptance", name)) if name.endswith(".py") else (
                any(f"{kind} {name}" in sources for kind in ("struct", "class", "def")))
            expect(f"the test {name} is there", known)


ATTACKS = [
    documented, hooks, stopping_hooks, stopping_builds, many_documents, memory, bombs, large_bodies, gzip_bodies, sql_statements, sql_stopping,
    sql_leaving, open_streams, idle, many_feeds, many_tables, permissions, limits, strangers, proxy, guessing, framing, driver_port, postgres_port, pages, full_disk, files,
    damaged_files, archives,
]

failed = False
for attack in ATTACKS:
    if attack.__name__ in LONG or NAMES and attack.__name__ not in NAMES:
        continue
    print(attack.__name__, flush=True)
    begun = time.monotonic()
    try:
        attack()
        print(f"    {time.monotonic() - begun:.0f} s", flush=True)
    except Exception as error:
        failed = True
        print(f"    {'' if isinstance(error, Failure) else type(error).__name__ + ': '}{error}", flush=True)
print(", ".join(f"{method} p99 at most {p99:.0f} ms" for method, (p99, _) in worst.items()))
sys.exit(1 if failed else 0)
