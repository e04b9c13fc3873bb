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

sys.dont_write_bytecode = True
import vault_standin

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
        self.words, self.status, self.out, self.err = words, done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")

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
        if not re.search(r"^See pando ([\w-]+ --)?help$", outcome.err, re.M):
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


def wrong(*words, err, **more):
    """Wrong usage: status 2, and what it says."""
    return pando(*words, status=2, err=err, **more)


def bad(*words, err, out=None, **more):
    """A failure: status 1, and what it says."""
    return pando(*words, status=1, err=err, out=out, **more)


class Server:
    running = []

    def __init__(self, *options, env=None):
        self.process = subprocess.Popen(
            [PANDO, "serve", *options, "--http-port", "0"], cwd=FOLDER, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env={**os.environ, **(env or {})})
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


def searches(at):
    at.change("index", "create", "app.users", "words", "--text", "english", "--fields", "name=4,tags", err="Created the index words")
    # The server builds it beside, and other processes see that it is built when that is on the disk.
    built = 'r.db("app").table("users").indexStatus("words")(0)("ready")'
    until("the index is built", lambda: pando("query", ALONE, built).out == pando("query", SERVED, built).out == "true\n")
    at.look("search", "app.users", "ada", out='(?s)^\\[\n\\{"age":36.*"id":"u1".*\\}\n\\]\n$')
    at.look("search", "app.users", "ada", "--limit", "1", "--fields", "id", "--format", "csv", out=r"^id\r\nu1\r\n$")
    at.look("search", "app.users", "grase", "--fuzzy", "--index", "words", "--format", "ndjson", "--fields", "id", out='^{"id":"u2"}\n$')
    at.look("search", "app.users", "ada grace", "--any", "--format", "ndjson", out="(?s)Ada.*Grace|Grace.*Ada")
    at.look("search", "app.users", "ada", "--scores", "--highlight", "name", out=r'"highlight":\{"name":"<b>Ada</b>"\},"score":\d')
    at.look("search", "app.users", "nowhere", "--quiet", out=r"^\[\]\n$", same=False)
    at.look("search", "app.users", "ada -grace", "--explain", out="text index `words`", same=False)
    expect("a plan as JSON", type(json.loads(at.look("search", "app.users", "ada", "--explain", "--format", "json", same=False).out)), dict)
    at.refused("search", "app.users", "ada", "--explain", "--format", "csv", status=2, err="not as csv")
    at.refused("search", "app.users", "ada", "--index", "none", err="Index `none` was not found.*Its text indexes: `words`")
    at.refused("search", "app.users", "ada", "--limit", "0", status=2, err="--limit is a number above 0, not 0")
    at.refused("search", "app.none", "ada", err="There is no table app.none")
    at.refused("search", "app.users", status=2, err="WORDS is missing")
    at.change("index", "drop", "app.users", "words")
    at.refused("search", "app.users", "ada", err="has no text index")


