#!/usr/bin/env python3
"""Random programs of rights beside a model of them.

    rights.py PANDO [PROGRAMS [SEED]]

Accounts, roles, permissions, denials, moves, renames, drops, passwords and tokens change at random; in between accounts ask by every door
(ReQL, HTTP's routes, SQL, feeds, plans, definitions) for what the model says they may or may not have. What they may not read is never in
an answer, an error, a plan or an event, and what they may not do is refused. The seed is printed; the exit status is 1 if one gets more than
the model allows, or is refused what it allows.
"""

import base64
import concurrent.futures
import hashlib
import hmac
import http.client
import json
import os
import random
import socket
import struct
import subprocess
import sys
import tempfile
import time

PANDO = os.path.abspath(sys.argv[1]) if len(sys.argv) > 1 else sys.exit(__doc__)
PROGRAMS = int(sys.argv[2]) if len(sys.argv) > 2 else 100
SEED = int(sys.argv[3]) if len(sys.argv) > 3 else random.SystemRandom().randrange(1 << 32)
STEPS = 14
PATIENCE = 60
PERMISSIONS = ("read", "write", "config", "insert", "update", "delete")
PARTS = ("insert", "update", "delete")


class Failure(Exception):
    pass


class Refused(Exception):
    pass


# The model: what is said, and what it means.


class Rights:
    """What is said to an account or by a role: for each scope (everything, a database, a table, by their ids) a word for a permission."""

    def __init__(self):
        self.entries = {}

    def say(self, scope, permission, word):
        entry = self.entries.setdefault(scope, {})
        entry.pop(permission, None)
        if word is not None:
            entry[permission] = word


class Account:
    def __init__(self, name, password):
        self.name, self.password, self.rights, self.roles = name, password, Rights(), []
        self.tokens = []


def together(own, roles):
    """For each scope the own word counts; where there is none, a yes of any role before a no of another."""
    scopes = set(own.entries) | {scope for role in roles for scope in role.entries}
    sums = {}
    for scope in scopes:
        mine = own.entries.get(scope, {})
        entry = dict(mine)
        for permission in PERMISSIONS:
            if permission in mine or permission in PARTS and "write" in mine:
                continue
            if not any(permission in role.entries.get(scope, {}) for role in roles):
                continue
            words = []
            for role in roles:
                its = role.entries.get(scope, {})
                word = its.get(permission, its.get("write") if permission in PARTS else None)
                if word is not None:
                    words.append(word)
            entry[permission] = any(words)
        sums[scope] = entry
    return sums


class Model:
    def __init__(self):
        self.databases, self.tables, self.accounts, self.roles = {}, {}, {}, {}

    def word(self, entries, permission, scopes):
        for scope in scopes:
            entry = entries.get(scope, {})
            if permission in entry:
                return permission, entry[permission]
            if permission in PARTS and "write" in entry:
                return "write", entry["write"]
        return None

    def scopes(self, table, database=None):
        return [("table", table.id), ("database", database or table.database), "server"]

    def decide(self, entries, permission, scopes):
        word = self.word(entries, permission, scopes)
        return bool(word and word[1])

    def allows(self, account, permission, table):
        if account.name not in self.accounts:
            return False
        entries = together(account.rights, [self.roles[role] for role in account.roles])
        word = self.word(entries, permission, self.scopes(table))
        if not word or not word[1]:
            return False
        return self.decide(entries, "read", self.scopes(table)) if word[0] == "write" else True

    def move(self, table, database):
        """What is said of the table goes with it, and nobody gets a right by the move."""
        for account in self.accounts.values():
            entries = together(account.rights, [self.roles[role] for role in account.roles])
            before = {each: self.decide(entries, each, self.scopes(table)) for each in PERMISSIONS}
            for permission in PERMISSIONS:
                if self.decide(entries, permission, self.scopes(table, database)) and not before[permission]:
                    account.rights.say(("table", table.id), permission, False)
        table.database = database

    def forget(self, kind, id):
        for rights in [each.rights for each in self.accounts.values()] + list(self.roles.values()):
            rights.entries.pop((kind, id), None)


class Table:
    def __init__(self, id, name, database, is_declared):
        self.id, self.name, self.database, self.is_declared = id, name, database, is_declared
        self.marks = []


# The doors.


