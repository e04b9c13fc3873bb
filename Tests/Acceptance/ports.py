#!/usr/bin/env python3
"""Messages of RethinkDB's drivers and of PostgreSQL clients, damaged at random, over sockets.

    ports.py PANDO SECONDS [SEED]

Whole conversations are cut, repeated, mixed and changed in bytes, lengths and words, by many clients at once. Meanwhile somebody reads and
writes, and is to be answered; the server is to go on, to say of nothing that it is an error of its own, to hold no more memory after an hour
than after a minute, and to end when it is told to. The seed is printed; the exit status is 1 if something of this fails.
"""

import json
import os
import random
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

PANDO = os.path.abspath(sys.argv[1]) if len(sys.argv) > 2 else sys.exit(__doc__)
SECONDS = float(sys.argv[2])
SEED = int(sys.argv[3]) if len(sys.argv) > 3 else random.SystemRandom().randrange(1 << 32)
CLIENTS = 12
PATIENCE = 60
RESIDENT = 320 << 20

TABLE = [15, [[14, ["test"]], "t"]]
QUERIES = [
    [1, TABLE, {}], [1, [16, [TABLE, 1]], {}], [1, [56, [TABLE, {"id": 5, "a": "x"}], {"conflict": "replace"}], {}], [1, [43, [TABLE]], {}],
    [1, [152, [TABLE]], {}], [1, [173, []], {}], [1, [41, [TABLE]], {"db": [14, ["test"]]}], [1, [51, ["x", "+"]], {}], [1, [24, [1, 2, "a"]], {}],
    [1, [38, [[2, [1, 2, 3]], [69, [[2, [1]], [24, [[10, [1]], 1]]]]]], {}], [1, [39, [TABLE, [69, [[2, [2]], [17, [[170, [[10, [2]], "a"]], "x"]]]]]], {}],
    [2], [3], [4], [5], [1, [169, []], {"noreply": True}], [1, [75, [TABLE, "i"]], {}], [1, [97, ["a(b", "c"]], {}], [1, [98, ["{\"a\":1}"]], {}],
]
STATEMENTS = [
    "SELECT 1", "SELECT * FROM t", "SELECT $1::int + $2::text::int", "INSERT INTO s VALUES ($1, $2) ON CONFLICT DO NOTHING", "BEGIN", "ROLLBACK",
    "COMMIT", "SELECT repeat('x', 1000), generate_series(1, 100)", "COPY s FROM STDIN", "COPY s TO STDOUT (FORMAT binary)", "SELECT 1; SELECT 2; SELEC",
    "DECLARE c CURSOR FOR SELECT * FROM s", "FETCH 2 FROM c", "SELECT '{1,2}'::int[], '[1,2]'::jsonb, now(), 1.5::numeric", "LISTEN a", "NOTIFY a, 'b'",
    "PREPARE p AS SELECT $1", "EXECUTE p(1)", "SET statement_timeout = 1000", "SELECT * FROM pg_class", "EXPLAIN SELECT * FROM s WHERE id = 1",
    "UPDATE s SET v = v || 'x' WHERE id < 10", "DELETE FROM s WHERE id > 100", "SELECT pg_sleep(0.01)", "CREATE TEMP TABLE x (a int)", "SAVEPOINT a",
]


class Failure(Exception):
    pass


def damage(data, rng):
    """Some bytes changed, a piece left out, repeated, or put elsewhere."""
    data = bytearray(data)
    for _ in range(rng.choice((0, 1, 1, 1, 2, 5))):
        if not data:
            break
        place, length = rng.randrange(len(data)), rng.choice((1, 1, 2, 4, 16))
        kind = rng.randrange(7)
        if kind == 0:
            data[place] = rng.randrange(256)
        elif kind == 1:
            del data[place:place + length]
        elif kind == 2:
            data[place:place] = data[place:place + length] * rng.choice((1, 2, 300))
        elif kind == 3:
            data[place:place + 4] = struct.pack(">I", rng.choice((0, 1, 3, 4, 5, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 1 << 26)))
        elif kind == 4:
            data[place:place] = bytes(rng.choices(b"\0\xff[]{}\"'\\0123456789-e,;$", k=length))
        elif kind == 5:
            del data[place:]
        else:
            other = rng.randrange(len(data))
            data[other:other] = data[place:place + length]
    return bytes(data)