def graphs(at):
    lines = '{"id": "a", "name": "Ada", "knows": ["b", "c"]}\n{"id": "b", "knows": "c"}\n{"id": "c", "title": "See"}\n'
    at.change("import", "app.people", "-", "--create", stdin=lines, err="Imported 3 documents")
    knows = ["--over", '{field: "knows", to: "people"}', "--direction", "out"]
    at.look("graph", "app.people", "a", *knows, "--depth", "2", out=r"(?m)^people +a +Ada +2 +b, c$")
    at.look("graph", "app.people", "a", *knows, "--dot", out='(?s)^digraph {\n.*"people \\\\"a\\\\"" -> "people \\\\"b\\\\"" .label="knows".;')
    found = json.loads(at.look("graph", "app.people", '"a"', *knows, "--json", "--label", "title", "--limit", "9").out)
    expect("nodes", [(node["id"], node.get("label")) for node in found["nodes"]], [("a", "a"), ("b", "b"), ("c", "See")])
    at.look("graph", "app.people", "a", *knows, "--limit", "1", err="There are more; --limit says how many are shown")
    at.look("graph", "app.people", "a", *knows, "--limit", "1", "--quiet", err="^$")
    # The index is made beside what else is asked.
    at.change(
        "query", 'r.db("app").table("people").relationCreate("friends", {field: "knows", to: "people"}).do(made => r.branch('
        'r.db("app").table("people").indexWait().isEmpty(), 0, made("created")))', out="^1\n$")
    at.look("graph", "app.people", "b", "--over", "friends", "--direction", "out", out=r"(?m)^people +b +b +1 +c$", same=False)
    at.refused("graph", "app.people", "z", *knows, err='The table app.people has no document with the key "z"')
    at.refused("graph", "app.people", "a", "--over", "none", err="No table of `app` declares the relation `none`")
    at.refused("graph", "app.people", "a", "--over", "{field: \"name\", to: \"people\"}", err="No index leads to the documents of `app.people` by `name`")
    at.refused("graph", "app.people", "a", status=2, err="Which relation do edges belong to")
    at.refused("graph", "app.people", "a", *knows, "--dot", "--json", status=2, err="Choose one of --dot and --json")
    at.refused("graph", "app.people", "a", *knows, "--depth", "x", status=2, err="--depth is a number, not “x”")
    at.change("table", "drop", "app.people", "--force")


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
    undone = '.begin\nr.table("users").delete()("deleted")\n.sql SELECT count(*) AS n FROM users\n.rollback\nr.table("users").count()\n'
    done = '.begin\nr.table("users").insert({id: "u9"})("inserted")\n.commit\nr.table("users").get("u9").delete()("deleted")\n'
    for words in [[ALONE], ["--connect", at.server.address]]:
        pando("shell", *words, stdin=undone, out=r'(?s)^3\n.*"n":0.*3\n$')
        pando("shell", *words, stdin=done, out=r"^1\n1\n$")
        bad("shell", *words, stdin=".rollback\n", err=".begin begins one")


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
    texts = FOLDER / "texts" / "more"
    texts.mkdir(parents=True, exist_ok=True)
    (texts.parent / "a.txt").write_text("a telephone")
    (texts / "b.md").write_text("# Trees")
    (texts / "c.png").write_bytes(b"\xff\x00")
    at.change("import", "app.notes", "texts", "--create", err="Imported 2 documents into app.notes")
    at.refused("import", "app.notes", "texts", "--format", "csv", status=2, err="goes with a file")
    at.refused("import", "app.none2", "texts/none", "--create", err="No such file")
    (FOLDER / "empty").mkdir(exist_ok=True)
    at.refused("import", "app.new", "empty", err="has no texts: files whose names end in .txt")
    at.refused("import", "app.new", "rows.ndjson", "--primary-key", "x", status=2, err="goes with --create")
    at.refused("import", "app.new", "rows.ndjson", "--delimiter", ";", status=2, err="goes with --format csv")
    at.refused("import", "app.new", "rows.csv", "--delimiter", ";;", status=2, err="one character")
    at.refused("import", "app.new", "rows.ndjson", "--conflict", "replce", status=2, err="Did you mean replace?")
    at.refused("import", "new", "rows.ndjson", status=2, err="written DB.TABLE")
    at.refused("import", "app.new", status=2, err="DATA is missing")
    bad("import", "none.pando", "app.new", "rows.ndjson", err="There is no file none.pando. To make it, add --create")
    bad("import", "none/x.pando", "app.new", "rows.ndjson", "--create", err="There is no directory none")
    # What is taken over of a PostgreSQL database is what postgresql_import.py tries.
    closed = "postgresql://ann@127.0.0.1:1/shop"
    for words in [["--db", "a", "--schema", "b"], ["--table", "b.c", "--json"], ["--source-password", "rows.csv"]]:
        bad("import", closed, "none.pando", *words, err="No server answers at 127.0.0.1:1: ")
    at.refused("import", "app.new", "rows.ndjson", "--schema", "x", status=2, err="--schema goes with postgresql://")
    wrong("import", closed, err="FILE is missing")
    wrong("import", closed, "none.pando", "--create", "--format", "csv", err="--format goes with documents")
    wrong("import", "postgres://127.0.0.1/shop", "none.pando", err="Say whose account it is")
    note(["import", "--db", "--schema", "--table", "--source-password"], 0)


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
    server = at.server.address
    pando("dump", "--connect", server, "-o", "server.tar.gz", err=r"Dumped 1 database, \d tables, \d+ documents to server\.tar\.gz")
    bad("dump", "--connect", server, "-o", "server.tar.gz", err="exists already")
    pando("restore", "server.copy", "server.tar.gz", err="Restored 1 database")
    expect("what came from a server", pando("export", "server.copy", "app.users").out, pando("export", SERVED, "app.users").out)
    pando("dump", "--connect", server, "-e", "app.users", "--compress", "none", "-o", "server.tar", err="1 database, 1 table, 3 documents")
    bad("dump", "--connect", server, "-e", "nodb", "-o", "no.tar", err="nodb")
    bad("dump", "--connect", server, "-o", "none/x.tar", err="There is no directory none")
    expect("a download that failed", (FOLDER / "no.tar").exists(), False)
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
    os.mkfifo(FOLDER / "pipe")
    bad("dump", ALONE, "-o", "pipe", "--force", err="is a device, a pipe or a socket")
    bad("restore", SERVED, "two.tar", err=f"in process {at.server.process.pid};.*into another file")
    wrong("dump", ALONE, "-e", ".b", err="takes DB or DB.TABLE, not “.b”")
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
    # What is served keeps a record of its opening.
    expect("the number of keys", [one["keys"] for one in facts], [facts[0]["keys"], facts[0]["keys"] + 1, facts[0]["keys"] + 1])
    expect("who writes", [one.get("writer") for one in facts[:2]], [None, at.server.process.pid])
    pando("status", "--connect", at.server.address, "--quiet", out=r"(?s)server +127.*keys +\d+\n.*app\.users +3 +tags", err="^$")
    bad("status", "none.pando", err="There is no file none.pando")
    wrong("status", ALONE, "--jsn", err="Did you mean --json?")

    at.look("inspect", "--prefix", "__meta__:databases:", connects=False, out=r"^__meta__:databases:app\n$")
    at.look("inspect", "-p", "__meta__:databases:", "-v", "--json", connects=False, out=r'"value":')
    at.look("inspect", "--values", "--limit", "2", "--prefix", "__meta__", connects=False, out=r"^(\S+  .*\n){2}$")
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
    pando("diff", ALONE, "--from", "before", status=1, out=r"(?m)^\+ .*:docs:late$")
    pando("diff", ALONE, ALONE, "--to", "before", status=1, out=r"(?m)^- .*:docs:late$")
    pando("diff", ALONE, "--from", "before", "--by-table", status=1, out=r"(?m)^app\.users +1 +0 +0$")
    wrong("diff", ALONE, err="--from")
    now, old = (pando("digest", ALONE, *words, out=r"^[0-9a-f]{32}\n$").out for words in [[], ["--as-of", "before"]])
    expect("digest of another state", now == old, False)
    table = pando("digest", ALONE, "--table", "app.users", out=r"^[0-9a-f]{32}\n$").out.strip()
    expect("digest --json", json.loads(pando("digest", ALONE, "--table", "app.users", "--json").out)["digest"], table)
    pando("digest", ALONE, "--prefix", "none", out=r"^0{32}\n$")
    wrong("digest", ALONE, "--prefix", "db:", "--table", "app.users", err="not both")
    bad("digest", ALONE, "--table", "app.never", err="never")
    there = ["--connect", at.server.address]
    pando("digest", *there, out=r"^[0-9a-f]{32}\n$")
    expect("digest at a server", pando("digest", *there, "--table", "app.users").out, pando("digest", SERVED, "--table", "app.users").out)
    expect("digest of a prefix there", pando("digest", *there, "--prefix", "__meta__:").out, pando("digest", SERVED, "--prefix", "__meta__:").out)
    pando("digest", *there, "--json", out='"was_read":')
    bad("digest", *there, "--table", "app.never", err="never")
    pando("diff", SERVED, *there, out="^$")
    pando("diff", *there, "--other-connect", at.server.address, out="^$")
    pando("diff", ALONE, *there, "--by-table", status=1, out="app")
    pando("diff", ALONE, *there, "--values", "--json", "--limit", "1", status=1, out=r'^\{"change":.*"key":.*\n$')
    for words in [[ALONE, ALONE, *there], [*there], [ALONE, *there, "--other-connect", at.server.address], []]:
        wrong("diff", *words, err="Name two files")
    wrong("diff", ALONE, ALONE, "--other-user", "ada", err="goes with --other-connect")
    pando("state", ALONE, "restore", "before", "app.users", err="app.users is as it was in before: 0 documents put back, 1 removed")
    expect("digest when it is as it was", pando("digest", ALONE).out, old)
    pando("query", ALONE, count, out=r"^0\n$")
    at.held("state", "restore", "before", "app.users")
    pando(*at.at_server("state", "restore", "before", "app.users"), err="is as it was in before")
    bad("state", ALONE, "restore", "never", "app.users", err="never")
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
    server = at.server.address
    pando("backup", "--connect", server, "from-server.pando", err=r"Copied \d+ pages with \d+ records to from-server\.pando\.")
    pando("check", "from-server.pando", out="is sound")
    pando("diff", SERVED, "from-server.pando", out="^$")
    bad("backup", "--connect", server, "from-server.pando", err="exists already")
    pando("backup", "--connect", server, "from-server.pando", "--force", "--json", "--quiet", out='"to":"from-server.pando"', err="^$")
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


