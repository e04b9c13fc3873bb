#!/usr/bin/env python3
"""A primary and its standby as two processes: what is written here comes there, and stays when one of them is killed.

    standby.py PANDO [ROUNDS]

First a standby follows: a first copy, changes, a large transaction, an absence, what it refuses, what it reports, and its promotion. Then
one begins to follow a primary whose commits wait for it already, and three follow one whose commits wait for two: one of them stands still, one is killed,
and the one that has most takes the primary's place. Then
ROUNDS (4) of writers with --sync-standbys 1, while the primary or the standby is killed with SIGKILL: of the primary the standby is promoted, and
every write that was acknowledged must be in it. Each round ends with a check of both files. Before that, an old primary that has writes which nobody
else has comes back as a standby: they are in a text beside its file. So it is with an encrypted file, where the text is sealed.
"""

import base64
import http.client
import json
import os
import random
import shutil
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

PANDO = os.path.abspath(sys.argv[1])
ROUNDS = int(sys.argv[2]) if len(sys.argv) > 2 else 4
FOLDER = Path(tempfile.mkdtemp(prefix="pando-standby-"))
SEED = int(os.environ.get("PANDO_STANDBY_SEED", random.randrange(1 << 30)))
choose = random.Random(SEED)
servers = []


class Failure(Exception):
    pass


class Server:
    def __init__(self, name, *options, port=0):
        self.name, self.options = name, options
        self.process = subprocess.Popen(
            [PANDO, "serve", name, "--http-port", str(port), "--bind", "127.0.0.1", "--driver-port", "none", "--pg-port", "none", *options],
            cwd=FOLDER, stdout=subprocess.PIPE, stderr=open(FOLDER / f"{name}.messages", "ab"))
        servers.append(self)
        line = self.process.stdout.readline().decode().strip()
        if not line.startswith("http://"):
            raise Failure(f"serve {name} prints {line!r}: {(FOLDER / f'{name}.messages').read_text()[-2000:]}")
        self.port = int(line.rsplit(":", 1)[1].rstrip("/"))
        self.address = f"127.0.0.1:{self.port}"

    def ask(self, method, path, body=None, timeout=30, connection=None, fields={}):
        own = connection or http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        data = None if body is None else json.dumps(body).encode()
        own.request(method, path, data, fields | ({"Content-Type": "application/json"} if data else {}))
        answer = own.getresponse()
        text = answer.read()
        if connection is None:
            own.close()
        return answer.status, json.loads(text) if text[:1] in (b"{", b"[") else text.decode(errors="replace")

    def query(self, text):
        status, answer = self.ask("POST", "/_reql", {"query": text})
        if status != 200:
            raise Failure(f"{text}: {status} {answer}")
        return answer["result"]

    def replication(self):
        return self.ask("GET", "/_status")[1]["replication"]

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            if self.process.wait(30) != 0:
                raise Failure(f"{self.name} ends with {self.process.returncode}: {(FOLDER / f'{self.name}.messages').read_text()[-2000:]}")


def expect(what, got, wanted):
    if got != wanted:
        raise Failure(f"{what}: {str(got)[:800]!r} instead of {str(wanted)[:800]!r}")


def until(what, condition, seconds=60):
    end = time.monotonic() + seconds
    while True:
        try:
            if condition():
                return
        except (OSError, http.client.HTTPException):
            pass
        if time.monotonic() > end:
            raise Failure(f"it does not come about: {what}")
        time.sleep(0.02)


def check(name, *key):
    done = subprocess.run([PANDO, "check", name, *key], cwd=FOLDER, capture_output=True, text=True)
    if "is sound" not in done.stdout:
        raise Failure(f"check {name}: {done.stdout}{done.stderr}")


def export(name):
    done = subprocess.run([PANDO, "export", name, "app.docs"], cwd=FOLDER, capture_output=True, text=True, check=True)
    return done.stdout


