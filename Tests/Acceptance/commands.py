#!/usr/bin/env python3
"""Every command, on a file, on a file that is being served, and at its server; well used and badly.

    commands.py PANDO

Drives the executable PANDO. What looks must answer the same in all three places; what writes must be refused where a server has the file,
with the process that has it and --connect named, and do the same on a file and at the server. Of each command good use, failure (status 1)
and wrong usage (status 2) are tried, each of its actions, and each of its options: what `--help` lists and nothing here uses is a
failure. Where a word only decides what standard output holds, that is compared; what formats and archives hold is tested in:

    Tests/PandoCommandTests   ImportExportTests, QueryCommandTests, ArchiveCommandTests, InspectCommandTests, DamagedFileTests (files that
                              are none), BadInputTests, ServeCommandTests, TourCommandTests, Session/ConnectTests, Shell/*
    Tests/Acceptance          shell.py (at a terminal), completions.py, tools.py and geonames.py (archives), stopping.py (signals)
"""

import contextlib
import gzip
import json
import os
import pty
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PANDO = os.path.abspath(sys.argv[1])
FOLDER = Path(tempfile.mkdtemp(prefix="pando-commands-"))
ALONE, SERVED = "alone.pando", "served.pando"
ROWS = [
    {"id": "u1", "name": "Ada", "age": 36, "tags": ["a", "b"]},
    {"id": "u2", "name": "Grace", "age": 45, "tags": ["b"]},
    {"id": "u3", "name": "Edsger, W.", "age": 72},
]
# What was used well, failed, and was used wrongly: (command, action) with the options.
USED = {}
checks = 0


class Failure(Exception):
    pass


class Outcome:
    def __init__(self, words, done):
        self.words, self.status, self.out, self.err = words, done.returncode, done.stdout.decode(), done.stderr.decode()

    def fail(self, why):
        line = "pando " + " ".join(map(str, self.words))
        raise Failure(f"{line}\n  {why}\n  exit status {self.status}\n--- standard output\n{self.out[:1500]}\n--- standard error\n{self.err[:1500]}")


def pando(*words, status=0, out=None, err=None, stdin="", env=None, folder=None):
    """Runs a command. `out` and `err` are regular expressions that must be found, in what it printed."""
    global checks
    checks += 1
    variables = {"PATH": os.environ["PATH"], "HOME": str(FOLDER), **(env or {})}
    data = stdin if isinstance(stdin, bytes) else stdin.encode()
    done = subprocess.run(
        [PANDO, *map(str, words)], input=data, capture_output=True, cwd=folder or FOLDER, env=variables, timeout=60)
    outcome = Outcome(words, done)
    if outcome.status != status:
        outcome.fail(f"status {status} is right")
    for text, pattern, name in [(outcome.out, out, "standard output"), (outcome.err, err, "standard error")]:
        if pattern is not None and not re.search(pattern, text):
            outcome.fail(f"no {pattern!r} in {name}")
    if status != 0 and not re.match(r"\S", outcome.err) and not outcome.out:
        outcome.fail("it says nothing")
    if status == 2:
        if outcome.out:
            outcome.fail("wrong usage prints no data")
        if not re.search(r"^See pando (\w+ --)?help$", outcome.err, re.M):
            outcome.fail("it does not say where to read on")
    if "\x1b" in outcome.out + outcome.err:
        outcome.fail("escape sequences, and no terminal")
    note(words, status)
    return outcome


def note(words, status):
    if not words or str(words[0]).startswith("-"):
        return
    command = words[0]
    used = USED.setdefault(command, {"statuses": set(), "options": set(), "actions": set()})
    used["statuses"].add(status)
    if status == 2:
        return
    place = "server" if "--connect" in words else "served" if SERVED in words[1:2] else "file"
    used["actions"] |= {(str(word), place) for word in words[1:4]}
    used["options"] |= {re.sub("=.*", "", str(word)) for word in words if str(word).startswith("-") and len(str(word)) > 1}


def expect(what, got, wanted):
    if got != wanted:
        raise Failure(f"{what}: {str(got)[:600]!r} instead of {str(wanted)[:600]!r}")


def timeless(text):
    return re.sub(r"\d+\.\d+ s\b", "TIME", text)


def until(what, condition):
    end = time.monotonic() + 60
    while not condition():
        if time.monotonic() > end:
            raise Failure(f"it does not come about: {what}")
        time.sleep(0.05)


def wrong(*words, err):
    """Wrong usage: status 2, and what it says."""
    return pando(*words, status=2, err=err)


def bad(*words, err, out=None, **more):
    """A failure: status 1, and what it says."""
    return pando(*words, status=1, err=err, out=out, **more)


class Server:
    running = []

    def __init__(self, *options):
        self.process = subprocess.Popen(
            [PANDO, "serve", *options, "--http-port", "0"], cwd=FOLDER, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        Server.running.append(self.process)
        first = self.process.stdout.readline().decode()
        if not first.startswith("http://"):
            raise Failure(f"serve prints {first!r}: {self.process.stderr.read().decode()}")
        self.address = first.strip().removeprefix("http://")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.rest, self.messages = (text.decode() for text in self.process.communicate(timeout=60))
        expect("the server's exit status", self.process.returncode, 0)


class Places:
    """The file alone, its twin that is being served, and the server of that."""

    def __init__(self):
        self.server = Server(SERVED, "--driver-port", "0", "--bind", "127.0.0.1")

    def at_server(self, command, *words):
        return [command, *words, "--connect", self.server.address]

    def look(self, command, *words, connects=True, out=None, same=True, **more):
        """A command that only looks answers the same wherever it does."""
        answers = [pando(command, place, *words, out=out, **more) for place in (ALONE, SERVED)]
        if connects:
            answers.append(pando(*self.at_server(command, *words), out=out, **more))
        if same:
            for answer in answers[1:]:
                if (answer.out, answer.err) != (answers[0].out, answers[0].err):
                    answer.fail(f"on the file alone it is\n{answers[0].out}\n{answers[0].err}")
        return answers[0]

    def change(self, command, *words, out=None, err=None, silent=False, **more):
        """A command that writes: refused where a server writes, and the same on a file and at the server."""
        alone = pando(command, ALONE, *words, out=out, err=err, **more)
        self.held(command, *words, **more)
        there = pando(*self.at_server(command, *words), out=out, err=err, **more)
        if (there.out, timeless(there.err)) != (alone.out, timeless(alone.err)):
            there.fail(f"on the file alone it is\n{alone.out}\n{alone.err}")
        if silent and alone.err:
            alone.fail("it speaks")
        return alone

    def held(self, command, *words, connects=True, **more):
        more.pop("status", None)
        advice = "--connect HOST:PORT" if connects else ""
        bad(command, SERVED, *words, err=f"open for writing in process {self.server.process.pid};.*{advice}", **more)

    def refused(self, command, *words, err, status=1, connects=True, same=True, **more):
        """A mistake is named in the same words everywhere."""
        places = [[command, ALONE, *words]] + ([self.at_server(command, *words)] if connects else [])
        answers = [pando(*place, status=status, err=err, **more) for place in places]
        for answer in answers[1:]:
            if same and timeless(answer.err) != timeless(answers[0].err):
                answer.fail(f"on the file alone it is\n{answers[0].err}")


def typed(text, *words):
    """Runs a command at a terminal, on which `text` is typed. Returns the status and what the terminal showed."""
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(FOLDER)
        os.execve(PANDO, [PANDO, *words], {"PATH": os.environ["PATH"], "HOME": str(FOLDER), "TERM": "xterm", **TERMINAL})
    os.write(terminal, text.encode())
    shown = b""
    with contextlib.suppress(OSError):
        while piece := os.read(terminal, 65536):
            shown += piece
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), shown.decode()


