#!/usr/bin/env python3
"""A primary and its standbys, of which a lease in etcd says who is who: a standby takes over by itself, and never beside its primary.

    apt-get install etcd-server
    standby_lease.py PANDO [ROUNDS] [PART…] [--bars]

The parts, all of them if none is named:

pair        With --sync-standbys 1 --sync-timeout never, and a lease of 10 seconds: ROUNDS (1) times the primary is killed under writes; what was
            acknowledged is there, and the standby acknowledges writes, with --bars within 15 s. Then the primary is told to stop, and the standby
            does so sooner than the lease would have ended, with --bars within a second; etcd is stopped for a while, in which nothing is
            acknowledged after the lease is over, and all goes on when it is back; and the primary is stopped for longer than its lease lasts: it
            acknowledges nothing any more, and ends. Each old primary begins again with its file, and comes back as a standby.
hosts, three, most, encrypted, login     In standby_lease_hosts.py.

Without etcd all of this is left out.
"""

import http.client
import shutil
import signal
import subprocess
import sys
import time

import lease_tools
import standby_lease_hosts
from lease_tools import FOLDER, KEY, PANDO, SYNC, Etcd, Failure, Writers, expect, follows, have_all, processes, until, with_table

ROUNDS = int(next((word for word in sys.argv[2:] if word.isdigit()), "1"))
# A machine with other work is slower; these times are the bars of one without.
BARS = "--bars" in sys.argv
TIME = 10


def Server(name, lease=True):
    return lease_tools.Server(name, *((etcd.url(), "--lease-time", str(TIME), *SYNC) if lease else ()))


def pair():
    """A primary with a table, and its standby."""
    primary = Server("a.pando")
    expect("who has the lease", primary.replication()["lease"]["holder"], primary.address)
    [standby] = with_table(primary, lambda: [Server("b.pando")])
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
        [PANDO, "serve", "own.pando", "--lease", etcd.url(), "--advertise", "http://127.0.0.1:1", "--http-port", "0"],
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
    expect("a read without a lease", primary.ask("GET", f"/app/docs/{min(writers.names())}")[0], 200)
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


def pair_part():
    global etcd
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


PARTS = {"pair": pair_part, **standby_lease_hosts.PARTS}
if shutil.which("etcd") is None:
    print("left out: there is no etcd (apt-get install etcd-server)")
    sys.exit(0)
try:
    for part in [word for word in sys.argv[2:] if word in PARTS] or PARTS:
        began = time.monotonic()
        PARTS[part]() if part == "pair" else PARTS[part](ROUNDS)
        print(f"ok: {part}, in {time.monotonic() - began:.0f} s", flush=True)
except Failure as failure:
    for path in sorted([*FOLDER.glob("*.messages"), *FOLDER.glob("*.log")]):
        print(f"--- {path.name}\n{path.read_text()[-1500:]}", file=sys.stderr)
    # Last, where whoever reads the end of an output finds it.
    sys.exit(f"standby_lease.py (seed {lease_tools.SEED}): {failure}")
finally:
    for process in processes:
        if process.poll() is None:
            process.kill()
    shutil.rmtree(FOLDER, ignore_errors=True)