def follows(standby, primary):
    """Waits until the standby has what the primary has now."""
    count = primary.query('r.db("app").table("docs").count()')
    until("the same count", lambda: standby.query('r.db("app").table("docs").count()') == count)
    mark = f"mark-{random.random()}"
    expect("the mark", primary.ask("PUT", f"/app/docs/{mark}", {"mark": True})[0] in (200, 201), True)
    until("the mark", lambda: standby.ask("GET", f"/app/docs/{mark}")[0] == 200)


def following():
    primary = Server("primary.pando")
    for path in ("/app", "/app/docs"):
        primary.ask("PUT", path)
    expect("an index", primary.ask("POST", "/app/docs/_index", {"name": "n"})[0], 201)
    expect("documents", primary.ask("POST", "/app/docs", [{"id": f"d{n:05}", "n": n} for n in range(5000)])[0], 201)
    standby = Server("standby.pando", "--standby-of", primary.address)
    follows(standby, primary)
    expect("the role", standby.replication()["role"], "standby")
    expect("the primary's address", standby.replication()["primary"], primary.address)
    until("the primary knows it", lambda: len(primary.replication()["standbys"]) == 1)
    row = standby.query('r.db("rethinkdb").table("server_status")("replication").nth(0)')
    expect("server_status", (row["role"], row["connected"]), ("standby", True))
    expect("the metric", "pando_standby_lag_seconds" in standby.ask("GET", "/_metrics")[1], True)

    # What it refuses, with the primary's address.
    for status, answer in [
        standby.ask("PUT", "/app/docs/x", {"a": 1}), standby.ask("PUT", "/other"), standby.ask("POST", "/app/docs", [{"id": 1}]),
        standby.ask("POST", "/_reql", {"query": 'r.db("app").table("docs").get("d00001").delete()'}),
        standby.ask("POST", "/_sql", {"query": "DELETE FROM docs", "db": "app"}),
        standby.ask("POST", "/_reql", {"query": 'r.db("app").table("docs").changes()'}),
    ]:
        if status < 400 or primary.address not in str(answer):
            raise Failure(f"a standby answers a write with {status} {answer}")
    expect("an index is read", standby.query('r.db("app").table("docs").getAll(17, {index: "n"}).count()'), 1)
    expect("SQL reads", standby.ask("POST", "/_sql", {"query": "SELECT count(*) FROM docs WHERE n < 10", "db": "app"})[0], 200)

    # Changes of all kinds: small, a range, a large transaction, another table.
    for n in range(200):
        primary.ask("PUT", f"/app/docs/e{n}", {"n": -n})
    primary.query('r.db("app").table("docs").between("d01000", "d02000").delete()')
    primary.query('r.range(20000).forEach(n => r.db("app").table("docs").insert({id: r.expr("f").add(n.coerceTo("string")), n: n, text: "' + "x" * 200 + '"}))')
    primary.ask("PUT", "/app/more")
    primary.ask("PUT", "/app/more/one", {"a": 1})
    follows(standby, primary)
    until("the other table", lambda: standby.ask("GET", "/app/more/one")[0] == 200)

    # Away: stopped, killed, and the primary killed.
    standby.stop()
    primary.query('r.db("app").table("docs").filter({mark: true}).delete()')
    primary.ask("PUT", "/app/docs/away", {"n": 1})
    standby = Server("standby.pando", "--standby-of", primary.address)
    follows(standby, primary)
    standby.kill()
    standby = Server("standby.pando", "--standby-of", primary.address)
    follows(standby, primary)
    port = primary.port
    primary.kill()
    until("it says that nobody answers", lambda: not standby.replication()["connected"])
    expect("it reads without its primary", standby.ask("GET", "/app/docs/away")[0], 200)
    primary = Server("primary.pando", port=port)
    follows(standby, primary)
    until("it is connected", lambda: standby.replication()["connected"])
    expect("equal contents", export("standby.pando"), export("primary.pando"))

    # Without --standby-of it takes no writes either.
    standby.stop()
    done = subprocess.run([PANDO, "query", "standby.pando", 'r.db("app").table("docs").insert({})'], cwd=FOLDER, capture_output=True, text=True)
    expect("a write to the file of a standby", (done.returncode, "pando promote" in done.stderr), (1, True))
    done = subprocess.run([PANDO, "serve", "primary2.pando", "--standby-of", "127.0.0.1:1", "--http-port", "0"], cwd=FOLDER, capture_output=True, text=True)
    expect("a primary that isn't there", (done.returncode, "127.0.0.1:1" in done.stderr), (1, True))

    # Promotion.
    standby = Server("standby.pando", "--standby-of", primary.address)
    follows(standby, primary)
    expect("promoting a primary", primary.ask("POST", "/_admin/promote")[0], 403)
    opening = primary.query('r.db("app").table("docs").count()')
    began = time.monotonic()
    status, answer = standby.ask("POST", "/_admin/promote")
    expect("promoting", (status, answer.get("role")), (200, "primary"))
    expect("a write after it", standby.ask("PUT", "/app/docs/after", {"n": 1})[0], 201)
    print(f"promotion and a first write took {time.monotonic() - began:.3f} s", flush=True)
    expect("the documents", standby.query('r.db("app").table("docs").count()'), opening + 1)
    primary.stop()
    third = Server("third.pando", "--standby-of", standby.address)
    follows(third, standby)
    Server("stranger.pando").stop()
    done = subprocess.run([PANDO, "serve", "stranger.pando", "--standby-of", standby.address, "--http-port", "0"], cwd=FOLDER, capture_output=True, text=True)
    expect("a file with contents of its own", (done.returncode, "contents of its own" in done.stderr), (1, True))
    third.stop()
    standby.stop()
    expect("promote on a file", subprocess.run([PANDO, "promote", "third.pando"], cwd=FOLDER).returncode, 0)
    expect("a write then", subprocess.run([PANDO, "query", "third.pando", 'r.db("app").table("docs").insert({id: 1})'], cwd=FOLDER,
                                          capture_output=True).returncode, 0)
    for name in ("primary.pando", "standby.pando", "third.pando"):
        check(name)


