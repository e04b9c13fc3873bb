#!/usr/bin/env python3
"""A primary and its standby, which follows without commits waiting for it: what a death loses, what following costs, what an absence costs.

    standby_in_turns.py PANDO [PART…]

TURNS (5), DURATION (3, in seconds), RATE (5,000, in documents a second) and AWAY (0, in seconds) are taken from the environment, and STANDBYS, a folder for
the standbys' files: of another disk than the primary's, as they have in earnest. With `reqlload` in PATH the clients of `commits` are that. The parts, all of them if none is named:

    loss       the primary is killed while clients write RATE documents a second, 25 in each hard commit: how old the oldest acknowledged document is
               that the standby has not (the bar is 1 s), and how long it takes from the promotion until a write is acknowledged (2 s)
    commits    16 connections that insert one document each, durably, into a primary that is followed beside one that is not; the bar is 0.97. The
               standby has the last processor to itself, as it has a machine in earnest, and all else has the others, also without a standby
    absence    a standby is away while 1,000 documents of 100,000 change, again and again for AWAY seconds, and the primary begins anew meanwhile: the
               bytes sent to it then, beside those of the leaves that changed; the bar is 2. Of each leaf as many documents are taken to be in it as
               there are on average

The exit status is 1 if a bar is missed, or documents are not written at RATE.
"""

import http.client
import itertools
import json
import os
import random
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from engine_in_turns import SECONDS, TURNS, driver, in_turns, query

RATE = int(os.environ.get("RATE", "5000"))
AWAY = float(os.environ.get("AWAY", "0"))
BATCH, WRITERS = 25, 4
executable = os.path.abspath(sys.argv[1])
missed = []


class Server:
    def __init__(self, place, *words, port=0, processors=None):
        self.place = place
        self.process = subprocess.Popen(
            [executable, "serve", place, "--http-port", str(port), "--driver-port", "0", "--pg-port", "none", "--bind", "127.0.0.1", "--quiet", *words],
            stdout=subprocess.PIPE, text=True, preexec_fn=processors and (lambda: os.sched_setaffinity(0, processors)))
        lines = [self.process.stdout.readline().strip() for _ in range(2)]
        if not lines[1]:
            sys.exit(f"{place} is not served.")
        self.http, self.driver = (int(line.rstrip("/").rsplit(":", 1)[1]) for line in lines)
        self.address = f"127.0.0.1:{self.http}"

    def ask(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.http, timeout=120)
        try:
            connection.request(method, path, json.dumps(body) if body is not None else None, {"Content-Type": "application/json"} if body is not None else {})
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read() or b"null")
        finally:
            connection.close()

    def query(self, text):
        status, answer = self.ask("POST", "/_reql", {"query": text})
        if status != 200:
            sys.exit(f"{text[:200]}: {status} {answer}")
        return answer["result"]

    def replication(self):
        return self.ask("GET", "/_status")[1]["replication"]

    def end(self, kills=False):
        if self.process.poll() is None:
            self.process.kill() if kills else self.process.terminate()
            self.process.wait(timeout=60)


def until(what, condition, seconds=60):
    end = time.perf_counter() + seconds
    while not condition():
        if time.perf_counter() > end:
            sys.exit(f"It does not come about: {what}")
        time.sleep(0.02)


def pair(folder, name, address=lambda primary: primary.address, processors=None):
    """A primary with a table, and a standby that has it, on processors of its own if they are said."""
    primary = Server(folder / f"{name}-primary.pando")
    primary.query("r.dbCreate('b')")
    primary.query("r.db('b').tableCreate('t')")
    standby = Server(Path(os.environ.get("STANDBYS", folder)) / f"{name}-{os.getpid()}-standby.pando", "--standby-of", address(primary), processors=processors)
    follows(standby, primary)
    return primary, standby


def follows(standby, primary):
    primary.query(f"r.db('b').table('t').insert({{id: 'mark', n: {time.time()}}}, {{conflict: 'replace'}})")
    mark = primary.query("r.db('b').table('t').get('mark')('n')")
    until("the standby has it all", lambda: standby.query("r.db('b').tableList().contains('t').branch(r.db('b').table('t').get('mark')('n').default(0), 0)") == mark)


class Writer(threading.Thread):
    """Writes a share of RATE, as evenly as it is answered."""

    def __init__(self, primary, number):
        super().__init__()
        self.primary, self.number, self.acknowledged, self.is_over = primary, number, [], False

    def run(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.primary.http, timeout=60)
        begun = time.perf_counter()
        try:
            for turn in itertools.count():
                if self.is_over:
                    return
                time.sleep(max(0, begun + turn * BATCH * WRITERS / RATE - time.perf_counter()))
                ids = [f"{self.number}-{turn}-{place}" for place in range(BATCH)]
                documents = json.dumps([{"id": id, "n": turn, "text": "x" * 100} for id in ids])
                connection.request("POST", "/_reql", json.dumps({"query": f"r.db('b').table('t').insert({documents}, {{durability: 'hard'}})('inserted')"}),
                                   {"Content-Type": "application/json"})
                answer = connection.getresponse()
                if answer.status == 200 and json.loads(answer.read())["result"] == BATCH:
                    self.acknowledged.append((time.perf_counter(), ids))
        except (OSError, http.client.HTTPException):
            return