def driver_conversation(rng):
    parts = [struct.pack("<III", 0x400C2D20, 0, 0x7E6970C7)]
    if rng.random() < 0.2:
        hello = {"protocol_version": 0, "authentication_method": "SCRAM-SHA-256", "authentication": "n,,n=admin,r=abcdefghijkl"}
        parts = [struct.pack("<I", 0x34C2BDC3), json.dumps(hello).encode() + b"\0", json.dumps({"authentication": "c=biws,r=x,p=eA=="}).encode() + b"\0"]
    for _ in range(rng.randrange(1, 12)):
        body = json.dumps(rng.choice(QUERIES)).encode()
        if rng.random() < 0.5:
            body = damage(body, rng)
        parts.append(struct.pack("<QI", rng.randrange(5), len(body)) + body)
    return parts


def message(kind, body):
    return kind + struct.pack(">I", len(body) + 4) + body


def postgres_conversation(rng):
    body = struct.pack(">I", 196608) + b"user\0admin\0database\0test\0\0"
    parts = [struct.pack(">I", len(body) + 4) + body]
    if rng.random() < 0.1:
        parts = [struct.pack(">II", 8, 80877103)] + parts
    for _ in range(rng.randrange(1, 14)):
        text = rng.choice(STATEMENTS).encode()
        if rng.random() < 0.3:
            text = damage(text, rng).replace(b"\0", b"")
        name = rng.choice((b"", b"a", b"b"))
        values = rng.choices([b"1", b"x", b"", b"\0\0\0\1", None], k=rng.randrange(3))
        packed = b"".join(struct.pack(">i", -1) if value is None else struct.pack(">i", len(value)) + value for value in values)
        parts.append(rng.choice([
            message(b"Q", text + b"\0"), message(b"P", name + b"\0" + text + b"\0" + struct.pack(">H", 0)),
            message(b"B", name + b"\0" + name + b"\0" + struct.pack(">HH", 1, rng.randrange(2)) + struct.pack(">H", len(values)) + packed + struct.pack(">H", 0)),
            message(b"D", rng.choice(b"SPX").to_bytes(1, "big") + name + b"\0"), message(b"E", name + b"\0" + struct.pack(">i", rng.choice((0, 1, 5, -1)))),
            message(b"C", b"S" + name + b"\0"), message(b"S", b""), message(b"H", b""), message(b"d", b"1\tx\n"), message(b"c", b""), message(b"f", b"no\0"),
            message(b"X", b""), message(b"F", b"\0\0\0\1\0\0\0\0\0\0"), message(b"p", b"x\0"),
        ]))
    return parts


class Server:
    def __init__(self, folder):
        self.file, self.log = f"{folder}/ports.pando", open(f"{folder}/log", "w")
        self.process = subprocess.Popen(
            [PANDO, "serve", self.file, "--bind", "127.0.0.1", "--http-port", "0", "--driver-port", "0", "--pg-port", "0", "--quiet", "--query-memory", "64",
             "--memory", "128"],
            stdout=subprocess.PIPE, stderr=self.log, text=True)
        lines = [self.process.stdout.readline().strip() for _ in range(3)]
        self.http, self.driver, self.postgres = (int(line.rsplit(":", 1)[1]) for line in lines)

    def resident(self):
        with open(f"/proc/{self.process.pid}/status") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("RssAnon")) << 10

    def check(self):
        """Somebody reads and writes."""
        import http.client
        connection = http.client.HTTPConnection("127.0.0.1", self.http, timeout=PATIENCE)
        for method, target, body in [("PUT", "/test/kept/by", '{"a": 1}'), ("GET", "/test/kept/by", None), ("GET", "/_health/ready", None)]:
            connection.request(method, target, body)
            answer = connection.getresponse()
            answer.read()
            if answer.status >= 300:
                raise Failure(f"{method} {target}: {answer.status}")
        connection.close()