def expect_little(name, primary):
    """What came to a file that was there before is a quarter of everything, at most."""
    found = re.findall(r"what differed came in (\d+) bytes", (FOLDER / f"{name}.messages").read_text())
    expect(f"how often what differed came to {name}", len(found), 1)
    connection = http.client.HTTPConnection("127.0.0.1", primary.port, timeout=60)
    connection.request("GET", "/_replica")
    whole = len(connection.getresponse().read())
    connection.close()
    print(f"{name}: {found[0]} bytes in place of {whole}", flush=True)
    if int(found[0]) * 4 > whole:
        raise Failure(f"{found[0]} bytes came to {name}, where everything is {whole}")


def digest(name, *key):
    return subprocess.run([PANDO, "digest", name, *key], cwd=FOLDER, capture_output=True, text=True, check=True).stdout


def coming_back(name, *key):
    """An old primary that was ahead of its standby follows it once that was promoted; what it alone had is kept."""
    old = Server(f"{name}.pando", *key)
    for path in ("/app", "/app/docs"):
        old.ask("PUT", path)
    expect("documents", old.ask("POST", "/app/docs", [{"id": f"d{n:05}", "n": n} for n in range(12000)])[0], 201)
    # What waits to be written to its place counts as new.
    old.stop()
    old = Server(f"{name}.pando", *key)
    new = Server(f"{name}-new.pando", "--standby-of", old.address, *key)
    follows(new, old)
    # One more, which follows the old primary and will find another one at its address.
    other = Server(f"{name}-other.pando", "--standby-of", old.address, *key)
    follows(other, old)
    other.stop()
    old.ask("PUT", "/app/docs/between", {"n": 1})
    until("the standby has it", lambda: new.ask("GET", "/app/docs/between")[0] == 200)
    new.process.send_signal(signal.SIGSTOP)
    # An answer may be on its way to it, with the first thing that is written.
    old.ask("PUT", "/app/docs/first", {"n": 1})
    time.sleep(0.2)
    for n in range(20):
        expect("a write that nobody gets", old.ask("PUT", f"/app/docs/lost{n}", {"word": f"Hippopotamus{n}"})[0], 201)
    expect("a change that nobody gets", old.ask("PUT", "/app/docs/d00007", {"n": "changed"})[0], 200)
    old.kill()
    new.process.send_signal(signal.SIGCONT)
    until("it says that nobody answers", lambda: not new.replication()["connected"])
    expect("promoting", new.ask("POST", "/_admin/promote")[0], 200)
    expect("what nobody got", new.ask("GET", "/app/docs/lost3")[0], 404)
    expect("a write after it", new.ask("PUT", "/app/docs/won", {"n": 1})[0], 201)
    expect("of a file that it does not know", new.ask("GET", "/_replica/origin?file=00000000-0000-4000-8000-000000000000")[0], 404)

    old = Server(f"{name}.pando", "--standby-of", new.address, *key)
    follows(old, new)
    expect_little(f"{name}.pando", new)
    other = Server(f"{name}-other.pando", "--standby-of", new.address, *key)
    follows(other, new)
    count = 'r.db("app").table("docs").count()'
    for server in (old, other):
        until("the same count", lambda server=server: server.query(count) == new.query(count))
        expect("the role", (server.replication()["role"], server.replication()["primary"]), ("standby", new.address))
        expect("what nobody got", server.ask("GET", "/app/docs/lost3")[0], 404)
        expect("what came back", server.ask("GET", "/app/docs/d00007")[1].get("n"), 7)
        server.stop()
    new.stop()
    for server in (old, other):
        expect("equal contents", digest(server.name, *key), digest(new.name, *key))
        check(server.name, *key)
    texts = sorted(path.name for path in FOLDER.glob(f"{name}*.diverged-*"))
    expect("one text", (len(texts), texts[0].startswith(f"{name}.pando.diverged-")), (1, True))
    expect("who may read it", os.stat(FOLDER / texts[0]).st_mode & 0o777, 0o600)
    expect("the notice", texts[0] in (FOLDER / f"{name}.pando.messages").read_text(), True)
    if key:
        expect("its name", texts[0].endswith(".ndjson.sealed"), True)
        for path in FOLDER.glob(f"{name}*.pando*"):
            if not path.name.endswith(".messages"):
                expect(f"a word in the clear in {path.name}", b"Hippopotamus" in path.read_bytes(), False)
    else:
        lines = [json.loads(line) for line in (FOLDER / texts[0]).read_text().splitlines()]
        found = {line["document"]["id"]: line["document"] for line in lines if (line.get("database"), line.get("table")) == ("app", "docs")}
        expect("the lost ones", [found.get(f"lost{n}", {}).get("word") for n in range(20)], [f"Hippopotamus{n}" for n in range(20)])
        expect("the lost change", found.get("d00007", {}).get("n"), "changed")
    # Either kind can be read into a table.
    done = subprocess.run([PANDO, "import", new.name, "app.lost", texts[0], "--create", *key], cwd=FOLDER, capture_output=True, text=True)
    expect(f"pando import: {done.stderr}", done.returncode, 0)
    count = 'r.db("app").table("lost").filter(r.row("document")("id").match("^lost")).count()'
    done = subprocess.run([PANDO, "query", new.name, count, *key], cwd=FOLDER, capture_output=True, text=True)
    expect(f"the lost ones in a table: {done.stderr}", done.stdout.strip(), "20")