class HTTP:
    def __init__(self, port):
        self.port, self.connection = port, None

    def ask(self, method, target, body=None, authorization=None, content="application/json", **fields):
        fields = {name.replace("_", "-"): value for name, value in fields.items()}
        if authorization:
            fields["Authorization"] = authorization
        if body is not None:
            fields["Content-Type"] = content
        for attempt in (0, 1):
            try:
                if self.connection is None:
                    self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
                self.connection.request(method, target, json.dumps(body) if content == "application/json" and body is not None else body, fields)
                answer = self.connection.getresponse()
                text = answer.read().decode(errors="replace")
                return answer.status, text
            except (http.client.HTTPException, OSError):
                self.connection = None
                if attempt:
                    raise

    def query(self, text, authorization=None):
        # Rows of a feed need a form without end.
        fields = {"Accept": "application/x-ndjson"} if "changes(" in text else {}
        return self.ask("POST", "/_reql", text, authorization, "text/plain", **fields)


def basic(account):
    return "Basic " + base64.b64encode(f"{account.name}:{account.password}".encode()).decode()


class SQL:
    """A session of PostgreSQL's protocol, proved by SCRAM-SHA-256 where that is asked for."""

    def __init__(self, port, user, password, database):
        self.socket, self.input = socket.create_connection(("127.0.0.1", port), PATIENCE), b""
        body = struct.pack(">I", 196608) + b"".join(part.encode() + b"\0" for part in ("user", user, "database", database)) + b"\0"
        self.socket.sendall(struct.pack(">I", len(body) + 4) + body)
        first = "n=,r=" + base64.b64encode(os.urandom(18)).decode()
        while True:
            kind, body = self.message()
            if kind == b"E":
                raise Refused(body.decode(errors="replace"))
            if kind == b"Z":
                return
            if kind != b"R":
                continue
            step = struct.unpack(">I", body[:4])[0]
            if step == 10:
                sent = ("n,," + first).encode()
                self.send(b"p", b"SCRAM-SHA-256\0" + struct.pack(">I", len(sent)) + sent)
            elif step == 11:
                given = body[4:].decode()
                parts = dict(part.split("=", 1) for part in given.split(","))
                salted = hashlib.pbkdf2_hmac("sha256", password.encode(), base64.b64decode(parts["s"]), int(parts["i"]))
                client = hmac.digest(salted, b"Client Key", "sha256")
                last = "c=biws,r=" + parts["r"]
                signature = hmac.digest(hashlib.sha256(client).digest(), f"{first},{given},{last}".encode(), "sha256")
                proof = base64.b64encode(bytes(a ^ b for a, b in zip(client, signature))).decode()
                self.send(b"p", f"{last},p={proof}".encode())

    def send(self, kind, body):
        self.socket.sendall(kind + struct.pack(">I", len(body) + 4) + body)

    def message(self):
        while len(self.input) < 5 or len(self.input) < 1 + struct.unpack(">I", self.input[1:5])[0]:
            part = self.socket.recv(1 << 16)
            if not part:
                raise Refused("closed")
            self.input += part
        length = 1 + struct.unpack(">I", self.input[1:5])[0]
        kind, body, self.input = self.input[:1], self.input[5:length], self.input[length:]
        return kind, body

    def query(self, text):
        """Whether it went well, and all that was answered."""
        self.send(b"Q", text.encode() + b"\0")
        isGood, answered = True, b""
        while True:
            kind, body = self.message()
            answered += body
            if kind == b"E":
                isGood = False
            elif kind == b"G":
                self.send(b"f", b"no\0")
            elif kind == b"Z":
                return isGood, answered.decode(errors="replace")


# What accounts try. Each is (door, text); {d} and {t} are names, {k} a key that is there, {n} a new one.

