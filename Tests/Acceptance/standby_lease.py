#!/usr/bin/env python3
"""A primary and its standby, of which a lease in etcd says who is who: the standby takes over by itself, and never beside its primary.

    apt-get install etcd-server
    standby_lease.py PANDO [ROUNDS] [--bars]

With --sync-standbys 1 --sync-timeout never, and a lease of 10 seconds: ROUNDS (1) times the primary is killed under writes; what was acknowledged is
there, and the standby acknowledges writes, with --bars within 15 s. Then the primary is told to stop, and the standby does so sooner than the lease would
have ended, with --bars within a second; etcd is stopped for a while, in which nothing is acknowledged after the lease is over, and all goes on when it is
back; and the primary is stopped for longer than its lease lasts: it acknowledges nothing any more, and ends. Each old primary begins again with its file,
and comes back as a standby. Without etcd all of this is left out.
"""

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

PANDO = os.path.abspath(sys.argv[1])
ROUNDS = int(next((word for word in sys.argv[2:] if word.isdigit()), "1"))
# A machine with other work is slower; these times are the bars of one without.
BARS = "--bars" in sys.argv
FOLDER = Path(tempfile.mkdtemp(prefix="pando-lease-"))
TIME = 10
SYNC = ("--sync-standbys", "1", "--sync-timeout", "never")
processes = []


class Failure(Exception):
    pass


def expect(what, got, wanted):
    if got != wanted:
        raise Failure(f"{what}: {str(got)[:800]!r} instead of {str(wanted)[:800]!r}")


def until(what, condition, seconds=60):
    end = time.monotonic() + seconds
    while True:
        try:
            if condition():
                return
        except (OSError, http.client.HTTPException):
            pass
        if time.monotonic() > end:
            raise Failure(f"it does not come about: {what}")
        time.sleep(0.02)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Etcd:
    def __init__(self):
        self.port, self.peer = free_port(), free_port()
        self.begin()

    def begin(self):
        here, peer = f"http://127.0.0.1:{self.port}", f"http://127.0.0.1:{self.peer}"
        self.process = subprocess.Popen(
            ["etcd", "--data-dir", str(FOLDER / "etcd"), "--listen-client-urls", here, "--advertise-client-urls", here, "--listen-peer-urls", peer,
             "--initial-advertise-peer-urls", peer, "--initial-cluster", f"default={peer}"],
            cwd=FOLDER, stdout=open(FOLDER / "etcd.messages", "ab"), stderr=subprocess.STDOUT)
        processes.append(self.process)
        until("etcd answers", self.is_healthy)

    def is_healthy(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2)
        connection.request("GET", "/health")
        return b"true" in connection.getresponse().read()

    def kill(self):
        self.process.kill()
        self.process.wait()


class Server:
    def __init__(self, name, lease=True):
        self.name, self.port = name, free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        words = ["--lease", f"etcd://127.0.0.1:{etcd.port}/pando/app", "--lease-time", str(TIME), *SYNC] if lease else []
        self.process = subprocess.Popen(
            [PANDO, "serve", name, "--http-port", str(self.port), "--bind", "127.0.0.1", "--driver-port", "none", "--pg-port", "none",
             "--log", f"{name}.log", *words],
            cwd=FOLDER, stdout=subprocess.PIPE, stderr=open(FOLDER / f"{name}.messages", "ab"))
        processes.append(self.process)
        line = self.process.stdout.readline().decode().strip()
        if line.rstrip("/") != self.address:
            raise Failure(f"serve {name} prints {line!r}: {self.messages()}")

    def messages(self):
        return (FOLDER / f"{self.name}.messages").read_text()[-2000:]

    def ask(self, method, path, body=None, timeout=30, connection=None):
        own = connection or http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        data = None if body is None else json.dumps(body).encode()
        own.request(method, path, data, {"Content-Type": "application/json"} if data else {})
        answer = own.getresponse()
        text = answer.read()
        if connection is None:
            own.close()
        return answer.status, json.loads(text) if text[:1] in (b"{", b"[") else text.decode(errors="replace")

    def replication(self):
        return self.ask("GET", "/_status")[1]["replication"]

    def documents(self):
        status, answer = self.ask("POST", "/_reql", {"query": 'r.db("app").table("docs")("id").coerceTo("array")'})
        expect(f"the documents of {self.name}", status, 200)
        return set(answer["result"])

    def is_ready(self):
        return self.ask("GET", "/_health/ready", timeout=2)[0] == 200

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        if self.process.wait(30) != 0:
            raise Failure(f"{self.name} ends with {self.process.returncode}: {self.messages()}")


