#!/usr/bin/env python3
"""What stands between `pando serve postgresql://…` and PostgreSQL fails: commits whose end is told wrongly or not at all, and connections that end.

    engine_faults.py PANDO [ROUNDS [SEED]]

A proxy (engine_proxy.py) cuts the connection before COMMIT leaves, after it has left and once it is answered, ROUNDS times each (20), has
COMMIT answered by 40003 and by a warning, as often with something committed as with nothing, by conflicts and late; below one process and below two.
Each write that was acknowledged is there, once; of those that failed nothing is; nobody is told that nobody knows; a feed tells each of them.
Then a fifth of all commits conflict under the steps of engine.py and engine_processes.py, so that what has effects beyond its transaction shows.
The exit status is 1 if anything differs. A few rounds of it are a step of engine.py.
"""

import collections
import contextlib
import http.client
import json
import random
import shutil
import subprocess
import sys
import threading
import time

from engine_proxy import CUTS, Every, Proxied
from engine_texts import undocumented
from engine_tools import BIN, FOLDER, Failure, PostgreSQL, expect, expect_in, pando, served

SEVERAL = ("--processes", "several")
TOLD = ("unknown", "unknown, done", "warning", "warning, done", "conflict", "late")
# A block that was set aside, because a statement of it took longer than the grace, and that another process came before.
OVERTAKEN = "40001: could not serialize access due to concurrent update"
# What clients may be told, and nothing else.
DOCUMENTED = {"alone": (), "several": ("was lost in the middle of a transaction", "under way for so long", OVERTAKEN)}