def resync():
    """A file that was put back from an older backup shares no position with the primary."""
    old = Server("put.pando")
    for path in ("/app", "/app/docs"):
        old.ask("PUT", path)
    expect("documents", old.ask("POST", "/app/docs", [{"id": f"d{n:05}", "n": n} for n in range(12000)])[0], 201)
    old.stop()
    shutil.copy(FOLDER / "put.pando", FOLDER / "put.backup")
    old = Server("put.pando")
    new = Server("put-new.pando", "--standby-of", old.address)
    expect("documents after the backup", old.ask("POST", "/app/docs", [{"id": f"later{n}", "n": n} for n in range(50)])[0], 201)
    follows(new, old)
    old.kill()
    expect("promoting", new.ask("POST", "/_admin/promote")[0], 200)
    expect("a document that goes", new.ask("DELETE", "/app/docs/d05000")[0] in (200, 204), True)
    shutil.copy(FOLDER / "put.backup", FOLDER / "put.pando")
    put = Server("put.pando")
    expect("a document of its own", put.ask("PUT", "/app/docs/own", {"word": "Hippopotamus"})[0], 201)
    put.stop()
    before = digest("put.pando")
    done = subprocess.run([PANDO, "serve", "put.pando", "--standby-of", new.address, "--http-port", "0"], cwd=FOLDER, capture_output=True, text=True)
    expect("without --resync", (done.returncode, "--resync" in done.stderr, digest("put.pando")), (1, True, before))
    put = Server("put.pando", "--standby-of", new.address, "--resync")
    follows(put, new)
    expect_little("put.pando", new)
    expect("its own document", put.ask("GET", "/app/docs/own")[0], 404)
    expect("what it did not have", put.ask("GET", "/app/docs/later7")[0], 200)
    expect("what has gone", put.ask("GET", "/app/docs/d05000")[0], 404)
    texts = sorted(path.name for path in FOLDER.glob("put.pando.diverged-*"))
    expect("one text", len(texts), 1)
    lines = [json.loads(line) for line in (FOLDER / texts[0]).read_text().splitlines()]
    found = {line["document"]["id"]: line["document"] for line in lines if "document" in line}
    expect("its own document in the text", found.get("own", {}).get("word"), "Hippopotamus")
    put.stop()
    new.stop()
    expect("equal contents", digest("put.pando"), digest("put-new.pando"))
    check("put.pando")


