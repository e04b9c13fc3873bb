#!/usr/bin/env python3
"""Measures `pando serve` over HTTP beside nginx and sqlite3 in turns, and prints medians and ratios.

    cc -O2 -o openload openload.c
    http_in_turns.py PANDO [PART…]

PANDO is the executable; `openload`, wrk, nginx and sqlite3 are looked for here and in PATH. Everything runs on this machine, on files in a
new folder. TURNS (3) and DURATION (3, in seconds) are taken from the environment. The parts, all of them if none is named:

    rates    gets of a document, and puts of documents with soft durability, against nginx's file of the same bytes; wrk -t2 -c64
    latency  gets at 10,000 a second on 64 connections, alone and while one client scans a table and another inserts, over and over; and the same
             of nginx's file, while Pando scans and inserts
    start    an empty server: its memory, the time until it is ready (against sqlite3), its memory for each of 10,000 idle connections
    feeds    1,000 clients that follow a table, each of which must get all of 1,000 changes, in order
    encrypted gets of all documents and puts, of an encrypted file and of a plain one; by the driver port as well where `reqlload` is here or in PATH
"""

import http.client
import json
import os
import re
import resource
import selectors
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from pathlib import Path

HERE = Path(__file__).resolve().parent
TURNS = int(os.environ.get("TURNS", "3"))
SECONDS = os.environ.get("DURATION", "3")
DOCUMENTS = 100_000
NGINX = """
worker_processes auto; daemon off; pid {folder}/nginx.pid; error_log {folder}/nginx.log;
events {{ worker_connections 1024; }}
http {{
    access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000000; open_file_cache max=100;
    client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder}; uwsgi_temp_path {folder}; scgi_temp_path {folder};
    types {{ application/json json; }}
    server {{ listen 127.0.0.1:{port}; root {folder}/www; }}
}}
"""
# Prepared once, so that making requests takes wrk next to nothing.
PUTS = """
local requests, turn = {{}}, 0
function init()
    math.randomseed(os.time())
    for i = 1, 2000 do
        local key = "user_" .. math.random(0, {documents} - 1)
        requests[i] = wrk.format("PUT", "/bench/users/" .. key .. "?durability=soft", {{["Content-Type"] = "application/json"}},
            '{{"id":"' .. key .. '","turn":' .. i .. ',{rest}')
    end
end
function request()
    turn = turn % #requests + 1
    return requests[turn]
end
"""


def user(number):
    return {
        "id": f"user_{number}", "name": f"Name {number * 7919 % 100003}", "age": number % 90, "city": f"city{number % 1000}", "active": number % 3 == 0,
        "score": number * 31 % 10007, "tags": ["a", "b", f"t{number % 17}"], "bio": "x" * 180,
    }


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Server:
    def __init__(self, executable, file, *options, driver="none"):
        self.process = subprocess.Popen(
            [executable, "serve", file, "--http-port", "0", "--driver-port", str(driver), "--pg-port", "none", "--bind", "127.0.0.1", *options],
            stdout=subprocess.PIPE, text=True)
        self.url = self.process.stdout.readline().strip()
        self.port = int(self.url.rsplit(":", 1)[1])

    def ask(self, method, target, body=None, kind="application/json"):
        data = body if isinstance(body, (bytes, type(None))) else json.dumps(body).encode()
        request = urllib.request.Request(self.url + target, data=data, method=method, headers={"Content-Type": kind} if data else {})
        with urllib.request.urlopen(request, timeout=120) as answer:
            return answer.read()

    def fill(self, table, count, soft=True):
        for start in range(0, count, 10_000):
            lines = "\n".join(json.dumps(user(n), separators=(",", ":")) for n in range(start, start + 10_000)).encode()
            self.ask("POST", f"/bench/{table}?durability=soft", lines, "application/x-ndjson")

    def memory(self, field="VmRSS"):
        return int(re.search(rf"{field}:\s+(\d+)", Path(f"/proc/{self.process.pid}/status").read_text())[1]) / 1024

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        if self.process.wait(timeout=60) != 0:
            sys.exit(f"the server ended with {self.process.returncode}")


def microseconds(process):
    """Processor time that all threads of a process and of its children have had."""
    total = 0
    for task in Path(f"/proc/{process}/task").iterdir():
        total += int((task / "schedstat").read_text().split()[0]) / 1e3
        for child in (task / "children").read_text().split():
            total += microseconds(child)
    return total


