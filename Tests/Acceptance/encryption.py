#!/usr/bin/env python3
"""What an encrypted file's processes leave behind, and what is read without the right key.

    apt-get install strace openssl
    encryption.py PANDO

A server on an encrypted file, and commands on it, work with known words in keys, values, names of tables, accounts and queries; all that can be logged is, sorts that spill, dumps,
backups and deltas are made, and the server is killed in the middle. Then the words are looked for in every file that is there, and in every byte that was written to anything
but a socket, a pipe or standard output. Wrong keys of every kind: one line, exit status 1, and nothing has been read behind the first 4,096 bytes of the two meta pages.
Another key, which touches no page, and new keys for all pages, killed on the way. HashiCorp Vault, over TLS, by a stand-in (vault_standin.py). Without strace that part is left out, and said to be.
"""

import json
import math
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.dont_write_bytecode = True
import vault_standin

PANDO = os.path.abspath(sys.argv[1])
FOLDER = Path(tempfile.mkdtemp(prefix="pando-encryption-"))
WORDS = [b"Hippopotamus", b"Rhinoceros", b"Crocodile", b"Chameleon"]
WRITES = "write,pwrite64,writev,pwritev,pwritev2,sendfile,copy_file_range,splice"


class Failure(Exception):
    pass


def expect(what, got, wanted):
    if got != wanted:
        raise Failure(f"{what}: {str(got)[:600]} instead of {str(wanted)[:300]}")


def environment(**more):
    return {"PATH": os.environ["PATH"], "HOME": str(FOLDER), "TMPDIR": str(FOLDER / "tmp"), **more}


def traced(name):
    # Strings as they are, whole, and what each descriptor is.
    return ["strace", "-f", "-qq", "-yy", "-s", "4000000", "-e", f"trace={WRITES}", "-o", str(FOLDER / f"trace-{name}")] if shutil.which("strace") else []


def run(*words, status=0, trace=None, stdin=b"", **more):
    done = subprocess.run(
        [*(traced(trace) if trace else []), PANDO, *map(str, words)], cwd=FOLDER, input=stdin, capture_output=True, timeout=300, env=environment(**more))
    if done.returncode != status:
        raise Failure(f"pando {' '.join(map(str, words))}: status {done.returncode}: {done.stderr.decode()[-800:]}")
    return done


def fill():
    for name in ["app.key", "other.key"]:
        (FOLDER / name).write_bytes(os.urandom(32))
        (FOLDER / name).chmod(0o600)
    (FOLDER / "tmp").mkdir()
    rows = "".join(json.dumps({"id": f"Hippopotamus-{n:05}", "text": f"Rhinoceros {n * 7919 % 10007} " + "x" * 900, "n": n}) + "\n" for n in range(30_000))
    run("import", "app.pando", "Crocodile.Crocodiles", "-", "--create", "--key-file", "app.key", "--quiet", stdin=rows.encode(), trace="import")
    run("compact", "app.pando", "--key-file", "app.key", trace="compact")