def deltas(at):
    shutil.copy(FOLDER / ALONE, FOLDER / "chain.pando")
    pando("backup", "chain.pando", "base.pando")
    pando("query", "chain.pando", 'r.db("app").table("users").insert({id: "delta"})')
    expect("backup --since", json.loads(pando("backup", "chain.pando", "one.delta", "--since", "base.pando", "--json", err="Wrote what has changed").out)["to"], "one.delta")
    pando("query", "chain.pando", 'r.db("app").table("users").get("delta").delete()')
    bad("backup", "chain.pando", "one.delta", "--since", "base.pando", err="exists already")
    pando("backup", "chain.pando", "two.delta", "--since", "one.delta")
    bad("backup", "chain.pando", "x.delta", "--since", "none.delta", err="no earlier backup none.delta")
    bad("backup", SERVED, "x.delta", "--since", "rows.ndjson", err="rows.ndjson")
    pando("restore-chain", "base.pando", "one.delta", "two.delta", "chained.pando", err="2 deltas")
    pando("diff", "chain.pando", "chained.pando", out="^$")
    expect("restore-chain --json", json.loads(pando("restore-chain", "base.pando", "one.delta", "chained.pando", "--force", "--json").out)["to"], "chained.pando")
    pando("query", "chained.pando", 'r.db("app").table("users").get("delta")("id")', out="delta")
    bad("restore-chain", "base.pando", "two.delta", "x.pando", err="delta is from")
    bad("restore-chain", "base.pando", "one.delta", "chained.pando", err="exists already")
    wrong("restore-chain", "base.pando", "one.delta", err="DELTA is missing|TO is missing")


def standbys(at):
    """What standby.py has no room for."""
    bad("promote", ALONE, err="no standby")
    bad("promote", "none.pando", err="There is no file")
    wrong("promote", err="FILE is missing")
    bad("promote", "--connect", at.server.address, err="no standby")
    bad("serve", ALONE, "--standby-of", at.server.address, "--http-port", "0", err="contents of its own.*Say --resync")
    wrong("serve", "n.pando", "--token-file", "pw", err="go with standby-of or lease")
    wrong("serve", "n.pando", "--plain", err="goes with --standby-of or --lease")
    wrong("serve", "n.pando", "--resync", err="goes with --standby-of")
    # What a lease decides is standby_lease.py's.
    lease = ["--lease", "etcd://127.0.0.1:1/app", "--lease-time", "5"]
    wrong("serve", "n.pando", *lease, err="lease needs advertise")
    wrong("serve", "n.pando", *lease, "--advertise", "127.0.0.1:1", err="advertise is http://")
    wrong("serve", "n.pando", *lease, "--advertise", "http://127.0.0.1:1", "--standby-of", at.server.address, err="two ways")
    wrong("serve", "n.pando", "--advertise", "http://127.0.0.1:1", err="goes with lease")
    bad("serve", "n.pando", *lease, "--advertise", "http://127.0.0.1:1", "--http-port", "0", err="No server answers at 127.0.0.1:1")
    expect("a lease that nobody can have makes no file", (FOLDER / "n.pando").exists(), False)
    follower = Server("follower.pando", "--standby-of", at.server.address, "--plain", "--driver-port", "none", "--pg-port", "none")
    bad("db", "create", "x", "--connect", follower.address, err=at.server.address)
    pando("promote", "--connect", follower.address, err="is the primary now")
    pando("db", "create", "x", "--connect", follower.address)
    follower.stop()
    note(["promote", "--user", "--password-file"], 0)
    pando("cluster", ALONE, out="role +primary")
    pando("cluster", "--connect", at.server.address, out="sync_standbys")
    expect("cluster --json", json.loads(pando("cluster", "--connect", at.server.address, "--json").out)["role"], "primary")
    bad("cluster", "none.pando", err="There is no file")
    wrong("cluster", err="FILE is missing")
    note(["cluster", "--user", "--password-file"], 0)


