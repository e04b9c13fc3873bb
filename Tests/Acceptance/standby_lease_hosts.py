"""The parts of standby_lease.py for which more is begun: several hosts of etcd, several standbys, etcd's TLS, and its login.

hosts       Three hosts of etcd. Their leader is killed under writes, ROUNDS (1) times two, and ROUNDS times together with the primary; each host is
            stopped for longer than the lease lasts, with one round only the leader; and two of three are killed, or stopped: then writes end before
            the lease does, and go on when they are back. Clients write to both servers all the time.
three       A primary and two standbys with --sync-standbys 2: ROUNDS times two the primary is killed under writes, and comes back; the other standby
            follows the next primary, as the one that has most is that.
most        The same with --sync-standbys 1, so that each of the two standbys may be the only one that has what was acknowledged. In one round of two
            the primary is told to stop instead; with --bars the next one takes writes within a second then, and within 15 s of a kill. At last a
            standby is killed together with the primary.
encrypted   etcds:// with authorities of our own, others, and none.
login       etcd asks for a login, and its tokens last a second. Then two standbys succeed by an account that may not use the standbys' keys.

In each nothing that was acknowledged is lost, and there are never two that acknowledge: in the order in which clients hear of it, the one who has
acknowledged changes no more often than the lease was taken.
"""

import base64
import http.client
import signal
import subprocess
import sys
import time

from lease_tools import (
    FOLDER, KEY, SYNC, Etcd, Failure, Server, Writers, choose, expect, follows, have_all, refused, role, until, with_table)

# Shorter than anybody's: so that a round is.
TIME = 4
BARS = "--bars" in sys.argv


def one_reigns_at_a_time(etcd, writers, taken_before):
    reigns, takings = writers.reigns(), etcd.takings() - taken_before + 1
    if len(reigns) > takings:
        raise Failure(f"the lease was taken {takings} times, and who acknowledges has changed more often: {reigns}")


def longest_pause(writers, since):
    moments = [since, *sorted(writers.times(since)), time.monotonic()]
    return max(after - before for before, after in zip(moments, moments[1:]))


