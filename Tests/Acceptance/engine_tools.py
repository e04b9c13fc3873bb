"""What the tests of `pando serve postgresql://…` have in common: a PostgreSQL that is asked by psql, and servers of what it keeps."""

import http.client
import json
import os
import pathlib
import contextlib
import subprocess
import sys
import tempfile
import threading
import time

import postgresql_server
from postgresql_server import BIN

PANDO = os.path.abspath(sys.argv[1])
FOLDER = pathlib.Path(tempfile.mkdtemp(prefix="pando-engine-"))


class Failure(Exception):
    pass


def expect(what, got, wanted):
    if got != wanted:
        raise Failure(f"{what}: {str(got)[:800]} instead of {str(wanted)[:800]}")


def expect_in(what, text, *parts):
    for part in parts:
        if part not in text:
            raise Failure(f"{what}: {part!r} is not in {text[:2000]!r}")


def pando(*words, status=0):
    done = subprocess.run([PANDO, *map(str, words)], capture_output=True, text=True, timeout=120, cwd=FOLDER)
    if done.returncode != status:
        raise Failure(f"pando {' '.join(map(str, words))}: status {done.returncode}: {done.stdout[-800:]} {done.stderr[-3000:]}")
    return done.stdout + done.stderr


class PostgreSQL(postgresql_server.PostgreSQL):
    """One that is asked by psql."""

    def ask(self, text, port=None, user="postgres", database="postgres"):
        environment = dict(
            os.environ, PGHOST="127.0.0.1", PGPORT=str(port or self.port), PGUSER=user, PGDATABASE=database, PSQLRC="/dev/null")
        done = subprocess.run(
            [f"{BIN}/psql", "-XAtq", "-v", "ON_ERROR_STOP=1"], input=text, env=environment, capture_output=True, text=True, timeout=120)
        if done.returncode != 0:
            raise Failure(f"psql {text[:300]}: {done.stderr[:600]}")
        return done.stdout.strip()


class Server:
    def __init__(self, url, *words):
        self.process = subprocess.Popen(
            [PANDO, "serve", url, *words, "--http-port", "0", "--driver-port", "0", "--pg-port", "0", "--bind", "127.0.0.1", "--quiet"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=FOLDER)
        lines = [self.process.stdout.readline().strip() for _ in range(3)]
        if not lines[0]:
            raise Failure(f"It does not begin: {self.process.stderr.read()}")
        self.http, self.driver, self.sql = [int(line.rstrip("/").rsplit(":", 1)[1]) for line in lines]

    def request(self, method, target, body=None, timeout=60):
        connection = http.client.HTTPConnection("127.0.0.1", self.http, timeout=timeout)
        try:
            connection.request(method, target, body, {"Content-Type": "application/json"} if body else {})
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def query(self, text):
        status, answer = self.request("POST", "/_reql", json.dumps({"query": text}))
        if status != 200:
            raise Failure(f"{text}: {status} {answer}")
        return json.loads(answer)["result"]

    def stop(self):
        self.process.terminate()
        expect("the server's exit status", self.process.wait(timeout=20), 0)

    def kill(self):
        self.process.kill()
        self.process.wait()


@contextlib.contextmanager
def served(url, *words):
    server = Server(url, *words)
    try:
        yield server
    finally:
        if server.process.poll() is None:
            server.stop()


class Writers:
    """Clients that insert documents with ascending numbers, and know which of them were acknowledged."""

    def __init__(self, server, name):
        self.server, self.name = server, name
        self.acknowledged, self.unknown = set(), set()
        # What the server answered that is no acknowledgement.
        self.refusals = []
        self.isOver = False
        self.threads = [threading.Thread(target=self.run, args=(number,)) for number in range(4)]
        for thread in self.threads:
            thread.start()

    def run(self, thread):
        number = 0
        while not self.isOver:
            id = f"{self.name}-{thread}-{number}"
            number += 1
            # Twice is told by the count of the second document.
            query = (f"r.db('app').table('kills').insert({{id: '{id}', n: 1}}).do(r.db('app').table('sums').get('{thread}')"
                     ".update({n: r.row('n').add(1)}))")
            try:
                status, answer = self.server.request("POST", "/_reql", json.dumps({"query": query}), timeout=60)
                if status == 200 and json.loads(answer)["result"]["replaced"] == 1:
                    self.acknowledged.add(id)
                else:
                    self.unknown.add(id)
                    self.refusals.append(answer)
                    time.sleep(0.02)
            except (OSError, http.client.HTTPException):
                self.unknown.add(id)
                time.sleep(0.02)

    def finish(self):
        self.isOver = True
        for thread in self.threads:
            thread.join(90)


def check_writers(source, all):
    stored = set(json.loads(pando("query", source.url(), "r.db('app').table('kills')('id').coerceTo('array')")))
    acknowledged = set().union(*(writers.acknowledged for writers in all))
    unknown = set().union(*(writers.unknown for writers in all))
    expect("acknowledged and not there", sorted(acknowledged - stored)[:5], [])
    expect("there and never sent", sorted(stored - acknowledged - unknown)[:5], [])
    sums = json.loads(pando("query", source.url(), "r.db('app').table('sums').orderBy('id')('n').coerceTo('array')"))
    for thread, sum in enumerate(sums):
        known = len([id for id in acknowledged if id.split("-")[1] == str(thread)])
        possible = known + len([id for id in unknown if id.split("-")[1] == str(thread)])
        if not known <= sum <= possible:
            raise Failure(f"{known} additions were acknowledged, {possible} sent, and {sum} are there")
    expect_in("check", pando("check", source.url()), "is sound")
    print(f"    {len(acknowledged)} acknowledged, {len(unknown)} not, {len(stored)} there", flush=True)
    if not acknowledged:
        raise Failure("Nothing was acknowledged.")


def make_tables(server):
    server.query("r.db('app').tableList().setIntersection(['kills', 'sums']).forEach(name => r.db('app').tableDrop(name))")
    for name in ["kills", "sums"]:
        server.query(f"r.db('app').tableCreate('{name}')")
    server.query("r.db('app').table('sums').insert(r.range(4).map(i => ({id: i.coerceTo('string'), n: 0})))")