def attack(server, number, end, counts, failures):
    rng = random.Random(f"{SEED}/{number}")
    while time.monotonic() < end and not failures:
        isDriver = rng.random() < 0.5
        parts = driver_conversation(rng) if isDriver else postgres_conversation(rng)
        # The start stays whole most often, so that there is something behind it.
        parts = [part if index == 0 and rng.random() < 0.9 else damage(part, rng) if rng.random() < 0.5 else part for index, part in enumerate(parts)]
        answered = b""
        try:
            with socket.create_connection(("127.0.0.1", server.driver if isDriver else server.postgres), PATIENCE) as client:
                client.settimeout(2)
                if rng.random() < 0.5:
                    client.sendall(b"".join(parts))
                else:
                    for part in parts:
                        client.sendall(part)
                        if rng.random() < 0.3:
                            time.sleep(0.001)
                if rng.random() < 0.8:
                    client.shutdown(socket.SHUT_WR)
                    while len(answered) < 1 << 20 and (part := client.recv(1 << 16)):
                        answered += part
        except OSError:
            pass
        counts[number] += 1
        if b"CXX000" in answered or b"CXX001" in answered or b'"e":1000000' in answered:
            failures.append(f"an error of the server's own: {answered[-600:]}, after {b''.join(parts)[:2000]}")


def main():
    print(f"seed {SEED}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        server = Server(folder)
        failures, counts, begun = [], [0] * CLIENTS, None
        try:
            import http.client
            connection = http.client.HTTPConnection("127.0.0.1", server.http, timeout=PATIENCE)
            for target in ("/test/t", "/test/kept"):
                connection.request("PUT", target)
                connection.getresponse().read()
            connection.request("POST", "/test/t", json.dumps([{"id": number, "a": "x" * number} for number in range(50)]))
            connection.getresponse().read()
            connection.close()
            body = struct.pack(">I", 196608) + b"user\0admin\0database\0test\0\0"
            with socket.create_connection(("127.0.0.1", server.postgres), PATIENCE) as client:
                client.sendall(struct.pack(">I", len(body) + 4) + body + message(b"Q", b"CREATE TABLE s (id int PRIMARY KEY, v text)\0") + message(b"X", b""))
                while client.recv(1 << 16):
                    pass
            start = time.monotonic()
            clients = [threading.Thread(target=attack, args=(server, number, start + SECONDS, counts, failures)) for number in range(CLIENTS)]
            for client in clients:
                client.start()
            while any(client.is_alive() for client in clients):
                time.sleep(1)
                if server.process.poll() is not None:
                    failures.append(f"the server ended with {server.process.returncode}")
                    break
                try:
                    server.check()
                except (Failure, OSError) as failure:
                    failures.append(f"who reads and writes is not answered: {failure!r}")
                    break
                if begun is None and time.monotonic() > start + min(60, SECONDS / 4):
                    begun = server.resident()
            for client in clients:
                client.join()
            resident = server.resident() if server.process.poll() is None else 0
            if resident > RESIDENT:
                failures.append(f"the server holds {resident >> 20} MiB")
            if server.process.poll() is None:
                server.process.send_signal(signal.SIGTERM)
                if server.process.wait(PATIENCE) != 0:
                    failures.append(f"the server ended with {server.process.returncode}")
            if subprocess.run([PANDO, "check", server.file], capture_output=True).returncode:
                failures.append("the file is not sound")
            print(f"{sum(counts)} conversations, {(begun or 0) >> 20} MiB at first, {resident >> 20} MiB in the end")
        finally:
            server.process.kill()
            server.process.wait()
            server.log.close()
            with open(f"{folder}/log") as log:
                sys.stdout.write(log.read()[-2000:])
    for failure in failures[:3]:
        print(failure)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