def serving(at):
    config = FOLDER / "serve.conf"
    config.write_text("# settings\nslow-query = 7\nhttp-port = 1\n")
    options = {
        "--http-port": "0", "--driver-port": "none", "--pg-port": "none", "--pg-connections": "9", "--pg-default-database": "app",
        "--multi-database": "true", "--database": "",
        "--pg-idle-timeout": "60", "--transaction-idle": "30", "--writer-grace": "20", "--writer-time": "40", "--lock-timeout": "5000", "--history": "24h", "--transactions": "100", "--transactions-per-account": "10", "--port-offset": "0", "--bind": "127.0.0.1", "--allow-host": "db.example",
        "--cors-origin": "https://a.example", "--rate-limit": "100000", "--connections": "50", "--connections-of-client": "40",
        "--trusted-proxies": "127.0.0.1", "--proxy-protocol": "none", "--body-limit": "100000", "--log": "serve.log", "--log-requests": "all", "--slow-query": "5000", "--log-contents": "false",
        "--function-time": "2000", "--processes": "one", "--names": "rethinkdb", "--query-memory": "64", "--memory": "128", "--spill": "256", "--cache-size": "64", "--lock-memory": "false", "--at-least": "",
        "--standby-of": "", "--lease": "", "--lease-time": "7", "--advertise": "", "--token-file": "", "--standby-ca": "", "--sync-standbys": "0", "--sync-timeout": "3", "--initial-password": "pw",
    }
    words = [word for pair in options.items() for word in pair]
    listed = json.loads(pando("serve", "x.pando", *words, "--print-config", "--json").out)
    shown = {f"--{row['setting']}": (row["value"], row["source"]) for row in listed}
    # Settings of keys are told as well; encryption() uses them.
    told_of_keys = {name: shown.pop(name) for name in list(shown) if re.match("--(key|wrap|vault)-", name)}
    expect("settings of keys", (len(told_of_keys), set(told_of_keys.values())), (10, {("", "default")}))
    # Those of TLS need files, which tls.py has; it is what tries them.
    shown_of_tls = [name.removeprefix("--") for name in shown if "tls-" in name]
    expect("settings", {name: row for name, row in shown.items() if "tls-" not in name},
           {name: ("…" if value == "pw" else value, name) for name, value in options.items()})
    expect("--print-config makes nothing", (FOLDER / "x.pando").exists(), False)
    for name, value in [("http-port", "99999"), ("driver-port", "x"), ("pg-port", "x"), ("pg-connections", "0"), ("port-offset", "-1"), ("bind", "nowhere.invalid"), ("rate-limit", "x"),
                        ("connections", "0"), ("connections-of-client", "0"), ("trusted-proxies", "proxy.example"), ("proxy-protocol", "all"), ("proxy-protocol", "v1"),
                        ("function-time", "0"), ("body-limit", "1"), ("log-requests", "some"), ("log-contents", "some"), ("slow-query", "-1"), ("names", "loose"),
                        ("query-memory", "0"), ("memory", "0"), ("spill", "-1"), ("cache-size", "7"), ("lock-memory", "yes"), ("at-least", "7"), ("lock-timeout", "-1"), ("writer-time", "-1"), ("history", "5"), ("history", "1s"), ("transactions", "-1"), ("transactions-per-account", "x"),
                        ("sync-standbys", "x"), ("sync-timeout", "0"), ("lease", "one"), ("multi-database", "maybe"), ("processes", "two"), ("database", "x")]:
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
                    ["export", "my-db.t"], ["index", "create", "my-db.t", "words", "--text", "english", "--fields", "name"], ["search", "my-db.t", "ada"],
                    ["graph", "my-db.t", "u1", "--over", '{field: "name", to: "t"}', "--direction", "out"], ["query", "r.now()"], ["sql", "SELECT 1"], ["status"], ["compact"], ["dump", "-o", "signed-in.tar"], ["backup", "signed-in.pando"]]:
        pando(*command, *sign_in)
    pando("shell", *sign_in, stdin=".databases", out="my-db")
    pando("digest", *sign_in, out=r"^[0-9a-f]{32}\n$")
    other = ["--other-connect", server.address, "--other-user", "admin", "--other-password-file", "pw"]
    pando("diff", *sign_in, *other, out="^$")
    bad("diff", *sign_in, *other[:2], err="--other-user and --other-password-file")
    pando("user", "create", "eve", "--no-password", "--connect", server.address, "--user", "admin", "--login-password-file", "pw")
    bad("db", "create", "x", "--connect", server.address, "--user", "eve", err="permission")
    bad("import", "my-db.t", "rows.ndjson", "--connect", server.address, "--user", "eve", err="permission")
    bad("dump", "-o", "eves.tar", "--connect", server.address, "--user", "eve", err="Only `admin` may have all")
    bad("backup", "eves.pando", "--connect", server.address, "--user", "eve", err="Only `admin` may have all")
    server.stop()
    expect("messages with --quiet", server.messages, "")
    expect("the log", [json.loads(line) and True for line in (FOLDER / "serve.log").read_text().splitlines()][:1], [True])
    alone = Server("z.pando", "--multi-database", "false", "--database", "one", "--driver-port", "none", "--pg-port", "none")
    pando("db", "list", "--connect", alone.address, out=r"(?m)^one\b")
    bad("db", "create", "two", "--connect", alone.address, err="one database here, `one`")
    bad("db", "drop", "one", "--force", "--connect", alone.address, err="one database here, `one`")
    pando("table", "create", "one.t", "--connect", alone.address)
    alone.stop()
    pando("db", "z.pando", "create", "two")
    alone = Server("z.pando", "--driver-port", "none", "--pg-port", "none", env={"PANDO_MULTI_DATABASE": "false", "PANDO_DATABASE": "two"})
    bad("table", "list", "one", "--connect", alone.address, err="no database one")
    pando("table", "create", "two.t", "--connect", alone.address)
    alone.stop()
    open_server = Server("y.pando", "--bind", "0.0.0.0", "--insecure", "--driver-port", "none")
    open_server.stop()
    expect("what it says", re.findall("Serving y.pando|Stopping", open_server.messages), ["Serving y.pando", "Stopping"])
    note(["serve", "--insecure", "--config", "--quiet", "--plain", "--resync"], 0)
    note(["serve", *(f"--{name}" for name in shown_of_tls)], 0)
    note(["serve", SERVED], 0)