TERMINAL = {}


# The commands, as surface.md and docs/COMMANDS.md have them.


def databases(at):
    at.look("db", "list", out=r"(?m)^app +1 +3 ")
    at.look("db", "list", "--json", out=r'"doc_count":3')
    at.look("db", "info", "app", out=r"(?m)^tables +users$")
    at.look("db", "info", "app", "--json", out=r'"tables":\["users"\]')
    at.change("db", "create", "shop", err=r"^Created the database shop\.\n$")
    at.change("db", "rename", "shop", "store", err="Renamed the database shop to store")
    at.refused("db", "create", "app", err="already exists")
    at.refused("db", "rename", "app", "store", err="already exists")
    at.refused("db", "drop", "store", err=r"^pando db: This drops the database store with 0 tables and 0 documents\. Say --force")
    at.change("db", "drop", "store", "--force", "--quiet", silent=True)
    at.refused("db", "drop", "store", "--force", err=r"^pando db: There is no database store\.\n$")
    at.refused("db", "info", "ap", err="There is no database ap. Did you mean app?")
    at.refused("db", "rename", "ap", "x", err="There is no database ap. Did you mean app?")
    at.refused("db", "create", "1x", err="may not begin with a digit")
    at.refused("db", "rename", "app", "a b", err="letters")
    at.refused("db", "creat", "x", status=2, err="Did you mean create?")
    at.refused("db", status=2, err="one of list, create, drop, rename, info")
    at.refused("db", "rename", "app", status=2, err="NEW is missing")
    at.refused("db", "list", "app", status=2, err="one word too many: “app”")
    pando("db", "made.pando", "create", "x")
    expect("a file is made", (FOLDER / "made.pando").exists(), True)
    bad("db", "none/made.pando", "create", "x", err="There is no directory none to make none/made.pando in")


def tables(at):
    at.look("table", "list", "app", out=r"(?m)^users +id +3 ")
    at.look("table", "list", "app", "--json", out=r'"primary_key":"id"')
    at.look("table", "info", "app.users", out=r"(?m)^documents +3$")
    at.look("table", "info", "app.users", "--json", out=r'"doc_count":3')
    at.change("table", "create", "app.things", "--primary-key", "sku", err=r"^Created the table app\.things\.\n$")
    at.change("table", "rename", "app.things", "goods", err=r"Renamed the table app\.things to app\.goods")
    at.refused("table", "create", "app.users", err="already exists")
    at.refused("table", "rename", "app.goods", "users", err="already exists")
    at.refused("table", "drop", "app.goods", err=r"drops the table app\.goods with 0 documents\. Say --force")
    at.change("table", "drop", "app.goods", "--force", err=r"Dropped the table app\.goods with 0 documents")
    at.change("table", "create", "app.silent", "--quiet", silent=True)
    at.change("table", "drop", "app.silent", "--force", "--quiet", silent=True)
    at.refused("table", "info", "app.user", err=r"There is no table app\.user\. Did you mean users\?")
    at.refused("table", "create", "ap.x", err="There is no database ap. Did you mean app?")
    at.refused("table", "list", "ap", err="There is no database ap. Did you mean app?")
    at.refused("table", "rename", "app.users", "app.x", err="letters")
    for words in [["create", "users"], ["drop", "users"], ["rename", "users", "x"], ["info", "users"]]:
        at.refused("table", *words, status=2, err="written DB.TABLE, such as app.users, not “users”")
    at.refused("table", "list", "app", "--primary-key", "x", status=2, err="--primary-key goes with create, not with list")
    at.refused("table", "lst", "app", status=2, err="Did you mean list?")


def indexes(at):
    at.change("index", "create", "app.users", "age", err=r"^Created the index age of app\.users\.\n$")
    at.change("index", "create", "app.users", "both", "--fields", "name,age")
    at.change("index", "create", "app.users", "upper", "--function", 'u => u("name").upcase()')
    at.change("index", "create", "app.users", "tags", "--multi")
    at.change("index", "create", "app.users", "place", "--geo")
    at.change("index", "create", "app.users", "name", "--unique", "--quiet", silent=True)
    pando("query", ALONE, 'r.db("app").table("users").sync()')
    pando(*at.at_server("query", 'r.db("app").table("users").sync()'))
    at.look("index", "list", "app.users", out=r"^age\nboth\nname\nplace\ntags\nupper\n$")
    at.look("index", "list", "app.users", "--json", out=r'^\["age","both"')
    at.look("index", "status", "app.users", out=r"(?m)^tags +yes +yes +no +no ")
    at.look("index", "status", "app.users", "--json", out='"unique":true')
    for name in ["age", "both", "upper", "place", "name"]:
        at.change("index", "drop", "app.users", name, err=f"Dropped the index {name}")
    at.refused("index", "drop", "app.users", "age", err="age")
    at.refused("index", "create", "app.users", "tags", err="already exists")
    at.refused("index", "create", "app.users", "x", "--geo", "--unique", err="can't be unique")
    at.refused("index", "create", "app.users", "x", "--function", "u => u(", err=r"--function, line 1, column 8: .*\nu => u\(\n")
    at.refused("index", "create", "app.users", "x", "--function", "u => u", "--fields", "a", status=2, err="not both")
    at.refused("index", "create", "app.users", "x", "--fields", "a,,b", status=2, err="list of different names")
    at.refused("index", "list", "app.users", "--unique", status=2, err="--unique goes with create, not with list")
    at.refused("index", "status", "app.usrs", err="Did you mean users?")
    at.refused("index", "statsu", "app.users", status=2, err="Did you mean status?")
    at.refused("index", "create", "app.users", status=2, err="NAME is missing")