def hosts(rounds):
    # An election takes half a second.
    etcd = Etcd(3, "hosts", ("--heartbeat-interval", "50", "--election-timeout", "500"))

    def server(name):
        # Each begins with another host.
        ports = list(etcd.ports)
        choose.shuffle(ports)
        return Server(name, etcd.url(ports=ports), "--lease-time", str(TIME), *SYNC)

    primary = server("hosts-a.pando")
    [standby] = with_table(primary, lambda: [server("hosts-b.pando")])
    taken_before = etcd.takings()
    writers = Writers(primary, standby, count=2)
    until("writes", lambda: writers.times())
    for turn in range(3 * rounds):
        primary, standby = leader_killed(etcd, writers, primary, standby, turn)
    one_reigns_at_a_time(etcd, writers, taken_before)
    print(f"ok: hosts, whose leader is killed: {len(writers.names())} acknowledged writes", flush=True)
    leader = etcd.leader()
    for index in [leader] + ([number for number in range(3) if number != leader] if rounds > 1 else []):
        host_stopped(etcd, writers, primary, index)
    print("ok: hosts, one of which is stopped", flush=True)
    for turn in range(max(1, rounds // 5)):
        without_majority(etcd, writers, primary, standby, kills=turn % 2 == 0)
    print("ok: hosts, of which most are gone", flush=True)
    writers.stop()
    one_reigns_at_a_time(etcd, writers, taken_before)
    have_all(primary, writers.names(), "hosts")
    follows(standby, primary)
    have_all(standby, writers.names(), "hosts, the standby")
    standby.stop()
    primary.stop()
    etcd.kill()


def leader_killed(etcd, writers, primary, standby, turn):
    """Every third time the primary dies as well."""
    time.sleep(choose.uniform(0, 1))
    until("a leader of etcd", lambda: etcd.leader() is not None)
    dies, since = turn % 3 == 2, time.monotonic()
    etcd.kill(etcd.leader())
    if dies:
        primary.kill()
    until("another leader of etcd", lambda: etcd.leader() is not None)
    elected = time.monotonic()
    if dies:
        until("the standby takes over", lambda: role(standby) == "primary")
        primary, standby = standby, primary
        # Nobody is there whom its commits could wait for.
        standby.begin()
        follows(standby, primary)
        elected = time.monotonic()
    until("writes go on", lambda: writers.times(elected))
    expect("roles after an election", (role(primary), role(standby)), ("primary", "standby"))
    print(f"leader {turn + 1} of etcd killed{', and the primary' if dies else ''}: the longest pause of writes was "
          f"{longest_pause(writers, since):.1f} s", flush=True)
    etcd.begin()
    have_all(primary, writers.names(), "a leader of etcd was killed")
    return primary, standby


def host_stopped(etcd, writers, primary, index):
    """It takes connections, and answers nobody."""
    is_leader, since = etcd.leader() == index, time.monotonic()
    etcd.signal(signal.SIGSTOP, index)
    # The lease is over by then, if it can't be renewed.
    time.sleep(1.5 * TIME)
    late = time.monotonic()
    until("writes go on beside a host that is stopped", lambda: writers.times(late))
    expect("the role beside a host that is stopped", role(primary), "primary")
    etcd.signal(signal.SIGCONT, index)
    until("all hosts", lambda: all(etcd.is_healthy(number) for number in range(3)))
    back = time.monotonic()
    until("writes go on when it is back", lambda: writers.times(back))
    print(f"{'the leader' if is_leader else 'a follower'} of etcd stopped: the longest pause of writes was {longest_pause(writers, since):.1f} s",
          flush=True)


def without_majority(etcd, writers, primary, standby, kills):
    gone = choose.sample(range(3), 2)
    expect("before", primary.is_ready(), True)
    stopped = time.monotonic()
    if kills:
        etcd.kill(*gone)
    else:
        etcd.signal(signal.SIGSTOP, *gone)
    until("the primary is not ready", lambda: not primary.is_ready(), TIME + 5)
    ended = time.monotonic()
    if ended - stopped > TIME:
        raise Failure(f"without a majority it took writes for {ended - stopped:.1f} s")
    # Longer than the lease would have lasted if the last renewal was the newest that there can be.
    time.sleep(2)
    expect("what was acknowledged without a majority", writers.times(ended + 0.1), [])
    status, answer = primary.ask("PUT", "/app/docs/none", {})
    expect("a write without a majority", (status, "could not be renewed" in str(answer)), (503, True))
    expect("a read without a majority", primary.ask("GET", "/app/docs")[0], 200)
    expect("roles without a majority", (role(primary), role(standby)), ("primary", "standby"))
    if kills:
        etcd.begin()
    else:
        etcd.signal(signal.SIGCONT, *gone)
    back = time.monotonic()
    until("it goes on", lambda: writers.times(back), 30)
    expect("roles when it is back", (role(primary), role(standby)), ("primary", "standby"))
    print(f"most of etcd {'killed' if kills else 'stopped'}: writes for {ended - stopped:.1f} s, and again {time.monotonic() - back:.1f} s after it was back",
          flush=True)
    follows(standby, primary)
    until("all hosts", lambda: all(etcd.is_healthy(number) for number in range(3)))


def three(rounds):
    etcd = Etcd(1, "three")
    words = (etcd.url(), "--lease-time", "3", "--sync-standbys", "2", "--sync-timeout", "never")
    servers, primary, writers = reigns_of_three(etcd, "three", words, 2 * rounds, lambda turn: False)
    writers.stop()
    have_all(primary, writers.names(), "three")
    print(f"{2 * rounds} kills: {len(writers.names())} acknowledged writes, and no standby had more than the next primary", flush=True)
    for server in [*(server for server in servers if server is not primary), primary]:
        server.stop()
    etcd.kill()


def most(rounds):
    etcd = Etcd(1, "most")
    words = (etcd.url(), "--lease-time", str(10 if BARS else 3), *SYNC)
    servers, primary, writers = reigns_of_three(etcd, "most", words, 2 * rounds, lambda turn: turn % 2 == 1)
    print(f"{2 * rounds} ends of a primary: {len(writers.names())} acknowledged writes, and no standby had more than the next primary", flush=True)
    # Two of three at once: nobody says for the dead one what it has, and what only that has may be missing.
    dead, left = [server for server in servers if server is not primary]
    writers.stop()
    time.sleep(1)
    until("both have all", lambda: all(state["behind"] == 0 for state in primary.replication()["standbys"]))
    since = time.monotonic()
    dead.kill()
    primary.kill()
    took = first_write_of(left, since)
    print(f"a standby and the primary killed: the other took a write after {took:.2f} s", flush=True)
    if BARS and took > 15:
        raise Failure(f"{took:.2f} s, and 15 are allowed")
    have_all(left, writers.names(), "two of three killed")
    left.stop()
    etcd.kill()


def reigns_of_three(etcd, name, words, rounds, is_told):
    """Three servers, of which the primary is killed again and again under writes, or told to stop, and comes back.

    Returns the servers, the last primary, and who writes."""
    primary = Server(f"{name}-a.pando", *words)
    standbys = with_table(primary, lambda: [Server(f"{name}-{letter}.pando", *words) for letter in "bc"])
    servers = [primary, *standbys]
    taken_before = etcd.takings()
    writers = Writers(*servers, count=2)
    for turn in range(rounds):
        until("the primary", lambda: role(primary) == "primary")
        before = time.monotonic()
        until("writes", lambda: writers.times(before))
        time.sleep(choose.uniform(0.2, 1))
        told, since = is_told(turn), time.monotonic()
        if told:
            primary.process.send_signal(signal.SIGTERM)
        else:
            primary.kill()
        others = [server for server in servers if server is not primary]
        took = first_write_of(others, since)
        if told:
            expect("the end of the old one", primary.process.wait(30), 0)
        print(f"{name} {turn + 1}: {'told to stop' if told else 'killed'}, and a write was taken after {took:.2f} s", flush=True)
        if BARS and took > (1 if told else 15):
            raise Failure(f"{took:.2f} s, and {1 if told else 15} are allowed")
        old, primary = primary, next(server for server in others if role(server) == "primary")
        have_all(primary, writers.names(), f"{name} {turn + 1}")
        # The other standby first: it has to have nothing that the next primary hasn't.
        for server in [*(server for server in others if server is not primary), old]:
            if server is old:
                old.begin()
            follows_at_once(server, primary)
        back = time.monotonic()
        until("writes go on", lambda: writers.times(back))
        expect("the roles of three", sorted(map(role, servers)), ["primary", "standby", "standby"])
        one_reigns_at_a_time(etcd, writers, taken_before)
    return servers, primary, writers


def first_write_of(servers, since):
    """When one of them takes a write that waits for no standby, in seconds."""
    while True:
        for server in servers if isinstance(servers, list) else [servers]:
            try:
                if server.ask("POST", "/app/docs?durability=soft", {"first": True}, timeout=5)[0] in (200, 201):
                    return time.monotonic() - since
            except (OSError, http.client.HTTPException):
                pass
        if time.monotonic() - since > 60:
            raise Failure("no write is taken")
        time.sleep(0.01)


def follows_at_once(standby, primary):
    """As it has nothing that the primary has not."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        state = standby.replication()
        if state["role"] == "standby" and state["connected"] and state["primary"] and primary.address.endswith(state["primary"]) \
                and (state["lag_seconds"] or 9) < 2:
            return
        if "Begin with a new file" in (state["error"] or ""):
            raise Failure(f"{standby.name} has more than {primary.name}, which took the lease: {state['error']}")
        time.sleep(0.02)
    raise Failure(f"{standby.name} does not follow {primary.name}: {state}")


def authority(name):
    """A certificate that signs itself, and one for 127.0.0.1 that it has signed."""
    extension = FOLDER / f"{name}.extension"
    extension.write_text("subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth,clientAuth\n")
    for words in (
        ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", f"/CN={name}",
         "-keyout", f"{name}-ca.key", "-out", f"{name}-ca.pem"],
        ["req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=etcd", "-keyout", f"{name}.key",
         "-out", f"{name}.csr"],
        ["x509", "-req", "-in", f"{name}.csr", "-CA", f"{name}-ca.pem", "-CAkey", f"{name}-ca.key", "-CAcreateserial", "-days", "2", "-extfile",
         extension.name, "-out", f"{name}.pem"],
    ):
        done = subprocess.run(["openssl", *words], cwd=FOLDER, capture_output=True, text=True)
        expect(f"openssl {words[0]}: {done.stderr}", done.returncode, 0)
    return f"{name}.pem", f"{name}.key", f"{name}-ca.pem"


def encrypted(rounds):
    right, wrong = authority("right"), authority("wrong")
    etcd = Etcd(1, "encrypted", secure=right)
    host = f"127.0.0.1:{etcd.ports[0]}"
    print(refused("other authorities", etcd.url(), "--standby-ca", wrong[2], parts=[host, "certificate", "--standby-ca"]), flush=True)
    print(refused("the system's authorities", etcd.url(), parts=[host, "certificate", "--standby-ca"]), flush=True)
    print(refused("TLS that is not asked for", etcd.url().replace("etcds:", "etcd:"), parts=[host, "etcds://"]), flush=True)
    print(refused("a name that the certificate has not", etcd.url().replace("127.0.0.1", "localhost"), "--standby-ca", right[2],
                  parts=["localhost", "certificate"]), flush=True)
    words = (etcd.url(), "--lease-time", "3", "--standby-ca", right[2], *SYNC)
    primary = Server("encrypted-a.pando", *words)
    [standby] = with_table(primary, lambda: [Server("encrypted-b.pando", *words)])
    writers = Writers(primary)
    until("writes", lambda: len(writers.times()) > 50)
    primary.stop()
    until("the standby takes over", lambda: role(standby) == "primary")
    writers.stop()
    have_all(standby, writers.names(), "encrypted")
    standby.stop()
    etcd.kill()


def login(rounds):
    etcd = Etcd(1, "login", ("--auth-token-ttl", "1"))
    encode = lambda text: base64.b64encode(text.encode()).decode()
    for name, password in (("root", "root's"), ("pando", "p@ss:word/ü"), ("narrow", "n"), ("reader", "r"), ("stranger", "s")):
        etcd.ask("auth/user/add", {"name": name, "password": password})
    both = (KEY, f"{KEY}.last")
    for name, permission, keys in (("root", None, ()), ("pando", "READWRITE", both), ("narrow", "READWRITE", both), ("reader", "READ", both)):
        etcd.ask("auth/role/add", {"name": name})
        for key in keys:
            etcd.ask("auth/role/grant", {"name": name, "perm": {"permType": permission, "key": encode(key)}})
        if name == "pando":
            # All keys that begin so, as etcdctl's --prefix has it.
            etcd.ask("auth/role/grant", {"name": name, "perm": {
                "permType": permission, "key": encode(f"{KEY}.standbys/"), "range_end": encode(f"{KEY}.standbys0")}})
        etcd.ask("auth/user/grant", {"user": name, "role": name})
    etcd.ask("auth/enable", {})
    host = f"127.0.0.1:{etcd.ports[0]}"
    print(refused("without a login", etcd.url(), parts=[host, "user name is empty"]), flush=True)
    print(refused("a wrong password", etcd.url("pando:wrong@"), parts=[host, "invalid user ID or password"]), flush=True)
    print(refused("who may not read", etcd.url("stranger:s@"), parts=[host, "permission denied"]), flush=True)
    print(refused("who may not write", etcd.url("reader:r@"), parts=[host, "permission denied"]), flush=True)
    words = (etcd.url("pando:p%40ss%3Aword%2F%C3%BC@"), "--lease-time", str(TIME), *SYNC)
    primary = Server("login-a.pando", *words)
    [standby] = with_table(primary, lambda: [Server("login-b.pando", *words)])
    writers = Writers(primary)
    # A renewal comes after a third of that, when the token is over. A lease that was not renewed would be over by then.
    time.sleep(1.25 * TIME)
    late = time.monotonic()
    until("writes after the lease was renewed with another token", lambda: writers.times(late))
    # Accounts that change have all tokens forgotten, too.
    root = etcd.ask("auth/authenticate", {"name": "root", "password": "root's"})["token"]
    etcd.ask("auth/user/add", {"name": "more", "password": "m"}, token=root)
    writers.stop()
    for server in (primary, standby):
        expect(f"what {server.name} has logged", [line for line in (FOLDER / f"{server.name}.log").read_text().splitlines() if '"warn"' in line or
                                                 "The lease" in line], [])
        expect("a password in the log", "ss:word" in (FOLDER / f"{server.name}.log").read_text(), False)
    primary.stop()
    until("the standby takes over", lambda: role(standby) == "primary")
    have_all(standby, writers.names(), "login")
    standby.stop()
    narrow(etcd)
    etcd.kill()


def narrow(etcd):
    """By an account that may not use the standbys' keys the first of two takes the lease, and both have said once that it is so."""
    words = (etcd.url("narrow:n@"), "--lease-time", str(TIME), *SYNC)
    # Who had the lease last is gone for good.
    token = etcd.ask("auth/authenticate", {"name": "root", "password": "root's"})["token"]
    etcd.ask("kv/deleterange", {"key": base64.b64encode(f"{KEY}.last".encode()).decode()}, token=token)
    primary = Server("narrow-a.pando", *words)
    standbys = with_table(primary, lambda: [Server("narrow-b.pando", *words), Server("narrow-c.pando", *words)])
    # Longer than it takes until it is tried again.
    time.sleep(TIME)
    for standby in standbys:
        said = [line for line in (FOLDER / f"{standby.name}.log").read_text().splitlines() if f"{KEY}.standbys/" in line]
        expect(f"how often {standby.name} says that nothing is compared", len(said), 1)
    since = time.monotonic()
    primary.kill()
    print(f"without the right to compare: a write was taken {first_write_of(standbys, since):.2f} s after a kill", flush=True)
    expect("roles", sorted(map(role, standbys)), ["primary", "standby"])
    for standby in sorted(standbys, key=lambda server: role(server) == "primary"):
        standby.stop()


PARTS = {"hosts": hosts, "three": three, "most": most, "encrypted": encrypted, "login": login}
