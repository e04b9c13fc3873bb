#!/usr/bin/env python3
"""What those get who want to stop a server, to fill it, to read around its permissions or to keep others out.

    attacks.py PANDO [NAME…]

Each attack has a server of its own on a new file, and real sockets; docs/SECURITY.md names them. Needs playwright and its Chromium for what
browsers do. An attack that needs a small file system is left out, and says so, where none may be mounted. The exit status is 1 if one
succeeds.
"""

import base64
import concurrent.futures
import contextlib
import http.client
import http.server
import json
import os
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
# For what takes no time on a quiet machine.
PATIENCE = 60
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
            [PANDO, "serve", self.file, "--bind", "127.0.0.1", "--http-port", "0", "--driver-port", "0", "--quiet", *options], stdout=subprocess.PIPE, text=True)
        lines = [self.process.stdout.readline().strip() for _ in range(2)]
        expect("the server starts", all(lines), lines)
        self.http, self.driver = (int(line.rsplit(":", 1)[1]) for line in lines)

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

    def peak(self):
        with open(f"/proc/{self.process.pid}/status") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) << 10

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


class Bystander(threading.Thread):
    """Somebody who reads and writes, fifty times a second, beside an attack."""

    def __init__(self, server):
        super().__init__()
        self.server = server
        self.isOver = threading.Event()
        self.times = {"GET": [], "PUT": []}
        self.failures = []

    def run(self):
        connection = self.server.connection()
        number = 0
        while not self.isOver.wait(0.02):
            number += 1
            method = "PUT" if number % 2 else "GET"
            started = time.monotonic()
            try:
                connection.request(method, "/b/other/by", '{"a": 1}' if method == "PUT" else None)
                answer = connection.getresponse()
                answer.read()
                if answer.status >= 400:
                    self.failures.append((method, answer.status))
            except OSError as error:
                self.failures.append((method, str(error)))
                connection = self.server.connection()
            self.times[method].append(time.monotonic() - started)

    def finish(self):
        self.isOver.set()
        self.join()
        expect("who reads and writes beside it is answered", not self.failures, self.failures[:3])
        texts = []
        for method, times in self.times.items():
            if not times:
                continue
            times.sort()
            texts.append(f"{method} p99 {1000 * times[int(0.99 * (len(times) - 1))]:.0f} ms")
        return ", ".join(texts)


@contextlib.contextmanager
def bystander(server):
    server.good("PUT", "/b/other/by", {"a": 0})
    one = Bystander(server)
    one.start()
    yield one
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
    """An index whose function takes long for each document, while it is being built."""
    with served("--function-time", "3600000", stops=False) as server:
        server.good('r.db("b").table("t").insert(r.range(20000).map(i => ({id: i})))')
        server.good('r.db("b").table("t").indexCreate("heavy", x => r.range(50000).coerceTo("array"))')
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
                with bystander(server), concurrent.futures.ThreadPoolExecutor(together) as pool:
                    answers = list(pool.map(lambda _: drop(server, bomb), range(together)))
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
            with bystander(server):
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
    finally:
        os.umask(before)


ATTACKS = [
    hooks, stopping_hooks, stopping_builds, many_documents, memory, large_bodies, open_streams, permissions, strangers, proxy, pages, full_disk,
    files,
]

failed = False
for attack in ATTACKS:
    if sys.argv[2:] and attack.__name__ not in sys.argv[2:]:
        continue
    print(attack.__name__, flush=True)
    begun = time.monotonic()
    try:
        attack()
        print(f"    {time.monotonic() - begun:.0f} s", flush=True)
    except Exception as error:
        failed = True
        print(f"    {'' if isinstance(error, Failure) else type(error).__name__ + ': '}{error}", flush=True)
sys.exit(1 if failed else 0)
