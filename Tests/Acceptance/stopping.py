#!/usr/bin/env python3
"""What a server owes its clients when it is told to stop under load, and what it owes them when it is killed.

    stopping.py PANDO [ROUNDS]

In each round clients write and read over HTTP and over the driver port, follow feeds and read a long answer, all at once.

SIGTERM: every request that was sent before the signal is answered whole, feeds end with an event that says why, and the process ends
with status 0 before its time is up. SIGKILL: whatever was acknowledged as on the disk is there when the file is opened again. In both cases
the file is sound. The exit status is 1 if any of that does not hold.
"""

import http.client
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

WRITERS = 16
READERS = 8
DRIVERS = 8
FEEDS = 8
DOCUMENTS = 20_000
# What the server takes for requests in flight, and some for a busy machine.
LIMIT = 10 + 20


class Server:
    def __init__(self, executable, file):
        self.process = subprocess.Popen(
            [executable, "serve", file, "--http-port", "0", "--driver-port", "0", "--bind", "127.0.0.1", "--quiet"],
            stdout=subprocess.PIPE, text=True)
        ports = [int(self.process.stdout.readline().strip().rsplit(":", 1)[1]) for _ in range(2)]
        self.http, self.driver = ports

    def ask(self, method, target, body=None, **fields):
        connection = http.client.HTTPConnection("127.0.0.1", self.http, timeout=60)
        connection.request(method, target, body, fields)
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        if answer.status >= 400:
            sys.exit(f"{method} {target}: {answer.status} {text.decode()}")
        return text


class Client(threading.Thread):
    """Sends one request after the other until its connection ends or it is told to stop."""

    def __init__(self, server, number):
        super().__init__()
        self.server = server
        self.number = number
        # What was acknowledged.
        self.done = []
        self.count = 0
        # When the request was sent whose answer has not come; None between requests.
        self.asked = None
        # How the connection ended: "" if between requests, otherwise what is wrong.
        self.end = None
        self.failure = None

    def run(self):
        try:
            self.work()
        except Exception as error:
            self.failure = error


def read_answer(stream):
    """Status and body of an answer; None if the connection ended before its first byte."""
    line = stream.readline()
    if not line:
        return None
    status = int(line.split()[1])
    length, chunked = 0, False
    while (field := stream.readline()) != b"\r\n":
        if not field:
            raise EOFError("the connection ended in the head of an answer")
        name, _, value = field.decode().partition(":")
        if name.lower() == "content-length":
            length = int(value)
        if name.lower() == "transfer-encoding":
            chunked = True
    if not chunked:
        body = stream.read(length)
        if len(body) < length:
            raise EOFError(f"the connection ended after {len(body)} of {length} bytes of a body")
        return status, body
    parts = []
    while True:
        line = stream.readline()
        if not line:
            raise EOFError("the connection ended in the chunks of an answer")
        size = int(line, 16)
        part = stream.read(size + 2)
        if len(part) < size + 2:
            raise EOFError("the connection ended in a chunk")
        if size == 0:
            return status, b"".join(parts)
        parts.append(part[:-2])


