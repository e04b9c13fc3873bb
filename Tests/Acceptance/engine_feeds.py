#!/usr/bin/env python3
"""48 feeds at three `pando serve postgresql://… --processes several` that are killed: each change is told once, in order, and feeds resume elsewhere.

    engine_feeds.py PANDO [CHANGES [SEED]]

First a clock is changed now and then, with nothing else under way: how long it takes until feeds tell it, at the process that changed it and at the
others (half of them within 0.15 s). Then clients of all three change documents, one or up to a hundred in a commit, until CHANGES (20,000) were made,
and six times meanwhile a process is killed and begins anew. A feed whose process is gone goes on at another, from the change it was told last. In the
end every feed has told of each document one step after the other up to what is stored, and all of them everything in the same order. The exit status
is 1 if not. Without PostgreSQL it is left out.
"""

import contextlib
import http.client
import json
import random
import shutil
import statistics
import subprocess
import sys
import threading
import time
import zlib

from engine_tools import BIN, FOLDER, Failure, PostgreSQL, Server, expect, expect_in, pando

CHANGES = int(sys.argv[2]) if len(sys.argv) > 2 else 20_000
SEED = int(sys.argv[3]) if len(sys.argv) > 3 else random.randrange(1 << 30)
SEVERAL = ("--processes", "several")
FEEDS, DOCUMENTS, WRITERS, KILLS = 48, 500, 6, 6
TABLE = "r.db('feeds').table('heard')"
LATENCY = 0.15


class Feed(threading.Thread):
    """Follows the table at one process after the other."""

    def __init__(self, servers, place):
        super().__init__(daemon=True)
        self.servers, self.place = servers, place
        self.steps, self.count, self.order, self.commit = {}, 0, 0, None
        self.delays, self.resumed, self.wrong, self.ends = ([], []), 0, None, []
        self.is_ready, self.is_over = threading.Event(), False
        self.start()

    def run(self):
        while not self.is_over and not self.wrong:
            try:
                self.follow(self.servers[self.place])
            except (OSError, http.client.HTTPException, ValueError) as error:
                self.ends.append(str(error))
            if not self.is_over:
                self.resumed += 1
                self.place = (self.place + 1) % len(self.servers)
                time.sleep(0.05)

    def follow(self, server):
        since = f", since: '{self.commit}'" if self.commit else ""
        connection = http.client.HTTPConnection("127.0.0.1", server.http, timeout=600)
        try:
            connection.request("POST", "/_reql", json.dumps({"query": f"{TABLE}.changes({{includeCommit: true, includeStates: true{since}}})"}),
                               {"Content-Type": "application/json", "Accept": "application/x-ndjson"})
            answer = connection.getresponse()
            if answer.status != 200:
                text = answer.read().decode()
                if "notResumable" in text or answer.status == 410:
                    self.wrong = f"can't be resumed: {text[:500]}"
                raise OSError(f"{answer.status} {text[:300]}")
            rest = b""
            while not self.is_over and (data := answer.read1(1 << 16)):
                *lines, rest = (rest + data).split(b"\n")
                for line in lines:
                    self.hear(json.loads(line))
        finally:
            connection.close()

    def hear(self, row):
        if "new_val" not in row:
            if row.get("state") == "ready":
                # Where to go on from if nothing has been told yet.
                self.commit = self.commit or row.get("commit")
                self.is_ready.set()
            elif "state" not in row:
                self.ends.append(str(row))
            return
        new, old = row["new_val"], row["old_val"]
        self.commit = row["commit"]
        known = self.steps.get(new["id"], 0)
        if old["n"] != known or new["n"] != known + 1:
            self.wrong = self.wrong or f"after step {known} of {new['id']} it tells {row}"
        self.steps[new["id"]] = new["n"]
        self.count += 1
        self.order = zlib.crc32(f"{new['id']}/".encode(), self.order)
        if "by" in new:
            self.delays[new["by"] != self.place].append(time.time() - new["at"])


class Writing:
    """Clients of all processes, who change a few documents or many at a time."""

    def __init__(self, servers):
        self.servers, self.acknowledged, self.lock, self.is_over = servers, 0, threading.Lock(), False
        self.threads = [threading.Thread(target=self.run, args=(number,)) for number in range(WRITERS)]
        for thread in self.threads:
            thread.start()

    def run(self, number):
        chance = random.Random(f"{SEED}/{number}")
        while not self.is_over:
            size = chance.choice([1, 1, 10, 100])
            first = chance.randrange(DOCUMENTS - size + 1)
            query = f"{TABLE}.between({first}, {first + size}).update({{n: r.row('n').add(1)}})"
            try:
                status, answer = self.servers[number % len(self.servers)].request("POST", "/_reql", json.dumps({"query": query}))
                count = json.loads(answer)["result"]["replaced"] if status == 200 else 0
            except (OSError, http.client.HTTPException):
                count = 0
            with self.lock:
                self.acknowledged += count
            if not count:
                time.sleep(0.05)

    def finish(self):
        self.is_over = True
        for thread in self.threads:
            thread.join(120)