def wrk(server, url, *options):
    """Requests a second, and microseconds of processor for each, the server's and wrk's."""
    before = microseconds(server)
    child = subprocess.Popen(["wrk", "-t2", "-c64", f"-d{SECONDS}", *options, url], stdout=subprocess.PIPE, text=True)
    text = child.stdout.read()
    usage = os.wait4(child.pid, 0)[2]
    taken = microseconds(server) - before
    if "Non-2xx" in text or "Socket errors" in text or "requests in" not in text:
        sys.exit(text)
    count = int(re.search(r"(\d+) requests in", text)[1])
    return {
        "rate": float(re.search(r"Requests/sec:\s*([\d.]+)", text)[1]), "server": taken / count, "client": (usage.ru_utime + usage.ru_stime) * 1e6 / count,
    }


def spread(values):
    return f"{statistics.median(values):,.0f} ({min(values):,.0f} to {max(values):,.0f})"


def start_nginx(folder, document):
    """Serves the bytes as `/file.json`. Answers the process and its port."""
    port = free_port()
    (folder / "www").mkdir()
    (folder / "www/file.json").write_bytes(document)
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=port))
    process = subprocess.Popen([shutil.which("nginx") or "/usr/sbin/nginx", "-c", folder / "nginx.conf", "-p", folder], stderr=subprocess.DEVNULL)
    time.sleep(0.5)
    return process, port


def rates(executable, folder):
    with Server(executable, f"{folder}/rates.pando") as server:
        server.ask("PUT", "/bench")
        server.ask("PUT", "/bench/users")
        server.fill("users", DOCUMENTS)
        document = server.ask("GET", "/bench/users/user_77")
        rest = json.dumps({key: value for key, value in user(77).items() if key != "id"}, separators=(",", ":"))[1:]
        (folder / "put.lua").write_text(PUTS.format(documents=DOCUMENTS, rest=rest.replace("'", "")))
        nginx, port = start_nginx(folder, document)
        loads = {
            "nginx": [nginx.pid, f"http://127.0.0.1:{port}/file.json"],
            "get": [server.process.pid, f"{server.url}/bench/users/user_77"],
            "put": [server.process.pid, server.url, "-s", folder / "put.lua"],
        }
        results = {name: [] for name in loads}
        try:
            for _ in range(TURNS):
                for name, words in loads.items():
                    results[name].append(wrk(*words))
        finally:
            nginx.terminate()
            nginx.wait()
    medians = {name: {key: statistics.median(one[key] for one in all) for key in all[0]} for name, all in results.items()}
    base = medians["nginx"]
    print(f"rates: {len(document)} bytes, {TURNS} turns of {SECONDS} s")
    for name, one in medians.items():
        print(
            f"  {name:6} {spread([result['rate'] for result in results[name]])} a second, processor: server {one['server']:.1f} + wrk {one['client']:.1f} us;"
            f" of nginx: rate {one['rate'] / base['rate']:.2f}, by processor time {(base['server'] + base['client']) / (one['server'] + one['client']):.2f}"
        )


GETS = """
function init() math.randomseed(os.time()) end
function request() return wrk.format("GET", "/bench/users/user_" .. math.random(0, {documents} - 1)) end
"""


def encrypted(executable, folder):
    tool = shutil.which("reqlload") or (HERE / "reqlload" if (HERE / "reqlload").exists() else None)
    (folder / "file.key").touch(0o600)
    (folder / "file.key").write_bytes(os.urandom(32))
    rest = json.dumps({key: value for key, value in user(77).items() if key != "id"}, separators=(",", ":"))[1:]
    (folder / "put.lua").write_text(PUTS.format(documents=DOCUMENTS, rest=rest))
    (folder / "get.lua").write_text(GETS.format(documents=DOCUMENTS))
    results = {}
    driver, sealed_driver = free_port(), free_port()
    with (
        Server(executable, f"{folder}/plain.pando", driver=driver) as plain,
        Server(executable, f"{folder}/sealed.pando", "--key-file", folder / "file.key", driver=sealed_driver) as sealed,
    ):
        for server in (plain, sealed):
            server.ask("PUT", "/bench")
            server.ask("PUT", "/bench/users")
            server.fill("users", DOCUMENTS)
        for turn in range(TURNS + 1):
            for name, server, port in (("plain", plain, driver), ("encrypted", sealed, sealed_driver)):
                once = {what: wrk(server.process.pid, server.url, "-s", folder / f"{what}.lua") for what in ("get", "put")}
                table = '[15,[[14,["bench"]],"users"]]'
                queries = {"driver get": f'[1,[16,[{table},"user_%d"]],{{}}]', "driver insert": f'[1,[56,[{table},{{"id":"%s","a":1}}],{{"durability":"hard"}}],{{}}]'}
                for what, query in queries.items() if tool else ():
                    before = microseconds(server.process.pid)
                    words = [str(tool), "127.0.0.1", str(port), "16", SECONDS, query, str(DOCUMENTS)]
                    answer = json.loads(subprocess.run(words, capture_output=True, text=True, check=True).stdout)
                    once[what] = {"rate": answer["per_second"], "server": (microseconds(server.process.pid) - before) / answer["queries"]}
                # The first turn warms both up.
                for what, one in once.items() if turn > 0 else ():
                    results.setdefault(what, {}).setdefault(name, []).append(one)
    for what, both in results.items():
        rate, server = ({name: statistics.median(one[field] for one in all) for name, all in both.items()} for field in ("rate", "server"))
        print(
            f"encrypted: {what:13} {rate['plain']:,.0f} a second plain, {rate['encrypted']:,.0f} encrypted, {rate['encrypted'] / rate['plain']:.2f}; "
            f"processor of the server {server['plain']:.1f} and {server['encrypted']:.1f} us, {server['plain'] / server['encrypted']:.2f}"
        )