SYNC = ("--sync-standbys", "1", "--sync-timeout", "never")


def beginning():
    """A first standby of a primary whose commits wait for one: the token that it needs waits for nobody, all else does."""
    primary = Server("first.pando", *SYNC, "--initial-password", "secret")
    password = {"Authorization": "Basic " + base64.b64encode(b"admin:secret").decode()}
    status, answer = primary.ask("POST", "/_admin/tokens", {"user": "admin"}, timeout=10, fields=password)
    expect("a token without a standby", status, 201)
    expect("whether commits are degraded", primary.ask("GET", "/_status", fields=password)[1]["replication"]["degraded"], True)
    made = []
    thread = threading.Thread(target=lambda: made.append(primary.ask("PUT", "/app", fields=password)[0]), daemon=True)
    thread.start()
    thread.join(1)
    expect("a database without a standby", made, [])
    (FOLDER / "token").write_text(answer["token"] + "\n")
    standby = Server("first-standby.pando", "--standby-of", primary.address, "--token-file", "token")
    thread.join(30)
    expect("the database with one", made, [201])
    token = {"Authorization": f"Bearer {answer['token']}"}
    until("the database at the standby", lambda: standby.ask("GET", "/app", fields=token)[0] == 200)
    # Clients that are alone at their threads of the server must not keep a standby from being answered there.
    expect("a table", primary.ask("PUT", "/app/docs", fields=password)[0], 201)
    standby.stop()
    answers = []
    threads = [threading.Thread(target=lambda name=name: answers.append(primary.ask("PUT", f"/app/docs/{name}", {}, fields=password)[0]), daemon=True)
               for name in ("one", "two")]
    for thread in threads:
        thread.start()
        time.sleep(0.3)
    expect("documents without a standby", answers, [])
    standby = Server("first-standby.pando", "--standby-of", primary.address, "--token-file", "token")
    for thread in threads:
        thread.join(30)
    expect("the documents with one", answers, [201, 201])
    expect("whether commits are degraded then", primary.ask("GET", "/_status", fields=token)[1]["replication"]["degraded"], False)
    standby.stop()
    primary.stop()


