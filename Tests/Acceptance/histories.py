#!/usr/bin/env python3
"""Histories of transactions by every door of a server, which is killed and started again meanwhile: are they as if one went after the other?

    histories.py PANDO [SECONDS [SEED]]

Clients of HTTP, of RethinkDB's protocol, of PostgreSQL's and `pando shell` read and append to lists, write registers, move money, take turns at
a duty that one of two has to have, and fill groups that may not get too large. The graph of who saw whose writes must have no circle; sums and
bounds must hold; what was acknowledged must be there in the end. Set-asides are forced by `--writer-grace 0` and more clients than one that
write: the metric must say that each transaction was set aside about once or more. Controls: histories with planted violations, and READ
COMMITTED, whose anomalies have to be found. The exit status is 1 if something is not as it must be.
"""

import http.client
import json
import os
import random
import re
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

PANDO = os.path.abspath(sys.argv[1]) if len(sys.argv) > 1 else sys.exit(__doc__)
SECONDS = float(sys.argv[2]) if len(sys.argv) > 2 else 60
SEED = int(sys.argv[3]) if len(sys.argv) > 3 else random.randrange(1 << 30)
LISTS, REGISTERS, ACCOUNTS, PAIRS, GROUPS, ROOM, MONEY = 6, 4, 8, 4, 4, 5, 100


class Refused(Exception):
    """The transaction has done nothing."""


class Unknown(Exception):
    """Nobody can say whether the transaction was committed."""


# Doors: each has begin, get, put, count and commit; what one throws before its commit is Refused.


class HTTP:
    def __init__(self, ports):
        self.connection = http.client.HTTPConnection("127.0.0.1", ports[0], timeout=30)
        self.id = None

    def ask(self, method, target, body=None):
        fields = {"Content-Type": "application/json"}
        if self.id:
            fields["Pando-Transaction"] = self.id
        self.connection.request(method, target, None if body is None else json.dumps(body), fields)
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status >= 400:
            raise Refused(answer.status, text[:300])
        return json.loads(text) if text else None

    def begin(self):
        self.id = None
        self.id = self.ask("POST", "/_transaction/begin", {})["transaction"]

    def get(self, table, key):
        return self.ask("GET", f"/h/{table}/_doc?key={key}")["v"]

    def put(self, table, key, value):
        self.ask("PUT", f"/h/{table}/_doc?key={key}", {"id": key, "v": value})

    def count(self, table, group):
        return self.ask("POST", "/_reql", {"query": f"r.db('h').table('{table}').filter({{v: {group}}}).count()"})["result"]

    def commit(self):
        self.ask("POST", "/_transaction/commit", {})

    def rollback(self):
        if self.id:
            self.ask("POST", "/_transaction/rollback", {})

    def close(self):
        self.connection.close()


class Driver:
    """The protocol of RethinkDB's drivers; terms as JSON."""

    def __init__(self, ports):
        self.socket = socket.create_connection(("127.0.0.1", ports[1]), 30)
        self.socket.sendall(struct.pack("<III", 0x400C2D20, 0, 0x7E6970C7))
        while self.read(1) != b"\0":
            pass
        self.id = None

    def read(self, count):
        data = b""
        while len(data) < count:
            part = self.socket.recv(count - len(data))
            if not part:
                raise OSError("closed")
            data += part
        return data

    def ask(self, term, inside=True):
        body = json.dumps([1, term, {"transaction": self.id} if inside and self.id else {}]).encode()
        self.socket.sendall(struct.pack("<QI", 1, len(body)) + body)
        answer = json.loads(self.read(struct.unpack("<QI", self.read(12))[1]))
        result = answer["r"][0]
        if answer["t"] >= 16:
            raise Refused(result)
        if isinstance(result, dict) and result.get("errors"):
            raise Refused(result["first_error"])
        return result

    transactions = [15, [[14, ["rethinkdb"]], "transactions"]]

    @staticmethod
    def table(name):
        return [15, [[14, ["h"]], name]]

    def begin(self):
        self.id = None
        self.id = self.ask([56, [self.transactions, {}]])["generated_keys"][0]

    def get(self, table, key):
        value = self.ask([31, [[16, [self.table(table), key]], "v"]])
        return value

    def put(self, table, key, value):
        self.ask([56, [self.table(table), {"id": key, "v": [2, value] if isinstance(value, list) else value}], {"conflict": "replace"}])

    def count(self, table, group):
        return self.ask([43, [[39, [self.table(table), {"v": group}]]]])

    def end(self, state):
        self.ask([53, [[16, [self.transactions, self.id]], {"state": state}]], inside=False)

    def commit(self):
        self.end("committed")

    def rollback(self):
        if self.id:
            self.end("rolled_back")

    def close(self):
        self.socket.close()


