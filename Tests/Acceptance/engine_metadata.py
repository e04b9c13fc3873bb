#!/usr/bin/env python3
"""Tables and indexes come and go at three `pando serve postgresql://… --processes several` while others write into them and follow them.

    engine_metadata.py PANDO [SECONDS [SEED]]

For SECONDS (20) one client of each process makes tables, drops and renames them, makes, renames and drops indexes; two of each write documents, and
every table has a feed at some process. A process is killed now and then and begins anew. Then
- nothing that was begun after the drop of its table was acknowledged has been acknowledged;
- every acknowledged write into a table that is there is there, and nothing that failed;
- an index that is ready leads to exactly the documents that have its field, in their order;
- the feed of a table that is there comes to what is stored, and that of one that was dropped has ended;
- `pando check` finds nothing.
Prints how long changes of metadata took. The exit status is 1 if anything differs. Without PostgreSQL it is left out.
"""

import contextlib
import http.client
import json
import random
import shutil
import subprocess
import sys
import threading
import time

from engine_tools import BIN, FOLDER, Failure, PostgreSQL, Server, expect, expect_in, pando

SECONDS = float(sys.argv[2]) if len(sys.argv) > 2 else 20
SEED = int(sys.argv[3]) if len(sys.argv) > 3 else random.randrange(1 << 30)
SEVERAL = ("--processes", "several")
TABLES, FIELDS = 6, ("a", "b")
# What a change of metadata may take, also while a process is killed.
LONGEST = 16


class Table:
    """What is known of one, under whatever name."""

    def __init__(self, name):
        self.name, self.names, self.is_dropping, self.dropped = name, [name], False, None
        self.lock = threading.Lock()
        # By key: the texts that may be stored, of which the last was acknowledged if nothing else may be.
        self.possible = {}
        self.indexes = set()
        self.feed = None


class Feed(threading.Thread):
    """What a feed with all that was there comes to."""

    def __init__(self, server, table):
        super().__init__(daemon=True)
        self.server, self.rows, self.end, self.is_over = server, {}, None, False
        self.query = f"{path(table.name)}.changes({{includeInitial: true, includeStates: true}})"
        self.start()

    def run(self):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", self.server.http, timeout=600)
            connection.request("POST", "/_reql", json.dumps({"query": self.query}),
                               {"Content-Type": "application/json", "Accept": "application/x-ndjson"})
            answer = connection.getresponse()
            if answer.status != 200:
                self.end = answer.read().decode()
                return
            while line := answer.readline():
                row = json.loads(line)
                if row.get("new_val"):
                    self.rows[row["new_val"]["id"]] = row["new_val"]
                elif row.get("old_val"):
                    self.rows.pop(row["old_val"]["id"], None)
                elif "state" not in row:
                    self.end = str(row)
            self.end = self.end or "closed"
        except (OSError, http.client.HTTPException, ValueError) as error:
            self.end = f"lost: {error}"


def path(name):
    return f"r.db('m').table('{name}')"