def openload(port, path, seconds):
    tool = HERE / "openload"
    words = [str(tool if tool.exists() else "openload"), "127.0.0.1", str(port), "64", "10000", str(seconds), path, str(DOCUMENTS)]
    return json.loads(subprocess.run(words, capture_output=True, text=True, check=True, preexec_fn=go_first).stdout)


def go_first():
    """The generator stands for another machine, so nothing that runs on this one shall hold it up. A low `nice` is not enough: a thread that has the
    processor keeps it for up to a tick, 4 ms, whatever its `nice`."""
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))


def latency(executable, folder):
    with Server(executable, f"{folder}/latency.pando") as server:
        server.ask("PUT", "/bench")
        for table in ("users", "bulk"):
            server.ask("PUT", f"/bench/{table}")
        server.fill("users", DOCUMENTS)
        ending = threading.Event()
        done = {"scans": 0, "inserted": 0}

        def scan():
            query = 'r.db("bench").table("users").filter(u => u("bio").match("y$").not().and(u("age").gt(90))).count()'
            while not ending.is_set():
                server.ask("POST", "/_reql", query.encode(), "text/plain")
                done["scans"] += 1

        def insert():
            lines = "\n".join(json.dumps({**user(n), "id": None} | {"id": f"bulk_{n}"}) for n in range(10_000)).encode()
            client = http.client.HTTPConnection("127.0.0.1", server.port)
            while not ending.is_set():
                client.putrequest("POST", "/bench/bulk?conflict=replace&durability=soft")
                client.putheader("Content-Type", "application/x-ndjson")
                client.putheader("Content-Length", str(len(lines)))
                client.endheaders()
                # As programs send files. One call with all of it would keep the kernel, and so a processor, for more than a millisecond.
                for start in range(0, len(lines), 65536):
                    client.sock.sendall(lines[start:start + 65536])
                answer = client.getresponse()
                answer.read()
                if answer.status not in (200, 201):
                    raise SystemExit(f"inserting is answered with {answer.status}")
                done["inserted"] += 10_000

        # What the machine does to anybody who answers while Pando scans and inserts.
        nginx, port = start_nginx(folder, server.ask("GET", "/bench/users/user_77"))
        loads = {"pando": [server.port, "/bench/users/user_%d"], "nginx": [port, "/file.json?%d"]}
        alone, beside = {name: [] for name in loads}, {name: [] for name in loads}
        try:
            for _ in range(TURNS):
                for name, words in loads.items():
                    alone[name].append(openload(*words, SECONDS))
                ending.clear()
                threads = [threading.Thread(target=one) for one in (scan, insert)]
                for thread in threads:
                    thread.start()
                time.sleep(0.3)
                for name, words in loads.items():
                    beside[name].append(openload(*words, SECONDS))
                ending.set()
                for thread in threads:
                    thread.join()
        finally:
            nginx.terminate()
            nginx.wait()
    print(f"latency: gets at 10,000 a second on 64 connections, {TURNS} turns of {SECONDS} s, microseconds; beside it Pando does {done['scans']} scans of "
          f"{DOCUMENTS:,} documents, {done['inserted']:,} inserts")
    for name in loads:
        for part in ("p50", "p90", "p99", "p99.9"):
            first, second = [one[part] for one in alone[name]], [one[part] for one in beside[name]]
            print(f"  {name} {part:6} alone {spread(first)}, beside {spread(second)}, ratio {statistics.median(second) / statistics.median(first):.2f}")


def seconds_until(words, is_done):
    started = time.perf_counter()
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    is_done(process)
    return time.perf_counter() - started, process