def encryption(at):
    """Every command on an encrypted file, by each place for its key; without, with another one, and with one for a plain file."""
    def asked(text, *words):
        note(words, 0)
        return typed(text, *words)

    for name, content in [("k.key", os.urandom(32)), ("other.key", os.urandom(32)), ("pass", b"open sesame\n"), ("open.key", os.urandom(32))]:
        (FOLDER / name).write_bytes(content)
        (FOLDER / name).chmod(0o644 if name == "open.key" else 0o600)
    (FOLDER / "kms").write_text("#!/bin/sh\ntr '\\000-\\377' '\\200-\\377\\000-\\177'\n")
    (FOLDER / "kms").chmod(0o755)
    vault = vault_standin.Vault()
    near = {"VAULT_ADDR": vault.address, "VAULT_TOKEN": vault_standin.TOKEN}
    transit, field = ["--vault-transit", "pando"], ["--vault-kv", "secret/pando/app#key"]
    pando("import", "s.pando", "app.users", "-", "--create", stdin="".join(json.dumps(row) + "\n" for row in ROWS))
    pando("encrypt", "s.pando", "copy.pando", "--key-command", "cat k.key", "--key-name", "main")
    pando("encrypt", "s.pando", "--key-file", "k.key", "--quiet", err="^$")
    bad("encrypt", "s.pando", "--key-file", "k.key", err="is encrypted already; pando rekey")
    pando("encrypt", ALONE, "e1.pando", "--wrap-command", "./kms")
    pando("encrypt", ALONE, "sealed-e5.pando", *transit, env=near)
    pando("encrypt", ALONE, "sealed-e6.pando", *field, env=near)
    bad("encrypt", ALONE, "e2.pando", "--key-file", "none", "--key-is-passphrase", err="There is no file none with a key")
    status, shown = asked("abc\nabd\n", "encrypt", ALONE, "e4.pando", "--passphrase")
    expect("two that differ", (status, "are not the same" in shown), (1, True))
    pando("key", "s.pando", out=r"(?m)^k\.key +key$")
    pando("key", "s.pando", "--json", out=r'\[\{"kind":"key","name":"k\.key"\}\]')
    bad("key", ALONE, err="is not encrypted")
    headers()
    one, two = ["rekey", "s.pando", "--key-file", "k.key"], ["rekey", "s.pando", "--key-command", "cat k.key"]
    pando(*one, "--new-key-file", "pass", "--new-key-is-passphrase", "--add", err="opens with k.key, passphrase")
    pando(*two, "--new-wrap-command", "./kms", "--new-key-name", "kms", "--add", err="opens with k.key, passphrase, kms")
    pando(*one, "--new-vault-transit", "pando", "--add", env=near, err="passphrase, kms, pando")
    pando(*one, "--new-vault-kv", "secret/pando/app#key", "--add", env=near)
    for key in [transit, field]:
        pando("rekey", "s.pando", *key, "--new-key-command", "cat other.key", "--new-key-name", "once", "--add", env=near)
        pando(*one, "--remove", "once")
    pando(*one, "--new-key-command", "cat other.key", "--new-key-name", "second", "--add")
    bad(*one, "--new-key-command", "cat other.key", "--new-key-name", "second", "--add", err="has a key of the name \"second\" already")
    bad(*one, "--new-key-command", "cat other.key", "--new-key-name", "third", "--add", err='opens the file s.pando already, as "second"')
    pando(*one, "--remove", "second", "--quiet", err="^$")
    bad(*one, "--remove", "second", err="no key of the name")
    wrong(*one, "--remove", "kms", "--new-key-file", "other.key", err="--remove goes without a new key")
    wrong(*one, err="Say where the new key is")
    pando("rekey", "s.pando", "--wrap-command", "./kms", "--key-name", "kms", "--new-key-file", "other.key", "--add")
    pando(*one, "--remove", "other.key")
    # A passphrase takes its time, in a build for debugging very much of it, so most commands are only asked for one.
    status, shown = asked("open sesame\n", "status", "s.pando", "--passphrase")
    expect("a passphrase", status, 0)
    bad("rekey", "s.pando", "--key-file", "none", "--key-is-passphrase", "--new-key-file", "other.key", err="There is no file none")
    for words in [["rekey", "s.pando", "--passphrase", "--new-key-file", "other.key"], [*one, "--new-passphrase"]]:
        status, shown = asked("\n", *words)
        expect("an empty passphrase", (status, "The passphrase is empty" in shown), (1, True))
    bad("rekey", ALONE, "--key-file", "k.key", "--new-key-file", "other.key", err="is not encrypted")
    bad(*one, "--data", err="opens with .* too")
    wrong(*one, "--data", "--add", err="--data goes without")
    wrong(*one, "--drop-states", err="--drop-states goes with --data")
    pando("backup", "copy.pando", "sealed-e7.pando", "--key-file", "k.key")
    pando("state", "sealed-e7.pando", "create", "before", "--key-file", "k.key")
    bad("rekey", "sealed-e7.pando", "--key-file", "k.key", "--data", err='states of the past.*"before"')
    pando("rekey", "sealed-e7.pando", "--key-file", "k.key", "--new-key-file", "other.key", "--data", "--drop-states", err="has new keys, and \\d+ records")
    bad("status", "sealed-e7.pando", "--key-file", "k.key", err="encrypted with the key")
    wrong("decrypt", "s.pando", err="TO is missing")
    wrong("key", err="FILE is missing")
    wrong("encrypt", ALONE, "sealed-never.pando", err="Say where the key is")
    pando("backup", "s.pando", "sealed-base.pando", "--key-file", "k.key", "--force")
    pando("query", "s.pando", 'r.db("app").table("users").insert({id: "u8", name: "Hippopotamus"})', "--key-file", "k.key")
    pando("backup", "s.pando", "sealed-one.delta", "--since", "sealed-base.pando", "--key-file", "k.key", "--force")
    expect("a delta of an encrypted file", ((FOLDER / "sealed-one.delta").read_bytes()[:8], b"Hippo" in (FOLDER / "sealed-one.delta").read_bytes()), (b"PandoArc", False))

    pando("index", "s.pando", "create", "app.users", "words", "--text", "english", "--fields", "name", "--key-file", "k.key")
    (FOLDER / "i.ndjson").write_text('{"id": "u9"}\n')
    (FOLDER / "x.xml").write_text("<list><p><id>1</id></p></list>")
    commands = {
        "query": ["s.pando", "1"], "sql": ["s.pando", "SELECT 1"], "shell": ["s.pando"], "db": ["s.pando", "list"], "table": ["s.pando", "list", "app"],
        "index": ["s.pando", "list", "app.users"], "import": ["s.pando", "app.users", "i.ndjson", "--conflict", "replace"], "export": ["s.pando", "app.users"],
        "dump": ["s.pando", "-o", "d.tar.gz", "--plain", "--force"], "restore": ["s.pando", "d.tar.gz", "--force"], "user": ["s.pando", "list"], "status": ["s.pando"],
        "inspect": ["s.pando", "--tree"], "check": ["s.pando"], "compact": ["s.pando"], "diff": ["s.pando", "s.pando"], "digest": ["s.pando"], "state": ["s.pando", "list"],
        "backup": ["s.pando", "b.pando", "--force"], "decrypt": ["s.pando", "plain.pando"],
        "search": ["s.pando", "app.users", "Ada"], "graph": ["s.pando", "app.users", "u1", "--over", '{field: "friends", to: "users"}', "--direction", "out"],
        "restore-chain": ["sealed-base.pando", "sealed-one.delta", "sealed-new.pando", "--force"],
    }
    pando("dump", "s.pando", "-o", "d.tar.gz", "--plain", "--key-file", "k.key")
    wrong("dump", "s.pando", "-o", "e.tar.gz", "--key-file", "k.key", err="is encrypted: say whether the archive is to be")
    archives_of_encrypted(transit, field, near)
    nobody = [*field, "--vault-addr", vault.address, "--vault-role-id", "x", "--vault-secret-id-file", "none"]
    for command, words in commands.items():
        help = pando(command, "--help").out
        force = [word for word in words if word != "--force" or "--force" in help]
        for key in [["--key-file", "k.key", "--key-name", "x"], ["--key-command", "cat k.key"], ["--wrap-command", "./kms"], transit, field]:
            (FOLDER / "plain.pando").unlink(missing_ok=True)
            pando(command, *force, *key, env=near)
        (FOLDER / "plain.pando").unlink(missing_ok=True)
        status, shown = asked("\n", command, *force, "--passphrase")
        expect(f"{command} with an empty passphrase", (status, "The passphrase is empty" in shown), (1, True))
        bad(command, *force, "--key-file", "none", "--key-is-passphrase", err="There is no file none with a key")
        bad(command, *force, *nobody, err="There is no file none, which --vault-secret-id-file names")
        (FOLDER / "plain.pando").unlink(missing_ok=True)
        bad(command, *force, err=r'is encrypted with one of the keys "k\.key", .*; say where the key is')
        bad(command, *force, "--key-file", "other.key", err="his is not the key of")
        wrong(command, *force, "--key-file", "k.key", "--key-command", "true", err="two places for one key")
    for command, words in {
            "promote": ["s.pando"], "cluster": ["s.pando"], "serve": ["s.pando", "--http-port", "0", "--driver-port", "none", "--pg-port", "none"],
            "encrypt": [ALONE, "sealed-never.pando"], "rekey": ["s.pando", "--new-key-file", "other.key", "--add"]}.items():
        bad(command, *words, *nobody, err="There is no file none, which --vault-secret-id-file names")
    for key in [["--key-file", "k.key", "--key-name", "x"], ["--key-command", "cat k.key"], ["--wrap-command", "./kms"], transit, field]:
        bad("promote", "s.pando", *key, env=near, err="no standby")
        pando("cluster", "s.pando", *key, env=near, out="role +primary")
    for command in ["promote", "cluster"]:
        bad(command, "s.pando", "--key-file", "none", "--key-is-passphrase", err="There is no file none with a key")
        status, shown = asked("\n", command, "s.pando", "--passphrase")
        expect(f"{command} with an empty passphrase", (status, "The passphrase is empty" in shown), (1, True))
    pando("diff", "s.pando", "copy.pando", "--key-file", "k.key", "--other-key-file", "k.key", status=1)
    pando("status", "s.pando", env={"PANDO_KEY_FILE": "k.key"})
    pando("status", "s.pando", env={"PANDO_KEY_COMMAND": "cat pass", "PANDO_KEY_IS_PASSPHRASE": "1"})
    bad("status", "s.pando", env={"PANDO_KEY_FILE": "other.key"}, err="his is not the key of")
    (FOLDER / "credentials").mkdir()
    shutil.copy(FOLDER / "k.key", FOLDER / "credentials" / "pando.key")
    pando("status", "s.pando", env={"CREDENTIALS_DIRECTORY": str(FOLDER / "credentials")})
    bad("status", ALONE, "--key-file", "k.key", err="is not encrypted, but a key was given")
    bad("status", "s.pando", "--key-file", "open.key", err="Others can read open.key, so it is no place for a key: chmod 600 open.key")
    bad("status", "s.pando", "--key-file", "none.key", err="There is no file none.key with a key")
    bad("status", "s.pando", "--key-file", "i.ndjson", err="i.ndjson")
    bad("status", "s.pando", "--key-command", "exit 3", err="The command for the key failed with status 3")
    bad("status", "s.pando", "--key-command", "true", err="printed nothing")
    bad("status", "s.pando", "--key-command", "yes", err="printed more than 4 KiB")
    bad("status", "s.pando", "--wrap-command", "false", err="The command for the key failed")
    for key in [["--key-file", "none", "--key-name", "x", "--key-is-passphrase"], ["--key-command", "false"], ["--wrap-command", "false"]]:
        bad("serve", "s.pando", "--driver-port", "none", "--pg-port", "none", *key, err="key")
    for key in [transit, field]:
        bad("serve", "s.pando", "--driver-port", "none", "--pg-port", "none", *key, env={**near, "VAULT_TOKEN": "no"}, err="Vault at .* refuses")
    vaults(vault, near, transit, field)
    status, shown = asked("\n", "serve", "s.pando", "--driver-port", "none", "--pg-port", "none", "--http-port", "0", "--passphrase")
    expect("an empty passphrase", (status, "The passphrase is empty" in shown), (1, True))

    # A process that is killed in the middle leaves nothing that can be read.
    word = "Hippopotamus"
    server = Server("s.pando", "--key-file", "k.key", "--driver-port", "none", "--pg-port", "none", "--quiet")
    for number in range(30):
        pando("query", "--connect", server.address, f'r.db("app").table("users").insert({{id: "{word}-{number}", text: "{word} {number}"}})')
    wrong("dump", "--connect", server.address, "-o", "sent.pandoarc", err="The server's file is encrypted, and what it sends is not")
    pando("dump", "--connect", server.address, "-o", "sent.tar", "--plain")
    pando("dump", "--connect", server.address, "-o", "sent.pandoarc", "--encrypt", "--key-file", "other.key")
    expect("the word in what was sent", [word.encode() in (FOLDER / name).read_bytes() for name in ["sent.tar", "sent.pandoarc"]], [True, False])
    server.process.kill()
    server.process.wait()
    pando("restore", "sealed-sent.pando", "sent.pandoarc", "--archive-key-file", "other.key", err="Restored")
    pando("query", "s.pando", f'r.db("app").table("users").get("{word}-29")("text")', "--key-file", "k.key", out=f'"{word} 29"')
    pando("check", "s.pando", "--key-file", "k.key", out="is sound", err="^$")
    shutil.copy(FOLDER / "s.pando", FOLDER / "sealed-half.pando")
    with (FOLDER / "sealed-half.pando").open("r+b") as file:
        file.seek(4096 + 600)
        file.write(bytes(50))
    half = ["sealed-half.pando", "--key-file", "k.key"]
    pando("check", *half, out="is sound", err="Warning: the copy of the file's keys in page 1 is not readable")
    expect("warnings", len(json.loads(pando("check", *half, "--json").out)["warnings"]), 1)
    pando("compact", *half)
    pando("check", *half, out="is sound", err="^$")
    pando("backup", "s.pando", "b.pando", "--force", "--key-file", "k.key")
    for name in ["s.pando", "b.pando"]:
        expect(f"the word in {name}", word.encode() in (FOLDER / name).read_bytes(), False)


