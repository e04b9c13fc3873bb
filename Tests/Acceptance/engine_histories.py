#!/usr/bin/env python3
"""The histories of histories.py by three `pando serve postgresql://… --processes several`, while something goes wrong between or with them.

    engine_histories.py PANDO [SECONDS [SEED [--double] [FAULT…]]]

Each fault, or those that are named, is there for SECONDS (20): a proxy (engine_proxy.py) cuts commits, has them answered wrongly, conflicts, holds
messages up, ends and refuses connections; processes are killed and stopped, and PostgreSQL is killed. Whoever has written what whom has seen
must have no circle, nor with the order in time of what was acknowledged. Controls: planted histories, READ COMMITTED, and a proxy that has
commits answered which it has not passed on; what is wrong with each has to be found. With `--double` PostgreSQL plays CockroachDB
(engine_double.py), which may refuse nothing, and the last two of these controls are left out. The exit status is 1 if something is not as it must be.
"""

import contextlib
import random
import shutil
import signal
import subprocess
import sys
import time

from engine_proxy import CUTS, Every, Proxied
from engine_tools import BIN, FOLDER, PostgreSQL, pando
from histories import HTTP, SQL, Driver, ReadCommitted, Server, Shell, controls, play, register_controls

SECONDS = float(sys.argv[2]) if len(sys.argv) > 2 else 20
SEED = int(sys.argv[3]) if len(sys.argv) > 3 else random.randrange(1 << 30)
DOORS = [HTTP, Driver, SQL, Shell]


class Company:
    """Three processes below a proxy."""

    def __init__(self, source, proxied, seed=SEED):
        self.source, self.proxied, self.proxy, self.chance = source, proxied, proxied.proxy, random.Random(seed)
        self.servers = [self.begin() for _ in range(3)]

    def begin(self):
        return Server(self.proxied.url("histories"), "--processes", "several")

    # Faults: what is so all the time, and what is done now and then.

    def nothing(self):
        return None

    def conflicts(self):
        self.proxy.choose = Every(["conflict"], 0.2, SEED)

    def cuts(self):
        self.proxy.choose = Every(CUTS, 0.05, SEED)

    def answers(self):
        self.proxy.choose = Every(["unknown", "unknown, done", "warning", "warning, done", "late"], 0.1, SEED)

    def delays(self):
        self.proxy.delay = 0.02

    def ended(self):
        return self.proxy.cut_all

    def refused(self):
        def disturb():
            self.proxy.refuse()
            time.sleep(self.chance.uniform(0.05, 1))
            self.proxy.go_on()
        return disturb

    def killed(self):
        def disturb():
            server = self.chance.choice(self.servers)
            server.kill()
            server.start()
        return disturb

    def stopped(self):
        def disturb():
            process = self.chance.choice(self.servers).process
            process.send_signal(signal.SIGSTOP)
            try:
                time.sleep(self.chance.choice([0.2, 2, 7]))
            finally:
                process.send_signal(signal.SIGCONT)
        return disturb

    def engine(self):
        def disturb():
            self.source.kill()
            self.source.start()
        return disturb

    def lies(self):
        def disturb():
            self.proxy.choose = Every(["lie"], 0.2, self.chance.random(), limit=3)
        return disturb

    def play(self, doors, fault, seconds):
        return play(self.servers, doors, seconds, SEED, fault(), self.calm)

    def calm(self):
        self.proxy.choose, self.proxy.delay = lambda kind: None, 0
        # A process that knows of a commit which is gone writes nothing any more.
        if self.proxy.counts["lie"]:
            for server in self.servers:
                server.kill()
                server.start()

    def stop(self):
        for server in self.servers:
            server.kill()


FAULTS = ("nothing", "conflicts", "cuts", "answers", "delays", "ended", "refused", "killed", "stopped", "engine")


def show(name, found, counts):
    print(f"{name}: {counts}", flush=True)
    for text in found[:10]:
        print(f"    {text[:400]}", flush=True)


def planted(source):
    """Commits that are answered and not made: what was lost must be found."""
    for attempt in range(10):
        with Proxied(source, SEED + attempt) as proxied:
            # Other commits than those of the attempt before: what is lost has to be one of a history.
            company = Company(source, proxied, SEED + attempt)
            try:
                found, counts = company.play([SQL, HTTP], company.lies, 6)
                lies = proxied.proxy.counts["lie"]
            finally:
                company.stop()
        if found:
            print(f"{lies} commits that were not made: {counts}, of which is found: {', '.join(sorted({text.split(':')[0] for text in found}))}", flush=True)
            return True
    return False


def main():
    controls()
    register_controls()
    if not BIN.exists():
        print("There is no PostgreSQL 15, so nothing stands below three processes.")
        return
    is_double = "--double" in sys.argv
    names = [name for name in sys.argv[4:] if name != "--double"] or FAULTS
    failed = False
    source = PostgreSQL(FOLDER / "server", "max_connections = 300\n").start()
    try:
        source.ask("CREATE DATABASE histories;")
        with Proxied(source, SEED, is_double) as proxied:
            company = Company(source, proxied)
            try:
                HTTP(company.servers[0].ports).ask("PUT", "/h")
                for name in names:
                    before = proxied.proxy.counts.copy()
                    found, counts = company.play(DOORS, getattr(company, name), SECONDS)
                    counts = {**counts, **{f"proxy {kind}": count for kind, count in (proxied.proxy.counts - before).items()}}
                    show(name, found, counts)
                    failed = failed or bool(found) or not all(counts.get(f"{door.__name__} committed") for door in DOORS)
                if not is_double:
                    found, counts = company.play([ReadCommitted], company.nothing, max(5, SECONDS / 2))
                    kinds = sorted({text.split(":")[0] for text in found})
                    print(f"READ COMMITTED: {counts}, of which is found: {', '.join(kinds)}", flush=True)
                    failed = failed or not kinds
            finally:
                company.stop()
            if is_double and proxied.double.refused:
                failed = True
                print(f"The double has refused {proxied.double.refused[:3]}.", flush=True)
        print(pando("check", source.url("histories")).strip().splitlines()[-1], flush=True)
        if not is_double and not planted(source):
            failed = True
            print("Nothing was found of commits that were answered and not made.", flush=True)
    finally:
        with contextlib.suppress(subprocess.CalledProcessError):
            source.stop("immediate")
        shutil.rmtree(FOLDER, ignore_errors=True)
    print(f"seed {SEED}", flush=True)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
