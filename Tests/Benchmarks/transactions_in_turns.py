#!/usr/bin/env python3
"""Measures what open transactions cost `pando serve`, and those beside them.

    transactions_in_turns.py PANDO [PART…]

PANDO is the executable. Everything runs on this machine, on files in a new folder. TURNS (5) and DURATION (3, in seconds) are taken from the
environment. The parts, all of them if none is named:

    idle       16 clients that write one document each, durably, over HTTP, by RethinkDB's protocol and by PostgreSQL's: alone, and while 8
               transactions of others wait a second each for their clients after a write; in turns
    requests   one durable write, three statements in one request, and begin, three writes, commit as five requests; beside a get
    aside      the memory of 10,000 transactions that are set aside with 10 changes each
    conflicts  how long it takes to compare 1,000 ranges that a transaction has read with 10,000 commits since
    blocks     pgbench's TPC-B and its simple update (-N), 8 clients, if pgbench is there
"""

import http.client
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
import threading
import time
from pathlib import Path

TURNS = int(os.environ.get("TURNS", "5"))
SECONDS = float(os.environ.get("DURATION", "3"))
CLIENTS, IDLE = 16, 8


class Server:
    def __init__(self, executable, file, *options):
        words = [executable, "serve", file, "--http-port", "0", "--driver-port", "0", "--pg-port", "0", "--bind", "127.0.0.1", "--quiet", *options]
        self.process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
        self.http, self.driver, self.postgres = (int(self.process.stdout.readline().strip().rsplit(":", 1)[1]) for _ in range(3))

    def connection(self):
        one = http.client.HTTPConnection("127.0.0.1", self.http, timeout=300)
        one.connect()
        one.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return one

    def memory(self, field):
        return int(re.search(rf"{field}:\s+(\d+)", Path(f"/proc/{self.process.pid}/status").read_text())[1]) / 1024

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        if self.process.wait(timeout=120) != 0:
            sys.exit(f"the server ended with {self.process.returncode}")


def ask(connection, method, target, body=None, transaction=None, kind="application/json"):
    fields = {"Content-Type": kind}
    if transaction:
        fields["Pando-Transaction"] = transaction
    connection.request(method, target, body if isinstance(body, (str, bytes, type(None))) else json.dumps(body), fields)
    answer = connection.getresponse()
    text = answer.read()
    if answer.status >= 400:
        sys.exit(f"{method} {target}: {answer.status} {text[:300]}")
    return json.loads(text) if text else None


def percentile(values, part):
    return sorted(values)[min(len(values) - 1, int(len(values) * part))]


# Clients that write, all in one loop: what they send is made before, and of an answer they look for its end alone.


def http_requests(number):
    for turn in range(10 ** 9):
        body = json.dumps({"turn": turn, "text": "x" * 200}).encode()
        yield b"PUT /b/t/%d HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (number, len(body), body)


def http_end(data):
    head = data.find(b"\r\n\r\n")
    if head < 0:
        return False
    assert data.startswith(b"HTTP/1.1 2"), data[:300]
    length = re.search(rb"(?i)content-length: (\d+)", data[:head])
    return len(data) >= head + 4 + (int(length[1]) if length else 0)


def driver_requests(number):
    for turn in range(10 ** 9):
        row = {"id": number, "turn": turn, "text": "x" * 200}
        body = json.dumps([1, [56, [[15, [[14, ["b"]], "t"]], row], {"conflict": "replace"}], {}]).encode()
        yield struct.pack("<QI", turn, len(body)) + body


def driver_end(data):
    if len(data) < 12 or len(data) < 12 + struct.unpack("<QI", data[:12])[1]:
        return False
    assert b'"errors":0' in data, data
    return True


def postgres_requests(number):
    for turn in range(10 ** 9):
        text = f"UPDATE s SET turn = {turn}, text = '{'x' * 200}' WHERE id = {number}\0".encode()
        yield b"Q" + struct.pack(">I", len(text) + 4) + text


def postgres_end(data):
    if not data.endswith(b"Z\0\0\0\5I"):
        return False
    assert b"UPDATE 1\0" in data, data
    return True