def serve():
    server = subprocess.Popen(
        [*traced("serve"), PANDO, "serve", "app.pando", "--key-file", "app.key", "--http-port", "0", "--driver-port", "none", "--pg-port", "none", "--query-memory", "16",
         "--log", "served.log", "--log-requests", "all", "--slow-query", "1"],
        cwd=FOLDER, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment())
    address = server.stdout.readline().decode().strip().removeprefix("http://")
    try:
        run("backup", "app.pando", "monday.pando", "--key-file", "app.key", trace="backup")
        # Sorts that need more than their share of memory, in ReQL and in SQL.
        run("query", "--connect", address, "r.db('Crocodile').table('Crocodiles').orderBy('text').skip(29_990)('n')".replace("_", ""))
        run("sql", "--connect", address, "--db", "Crocodile", "SELECT n, text FROM \"Crocodiles\" ORDER BY text, n DESC OFFSET 29990")
        run("user", "--connect", address, "create", "Chameleon", "--password-file", "-", stdin=b"Chameleon's secret\n")
        for n in range(20):
            run("query", "--connect", address, f"r.db('Crocodile').table('Crocodiles').insert({{id: 'Hippopotamus {n}', text: 'Chameleon'}})")
        run("backup", "app.pando", "tuesday.delta", "--since", "monday.pando", "--key-file", "app.key", trace="delta")
        run("dump", "app.pando", "--encrypt", "-o", "app.pandoarc", "--key-file", "app.key", trace="dump")
        run("backup", "--connect", address, "served.pando")
    finally:
        # The process itself, not strace.
        children = subprocess.run(["pgrep", "-P", str(server.pid)], capture_output=True, text=True).stdout.split() if traced("") else []
        for process in children or [str(server.pid)]:
            os.kill(int(process), 9)
        server.wait(timeout=60)
    run("restore-chain", "monday.pando", "tuesday.delta", "chained.pando", "--key-file", "app.key", trace="chain")
    run("restore", "again.pando", "-", "--key-file", "app.key", stdin=(FOLDER / "app.pandoarc").read_bytes(), trace="restore")
    plain = run("dump", "app.pando", "--plain", "-o", "-", "--compress", "none", "--key-file", "app.key").stdout
    expect("what a plain archive has", [word in plain for word in WORDS], [True] * 4)
    # What comes through a pipe is put aside, sealed.
    run("restore", "third.pando", "-", "--key-file", "app.key", stdin=plain, trace="spool")
    expect("documents after all that", run("query", "chained.pando", "r.db('Crocodile').table('Crocodiles').count()", "--key-file", "app.key").stdout, b"30020\n")
    expect("documents of the killed server's file", run("query", "app.pando", "r.db('Crocodile').table('Crocodiles').count()", "--key-file", "app.key").stdout, b"30020\n")


def nothing_is_left():
    """grep -a over all that is there, and all that was written."""
    files = [path for path in FOLDER.rglob("*") if path.is_file() and not path.name.startswith("trace-")]
    found = [(path.name, word) for path in files for word in WORDS if word in path.read_bytes()]
    expect("words in files", found, [])
    count = spilled = 0
    for path in FOLDER.glob("trace-*"):
        for line in path.open("rb"):
            call = re.match(rb"\d+ +(\w+)\((\d+)<([^>]*)", line)
            if not call or call[3].startswith((b"TCP", b"UNIX", b"pipe", b"socket", b"/dev/")) or call[2] in (b"1", b"2"):
                continue
            count += 1
            spilled += b"spool" in call[3]
            for word in WORDS:
                if word in line:
                    raise Failure(f"{word} was written: {path.name}: {line[:300]}")
    if shutil.which("strace"):
        if count < 100 or spilled == 0:
            raise Failure(f"only {count} writes were seen, {spilled} of them to temporary files")
        print(f"  {len(files)} files and {count} writes, {spilled} of them of sorts and pipes, without a known word", flush=True)


def logged(path):
    """The lines of a log, and of them the slow queries and the requests."""
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    return lines, [line for line in lines if line.get("message", "").startswith("Slow query, ")], [line for line in lines if line["event"] == "request"]