class Writers:
    """Clients of a primary that write one document after the other, and note what was acknowledged, and when."""

    number = 0
    lock = threading.Lock()

    def __init__(self, server, count=4):
        self.server, self.count, self.acknowledged, self.stopped = server, count, [], threading.Event()
        for _ in range(count):
            threading.Thread(target=self.work, daemon=True).start()

    def work(self):
        connection = None
        while not self.stopped.is_set():
            with Writers.lock:
                Writers.number += 1
                name = f"w{Writers.number}"
            try:
                connection = connection or http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=40)
                status, _ = self.server.ask("PUT", f"/app/docs/{name}", {"by": self.server.name}, connection=connection)
                if status in (200, 201):
                    with Writers.lock:
                        self.acknowledged.append((name, time.monotonic()))
                else:
                    time.sleep(0.02)
            except (OSError, http.client.HTTPException):
                connection = None
                time.sleep(0.02)

    def times(self, since=0.0):
        with Writers.lock:
            return [moment for _, moment in self.acknowledged if moment > since]

    def names(self):
        with Writers.lock:
            return {name for name, _ in self.acknowledged}

    def stop(self):
        self.stopped.set()


def follows(standby, primary):
    until(f"{standby.name} follows {primary.name}",
          lambda: (state := standby.replication())["role"] == "standby" and state["connected"] and (state["lag_seconds"] or 9) < 2
          and primary.ask("GET", "/_status")[1]["replication"]["degraded"] is False)


def pair():
    """A primary with a table, and its standby."""
    primary = Server("a.pando")
    expect("who has the lease", primary.replication()["lease"]["holder"], primary.address)
    # A commit waits for somebody.
    making = threading.Thread(target=lambda: (primary.ask("PUT", "/app"), primary.ask("PUT", "/app/docs")), daemon=True)
    making.start()
    standby = Server("b.pando")
    making.join(30)
    until("the table", lambda: standby.ask("GET", "/app/docs/_info")[0] == 200)
    follows(standby, primary)
    lease = standby.replication()["lease"]
    expect("whom the standby tells of", (lease["name"].startswith("etcd://127.0.0.1:"), lease["holder"], lease["seconds"]), (True, primary.address, None))
    left = primary.replication()["lease"]["seconds"]
    if not 0 < left <= TIME - 1:
        raise Failure(f"the primary may write for {left} s")
    expect("the metric", "\npando_lease_seconds " in primary.ask("GET", "/_metrics")[1], True)
    status, answer = standby.ask("POST", "/_admin/promote")
    expect("promotion beside a primary", (status >= 400, primary.address in str(answer)), (True, True))
    # Its contents are its own, and another one is the primary.
    own = Server("own.pando", lease=False)
    own.ask("PUT", "/mine")
    own.stop()
    done = subprocess.run(
        [PANDO, "serve", "own.pando", "--lease", f"etcd://127.0.0.1:{etcd.port}/pando/app", "--advertise", "http://127.0.0.1:1", "--http-port", "0"],
        cwd=FOLDER, capture_output=True, text=True, timeout=30)
    expect("a file with contents of its own", (done.returncode, "contents of its own" in done.stderr), (1, True))
    return primary, standby


def returned(old, primary):
    """The old primary with its file, as a standby: what only that has stands in a text beside it then."""
    done = subprocess.run([PANDO, "check", old.name], cwd=FOLDER, capture_output=True, text=True)
    expect(f"check {old.name}", "is sound" in done.stdout, True)
    standby = Server(old.name)
    follows(standby, primary)
    expect("its role", standby.replication()["role"], "standby")
    return standby


def first_write(server, since, longest, what):
    """A write that waits for no standby: the first after `since` that the new primary takes, and how long that took."""
    while True:
        try:
            status, _ = server.ask("POST", "/app/docs?durability=soft", {"first": True}, timeout=5)
            if status in (200, 201):
                break
        except (OSError, http.client.HTTPException):
            pass
        if time.monotonic() - since > longest + 20:
            raise Failure(f"{what}: no write is taken")
        time.sleep(0.01)
    took = time.monotonic() - since
    print(f"{what}: the standby acknowledged its first write after {took:.2f} s", flush=True)
    if took > longest:
        raise Failure(f"{what}: {took:.2f} s, and {longest} are allowed")