class Clients:
    def __init__(self, source):
        self.source, self.over, self.failure = source, threading.Event(), None
        self.servers = [Server(source.url(), *SEVERAL) for _ in range(3)]
        self.tables, self.gone, self.number = [], [], 0
        self.lock = threading.Lock()
        self.counts, self.times = {}, []

    def ask(self, place, text):
        """The result, or None and what was said instead."""
        try:
            status, answer = self.servers[place].request("POST", "/_reql", json.dumps({"query": text}), timeout=60)
        except (OSError, http.client.HTTPException) as error:
            return None, f"lost: {error}"
        return (json.loads(answer)["result"], None) if status == 200 else (None, answer)

    def count(self, what):
        with self.lock:
            self.counts[what] = self.counts.get(what, 0) + 1

    def guarded(self, body, *words):
        def run():
            chance = random.Random(f"{SEED}/{body.__name__}/{words}")
            try:
                while not self.over.is_set() and not self.failure:
                    body(chance, *words)
            except Exception as error:  # It ends the whole run, with what it says.
                self.failure = self.failure or error
        return threading.Thread(target=run)

    # What changes metadata

    def define(self, chance, place):
        kind = chance.choice(["make", "drop", "rename", "index", "index", "index"])
        with self.lock:
            tables = [table for table in self.tables if not table.is_dropping]
            if kind == "make" or not tables:
                if len(self.tables) >= TABLES:
                    return
                self.number += 1
                kind, table = "make", Table(f"t{self.number}")
            else:
                table = chance.choice(tables)
                if kind == "drop":
                    if len(tables) < 3:
                        return
                    table.is_dropping = True
        begun = time.time()
        told = getattr(self, kind)(chance, place, table)
        if told is None:
            with self.lock:
                self.times.append((time.time() - begun, kind))
        self.count(f"{kind}, {'done' if told is None else 'failed'}")
        time.sleep(chance.random() * 0.2)

    def make(self, chance, place, table):
        result, told = self.ask(place, f"r.db('m').tableCreate('{table.name}')")
        # Of one whose process was killed nobody knows whether it is there, and nobody uses it.
        if result:
            table.feed = Feed(self.servers[chance.randrange(3)], table)
            with self.lock:
                self.tables.append(table)
        return told

    def drop(self, chance, place, table):
        with table.lock:
            result, told = self.ask(place, f"r.db('m').tableDrop('{table.name}')")
        if told and told.startswith("lost"):
            # It may still be dropped, or be there; it is dropped for certain by somebody else.
            for other in range(3):
                result, told = self.ask(other, f"r.db('m').tableList().contains('{table.name}').branch(r.db('m').tableDrop('{table.name}'), null)")
                if told is None:
                    break
        if told is None:
            table.dropped = time.time()
            with self.lock:
                self.tables.remove(table)
                self.gone.append(table)
        else:
            table.is_dropping = False
        return told

    def rename(self, chance, place, table):
        with table.lock:
            with self.lock:
                self.number += 1
                name = f"t{self.number}"
            if table.is_dropping:
                return "is dropped"
            old, told = table.name, "lost"
            table.names.append(name)
            result, told = self.ask(place, f"{path(old)}.config().update({{name: '{name}'}})('replaced')")
            while told and not self.over.is_set():
                # Whether it has been done is asked of whoever answers.
                place = (place + 1) % 3
                names, told = self.ask(place, "r.db('m').tableList()")
                if names is not None:
                    table.name = name if name in names else old
                    return None
                time.sleep(0.05)
            table.name = name
            return told

    def index(self, chance, place, table):
        field = chance.choice(FIELDS)
        with table.lock:
            if table.is_dropping:
                return "is dropped"
            names, told = self.ask(place, f"{path(table.name)}.indexList()")
            if names is None:
                return told
            mine = [name for name in names if name.startswith(field)]
            if not mine:
                text = f".indexCreate('{field}', r.row('{field}'))"
            elif chance.random() < 0.5:
                text = f".indexDrop('{mine[0]}')"
            else:
                text = f".indexRename('{mine[0]}', '{field}{chance.randrange(10 ** 9)}')"
            return self.ask(place, path(table.name) + text)[1]

    # What writes

    def write(self, chance, place, _):
        with self.lock:
            if not self.tables:
                return
            table = chance.choice(self.tables + self.gone[-2:])
            name = table.name
        key, text = f"{place}-{chance.randrange(200)}", f"{chance.randrange(1 << 40)}"
        kind = chance.choice(["put", "put", "put", "change", "delete"])
        with self.lock:
            # One writer at a time for each key, so that it is known what may be there.
            possible = table.possible.setdefault(key, {"lock": threading.Lock(), "texts": {None}})
        with possible["lock"]:
            document = {"id": key, "text": text, **{field: chance.randrange(50) for field in FIELDS if chance.random() < 0.8}}
            at = f"{path(name)}.get('{key}')"
            query = {
                "put": f"{path(name)}.insert({json.dumps(document)}, {{conflict: 'replace'}})",
                "change": f"{at}.update({{text: '{text}', a: {chance.randrange(50)}}})", "delete": f"{at}.delete()"}[kind]
            begun = time.time()
            result, told = self.ask(place, query)
            told = told or result.get("first_error")
            if told and (told.startswith("lost") or "nobody knows" in told):
                possible["texts"].add(None if kind == "delete" else text)
            elif told is None:
                if table.dropped and begun > table.dropped:
                    raise Failure(f"A write into {name} was acknowledged that was begun {begun - table.dropped:.3f} s after the drop was.")
                if kind == "delete":
                    possible["texts"] = {None}
                elif kind == "put" or result["replaced"]:
                    possible["texts"] = {text}
                self.count("written")
            else:
                self.count("refused")

    def kill(self, chance):
        if self.over.wait(max(2, SECONDS / 8)):
            return
        place = chance.randrange(3)
        self.servers[place].kill()
        self.servers[place] = Server(self.source.url(), *SEVERAL)
        self.count("killed")

    # What must be so

    def check(self):
        one = self.servers[0]
        names = one.query("r.db('m').tableList()")
        for table in self.tables:
            # A change of its name may have been made by one that could not say so any more.
            table.name = next((name for name in table.names if name in names), None)
            if table.name is None:
                raise Failure(f"{table.names} is not there, and was not dropped: {names}")
            rows = {row["id"]: row for row in one.query(f"{path(table.name)}.coerceTo('array')")}
            for key, possible in table.possible.items():
                text = rows[key]["text"] if key in rows else None
                if text not in possible["texts"]:
                    raise Failure(f"{table.name}: {key} is {text}, and may be {possible['texts']}")
            expect(f"keys in {table.name} that nobody wrote", sorted(set(rows) - set(table.possible)), [])
            self.check_indexes(table, rows)
            self.check_feed(table, rows)
        for table in self.gone:
            if any(name in names for name in table.names):
                raise Failure(f"{table.names} was dropped, and is there")
            deadline = time.time() + 20
            while table.feed.end is None:
                if time.time() > deadline:
                    raise Failure(f"The feed of {table.names}, which was dropped, does not end.")
                time.sleep(0.02)

    def check_indexes(self, table, rows):
        for server in self.servers:
            for name in server.query(f"{path(table.name)}.indexList()"):
                server.query(f"{path(table.name)}.indexWait('{name}')")
                field = name[0]
                found = server.query(f"{path(table.name)}.orderBy({{index: '{name}'}}).pluck('id', '{field}').coerceTo('array')")
                wanted = {key: row[field] for key, row in rows.items() if field in row}
                expect(f"what index {name} of {table.name} leads to", {row["id"]: row[field] for row in found}, wanted)
                expect("how often it leads to one", len(found), len(wanted))
                expect("the order of an index", [row[field] for row in found], sorted(wanted.values()))
                self.count("index checked")

    def check_feed(self, table, rows):
        # One whose process was killed has ended.
        deadline = time.time() + 20
        while table.feed.end is None and table.feed.rows != rows:
            if time.time() > deadline:
                missing = [key for key in {*rows, *table.feed.rows} if rows.get(key) != table.feed.rows.get(key)]
                raise Failure(f"The feed of {table.name} has {table.feed.rows.get(missing[0])} where {rows.get(missing[0])} is stored; {len(missing)} such")
            time.sleep(0.02)
        self.count("feed, checked" if table.feed.end is None else "feed, ended with its process")

    def run(self):
        self.servers[0].query("r.dbCreate('m')")
        threads = [self.guarded(self.define, place) for place in range(3)] + [
            self.guarded(self.write, place, number) for place in range(3) for number in range(2)] + [self.guarded(self.kill)]
        for thread in threads:
            thread.start()
        end = time.time() + SECONDS
        while time.time() < end and not self.failure:
            time.sleep(0.05)
        self.over.set()
        for thread in threads:
            thread.join(120)
        if self.failure:
            raise self.failure if isinstance(self.failure, Failure) else Failure(f"{type(self.failure).__name__}: {self.failure}")
        self.check()
        print(", ".join(f"{what} {count}" for what, count in sorted(self.counts.items())), flush=True)
        times = sorted(self.times)
        print(f"a change of metadata took {times[len(times) // 2][0] * 1000:.0f} ms (half of {len(times)}), {times[len(times) * 99 // 100][0] * 1000:.0f} ms "
              f"(99 of 100), {times[-1][0]:.2f} s ({times[-1][1]}) at most", flush=True)
        if times[-1][0] > LONGEST:
            raise Failure(f"A change of metadata took more than {LONGEST} s.")
        for what in ["make, done", "drop, done", "rename, done", "index, done", "written", "refused", "index checked"]:
            if not self.counts.get(what):
                raise Failure(f"It has not come to this: {what}")


def main():
    if not BIN.exists():
        print("There is no PostgreSQL 15, so nothing is defined in one.")
        return
    source = PostgreSQL(FOLDER / "server", "max_connections = 300\n").start()
    clients = None
    try:
        clients = Clients(source)
        clients.run()
        for server in clients.servers:
            server.stop()
        expect_in("check", pando("check", source.url()), "is sound")
    except Failure as failure:
        print(f"metadata (seed {SEED}): {failure}", file=sys.stderr)
        sys.exit(1)
    finally:
        for server in clients.servers if clients else []:
            if server.process.poll() is None:
                server.kill()
        with contextlib.suppress(subprocess.CalledProcessError):
            source.stop("immediate")
        shutil.rmtree(FOLDER, ignore_errors=True)


if __name__ == "__main__":
    main()