READS = [
    ("reql", 'r.db("{d}").table("{t}")'), ("reql", 'r.db("{d}").table("{t}").get("{k}")'), ("reql", 'r.db("{d}").table("{t}").count()'),
    ("reql", 'r.db("{d}").table("{t}").filter(x => x("secret").match("M")).count()'), ("reql", 'r.db("{d}").table("{t}").info()'),
    ("reql", 'r.expr([{{a: "{k}"}}]).eqJoin("a", r.db("{d}").table("{t}"))'), ("reql", 'r.db("{d}").table("{t}").group("secret").count()'),
    ("reql", 'r.expr(1).do(x => r.db("{d}").table("{t}").coerceTo("array"))'), ("reql", 'r.branch(r.db("{d}").table("{t}").isEmpty(), 1, 2)'),
    ("reql", 'r.db("{d}").table("{t}").max("secret")'), ("reql", 'r.db("{d}").table("{t}").between("A", "Z").count()'),
    ("reql", 'r.db("{d}").table("{t}").changes({{includeInitial: true}}).limit(1)'),
    ("get", "/{d}/{t}"), ("get", "/{d}/{t}/{k}"), ("get", "/{d}/{t}/_info"), ("get", "/{d}/{t}?limit=1"), ("plan", 'r.db("{d}").table("{t}").filter({{secret: "{m}"}})'),
    ("restquery", "count()"), ("restquery", "filter({{secret: '{m}'}})"),
    ("sql", 'SELECT count(*) FROM "{t}"'), ("sql", 'SELECT * FROM "{t}"'), ("sql", 'SELECT 1 WHERE EXISTS (SELECT FROM "{t}")'),
    ("sql", 'TABLE "{t}"'), ("sql", 'COPY "{t}" TO STDOUT'), ("sql", 'EXPLAIN SELECT * FROM "{t}"'), ("sql", 'EXPLAIN ANALYZE SELECT * FROM "{t}"'),
    ("sql", 'SELECT (SELECT max(id::text) FROM "{t}")'), ("sql", 'WITH x AS (SELECT * FROM "{t}") SELECT count(*) FROM x'),
    ("sql", 'PREPARE p AS SELECT * FROM "{t}"; EXECUTE p; DEALLOCATE p'), ("sql", 'BEGIN; DECLARE c CURSOR FOR SELECT * FROM "{t}"; FETCH ALL c; END'),
    ("sql", 'SELECT 1 UNION SELECT count(*) FROM "{t}"'),
]
WRITES = {
    "insert": [
        ("reql", 'r.db("{d}").table("{t}").insert({{id: "{n}", secret: "new{n}"}})'), ("post", "/{d}/{t}"),
        ("sql", "INSERT INTO \"{t}\" (id, secret) VALUES ('{n}', 'new{n}')"),
    ],
    "update": [
        ("reql", 'r.db("{d}").table("{t}").get("{k}").update({{extra: 1}})'), ("patch", "/{d}/{t}/{k}"),
        ("sql", "UPDATE \"{t}\" SET secret = secret WHERE id = '{k}'"),
    ],
    "delete": [
        ("reql", 'r.db("{d}").table("{t}").get("none").delete()'), ("delete", "/{d}/{t}/none"), ("sql", "DELETE FROM \"{t}\" WHERE id = 'none'"),
    ],
    "config": [
        ("reql", 'r.db("{d}").table("{t}").config()'), ("reql", 'r.db("{d}").table("{t}").getWriteHook()'),
        ("reql", 'r.db("{d}").table("{t}").setWriteHook(null)'),
    ],
}
# Ways around `read`: whatever they answer, nothing of what is hidden is in it.
WAYS_AROUND = [
    ("reql", 'r.db("{d}").table("{t}").indexCreate("u{x}", x => x("secret"), {{unique: true}})'),
    ("reql", 'r.db("{d}").table("{t}").indexCreate("f{x}", x => r.error(x("secret")))'),
    ("reql", 'r.db("{d}").table("{t}").config().update({{expiry_field: "secret"}})'),
    ("reql", 'r.db("{d}").table("{t}").indexStatus()'), ("reql", 'r.db("{d}").table("{t}").status()'), ("reql", 'r.db("{d}").table("{t}").wait()'),
    ("reql", 'r.db("{d}").table("{t}").get("{k}").update({{a: 1}}, {{returnChanges: "always"}})'),
    ("reql", 'r.db("{d}").table("{t}").insert({{id: "{k}"}}, {{returnChanges: "always"}})'),
    ("reql", 'r.db("{d}").table("{t}").insert({{id: "{k}"}}, {{conflict: (k, o, n) => r.error(o("secret"))}})'),
    ("reql", 'r.db("{d}").table("{t}").get("{k}").replace(x => r.error(x("secret")))'), ("reql", 'r.db("{d}").table("{t}").filter({{secret: "none"}}).delete({{returnChanges: "always"}})'),
    ("reql", 'r.db("rethinkdb").table("stats").coerceTo("array")'), ("reql", 'r.db("rethinkdb").table("jobs").coerceTo("array")'),
    ("reql", 'r.db("rethinkdb").table("logs").coerceTo("array")'), ("reql", 'r.db("rethinkdb").table("table_config").coerceTo("array")'),
    ("get", "/_metrics"), ("get", "/_status"), ("get", "/{d}/_tables"), ("get", "/{d}/{t}/_index"), ("post", "/{d}/{t}?conflict=replace"), ("putkey", "/{d}/{t}/{k}"),
    ("sql", "INSERT INTO \"{t}\" (id, secret) VALUES ('{k}', 'x') ON CONFLICT (id) DO UPDATE SET secret = \"{t}\".secret RETURNING *"),
    ("sql", "INSERT INTO \"{t}\" (id, secret) VALUES ('{n}', 'x') RETURNING (SELECT max(secret) FROM \"{t}\")"),
    ("sql", 'UPDATE "{t}" SET secret = secret RETURNING *'), ("sql", 'DELETE FROM "{t}" WHERE false RETURNING *'),
    ("sql", 'BEGIN; CREATE VIEW v{x} AS SELECT * FROM "{t}"; SELECT * FROM v{x}; ROLLBACK'), ("sql", 'CREATE TEMP TABLE c{x} AS SELECT * FROM "{t}"; TABLE c{x}'),
    ("sql", 'BEGIN; CREATE TABLE r{x} (a text REFERENCES "{t}"); INSERT INTO r{x} VALUES (\'{k}\'); ROLLBACK'),
    ("sql", "SELECT * FROM pg_stats"), ("sql", "SELECT relname, reltuples FROM pg_class WHERE reltuples > 0"), ("sql", "SELECT * FROM pg_stat_activity"),
    ("sql", "SELECT query_to_xml('SELECT * FROM \"{t}\"', true, true, '')"), ("sql", 'ALTER TABLE "{t}" ADD CONSTRAINT k{x} UNIQUE (secret)'),
    ("sql", "ALTER TABLE \"{t}\" ADD CONSTRAINT k{x} CHECK (secret < '')"), ("sql", 'CREATE UNIQUE INDEX ON "{t}" ((1))'),
    ("sql", 'ALTER TABLE "{t}" ALTER COLUMN secret TYPE int USING secret::int'), ("sql", 'MERGE INTO "{t}" USING (VALUES (1)) v(a) ON false WHEN NOT MATCHED THEN DO NOTHING'),
    ("sql", "SET ROLE admin; TABLE \"{t}\""), ("sql", 'LOCK TABLE "{t}"'), ("sql", 'SELECT * FROM pg_prepared_statements'),
]
TIMES = {"read": READS, **WRITES}