def transaction(standby):
    """The number of the primary's commit that it has."""
    return int(standby.replication()["position"].rsplit(".", 1)[-1])


def three_standbys():
    """Commits wait for two of three, whichever these are: what was acknowledged is in any two of them."""
    words = ("--sync-standbys", "2", "--sync-timeout", "never")
    primary = Server("of-three.pando", *words)
    making = threading.Thread(target=lambda: [primary.ask("PUT", path) for path in ("/app", "/app/docs")], daemon=True)
    making.start()
    standbys = [Server(f"three-{number}.pando", "--standby-of", primary.address, *words) for number in range(3)]
    making.join(30)
    for standby in standbys:
        follows(standby, primary)
    until("the primary knows three", lambda: len(primary.replication()["standbys"]) == 3)
    acknowledged, stop = [], threading.Event()

    def work(number):
        connection = http.client.HTTPConnection("127.0.0.1", primary.port, timeout=60)
        while not stop.is_set():
            number += 1
            try:
                if primary.ask("PUT", f"/app/docs/t{number}", {"n": number}, connection=connection)[0] in (200, 201):
                    acknowledged.append(f"t{number}")
            except (OSError, http.client.HTTPException):
                return

    def go_on(what):
        before = len(acknowledged)
        until(what, lambda: len(acknowledged) > before + 20)

    threads = [threading.Thread(target=work, args=(1_000_000 * number,), daemon=True) for number in range(1, 5)]
    for thread in threads:
        thread.start()
    go_on("writes with three standbys")
    still, dead, left = choose.sample(standbys, 3)
    still.process.send_signal(signal.SIGSTOP)
    go_on("writes while one of three stands still")
    dead.kill()

    def is_quiet():
        before = len(acknowledged)
        time.sleep(1)
        return len(acknowledged) == before

    # What the two had acknowledged may be on its way to clients.
    until("one of three is too few", is_quiet)
    still.process.send_signal(signal.SIGCONT)
    go_on("writes when the one that stood still goes on")
    dead = Server(dead.name, "--standby-of", primary.address, *words)
    number = primary.replication()["transaction"]
    until("it has what there was when it came back", lambda: transaction(dead) >= number)
    dead.process.send_signal(signal.SIGSTOP)
    go_on("writes beside the one that came back")
    primary.kill()
    stop.set()
    for thread in threads:
        thread.join(30)
    dead.process.send_signal(signal.SIGCONT)
    all_three = [still, dead, left]
    for standby in all_three:
        until("it says that nobody answers", lambda standby=standby: not standby.replication()["connected"])
    numbers = [transaction(standby) for standby in all_three]
    new = all_three[numbers.index(max(numbers))]
    expect("promoting", new.ask("POST", "/_admin/promote")[0], 200)
    have = set(new.query('r.db("app").table("docs")("id").coerceTo("array")'))
    lost = set(acknowledged) - have
    expect(f"seed {SEED}: acknowledged writes that are lost of {len(acknowledged)}, positions {numbers}", sorted(lost)[:5], [])
    others = []
    for standby in all_three:
        if standby is not new:
            standby.stop()
            others.append(Server(standby.name, "--standby-of", new.address, *words))
    for standby in others:
        follows(standby, new)
    for server in (*others, new):
        server.stop()
    for standby in others:
        expect("equal contents", digest(standby.name), digest(new.name))
        check(standby.name)
    print(f"three standbys: {len(acknowledged)} acknowledged writes, none lost", flush=True)