def opened(server, door):
    port = {"http": server.http, "driver": server.driver, "postgres": server.postgres}[door]
    one = socket.create_connection(("127.0.0.1", port))
    one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if door == "driver":
        one.sendall(struct.pack("<III", 0x400C2D20, 0, 0x7E6970C7))
        while one.recv(1) != b"\0":
            pass
    if door == "postgres":
        body = struct.pack(">I", 196608) + b"user\0admin\0database\0b\0\0"
        one.sendall(struct.pack(">I", len(body) + 4) + body)
        data = b""
        while not data.endswith(b"Z\0\0\0\5I"):
            data += one.recv(65536)
    return one


def write(server, door, seconds):
    """Writes a second, and the time of each in milliseconds."""
    requests, is_end = {
        "http": (http_requests, http_end), "driver": (driver_requests, driver_end), "postgres": (postgres_requests, postgres_end)}[door]
    selector, times = selectors.DefaultSelector(), []
    for number in range(CLIENTS):
        one = opened(server, door)
        state = {"requests": requests(number), "data": b"", "begun": time.perf_counter()}
        selector.register(one, selectors.EVENT_READ, state)
        one.sendall(next(state["requests"]))
    begun = time.perf_counter()
    end = begun + seconds
    while (now := time.perf_counter()) < end:
        for key, _ in selector.select(0.1):
            state = key.data
            state["data"] += key.fileobj.recv(65536)
            if is_end(state["data"]):
                now = time.perf_counter()
                times.append((now - state["begun"]) * 1000)
                state["data"], state["begun"] = b"", now
                key.fileobj.sendall(next(state["requests"]))
    for key in list(selector.get_map().values()):
        key.fileobj.close()
    return len(times) / (now - begun), times


def wait_a_second_each(server, number, over):
    """Transactions of others, one after the other: a write, a second, the commit. By HTTP and PostgreSQL in turns."""
    if number % 2:
        one = opened(server, "postgres")

        def send(text):
            body = text.encode() + b"\0"
            one.sendall(b"Q" + struct.pack(">I", len(body) + 4) + body)
            data = b""
            while data[-6:-1] != b"Z\0\0\0\5":
                data += one.recv(65536)
            assert not data.startswith(b"E"), data

        while not over.is_set():
            send("BEGIN")
            send(f"UPDATE s SET turn = 0 WHERE id = {1000 + number}")
            over.wait(1)
            send("COMMIT")
        return
    connection = server.connection()
    while not over.is_set():
        name = ask(connection, "POST", "/_transaction/begin", {})["transaction"]
        ask(connection, "PUT", f"/b/t/{1000 + number}", {"turn": 0}, name)
        over.wait(1)
        ask(connection, "POST", "/_transaction/commit", {}, name)


def idle(executable, folder):
    with Server(executable, str(folder / "idle.pando")) as server:
        connection = server.connection()
        ask(connection, "PUT", "/b")
        ask(connection, "PUT", "/b/t")
        ask(connection, "POST", "/_sql", {"query": "CREATE TABLE s (id int PRIMARY KEY, turn int, text text)", "db": "b"})
        ask(connection, "POST", "/_sql", {"query": "INSERT INTO s SELECT g, 0, 'x' FROM generate_series(0, 1100) g", "db": "b"})
        print("| Door | Alone, writes/s (min to max) | Beside 8 idle ones | Ratio | p99 ms alone | p99 ms beside |\n|---|---|---|---|---|---|")
        for door in ("http", "driver", "postgres"):
            rates, times = {False: [], True: []}, {False: [], True: []}
            write(server, door, 1)
            for turn in range(2 * TURNS):
                others = bool(turn % 2)
                over = threading.Event()
                waiting = [threading.Thread(target=wait_a_second_each, args=(server, number, over)) for number in range(IDLE if others else 0)]
                for one in waiting:
                    one.start()
                rate, each = write(server, door, SECONDS)
                over.set()
                for one in waiting:
                    one.join()
                rates[others].append(rate)
                times[others].append(percentile(each, 0.99))
            alone, beside = (statistics.median(rates[others]) for others in (False, True))
            spread = [f"{statistics.median(rates[others]):,.0f} ({min(rates[others]):,.0f} to {max(rates[others]):,.0f})" for others in (False, True)]
            late = [statistics.median(times[others]) for others in (False, True)]
            print(f"| {door} | {spread[0]} | {spread[1]} | {beside / alone:.2f} | {late[0]:.1f} | {late[1]:.1f} |", flush=True)
        # The connection of the beginning has been idle for too long.
        text = metrics(server.connection())
        print(f"set aside: {text}")