class Client:
    """Writes one thing after the other, and notes what it was told of each."""

    def __init__(self, server, name, kind):
        self.server, self.name, self.kind = server, name, kind
        self.done, self.failed, self.unknown, self.refusals = set(), set(), set(), []
        self.error = None
        self.is_over = False
        self.session = None
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        number = 0
        try:
            while not self.is_over:
                token = f"{self.name}-{number}"
                number += 1
                told = getattr(self, self.kind)(token)
                if told is None:
                    self.done.add(token)
                    continue
                (self.unknown if any(text in told for text in ("nobody knows", "40003", "ReqlOpIndeterminateError")) else self.failed).add(token)
                self.refusals.append(told)
        except Exception as error:
            self.error = error
        finally:
            if self.session:
                self.session.kill()
                self.session.communicate()

    def ask(self, text, *path):
        """What the answer says instead of 1; None if it is 1."""
        status, answer = self.server.request("POST", "/_reql", json.dumps({"query": text}), timeout=120)
        if status == 200:
            result = json.loads(answer)["result"]
            for name in path:
                result = result[name]
            return None if result == 1 else answer
        return answer

    def insert(self, token):
        return self.ask(f"r.db('faults').table('told').insert({{id: '{token}'}})", "inserted")

    def append(self, token):
        place = random.randrange(3)
        return self.ask(f"r.db('faults').table('lists').get({place}).update({{all: r.row('all').append('{token}')}})", "replaced")

    def add(self, token):
        return self.ask("r.db('faults').table('sums').get(0).update({n: r.row('n').add(1)})", "replaced")

    def block(self, token):
        """A transaction of several statements, by SQL."""
        if not self.session:
            self.session = subprocess.Popen(
                [f"{BIN}/psql", "-XAtq", "-v", "VERBOSITY=verbose", f"host=127.0.0.1 port={self.server.sql} user=admin dbname=faults"],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        with contextlib.suppress(BrokenPipeError):
            self.session.stdin.write(
                f"BEGIN; INSERT INTO noted VALUES ('{token}'); UPDATE total SET n = n + 1 WHERE id = 0; COMMIT;\n\\echo end of {token}\n")
            self.session.stdin.flush()
        told = ""
        while True:
            line = self.session.stdout.readline()
            if not line:
                # It was let in by nobody, and so has done nothing.
                if "connection to server" not in told:
                    raise Failure(f"psql has ended: {told}")
                self.session.communicate()
                self.session = None
                return told
            if line.strip() == f"end of {token}":
                return told or None
            told += line


class Feed:
    """What a feed of the table of inserts tells."""

    def __init__(self, server):
        self.ids, self.is_ready, self.end = [], threading.Event(), None
        self.connection = http.client.HTTPConnection("127.0.0.1", server.http, timeout=300)
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()
        if not self.is_ready.wait(30):
            raise Failure("A feed does not begin.")

    def run(self):
        with contextlib.suppress(OSError, ValueError, AttributeError, http.client.HTTPException):
            self.connection.request("POST", "/_reql", json.dumps({"query": "r.db('faults').table('told').changes({includeStates: true})"}),
                                    {"Content-Type": "application/json", "Accept": "application/x-ndjson"})
            answer = self.connection.getresponse()
            while line := answer.readline():
                row = json.loads(line)
                if row.get("state") == "ready":
                    self.is_ready.set()
                elif row.get("new_val"):
                    self.ids.append(row["new_val"]["id"])
                else:
                    self.end = line

    def check(self, stored, may_end=False):
        deadline = time.time() + 30
        while len(self.ids) < len(stored) and time.time() < deadline and self.thread.is_alive():
            time.sleep(0.05)
        expect("changes that a feed told twice", len(self.ids), len(set(self.ids)))
        if self.end is None or not may_end:
            expect("what a feed says beside changes", self.end, None)
            expect("changes that no feed told", sorted(stored - set(self.ids))[:5], [])
        expect("what a feed told and is not there", sorted(set(self.ids) - stored)[:5], [])


def run(servers, documented, proxied, choose, until, feeds_may_end=False):
    """Clients write while commits go wrong. What they were told must be so."""
    one = servers[0]
    one.query("r.db('faults').table('told').delete()")
    one.query("r.db('faults').table('sums').insert({id: 0, n: 0}, {conflict: 'replace'})")
    one.query("r.db('faults').table('lists').insert(r.range(3).map(i => ({id: i, all: []})), {conflict: 'replace'})")
    proxied.ask("DELETE FROM noted; UPDATE total SET n = 0;", one.sql, "admin", "faults")
    feeds = [Feed(server) for server in servers]
    proxied.proxy.choose = choose
    clients = [Client(servers[number // 4 % len(servers)], f"{kind}{number}", kind)
               for number, kind in enumerate(["insert", "append", "add", "block"] * 2 * len(servers))]
    try:
        until(clients)
    finally:
        proxied.proxy.choose = lambda kind: None
        for client in clients:
            client.is_over = True
        for client in clients:
            client.thread.join(120)
    for client in clients:
        if client.error or client.thread.is_alive():
            raise Failure(f"{client.name}: {client.error or 'has no answer'}")
    told = collections.Counter()
    for text in [text for client in clients for text in client.refusals]:
        known = [part for part in documented if part in text]
        if not known:
            raise Failure(f"A client was told what is not documented: {text[:1500]}")
        told[known[0]] += 1
    sets = lambda kind: [set().union(*(getattr(client, name) for client in clients if client.kind == kind)) for name in ("done", "failed", "unknown")]
    lists = one.query("r.db('faults').table('lists')('all').coerceTo('array')")
    appended = [token for all in lists for token in all]
    stored = {
        "insert": one.query("r.db('faults').table('told')('id').coerceTo('array')"), "append": appended,
        "block": proxied.ask("SELECT * FROM noted;", one.sql, "admin", "faults").split()}
    for kind, tokens in stored.items():
        done, failed, unknown = sets(kind)
        expect(f"{kind}: told that nobody knows", sorted(unknown)[:5], [])
        expect(f"{kind}: acknowledged and not there", sorted(done - set(tokens))[:5], [])
        expect(f"{kind}: failed and there", sorted(failed & set(tokens))[:5], [])
        expect(f"{kind}: never sent and there", sorted(set(tokens) - done - failed)[:5], [])
        expect(f"{kind}: there twice", len(tokens) - len(set(tokens)), 0)
    expect("additions", one.query("r.db('faults').table('sums').get(0)('n')"), len(sets("add")[0]))
    expect("additions of blocks", proxied.ask("SELECT n FROM total;", one.sql, "admin", "faults"), str(len(sets("block")[0])))
    for feed in feeds:
        feed.check(set(stored["insert"]), feeds_may_end)
        if feed.connection.sock:
            feed.connection.sock.close()
    counts = {client.kind: 0 for client in clients}
    for client in clients:
        counts[client.kind] += len(client.done)
    if not all(counts.values()):
        raise Failure(f"Not every kind of write was acknowledged: {counts}")
    return f"acknowledged {counts}" + "".join(f"; “{text}” {count} times" for text, count in told.items())


def all_have_written(clients):
    """Whether each kind of write was acknowledged."""
    return {client.kind for client in clients} == {client.kind for client in clients if client.done}


def make(server, source):
    server.query("r.dbCreate('faults')")
    for name in ["told", "sums", "lists"]:
        server.query(f"r.db('faults').tableCreate('{name}')")
    source.ask("CREATE TABLE noted (id text PRIMARY KEY); CREATE TABLE total (id int PRIMARY KEY, n bigint); INSERT INTO total VALUES (0, 0);",
               server.sql, "admin", "faults")


@contextlib.contextmanager
def through(source, database, sort, seed):
    """Pando below a proxy, with an empty database: one process or two."""
    source.ask(f"CREATE DATABASE {database};")
    words = SEVERAL if sort == "several" else ()
    with Proxied(source, seed) as proxied, contextlib.ExitStack() as stack:
        url = proxied.url(database)
        servers = [stack.enter_context(served(url, *words)) for _ in range(2 if sort == "several" else 1)]
        make(servers[0], source)
        yield proxied, servers
        expect("what was asked and is not documented", undocumented(proxied.proxy.asked), [])
    expect_in("check", pando("check", source.url(database)), "is sound")


def cuts(source, rounds, seed):
    """So many at each place."""
    for sort in DOCUMENTED:
        with through(source, f"cuts_{sort}", sort, seed) as (proxied, servers):
            for faults in [[place] for place in CUTS] + [list(TOLD)]:
                choose = Every(faults, 0.5, seed, limit=rounds if len(faults) == 1 else max(2, rounds // 4))
                before = proxied.proxy.counts.copy()

                def until(clients):
                    deadline = time.time() + 60 + 3 * rounds
                    while not (choose.is_over and all_have_written(clients)):
                        if time.time() > deadline:
                            raise Failure(f"{sort}: {choose.left} of the faults are left, or a kind of write is never acknowledged.")
                        for client in clients:
                            if client.error:
                                return
                        time.sleep(0.02)
                    time.sleep(0.3)

                start = time.time()
                told = run(servers, DOCUMENTED[sort], proxied, choose, until)
                counts = proxied.proxy.counts - before
                print(f"    {sort}: {', '.join(f'{fault} {counts[fault]} times' for fault in faults)} in {counts['write']} commits and "
                      f"{counts['settle']} that settled, {time.time() - start:.1f} s; {told}", flush=True)


def refused(source, rounds, seed):
    """All connections end, and new ones are refused for a while. Reads fail meanwhile; each write is told of rightly."""
    chance = random.Random(seed)
    words = ("has ended the connection", "No server answers", "was lost in the middle of a transaction", "under way for so long")
    for sort in DOCUMENTED:
        with through(source, f"refused_{sort}", sort, seed) as (proxied, servers):
            proxied.proxy.delay = 0.004

            def until(clients):
                for _ in range(rounds):
                    time.sleep(chance.uniform(0.1, 0.5))
                    proxied.proxy.refuse()
                    time.sleep(chance.choice([0, 0.05, 0.4]))
                    proxied.proxy.go_on()
                deadline = time.time() + 60
                while not all_have_written(clients) and not any(client.error for client in clients) and time.time() < deadline:
                    time.sleep(0.05)
                time.sleep(1)

            # Among several, one whose metadata can't be read meanwhile ends, and says so.
            told = run(servers, words + DOCUMENTED[sort], proxied, lambda kind: None, until, feeds_may_end=sort == "several")
            print(f"    {sort}: {rounds} times all connections ended; {told}", flush=True)


def conflicts(source, share=0.2, seed=None):
    """The steps of engine.py and engine_processes.py while so many of all commits conflict."""
    import engine
    import engine_processes

    source.ask("CREATE DATABASE conflicts;")
    with Proxied(source, seed) as proxied:
        url = proxied.url
        proxied.url = lambda database="conflicts", *words, **parameters: url(database, *words, **parameters)
        proxied.proxy.choose = Every(["conflict"], share, seed)
        # Among several a commit that conflicts is refused if another one has been made meanwhile: so only what is asked one after the other.
        for step in [
            engine.documents_indexes_and_statements, engine.feeds, engine.the_driver, engine_processes.what_one_does_the_others_see,
        ]:
            start = time.time()
            step(proxied)
            print(f"    {step.__name__.replace('_', ' ')}: {time.time() - start:.1f} s", flush=True)
        print(f"    {proxied.proxy.counts['conflict']} of {proxied.proxy.counts['write']} commits conflicted", flush=True)


def cut_and_alone(source, sort, fault):
    """An insert whose commit is cut, after which no connection is taken. Gives it the server; what it says at last is what the insert is told."""
    with through(source, f"left_{sort}_{fault}", sort, None) as (proxied, servers):
        url = source.url(f"left_{sort}_{fault}")
        proxy, answers = proxied.proxy, []

        def choose(kind):
            proxy.choose = lambda kind: None
            proxy.is_closed = True
            return fault

        proxy.choose = choose
        writer = threading.Thread(target=lambda: answers.append(
            servers[0].request("POST", "/_reql", json.dumps({"query": "r.db('faults').table('told').insert({id: 'one'})"}), timeout=120)))
        writer.start()
        while not proxy.is_closed:
            time.sleep(0.01)
        # The other end of a connection that was cut takes a moment to know it.
        time.sleep(0.5)
        yield url
        proxy.is_closed = False
        writer.join(60)
        is_there = json.loads(pando("query", url, "r.db('faults').table('told').get('one')")) is not None
        expect(f"{sort}: whether a commit that was cut ({fault}) was made", is_there, fault == "answered")
        yield answers[0]


def left_open(source):
    """What is told of a commit once another process has the right to write, or the row that would tell is gone."""
    for fault in ["answered", "before"]:
        case = cut_and_alone(source, "several", fault)
        url = next(case)
        source.ask("DELETE FROM pando_process;", database=url.rsplit("/", 1)[1])
        status, answer = next(case)
        expect_in(f"a commit of which nobody knows ({fault}, {status})", answer, "op_indeterminate_error", "nobody knows")
        case.close()
        case = cut_and_alone(source, "alone", fault)
        with served(next(case)):
            status, answer = next(case)
        if fault == "answered":
            expect(f"a commit before another process took over ({answer})", status, 200)
        else:
            expect_in("a commit that another process came before", answer, "has taken over")
        case.close()


def a_few_faults(source):
    """For engine.py."""
    cuts(source, 6, None)
    left_open(source)


STEPS = [a_few_faults]


def main():
    if not BIN.exists():
        print("There is no PostgreSQL 15, so nothing stands in front of one.")
        return
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 20
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else random.randrange(1 << 30)
    print(f"seed {seed}", flush=True)
    source = PostgreSQL(FOLDER / "server", "max_connections = 200\n").start()
    try:
        for step, words in [(cuts, (rounds, seed)), (refused, (rounds, seed)), (conflicts, (0.2, seed)), (left_open, ())]:
            start = time.time()
            step(source, *words)
            print(f"{step.__name__}: {time.time() - start:.1f} s", flush=True)
    except Failure as failure:
        print(f"{step.__name__}: {failure}", file=sys.stderr)
        sys.exit(1)
    finally:
        with contextlib.suppress(subprocess.CalledProcessError):
            source.stop("immediate")
        shutil.rmtree(FOLDER, ignore_errors=True)


if __name__ == "__main__":
    main()