class SQL:
    level = "SERIALIZABLE"

    def __init__(self, ports):
        self.socket = socket.create_connection(("127.0.0.1", ports[2]), 30)
        body = struct.pack(">I", 196608) + b"user\0admin\0database\0h\0\0"
        self.socket.sendall(struct.pack(">I", len(body) + 4) + body)
        self.input = b""
        self.answers()

    def read(self, count):
        while len(self.input) < count:
            part = self.socket.recv(1 << 16)
            if not part:
                raise OSError("closed")
            self.input += part
        data, self.input = self.input[:count], self.input[count:]
        return data

    def answers(self):
        rows, failure = [], None
        while True:
            kind, length = struct.unpack(">cI", self.read(5))
            body = self.read(length - 4)
            if kind == b"D":
                size = struct.unpack(">i", body[2:6])[0]
                rows.append(body[6:6 + size].decode() if size >= 0 else None)
            elif kind == b"E":
                failure = Refused(body)
            elif kind == b"Z":
                if failure:
                    raise failure
                return rows

    def ask(self, text):
        body = text.encode() + b"\0"
        self.socket.sendall(b"Q" + struct.pack(">I", len(body) + 4) + body)
        return self.answers()

    def begin(self):
        self.ask(f"BEGIN ISOLATION LEVEL {self.level}")

    def get(self, table, key):
        return json.loads(self.ask(f"SELECT to_jsonb(v) FROM {table} WHERE id = {key}")[0])

    def put(self, table, key, value):
        form = f"'{json.dumps(value)}'::jsonb" if isinstance(value, list) else value
        if not self.ask(f"UPDATE {table} SET v = {form} WHERE id = {key} RETURNING 1"):
            self.ask(f"INSERT INTO {table} (id, v) VALUES ({key}, {form})")

    def count(self, table, group):
        return int(self.ask(f"SELECT count(*) FROM {table} WHERE v = {group}")[0])

    def commit(self):
        self.ask("COMMIT")

    def rollback(self):
        self.ask("ROLLBACK")

    def close(self):
        self.socket.close()


