#!/usr/bin/env python3
"""A PostgreSQL primary and two standbys, one of which each commit waits for, below two `pando serve … --processes several` that are told of all three.

    engine_failover.py PANDO [ROUNDS]

ROUNDS times (20) the primary is killed while eight clients write and two read; the standby that has most takes over, the other one follows it, and
the old primary comes back as a standby. Every acknowledged write is there, once; nobody reads a state that is older than one that was read before;
clients are told of nothing but what docs/BEYOND-ONE-MACHINE.md says. Prints how long it took from the promotion to the first acknowledgement, which
may be 2 s. Three rounds of it are a step of engine.py, which leaves that to the machine.
"""

import collections
import contextlib
import json
import shutil
import subprocess
import sys
import threading
import time

from engine_tools import BIN, FOLDER, Failure, PostgreSQL, Writers, check_writers, expect, expect_in, make_tables, pando, served

SEVERAL = ("--processes", "several")
NAMES = ("one", "two", "three")
SETTINGS = f"""
synchronous_standby_names = 'ANY 1 ({", ".join(NAMES)})'
wal_log_hints = on
wal_keep_size = 512MB
wal_retrieve_retry_interval = 100ms
max_connections = 200
recovery_init_sync_method = syncfs
"""
# What clients may be told while one server takes over from another, and nothing else: parts of docs/BEYOND-ONE-MACHINE.md.
DOCUMENTED = ("was lost in the middle of a transaction", "has ended the connection", "No host of")


class Node(PostgreSQL):
    """One of the servers. What differs between them stands on the command line, for the rest is copied from one to the other."""

    def __init__(self, folder, name):
        super().__init__(folder, SETTINGS, is_copy=name != NAMES[0])
        self.name = name

    def start(self):
        self.run("pg_ctl", "start", "-s", "-w", "-D", self.data, "-l", self.folder / "log", "-o", f"-p {self.port} -c cluster_name={self.name}")
        return self

    def copy(self, primary):
        """Begins anew as a standby."""
        shutil.rmtree(self.data, ignore_errors=True)
        self.run("pg_basebackup", "-h", "127.0.0.1", "-p", primary.port, "-U", "postgres", "-D", self.data, "-R", "-X", "stream", "-c", "fast", "--no-sync")

    def rewind(self, primary):
        """Becomes a standby of one that took over from it; false if it has to begin anew."""
        primary.ask("CHECKPOINT;")
        try:
            source = f"--source-server=host=127.0.0.1 port={primary.port} user=postgres dbname=postgres"
            self.run("pg_rewind", "-D", self.data, "-R", "--no-sync", source, stderr=subprocess.DEVNULL)
            return True
        except subprocess.CalledProcessError:
            self.copy(primary)
            return False

    def follow(self, primary):
        self.ask(f"ALTER SYSTEM SET primary_conninfo = 'host=127.0.0.1 port={primary.port} user=postgres'; SELECT pg_reload_conf();")

    def received(self):
        high, low = self.ask("SELECT pg_last_wal_receive_lsn();").split("/")
        return int(high, 16) << 32 | int(low, 16)


class Trio:
    since = "after the promotion"
    # Seconds that the first acknowledgement may take.
    longest = 2

    def __init__(self, folder):
        self.primary, *self.standbys = self.nodes = [Node(folder / name, name) for name in NAMES]
        self.primary.start()
        for node in self.standbys:
            node.copy(self.primary)
            node.start()
        self.wait()

    def url(self):
        hosts = ",".join(f"127.0.0.1:{node.port}" for node in self.nodes)
        return f"postgresql://postgres@{hosts}/postgres?target_session_attrs=read-write"

    def wait(self):
        """Until the standbys follow the primary."""
        deadline = time.time() + 60
        while self.primary.ask("SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming';") != str(len(self.standbys)):
            if time.time() > deadline:
                raise Failure("A standby does not follow.")
            time.sleep(0.05)

    def fail_over(self):
        """The primary dies, and the standby that has most takes over: with one of two that a commit waited for, only that one is sure to have it."""
        old = self.primary
        old.kill()
        new = max(self.standbys, key=Node.received)
        new.run("pg_ctl", "promote", "-s", "-w", "-D", new.data)
        self.primary = new
        self.standbys.remove(new)
        for node in self.standbys:
            node.follow(new)
        self.standbys.append(old)
        return time.time()

    def come_back(self):
        old = self.standbys[-1]
        how = "rewound" if old.rewind(self.primary) else "copied"
        old.start()
        self.wait()
        return how

    def stop(self):
        for node in self.nodes:
            with contextlib.suppress(subprocess.CalledProcessError, OSError):
                node.stop("immediate")


