"""The parts of standby_lease.py for which more is begun: several hosts of etcd, several standbys, etcd's TLS, and its login.

hosts       Three hosts of etcd. Their leader is killed under writes, ROUNDS (1) times two, and ROUNDS times together with the primary; each host is
            stopped for longer than the lease lasts, with one round only the leader; and two of three are killed, or stopped: then writes end before
            the lease does, and go on when they are back. Clients write to both servers all the time.
three       A primary and two standbys with --sync-standbys 2: ROUNDS times two the primary is killed under writes, and comes back.
encrypted   etcds:// with authorities of our own, others, and none.
login       etcd asks for a login, and its tokens last a second.

In each nothing that was acknowledged is lost, and there are never two that acknowledge: in the order in which clients hear of it, the one who has
acknowledged changes no more often than the lease was taken.
"""

import base64
import signal
import subprocess
import time

from lease_tools import (
    FOLDER, KEY, SYNC, Etcd, Failure, Server, Writers, choose, expect, follows, have_all, refused, role, until, with_table)

# Shorter than anybody's: so that a round is.
TIME = 4


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
    primary = Server("three-a.pando", *words)
    standbys = with_table(primary, lambda: [Server("three-b.pando", *words), Server("three-c.pando", *words)])
    servers = [primary, *standbys]
    taken_before = etcd.takings()
    writers = Writers(*servers, count=2)
    anew = 0
    for turn in range(2 * rounds):
        until("the primary", lambda: role(primary) == "primary")
        before = time.monotonic()
        until("writes", lambda: writers.times(before))
        time.sleep(choose.uniform(0.2, 1))
        primary.kill()
        others = [server for server in servers if server is not primary]
        until("a standby takes over", lambda: [role(server) for server in others].count("primary") == 1)
        old, primary = primary, next(server for server in others if role(server) == "primary")
        old.begin()
        anew += sum(followed_by(server, primary) for server in servers if server is not primary)
        back = time.monotonic()
        until("writes go on", lambda: writers.times(back))
        expect("the roles of three", sorted(map(role, servers)), ["primary", "standby", "standby"])
        have_all(primary, writers.names(), f"three, round {turn + 1}")
    writers.stop()
    one_reigns_at_a_time(etcd, writers, taken_before)
    for server in servers:
        if server is not primary:
            follows(server, primary)
            have_all(server, writers.names(), "three")
    print(f"three: {2 * rounds} primaries killed, {len(writers.names())} acknowledged writes; {anew} standbys had more than the next primary, "
          "which nobody was told of, and began anew", flush=True)
    for server in [*(server for server in servers if server is not primary), primary]:
        server.stop()
    etcd.kill()


def followed_by(standby, primary):
    """Whether a standby had to begin with a new file, as it had received more than the next primary."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        state = standby.replication()
        if state["connected"] and state["primary"] and primary.address.endswith(state["primary"]) and (state["lag_seconds"] or 9) < 2:
            return False
        if "Begin with a new file" in (state["error"] or ""):
            standby.stop()
            for path in FOLDER.glob(f"{standby.name}*"):
                if not path.name.endswith((".messages", ".log")):
                    path.unlink()
            standby.begin()
            return True
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
    for name, password in (("root", "root's"), ("pando", "p@ss:word/ü"), ("reader", "r"), ("stranger", "s")):
        etcd.ask("auth/user/add", {"name": name, "password": password})
    for name, permission, keys in (("root", None, ()), ("pando", "READWRITE", (KEY, f"{KEY}.last")), ("reader", "READ", (KEY, f"{KEY}.last"))):
        etcd.ask("auth/role/add", {"name": name})
        for key in keys:
            etcd.ask("auth/role/grant", {"name": name, "perm": {"permType": permission, "key": encode(key)}})
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
    etcd.kill()


PARTS = {"hosts": hosts, "three": three, "encrypted": encrypted, "login": login}