def queries(at):
    users = 'r.db("app").table("users").orderBy({index: "id"})'
    at.look("query", users, out=r'(?s)^\[\n\{"age":36.*\}\n\]\n$')
    at.look("query", users, "--format", "ndjson", "--fields", "name", out=r'^\{"name":"Ada"\}\n\{"name":"Grace"\}\n')
    at.look("query", users, "--format", "csv", "--fields", "id,name", out=r'^id,name\r?\nu1,Ada\r?\nu2,Grace\r?\nu3,"Edsger, W\."\r?\n$')
    at.look("query", users, "--format", "table", out=r"(?m)^id +age +name")
    at.look("query", 'r.table("users").count()', "--db", "app", out=r"^3\n$")
    at.look("query", "-", stdin='r.db("app").table("users")\n  .get("u2")("name")\n', out=r'^"Grace"\n$')
    at.look("query", users, "--explain", out="users", same=False)
    expect("a plan as JSON", type(json.loads(at.look("query", users, "--explain", "--format", "json", same=False).out)), dict)
    at.look("query", users, "--profile", "--format", "ndjson", out='"Ada"', err="ms", same=False)
    at.change("query", 'r.db("app").table("users").insert({id: "u4"})("inserted")', out=r"^1\n$")
    at.change("query", 'r.db("app").table("users").get("u4").delete()("deleted")', "--quiet", out=r"^1\n$", silent=True)
    at.refused("query", "r.expr(", err="(?s)line 1, column 8: .*\\^")
    at.refused("query", "r.expr(1).nonsense()", err="nonsense")
    at.refused("query", 'r.db("app").table("users").get("u1")("nme")', err=r"(?s)nme.*\n.*\^\^")
    at.refused("query", 'r.table("users")', err=r"(?s)Database `test` does not exist.*--db NAME")
    bad("query", ALONE, 'r.db("app").table("users").changes()', err="(?s)has no feeds.*--connect")
    expect("a feed", pando(*at.at_server("query", 'r.db("app").table("users").changes({includeInitial: true})("new_val")("id").limit(3)')).out, '"u1"\n"u2"\n"u3"\n')
    at.refused("query", "1", "--format", "cvs", status=2, err="Did you mean csv?")
    at.refused("query", "1", "--explain", "--profile", status=2, err="Choose one of --explain and --profile")
    at.refused("query", "1", "--explain", "--format", "csv", status=2, err="not as csv")
    at.refused("query", "1", "2", status=2, err="one word too many")
    at.refused("query", status=2, err="QUERY is missing")


def statements(at):
    at.look("sql", "SELECT name, age FROM users WHERE age > 40 ORDER BY age", out=r"(?s)^name +age\n.*\nGrace +45\nEdsger, W\. +72\n2 rows\n$")
    at.look("sql", "SELECT id FROM users WHERE age > :age ORDER BY id", "--param", "age=40", "--format", "csv", out=r"^id\r\nu2\r\nu3\r\n$")
    at.look("sql", "SELECT id FROM users WHERE name = $1", "--param", "x' OR 'a' = 'a", "--format", "ndjson", out="^$")
    at.look("sql", "SELECT * FROM users WHERE id = 'u1'", "--format", "json", out=r'^\[\n\{"age":36,.*\}\n\]\n$')
    at.look("sql", "SELECT 1 AS one", "--format", "aligned", "--db", "app", out=r"^ one \n-----\n   1\n\(1 row\)\n\n$")
    at.look("sql", "-", stdin="SELECT 1 AS a;\n\\dt\nSELECT 'x;'\n  AS b;\n", out=r"(?s)a\n.*users.*b\n.*x;\n")
    at.look("sql", stdin="\\d users\n\\l\n\\di\n\\c\n\\q\nSELECT 1 / 0;", out=r"(?s)id .*app .*app\n$", same=False)
    at.look("sql", "SELECT count(*) FROM users", "--explain", out="Seq Scan on users", same=False)
    expect("a plan as JSON", type(json.loads(at.look("sql", "SELECT 1", "--explain", "--format", "json", same=False).out)), list)
    (FOLDER / "script.sql").write_text("SELECT 1 AS a;\n\nSELECT 2 AS b;\nSELECT nothing;\n")
    at.refused("sql", "-f", "script.sql", err=r'^pando sql: script\.sql, line 4, column 8: column "nothing" does not exist \(42703\)', out="a\n")
    at.look("sql", "--file", "script.sql", status=1, same=False)
    at.change("sql", "INSERT INTO users (id, name) VALUES ('u4', 'Barbara')", out=r"^INSERT 1\n$")
    at.change("sql", "DELETE FROM users WHERE id = 'u4'", "--quiet", out=r"^DELETE 1\n$", silent=True)
    at.refused("sql", "SELECT 1 FROM WHERE", err=r'(?s)line 1, column 15: syntax error at or near "WHERE" \(42601\)\n.*\n {14}\^')
    at.refused("sql", "SELECT * FROM none", err="does not exist")
    at.refused("sql", "SELECT 1", "--db", "none", err=r"(?s)none.*--db NAME")
    at.refused("sql", "SELECT 1", "--format", "cvs", status=2, err="Did you mean csv?")
    at.refused("sql", "SELECT 1", "--param", "a=1", "--param", "2", status=2, err="all of --param have a name, or none")
    at.refused("sql", "--explain", status=2, err="--explain goes with a statement")
    at.refused("sql", "SELECT 1", "2", status=2, err="one word too many")
    bad(*at.at_server("sql", "BEGIN"), err="0A000")
    pando("sql", ALONE, "BEGIN; SELECT 1 AS a; ROLLBACK", out="ROLLBACK")


def shells(at):
    at.look("shell", stdin='.sql SELECT count(*) AS n FROM users\n.sql\nSELECT 1\n  AS one;\n.reql\nr.table("users").count()\n', out=r'(?s)"n":3.*"one":1.*3\n$', same=False)
    at.look("shell", stdin='.tables\nr.table("users").count()\n', out="(?s)users.*3\n$", same=False)
    at.look("shell", "--mode", "csv", "--db", "app", stdin='r.table("users").orderBy("id").pluck("id")\n', out=r"id\r?\nu1\r?\nu2", same=False)
    pando("shell", ALONE, "--read-only", stdin=".databases", out="app")
    bad("shell", ALONE, "--read-only", stdin='r.dbCreate("x")', err="standard input, line 1: ")
    pando("shell", "made-by-shell.pando", "--create", stdin='r.dbCreate("x")("dbs_created")', out=r"^1\n$")
    pando("shell", SERVED, stdin="r.now()", err=f"in process {at.server.process.pid}.*open to read only")
    pando("shell", SERVED, "--quiet", stdin="r.expr(1)", out=r"^1\n$", err="^$")
    bad("shell", SERVED, stdin='r.dbCreate("x")', err="line 1: ")
    at.refused("shell", stdin="r.expr(1)\nr.exp(2)\n", err=r"standard input, line 2, column 3: ", out=r"^1\n$")
    at.refused("shell", stdin=".tabels\n", err="Did you mean .tables?")
    at.refused("shell", "--mode", "tabel", status=2, err="Did you mean table?")
    bad("shell", "none.pando", err="There is no file none.pando")