def the_log_has_digests():
    """What may not be read can be told to be equal: in the log of the server that was killed, and of another one later. With --log-contents, and of a plain file, it is there."""
    digest = r"#[0-9a-f]{12}"
    lines, slow, requests = logged(FOLDER / "served.log")
    wrong = [line for line in slow if not re.fullmatch(rf"Slow query, \d+ ms(, \d+ rows?)?, of (`admin`|the application): {digest}", line["message"]) or not re.fullmatch(digest, line.get("plan", "#" + "0" * 12).split("\n")[-1])]
    expect("slow queries that are not digests", (len(slow) > 0, wrong), (True, []))
    expect("requests that are not digests", (len(requests) > 20, [line for line in requests if not re.fullmatch(digest, line["target"])]), (True, []))
    made = [line["message"] for line in lines if "account" in line.get("message", "")]
    expect("who was made", (len(made) > 0, [text for text in made if not re.fullmatch(rf"`admin` (made|changed) the account `{digest}`\.", text)]), (True, []))
    run("db", "bare.pando", "create", "Crocodile")
    run("table", "bare.pando", "create", "Crocodile.Crocodiles")
    text = "r.range(200000).map(x => x.mul(2)).filter(x => x.ne('Rhinoceros')).count()"
    told = {}
    for name, file, words in [
            ("one", "again.pando", ["--key-file", "app.key"]), ("two", "again.pando", ["--key-file", "app.key"]), ("contents", "again.pando", ["--key-file", "app.key", "--log-contents", "true"]),
            ("plain", "bare.pando", [])]:
        log = FOLDER / f"{name}.log"
        server = subprocess.Popen(
            [PANDO, "serve", file, *words, "--http-port", "0", "--driver-port", "none", "--pg-port", "none", "--log", log, "--log-requests", "all", "--slow-query", "1", "--quiet"],
            cwd=FOLDER, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment())
        address = server.stdout.readline().decode().strip().removeprefix("http://")
        run("query", "--connect", address, text)
        run("table", "--connect", address, "create", f"Crocodile.Chameleons_{name}")
        server.terminate()
        expect("a server's status", server.wait(timeout=60), 0)
        lines, slow, requests = logged(log)
        made = [line["message"] for line in lines if " made the table " in line.get("message", "")]
        told[name] = (slow[0]["message"].split(": ", 1)[1], slow[0]["plan"].partition("\n")[2], requests[0]["target"])
        expect(f"names in {log.name}", ["Chameleons" in line for line in made], [name in ("contents", "plain")])
    expect("digests at the next start", told["one"], told["two"])
    expect("what they are", [bool(re.fullmatch(digest, one)) for one in told["one"]], [True] * 3)
    expect("texts where they are wanted, and of a plain file", [(told[name][0].startswith("r.range("), "Rhinoceros" in told[name][0], "map(" in told[name][1], told[name][2][0]) for name in ["contents", "plain"]], [(True, True, True, "/")] * 2)
    for name in told:
        (FOLDER / f"{name}.log").unlink()


