#!/usr/bin/env python3
"""record.py HOST PORT: makes the recordings in this folder anew, by a PostgreSQL 15 whose pg_hba.conf asks for SCRAM-SHA-256 and that has what
`record.py accounts` prints: `ann` has a verifier of one iteration, so that her conversations can be gone through thousands of times, `bob` one of
4,096. A line is what went to the server (>) or came from it (<), in Base64, in the order of the conversation."""
import base64, hashlib, hmac, pathlib, socket, struct, sys

PASSWORD = b"pencil"


def accounts():
    salt = bytes(range(16))
    salted = hashlib.pbkdf2_hmac("sha256", PASSWORD, salt, 1)
    stored, server = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest(), hmac.digest(salted, b"Server Key", "sha256")
    salt, stored, server = (base64.b64encode(part).decode() for part in (salt, stored, server))
    print(f"CREATE ROLE ann LOGIN PASSWORD 'SCRAM-SHA-256$1:{salt}${stored}:{server}';")
    print(f"SET password_encryption = 'scram-sha-256'; CREATE ROLE bob LOGIN PASSWORD '{PASSWORD.decode()}';")
    print("CREATE DATABASE ann OWNER ann;\nCREATE DATABASE bob OWNER bob;")


if sys.argv[1:] == ["accounts"]:
    sys.exit(accounts())

NONCE = "fyko+d2lbbFgONRv9qkxdawL"


class Recording:
    def __init__(self, name):
        self.lines, self.name = [], name
        self.socket = socket.create_connection((sys.argv[1], int(sys.argv[2])))

    def send(self, data):
        self.lines.append("> " + base64.b64encode(data).decode())
        self.socket.sendall(data)

    def read(self, until):
        """Messages up to one of these types."""
        data, messages = b"", []
        while not messages or messages[-1][0] not in until:
            head = self.exactly(5)
            body = self.exactly(struct.unpack("!I", head[1:])[0] - 4)
            data += head + body
            messages.append((chr(head[0]), body))
        self.lines.append("< " + base64.b64encode(data).decode())
        return messages

    def exactly(self, count):
        data = b""
        while len(data) < count:
            piece = self.socket.recv(count - len(data))
            assert piece, "the server has ended the connection"
            data += piece
        return data

    def save(self):
        (pathlib.Path(__file__).parent / f"{self.name}.txt").write_text("\n".join(self.lines) + "\n")


def message(kind, body):
    return kind.encode() + struct.pack("!I", len(body) + 4) + body


def text(*values):
    return b"".join(value.encode() + b"\0" for value in values)


def startup(user):
    body = struct.pack("!I", 196608) + text("user", user, "database", user, "client_encoding", "UTF8", "application_name", "pando") + b"\0"
    return struct.pack("!I", len(body) + 4) + body


def log_in(recording, user="ann", password="pencil"):
    recording.send(startup(user))
    recording.read("R")
    first = f"n=,r={NONCE}"
    recording.send(message("p", text("SCRAM-SHA-256") + struct.pack("!I", len(first) + 3) + f"n,,{first}".encode()))
    answer = recording.read("RE")[-1][1][4:].decode()
    fields = dict(part.split("=", 1) for part in answer.split(","))
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), base64.b64decode(fields["s"]), int(fields["i"]))
    key = hmac.digest(salted, b"Client Key", "sha256")
    final = f"c=biws,r={fields['r']}"
    signature = hmac.digest(hashlib.sha256(key).digest(), f"{first},{answer},{final}".encode(), "sha256")
    proof = base64.b64encode(bytes(a ^ b for a, b in zip(key, signature))).decode()
    recording.send(message("p", f"{final},p={proof}".encode()))
    return recording.read("ZE")


def query(recording, statement, until="Z"):
    recording.send(message("Q", text(statement)))
    return recording.read(until)


def extended(statement, parameters, results, name=""):
    values = b"".join(struct.pack("!i", -1) if value is None else struct.pack("!i", len(value)) + value for value in parameters)
    return (message("P", text(name, statement) + struct.pack("!H", 0))
            + message("B", text("", name) + struct.pack("!HH", 0, len(parameters)) + values + struct.pack(f"!H{len(results)}H", len(results), *results))
            + message("D", b"P\0") + message("E", b"\0" + struct.pack("!I", 0)))


SYNC = message("S", b"")

one = Recording("statements")
log_in(one)
query(one, "SELECT 1 AS one, NULL AS nothing, 'naïve' AS word; SELECT generate_series(1, 3)")
query(one, "")
query(one, "DO $$ BEGIN RAISE NOTICE 'careful' USING HINT = 'look'; END $$")
query(one, "SELECT 1/0")
query(one, "CREATE TEMPORARY TABLE t (k integer CONSTRAINT positive CHECK (k > 0)); INSERT INTO t VALUES (0)")
one.send(extended("SELECT $1::int4 + 1, $2::text, 1.5::numeric, true", [b"41", None], [1]) + SYNC)
one.read("Z")
query(one, "SET application_name = 'other'; LISTEN news; NOTIFY news, 'hello'")
query(one, "BEGIN")
query(one, "ROLLBACK")
one.send(message("X", b""))
one.save()

two = Recording("copy")
log_in(two)
query(two, "COPY (SELECT i, repeat('x', i), NULL FROM generate_series(1, 5) i) TO STDOUT")
query(two, "COPY (SELECT i::int4, 'word' FROM generate_series(1, 2) i) TO STDOUT (FORMAT binary)")
query(two, "COPY (SELECT 10 / (3 - i) FROM generate_series(1, 5) i) TO STDOUT")
two.send(message("X", b""))
two.save()

three = Recording("pipeline")
log_in(three)
three.send(extended("SELECT 1", [], [1]) + SYNC + extended("SELECT 1/0", [], [1]) + extended("SELECT 2", [], [1]) + SYNC + extended("SELECT 3", [], [1]) + SYNC)
for _ in range(3):
    three.read("Z")
three.send(message("X", b""))
three.save()

four = Recording("wrong-password")
log_in(four, password="pen")
four.save()

five = Recording("login")
log_in(five, user="bob")
five.send(message("X", b""))
five.save()
