"""What the tests of a lease have in common: etcd on one host or several, servers that have a lease there, and clients that write."""

import base64
import http.client
import json
import os
import random
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

PANDO = os.path.abspath(sys.argv[1])
FOLDER = Path(tempfile.mkdtemp(prefix="pando-lease-"))
SEED = int(os.environ.get("PANDO_LEASE_SEED", random.randrange(1 << 30)))
choose = random.Random(SEED)
SYNC = ("--sync-standbys", "1", "--sync-timeout", "never")
KEY = "pando/app"
# Below those that the system gives to clients: a server that begins again must find its port free.
PORTS = os.environ.get("PANDO_LEASE_PORTS", "24000-29999").split("-")
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


given_ports = set()


def free_port():
    while True:
        port = random.randint(int(PORTS[0]), int(PORTS[1]))
        if port in given_ports:
            continue
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        given_ports.add(port)
        return port


class Etcd:
    """One etcd of some hosts, each a process of this machine."""

    def __init__(self, count=1, name="etcd", options=(), secure=None):
        """`secure`: the names of a certificate, its key, and who has signed it, for TLS."""
        self.name, self.options, self.secure = name, options, secure
        self.ports = [free_port() for _ in range(count)]
        self.peers = [free_port() for _ in range(count)]
        self.running = [None] * count
        for index in range(count):
            self.start(index)
        until("etcd answers", lambda: all(self.is_healthy(index) for index in range(count)))

    def url(self, login="", ports=None):
        scheme = "etcds" if self.secure else "etcd"
        hosts = ",".join(f"127.0.0.1:{port}" for port in ports or self.ports)
        return f"{scheme}://{login}{hosts}/{KEY}"

    def start(self, index):
        scheme = "https" if self.secure else "http"
        here, peer = f"{scheme}://127.0.0.1:{self.ports[index]}", f"http://127.0.0.1:{self.peers[index]}"
        all_peers = ",".join(f"h{number}=http://127.0.0.1:{port}" for number, port in enumerate(self.peers))
        secure = ["--cert-file", self.secure[0], "--key-file", self.secure[1]] if self.secure else []
        self.running[index] = subprocess.Popen(
            ["etcd", "--name", f"h{index}", "--data-dir", str(FOLDER / f"{self.name}-{index}"), "--listen-client-urls", here,
             "--advertise-client-urls", here, "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--initial-cluster", all_peers,
             "--initial-cluster-token", self.name, "--logger", "zap", "--log-level", "warn", *secure, *self.options],
            cwd=FOLDER, stdout=open(FOLDER / f"{self.name}-{index}.messages", "ab"), stderr=subprocess.STDOUT)
        processes.append(self.running[index])

    def begin(self):
        """Has those run that were killed, and waits until all of them answer."""
        for index, process in enumerate(self.running):
            if process.poll() is not None:
                self.start(index)
        until("etcd answers", lambda: all(self.is_healthy(index) for index in range(len(self.ports))))

    def kill(self, *indices):
        for index in indices or range(len(self.ports)):
            self.running[index].kill()
            self.running[index].wait()

    def signal(self, number, *indices):
        for index in indices:
            self.running[index].send_signal(number)

    def connect(self, index):
        if self.secure:
            context = ssl.create_default_context(cafile=str(FOLDER / self.secure[2]))
            return http.client.HTTPSConnection("127.0.0.1", self.ports[index], timeout=2, context=context)
        return http.client.HTTPConnection("127.0.0.1", self.ports[index], timeout=2)

    def is_healthy(self, index):
        connection = self.connect(index)
        connection.request("GET", "/health")
        return b"true" in connection.getresponse().read()

    def ask(self, path, body, index=0, token=None):
        """By the gateway for JSON."""
        connection = self.connect(index)
        connection.request("POST", f"/v3/{path}", json.dumps(body), {"Authorization": token} if token else {})
        answer = connection.getresponse()
        text = answer.read()
        if answer.status != 200:
            raise Failure(f"etcd answers {path}: {answer.status} {text[:300]}")
        return json.loads(text)

    def leader(self):
        """Which of the hosts leads the others, as one of those says that run."""
        members = {}
        for index, process in enumerate(self.running):
            if process.poll() is None:
                try:
                    status = self.ask("maintenance/status", {}, index)
                except (OSError, http.client.HTTPException):
                    continue
                members[status["header"]["member_id"]] = (index, status.get("leader"))
        for _, leader in members.values():
            if leader in members:
                return members[leader][0]
        return None

    def takings(self):
        """How often the lease was taken: each taking writes the key that stays."""
        key = base64.b64encode(f"{KEY}.last".encode()).decode()
        records = self.ask("kv/range", {"key": key}, self.leader() or 0).get("kvs", [])
        return int(records[0]["version"]) if records else 0