class Program:
    def __init__(self, number, server):
        self.random = random.Random(f"{SEED}/{number}")
        self.number, self.server, self.model, self.count = number, server, Model(), 0
        self.admin, self.doors, self.sessions, self.feeds = HTTP(server.http), {}, {}, []
        self.trace = []

    def name(self, kind):
        self.count += 1
        return f"{kind}{self.number}x{self.count}"

    def admin_query(self, text):
        self.trace.append(f"admin: {text}")
        status, answer = self.admin.query(text, self.server.authorization)
        if status != 200:
            raise Failure(f"admin is refused: {text}: {status} {answer}")
        answer = json.loads(answer)["result"]
        if isinstance(answer, dict) and answer.get("errors"):
            raise Failure(f"admin's write fails: {text}: {answer}")
        return answer

    # What happens.

    def run(self):
        for _ in range(2):
            self.create_database()
        for _ in range(3):
            self.create_table()
        for _ in range(2):
            self.create_role()
        for _ in range(3):
            self.create_account()
        for _ in range(6):
            self.grant()
        changes = [
            (self.grant, 10), (self.create_account, 1), (self.drop_account, 1), (self.change_password, 1), (self.give_roles, 3), (self.change_role, 3),
            (self.drop_role, 1), (self.create_table, 2), (self.drop_table, 1), (self.rename_table, 2), (self.move_table, 4), (self.rename_database, 1),
            (self.drop_database, 0.5), (self.issue_token, 1), (self.revoke_token, 1), (self.open_feed, 2), (self.recreate_account, 1), (self.write_mark, 2),
        ]
        for _ in range(STEPS):
            change = self.random.choices([change for change, _ in changes], [weight for _, weight in changes])[0]
            change()
            self.read_feeds()
            for _ in range(4):
                self.probe()

    def close(self):
        for feed, *_ in self.feeds:
            feed.close()
        for session in self.sessions.values():
            session.socket.close()
        for database in list(self.model.databases.values()):
            self.admin_query(f'r.dbDrop("{database}")')
        for name in list(self.model.accounts):
            self.admin_query(f'r.db("rethinkdb").table("users").get("{name}").delete()')
        for name in list(self.model.roles):
            self.admin.ask("DELETE", f"/_admin/roles/{name}", None, self.server.authorization)

    def create_database(self):
        name = self.name("d")
        self.admin_query(f'r.dbCreate("{name}")')
        self.model.databases[self.admin_query(f'r.db("{name}").info()("id")')] = name

    def create_table(self):
        if not self.model.databases:
            return self.create_database()
        id = self.random.choice(list(self.model.databases))
        database, name = self.model.databases[id], self.name("t")
        is_declared = self.random.random() < 0.5
        if is_declared:
            # A declared one that SQL makes; its rows are documents as well.
            session = SQL(self.server.postgres, "admin", "boss", database)
            good, answer = session.query(f'CREATE TABLE "{name}" (id text PRIMARY KEY, secret text, extra int)')
            session.socket.close()
            if not good:
                raise Failure(f"admin's table: {answer}")
        else:
            self.admin_query(f'r.db("{database}").tableCreate("{name}")')
        table = Table(self.admin_query(f'r.db("{database}").table("{name}").info()("id")'), name, id, is_declared)
        self.model.tables[table.id] = table
        self.mark(table)
        self.mark(table)

    def mark(self, table):
        mark = "M" + "".join(self.random.choices("ABCDEFGHJKLMNPQRSTUVWXYZ", k=14))
        self.admin_query(
            f'r.db("{self.model.databases[table.database]}").table("{table.name}").insert({{id: "K{mark}", secret: "{mark}"}})')
        table.marks.append(mark)

    def write_mark(self):
        if self.model.tables:
            self.mark(self.random.choice(list(self.model.tables.values())))

    def scope(self):
        """A scope, and how ReQL and HTTP say it."""
        kind = self.random.choices(["server", "database", "table"], [1, 4, 6])[0]
        if kind == "table" and self.model.tables:
            table = self.random.choice(list(self.model.tables.values()))
            database = self.model.databases[table.database]
            return ("table", table.id), f'r.db("{database}").table("{table.name}")', {"database": database, "table": table.name}
        if kind != "server" and self.model.databases:
            id = self.random.choice(list(self.model.databases))
            return ("database", id), f'r.db("{self.model.databases[id]}")', {"database": self.model.databases[id]}
        return "server", "r", {}

    def words(self):
        permissions = self.random.sample(PERMISSIONS, self.random.randint(1, 3))
        if self.random.random() < 0.6:
            permissions = list(dict.fromkeys(["read"] + permissions))
        return {permission: self.random.choices([True, False, None], [6, 3, 1])[0] for permission in permissions}

    def grant(self):
        if not self.model.accounts:
            return self.create_account()
        account = self.random.choice(list(self.model.accounts.values()))
        scope, reql, _ = self.scope()
        words = self.words()
        self.admin_query(f'{reql}.grant("{account.name}", {json.dumps(words)})')
        for permission, word in words.items():
            account.rights.say(scope, permission, word)

    def create_account(self, name=None):
        account = Account(name or self.name("a"), self.name("p"))
        self.admin_query(
            f'r.db("rethinkdb").table("users").insert({{id: "{account.name}", password: {{password: "{account.password}", iterations: 1}}}})')
        self.model.accounts[account.name] = account

    def drop_account(self):
        if self.model.accounts:
            name = self.random.choice(list(self.model.accounts))
            self.admin_query(f'r.db("rethinkdb").table("users").get("{name}").delete()')
            self.gone = self.model.accounts.pop(name)

    def recreate_account(self):
        """Another account of the name has nothing of the one before."""
        if self.model.accounts:
            name = self.random.choice(list(self.model.accounts))
            self.admin_query(f'r.db("rethinkdb").table("users").get("{name}").delete()')
            del self.model.accounts[name]
            self.create_account(name)

    def change_password(self):
        if self.model.accounts:
            account = self.random.choice(list(self.model.accounts.values()))
            account.password = self.name("p")
            self.admin_query(
                f'r.db("rethinkdb").table("users").get("{account.name}").update({{password: {{password: "{account.password}", iterations: 1}}}})')

    def role_body(self, role):
        permissions = []
        for scope, entry in role.entries.items():
            body = dict(entry)
            if scope != "server":
                kind, id = scope
                table = self.model.tables.get(id) if kind == "table" else None
                body["database"] = self.model.databases[table.database if table else id]
                if table:
                    body["table"] = table.name
            if entry:
                permissions.append(body)
        return {"permissions": permissions}

    def put_role(self, name, role):
        body = self.role_body(role)
        self.trace.append(f"admin: role {name} {body}")
        status, answer = self.admin.ask("PUT", f"/_admin/roles/{name}", body, self.server.authorization)
        if status >= 300:
            raise Failure(f"admin's role: {body}: {status} {answer}")
        self.model.roles[name] = role

    def create_role(self):
        self.put_role(self.name("r"), Rights())
        self.change_role()

    def change_role(self):
        if not self.model.roles:
            return
        name = self.random.choice(list(self.model.roles))
        role = self.model.roles[name]
        scope, _, _ = self.scope()
        for permission, word in self.words().items():
            role.say(scope, permission, word)
        self.put_role(name, role)

    def drop_role(self):
        if self.model.roles:
            name = self.random.choice(list(self.model.roles))
            self.trace.append(f"admin: drops the role {name}")
            self.admin.ask("DELETE", f"/_admin/roles/{name}", None, self.server.authorization)
            del self.model.roles[name]
            for account in self.model.accounts.values():
                account.roles = [role for role in account.roles if role != name]

    def give_roles(self):
        if self.model.accounts:
            account = self.random.choice(list(self.model.accounts.values()))
            account.roles = self.random.sample(list(self.model.roles), self.random.randint(0, min(2, len(self.model.roles))))
            self.admin_query(f'r.db("rethinkdb").table("users").get("{account.name}").update({{roles: {json.dumps(account.roles)}}})')

    def drop_table(self):
        if self.model.tables:
            table = self.random.choice(list(self.model.tables.values()))
            self.admin_query(f'r.db("{self.model.databases[table.database]}").tableDrop("{table.name}")')
            self.forget(table)
            # Another table of the name has nothing of what was said of this one.
            if self.random.random() < 0.7:
                self.admin_query(f'r.db("{self.model.databases[table.database]}").tableCreate("{table.name}")')
                again = self.admin_query(f'r.db("{self.model.databases[table.database]}").table("{table.name}").info()("id")')
                self.model.tables[again] = Table(again, table.name, table.database, False)
                self.mark(self.model.tables[again])

    def forget(self, table):
        del self.model.tables[table.id]
        self.model.forget("table", table.id)

    def rename_table(self):
        if self.model.tables:
            table = self.random.choice(list(self.model.tables.values()))
            name = self.name("t")
            self.admin_query(f'r.db("{self.model.databases[table.database]}").table("{table.name}").config().update({{name: "{name}"}})')
            table.name = name

    def move_table(self):
        open_ones = [table for table in self.model.tables.values() if not table.is_declared]
        if open_ones and len(self.model.databases) > 1:
            table = self.random.choice(open_ones)
            target = self.random.choice([id for id in self.model.databases if id != table.database])
            self.admin_query(
                f'r.db("{self.model.databases[table.database]}").table("{table.name}").config().update({{db: "{self.model.databases[target]}"}})')
            self.model.move(table, target)

    def rename_database(self):
        if self.model.databases:
            id = self.random.choice(list(self.model.databases))
            name = self.name("d")
            self.admin_query(f'r.db("{self.model.databases[id]}").config().update({{name: "{name}"}})')
            self.model.databases[id] = name

    def drop_database(self):
        if len(self.model.databases) > 1:
            id = self.random.choice(list(self.model.databases))
            self.admin_query(f'r.dbDrop("{self.model.databases[id]}")')
            for table in [table for table in self.model.tables.values() if table.database == id]:
                self.forget(table)
            self.model.forget("database", id)
            del self.model.databases[id]

    def issue_token(self):
        if self.model.accounts:
            account = self.random.choice(list(self.model.accounts.values()))
            status, answer = self.admin.ask("POST", "/_admin/tokens", {"user": account.name}, self.server.password)
            if status != 201:
                raise Failure(f"no token: {status} {answer}")
            answer = json.loads(answer)
            account.tokens.append((answer["id"], answer["token"]))

    def revoke_token(self):
        owners = [account for account in self.model.accounts.values() if account.tokens]
        if owners:
            account = self.random.choice(owners)
            id, text = account.tokens.pop()
            self.admin.ask("DELETE", f"/_admin/tokens/{id}", None, self.server.authorization)
            status, answer = HTTP(self.server.http).ask("GET", "/_databases", None, "Bearer " + text)
            if status != 401:
                raise Failure(f"a revoked token of {account.name} is good: {status} {answer}")

    # Feeds.

    def open_feed(self):
        pairs = [(account, table) for account in self.model.accounts.values() for table in self.model.tables.values() if self.model.allows(account, "read", table)]
        if not pairs:
            return
        account, table = self.random.choice(pairs)
        feed = socket.create_connection(("127.0.0.1", self.server.http), PATIENCE)
        database = self.model.databases[table.database]
        self.trace.append(f"{account.name} follows {database}.{table.name}")
        feed.sendall(
            f"GET /{database}/{table.name}/_changes HTTP/1.1\r\nHost: localhost\r\nAuthorization: {basic(account)}\r\nAccept: application/x-ndjson\r\n\r\n".encode())
        head = b""
        while b"\r\n\r\n" not in head:
            part = feed.recv(4096)
            if not part:
                raise Failure(f"no feed for {account.name}: {head}")
            head += part
        if b" 200 " not in head.split(b"\r\n")[0]:
            raise Failure(f"no feed for {account.name}: {head}")
        feed.setblocking(False)
        # Whose it is by what was proved when it began: another password, another account.
        self.feeds.append((feed, account, account.password, table, set(table.marks)))

    def read_feeds(self):
        """What was written while it was forbidden is in no feed."""
        for feed, account, password, table, known in self.feeds:
            forbidden = self.model.accounts.get(account.name) is not account or account.password != password or not self.model.allows(account, "read", table)
            if not forbidden or table.id not in self.model.tables:
                continue
            # What came before is passed over; then something is written.
            self.drain(feed)
            self.mark(table)
            time.sleep(0.01)
            told = self.drain(feed)
            if table.marks[-1] in told:
                raise Failure(f"the feed of {account.name} on {table.name} tells what it may not: {told[-300:]}")

    def drain(self, feed):
        told = b""
        try:
            while part := feed.recv(1 << 16):
                told += part
        except OSError:
            pass
        return told.decode(errors="replace")

    # What accounts try.

    def probe(self):
        accounts, tables = list(self.model.accounts.values()), list(self.model.tables.values())
        if getattr(self, "gone", None) and self.random.random() < 0.02:
            accounts = [self.gone]
        if not accounts or not tables:
            return
        account, table = self.random.choice(accounts), self.random.choice(tables)
        kind = self.random.choices(["read", "insert", "update", "delete", "config", "around"], [6, 2, 2, 1, 1, 4])[0]
        door, text = self.random.choice(WAYS_AROUND if kind == "around" else TIMES[kind])
        if kind == "config" and table.is_declared and door != "reql":
            return
        mayRead = self.model.allows(account, "read", table)
        may = mayRead if kind == "around" else self.model.allows(account, kind, table)
        key = "K" + table.marks[0]
        names = {
            "d": self.model.databases[table.database], "t": table.name, "k": key, "m": table.marks[0], "n": self.name("N"), "x": self.count}
        text = text.format(**names)
        good, answer = self.ask(door, text, account, names)
        self.trace.append(f"{account.name} ({kind}, {'may' if may else 'may not'}) {door}: {text} → {good} {answer[:200]!r}")
        if not mayRead:
            # What the request itself holds is no secret; all else of the table is.
            leaked = [mark for mark in table.marks if mark in answer.replace(key, "").replace(names["m"], "" if names["m"] in text else names["m"])]
            if leaked:
                raise Failure(f"{account.name} may not read {table.name}, and is told {leaked}: {door}: {text}: {answer[:600]}")
        if kind == "around":
            if not mayRead and door == "sql" and ("REFERENCES" in text or "UNIQUE" in text or "CHECK" in text) and good:
                raise Failure(f"{account.name} may not read {table.name}, and finds out what is in it: {text}")
            return
        if good and not may:
            raise Failure(f"{account.name} may not {kind} {table.name}: {door}: {text}: {answer[:600]}")
        # Writes show what they wrote, and find what they write.
        if not good and may and (mayRead or kind in ("read", "config")):
            raise Failure(f"{account.name} may {kind} {table.name}, and is refused: {door}: {text}: {answer[:600]}")

    def ask(self, door, text, account, names):
        """Whether it was answered, and the answer."""
        if door == "sql":
            return self.ask_sql(text, account, names["d"])
        http = self.doors.setdefault(account.name, HTTP(self.server.http))
        authorization = basic(account)
        if account.tokens and account.name in self.model.accounts and self.random.random() < 0.3:
            authorization = "Bearer " + account.tokens[-1][1]
        if door == "reql":
            status, answer = http.query(text, authorization)
        elif door == "plan":
            status, answer = http.ask("POST", "/_reql", {"query": text, "explain": True}, authorization)
        elif door == "restquery":
            status, answer = http.ask("POST", f"/{names['d']}/{names['t']}/_query", {"query": text}, authorization)
        elif door == "get":
            status, answer = http.ask("GET", text, None, authorization)
        elif door == "post":
            status, answer = http.ask("POST", text, {"id": names["n"], "secret": "new" + names["n"]}, authorization)
        elif door == "putkey":
            status, answer = http.ask("PUT", text, {"id": names["k"], "secret": "new"}, authorization, If_None_Match="*")
        elif door == "patch":
            status, answer = http.ask("PATCH", text, {"extra": 2}, authorization, "application/json")
        elif door == "delete":
            status, answer = http.ask("DELETE", text, None, authorization)
            # What is not there can't be removed; it was looked for.
            if status == 404:
                status = 200
        if status >= 500:
            raise Failure(f"{door}: {text}: {status} {answer}")
        if status < 300 and door == "reql" and "changes(" in text:
            status = 403 if "permission" in answer else 200
        elif status < 300 and door == "reql":
            result = json.loads(answer).get("result")
            if isinstance(result, dict) and result.get("errors"):
                status = 422
        return status < 300, answer

    def ask_sql(self, text, account, database):
        try:
            # A session is its account's, as long as that is the same; a new one is begun now and then.
            key = (account.name, account.password, database)
            session = self.sessions.get(key)
            if session is None or self.random.random() < 0.2:
                session = self.sessions[key] = SQL(self.server.postgres, account.name, account.password, database)
            good, answer = session.query(text)
            if "BEGIN" in text and not good:
                session.query("ROLLBACK")
            if "ROLE" in text:
                session.query("RESET ROLE")
            if "CXX000" in answer:
                raise Failure(f"{text}: {answer}")
            return good, answer
        except Refused as refused:
            self.sessions.pop(key, None)
            return False, str(refused)