class Shell:
    """`pando shell` at the server, as a script that goes on from line to line. It ends at its first error."""

    def __init__(self, ports):
        self.ports, self.process = ports, None

    def start(self):
        self.close()
        words = [PANDO, "shell", "--connect", f"127.0.0.1:{self.ports[0]}", "--mode", "ndjson", "--db", "h"]
        self.process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def ask(self, text):
        """What a query answers, which is one line. A semicolon tells that it doesn't go on on the next one."""
        try:
            self.process.stdin.write(text + "\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if line:
            return json.loads(line)
        said = self.process.stderr.read()
        self.process.wait()
        self.process = None
        # Whatever else it says, it may be the server that is gone.
        if any(word in said for word in ("serialize", "transaction", "written")):
            raise Refused(said)
        raise OSError(said)

    def begin(self):
        if not self.process:
            self.start()
        # A command says nothing where all is well: the query behind it tells that it is through.
        self.ask(".begin\nr.expr(0);")

    def value(self, text):
        # In a field, for the rows of a list would be lines of their own.
        return self.ask(f"r.expr({{v: {text}}});")["v"]

    def get(self, table, key):
        return self.value(f"r.table('{table}').get({key})('v')")

    def put(self, table, key, value):
        done = self.value(f"r.table('{table}').insert({{id: {key}, v: {json.dumps(value)}}}, {{conflict: 'replace'}})")
        if done["errors"]:
            raise Refused(done["first_error"])

    def count(self, table, group):
        return self.value(f"r.table('{table}').filter({{v: {group}}}).count()")

    def commit(self):
        self.ask(".commit\nr.expr(0);")

    def rollback(self):
        if self.process:
            self.ask(".rollback\nr.expr(0);")

    def close(self):
        if self.process:
            self.process.kill()
            self.process.communicate()
        self.process = None


class ReadCommitted(SQL):
    level = "READ COMMITTED"


# What a history must be


def problems(transactions, final):
    """What is wrong with a history of lists.

    A transaction is {"reads": [(list, items)], "appends": [(list, item)], "state": "committed" | "refused" | "unknown"}; no item is appended
    twice. `final` are the lists in the end. One that had ended before another one was begun comes before it, where times are known.
    """
    found, writer = [], {}
    for number, transaction in enumerate(transactions):
        for name, item in transaction["appends"]:
            writer[name, item] = number
    for number, transaction in enumerate(transactions):
        for name, item in transaction["appends"]:
            there = item in final[name]
            if transaction["state"] == "committed" and not there:
                found.append(f"lost: {item} of list {name} was acknowledged")
            if transaction["state"] == "refused" and there:
                found.append(f"aborted write: {item} in list {name} was refused")
            if transaction["state"] == "unknown" and there:
                transaction = transactions[number] = {**transaction, "state": "committed", "wasUnknown": True}
    for name, items in final.items():
        if len(set(items)) != len(items):
            found.append(f"written twice: list {name} is {items}")
    after = {number: set() for number, transaction in enumerate(transactions) if transaction["state"] == "committed"}

    def add(first, second, why):
        if first is not None and second is not None and first != second and first in after and second in after:
            after[first].add((second, why))

    for name, items in final.items():
        for one, two in zip(items, items[1:]):
            add(writer.get((name, one)), writer.get((name, two)), "ww")
    for number, transaction in enumerate(transactions):
        if transaction["state"] != "committed":
            continue
        own = {}
        for step, name, what in transaction.get("steps", []):
            if step == "append":
                own.setdefault(name, []).append(what)
                continue
            mine = own.get(name, [])
            if what[len(what) - len(mine):] != mine:
                found.append(f"own writes: {mine} is not at the end of {what}")
            items = what[:len(what) - len(mine)] if mine else what
            if final[name][:len(items)] != items:
                found.append(f"not a state that was: list {name} was read as {items}, and is {final[name]}")
                continue
            if items:
                last = writer.get((name, items[-1]))
                add(last, number, "wr")
                rest = [item for found_name, item in transactions[last]["appends"] if found_name == name] if last is not None else []
                if rest and rest[-1] != items[-1]:
                    found.append(f"intermediate read: {items[-1]} of list {name} was not the last of its transaction")
            if len(items) < len(final[name]):
                add(number, writer.get((name, final[name][len(items)])), "rw")
    for first, second in in_time(transactions):
        add(first, second, "time")
    return found + circles(after)


def in_time(transactions):
    """Of those that were acknowledged, which one had ended before which one began; without what follows from the others."""
    events = []
    for number, record in enumerate(transactions):
        if record["state"] == "committed" and "begun" in record:
            events.append((record["begun"], 0, number))
            # Nobody knows when that was of which no answer came.
            if "wasUnknown" not in record:
                events.append((record["ended"], 1, number))
    last = []
    for _, is_end, number in sorted(events):
        if is_end:
            last = [other for other in last if transactions[other]["ended"] >= transactions[number]["begun"]] + [number]
        else:
            yield from ((other, number) for other in last)


def chain(history, last):
    """The values that a register has had, from the first one that was written to its last one."""
    before = {item: value for record in history for item, value in record.get("before", {}).items()}
    values = []
    while last in before:
        values.append(last)
        last = before[last]
    return values[::-1]


def as_lists(record, final):
    """The same transaction with the values that a register had until then in place of one that was read of it."""
    steps = []
    for step, name, what in record["steps"]:
        if step == "read" and isinstance(name, tuple):
            values = final[name]
            # What nobody has written, or what was lost, is no state that was.
            what = values[:values.index(what) + 1] if what in values else [] if what == 0 else [what]
        steps.append((step, name, what))
    return {**record, "steps": steps}


def circles(after):
    """A circle of the graph, if there is one: what is left when all without anything behind them are taken away, again and again."""
    left = {number: {second for second, _ in edges} for number, edges in after.items()}
    before = {}
    for number, seconds in left.items():
        for second in seconds:
            before.setdefault(second, set()).add(number)
    ends = [number for number, seconds in left.items() if not seconds]
    while ends:
        end = ends.pop()
        del left[end]
        for number in before.get(end, ()):
            left[number].discard(end)
            if not left[number]:
                ends.append(number)
    if not left:
        return []
    path, number = [], next(iter(left))
    while number not in path:
        path.append(number)
        number = next(iter(left[number]))
    path = path[path.index(number):] + [number]
    kinds = [next(why for second, why in after[one] if second == two) for one, two in zip(path, path[1:])]
    return [f"circle: {' '.join(f'{one} -{why}->' for one, why in zip(path, kinds))} {path[-1]}"]


def transaction(*steps, state="committed"):
    return {
        "steps": list(steps), "state": state, "appends": [(name, what) for step, name, what in steps if step == "append"],
    }


def written(place, before, item, state="committed"):
    record = transaction(("read", ("register", place), before), ("append", ("register", place), item), state=state)
    return {**record, "before": {item: before}}


def register_controls():
    def found(history, *last):
        final = {("register", place): chain(history, value) for place, value in enumerate(last)}
        return problems([as_lists(record, final) for record in history], final)

    assert found([written(0, 0, 1), written(0, 1, 2), written(1, 0, 3)], 2, 3) == []
    planted = {
        "lost": found([written(0, 0, 1), written(0, 0, 2)], 2),
        "aborted write": found([written(0, 0, 1, "refused"), written(0, 1, 2)], 2),
        "not a state that was": found([written(0, 0, 1), transaction(("read", ("register", 0), 7))], 1),
        "circle": found([
            written(0, 0, 1), written(1, 0, 2), transaction(("read", ("register", 0), 1), ("read", ("register", 1), 0)),
            transaction(("read", ("register", 0), 0), ("read", ("register", 1), 2))], 1, 2),
    }
    for name, texts in planted.items():
        assert any(text.startswith(name) for text in texts), (name, texts)


def controls():
    """Planted violations, each of which has to be found, and a history that is as it must be."""
    A, R = "append", "read"
    good = [transaction((A, 1, 1)), transaction((R, 1, [1]), (A, 1, 2)), transaction((R, 1, [1, 2]), (A, 1, 3), (R, 1, [1, 2, 3]))]
    assert problems(good, {1: [1, 2, 3]}) == []
    planted = {
        "lost": ([transaction((A, 1, 1))], {1: []}),
        "aborted write": ([transaction((A, 1, 1), state="refused")], {1: [1]}),
        "written twice": ([transaction((A, 1, 1))], {1: [1, 1]}),
        "intermediate read": ([transaction((A, 1, 1), (A, 1, 2)), transaction((R, 1, [1]))], {1: [1, 2]}),
        "not a state that was": ([transaction((A, 1, 1)), transaction((A, 1, 2)), transaction((R, 1, [2]))], {1: [1, 2]}),
        "own writes": ([transaction((A, 1, 1), (R, 1, []))], {1: [1]}),
        # ww both ways; each read what the other wrote; write skew; one read before and one after; a long fork.
        "circle": ([transaction((A, 1, 1), (A, 2, 1)), transaction((A, 1, 2), (A, 2, 2))], {1: [1, 2], 2: [2, 1]}),
        "circle ": ([transaction((A, 1, 1), (R, 2, [2])), transaction((A, 2, 2), (R, 1, [1]))], {1: [1], 2: [2]}),
        "circle: ": ([transaction((R, 1, []), (A, 2, 2)), transaction((R, 2, []), (A, 1, 1))], {1: [1], 2: [2]}),
        "circle:": ([transaction((A, 1, 1), (A, 2, 2)), transaction((R, 1, [1]), (R, 2, []))], {1: [1], 2: [2]}),
        "circl": (
            [transaction((A, 1, 1)), transaction((A, 2, 2)), transaction((R, 1, [1]), (R, 2, [])), transaction((R, 1, []), (R, 2, [2]))],
            {1: [1], 2: [2]}),
    }
    for name, (history, final) in planted.items():
        found = problems(history, final)
        assert any(text.startswith(name.strip(" :")) for text in found), (name, found)
    # One that was begun after another one was acknowledged, and has not seen it; at the same time it need not.
    late = lambda begun: [{**transaction((A, 1, 1)), "begun": 1, "ended": 2}, {**transaction((R, 1, [])), "begun": begun, "ended": 4}]
    assert problems(late(1.5), {1: [1]}) == []
    assert any("-time->" in text for text in problems(late(3), {1: [1]}))
    late_twice = [late(3)[0], {**transaction((A, 2, 2)), "begun": 3, "ended": 4}, {**transaction((R, 1, [])), "begun": 5, "ended": 6}]
    assert any("-time->" in text for text in problems(late_twice, {1: [1], 2: [2]}))


# The server and its clients


class Server:
    def __init__(self, path, *words):
        self.path, self.words, self.ports = path, words, None
        self.start()

    def start(self):
        self.spawn()

    def spawn(self, **options):
        given = self.ports or (0, 0, 0)
        words = ["serve", self.path, *self.words, "--bind", "127.0.0.1", "--writer-grace", "0", "--quiet"]
        for name, port in zip(("http-port", "driver-port", "pg-port"), given):
            words += [f"--{name}", str(port)]
        self.process = subprocess.Popen([PANDO, *words], stdout=subprocess.PIPE, text=True, **options)
        lines = [self.process.stdout.readline().strip() for _ in range(3)]
        assert all(lines), lines
        self.ports = tuple(int(line.rsplit(":", 1)[1]) for line in lines)

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


class Client(threading.Thread):
    def __init__(self, server, door, seed, history, over):
        super().__init__(daemon=True)
        self.server, self.door, self.chance, self.history, self.over = server, door, random.Random(seed), history, over
        self.session, self.counts = None, {"committed": 0, "refused": 0, "unknown": 0}
        self.identity, self.number = seed % 100 + 1, 0

    def run(self):
        while not self.over.is_set():
            begun = time.monotonic()
            try:
                self.session = self.session or self.door(self.server.ports)
                self.session.begin()
            except (OSError, http.client.HTTPException, Refused):
                self.drop()
                continue
            work = self.chance.choice([self.lists, self.lists, self.registers, self.money, self.duty, self.fill])
            record = {"steps": [], "appends": [], "state": "refused", "begun": begun}
            try:
                work(record)
                self.pause()
                try:
                    self.session.commit()
                    record["state"], record["ended"] = "committed", time.monotonic()
                except (OSError, http.client.HTTPException) as error:
                    record["state"] = "unknown"
                    raise error
                except Refused as error:
                    if "nobody knows" in str(error):
                        record["state"] = "unknown"
                    raise error
            except Refused:
                try:
                    self.session.rollback()
                except (OSError, http.client.HTTPException):
                    self.drop()
                except Refused:
                    pass
            except (OSError, http.client.HTTPException):
                self.drop()
            self.counts[record["state"]] += 1
            self.history.append(record)

    def item(self):
        """A number that nothing else gets."""
        self.number += 1
        return self.number * 1000 + self.chance.randrange(1000) + self.identity * 10 ** 9

    def drop(self):
        if self.session:
            self.session.close()
        self.session = None
        time.sleep(0.02)

    def pause(self):
        if self.chance.random() < 0.5:
            time.sleep(self.chance.random() * 0.004)

    def lists(self, record):
        for _ in range(self.chance.randint(1, 4)):
            name = self.chance.randrange(LISTS)
            items = self.session.get("lists", name)
            record["steps"].append(("read", name, items))
            self.pause()
            if self.chance.random() < 0.5:
                item = self.item()
                # Known before the server is told: it may have been done though no answer came.
                record["steps"].append(("append", name, item))
                record["appends"].append((name, item))
                self.session.put("lists", name, items + [item])

    def registers(self, record):
        """What is written there is what was read there with a number of its own: a chain."""
        for _ in range(self.chance.randint(1, 4)):
            place = self.chance.randrange(REGISTERS)
            name = ("register", place)
            value = self.session.get("registers", place)
            record["steps"].append(("read", name, value))
            self.pause()
            if self.chance.random() < 0.4:
                item = self.item()
                record["steps"].append(("append", name, item))
                record["appends"].append((name, item))
                record.setdefault("before", {})[item] = value
                self.session.put("registers", place, item)

    def money(self, record):
        one, two = self.chance.sample(range(ACCOUNTS), 2)
        if self.chance.random() < 0.3:
            total = sum(self.session.get("money", key) for key in range(ACCOUNTS))
            if total != ACCOUNTS * MONEY:
                record["total"] = total
            return
        amount = self.chance.randint(1, 20)
        first = self.session.get("money", one)
        self.pause()
        second = self.session.get("money", two)
        self.session.put("money", one, first - amount)
        self.pause()
        self.session.put("money", two, second + amount)

    def duty(self, record):
        """Of two at least one is on duty: who leaves looks whether the other one is."""
        pair = self.chance.randrange(PAIRS)
        mine, other = self.chance.sample([2 * pair, 2 * pair + 1], 2)
        both = self.session.get("duty", mine), self.session.get("duty", other)
        if both == (0, 0):
            record["nobody"] = pair
        self.pause()
        if both == (1, 1):
            self.session.put("duty", mine, 0)
        elif both[0] == 0:
            self.session.put("duty", mine, 1)

    def fill(self, record):
        group = self.chance.randrange(GROUPS)
        count = self.session.count("groups", group)
        if count > ROOM:
            record["group"] = count
        self.pause()
        if count < ROOM:
            self.session.put("groups", self.chance.randrange(10 ** 12), group)


def play(servers, doors, seconds, seed, disturb=None, calm=None):
    """Runs clients, and returns what is wrong, and how many transactions came to which end. Every now and then `disturb` is called, `calm` at the end."""
    server = servers[0]
    setup = SQL(server.ports)
    for table in ("lists", "registers", "money", "duty", "groups"):
        setup.ask(f"DROP TABLE IF EXISTS {table}")
        setup.ask(f"CREATE TABLE {table} (id bigint PRIMARY KEY, v {'jsonb' if table == 'lists' else 'bigint'})")
    setup.ask("CREATE INDEX v ON groups (v)")
    setup.ask(f"INSERT INTO lists SELECT g, '[]' FROM generate_series(0, {LISTS - 1}) g")
    setup.ask(f"INSERT INTO registers SELECT g, 0 FROM generate_series(0, {REGISTERS - 1}) g")
    setup.ask(f"INSERT INTO money SELECT g, {MONEY} FROM generate_series(0, {ACCOUNTS - 1}) g")
    setup.ask(f"INSERT INTO duty SELECT g, 1 FROM generate_series(0, {2 * PAIRS - 1}) g")
    setup.close()
    before = set_asides(server)
    history, over, chance = [], threading.Event(), random.Random(seed)
    clients = [
        Client(servers[number // len(doors) % len(servers)], doors[number % len(doors)], seed * 100 + number, history, over)
        for number in range(4 * len(doors))]
    for client in clients:
        client.start()
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(min(max(0.0, end - time.monotonic()), chance.uniform(2, 5) if disturb else 1))
        if disturb:
            disturb()
    over.set()
    for client in clients:
        client.join()
    if calm:
        calm()
    last = SQL(server.ports)
    final = {name: json.loads(last.ask(f"SELECT v FROM lists WHERE id = {name}")[0]) for name in range(LISTS)}
    for place in range(REGISTERS):
        final["register", place] = chain(history, int(last.ask(f"SELECT v FROM registers WHERE id = {place}")[0]))
    found = problems([as_lists(record, final) for record in history], final)
    for record in history:
        if record["state"] == "committed":
            found += [f"{name}: {record[name]}" for name in ("total", "nobody", "group") if name in record]
    total = int(last.ask("SELECT sum(v) FROM money")[0])
    if total != ACCOUNTS * MONEY:
        found.append(f"money: {total}")
    idle = int(last.ask("SELECT count(*) FROM duty a JOIN duty b ON a.id % 2 = 0 AND b.id = a.id + 1 WHERE a.v = 0 AND b.v = 0")[0])
    if idle:
        found.append(f"skew: {idle} pairs have nobody on duty")
    most = max([0] + [int(text) for text in last.ask("SELECT count(*) FROM groups GROUP BY v")])
    if most > ROOM:
        found.append(f"phantoms: a group has {most}")
    last.close()
    counts = {}
    for client in clients:
        for state, count in client.counts.items():
            key = f"{client.door.__name__} {state}"
            counts[key] = counts.get(key, 0) + count
    counts["set aside"] = set_asides(server) - (0 if disturb else before)
    return found, counts


def set_asides(server):
    connection = http.client.HTTPConnection("127.0.0.1", server.ports[0], timeout=30)
    connection.request("GET", "/_metrics")
    text = connection.getresponse().read().decode()
    connection.close()
    return int(float(re.search(r"(?m)^pando_transactions_set_aside_total (\S+)$", text)[1]))


def main():
    controls()
    register_controls()
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        server = Server(os.path.join(folder, "h.pando"))

        def kill_and_start():
            server.kill()
            server.start()

        try:
            HTTP(server.ports).ask("PUT", "/h")
            for name, doors, kills, share in [
                ("one door: HTTP", [HTTP], False, 0.1), ("one door: drivers", [Driver], False, 0.1), ("one door: SQL", [SQL], False, 0.1),
                ("one door: the shell", [Shell], False, 0.1), ("all doors", [HTTP, Driver, SQL, Shell], False, 0.25),
                ("all doors, killed", [HTTP, Driver, SQL, Shell], True, 0.25),
            ]:
                found, counts = play([server], doors, SECONDS * share, SEED, kill_and_start if kills else None)
                print(f"{name}: {counts}", flush=True)
                for text in found[:10]:
                    print(f"    {text[:400]}", flush=True)
                failed = failed or bool(found) or not all(counts[f"{door.__name__} committed"] for door in doors)
                if not kills and not counts["set aside"]:
                    failed = True
                    print("    nothing was set aside: the histories say nothing about that", flush=True)
            found, counts = play([server], [ReadCommitted], max(5, SECONDS * 0.1), SEED)
            kinds = sorted({text.split(":")[0] for text in found})
            print(f"READ COMMITTED: {counts}, of which is found: {', '.join(kinds)}", flush=True)
            failed = failed or not any(kind in kinds for kind in ("skew", "nobody", "money", "lost", "phantoms", "group", "circle"))
        finally:
            server.kill()
        check = subprocess.run([PANDO, "check", server.path], capture_output=True, text=True)
        if check.returncode:
            failed = True
            print(check.stdout + check.stderr)
    print(f"seed {SEED}", flush=True)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