def pages_look_random():
    data = (FOLDER / "app.pando").read_bytes()
    low = 0
    for page in range(2, len(data) // 4096):
        content = data[page * 4096:(page + 1) * 4096]
        # What is written ahead is zeros, and behind a record of the journal are zeros.
        if content[-512:] == bytes(512):
            continue
        counts = [content.count(value) for value in range(256)]
        entropy = -sum(n / 4096 * math.log2(n / 4096) for n in counts if n)
        low += entropy < 7.9
        if page > 2000:
            break
    expect("pages that don't look random", low, 0)


def wrong_keys():
    """One line, exit status 1, and nothing of the file beyond what everybody may read."""
    (FOLDER / "short.key").write_bytes(os.urandom(31))
    (FOLDER / "open.key").write_bytes(os.urandom(32))
    (FOLDER / "short.key").chmod(0o600)
    (FOLDER / "open.key").chmod(0o644)
    vault = vault_standin.Vault()
    near = {"VAULT_ADDR": vault.address, "VAULT_TOKEN": vault_standin.TOKEN}
    sources = [
        [], ["--key-file", "other.key"], ["--key-file", "short.key"], ["--key-file", "open.key"], ["--key-file", "none.key"], ["--key-command", "cat other.key"],
        ["--key-command", "cat short.key"], ["--key-command", "exit 7"], ["--key-command", "true"], ["--wrap-command", "false"], ["--wrap-command", "cat"],
        ["--key-command", "echo wrong", "--key-is-passphrase"], ["--vault-transit", "pando"], ["--vault-transit", "none"], ["--vault-kv", "secret/pando/app#key"],
        ["--vault-kv", "secret/pando/app#short"], ["--vault-kv", "secret/none/app#key"]]
    for source in sources:
        trace = ["strace", "-f", "-qq", "-yy", "-e", "trace=read,pread64,preadv,mmap,readv", "-o", str(FOLDER / "trace-keys")] if shutil.which("strace") else []
        done = subprocess.run([*trace, PANDO, "status", "app.pando", *source], cwd=FOLDER, capture_output=True, text=True, timeout=60, env=environment(**near))
        lines = done.stderr.splitlines()
        if done.returncode != 1 or len(lines) != 1 or done.stdout:
            raise Failure(f"{source}: status {done.returncode}, {done.stdout!r}, {done.stderr!r}")
        for line in (FOLDER / "trace-keys").read_text(errors="replace").splitlines() if trace else []:
            if "app.pando>" not in line:
                continue
            call = re.search(r"(\w+)\(.*, (\d+), (\d+)\) += ", line)
            if not call or call[1] != "pread64" or int(call[2]) + int(call[3]) > 8192:
                raise Failure(f"{source}: more is read than the keys: {line[:200]}")
    hanging = subprocess.run([PANDO, "status", "app.pando", "--key-command", "exec sleep 60"], cwd=FOLDER, capture_output=True, text=True, timeout=50, env=environment())
    expect("a command that hangs", (hanging.returncode, hanging.stderr), (1, "pando status: The command for the key took more than 30 seconds.\n"))


def another_key_touches_no_page():
    """`rekey` reads and writes the keys in the first two pages and nothing else, so it takes no longer for a large file; so do one more key and one less."""
    shutil.copy(FOLDER / "app.pando", FOLDER / "again.pando")
    trace = FOLDER / "trace-rekey"
    steps = [
        ["--key-file", "app.key", "--new-key-file", "other.key"], ["--key-file", "other.key", "--new-key-file", "app.key", "--add"],
        ["--key-file", "app.key", "--remove", "other.key"]]
    for words in steps:
        before = (FOLDER / "again.pando").read_bytes()
        prefix = ["strace", "-f", "-qq", "-yy", "-e", f"trace=read,readv,pread64,preadv,mmap,{WRITES}", "-o", trace] if shutil.which("strace") else []
        done = subprocess.run([*prefix, PANDO, "rekey", "again.pando", *words], cwd=FOLDER, capture_output=True, env=environment(), timeout=60)
        expect(f"{words}: {done.stderr}", done.returncode, 0)
        after = (FOLDER / "again.pando").read_bytes()
        keys = lambda data: [data[start + 512:start + 4096] for start in [0, 4096]]
        rest = lambda data: (data[:512], data[4096:4608], data[8192:])
        expect(f"{words}: whether the keys and the rest are as they were", (keys(after) == keys(before), rest(after) == rest(before)), (False, True))
        for line in trace.read_text(errors="replace").splitlines() if prefix else []:
            if "again.pando>" in line:
                call = re.search(r"(pread64|pwrite64)\(.*, (\d+), (\d+)\) += ", line)
                if not call or int(call[2]) + int(call[3]) > 8192:
                    raise Failure(f"{words}: more than the keys: {line[:200]}")


def new_keys_cut_off():
    """`rekey --data`, killed at ten moments of its way: the file opens with the old key or with the new one, whole, and what is left goes when it is done again."""
    count = ["query", "again.pando", "r.db('Crocodile').table('Crocodiles').count()"]
    order = ["rekey", "again.pando", "--key-file", "app.key", "--new-key-file", "other.key", "--data", "--quiet"]
    shutil.copy(FOLDER / "app.pando", FOLDER / "again.pando")
    wanted = run(*count, "--key-file", "app.key").stdout
    began = time.monotonic()
    run(*order)
    whole = time.monotonic() - began
    expect("records under the new keys", run(*count, "--key-file", "other.key").stdout, wanted)
    run("status", "again.pando", "--key-file", "app.key", status=1)
    replaced = 0
    for moment in range(1, 11):
        shutil.copy(FOLDER / "app.pando", FOLDER / "again.pando")
        with subprocess.Popen([PANDO, *order], cwd=FOLDER, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            try:
                process.wait(whole * moment / 10)
            except subprocess.TimeoutExpired:
                process.kill()
        opened = [subprocess.run([PANDO, *count, "--key-file", key], cwd=FOLDER, env=environment(), capture_output=True) for key in ["app.key", "other.key"]]
        expect(f"keys that open it, killed at {moment}", sorted(one.returncode for one in opened), [0, 1])
        expect(f"records, killed at {moment}", [one.stdout for one in opened if one.returncode == 0], [wanted])
        replaced += opened[1].returncode == 0
        if opened[0].returncode == 0:
            run(*order)
            expect("records, done again", run(*count, "--key-file", "other.key").stdout, wanted)
        expect("what is left beside it", [path.name for path in FOLDER.glob("again.pando.*")], [])
    print(f"   {replaced} of 10 had the new keys already")


def new_keys_cut_off_at_each_call():
    """`rekey --data`, killed as it enters each of the calls that put the new file on the disk and in the place of the old one, and what comes after:
    before it the old key opens the file, and after it the new one."""
    if not shutil.which("strace"):
        return
    calls = ["rename", "renameat", "renameat2", "fsync", "fdatasync"]
    count = ["query", "again.pando", "r.db('Crocodile').table('Crocodiles').count()"]
    order = [PANDO, "rekey", "again.pando", "--key-file", "app.key", "--new-key-file", "other.key", "--data", "--quiet"]
    trace = ["strace", "-f", "-qq", "-e", f"trace={','.join('?' + call for call in calls)}", "-o", str(FOLDER / "trace-calls")]

    def rekeyed(*injected):
        shutil.copy(FOLDER / "app.pando", FOLDER / "again.pando")
        subprocess.run([*trace, *injected, *order], cwd=FOLDER, env=environment(), capture_output=True)
        opened = [subprocess.run([PANDO, *count, "--key-file", key], cwd=FOLDER, env=environment(), capture_output=True) for key in ["app.key", "other.key"]]
        for path in FOLDER.glob("again.pando.*"):
            path.unlink()
        return [one.stdout if one.returncode == 0 else None for one in opened]

    wanted = rekeyed()[1]
    made = re.findall(r"^(\d+) +(\w+)\(", (FOLDER / "trace-calls").read_text(), re.M)
    place = next(at for at, (_, call) in enumerate(made) if call.startswith("rename"))
    expect("a sync before the new file takes the old one's place, and one after", [any(call.endswith("sync") for _, call in part) for part in (made[:place], made[place + 1:])], [True, True])
    for at, (thread, call) in enumerate(made):
        # strace counts the calls of each thread by themselves.
        number = sum(one == (thread, call) for one in made[:at + 1])
        if any(other != thread and call == name for other, name in made):
            continue
        opened = rekeyed("-e", f"inject={call}:signal=KILL:when={number}")
        expect(f"records under the old and the new key, killed at call {at + 1}, {call}", opened, [wanted, None] if at <= place else [None, wanted])


def as_account(account, *words):
    """A command as another account of the machine."""
    return subprocess.run(
        [FOLDER / "pando-of-all", *map(str, words)], cwd=FOLDER / "shared", capture_output=True, text=True, timeout=60, env=environment(), user=account, group=account,
        extra_groups=[])


def without_instructions():
    """Without the processor's instructions the bytes are the same: what one way has written the other reads. A server says once that it does without, and how fast it is."""
    slow = {"PANDO_CIPHER": "software"}
    run("db", "slow.pando", "create", "app", "--key-file", "app.key", **slow)
    expect("what it says of them", b"software" in run("status", "slow.pando", "--key-file", "app.key", **slow).stdout, True)
    run("table", "slow.pando", "create", "app.t", "--key-file", "app.key")
    run("query", "slow.pando", "r.db('app').table('t').insert(r.range(3000).map(n => ({id: n, text: 'text'})).coerceTo('array'))", "--key-file", "app.key")
    expect("documents", run("query", "slow.pando", "r.db('app').table('t').count()", "--key-file", "app.key", **slow).stdout, b"3000\n")
    run("check", "slow.pando", "--key-file", "app.key", **slow)
    with subprocess.Popen(
            [PANDO, "serve", "slow.pando", "--key-file", "app.key", "--http-port", "0", "--driver-port", "none", "--pg-port", "none"], cwd=FOLDER, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, env=environment(**slow)) as server:
        server.stdout.readline()
        server.terminate()
        said = server.stderr.read()
    expect("what a server says", len(re.findall(r"without them, at about [1-9]\d* MiB a second\.", said)), 1)


def owners_stay():
    """What `encrypt` and `rekey --data` put in a file's place has its owner, group and mode; where it can't have them, nothing is changed."""
    if os.geteuid() != 0:
        print("   left out, as only root can give files away")
        return
    owner, other = 61_184, 61_185
    # Others find the executable and their folder, and nobody else's files.
    FOLDER.chmod(0o711)
    place = FOLDER / "shared"
    place.mkdir()
    place.chmod(0o777)
    shutil.copy(PANDO, FOLDER / "pando-of-all")
    (FOLDER / "pando-of-all").chmod(0o755)
    for account in [owner, other]:
        shutil.copy(FOLDER / "app.key", place / f"{account}.key")
        os.chown(place / f"{account}.key", account, account)
    file = place / "owned.pando"
    facts = lambda: (file.stat().st_uid, file.stat().st_gid, oct(file.stat().st_mode & 0o7777))
    run("db", file, "create", "app")
    os.chown(file, owner, other)
    file.chmod(0o666)
    refused = as_account(other, "encrypt", file, "--key-file", f"{other}.key")
    expect("a file of another account", (refused.returncode, f"belongs to account {owner} and group {other}" in refused.stderr, len(refused.stderr.splitlines())), (1, True, 1))
    expect("what was refused", (facts(), [path.name for path in place.glob("owned.pando.*")]), ((owner, other, "0o666"), []))
    run("status", file)
    file.chmod(0o640)
    run("encrypt", file, "--key-file", "app.key")
    expect("owner, group and mode of an encrypted file", facts(), (owner, other, "0o640"))
    run("rekey", file, "--key-file", "app.key", "--data")
    expect("owner, group and mode under new keys", facts(), (owner, other, "0o640"))
    run("status", file, status=1)
    expect("its owner opens it", as_account(owner, "status", file, "--key-file", f"{owner}.key").returncode, 0)


def older_files_are_seen():
    """A file that was put back as it once was is not served to who has noted a later state, and goes on to be served to who has not."""
    def noted():
        facts = json.loads(run("status", "dated.pando", "--key-file", "app.key", "--json").stdout)["file"]
        return f"{facts['file_id']}.{facts['opening']}.{facts['commit']}"

    def serve(*words):
        server = subprocess.Popen(
            [PANDO, "serve", "dated.pando", "--key-file", "app.key", "--http-port", "0", "--driver-port", "none", "--pg-port", "none", *words], cwd=FOLDER,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment())
        address = server.stdout.readline().strip().removeprefix("http://")
        if address:
            run("query", "--connect", address, "r.db('app').table('t').insert({n: 1})")
            server.terminate()
        said = server.communicate(timeout=60)[1]
        return server.returncode, "is older than --at-least says" in said, "is another file" in said

    run("db", "dated.pando", "create", "app", "--key-file", "app.key")
    run("table", "dated.pando", "create", "app.t", "--key-file", "app.key")
    old = (FOLDER / "dated.pando").read_bytes()
    first = noted()
    expect("the state that was noted", serve("--at-least", first), (0, False, False))
    later = noted()
    for state in [first, later]:
        expect("a later state than was noted", serve("--at-least", state), (0, False, False))
    (FOLDER / "dated.pando").write_bytes(old)
    expect("the old file", serve("--at-least", later), (1, True, False))
    shutil.copy(FOLDER / "app.pando", FOLDER / "dated.pando")
    expect("another file", serve("--at-least", later), (1, False, True))
    (FOLDER / "dated.pando").write_bytes(old)
    expect("nothing noted", serve(), (0, False, False))


def memory_is_locked():
    """With --lock-memory nothing of the process can be swapped, also what it has later; where the limit forbids it, it does not start."""
    if os.geteuid() != 0 or not (FOLDER / "pando-of-all").exists():
        print("   left out, as only root may lock memory")
        return
    resource.setrlimit(resource.RLIMIT_MEMLOCK, (8 << 20, 8 << 20))
    ports = ["--http-port", "0", "--driver-port", "none", "--pg-port", "none", "--lock-memory", "true"]
    refused = as_account(61_184, "serve", "owned.pando", "--key-file", "61184.key", *ports)
    expect("a limit that forbids it", (refused.returncode, "ulimit -l unlimited" in refused.stderr, len(refused.stderr.splitlines())), (1, True, 1))
    server = subprocess.Popen(
        [PANDO, "serve", "app.pando", "--key-file", "app.key", "--cache-size", "8", "--quiet", *ports], cwd=FOLDER, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env=environment())
    try:
        address = server.stdout.readline().decode().strip().removeprefix("http://")
        if not address:
            said = server.stderr.read().decode()
            if "can't be kept out of swap" in said:
                print("   left out, as the system does not permit it to root")
                return
            raise Failure(f"it does not start: {said}")
        sizes = []
        for _ in range(6):
            expect("documents", run("query", "--connect", address, "r.db('Crocodile').table('Crocodiles').orderBy('n').count()").stdout, b"30020\n")
            sizes.append(int(re.search(r"(?m)^RssAnon:\s+(\d+)", Path(f"/proc/{server.pid}/status").read_text())[1]))
        maps = [set(line.split()[1:]) for line in Path(f"/proc/{server.pid}/smaps").read_text().splitlines() if line.startswith("VmFlags:")]
        expect("memory that can be swapped", [one for one in maps if "wr" in one and "lo" not in one], [])
        expect("the place of decrypted pages", any({"lo", "dd"} <= one for one in maps), True)
        expect(f"memory that is given back, {sizes} KiB", sizes[-1] < sizes[1] + (64 << 10), True)
    finally:
        server.terminate()
        server.wait(timeout=60)


def memory_stays_here():
    """A server that dies leaves no core dump, and its keys are in memory that is not swapped, dumped or given to a child."""
    def serve(file, *key):
        server = subprocess.Popen(
            [PANDO, "serve", file, *key, "--http-port", "0", "--driver-port", "none", "--pg-port", "none"], cwd=FOLDER, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, env=environment(SWIFT_BACKTRACE="enable=no"), preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY,) * 2))
        if not server.stdout.readline():
            raise Failure(f"{file} is not served")
        return server

    def dies(server, aborts=True):
        if aborts:
            server.send_signal(signal.SIGABRT)
        status = os.waitpid(server.pid, 0)[1]
        expect("what ended it", os.WTERMSIG(status), signal.SIGABRT)
        for path in FOLDER.glob("core*"):
            path.unlink()
        return os.WCOREDUMP(status)

    run("db", "plain.pando", "create", "app")
    try:
        leaves = dies(serve("plain.pando"))
    except (ValueError, subprocess.SubprocessError):
        leaves = False
    if not leaves:
        print("   left out, as no process leaves core dumps here: those of a server")
        return
    server = serve("app.pando", "--key-file", "app.key")
    flags = [set(line.split()[1:]) for line in Path(f"/proc/{server.pid}/smaps").read_text().splitlines() if line.startswith("VmFlags:")]
    # Keys: locked, not dumped, wiped in a child. Decrypted pages: not dumped.
    expect("memory for keys", any({"lo", "dd", "wf"} <= one for one in flags), True)
    expect("memory for decrypted pages", any("dd" in one and "lo" not in one for one in flags), True)
    expect("a core dump of a server on an encrypted file", dies(server), False)
    # So it is with other commands, from before they have the key.
    command = subprocess.Popen(
        [PANDO, "status", "app.pando", "--key-command", "kill -ABRT $PPID; sleep 5"], cwd=FOLDER, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env=environment(SWIFT_BACKTRACE="enable=no"), preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY,) * 2))
    expect("a core dump of a command with a key", dies(command, aborts=False), False)