def imports(at):
    lines = "".join(json.dumps(row) + "\n" for row in ROWS)
    (FOLDER / "rows.ndjson").write_text(lines)
    (FOLDER / "rows.json.gz").write_bytes(gzip.compress(json.dumps(ROWS).encode()))
    (FOLDER / "rows.csv").write_text("id;n;zip\nc1;5;007\nc2;x;\n")
    (FOLDER / "broken.ndjson").write_text('{"id":"b1"}\n{"id":\n{"id":"b2"}\n')
    imported = r"^Imported (\d) documents? into app\.\w+ in \d+\.\d\d s"
    at.change("import", "app.new", "rows.ndjson", "--create", err=imported)
    at.change("import", "app.keyed", "rows.json.gz", "--create", "--primary-key", "name", err=imported)
    at.look("table", "info", "app.keyed", "--json", out='"primary_key":"name"', same=False)
    at.change("import", "app.new", "rows.ndjson", "--conflict", "replace", "--json", out=r'"inserted":0,"replaced":3')
    at.change("import", "app.new", "-", "--conflict", "update", stdin='{"id":"u1","more":true}', err="1 of them in the place")
    at.look("query", 'r.db("app").table("new").get("u1").keys().count()', out=r"^5\n$")
    at.change("import", "app.new", "-", "--on-error", "skip", "--json", stdin='{"id":"n1"}\n{]\n{"id":"n2"}\n',
              err=r"standard input, line 2: .*(?s:.*)1 bad document skipped", out='"skipped":1')
    at.refused("import", "app.new", "rows.ndjson", err=r'(?s)line 1: .*u1', same=False)
    at.refused("import", "app.new", "broken.ndjson", err=r"(?s)Imported 1 document.*broken\.ndjson, line 2: ")
    at.change("import", "app.cells", "rows.csv", "--create", "--delimiter", ";", "--quiet", silent=True)
    at.change("import", "app.texts", "rows.csv", "--create", "--delimiter", ";", "--no-infer", "--format", "csv")
    at.look("query", 'r.db("app").table("cells").get("c1")("zip").typeOf()', out="STRING")
    at.look("query", 'r.db("app").table("cells").get("c1")("n").typeOf()', out="NUMBER")
    at.look("query", 'r.db("app").table("texts").get("c1")("n").typeOf()', out="STRING")
    at.change("import", "app.named", "-", "--create", "--format", "csv", "--fields", "id,n", stdin="k1,1\nk2,2\n")
    at.refused("import", "app.none", "rows.ndjson", err="There is no table app.none.*add --create")
    at.refused("import", "app.keyed", "rows.ndjson", "--create", "--primary-key", "id", err="its primary key is name")
    at.refused("import", "app.new", "none.ndjson", err="none.ndjson: No such file")
    at.refused("import", "app.new", ".", err="is a directory")
    at.refused("import", "app.new", "rows.ndjson", "--primary-key", "x", status=2, err="goes with --create")
    at.refused("import", "app.new", "rows.ndjson", "--delimiter", ";", status=2, err="goes with --format csv")
    at.refused("import", "app.new", "rows.csv", "--delimiter", ";;", status=2, err="one character")
    at.refused("import", "app.new", "rows.ndjson", "--conflict", "replce", status=2, err="Did you mean replace?")
    at.refused("import", "new", "rows.ndjson", status=2, err="written DB.TABLE")
    at.refused("import", "app.new", status=2, err="DATA is missing")
    bad("import", "none.pando", "app.new", "rows.ndjson", err="There is no file none.pando. To make it, add --create")
    bad("import", "none/x.pando", "app.new", "rows.ndjson", "--create", err="There is no directory none")


def exports(at):
    at.look("export", "app.users", out=r'^\[\n\{"age":36')
    at.look("export", "app.users", "--format", "ndjson", "--fields", "id", out=r'^\{"id":"u1"\}\n\{"id":"u2"\}\n\{"id":"u3"\}\n$')
    at.look("export", "app.users", "--format", "csv", out=r"^id,age,name,tags\r?\n")
    for place, words in [(ALONE, []), (SERVED, []), (None, ["--connect", at.server.address])]:
        first = [place] if place else []
        pando("export", *first, "app.users", "-o", "out.csv.gz", "--force", *words, err=r"Exported 3 documents of app\.users to out\.csv\.gz")
        expect("what is in it", gzip.decompress((FOLDER / "out.csv.gz").read_bytes()).splitlines()[0], b"id,age,name,tags")
        bad("export", *first, "app.users", "--output", "out.csv.gz", *words, err="exists already. Say --force")
    pando("export", ALONE, "app.users", "--output", "quiet.json", "--quiet", err="^$")
    at.refused("export", "app.usrs", err="Did you mean users?")
    at.refused("export", "users", status=2, err="written DB.TABLE")
    at.refused("export", "app.users", "--format", "table", status=2, err="one of json, ndjson, csv")
    at.refused("export", "app.users", "--force", status=2, err="--force goes with --output")
    at.refused("export", "app.users", "-o", "none/x", err="There is no directory none")
    bad("export", ALONE, "app.users", "-o", ALONE, "--force", err="is the database file itself")
    bad("export", ALONE, "app.users", "-o", SERVED, "--force", err="another process is writing")


def archives(at):
    for place in (ALONE, SERVED):
        pando("dump", place, "-o", f"{place}.tar.gz", err=r"Dumped 1 database, \d tables, \d+ documents to")
        bad("dump", place, "--output", f"{place}.tar.gz", err="exists already")
        pando("dump", place, "-o", f"{place}.tar.gz", "--force", "--quiet", err="^$")
        pando("restore", f"{place}.copy", f"{place}.tar.gz", err=r"Restored 1 database, \d tables, \d+ documents")
        expect("what went there and back", pando("export", f"{place}.copy", "app.users").out, pando("export", place, "app.users").out)
    pando("dump", ALONE, err="to alone.dump.tar.gz")
    pando("dump", ALONE, "-e", "app.users", "--export", "app.new", "--compress", "none", "-o", "two.tar", err="1 database, 2 tables")
    pando("restore", "one.pando", "two.tar", "-i", "app.users", err="1 database, 1 table, 3 documents")
    pando("restore", "one.pando", "two.tar", "--import", "app.new", "--continue", "--quiet", err="^$")
    bad("restore", "one.pando", "two.tar", err="(?s)users.*--force")
    pando("restore", "one.pando", "two.tar", "--force", err="2 tables")
    with open(FOLDER / "two.tar", "rb") as archive:
        done = subprocess.run([PANDO, "restore", "piped.pando", "-"], cwd=FOLDER, stdin=archive, capture_output=True)
        expect("restored from standard input", (done.returncode, done.stdout), (0, b""))
    bad("dump", ALONE, "-e", "nodb", "-o", "no.tar", err="nodb")
    expect("an archive that failed", (FOLDER / "no.tar").exists(), False)
    bad("restore", "two.pando", "two.tar", "-i", "nodb", err="nodb")
    expect("a file that failed", (FOLDER / "two.pando").exists(), False)
    bad("restore", "two.pando", "none.tar", err="There is no archive none.tar")
    bad("restore", "none/two.pando", "two.tar", err="There is no directory none")
    bad("dump", ALONE, "-o", "none/x.tar", err="There is no directory none")
    bad("dump", ALONE, "-o", ".", "--force", err="is a directory")
    bad("dump", ALONE, "-o", ALONE, "--force", err="is the database file itself")
    bad("restore", SERVED, "two.tar", err=f"in process {at.server.process.pid};.*into another file")
    wrong("dump", ALONE, "-e", "a.b.c", err="takes DB or DB.TABLE, not “a.b.c”")
    wrong("restore", ALONE, "two.tar", "-i", "a.", err="takes DB or DB.TABLE")
    wrong("dump", ALONE, "--compress", "gzp", err="Did you mean gzip?")
    wrong("restore", ALONE, err="ARCHIVE is missing")