def metrics(connection):
    connection.request("GET", "/_metrics")
    text = connection.getresponse().read().decode()
    found = re.search(r"(?m)^pando_transactions_set_aside_total (\S+)$", text)
    return found[1] if found else "unknown"


def requests(executable, folder):
    with Server(executable, str(folder / "requests.pando")) as server:
        connection = server.connection()
        ask(connection, "PUT", "/b")
        ask(connection, "PUT", "/b/t")
        ask(connection, "POST", "/_sql", {"query": "CREATE TABLE s (id int PRIMARY KEY, turn int)", "db": "b"})
        ask(connection, "POST", "/_sql", {"query": "INSERT INTO s SELECT g, 0 FROM generate_series(0, 9) g", "db": "b"})

        def one_write(turn):
            ask(connection, "PUT", "/b/t/1", {"turn": turn})

        def statement(turn):
            ask(connection, "POST", "/_sql", {"query": f"UPDATE s SET turn = {turn} WHERE id = 1", "db": "b"})

        def statements(turn):
            texts = [f"UPDATE s SET turn = {turn} WHERE id = {number}" for number in (1, 2, 3)]
            ask(connection, "POST", "/_sql", {"statements": [{"query": text} for text in texts], "db": "b"})

        def five(turn):
            name = ask(connection, "POST", "/_transaction/begin", {})["transaction"]
            for number in (1, 2, 3):
                ask(connection, "PUT", f"/b/t/{number}", {"turn": turn}, name)
            ask(connection, "POST", "/_transaction/commit", {}, name)

        def get(_):
            ask(connection, "GET", "/b/t/1")

        times = {}
        for turn in range(100 * TURNS):
            for body in (one_write, statement, statements, five, get):
                begun = time.perf_counter()
                body(turn)
                times.setdefault(body.__name__, []).append((time.perf_counter() - begun) * 1e6)
        middle = {name: statistics.median(each) for name, each in times.items()}
        for name, value in middle.items():
            print(f"{name}: p50 {value:.0f} µs, p99 {percentile(times[name], 0.99):.0f}")
        write, single = (middle["statements"] / middle[name] for name in ("one_write", "statement"))
        print(f"three statements in one request: {write:.2f} of one durable write (bar 1.5), {single:.2f} of one statement")
        bar = 1.5 * middle["one_write"] + 4 * middle["get"]
        print(f"five requests: {middle['five']:.0f} µs (bar {bar:.0f}: 1.5 durable writes and four gets)")


def aside(executable, folder):
    count, changes = 10_000, 10
    options = ["--transactions", str(count + 10), "--transactions-per-account", str(count + 10), "--writer-grace", "0"]
    with Server(executable, str(folder / "aside.pando"), *options) as server:
        connection = server.connection()
        ask(connection, "PUT", "/b")
        ask(connection, "PUT", "/b/t")
        # What the requests alone take is no part of it.
        for number in range(1000):
            name = ask(connection, "POST", "/_transaction/begin", {"timeout": 600})["transaction"]
            documents = [{"id": f"w{number}-{each}", "n": each, "text": "x" * 40} for each in range(changes)]
            ask(connection, "POST", "/b/t", documents, name)
            ask(connection, "POST", "/_transaction/rollback", {}, name)
        time.sleep(2)
        before = [server.memory(field) for field in ("VmRSS", "RssAnon")]
        begun, names = time.perf_counter(), []
        for number in range(count):
            name = ask(connection, "POST", "/_transaction/begin", {"timeout": 600})["transaction"]
            ask(connection, "POST", "/b/t", [{"id": f"k{number}-{each}", "n": each, "text": "x" * 40} for each in range(changes)], name)
            names.append(name)
        # The last one, too.
        ask(connection, "PUT", "/b/t/last", {})
        seconds = time.perf_counter() - begun
        after = [server.memory(field) for field in ("VmRSS", "RssAnon")]
        print(f"{count:,} set aside with {changes} changes each: {after[0] - before[0]:.1f} MiB more (RssAnon {after[1] - before[1]:.1f}), bar 100;"
              f" {seconds:.1f} s; set aside {metrics(connection)}")
        begun = time.perf_counter()
        for name in names[:100]:
            ask(connection, "POST", "/_transaction/commit", {}, name)
        print(f"a commit of one: {(time.perf_counter() - begun) * 10:.2f} ms")
        for name in names[100:]:
            ask(connection, "POST", "/_transaction/rollback", {}, name)
        assert ask(connection, "POST", "/_reql", {"query": "r.db('b').table('t').count()"})["result"] == 100 * changes + 1


