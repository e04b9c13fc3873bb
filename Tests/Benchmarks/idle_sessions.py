#!/usr/bin/env python3
"""How much memory the server takes for sessions of PostgreSQL's protocol that do nothing.

    idle_sessions.py PANDO [COUNT]

Logs COUNT (10,000) sessions in, from ten addresses of this machine, has each run a statement, and prints what the process has resident before and
afterwards, in all and of it anonymous memory, and that all of them still answer."""

import os
import resource
import socket
import struct
import subprocess
import sys
import tempfile
import time

PANDO = os.path.abspath(sys.argv[1]) if len(sys.argv) > 1 else sys.exit(__doc__)
COUNT = int(sys.argv[2]) if len(sys.argv) > 2 else 10_000
ADDRESSES = [f"127.0.0.{number}" for number in range(2, 12)]
READY = b"Z\x00\x00\x00\x05I"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def resident(process):
    """MiB, in all and anonymous."""
    with open(f"/proc/{process.pid}/status") as status:
        lines = dict(line.split(":", 1) for line in status)
    return tuple(int(lines[name].split()[0]) / 1024 for name in ("VmRSS", "RssAnon"))


def message(kind, body):
    return kind + struct.pack(">I", len(body) + 4) + body


def startup():
    body = struct.pack(">I", 196608) + b"user\0admin\0database\0postgres\0\0"
    return struct.pack(">I", len(body) + 4) + body


def until_ready(sessions, what):
    """Sends each session something, a hundred at a time, and waits until all say that they are ready."""
    for first in range(0, len(sessions), 100):
        for session in sessions[first : first + 100]:
            session.sendall(what)
        for session in sessions[first : first + 100]:
            got = b""
            while not got.endswith(READY):
                more = session.recv(65536)
                if not more:
                    sys.exit(f"a session ended: {got[-200:]!r}")
                got += more


def main():
    limit = COUNT + 100
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, max(limit, resource.getrlimit(resource.RLIMIT_NOFILE)[1])))
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        words = [PANDO, "serve", os.path.join(folder, "idle.pando"), "--bind", "127.0.0.1", "--http-port", "0", "--driver-port", "none"]
        words += ["--pg-port", str(port), "--pg-connections", str(COUNT + 10), "--connections", str(COUNT + 100)]
        server = subprocess.Popen(words, stdout=subprocess.DEVNULL)
        try:
            sessions = []
            for number in range(COUNT):
                session = socket.socket()
                session.bind((ADDRESSES[number % len(ADDRESSES)], 0))
                for _ in range(200):
                    try:
                        session.connect(("127.0.0.1", port))
                        break
                    except ConnectionRefusedError:
                        time.sleep(0.05)
                sessions.append(session)
                if number == 0:
                    until_ready(sessions, startup())
                    before = resident(server)
            until_ready(sessions[1:], startup())
            logged_in = resident(server)
            until_ready(sessions, message(b"Q", b"SELECT 1\0"))
            after = resident(server)
            print(f"{'MiB':24}{'resident':>10}{'anonymous':>11}{'KiB a session':>15}")
            for name, values, others in (("one session", before, None), (f"{COUNT} sessions", logged_in, before), ("after SELECT 1 in each", after, before)):
                each = f"{(values[0] - others[0]) * 1024 / (COUNT - 1):15.1f}" if others else ""
                print(f"{name:24}{values[0]:10.1f}{values[1]:11.1f}{each}")
        finally:
            server.kill()
            server.wait()


if __name__ == "__main__":
    main()