def loss(folder):
    chance = random.Random()
    for turn in range(TURNS):
        primary, standby = pair(folder, f"loss{turn}")
        try:
            writers = [Writer(primary, number) for number in range(WRITERS)]
            begun = time.perf_counter()
            for writer in writers:
                writer.start()
            time.sleep(SECONDS + chance.random())
            primary.end(kills=True)
            killed = time.perf_counter()
            for writer in writers:
                writer.is_over = True
            for writer in writers:
                writer.join(60)
            promoted = time.perf_counter()
            status, answer = standby.ask("POST", "/_admin/promote")
            if status != 200:
                sys.exit(f"The standby is not promoted: {status} {answer}")
            standby.query("r.db('b').table('t').insert({id: 'after'}, {durability: 'hard'})")
            taken = time.perf_counter() - promoted
            stored = set(standby.query("r.db('b').table('t')('id').coerceTo('array')"))
            acknowledged = [one for writer in writers for one in writer.acknowledged]
            rate = sum(len(ids) for _, ids in acknowledged) / (killed - begun)
            lost = [(at, id) for at, ids in acknowledged for id in ids if id not in stored]
            oldest = max((killed - at for at, _ in lost), default=0)
            print(f"{rate:.0f} documents a second; {len(lost)} lost, the oldest was acknowledged {oldest * 1000:.0f} ms before the death; "
                  f"promotion and a write {taken * 1000:.0f} ms", flush=True)
            if rate < 0.9 * RATE:
                missed.append(f"only {rate:.0f} documents a second")
            if oldest > 1:
                missed.append(f"loss: {oldest:.2f} s, of 1")
            if taken > 2:
                missed.append(f"promotion: {taken:.2f} s, of 2")
        finally:
            primary.end()
            standby.end()


def commits(folder):
    run, numbers = time.time_ns(), itertools.count()
    table = [15, [[14, ["b"]], "t"]]

    def document(_):
        number = next(numbers)
        return query([56, [table, {"id": f"{hash((run, number)) & (1 << 63) - 1:x}", "n": 1, "text": "x" * 100}]])

    def inserts(server):
        return driver(server, 16, document, [56, [table, {"id": "%s", "n": 1, "text": "x" * 100}]])

    *others, last = sorted(os.sched_getaffinity(0))
    if not others:
        sys.exit("commits: a standby needs a processor of its own, and there is one in all.")
    os.sched_setaffinity(0, others)
    alone = Server(folder / "alone.pando")
    followed = standby = None
    try:
        alone.query("r.dbCreate('b')")
        alone.query("r.db('b').tableCreate('t')")
        followed, standby = pair(folder, "commits", processors=[last])
        print("| Hard commits, 16 | A second (min to max) | Ratio |\n|---|---|---|")
        ratio = in_turns({"without a standby": lambda: inserts(alone), "with one": lambda: inserts(followed)})["with one"]
        follows(standby, followed)
        if ratio < 0.97:
            missed.append(f"commits: {ratio:.2f}, of 0.97")
    finally:
        os.sched_setaffinity(0, [*others, last])
        for server in (alone, followed, standby):
            if server:
                server.end()


class Relay:
    """Passes on what a standby and its primary say, and counts what the primary says."""

    def __init__(self, port):
        self.port, self.count = port, 0
        self.server = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self.server.getsockname()[1]}"
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            client, _ = self.server.accept()
            try:
                primary = socket.create_connection(("127.0.0.1", self.port))
            except OSError:
                client.close()
                continue
            threading.Thread(target=self.copy, args=(client, primary, 0), daemon=True).start()
            threading.Thread(target=self.copy, args=(primary, client, 1), daemon=True).start()

    def copy(self, source, target, counts):
        try:
            while data := source.recv(1 << 16):
                self.count += counts * len(data)
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            source.close()
            target.close()


def absence(folder):
    relays = []
    primary, standby = pair(folder, "absence", lambda primary: relays.append(Relay(primary.http)) or relays[0].address)
    try:
        count, changed = 100_000, sorted(random.Random(7).sample(range(100_000), 1000))
        for start in range(0, count, 5000):
            primary.query(f"r.db('b').table('t').insert(r.range({start}, {start + 5000}).map(i => ({{id: i, n: 0, text: '{'x' * 300}'}})))('inserted')")
        follows(standby, primary)
        standby.end()
        begun, updates = time.monotonic(), 0
        while updates == 0 or time.monotonic() < begun + AWAY:
            for number in changed:
                primary.query(f"r.db('b').table('t').get({number}).update({{n: r.row('n').add(1)}})('replaced')")
            updates += len(changed)
        port = primary.http
        primary.end()
        told = subprocess.run([executable, "inspect", primary.place, "--tree"], capture_output=True, text=True).stdout
        leaves = int(re.search(r"leaves +([\d,]+)", told)[1].replace(",", ""))
        page = int(re.search(r"pages of ([\d,]+) bytes", subprocess.run([executable, "status", primary.place], capture_output=True, text=True).stdout)[1].replace(",", ""))
        primary = Server(primary.place, port=port)
        relays[0].count = 0
        standby = Server(standby.place, "--standby-of", relays[0].address)
        until("the standby has what changed", lambda: standby.query(
            f"r.db('b').table('t').between(0, {count}).filter(r.row('n').gt(0)).count()") == len(changed))
        sent, own = relays[0].count, page * len({number * leaves // count for number in changed})
        print(f"Away for {time.monotonic() - begun:.0f} s and {updates:,} updates: {sent / 1e6:.2f} MB sent; {own / 1e6:.2f} MB of leaves changed, ratio {sent / own:.2f}", flush=True)
        if sent > 2 * own:
            missed.append(f"bytes after an absence: {sent / own:.2f}, of 2")
    finally:
        primary.end()
        standby.end()


PARTS = [loss, commits, absence]


def main():
    with tempfile.TemporaryDirectory() as name:
        for part in PARTS:
            if not sys.argv[2:] or part.__name__ in sys.argv[2:]:
                print(f"{part.__name__}:", flush=True)
                part(Path(name))
    if missed:
        sys.exit("Missed: " + "; ".join(missed))


if __name__ == "__main__":
    main()