def have_all(server, names, what):
    lost = names - server.documents()
    if lost:
        raise Failure(f"{what}: {len(lost)} of {len(names)} acknowledged writes are lost, {sorted(lost)[:5]}")


def killed(primary, standby, turn):
    writers = Writers(primary)
    time.sleep(1)
    since = time.monotonic()
    primary.kill()
    writers.stop()
    first_write(standby, since, 15 if BARS else 60, f"round {turn + 1}, killed")
    have_all(standby, writers.names(), "killed")
    print(f"round {turn + 1}: {len(writers.names())} acknowledged writes, none lost", flush=True)
    return standby, returned(primary, standby)


def told_to_stop(primary, standby):
    writers = Writers(primary)
    time.sleep(1)
    since = time.monotonic()
    primary.process.send_signal(signal.SIGTERM)
    first_write(standby, since, 1 if BARS else 6, "told to stop")
    writers.stop()
    expect("the end of the old one", primary.process.wait(30), 0)
    have_all(standby, writers.names(), "told to stop")
    return standby, returned(primary, standby)


def without_etcd(primary, standby):
    writers = Writers(primary)
    time.sleep(1)
    stopped = time.monotonic()
    etcd.kill()
    until("the primary is not ready", lambda: not primary.is_ready(), TIME + 5)
    ended = time.monotonic()
    if ended - stopped > TIME:
        raise Failure(f"without etcd it took writes for {ended - stopped:.1f} s")
    time.sleep(2)
    late = writers.times(ended + 0.1)
    expect("what was acknowledged without a lease", late, [])
    if max(writers.times()) < stopped + 2:
        raise Failure("without etcd nothing is acknowledged, though there is the lease")
    status, answer = primary.ask("PUT", "/app/docs/none", {})
    expect("a write without a lease", (status, "could not be renewed" in str(answer)), (503, True))
    expect("a read without a lease", primary.ask("GET", "/app/docs/w1")[0], 200)
    expect("the standby's role", standby.replication()["role"], "standby")
    etcd.begin()
    back = time.monotonic()
    until("it goes on", lambda: writers.times(back), 20)
    print(f"without etcd: writes for {ended - stopped:.1f} s, and again {time.monotonic() - back:.1f} s after it was back", flush=True)
    writers.stop()
    expect("roles", (primary.replication()["role"], standby.replication()["role"]), ("primary", "standby"))
    have_all(primary, writers.names(), "without etcd")
    follows(standby, primary)


def paused(primary, standby):
    writers = Writers(primary)
    time.sleep(1)
    since = time.monotonic()
    primary.process.send_signal(signal.SIGSTOP)
    first_write(standby, since, 15 if BARS else 60, "paused")
    time.sleep(1)
    primary.process.send_signal(signal.SIGCONT)
    woken = time.monotonic()
    status = primary.process.wait(30)
    took = time.monotonic() - woken
    writers.stop()
    if status == 0 or "is the primary no more" not in primary.messages():
        raise Failure(f"it ends with {status}: {primary.messages()}")
    # An answer of each client may have been on its way when it was stopped. What such a one says is kept.
    late = len(writers.times(woken))
    if late > writers.count:
        raise Failure(f"it acknowledged {late} writes after its lease was over")
    have_all(standby, writers.names(), "paused")
    print(f"paused: it ended {took:.1f} s after it went on; {late} answers of before came late", flush=True)
    return standby, returned(primary, standby)


if shutil.which("etcd") is None:
    print("left out: there is no etcd (apt-get install etcd-server)")
    sys.exit(0)
try:
    etcd = Etcd()
    primary, standby = pair()
    print("ok: who is who", flush=True)
    for turn in range(ROUNDS):
        primary, standby = killed(primary, standby, turn)
    print("ok: killed", flush=True)
    primary, standby = told_to_stop(primary, standby)
    print("ok: told to stop", flush=True)
    without_etcd(primary, standby)
    print("ok: without etcd", flush=True)
    primary, standby = paused(primary, standby)
    print("ok: paused", flush=True)
    # A standby first: its primary would wait for it.
    standby.stop()
    primary.stop()
except Failure as failure:
    print(f"FAILED: {failure}", file=sys.stderr)
    for path in sorted([*FOLDER.glob("*.messages"), *FOLDER.glob("*.log")]):
        print(f"--- {path.name}\n{path.read_text()[-1500:]}", file=sys.stderr)
    sys.exit(1)
finally:
    for process in processes:
        if process.poll() is None:
            process.kill()
    shutil.rmtree(FOLDER, ignore_errors=True)