class Server:
    def __init__(self, folder):
        self.process = subprocess.Popen(
            [PANDO, "serve", f"{folder}/rights.pando", "--bind", "127.0.0.1", "--http-port", "0", "--driver-port", "none", "--pg-port", "0", "--quiet",
             "--initial-password", "boss"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        lines = [self.process.stdout.readline().strip() for _ in range(2)]
        self.http, self.postgres = (int(line.rsplit(":", 1)[1]) for line in lines)
        # Tokens are issued for a password.
        self.password = "Basic " + base64.b64encode(b"admin:boss").decode()
        status, answer = HTTP(self.http).ask("POST", "/_admin/tokens", None, self.password)
        self.authorization = "Bearer " + json.loads(answer)["token"]


def main():
    print(f"seed {SEED}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        server = Server(folder)
        failures = []

        def one(number):
            program = Program(number, server)
            if failures:
                return
            try:
                program.run()
                program.close()
            except Failure as failure:
                failures.append((program.trace[-40:], f"program {number} of seed {SEED}: {failure}"))

        try:
            # Programs have names of their own, so they run side by side; who is refused waits for a second.
            with concurrent.futures.ThreadPoolExecutor(8) as pool:
                for done, _ in enumerate(pool.map(one, range(PROGRAMS)), 1):
                    if done % 1000 == 0:
                        print(f"{done} programs", flush=True)
        finally:
            server.process.terminate()
            server.process.wait(PATIENCE)
    for trace, failure in failures[:1]:
        print("\n".join(trace))
        print(failure)
    if not failures:
        print(f"{PROGRAMS} programs: nobody got more, or less, than the model allows")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