def users(at):
    (FOLDER / "secret").write_text("one\ntwo\n")
    at.change("user", "create", "ada", "--password", "x", err="Created the user ada")
    at.change("user", "create", "bob", "--no-password", "--quiet", silent=True)
    at.change("user", "password", "ada", "--password-file", "secret", err="Changed the password of ada")
    at.change("user", "grant", "ada", "app.users", "--allow", "read,write", "--deny", "config", err=r"what ada may do with app\.users")
    at.change("user", "grant", "ada", "app.users", "--unset", "config")
    at.change("user", "grant", "bob", "--allow", "read", err="with everything")
    at.look("user", "list", out=r"(?m)^ada +yes +app\.users: read, write$")
    at.look("user", "list", "--json", out='"permissions"')
    at.refused("user", "create", "ada", "--no-password", err=r"^pando user: There is a user ada already\.\n$")
    for words in [["password", "aad", "--no-password"], ["grant", "aad", "--allow", "read"], ["drop", "aad", "--force"]]:
        at.refused("user", *words, err=r"^pando user: There is no user aad\. Did you mean ada\?\n$")
    at.refused("user", "grant", "ada", "--allow", "reed", err="no permission `reed`")
    at.refused("user", "grant", "ada", "nodb", "--allow", "read", err="nodb")
    at.refused("user", "drop", "ada", err="This drops the user ada. Say --force")
    at.refused("user", "drop", "admin", "--force", err="admin")
    at.change("user", "drop", "ada", "--force", err="Dropped the user ada")
    at.change("user", "drop", "bob", "--force")
    at.refused("user", "create", "x", status=2, err="Say one of --password, --password-file and --no-password")
    at.refused("user", "create", "x", "--no-password", "--password", "x", status=2, err="Say one of")
    at.refused("user", "grant", "admin", status=2, err="Say what to --allow")
    at.refused("user", "grant", "admin", "--allow", "read", "--deny", "read", status=2, err="in two lists")
    for scope in [".app", "app.", "app.users.x"]:
        at.refused("user", "grant", "admin", scope, "--allow", "read", status=2, err="SCOPE is DB or DB.TABLE")
    at.refused("user", "list", "--allow", "read", status=2, err="--allow goes with grant, not with list")
    at.refused("user", "drp", "x", status=2, err="Did you mean drop?")


def looking(at):
    for place, holder in [(ALONE, "nobody"), (SERVED, f"process {at.server.process.pid}")]:
        pando("status", place, out=rf"(?s)written by +{holder}\n.*app\.users +3 +tags")
    facts = [json.loads(pando("status", *words, "--json").out)["file"] for words in ([ALONE], [SERVED], ["--connect", at.server.address])]
    for name in ["file_bytes", "file_id", "page_size", "format_version", "commit", "pages", "free_pages", "pinned_pages", "keys", "depth", "pins"]:
        expect(f"{name} in --json", [name in one for one in facts], [True] * 3)
    expect("the number of keys", [one["keys"] for one in facts], [facts[0]["keys"]] * 3)
    expect("who writes", [one.get("writer") for one in facts[:2]], [None, at.server.process.pid])
    pando("status", "--connect", at.server.address, "--quiet", out=r"(?s)server +127.*keys +\d+\n.*app\.users +3 +tags", err="^$")
    bad("status", "none.pando", err="There is no file none.pando")
    wrong("status", ALONE, "--jsn", err="Did you mean --json?")

    at.look("inspect", "--prefix", "__meta__:databases:", connects=False, out=r"^__meta__:databases:app\n$")
    at.look("inspect", "-p", "__meta__:databases:", "-v", "--json", connects=False, out=r'"value":')
    at.look("inspect", "--values", "--limit", "2", connects=False, out=r"^(\S+  .*\n){2}$")
    at.look("inspect", "-n", "0", connects=False, out="^$")
    at.look("inspect", "--prefix", "db:", "--count", connects=False, out=r"^\d+\n$")
    at.look("inspect", "--stats", connects=False, out="pages", same=False)
    at.look("inspect", "--stats", "--json", connects=False, out='"free_pages"', same=False)
    at.look("inspect", "--tree", connects=False, out="leaves", same=False)
    at.look("inspect", "--tree", "--json", "--quiet", connects=False, out="level", err="^$", same=False)
    at.look("inspect", "--page", "0", connects=False, out="meta", same=False)
    at.look("inspect", "--page", "1", "--json", connects=False, out='"kind"', same=False)
    bad("inspect", ALONE, "--page", "999999", err=r"There is no page 999999; those of this file are 0 to \d+")
    bad("inspect", "none.pando", err="There is no file")
    for option in ["--page", "--limit"]:
        wrong("inspect", ALONE, option, "x", err=f"{option} is a whole number from 0, not “x”")
    wrong("inspect", ALONE, "--count", "--stats", err="Choose one of --count and --stats")
    wrong("inspect", ALONE, "--stats", "--prefix", "x", err="--prefix does not go with --stats")
    wrong("inspect", ALONE, "--count", "--values", err="--values does not go with --count")
    follower = subprocess.Popen(
        [PANDO, "inspect", SERVED, "--follow", "--json", "--limit", "1", "--prefix", "db:"], cwd=FOLDER, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE)
    follower.stderr.readline()
    pando(*at.at_server("query", 'r.db("app").table("users").insert({id: "followed"})("inserted")'))
    shown, _ = follower.communicate(timeout=60)
    expect("what --follow shows", ('docs:followed' in shown.decode(), follower.returncode), (True, 0))
    note(["inspect", SERVED, "--follow"], 0)
    pando(*at.at_server("query", 'r.db("app").table("users").get("followed").delete()("deleted")'))

    for place in (ALONE, SERVED):
        pando("check", place, out=rf"^{place} is sound: \d+ pages, 1 database, \d tables, \d+ documents, 1 index\.\n$")
        expect("check --json", json.loads(pando("check", place, "--json", "--quiet", err="^$").out)["sound"], True)
    damaged = bytearray((FOLDER / "alone.pando.copy").read_bytes())
    tree = json.loads(pando("inspect", "alone.pando.copy", "--page", "0", "--json").out)["fields"]["root"]
    place = int(re.search(r"page (\d+)", tree).group(1)) * 4096
    damaged[place + 3000] ^= 0x55
    (FOLDER / "damaged.pando").write_bytes(damaged)
    bad("check", "damaged.pando", out="page", err="problem|damaged")
    bad("backup", "damaged.pando", "never.pando", err="damaged")
    expect("a backup of a damaged file", (FOLDER / "never.pando").exists(), False)
    bad("check", "none.pando", err="There is no file")
    wrong("check", ALONE, "--connect", "h:1", err="There is no option --connect")
    wrong("check", err="FILE is missing")