def conflicts(executable, folder):
    ranges, commits = 1000, 10_000
    with Server(executable, str(folder / "conflicts.pando")) as server:
        connection = server.connection()
        ask(connection, "PUT", "/b")
        ask(connection, "PUT", "/b/t")
        lines = "\n".join(json.dumps({"id": number * 10, "text": "x" * 100}) for number in range(100_000))
        ask(connection, "POST", "/b/t?durability=soft", lines, kind="application/x-ndjson")
        read = f"r.range({ranges}).map(n => r.db('b').table('t').between(n.mul(1000), n.mul(1000).add(50)).count()).sum()"
        times = {"with nothing read": [], "with 1,000 ranges": [], "with 1,000 ranges, set aside": []}
        for turn in range(TURNS):
            for name in times:
                transaction = ask(connection, "POST", "/_transaction/begin", {"timeout": 600})["transaction"]
                if "ranges" in name:
                    assert ask(connection, "POST", "/_reql", {"query": read}, transaction)["result"] == 5 * ranges
                if "aside" in name:
                    ask(connection, "PUT", "/b/t/mine", {"turn": turn}, transaction)
                for number in range(commits):
                    # Never one that was read.
                    key = number * 7919 % 100_000
                    key += 50 if key % 100 < 5 else 0
                    ask(connection, "PUT", f"/b/t/_doc?key={key * 10}&durability=soft", {"id": key * 10, "turn": turn})
                begun = time.perf_counter()
                ask(connection, "PUT", "/b/t/mine", {"turn": turn + 100}, transaction)
                times[name].append((time.perf_counter() - begun) * 1000)
                ask(connection, "POST", "/_transaction/rollback", {}, transaction)
        for name, each in times.items():
            print(f"the first write {name}, after {commits:,} commits of others: {statistics.median(each):.2f} ms ({min(each):.2f} to {max(each):.2f})")


def blocks(executable, folder):
    found = shutil.which("pgbench") or next((str(path) for path in Path("/usr/lib/postgresql").glob("*/bin/pgbench")), None)
    if not found:
        return print("pgbench is not there")
    with Server(executable, str(folder / "blocks.pando")) as server:
        ask(server.connection(), "PUT", "/bench")
        at = ["-h", "127.0.0.1", "-p", str(server.postgres), "-U", "admin"]
        made = subprocess.run([found, "-i", "-I", "dtgp", "-s", "10", *at, "bench"], capture_output=True, text=True)
        if made.returncode:
            return print(made.stderr)
        for kind, options in (("TPC-B", []), ("simple update", ["-N"]), ("TPC-B, prepared", ["-M", "prepared"])):
            rates = []
            for _ in range(TURNS):
                done = subprocess.run([found, "-n", "-c", "8", "-j", "2", "-T", str(int(SECONDS) or 1), *options, *at, "bench"], capture_output=True, text=True)
                rate = re.search(r"tps = ([\d.]+)", done.stdout)
                if done.returncode or not rate:
                    return print(done.stdout, done.stderr)
                rates.append(float(rate[1]))
            print(f"pgbench {kind}: {statistics.median(rates):,.0f} a second ({min(rates):,.0f} to {max(rates):,.0f})", flush=True)


PARTS = [idle, requests, aside, conflicts, blocks]


def main():
    executable = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        for part in PARTS:
            if not sys.argv[2:] or part.__name__ in sys.argv[2:]:
                print(f"{part.__name__}:", flush=True)
                part(executable, Path(folder))


if __name__ == "__main__":
    main()
