"""Short statements of SQL on an engine, whose reads are asked for together and whose writes are committed together: steps of engine.py."""

import random
import threading
import time

from engine_tools import Failure, Server, expect, expect_in, pando, served

try:
    import psycopg
except ImportError:
    psycopg = None

CLIENTS, ROUNDS = 12, 40
URL = "host=127.0.0.1 port={} user=admin dbname=app"


class Client(threading.Thread):
    """A connection that sends statements of one kind: prepared, or with the values in their texts."""

    def __init__(self, server, number, rounds=ROUNDS):
        super().__init__()
        self.number, self.rounds, self.isPrepared = number, rounds, number % 2 == 0
        self.chance = random.Random(number)
        self.port = server.sql
        self.inserted, self.refused, self.unknown, self.added, self.maybeAdded = set(), set(), set(), 0, 0
        self.failure = None

    def say(self, text, *values):
        if self.isPrepared:
            return self.connection.execute(text, values, prepare=True)
        return psycopg.ClientCursor(self.connection).execute(text, values)

    def run(self):
        try:
            with psycopg.connect(URL.format(self.port), autocommit=True) as self.connection:
                for round in range(self.rounds):
                    self.step(round)
        except psycopg.OperationalError as error:
            self.failure = error
        except Failure as failure:
            self.failure = failure

    def step(self, round):
        own = 1_000 + self.number * 1_000 + round
        # Everybody wants this one, and one gets it.
        for id in (own, 100_000 + round):
            self.unknown.add(id)
            try:
                self.say("INSERT INTO short VALUES (%s, %s, %s)", id, round, id)
                self.inserted.add(id)
            except psycopg.errors.UniqueViolation:
                self.refused.add(id)
            self.unknown.discard(id)
        expect("its own row", self.say("SELECT n, u FROM short WHERE id = %s", own).fetchall(), [(round, own)])
        self.maybeAdded += 1
        expect("rows that were changed", self.say("UPDATE short SET n = n + 1 WHERE id = %s", 0).rowcount, 1)
        self.added += 1
        if round % 4 == 0:
            self.inserted.discard(own)
            self.unknown.add(own)
            expect("rows that were deleted", self.say("DELETE FROM short WHERE id = %s", own).rowcount, 1)
            expect("a row that is gone", self.say("SELECT n FROM short WHERE id = %s", own).fetchall(), [])
            self.unknown.discard(own)
        # What the row of all says only grows.
        seen = self.say("SELECT n FROM short WHERE id = %s", 0).fetchone()[0]
        if seen < self.added:
            raise Failure(f"{self.added} additions were acknowledged, and {seen} are seen")
        if self.chance.random() < 0.1:
            with self.connection.transaction():
                self.say("UPDATE short SET n = n + 1 WHERE id = %s", 0)
                raise psycopg.Rollback()


def make_table(server):
    with psycopg.connect(URL.format(server.sql), autocommit=True) as connection:
        connection.execute("DROP TABLE IF EXISTS short")
        connection.execute("CREATE TABLE short (id int PRIMARY KEY, n int NOT NULL, u int UNIQUE)")
        connection.execute("INSERT INTO short VALUES (0, 0, 0)")


def check(clients, rows, n):
    stored = {id for id, u in rows}
    acknowledged = set().union(*(client.inserted for client in clients))
    unknown = set().union(*(client.unknown for client in clients))
    refused = set().union(*(client.refused for client in clients))
    expect("acknowledged and not there", sorted(acknowledged - stored)[:5], [])
    expect("refused and not there", sorted(refused - stored)[:5], [])
    expect("there and never sent, or deleted", sorted(stored - acknowledged - unknown - refused - {0})[:5], [])
    added, possible = sum(client.added for client in clients), sum(client.maybeAdded for client in clients)
    if not added <= n <= possible:
        raise Failure(f"{added} additions were acknowledged, {possible} sent, and {n} are there")


def rows(server):
    with psycopg.connect(URL.format(server.sql), autocommit=True) as connection:
        return connection.execute("SELECT id, u FROM short").fetchall(), connection.execute("SELECT n FROM short WHERE id = 0").fetchone()[0]


def short_statements(source):
    """Many connections insert, read, change and delete single rows at once, some of them the same."""
    if not psycopg:
        return print("    psycopg is not here")
    with served(source.url()) as server:
        server.query("r.dbList().contains('app').branch(null, r.dbCreate('app'))")
        make_table(server)
        clients = [Client(server, number) for number in range(CLIENTS)]
        for client in clients:
            client.start()
        for client in clients:
            client.join(120)
            if client.failure or client.is_alive():
                raise Failure(f"a client: {client.failure or 'it waits for an answer'}")
        check(clients, *rows(server))
        expect("who got what everybody wanted", [sum(100_000 + round in client.inserted for client in clients) for round in range(ROUNDS)], [1] * ROUNDS)
    expect_in("check", pando("check", source.url()), "is sound")


def short_statements_killed(source):
    """The process is killed while they come: what was acknowledged is there, and once."""
    if not psycopg:
        return print("    psycopg is not here")
    for round in range(3):
        server = Server(source.url())
        server.query("r.dbList().contains('app').branch(null, r.dbCreate('app'))")
        make_table(server)
        clients = [Client(server, number, 100_000) for number in range(CLIENTS)]
        for client in clients:
            client.start()
        time.sleep(0.5 + 0.4 * round)
        server.kill()
        for client in clients:
            client.join(60)
            if isinstance(client.failure, Failure) or client.is_alive():
                raise Failure(f"a client: {client.failure or 'it waits for an answer'}")
        with served(source.url()) as server:
            check(clients, *rows(server))
        print(f"    {sum(client.added for client in clients)} rounds", flush=True)


STEPS = [short_statements, short_statements_killed]