class Readers:
    """Clients of each server that read a sum which only grows."""

    def __init__(self, servers):
        self.sum, self.count = 0, 0
        self.isOver = False
        self.wrong, self.refusals = [], []
        self.lock = threading.Lock()
        self.threads = [threading.Thread(target=self.run, args=(server,)) for server in servers]
        for thread in self.threads:
            thread.start()

    def run(self, server):
        while not self.isOver:
            before = self.sum
            try:
                status, answer = server.request("POST", "/_reql", json.dumps({"query": "r.db('app').table('sums').sum('n')"}))
            except OSError as error:
                status, answer = 0, str(error)
            if status != 200:
                self.refusals.append(answer)
                time.sleep(0.02)
                continue
            found = json.loads(answer)["result"]
            with self.lock:
                self.count += 1
                if found < before:
                    self.wrong.append((before, found))
                self.sum = max(self.sum, found)

    def finish(self):
        self.isOver = True
        for thread in self.threads:
            thread.join(90)


def first_acknowledgement(writers, since, counts):
    deadline = time.time() + 30
    first = None
    while any(len(w.acknowledged) < count + 8 for w, count in zip(writers, counts)):
        if first is None and any(len(w.acknowledged) > count for w, count in zip(writers, counts)):
            first = time.time() - since
        if time.time() > deadline:
            raise Failure("Not every process writes once a standby has taken over: "
                          f"{[len(w.acknowledged) - count for w, count in zip(writers, counts)]} {[w.refusals[-2:] for w in writers]}")
        time.sleep(0.005)
    return first if first is not None else time.time() - since


def told(refusals):
    """How often each kind of refusal was told."""
    counts = collections.Counter()
    for text in refusals:
        known = [part for part in DOCUMENTED if part in text]
        if not known:
            raise Failure(f"A client was told what is not documented: {text[:1500]}")
        counts[known[0]] += 1
    return "; ".join(f"“{part}” {count} times" for part, count in counts.items()) or "nothing"


def rounds(trio, count, is_timed=True):
    all, times, refusals = [], [], []
    with served(trio.url(), *SEVERAL) as one, served(trio.url(), *SEVERAL) as two:
        one.query("r.dbCreate('app')")
        make_tables(one)
        for round in range(count):
            writers = [Writers(server, f"{name}{round}") for server, name in [(one, "one"), (two, "two")]]
            all += writers
            readers = Readers([one, two])
            time.sleep(1 + 0.1 * (round % 5))
            promoted = trio.fail_over()
            counts = [len(w.acknowledged) for w in writers]
            times.append(first_acknowledgement(writers, promoted, counts))
            time.sleep(0.3)
            for w in writers:
                w.finish()
                refusals += w.refusals
            readers.finish()
            refusals += readers.refusals
            expect("sums that were smaller than one read before", readers.wrong[:5], [])
            if not readers.count or not all[-1].acknowledged or not all[-2].acknowledged:
                raise Failure("Nothing was read, or nothing acknowledged.")
            check_writers(trio, all)
            how = trio.come_back()
            print(f"    {trio.primary.name} took over, first acknowledgement {times[-1]:.2f} s {trio.since}; the old one was {how}", flush=True)
        print(f"    clients were told {told(refusals)}", flush=True)
    print(f"    first acknowledgement {min(times):.2f} to {max(times):.2f} s {trio.since}", flush=True)
    if is_timed and max(times) > trio.longest:
        raise Failure(f"The first acknowledgement took {max(times):.2f} s, of {trio.longest}")


def states(server):
    row = server.query("r.db('app').table('sums').status()")
    return {replica["server"]: replica["state"] for replica in row["shards"][0]["replicas"]}, row


def wait_for_states(server, *wanted):
    """Until the replicas have these states, whoever has which. How long that took."""
    start = time.time()
    while sorted(states(server)[0].values()) != sorted(wanted):
        if time.time() > start + 30:
            raise Failure(f"table_status says {states(server)[0]} instead of {wanted}")
        time.sleep(0.02)
    return time.time() - start