def states(at):
    """States with names: made, read, compared, dropped."""
    # The numbers of their commits are not the same.
    pando("state", ALONE, "create", "before", err=r"^The state of commit \d+ is called before\.\n$")
    at.held("state", "create", "before")
    pando(*at.at_server("state", "create", "before"), err="is called before")
    at.look("state", "list", out="before", same=False)
    at.look("state", "list", "--json", out='"name":"before"', same=False)
    at.refused("state", "create", "before", err="before")
    at.refused("state", "drop", "none", err="none", same=False)
    at.refused("state", "create", status=2, err="NAME is missing")
    wrong("state", ALONE, "mak", err="one of list, create, drop")
    insert = 'r.db("app").table("users").insert({id: "late"})("inserted")'
    pando("query", ALONE, insert, out=r"^1\n$")
    count = 'r.db("app").table("users").filter({id: "late"}).count()'
    pando("query", ALONE, count, "--as-of", "before", out=r"^0\n$")
    pando("query", ALONE, count, out=r"^1\n$")
    bad("query", ALONE, count, "--as-of", "never", err="never")
    pando("diff", ALONE, ALONE, "--old-state", "before", status=1, out=r"(?m)^\+ .*:docs:late$")
    pando("diff", ALONE, ALONE, "--new-state", "before", status=1, out=r"(?m)^- .*:docs:late$")
    pando("query", ALONE, 'r.db("app").table("users").get("late").delete()("deleted")', out=r"^1\n$")
    at.change("state", "drop", "before", err="before")
    note(["state", "--user", "--password-file"], 0)
    pando("compact", ALONE, "--format", "2", "--quiet", err="^$")
    wrong("compact", ALONE, "--format", "9", err="format")


def xml(at):
    (FOLDER / "shop.xml").write_text("<shop><item id='x1'><name>A</name></item><item id='x2'><name>B</name></item></shop>")
    pando("xml", "shop.xml", out='^<shop><item id="x1">')
    pando("xml", "shop.xml", "--to", "json", "--record", "/shop/item", out='"id":"x1"')
    pando("xml", "shop.xml", "--to", "json", "--exact", out='"shop"|#document')
    (FOLDER / "broken.xml").write_text("<shop><item></shop>")
    bad("xml", "broken.xml", err="line 1")
    wrong("xml", err="DATA is missing")
    pando("import", "xml.pando", "a.items", "shop.xml", "--create", "--record", "//item")
    pando("export", "xml.pando", "a.items", "--format", "xml", "--root", "things", out="<things>")
    pando("import", "xml.pando", "a.exact", "shop.xml", "--create", "--exact")
    pando("import", "xml.pando", "a.lists", "shop.xml", "--create", "--record", "/shop", "--list", "shop/item")
    bad("import", "xml.pando", "a.broken", "broken.xml", "--create", err="line 1")


def copies(at):
    for place in (ALONE, SERVED):
        copy = f"backup-of-{place}"
        pando("backup", place, copy, err=rf"Copied \d+ pages with \d+ records to {copy}\.")
        pando("diff", place, copy, out="^$", err="^$")
        bad("backup", place, copy, err="exists already. Name another, or say --force")
        expect("backup --json", json.loads(pando("backup", place, copy, "--force", "--json", "--quiet", err="^$").out)["to"], copy)
        bad("backup", place, place, "--force", err="is the database file itself")
        pando("check", copy, out="is sound")
        pando("query", copy, 'r.db("app").table("users").insert({id: "u9"})("inserted")', out=r"^1\n$")
        change = pando("diff", place, copy, "--limit", "1000", status=1, out=r"(?m)^\+ .*:docs:u9$").out
        pando("diff", copy, place, "-n", "1", "-v", status=1, out=r"^[-~] ")
        pando("diff", place, copy, "--json", "--values", status=1, out='"change":"\\+"')
        expect("a change with --quiet", pando("diff", place, copy, "--quiet", status=1).out, change)
    os.link(FOLDER / ALONE, FOLDER / "linked.pando")
    bad("backup", ALONE, "linked.pando", "--force", err="is the database file itself")
    bad("backup", ALONE, SERVED, "--force", err="another process is writing")
    bad("backup", ALONE, "none/x", err="There is no directory none to make none/x in")
    bad("backup", ALONE, ".", "--force", err="is a directory")
    bad("backup", "none.pando", "x", err="There is no file none.pando")
    wrong("backup", ALONE, err="TO is missing: the copy")
    bad("diff", ALONE, "none.pando", err="There is no file none.pando")
    wrong("diff", ALONE, err="NEW is missing")
    wrong("diff", ALONE, SERVED, "--limit", "-1", err="whole number")

    pando("compact", ALONE, err=r"alone\.pando: .* before, .* now, in ")
    expect("compact --json", "bytes_after" in json.loads(pando("compact", ALONE, "--json", "--quiet", err=r"^$").out), True)
    at.held("compact")
    pando("compact", "--connect", at.server.address, err="before, ")
    pando("compact", "--connect", at.server.address, "--json", out='"bytes_after"')
    bad("compact", "none.pando", err="There is no file none.pando")
    wrong("compact", ALONE, "x", err="one word too many")