def headers():
    """The keys of a file in one of their own, and back in a file that has lost them."""
    pando("key", "s.pando", "--export-header", "s.header", err="The keys of s.pando are in s.header; k.key opens them")
    bad("key", "s.pando", "--export-header", "s.header", err="s.header exists already")
    pando("key", "s.pando", "--export-header", "s.header", "--force", "--quiet", err="^$")
    bad("key", "s.pando", "--export-header", "s.pando", "--force", err="is the database file itself")
    bad("key", ALONE, "--export-header", "no.header", err="is not encrypted")
    wrong("key", "s.pando", "--export-header", "t.header", "--json", err="--json goes without")
    wrong("key", "s.pando", "--force", err="--force goes with")
    back = ["rekey", "sealed-lost.pando", "--import-header", "s.header"]
    shutil.copy(FOLDER / "s.pando", FOLDER / "sealed-lost.pando")
    bad(*back, "--key-file", "k.key", err="still has its keys in page 0")
    with (FOLDER / "sealed-lost.pando").open("r+b") as file:
        for page in [0, 1]:
            file.seek(page * 4096 + 512)
            file.write(bytes(3584))
    bad("status", "sealed-lost.pando", "--key-file", "k.key", err="neither copy of its keys is whole")
    wrong(*back, err="Say where one of the keys in s.header is")
    wrong(*back, "--key-file", "k.key", "--add", err="--import-header goes without")
    bad(*back, "--key-file", "other.key", err="his is not the key of")
    bad("rekey", "sealed-lost.pando", "--import-header", "k.key", "--key-file", "k.key", err="no keys of a file")
    pando(*back, "--key-file", "k.key", err="has the keys of s.header again")
    pando("check", "sealed-lost.pando", "--key-file", "k.key", out="is sound", err="^$")