class HTTPClient(Client):
    def connect(self):
        self.socket = socket.create_connection(("127.0.0.1", self.server.http), timeout=60)
        self.stream = self.socket.makefile("rb")

    def exchange(self, head, body=b""):
        """None if the connection ended without an answer."""
        self.asked = time.monotonic()
        try:
            self.socket.sendall(f"{head} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
            # The moment from which on the server has it.
            self.asked = time.monotonic()
            answer = read_answer(self.stream)
        except (ConnectionError, BrokenPipeError):
            answer = None
        if answer:
            self.asked = None
        return answer


class Writer(HTTPClient):
    def work(self):
        self.connect()
        while True:
            key = f"w{self.number}_{self.count}"
            answer = self.exchange(f"PUT /app/written/{key}", json.dumps({"id": key, "pad": "x" * random.randrange(2000)}).encode())
            if not answer:
                return
            if answer[0] != 201:
                raise ValueError(f"PUT of {key}: {answer}")
            self.done.append(key)
            self.count += 1


class Reader(HTTPClient):
    def work(self):
        self.connect()
        while True:
            number = random.randrange(DOCUMENTS)
            answer = self.exchange(f"GET /app/read/d{number}")
            if not answer:
                return
            if answer[0] != 200 or json.loads(answer[1])["n"] != number:
                raise ValueError(f"GET of d{number}: {answer}")
            self.count += 1


class LongReader(HTTPClient):
    """Reads a whole table in one answer, over and over."""

    def work(self):
        self.connect()
        query = b'{"query": "r.db(\\"app\\").table(\\"read\\").filter(d => d(\\"n\\").ge(0))"}'
        while True:
            self.asked = time.monotonic()
            try:
                self.socket.sendall(
                    b"POST /_reql HTTP/1.1\r\nHost: localhost\r\nAccept: application/x-ndjson\r\nContent-Type: application/json\r\n"
                    + f"Content-Length: {len(query)}\r\n\r\n".encode() + query)
                self.asked = time.monotonic()
                answer = read_answer(self.stream)
            except (ConnectionError, BrokenPipeError):
                answer = None
            if not answer:
                return
            self.asked = None
            if answer[0] != 200 or answer[1].count(b"\n") != DOCUMENTS:
                raise ValueError(f"a long answer with {answer[1].count(chr(10).encode())} of {DOCUMENTS} lines")
            self.count += 1


class Feed(Client):
    """Follows a table; the last thing it gets must be an event that says why."""

    def work(self):
        self.socket = socket.create_connection(("127.0.0.1", self.server.http), timeout=60)
        self.socket.sendall(b"GET /app/written/_changes HTTP/1.1\r\nHost: localhost\r\n\r\n")
        text = b""
        while True:
            try:
                data = self.socket.recv(1 << 16)
            except ConnectionError:
                data = b""
            if not data:
                break
            text = (text + data)[-4000:]
            self.count += data.count(b"data: ")
        self.end = text.decode(errors="replace")


class Driver(Client):
    """Inserts over the driver port."""

    def receive(self, count):
        data = b""
        while len(data) < count:
            more = self.socket.recv(count - len(data))
            if not more:
                if data:
                    raise EOFError("the connection ended in a response")
                return None
            data += more
        return data

    def work(self):
        self.socket = socket.create_connection(("127.0.0.1", self.server.driver), timeout=60)
        self.socket.sendall(struct.pack("<III", 0x400C2D20, 0, 0x7E6970C7))
        if self.receive(8) != b"SUCCESS\0":
            raise ValueError("no handshake")
        while True:
            key = f"q{self.number}_{self.count}"
            query = f'[1,[56,[[15,[[14,["app"]],"written"]],{{"id":"{key}"}}]],{{}}]'.encode()
            self.asked = time.monotonic()
            try:
                self.socket.sendall(struct.pack("<QI", self.count, len(query)) + query)
                self.asked = time.monotonic()
                head = self.receive(12)
                body = head and self.receive(struct.unpack("<QI", head)[1])
            except (ConnectionError, BrokenPipeError):
                return
            if not head:
                return
            self.asked = None
            answer = json.loads(body)
            if answer["t"] != 1 or answer["r"][0]["inserted"] != 1:
                raise ValueError(f"insert of {key}: {body}")
            self.done.append(key)
            self.count += 1


def prepare(server):
    server.ask("PUT", "/app")
    server.ask("PUT", "/app/read")
    server.ask("PUT", "/app/written")
    lines = "\n".join(json.dumps({"id": f"d{n}", "n": n, "pad": "y" * 200}) for n in range(DOCUMENTS))
    server.ask("POST", "/app/read", lines.encode(), **{"Content-Type": "application/x-ndjson"})


def load(server):
    kinds = [(Writer, WRITERS), (Reader, READERS), (LongReader, 2), (Driver, DRIVERS), (Feed, FEEDS)]
    clients = [kind(server, number) for kind, count in kinds for number in range(count)]
    for client in clients:
        client.start()
    deadline = time.monotonic() + 60
    # Everybody has had an answer, so every connection is the server's by now.
    while any(client.count == 0 for client in clients):
        if time.monotonic() > deadline or any(client.failure for client in clients):
            sys.exit(f"the load did not get going: {[client.failure for client in clients if client.failure]}")
        time.sleep(0.01)
    time.sleep(random.uniform(0.1, 0.6))
    return clients


def check(executable, file, clients):
    """The file is sound, and has what was acknowledged."""
    found = subprocess.run([executable, "check", file], capture_output=True, text=True)
    if found.returncode != 0:
        sys.exit(f"the file is not sound: {found.stdout}{found.stderr}")
    server = Server(executable, file)
    text = server.ask("POST", "/_reql", b'r.db("app").table("written")("id")', Accept="application/x-ndjson", **{"Content-Type": "text/plain"})
    there = {json.loads(line) for line in text.splitlines()}
    server.process.terminate()
    server.process.wait(timeout=60)
    lost = [key for client in clients for key in client.done if key not in there]
    if lost:
        sys.exit(f"acknowledged and lost: {lost[:10]} and {max(len(lost) - 10, 0)} more")
    return len(there)


def terminate(executable, file):
    server = Server(executable, file)
    prepare(server)
    clients = load(server)
    told = time.monotonic()
    os.kill(server.process.pid, signal.SIGTERM)
    try:
        status = server.process.wait(timeout=LIMIT)
    except subprocess.TimeoutExpired:
        sys.exit(f"the server runs {LIMIT} seconds after SIGTERM")
    took = time.monotonic() - told
    if status != 0:
        sys.exit(f"the server ended with {status} after SIGTERM")
    for client in clients:
        client.join(60)
        name = f"{type(client).__name__} {client.number}"
        if client.failure:
            sys.exit(f"{name}: {client.failure!r}")
        if client.asked is not None and client.asked < told:
            sys.exit(f"{name}: what it asked {told - client.asked:.4f} s before the signal was not answered")
        if isinstance(client, Feed) and "event: error\ndata: {" not in client.end:
            sys.exit(f"{name}: the feed ended without saying so: …{client.end[-200:]!r}")
    count = check(executable, file, clients)
    print(f"SIGTERM: ended after {took:.2f} s; {sum(len(client.done) for client in clients)} writes acknowledged, {count} there; "
          f"{sum(client.count for client in clients if isinstance(client, Feed))} events")


def kill(executable, file):
    server = Server(executable, file)
    prepare(server)
    clients = load(server)
    os.kill(server.process.pid, signal.SIGKILL)
    server.process.wait(timeout=60)
    for client in clients:
        client.join(60)
        # Answers may be cut off anywhere, but none may be wrong.
        if isinstance(client.failure, ValueError):
            sys.exit(f"{type(client).__name__} {client.number}: {client.failure!r}")
    count = check(executable, file, clients)
    print(f"SIGKILL: {sum(len(client.done) for client in clients)} writes acknowledged, {count} there")


def main(executable, rounds):
    for turn in range(rounds):
        for stop in (terminate, kill):
            with tempfile.TemporaryDirectory() as folder:
                stop(executable, f"{folder}/stopping.pando")


main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 1)