def serving(at):
    config = FOLDER / "serve.conf"
    config.write_text("# settings\nslow-query = 7\nhttp-port = 1\n")
    options = {
        "--http-port": "0", "--driver-port": "none", "--pg-port": "none", "--pg-connections": "9", "--pg-default-database": "app",
        "--pg-idle-timeout": "60", "--transaction-idle": "30", "--writer-grace": "20", "--port-offset": "0", "--bind": "127.0.0.1", "--allow-host": "db.example",
        "--cors-origin": "https://a.example", "--rate-limit": "100000", "--connections": "50", "--connections-of-client": "40",
        "--trusted-proxies": "127.0.0.1", "--proxy-protocol": "none", "--body-limit": "100000", "--log": "serve.log", "--log-requests": "all", "--slow-query": "5000",
        "--function-time": "2000", "--names": "rethinkdb", "--query-memory": "64", "--memory": "128", "--spill": "256",
        "--initial-password": "pw",
    }
    words = [word for pair in options.items() for word in pair]
    listed = json.loads(pando("serve", "x.pando", *words, "--print-config", "--json").out)
    shown = {f"--{row['setting']}": (row["value"], row["source"]) for row in listed}
    # Those of TLS need files, which tls.py has; it is what tries them.
    shown_of_tls = [name.removeprefix("--") for name in shown if "tls-" in name]
    expect("settings", {name: row for name, row in shown.items() if "tls-" not in name},
           {name: ("…" if value == "pw" else value, name) for name, value in options.items()})
    expect("--print-config makes nothing", (FOLDER / "x.pando").exists(), False)
    for name, value in [("http-port", "99999"), ("driver-port", "x"), ("pg-port", "x"), ("pg-connections", "0"), ("port-offset", "-1"), ("bind", "nowhere.invalid"), ("rate-limit", "x"),
                        ("connections", "0"), ("connections-of-client", "0"), ("trusted-proxies", "proxy.example"), ("proxy-protocol", "all"), ("proxy-protocol", "v1"),
                        ("function-time", "0"), ("body-limit", "1"), ("log-requests", "some"), ("slow-query", "-1"), ("names", "loose"),
                        ("query-memory", "0"), ("memory", "0"), ("spill", "-1")]:
        wrong("serve", "x.pando", f"--{name}", value, err=name)
    row = r"(?m)^{} +{} +{}$"
    pando("serve", "x.pando", "--config", config, "--print-config", out=row.format("slow-query", 7, ".*serve.conf, line 2"))
    pando("serve", "x.pando", "--config", config, "--print-config", env={"PANDO_SLOW_QUERY": "8"}, out=row.format("slow-query", 8, "PANDO_SLOW_QUERY"))
    pando("serve", "x.pando", "--config", config, "--slow-query", "9", "--print-config", env={"PANDO_SLOW_QUERY": "8"},
          out=row.format("slow-query", 9, "--slow-query"))
    config.write_text("slow-qery = 7\n")
    bad("serve", "x.pando", "--config", config, "--print-config", err="line 1: there is no setting slow-qery. Did you mean slow-query?")
    bad("serve", "x.pando", "--config", "none.conf", err="none.conf: No such file")
    bad("serve", "none/x.pando", "--http-port", "0", err="There is no directory none")
    bad("serve", ".", "--http-port", "0", err="is a directory")
    bad("serve", SERVED, "--http-port", "0", "--driver-port", "none", err=f"in process {at.server.process.pid}")
    bad("serve", "x.pando", "--http-port", at.server.address.rsplit(":")[1], "--bind", "127.0.0.1", "--driver-port", "none", err="in use|taken")
    wrong("serve", "x2.pando", "--bind", "0.0.0.0", "--http-port", "0", err="no password")
    wrong("serve", err="FILE is missing")

    server = Server("x.pando", *words[2:], "--quiet")
    (FOLDER / "pw").write_text("pw\n")
    bad("db", "list", "--connect", server.address, err="Say --user and --password-file")
    bad("db", "list", "--connect", server.address, "--user", "ada", "--password-file", "pw", err="--user and --password-file")
    sign_in = ["--connect", server.address, "--user", "admin", "--password-file", "pw"]
    for command in [["db", "create", "my-db"], ["db", "list"], ["table", "create", "my-db.t"], ["table", "list", "my-db"],
                    ["index", "create", "my-db.t", "x"], ["index", "list", "my-db.t"], ["import", "my-db.t", "rows.ndjson"],
                    ["export", "my-db.t"], ["query", "r.now()"], ["sql", "SELECT 1"], ["status"], ["compact"]]:
        pando(*command, *sign_in)
    pando("shell", *sign_in, stdin=".databases", out="my-db")
    pando("user", "create", "eve", "--no-password", "--connect", server.address, "--user", "admin", "--login-password-file", "pw")
    bad("db", "create", "x", "--connect", server.address, "--user", "eve", err="permission")
    bad("import", "my-db.t", "rows.ndjson", "--connect", server.address, "--user", "eve", err="permission")
    server.stop()
    expect("messages with --quiet", server.messages, "")
    expect("the log", [json.loads(line) and True for line in (FOLDER / "serve.log").read_text().splitlines()][:1], [True])
    open_server = Server("y.pando", "--bind", "0.0.0.0", "--insecure", "--driver-port", "none")
    open_server.stop()
    expect("what it says", re.findall("Serving y.pando|Stopping", open_server.messages), ["Serving y.pando", "Stopping"])
    note(["serve", "--insecure", "--config", "--quiet"], 0)
    note(["serve", *(f"--{name}" for name in shown_of_tls)], 0)
    note(["serve", SERVED], 0)


def general(at):
    names = pando("help", "--names").out.split()
    overview = pando("help").out
    for name in names:
        text = pando(name, "--help", "--quiet", out="(?m)^examples?:\n  .*pando ").out
        expect(f"help {name}", (pando("help", name).out, pando(name, "-h").out), (text, text))
        expect(f"{name} in help", bool(re.search(rf"(?m)^  {name} ", overview)), True)
        pando("help", "--man", name, out=rf"^\.TH \"?PANDO\\-{name.upper()}")
        near = {"--quite": "--quiet", "--hepl": "--help"}
        for misspelt, right in near.items():
            wrong(name, misspelt, err=f"There is no option {misspelt}. Did you mean {right}?")
        wrong(name, "--frobnicate", err=r"There is no option --frobnicate\.\n")
        wrong(name, "-Z", err="There is no option -Z")
        wrong(name, "a", "b", "c", "d", "e", "f", err="one word too many|no action|is written|no command")
    for misspelt, right in [("qurey", "query"), ("imprt", "import"), ("stats", "status"), ("res", "restore"), ("compcat", "compact")]:
        wrong(misspelt, err=f"no command “{misspelt}”. Did you mean {right}?")
        wrong("help", misspelt, err=f"Did you mean {right}?")
    for other, right in [("find", "query"), ("watch", "query"), ("open", "shell"), ("start", "serve"), ("load", "import"), ("vacuum", "compact")]:
        wrong(other, err=f"no command “{other}”. Did you mean {right}?")
    wrong(ALONE, err=f"The command comes first, then the file: pando shell {ALONE}")
    bad("query", ALONE, "select * from users", err="(?s)A query is ReQL and begins with r: ")
    bad("restore", "r.pando", ALONE, err="is a database file, not an archive")
    expect("without a word", pando().out, overview)
    expect("--version", pando("--version").out, pando("version").out)
    pando("version", "--quiet", out=r"^pando \d+\.\d+\.\d+\n$")
    pando("help", "--markdown", out="^# Commands")
    pando("help", "--man", out=r"^\.TH")
    pando("help", "-q", out="usage")
    wrong("help", "--markdown", "query", err="--markdown stands alone")
    for shell in ["bash", "zsh", "fish"]:
        pando("completions", shell, "-q", out="pando")
    wrong("completions", "tcsh", err="one of bash, zsh, fish")
    pando("tour", "toured", "-q", out="(?s).+", env={"NO_COLOR": "1"})
    bad("tour", "toured", err="exists already. Say --force")
    pando("tour", "toured", "--force")
    bad("tour", "/proc/none", err="/proc/none")
    for word in ["localhost:http", "", "a b:1:2", "h/x:1"]:
        wrong("db", "list", "--connect", word, err="A server is written HOST:PORT")
    bad("db", "list", "--connect", "127.0.0.1:1", err="No server answers at 127.0.0.1:1")
    wrong("db", ALONE, "list", "--user", "ada", err="--user goes with --connect")
    wrong("db", ALONE, "list", "--password-file", "secret", err="--password-file goes with --connect")
    wrong("query", ALONE, "1", "--format", err="--format needs a value")
    wrong("query", ALONE, "1", "--format=json", "--format=csv", err="--format is given twice")
    wrong("query", ALONE, "1", "--explain=yes", err="--explain takes no value")
    # Full disks are told of, and readers that leave are not.
    with open("/dev/full", "wb") as full:
        done = subprocess.run([PANDO, "export", ALONE, "app.users"], cwd=FOLDER, stdout=full, stderr=subprocess.PIPE)
        expect("a full disk", (done.returncode, b"No space left" in done.stderr), (1, True))