def killing():
    """Acknowledged writes survive the death of either process."""
    number, generation = 0, 0
    acknowledged = {}
    primary = Server(f"p{generation}.pando", *SYNC)
    standby = None
    for path in ("/app", "/app/docs"):
        # Nobody follows yet, and a commit waits for somebody.
        threading.Thread(target=lambda path=path: primary.ask("PUT", path), daemon=True).start()
        if standby is None:
            time.sleep(0.2)
            standby = Server(f"s{generation}.pando", "--standby-of", primary.address, *SYNC)
        until(path, lambda: primary.ask("GET", path + ("" if path == "/app" else "/_info"))[0] == 200)
    for turn in range(ROUNDS):
        stop = threading.Event()
        lock = threading.Lock()
        counter = [number]

        def work(server):
            connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
            while not stop.is_set():
                with lock:
                    counter[0] += 1
                    mine = counter[0]
                try:
                    status, _ = server.ask("PUT", f"/app/docs/w{mine}", {"turn": turn, "value": mine}, connection=connection)
                    if status in (200, 201):
                        with lock:
                            acknowledged[f"w{mine}"] = mine
                except (OSError, http.client.HTTPException):
                    return

        threads = [threading.Thread(target=work, args=(primary,), daemon=True) for _ in range(6)]
        for thread in threads:
            thread.start()
        time.sleep(choose.uniform(0.2, 1.0))
        if choose.random() < 0.5:
            standby.kill()
            time.sleep(choose.uniform(0, 0.3))
            standby = Server(standby.name, "--standby-of", primary.address, *SYNC)
            time.sleep(choose.uniform(0.1, 0.4))
            stop.set()
            for thread in threads:
                thread.join(30)
            what = "standby"
        else:
            primary.kill()
            stop.set()
            for thread in threads:
                thread.join(30)
            expect("promoting", standby.ask("POST", "/_admin/promote")[0], 200)
            check(primary.name)
            (FOLDER / primary.name).unlink()
            generation += 1
            primary = standby
            standby = Server(f"s{generation}.pando", "--standby-of", primary.address, *SYNC)
            what = "primary"
        number = counter[0]
        have = {row["id"]: row["value"] for row in json.loads(json.dumps(primary.query(
            'r.db("app").table("docs").orderBy({index: "id"}).coerceTo("array")')))}
        lost = [key for key, value in acknowledged.items() if have.get(key) != value]
        if lost:
            raise Failure(f"seed {SEED}, round {turn}, after the {what} was killed: {len(lost)} acknowledged writes are lost, {lost[:5]}")
        if turn % 50 == 49 or turn == ROUNDS - 1:
            print(f"round {turn + 1}: {len(acknowledged)} acknowledged writes, none lost", flush=True)
        if len(acknowledged) > 20000:
            acknowledged.clear()
            primary.query('r.db("app").table("docs").delete()')
    follows(standby, primary)
    primary.stop()
    standby.stop()
    check(primary.name)
    check(standby.name)


try:
    following()
    print("ok: following and promotion", flush=True)
    coming_back("back")
    print("ok: an old primary comes back", flush=True)
    (FOLDER / "key").write_bytes(os.urandom(32))
    os.chmod(FOLDER / "key", 0o600)
    coming_back("sealed", "--key-file", "key")
    print("ok: an old primary of an encrypted file comes back", flush=True)
    resync()
    print("ok: a file that was put back", flush=True)
    beginning()
    print("ok: the first standby of commits that wait", flush=True)
    three_standbys()
    print("ok: three standbys", flush=True)
    killing()
    print("ok: killing", flush=True)
except Failure as failure:
    print(f"FAILED (seed {SEED}): {failure}", file=sys.stderr)
    for path in sorted(FOLDER.glob("*.messages")):
        print(f"--- {path.name}\n{path.read_text()[-1500:]}", file=sys.stderr)
    sys.exit(1)
finally:
    for server in servers:
        if server.process.poll() is None:
            server.process.kill()
    shutil.rmtree(FOLDER, ignore_errors=True)