class Server:
    """A server with a lease, or without."""

    def __init__(self, name, lease=None, *words, port=None):
        self.name, self.lease, self.words = name, lease, words
        self.port = port or free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.begin()

    def begin(self):
        # What was said before is of an earlier run.
        self.said = (FOLDER / f"{self.name}.messages").stat().st_size if (FOLDER / f"{self.name}.messages").exists() else 0
        self.process = subprocess.Popen(
            [PANDO, "serve", self.name, "--http-port", str(self.port), "--bind", "127.0.0.1", "--driver-port", "none", "--pg-port", "none",
             "--log", f"{self.name}.log", *(("--lease", self.lease) if self.lease else ()), *self.words],
            cwd=FOLDER, stdout=subprocess.PIPE, stderr=open(FOLDER / f"{self.name}.messages", "ab"))
        processes.append(self.process)
        line = self.process.stdout.readline().decode().strip()
        if line.rstrip("/") != self.address:
            raise Failure(f"serve {self.name} prints {line!r}: {self.messages()}")

    def messages(self):
        return (FOLDER / f"{self.name}.messages").read_bytes()[self.said:].decode()[-2000:]

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

    def is_running(self):
        return self.process.poll() is None

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        if self.process.wait(30) != 0:
            raise Failure(f"{self.name} ends with {self.process.returncode}: {self.messages()}")


def refused(what, lease, *words, parts, name="refused.pando"):
    """A server that does not begin, and says why."""
    done = subprocess.run(
        [PANDO, "serve", name, "--lease", lease, "--advertise", "http://127.0.0.1:1", "--http-port", "0", "--driver-port", "none", "--pg-port",
         "none", *words], cwd=FOLDER, capture_output=True, text=True, timeout=30)
    if done.returncode != 1 or any(part not in done.stderr for part in parts):
        raise Failure(f"{what}: status {done.returncode}, {done.stderr[-1000:]!r} has not {parts}")
    expect(f"{what}: whether there is a file", (FOLDER / name).exists(), False)
    return done.stderr.strip()


class Writers:
    """Clients that write one document after the other, each to a server of its own, and note what was acknowledged, by whom, and when."""

    number = 0
    lock = threading.Lock()

    def __init__(self, *servers, count=4):
        self.count, self.acknowledged, self.stopped = count, [], threading.Event()
        for server in servers:
            for _ in range(count):
                threading.Thread(target=self.work, args=(server,), daemon=True).start()

    def work(self, server):
        connection = None
        while not self.stopped.is_set():
            with Writers.lock:
                Writers.number += 1
                name = f"w{Writers.number}"
            try:
                connection = connection or http.client.HTTPConnection("127.0.0.1", server.port, timeout=40)
                status, _ = server.ask("PUT", f"/app/docs/{name}", {"by": server.name}, connection=connection)
                if status in (200, 201):
                    with Writers.lock:
                        self.acknowledged.append((name, time.monotonic(), server.name))
                else:
                    time.sleep(0.02)
            except (OSError, http.client.HTTPException):
                connection = None
                time.sleep(0.02)

    def times(self, since=0.0):
        with Writers.lock:
            return [moment for _, moment, _ in self.acknowledged if moment > since]

    def names(self):
        with Writers.lock:
            return {name for name, _, _ in self.acknowledged}

    def reigns(self):
        """Who has acknowledged, in order, each time that it was another one than before."""
        found = []
        with Writers.lock:
            for _, _, server in self.acknowledged:
                if found[-1:] != [server]:
                    found.append(server)
        return found

    def stop(self):
        self.stopped.set()


def follows(standby, primary):
    until(f"{standby.name} follows {primary.name}",
          lambda: (state := standby.replication())["role"] == "standby" and state["connected"] and (state["lag_seconds"] or 9) < 2
          and primary.ask("GET", "/_status")[1]["replication"]["degraded"] is False)


def have_all(server, names, what):
    lost = names - server.documents()
    if lost:
        raise Failure(f"{what}: {len(lost)} of {len(names)} acknowledged writes are lost, {sorted(lost)[:5]}")


def with_table(primary, make_standbys):
    """Has a table made, whose commits wait for the standbys that are begun meanwhile."""
    making = threading.Thread(target=lambda: (primary.ask("PUT", "/app"), primary.ask("PUT", "/app/docs")), daemon=True)
    making.start()
    standbys = make_standbys()
    making.join(30)
    for standby in standbys:
        until("the table", lambda: standby.ask("GET", "/app/docs/_info")[0] == 200)
        follows(standby, primary)
    return standbys


def role(server):
    """`primary`, `standby`, or None of one that is not there."""
    try:
        return server.replication()["role"] if server.is_running() else None
    except (OSError, http.client.HTTPException):
        return None