def terminals(at):
    """What is dropped at a prompt, and what is coloured."""
    for words, name, left in [(["table", ALONE, "drop", "app.named"], "named", "app.named"), (["user", ALONE, "drop", "zoe"], "zoe", "zoe"),
                              (["db", ALONE, "drop", "spare"], "spare", "spare")]:
        pando("db", ALONE, "create", "spare") if name == "spare" else None
        pando("user", ALONE, "create", "zoe", "--no-password") if name == "zoe" else None
        status, shown = typed("no\n", *words)
        expect(f"{words} answered no", (status, f"Type {name} to go on: " in shown, "Nothing was changed." in shown), (1, True, True))
        status, shown = typed(f"{name}\n", *words)
        expect(f"{words} answered {name}", (status, "Dropped" in shown), (0, True))
    status, shown = typed("\x04", "db", ALONE, "drop", "app")
    expect("the end of input is no consent", (status, "Nothing was changed." in shown), (1, True))
    status, shown = typed("named\n", "table", "drop", "app.named", "--connect", at.server.address)
    expect("the same at a server", (status, "Dropped" in shown), (0, True))
    for variables, coloured in [({}, True), ({"NO_COLOR": "1"}, False), ({"NO_COLOR": ""}, True), ({"TERM": "dumb"}, False)]:
        TERMINAL.clear()
        TERMINAL.update(variables)
        for words in [["query", ALONE, 'r.db("app").table("users")', "--format", "table"], ["help"], ["inspect", ALONE, "-v"]]:
            status, shown = typed("", *words)
            expect(f"colours of {words[0]} with {variables}", (status, "\x1b[" in shown), (0, coloured))
    TERMINAL.clear()
    status, shown = typed("", "dump", ALONE, "-o", "-")
    expect("an archive at a terminal", (status, "nothing for a terminal" in shown), (2, True))
    status, shown = typed("", "restore", "t.pando", "-")
    expect("an archive that would be typed", (status, "can't be typed" in shown), (2, True))


def memory(at):
    """An import of many batches takes no more than the one memory that is stated (Tests/Benchmarks/README.md)."""
    with open(FOLDER / "many.ndjson", "w") as rows:
        for start in range(0, 500_000, 10_000):
            numbers = range(start, start + 10_000)
            rows.write("".join(f'{{"id":{number * 7919 % 500_009},"text":"{"abcdefgh" * 22}"}}\n' for number in numbers))
    process = subprocess.Popen([PANDO, "import", "many.pando", "a.b", "many.ndjson", "--create"], cwd=FOLDER, stderr=subprocess.PIPE)
    most = 0
    while process.poll() is None:
        with contextlib.suppress(OSError):
            found = re.search(r"RssAnon:\s+(\d+)", Path(f"/proc/{process.pid}/status").read_text())
            most = max(most, int(found[1]) // 1024 if found else 0)
        time.sleep(0.005)
    expect("the import of many", (process.returncode, "Imported 500,000 documents" in process.stderr.read().decode()), (0, True))
    if not 0 < most <= 128:
        raise Failure(f"an import of {(FOLDER / 'many.ndjson').stat().st_size >> 20} MiB took {most} MiB of memory; 128 are stated")
    # At a terminal one line says how far it is, and goes away at the end; not with --quiet.
    for words, told in [([], True), (["--quiet"], False)]:
        status, shown = typed("", "import", f"seen{told}.pando", "a.b", "many.ndjson", "--create", *words)
        progress = re.search(r"\r\x1b\[K[\d,]+ documents, [\d,]+ a second, \d+ s left\r\x1b\[K", shown)
        expect(f"progress at a terminal {words}", (status, bool(progress), bool(shown)), (0, told, told))


def complete():
    """Each command, action and option has been used, and each command well, and wrongly, and where it can fail it failed."""
    for name in pando("help", "--names").out.split():
        used = USED[name]
        text = pando(name, "--help").out
        without = {"version", "help", "completions"}
        expect(f"the statuses of {name}", used["statuses"], {0, 2} if name in without else {0, 1, 2})
        for long, short in re.findall(r"(?m)^  (--[\w-]+)[^\n]*?(?:, (-\w))?(?:  |$)", text):
            # Those of TLS are tried by tls.py.
            if not long.startswith("--tls-") and long not in used["options"] and short not in used["options"]:
                raise Failure(f"nothing here uses {long} of pando {name}")
        actions = text.partition("\nactions:\n")[2].partition("\n\n")[0]
        for action in re.findall(r"(?m)^  (\w+)", actions):
            places = ["file", "served", "server"] if "--connect HOST:PORT" in text else ["file"]
            for place in places:
                if (action, place) not in used["actions"]:
                    raise Failure(f"nothing here tries pando {name} {action} in the place: {place}")


def main():
    # What comes slowly is taken in as it comes, and told of by a line now and then. It has time while all the rest is tried.
    slow = subprocess.Popen([PANDO, "import", "slow.pando", "a.b", "-", "--create"], cwd=FOLDER, stdin=subprocess.PIPE, stderr=subprocess.PIPE)
    slow.stdin.write(b'{"id":1}\n{"id":')
    slow.stdin.flush()

    started = time.monotonic()
    lines = "".join(json.dumps(row) + "\n" for row in ROWS)
    pando("import", ALONE, "app.users", "-", "--create", "--quiet", stdin=lines, err="^$")
    shutil.copy(FOLDER / ALONE, FOLDER / SERVED)
    at = Places()
    try:
        for part in [databases, tables, indexes, queries, statements, shells, imports, exports, archives, users, looking, states, xml, copies, serving, general, terminals, memory]:
            before = checks
            part(at)
            print(f"ok: {part.__name__}, {checks - before} command lines", flush=True)
    finally:
        at.server.stop()
    complete()
    pando("check", SERVED, out="is sound")
    # Not before the time for a line has come.
    time.sleep(max(0, 6 - (time.monotonic() - started)))
    for number in (2, 3):
        slow.stdin.write(f'{number}}}\n{{"id":'.encode())
        slow.stdin.flush()
        until("what an import has been given is there", lambda: pando("query", "slow.pando", 'r.db("a").table("b").count()').out == f"{number}\n")
    slow.stdin.write(b"4}\n")
    messages = slow.communicate(timeout=60)[1].decode()
    expect("an import that took its time", slow.returncode, 0)
    if not re.search(r"(?m)^\d documents?, \d+ a second\.$", messages):
        raise Failure(f"an import of more than five seconds tells only {messages!r}")


try:
    main()
except Failure as failure:
    sys.exit(f"commands.py: {failure}")
finally:
    for process in Server.running:
        if process.poll() is None:
            process.kill()
    shutil.rmtree(FOLDER, ignore_errors=True)