def start(executable, folder):
    ready, sqlite, memory = [], [], []
    for turn in range(max(TURNS, 9)):
        sqlite.append(seconds_until(["sqlite3", ":memory:", "select 1"], lambda process: process.wait())[0])
        words = [executable, "serve", folder / f"start{turn}.pando", "--http-port", "0", "--driver-port", "0", "--bind", "127.0.0.1"]

        def listens(process):
            port = int(process.stdout.readline().decode().strip().rsplit(":", 1)[1])
            with socket.create_connection(("127.0.0.1", port)) as client:
                client.sendall(b"GET /_health/ready HTTP/1.1\r\nHost: localhost\r\n\r\n")
                if not client.recv(4096).startswith(b"HTTP/1.1 200"):
                    sys.exit("the server is not ready")

        took, process = seconds_until(words, listens)
        ready.append(took)
        status = Path(f"/proc/{process.pid}/status").read_text()
        memory.append({name: int(re.search(rf"{name}:\s+(\d+)", status)[1]) / 1024 for name in ("VmRSS", "RssAnon", "RssFile")})
        process.terminate()
        process.wait()
    fast, slow = statistics.median(sqlite), statistics.median(ready)
    print(f"start: ready after {slow * 1e3:.1f} ms, sqlite3 {fast * 1e3:.1f} ms, ratio {slow / fast:.1f}")
    middle = {name: statistics.median(one[name] for one in memory) for name in memory[0]}
    print(f"  an empty server: {middle['VmRSS']:.1f} MiB resident, {middle['RssAnon']:.1f} its own, {middle['RssFile']:.1f} of files")

    # As many descriptors as the system lets us have, for the server too.
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    with Server(executable, f"{folder}/idle.pando", "--connections", "11000") as server:
        before = server.memory()
        clients = []
        for _ in range(10_000):
            client = socket.create_connection(("127.0.0.1", server.port))
            client.sendall(b"GET /_health/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
            clients.append(client)
            client.recv(4096)
        after = server.memory()
        for client in clients:
            client.close()
    print(f"  10,000 connections that asked once and are idle: {after - before:.1f} MiB more, {after:.1f} in all, {(after - before) * 1024 / 10_000:.1f} KiB each")


def feeds(executable, folder):
    clients, changes = 1000, 1000
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    with Server(executable, f"{folder}/feeds.pando") as server:
        server.ask("PUT", "/bench")
        server.ask("PUT", "/bench/events")
        queue = selectors.DefaultSelector()
        states = []
        for _ in range(clients):
            client = socket.create_connection(("127.0.0.1", server.port))
            client.sendall(b"GET /bench/events/_changes HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n")
            state = {"socket": client, "rest": b"", "next": 0}
            states.append(state)
            # The head says that the feed has begun: what is written from now on is in it.
            while b"\r\n\r\n" not in state["rest"]:
                state["rest"] += client.recv(65536)
            state["rest"] = state["rest"].split(b"\r\n\r\n", 1)[1]
            client.setblocking(False)
            queue.register(client, selectors.EVENT_READ, state)

        def write():
            for number in range(changes):
                server.ask("PUT", f"/bench/events/e{number}?durability=soft", {"n": number})

        started = time.perf_counter()
        writer = threading.Thread(target=write)
        writer.start()
        number = re.compile(rb'^data:.*"new_val":\{[^}]*"n":(\d+)', re.M)
        finished = 0
        while finished < clients:
            ready = queue.select(timeout=60)
            if not ready:
                sys.exit(f"only {finished} of {clients} clients have got everything")
            for key, _ in ready:
                state = key.data
                data = key.fileobj.recv(1 << 20)
                if not data:
                    sys.exit("a feed ended")
                state["rest"] += data
                end = state["rest"].rfind(b"\n\n")
                if end < 0:
                    continue
                for match in number.finditer(state["rest"][:end + 2]):
                    if int(match[1]) != state["next"]:
                        sys.exit(f"a client got change {int(match[1])} where {state['next']} was due")
                    state["next"] += 1
                state["rest"] = state["rest"][end + 2:]
                if state["next"] == changes:
                    finished += 1
                    queue.unregister(key.fileobj)
        took = time.perf_counter() - started
        writer.join()
        for state in states:
            state["socket"].close()
    print(f"feeds: {clients:,} clients got all of {changes:,} changes in order; {took:.1f} s from the first write, {clients * changes / took:,.0f} events a second")


def main():
    parts = {"rates": rates, "latency": latency, "start": start, "feeds": feeds, "encrypted": encrypted}
    for name in sys.argv[2:] or parts:
        with tempfile.TemporaryDirectory() as folder:
            parts[name](sys.argv[1], Path(folder))


if __name__ == "__main__":
    main()