def archives_of_encrypted(transit, field, near):
    """Archives that are encrypted, with a file's keys or one of their own."""
    inside = lambda name: (FOLDER / name).read_bytes()
    pando("dump", "s.pando", "--encrypt", "--key-file", "k.key", err="to s.dump.pandoarc")
    wrong("dump", "s.pando", "--encrypt", "--plain", "--key-file", "k.key", err="two kinds of archive")
    expect("an archive", (inside("s.dump.pandoarc")[:8], b"k.key" in inside("s.dump.pandoarc"), b"Grace" in inside("s.dump.pandoarc")), (b"PandoArc", True, False))
    # Each of the file's keys opens it.
    for number, key in enumerate([["--key-file", "k.key"], ["--wrap-command", "./kms"], transit, field]):
        pando("restore", f"sealed-r{number}.pando", "s.dump.pandoarc", *key, env=near, err="Restored 1 database, 1 table")
        pando("query", f"sealed-r{number}.pando", 'r.db("app").table("users").get("u2")("name")', *key, env=near, out="Grace")
    for number, key in enumerate([["key-file", "k.key"], ["key-command", "cat k.key"], ["wrap-command", "./kms"], ["vault-transit", "pando"], ["vault-kv", "secret/pando/app#key"]]):
        pando("restore", f"sealed-p{number}.pando", "s.dump.pandoarc", f"--archive-{key[0]}", key[1], env=near)
        pando("status", f"sealed-p{number}.pando")
    bad("restore", "sealed-none.pando", "s.dump.pandoarc", err="is encrypted with one of the keys")
    bad("restore", "sealed-none.pando", "s.dump.pandoarc", "--archive-key-file", "other.key", err="his is not the key of")
    bad("restore", "sealed-none.pando", "s.dump.pandoarc", "--archive-key-file", "none", "--archive-key-is-passphrase", err="There is no file none")
    note(["restore", "--archive-passphrase"], 1)
    status, shown = typed("\n", "restore", "sealed-none.pando", "s.dump.pandoarc", "--archive-passphrase")
    expect("an empty passphrase", (status, "The passphrase is empty" in shown), (1, True))
    # Through a pipe, where a copy is kept for a while that is encrypted as well.
    piped = subprocess.run([PANDO, "dump", "s.pando", "--encrypt", "-o", "-", "--key-file", "k.key"], cwd=FOLDER, capture_output=True, check=True).stdout
    pando("restore", "sealed-piped.pando", "-", "--key-file", "k.key", stdin=piped, err="Restored")
    # Cut off, longer, changed, with a key that isn't its own.
    whole = inside("s.dump.pandoarc")
    for name, content in [
            ("short", whole[:-1]), ("shorter", whole[:3648 + 15]), ("head", whole[:100]), ("longer", whole + b"x"), ("changed", whole[:-40] + bytes([whole[-40] ^ 1]) + whole[-39:]),
            ("salt", whole[:40] + bytes([whole[40] ^ 1]) + whole[41:])]:
        (FOLDER / "bad.pandoarc").write_bytes(content)
        bad("restore", "sealed-none.pando", "bad.pandoarc", "--key-file", "k.key", err="bad.pandoarc (is not what was written|is cut off|is damaged)")
    expect("what is left", (FOLDER / "sealed-none.pando").exists(), False)
    # Of a plain file, with a key of the archive's own.
    wrong("dump", ALONE, "--encrypt", "-o", "alone.pandoarc", err="--encrypt wants a key")
    pando("dump", ALONE, "--encrypt", "-o", "alone.pandoarc", "--key-file", "other.key", "-e", "app.users", "--compress", "none")
    expect("the names", b"Grace" in inside("alone.pandoarc"), False)
    pando("restore", "sealed-alone.pando", "alone.pandoarc", "--archive-key-file", "other.key")
    pando("query", "sealed-alone.pando", 'r.db("app").table("users").get("u2")("name")', out="Grace")
    # A delta of somebody who has no key.
    pando("backup", ALONE, "plain-base.pando")
    pando("backup", ALONE, "plain.delta", "--since", "plain-base.pando")
    bad("restore-chain", "sealed-base.pando", "plain.delta", "sealed-never.pando", "--key-file", "k.key", err="What is in plain.delta is not encrypted, but a key was given")


def vaults(vault, near, transit, field):
    """What may be wrong with Vault, by a stand-in for it (vault_standin.py): one line each."""
    def refused(key, err, **more):
        pando("status", "s.pando", *key, env={**near, **more}, status=1, err=err)

    wrong("status", "s.pando", *transit, err="Say where Vault is: --vault-addr")
    wrong("status", "s.pando", *transit, env={**near, "VAULT_ADDR": "http://vault.example:8200"}, err="in the clear")
    wrong("status", "s.pando", *transit, env={**near, "VAULT_ADDR": "vault"}, err="VAULT_ADDR is https://")
    wrong("status", "s.pando", "--vault-transit", "../sys", env=near, err="is no path in Vault")
    wrong("status", "s.pando", "--vault-kv", "secret/pando", env=near, err="is MOUNT/PATH#FIELD")
    wrong("status", "s.pando", *transit, *field, err="two places for one key")
    for key in [transit, field]:
        refused(key, "refuses .*permission denied", VAULT_TOKEN="no")
        refused(key, "refuses", VAULT_TOKEN="")
        refused(key, "No server answers", VAULT_ADDR="http://127.0.0.1:1")
        vault.sealed = True
        refused(key, "is sealed, or not ready: unseal it \\(Vault is sealed\\)")
        vault.sealed = False
        for status, err in [(429, "has too much to do"), (500, "answers 500")]:
            vault.failures = [status] * 3
            refused(key, err)
            vault.failures = [status] * 2
            pando("status", "s.pando", *key, env=near)
    refused(["--vault-transit", "another"], "answers 400 for the key transit/another \\(encryption key not found\\)")
    refused(["--vault-transit", "nowhere/pando"], "does not have the key nowhere/pando")
    refused(["--vault-kv", "secret/other#key"], "does not have the value secret/other")
    refused(["--vault-kv", "secret/pando/app#none"], "has no field none")
    refused(["--vault-kv", "secret/pando/app#short"], "gives no key")
    pando("status", "s.pando", "--vault-kv", "secret/pando/app#phrase", "--key-is-passphrase", env=near)
    refused(transit, "encryption key not found", VAULT_NAMESPACE="team")
    nonsense(vault, near, transit, field)
    # A role in place of a token, a namespace, an agent's socket, and a key that was rotated.
    secret = FOLDER / "secret-id"
    secret.write_text(vault_standin.SECRET + "\n")
    secret.chmod(0o600)
    role = {"VAULT_ADDR": vault.address, "PANDO_VAULT_ROLE_ID": vault_standin.ROLE}
    pando("status", "s.pando", *transit, env={**role, "PANDO_VAULT_SECRET_ID_FILE": "secret-id"})
    pando("status", "s.pando", *transit, "--vault-addr", vault.address, "--vault-role-id", vault_standin.ROLE, "--vault-secret-id-file", "secret-id",
          env={"VAULT_ADDR": "http://127.0.0.1:1", "VAULT_TOKEN": "no"})
    settings = FOLDER / "keys.conf"
    settings.write_text(f"vault-kv = secret/pando/app#key\nvault-addr = {vault.address}\nvault-role-id = {vault_standin.ROLE}\nvault-secret-id-file = secret-id\n")
    Server("s.pando", "--config", settings, "--driver-port", "none", "--pg-port", "none").stop()
    wrong("status", "s.pando", *transit, env=role, err="PANDO_VAULT_ROLE_ID goes with --vault-secret-id-file")
    bad("status", "s.pando", *transit, env={**role, "PANDO_VAULT_ROLE_ID": "x", "PANDO_VAULT_SECRET_ID_FILE": "secret-id"}, err="invalid role or secret ID")
    secret.chmod(0o644)
    bad("status", "s.pando", *transit, env={**role, "PANDO_VAULT_SECRET_ID_FILE": "secret-id"}, err="Others can read secret-id")
    pando("encrypt", ALONE, "sealed-theirs.pando", "--vault-transit", "theirs", env={**near, "VAULT_NAMESPACE": "team"})
    pando("status", "sealed-theirs.pando", "--vault-transit", "theirs", env={**near, "VAULT_NAMESPACE": "team"})
    agent = vault_standin.Vault(socket=str(FOLDER / "agent.sock"))
    agent.keys = vault.keys
    pando("status", "s.pando", *transit, env={"VAULT_ADDR": agent.address})
    bad("status", "s.pando", *transit, env={"VAULT_ADDR": f"unix://{FOLDER}/none.sock"}, err="Nobody answers at")
    vault.rotate()
    pando("rekey", "s.pando", *transit, "--new-vault-transit", "pando", env=near)
    expect("the version that the key is under", b"vault:v2:" in (FOLDER / "s.pando").read_bytes()[:4096], True)
    pando("status", "s.pando", *transit, env=near)
    pando("status", "s.pando", env={**near, "PANDO_VAULT_TRANSIT": "pando"})
    pando("status", "s.pando", env={**near, "PANDO_VAULT_KV": "secret/pando/app#key"})
    wrong("status", "s.pando", env={**near, "PANDO_VAULT_TRANSIT": "pando", "PANDO_KEY_FILE": "k.key"}, err="PANDO_KEY_FILE and PANDO_VAULT_TRANSIT are two places for one key")


