#!/usr/bin/env python3
"""`pando serve postgresql://…` where many want the same: one document, the end of a table, the one turn to write.

    engine_contention.py PANDO [PART…]

TURNS (5), DURATION (3, in seconds) and POSTGRESQL are as in engine_in_turns.py. The parts, all of them if none is named:

    document   48 clients of three processes add to one document: additions a second, how long one takes, and whether the sum is exact. The
               bars are 300 a second, and 1 s for 99 of 100
    ascending  64 connections of one process that insert one document each, with ascending keys beside random ones; the bar is 0.9

The exit status is 1 if a bar is missed.
"""

import http.client
import itertools
import json
import os
import sys
import tempfile
import threading
import time
from pathlib import Path

from engine_in_turns import SECONDS, PostgreSQL, Server, driver, in_turns, query

missed = []


class Adder(threading.Thread):
    """A client that adds one again and again, and keeps how long each took."""

    def __init__(self, server, end):
        super().__init__()
        self.server, self.end, self.times, self.failed = server, end, [], []

    def run(self):
        body = json.dumps({"query": "r.db('b').table('sums').get(0).update({n: r.row('n').add(1)})('replaced')"})
        connection = http.client.HTTPConnection("127.0.0.1", self.server.http, timeout=60)
        while (begun := time.perf_counter()) < self.end:
            connection.request("POST", "/_reql", body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            text = answer.read()
            if answer.status == 200 and json.loads(text)["result"] == 1:
                self.times.append(time.perf_counter() - begun)
            else:
                self.failed.append(text)
        connection.close()


def document(executable, postgresql):
    os.environ["WORDS"] = "--processes several"
    servers = [Server(executable, postgresql.url) for _ in range(3)]
    try:
        servers[0].query("r.dbCreate('b')")
        servers[0].query("r.db('b').tableCreate('sums')")
        servers[0].query("r.db('b').table('sums').insert({id: 0, n: 0})")
        end = time.perf_counter() + SECONDS
        clients = [Adder(servers[number % 3], end) for number in range(48)]
        for client in clients:
            client.start()
        for client in clients:
            client.join()
        times = sorted(itertools.chain.from_iterable(client.times for client in clients))
        failed = [text for client in clients for text in client.failed]
        if not times:
            sys.exit(f"Nothing was added: {failed[:2]}")
        slow, rate = times[len(times) * 99 // 100], len(times) / SECONDS
        print(f"{rate:.0f} a second, {times[len(times) // 2] * 1000:.0f} ms (half), {slow * 1000:.0f} ms (99 of 100); {len(failed)} refused", flush=True)
        found = servers[1].query("r.db('b').table('sums').get(0)('n')")
        if found != len(times):
            missed.append(f"the sum: {found}, of {len(times)}")
        if rate < 300:
            missed.append(f"additions to one document: {rate:.0f} a second, of 300")
        if slow > 1:
            missed.append(f"the time of an addition: {slow:.2f} s, of 1")
    finally:
        for server in servers:
            server.stop()
        del os.environ["WORDS"]


def ascending(executable, postgresql):
    server = Server(executable, postgresql.url)
    try:
        run = time.time_ns()
        counts = {"up": itertools.count(), "random": itertools.count()}
        if "b" not in server.query("r.dbList()"):
            server.query("r.dbCreate('b')")
        for name in counts:
            server.query(f"r.db('b').tableCreate('{name}')")

        def request(name):
            table = [15, [[14, ["b"]], name]]

            def make(_):
                number = next(counts[name])
                key = f"{run + number:020x}" if name == "up" else f"{hash((run, number)) & (1 << 63) - 1:020x}"
                return query([56, [table, {"id": key, "n": 1, "text": "x" * 100}]])
            return lambda: driver(server, 64, make)

        print("| Inserts, 64 | A second (min to max) | Ratio |\n|---|---|---|")
        ratio = in_turns({"random keys": request("random"), "ascending keys": request("up")})["ascending keys"]
        if ratio < 0.9:
            missed.append(f"ascending keys: {ratio:.2f}, of 0.9")
    finally:
        server.stop()


PARTS = [document, ascending]


def main():
    executable = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.chmod(folder, 0o755)
        postgresql = PostgreSQL(folder)
        try:
            for part in PARTS:
                if not sys.argv[2:] or part.__name__ in sys.argv[2:]:
                    print(f"{part.__name__}:", flush=True)
                    part(executable, postgresql)
        finally:
            postgresql.stop()
    if missed:
        sys.exit("Missed: " + "; ".join(missed))


if __name__ == "__main__":
    main()
