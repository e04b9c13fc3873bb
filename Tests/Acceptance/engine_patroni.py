#!/usr/bin/env python3
"""The rounds of engine_failover.py with nobody who promotes: Patroni and etcd do it.

    apt-get install patroni etcd-server
    engine_patroni.py PANDO [ROUNDS]

ROUNDS times (10) PostgreSQL's primary is killed; Patroni has the standby that commits waited for take over, and brings the old one back. Prints
how long it took from the kill to the first acknowledgement, which may be 15 s. Without Patroni it is left out.
"""

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request

from engine_failover import NAMES, Trio, rounds
from engine_tools import BIN, FOLDER, Failure, PostgreSQL


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start(words, log):
    account = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.getuid() == 0 else {}
    return subprocess.Popen(list(map(str, words)), stdout=log, stderr=subprocess.STDOUT, cwd=log.name.rsplit("/", 1)[0], **account)


class Node(PostgreSQL):
    """One of the servers, which Patroni makes, begins and ends."""

    def __init__(self, folder, name, etcd):
        super().__init__(folder, is_copy=True)
        self.name = name
        self.rest = rest = f"127.0.0.1:{free_port()}"
        place = f"127.0.0.1:{self.port}"
        settings = {
            "scope": "pando", "name": name, "etcd3": {"host": f"127.0.0.1:{etcd}"}, "restapi": {"listen": rest, "connect_address": rest},
            "bootstrap": {
                "dcs": {
                    # A primary that has died is not waited for.
                    "ttl": 20, "loop_wait": 1, "retry_timeout": 3, "primary_start_timeout": 0,
                    "synchronous_mode": True, "synchronous_mode_strict": True,
                    "postgresql": {
                        "use_pg_rewind": True,
                        "parameters": {"wal_log_hints": "on", "max_connections": 200, "wal_keep_size": "512MB",
                                       "wal_retrieve_retry_interval": "100ms", "recovery_init_sync_method": "syncfs"},
                    },
                },
                "initdb": [{"encoding": "UTF8"}, {"locale": "C"}, {"auth": "trust"}],
                "pg_hba": ["host all all 127.0.0.1/32 trust", "host replication all 127.0.0.1/32 trust"],
            },
            "postgresql": {
                "listen": place, "connect_address": place, "data_dir": str(self.data), "bin_dir": str(BIN), "pgpass": str(folder / "pgpass"),
                "authentication": {"superuser": {"username": "postgres"}, "replication": {"username": "postgres"}},
                "parameters": {"unix_socket_directories": str(folder)},
            },
        }
        # What is JSON is YAML.
        (folder / "patroni.yml").write_text(json.dumps(settings))
        self.keeper = start(["patroni", folder / "patroni.yml"], open(folder / "patroni.log", "w"))

    def cluster(self):
        """The members as Patroni has them, by their names."""
        with urllib.request.urlopen(f"http://{self.rest}/cluster", timeout=5) as answer:
            return {member["name"]: member for member in json.load(answer)["members"]}


class Watched(Trio):
    since, longest = "after the kill", 15

    def __init__(self, folder):
        self.nodes = []
        etcd, peer = free_port(), free_port()
        # Its own host makes the folder that the account of PostgreSQL may write.
        place = PostgreSQL(folder / "etcd", is_copy=True).folder
        self.etcd = start(
            ["etcd", "--data-dir", place / "data", "--listen-client-urls", f"http://127.0.0.1:{etcd}", "--advertise-client-urls",
             f"http://127.0.0.1:{etcd}", "--listen-peer-urls", f"http://127.0.0.1:{peer}", "--initial-advertise-peer-urls",
             f"http://127.0.0.1:{peer}", "--initial-cluster", f"default=http://127.0.0.1:{peer}"], open(place / "log", "w"))
        self.nodes = [Node(folder / name, name, etcd) for name in NAMES]
        self.find()

    def find(self):
        """Until there is a primary that the two others follow, one of them as the one that commits wait for."""
        deadline = time.time() + 120
        while True:
            with contextlib.suppress(OSError, KeyError, Failure):
                members = self.nodes[0].cluster()
                roles = {member["role"]: node for node in self.nodes if (member := members[node.name])["state"] in ("running", "streaming")}
                # Patroni has none other take over than the one that it has noted as the one that commits wait for.
                if {"leader", "sync_standby", "replica"} <= roles.keys():
                    self.primary = roles["leader"]
                    if self.primary.ask("SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming';") == "2":
                        break
            if time.time() > deadline:
                raise Failure(f"Patroni does not bring three servers together: {[(node.folder / 'patroni.log').read_text()[-600:] for node in self.nodes]}")
            time.sleep(0.2)
        self.standbys = [node for node in self.nodes if node is not self.primary]

    def fail_over(self):
        self.old = self.primary
        self.old.kill()
        return time.time()

    def come_back(self):
        self.find()
        return "brought back by Patroni" if self.primary is not self.old else "begun again as the primary"

    def stop(self):
        for process in [node.keeper for node in self.nodes] + [self.etcd]:
            process.terminate()
        for process in [node.keeper for node in self.nodes] + [self.etcd]:
            process.wait(60)


def main():
    if not BIN.exists() or not shutil.which("patroni") or not shutil.which("etcd"):
        print("Without PostgreSQL 15, Patroni and etcd nobody promotes by himself.")
        return
    trio = None
    try:
        trio = Watched(FOLDER)
        rounds(trio, int(sys.argv[2]) if len(sys.argv) > 2 else 10)
    except Failure as failure:
        print(f"patroni: {failure}", file=sys.stderr)
        sys.exit(1)
    finally:
        if trio:
            trio.stop()
        shutil.rmtree(FOLDER, ignore_errors=True)


main()