def nonsense(vault, near, transit, field):
    """What is no answer of Vault's: one clear line each, in bounded time and memory."""
    def answer(body, status="200 OK", *fields):
        return "\r\n".join([f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *fields, "", body]).encode()

    def forever(head, piece, pause=0.0):
        def write(file):
            file.write(head)
            while True:
                file.write(piece)
                file.flush()
                time.sleep(pause)
        return write

    head = b"HTTP/1.1 200 OK\r\n"
    for what, err in [
            (answer("<html>"), "no JSON"), (answer(""), "no JSON"), (answer("[" * 60_000), "no JSON"), (answer("{}"), "without what was asked for"),
            (answer("[1]"), "without what was asked for"), (b"HTTP/1.1 204 No Content\r\n\r\n", "answers 204"),
            (answer("", "307 Temporary Redirect", "Location: https://other.example:8200/v1/x"), "sends on to https://other.example:8200/v1/x, which is not followed"),
            (answer(json.dumps({"errors": ["a\nb\x1b[2J" + "x" * 5000]}), "403 Forbidden"), r"\(a b \[2Jx{190,200}…\)\.$"),
            (b"", "ended the connection"), (head + b"Content-Length: 50\r\n\r\n{}", "ended the connection"), (b"SSH-2.0-x\r\n", "does not speak HTTP"),
            (forever(head, b"a: b\r\n" * 1000), "its head does not end"), (forever(head + b"Content-Length: 99999999999\r\n\r\n", b"x" * 65536), "more than 64 KiB"),
            (forever(head + b"Transfer-Encoding: chunked\r\n\r\n", b"4\r\nabcd\r\n" * 1000), "more than 64 KiB"),
            (forever(head + b"Content-Length: 100000\r\n\r\n", b" ", 0.5), "does not answer within 10 seconds")]:
        for key in [transit, field] if isinstance(what, bytes) else [transit]:
            vault.nonsense = [what] * 3
            began = time.monotonic()
            said = bad("status", "s.pando", *key, env=near, err=err).err
            expect(f"lines and seconds for {err}", (said.count("\n"), time.monotonic() - began < 15), (1, True))
            vault.nonsense = []
    for body in ['{"data": null}', '{"data": "x"}', '{"data": {"plaintext": 5}}', '{"data": {"plaintext": "?"}}', '{"data": {"plaintext": "AAAA"}}']:
        vault.nonsense = [answer(body)] * 3
        bad("status", "s.pando", *transit, env=near, err="not what its engine transit would|is not the key of")
        vault.nonsense = []
    vault.nonsense = [answer(json.dumps({"data": {"ciphertext": "vault:" + "A" * 2000}}))]
    bad("encrypt", ALONE, "sealed-never.pando", *transit, env=near, err="2006 bytes; 1 to 1,024 are allowed")
    # A key that Vault would not give back takes no other one's place.
    vault.nonsense = [answer(json.dumps({"data": {"ciphertext": "vault:v1:AAAA"}}))]
    bad("rekey", "s.pando", "--key-file", "k.key", "--new-vault-transit", "pando", "--new-key-name", "lost", env=near, err="answers 400 for the key transit/pando")
    pando("status", "s.pando", "--key-file", "k.key")
    expect("what is left", (FOLDER / "sealed-never.pando").exists(), False)


def general(at):
    names = pando("help", "--names").out.split()
    overview = pando("help").out
    for name in names:
        text = pando(name, "--help", "--quiet", out="(?m)^examples?:\n  .*pando ").out
        expect(f"help {name}", (pando("help", name).out, pando(name, "-h").out), (text, text))
        expect(f"{name} in help", bool(re.search(rf"(?m)^  {name} ", overview)), True)
        pando("help", "--man", name, out=r"^\.TH \"?PANDO\\-" + name.upper().replace("-", r"\\-"))
        near = {"--quite": "--quiet", "--hepl": "--help"}
        for misspelt, right in near.items():
            wrong(name, misspelt, err=f"There is no option {misspelt}. Did you mean {right}?")
        wrong(name, "--frobnicate", err=r"There is no option --frobnicate\.\n")
        wrong(name, "-Z", err="There is no option -Z")
        # A chain may be as long as one wants.
        if name != "restore-chain":
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
            if "-tls-" not in long and long not in used["options"] and short not in used["options"]:
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
        for part in [databases, tables, indexes, queries, searches, graphs, statements, shells, imports, exports, archives, users, looking, states, xml, copies, deltas, standbys, serving, encryption, general, terminals, memory]:
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