def vault_over_tls():
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "30",
         "-keyout", "vault.key", "-out", "vault.pem"], cwd=FOLDER, check=True, capture_output=True)
    vault = vault_standin.Vault(certificate=(FOLDER / "vault.pem", FOLDER / "vault.key"))
    near = {"VAULT_ADDR": vault.address, "VAULT_TOKEN": vault_standin.TOKEN, "VAULT_CACERT": str(FOLDER / "vault.pem")}
    run("db", "vaulted.pando", "create", "app", "--vault-transit", "pando", **near)
    run("status", "vaulted.pando", "--vault-transit", "pando", **near)
    (FOLDER / ".vault-token").write_text(vault_standin.TOKEN + "\n")
    (FOLDER / ".vault-token").chmod(0o600)
    run("status", "vaulted.pando", "--vault-transit", "pando", **{**near, "VAULT_TOKEN": ""})
    refused = run("status", "vaulted.pando", "--vault-transit", "pando", status=1, **{**near, "VAULT_CACERT": ""})
    expect("a certificate that nobody trusts", b"verif" in refused.stderr, True)


def main():
    for part in [fill, serve, nothing_is_left, the_log_has_digests, pages_look_random, wrong_keys, another_key_touches_no_page, new_keys_cut_off, new_keys_cut_off_at_each_call, without_instructions, owners_stay, older_files_are_seen, memory_is_locked, memory_stays_here, vault_over_tls]:
        part()
        print(f"ok: {part.__name__}", flush=True)
    if not shutil.which("strace"):
        print("left out, as there is no strace: what was written, and what was read with wrong keys")


if __name__ == "__main__":
    try:
        main()
    except Failure as failure:
        sys.exit(f"encryption.py: {failure}")
    finally:
        shutil.rmtree(FOLDER, ignore_errors=True)