def clock(servers, feeds):
    """How long it takes until feeds tell what one process changes."""
    for turn in range(60):
        by = turn % len(servers)
        servers[by].query(f"{TABLE}.get('clock').update({{n: r.row('n').add(1), at: {time.time()}, by: {by}}})")
        time.sleep(0.05)
    wait(feeds, {"clock": 60}, 30)
    for name, place in (("process that made it", 0), ("others", 1)):
        delays = sorted(delay for feed in feeds for delay in feed.delays[place])
        middle = statistics.median(delays)
        print(f"a change is told at the {name} after {middle * 1000:.0f} ms (half of {len(delays)}), "
              f"{delays[len(delays) * 99 // 100] * 1000:.0f} ms (99 of 100)", flush=True)
        if middle > LATENCY:
            raise Failure(f"Half of the changes are told at the {name} after more than {LATENCY} s.")


def wait(feeds, stored, seconds):
    """Until all feeds have told what is stored."""
    deadline = time.time() + seconds
    for number, feed in enumerate(feeds):
        while any(feed.steps.get(id, 0) < n for id, n in stored.items()) and not feed.wrong and time.time() < deadline:
            time.sleep(0.02)
        if feed.wrong:
            raise Failure(f"Feed {number} {feed.wrong}; it was resumed {feed.resumed} times: {feed.ends[-3:]}")
        late = [id for id, n in stored.items() if feed.steps.get(id, 0) != n]
        if late:
            raise Failure(f"Feed {number} has told up to {feed.steps.get(late[0], 0)} of {late[0]}, of {stored[late[0]]}; {len(late)} such: {feed.ends[-3:]}")


def run(source):
    chance = random.Random(SEED)
    servers = [Server(source.url(), *SEVERAL) for _ in range(3)]
    feeds = []
    try:
        servers[0].query("r.dbCreate('feeds')")
        servers[0].query("r.db('feeds').tableCreate('heard', {changeLog: {max_age: 3600, max_bytes: 268435456}})")
        servers[0].query(f"{TABLE}.insert(r.range({DOCUMENTS}).map(i => ({{id: i, n: 0}})))")
        servers[0].query(f"{TABLE}.insert({{id: 'clock', n: 0}})")
        feeds = [Feed(servers, number % 3) for number in range(FEEDS)]
        for feed in feeds:
            if not feed.is_ready.wait(60):
                raise Failure(f"A feed does not begin: {feed.ends[-3:]}")
        clock(servers, feeds)
        begun = time.time()
        writing = Writing(servers)
        try:
            for kill in range(KILLS):
                until(writing, feeds, CHANGES * (kill + 0.5) / KILLS)
                place = chance.randrange(3)
                servers[place].kill()
                time.sleep(chance.choice([0, 0.2, 1]))
                servers[place] = Server(source.url(), *SEVERAL)
            until(writing, feeds, CHANGES)
        finally:
            writing.finish()
        made = time.time() - begun
        stored = {row["id"]: row["n"] for row in servers[1].query(f"{TABLE}.pluck('id', 'n').coerceTo('array')")}
        wait(feeds, stored, 60 + CHANGES / 2000)
        told = time.time() - begun
        for feed in feeds:
            feed.is_over = True
        count = sum(stored.values())
        expect("how many changes each feed has told", {feed.count for feed in feeds}, {count})
        expect("in how many orders", len({feed.order for feed in feeds}), 1)
        resumed = sum(feed.resumed for feed in feeds)
        if resumed == 0:
            raise Failure("No feed had to be resumed.")
        print(f"{count} changes in {made:.1f} s, {KILLS} processes killed meanwhile, told by {FEEDS} feeds after {told:.1f} s, each once and in one order; "
              f"feeds were resumed {resumed} times", flush=True)
    finally:
        for feed in feeds:
            feed.is_over = True
        for server in servers:
            server.kill()
    expect_in("check", pando("check", source.url()), "is sound")


def until(writing, feeds, count):
    last, at = -1, time.time()
    while writing.acknowledged < count:
        if any(feed.wrong for feed in feeds):
            wait(feeds, {}, 0)
        if writing.acknowledged != last:
            last, at = writing.acknowledged, time.time()
        if time.time() > at + 60:
            raise Failure(f"Nothing has been acknowledged for a minute, after {last} changes.")
        time.sleep(0.02)


def main():
    if not BIN.exists():
        print("There is no PostgreSQL 15, so nobody follows what it keeps.")
        return
    source = PostgreSQL(FOLDER / "server", "max_connections = 300\n").start()
    try:
        run(source)
    except Failure as failure:
        print(f"feeds (seed {SEED}): {failure}", file=sys.stderr)
        sys.exit(1)
    finally:
        with contextlib.suppress(subprocess.CalledProcessError):
            source.stop("immediate")
        shutil.rmtree(FOLDER, ignore_errors=True)


if __name__ == "__main__":
    main()