def administration(trio):
    """What is told of the servers is so, and what can't be had is refused."""
    sums = "r.db('app').table('sums')"
    with served(trio.url(), *SEVERAL) as server:
        found, row = states(server)
        expect("replicas", found, {name: "ready" for name in NAMES})
        expect("the primary", (row["raft_leader"], row["shards"][0]["primary_replicas"]), (trio.primary.name, [trio.primary.name]))
        expect("write_acks", server.query(f"{sums}.config()('write_acks')"), "majority")
        expect("wait", server.query(f"{sums}.wait()"), {"ready": 1})
        first, second = trio.standbys
        first.stop("immediate")
        print(f"    a standby that stopped is told of after {wait_for_states(server, 'ready', 'ready', 'disconnected'):.2f} s", end="", flush=True)
        row = states(server)[1]
        expect("the status with one standby", (row["status"]["ready_for_writes"], row["status"]["all_replicas_ready"]), (True, False))
        status, answer = server.request("POST", "/_reql", json.dumps({"query": f"{sums}.wait({{timeout: 1}})"}))
        expect_in(f"wait without one standby ({status})", answer, "Timed out")
        expect("wait for what is there", server.query(f"{sums}.wait({{waitFor: 'ready_for_writes', timeout: 5}})"), {"ready": 1})
        waiting = []
        thread = threading.Thread(target=lambda: waiting.append(server.query(f"{sums}.wait()")))
        thread.start()
        second.stop("immediate")
        wait_for_states(server, "ready", "disconnected", "disconnected")
        expect("whether commits would be waited for in vain", states(server)[1]["status"]["ready_for_writes"], False)
        expect("wait while standbys are away", waiting, [])
        for node in [first, second]:
            node.start()
        print(f", ones that came back after {wait_for_states(server, 'ready', 'ready', 'ready'):.2f} s", flush=True)
        thread.join(20)
        expect("wait once they are back", waiting, [{"ready": 1}])
        for text, reason in [
            (f"{sums}.reconfigure({{shards: 2, replicas: 3}})", "does not share out a table"),
            (f"{sums}.reconfigure({{shards: 1, replicas: 2}})", "`replicas` is 3, not 2"),
            (f"{sums}.reconfigure({{emergencyRepair: 'unsafe_rollback'}})", "replaced there, by a standby"),
            (f"{sums}.config().update({{write_acks: 'single'}})('first_error')", "`write_acks` of every table"),
            (f"{sums}.config().update({{shards: [{{primary_replica: 'one', replicas: ['one']}}]}})('first_error')", "`shards` of every table"),
            ("r.db('app').tableCreate('shared', {shards: 4})", "does not share out a table"),
        ]:
            status, answer = server.request("POST", "/_reql", json.dumps({"query": text}))
            expect_in(f"{text} ({status})", answer, reason)
        expect("what is as it is", server.query(f"{sums}.reconfigure({{shards: 1, replicas: 3}})('reconfigured')"), 1)
        expect("rebalance", server.query(f"{sums}.rebalance()('rebalanced')"), 0)
        expect("a name", server.query(f"{sums}.config().update({{name: 'totals'}})('replaced')"), 1)
        server.query("r.db('app').table('totals').config().update({name: 'sums'})")
        report = json.loads(server.request("GET", "/_admin/cluster")[1])
        expect("what the hosts say", sorted(host["state"] for host in report["hosts"]), ["primary", "standby", "standby"])
        expect("standbys", sorted(standby["name"] for standby in report["standbys"]), sorted(node.name for node in trio.standbys))
        expect("what is waited for", (report["primary"], report["sync_standbys"], report["degraded"]), (trio.primary.name, 1, False))
        expect_in("the command at a server", pando("cluster", "--connect", f"127.0.0.1:{server.http}"), *NAMES, "quorum", "process of several")
        expect_in("the command", pando("cluster", trio.url()), f"127.0.0.1:{trio.primary.port}", "standby", "streaming")
        second.stop("immediate")
        expect_in("a host that is down", pando("cluster", trio.url(), "--json"), f"No server answers at 127.0.0.1:{second.port}")
        second.start()
        trio.wait()


def hosts_in_vain(trio):
    """Errors say of each host why it is none to write to."""
    ports = [node.port for node in trio.standbys]
    url = f"postgresql://postgres@127.0.0.1:1,127.0.0.1:{ports[0]},127.0.0.1:{ports[1]}/postgres?connect_timeout=1"
    told = pando("serve", url, "--http-port", "0", status=1)
    expect_in("hosts in vain", told, "No server answers at 127.0.0.1:1", *[f"127.0.0.1:{port}/postgres is a standby" for port in ports])
    told = pando("serve", f"postgresql://postgres@127.0.0.1:{ports[0]}/postgres", "--http-port", "0", status=1)
    expect_in("a standby alone", told, f"127.0.0.1:{ports[0]}/postgres is a standby")
    # A command that reads is content with one.
    expect("what a standby says", pando("query", f"postgresql://postgres@127.0.0.1:{ports[0]}/postgres", "r.db('app').table('sums').count()").strip(), "4")


def failover(_, count=3, is_timed=False):
    trio = Trio(FOLDER)
    try:
        rounds(trio, count, is_timed)
        administration(trio)
        hosts_in_vain(trio)
    finally:
        trio.stop()


STEPS = [failover]


def main():
    if not BIN.exists():
        print("There is no PostgreSQL 15, so nothing is kept by three of them.")
        return
    try:
        failover(None, int(sys.argv[2]) if len(sys.argv) > 2 else 20, is_timed=True)
    except Failure as failure:
        print(f"failover: {failure}", file=sys.stderr)
        sys.exit(1)
    finally:
        shutil.rmtree(FOLDER, ignore_errors=True)


if __name__ == "__main__":
    main()
