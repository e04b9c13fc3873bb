#!/usr/bin/env python3
"""Texts that are searched, by every door: each finds the same documents, in the same order, with the same scores.

    pip install rethinkdb==2.4.10.post1 looseversion==1.3.0 "psycopg[binary]==3.3.9"
    search.py PANDO

Starts `PANDO serve` on a new file, imports a folder of texts that are made up, and asks by REST (page by page), by ReQL over HTTP as text
and as JSON, with RethinkDB's Python driver, with `pando search` at the server and on the file, and in SQL over HTTP and PostgreSQL's port.
What is found, and with which scores, is reckoned here besides. Then each parameter of REST's search, what is written meanwhile, and what
is asked badly, by every door: a clear error, a status from 400 to 499 over HTTP, and nothing lost; letters without spaces, limits, and
texts of 10 MB. PANDO is the executable. The seed is printed; PANDO_SEED sets it. Prints each step; the exit status is 1 if anything
differs.
"""

import base64
import contextlib
import http.client
import json
import math
import os
import random
import re
import subprocess
import sys
import tempfile
import time
import urllib.parse
from pathlib import Path

import psycopg
from rethinkdb import RethinkDB, errors

PANDO = os.path.abspath(sys.argv[1]) if len(sys.argv) > 1 else sys.exit(__doc__)
SEED = int(os.environ.get("PANDO_SEED", random.randrange(1 << 32)))
LETTERS = "abcdefghijklmnopqrstuvwxyz"
# A field of a document has places for so many words.
PLACES = 65_536
r = RethinkDB()


class Failure(Exception):
    pass


def require(what, condition, seen=""):
    if not condition:
        raise Failure(f"{what}: {str(seen)[:1000]}")


def expect(what, got, wanted):
    require(what, got == wanted, f"{str(got)[:500]} instead of {str(wanted)[:500]}")


def step(name):
    print(name, flush=True)


# MARK: Doors


class Server:
    """A server on a new file, and the doors to it."""

    def __init__(self, folder):
        self.path = f"{folder}/search.pando"
        options = ["--bind", "127.0.0.1", "--http-port", "0", "--driver-port", "0", "--pg-port", "0", "--quiet"]
        self.process = subprocess.Popen([PANDO, "serve", self.path, *options], stdout=subprocess.PIPE, text=True)
        self.ports = {}
        while len(self.ports) < 3:
            line = self.process.stdout.readline()
            require("the server says its ports", line)
            name, port = re.match(r"(\w+)://.*:(\d+)$", line.strip()).groups()
            self.ports[name] = int(port)
        self.driver = r.connect(port=self.ports["rethinkdb"], db="app")
        self.at = ["--connect", f"127.0.0.1:{self.ports['http']}"]

    def ask(self, method, target, body=None, **fields):
        """The status, the answer, which is read if it is JSON, and the fields."""
        connection = http.client.HTTPConnection("127.0.0.1", self.ports["http"], timeout=120)
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
            fields.setdefault("Content_Type", "application/json")
        connection.request(method, target, body, {name.replace("_", "-"): value for name, value in fields.items()})
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        if text and answer.headers["Content-Type"] in ("application/json", "application/problem+json"):
            text = json.loads(text)
        return answer.status, text, answer.headers

    def get(self, table, header={}, /, **parameters):
        """A search by REST. `as_` stands for `as`."""
        named = {name.rstrip("_"): value for name, value in parameters.items()}
        return self.ask("GET", f"/app/{table}?{urllib.parse.urlencode(named)}", **header)

    def ok(self, method, target, body=None, **fields):
        status, answer, _ = self.ask(method, target, body, **fields)
        require(f"{method} {target}", status < 300, answer)
        return answer

    def reql(self, query, **others):
        return self.ok("POST", "/_reql", {"query": query, "db": "app", **others})["result"]

    def sql(self, statement, *parameters):
        return self.ok("POST", "/_sql", {"query": statement, "params": parameters, "db": "app", "rows": "arrays"})["result"]

    def command(self, *words):
        return subprocess.run([PANDO, *words], capture_output=True, text=True, timeout=120)

    def psycopg(self):
        return psycopg.connect(host="127.0.0.1", port=self.ports["postgresql"], user="admin", dbname="app", autocommit=True)


# MARK: What is right


class Texts:
    """BM25, as docs/SEARCH.md has it, over texts of words of small letters with blanks between."""

    STEPS = [32, 33, 35, 36, 38, 40, 41, 43, 45, 47, 49, 52, 54, 56, 59, 61]

    def __init__(self, texts):
        self.words = {key: text.split() for key, text in texts.items()}
        self.average = sum(map(len, self.words.values())) / len(self.words)

    def length(self, key):
        """Lengths are kept in a byte: from 32 on in steps."""
        length = len(self.words[key])
        if length < 32:
            return length
        doublings = length.bit_length() - 6
        return max(step for step in self.STEPS if step <= length >> doublings) << doublings

    def counts(self, matches):
        counts = {key: sum(map(matches, words)) for key, words in self.words.items()}
        return {key: count for key, count in counts.items() if count}

    def scores(self, counts):
        rarity = math.log(1 + (len(self.words) - len(counts) + 0.5) / (len(counts) + 0.5)) * 2.2
        norms = {key: 1.2 * (0.25 + 0.75 * self.length(key) / self.average) for key in counts}
        return {key: rarity * count / (count + norms[key]) for key, count in counts.items()}

    def part(self, part):
        """The scores of the texts that have a word, the beginning of one, or words that follow each other."""
        if part.endswith("*"):
            return self.scores(self.counts(lambda word: word.startswith(part[:-1])))
        phrase = part.split()
        found = self.words
        if len(phrase) > 1:
            ends = range(len(phrase))
            found = {key for key, words in self.words.items() if any(phrase == words[at : at + len(ends)] for at in range(len(words)))}
        parts = [self.scores(self.counts(lambda word, wanted=wanted: word == wanted)) for wanted in phrase]
        keys = set(found).intersection(*parts)
        return {key: sum(scores[key] for scores in parts) for key in keys}

    def search(self, groups, excluded=()):
        """Of each group one part has to be met. The best first, then by key."""
        total = None
        for group in groups:
            met = {}
            for part in group:
                for key, score in self.part(part).items():
                    met[key] = met.get(key, 0) + score
            total = met if total is None else {key: total[key] + met[key] for key in total.keys() & met.keys()}
        for part in excluded:
            for key in self.part(part):
                total.pop(key, None)
        return sorted(total.items(), key=lambda found: (-found[1], found[0]))


def written(groups, excluded=()):
    """What people type for it."""
    quoted = [[f'"{part}"' if " " in part else part for part in group] for group in [*groups, excluded]]
    return " ".join([" OR ".join(group) for group in quoted[:-1]] + ["-" + part for part in quoted[-1]])


def tsquery(groups, excluded=()):
    """The same for `to_tsquery`."""
    def item(part):
        return part[:-1] + ":*" if part.endswith("*") else "(" + " <-> ".join(part.split()) + ")"

    return " & ".join(["(" + " | ".join(map(item, group)) + ")" for group in groups] + ["!" + item(part) for part in excluded])


# MARK: The same by every door


def by_rest(server, words):
    """Page by page, as the field Link says."""
    found = []
    target = "/app/notes?" + urllib.parse.urlencode({"q": words, "index": "words", "as": "found", "limit": 17})
    while target:
        status, page, fields = server.ask("GET", target)
        expect(f"the status of {target}", status, 200)
        found += [(row["id"], row["found"]["score"]) for row in page]
        link = re.match(r'<(.*)>; rel="next"$', fields.get("Link", ""))
        require("a page that is followed by another is full", not link or len(page) == 17, page)
        target = link and link.group(1)
    return found


def pairs(rows):
    return [(row["id"], row["found"]["score"]) for row in rows]


def by_command(server, place, words):
    options = ["--index", "words", "--scores", "--limit", "1000", "--format", "ndjson", "--fields", "id"]
    done = server.command("search", *place, "app.notes", words, *options)
    expect(f"the status of pando search: {done.stderr}", done.returncode, 0)
    return pairs(map(json.loads, done.stdout.splitlines()))


TABLE = [15, [[14, ["app"]], "notes"]]
OPTIONS = {"index": "words", "as": "found"}
SCORED = "SELECT id, pando.score(pages) FROM pages WHERE words @@ to_tsquery('simple', {}) ORDER BY 2 DESC, id"


def doors(server):
    """By their names, what each finds for words: keys and scores, in order."""
    term = r.db("app").table("notes")
    text = 'r.db("app").table("notes")'
    return {
        "REST": lambda words: by_rest(server, words),
        "ReQL": lambda words: pairs(server.reql(f'{text}.search({json.dumps(words)}, {{index: "words", as: "found"}})')),
        "ReQL that goes on from a table": lambda words: pairs(
            server.ok("POST", "/app/notes/_query", {"query": f'search({json.dumps(words)}, {{index: "words", as: "found"}})'})["result"]
        ),
        "ReQL as JSON": lambda words: pairs(server.reql([1000, [TABLE, words], OPTIONS])),
        "getAll as JSON": lambda words: pairs(server.reql([78, [TABLE, words], OPTIONS])),
        "the driver": lambda words: pairs(term.get_all(words, index="words", **{"as": "found"}).run(server.driver)),
    }


def alike(one, other):
    return len(one) == len(other) and all(a[0] == b[0] and math.isclose(a[1], b[1], rel_tol=1e-9) for a, b in zip(one, other))


def agree(server, what, right, words, query, commands=False):
    """All doors find what is right. Scores that are the same but for their last digits may be in either order here."""
    first = by_rest(server, words)
    expect(f"{what}, the order", first, sorted(first, key=lambda found: (-found[1], found[0])))
    require(f"{what} is found", alike(sorted(first), sorted(right)), (first[:5], right[:5], len(first), len(right)))
    asked = doors(server)
    if commands:
        for name, place in [("pando search at the server", server.at), ("pando search on the file", [server.path])]:
            asked[name] = lambda words, place=place: by_command(server, place, words)
    for name, door in asked.items():
        expect(f"{what} by {name}", door(words), first)
    counted = server.reql(f'r.table("notes").search({json.dumps(words)}, {{index: "words"}}).count()')
    expect(f"{what}, counted", counted, len(right))
    # SQL has an index of its own, with the same words here.
    by_http = [tuple(row) for row in server.sql(SCORED.format("$1"), query)]
    with server.psycopg() as connection:
        by_port = connection.execute(SCORED.format("%s"), (query,)).fetchall()
    expect(f"{what} in SQL by both ports", by_http, by_port)
    require(f"{what} in SQL", alike(sorted(by_port), sorted(first)), (by_port[:5], first[:5]))


def same_everywhere(server, texts, vocabulary):
    step("words, phrases, beginnings, either, without: the same by every door")
    truth = Texts(texts)
    a, b, c, d = (random.choice(vocabulary[start : start + 8]) for start in (0, 8, 20, 60))
    some = truth.words[random.choice(list(texts))]
    at = random.randrange(len(some) - 4)
    for groups, excluded in [
        ([[a]], []), ([[vocabulary[-1]]], []), ([[a], [b]], []), ([[a, c, d]], []), ([[a], [c, d]], []), ([[a], [b]], [c]),
        ([[" ".join(some[at : at + 2])]], []), ([[" ".join(some[at : at + 3])]], []), ([[" ".join(some[at : at + 2]), c]], [d]),
        ([[a[:2] + "*"]], []), ([[a[:2] + "*", b[:3] + "*"], [c]], []), ([[a]], [b[:2] + "*"]), ([["nowhere"]], []),
        ([[a], ["nowhere"]], []),
    ]:  # fmt: skip
        words = written(groups, excluded)
        right = truth.search(groups, excluded)
        agree(server, f"`{words}`", right, words, tsquery(groups, excluded), commands=not groups[0][0].isalpha() or bool(excluded))


# MARK: The parameters of REST


POSTS = [
    {"id": 1, "title": "Trees of pages", "body": "A tree is written by copy on write."},
    {"id": 2, "title": "Logs", "body": "What is written goes to a log first; <b>a log</b> & \"more\" of 'it'."},
    {"id": 3, "title": "Phones", "body": "A telephone in Zürich.", "tags": ["old", "things, and trees"]},
    {"id": 4, "title": None, "body": 5, "tags": [1, {"a": "tree"}, ["trees in woods with shade"], None]},
    {"id": 5, "body": {"title": "tree"}},
]


def parameters(server):
    step("REST: each parameter of a search")
    server.ok("PUT", "/app/posts")
    server.ok("POST", "/app/posts", POSTS)
    index = {"name": "all", "text": "english", "fields": {"title": 4, "body": 1, "tags": 1}}
    server.ok("POST", "/app/posts/_index", index)
    server.ok("POST", "/app/posts/_index", {"name": "plain", "text": {"language": "simple"}, "fields": ["body"]})
    server.reql('r.table("posts").indexWait()')

    def keys(**parameters):
        status, rows, _ = server.get("posts", **parameters)
        expect(f"the status for {parameters}: {rows}", status, 200)
        return [row["id"] for row in rows]

    # The weight of the title: the first has the word in it.
    expect("index", (keys(q="trees", index="all"), keys(q="trees", index="plain"), keys(q="tree", index="plain")), ([1, 4, 3], [], [1]))
    status, answer, _ = server.get("posts", q="tree")
    require("several indexes, none named", 400 <= status < 500 and "`all`" in answer["detail"] and "`plain`" in answer["detail"], answer)
    server.ok("DELETE", "/app/posts/_index/plain")
    expect("the only index", keys(q="trees"), [1, 4, 3])
    expect("a document as it is", server.get("posts", q="copy")[1], [POSTS[0]])
    expect("a field", (keys(q="title:tree"), keys(q="body:tree"), keys(q="tags:tree")), ([1], [1], [4, 3]))

    rows = server.get("posts", q="trees", as_="found")[1]
    expect("as", [set(row["found"]) for row in rows], [{"score"}] * 3)
    scores = [row["found"]["score"] for row in rows]
    expect("as, in order", scores, sorted(scores, reverse=True))
    expect("as another field", [row["how"]["score"] for row in server.get("posts", q="trees", as_="how")[1]], scores)

    rows = server.get("posts", q="log", highlight="body,title")[1]
    marked = "What is written goes to a <b>log</b> first; &lt;b&gt;a <b>log</b>&lt;/b&gt; &amp; &quot;more&quot; of &#39;it&#39;."
    expect("highlight", rows[0]["found"]["highlight"], {"body": marked, "title": "<b>Logs</b>"})
    expect("highlight of one", server.get("posts", q="log", highlight="title")[1][0]["found"]["highlight"], {"title": "<b>Logs</b>"})
    rows = server.get("posts", q="trees", highlight="tags,title", as_="how")[1]
    expect("highlight of texts in an array", rows[2]["how"]["highlight"], {"tags": ["things, and <b>trees</b>"]})

    expect("fuzzy", (keys(q="telepone", fuzzy="true"), keys(q="telepone", fuzzy="false"), keys(q="telepone")), ([3], [], []))
    expect("typos of two letters", (keys(q="tellephonne", fuzzy="true"), keys(q="telepone~"), keys(q="tree~")), ([3], [3], [1, 4, 3]))
    expect("operator or", sorted(keys(q="tree log", operator="or")), [1, 2, 3, 4])
    expect("operator and", (keys(q="tree log", operator="and"), keys(q="tree log")), ([], []))
    expect("prefix", (keys(q="written lo", prefix="last"), keys(q="lo written", prefix="last"), keys(q="written lo")), ([2], [], []))
    expect("marks", (keys(q="zurich"), keys(q="ZÜRICH"), keys(q='"copy on write"')), ([3], [3], [1]))
    expect("texts of an array are apart", (keys(q='"old things"'), keys(q='"old things"~50'), keys(q='"things trees"~1')), ([], [], [3]))
    expect("what is no text has no words", (keys(q="5"), keys(q="body:title"), keys(q="nowhere:tree")), ([], [], []))
    expect("words that are near", (keys(q='"write tree"~5'), keys(q='"write tree"~4')), ([1], []))
    expect("nothing to look for", [keys(q=text) for text in ("", " ", "the", '"', "-tree", "*", "~", "( )")], [[]] * 8)

    # Pages, whose cursor is a score and a key: documents with equal scores follow each other by keys of any kind.
    alike = [{"id": key, "t": "same words"} for key in (7, -1.5, "7", "ä", "a", [1, "x"], [1], True, False)]
    server.ok("PUT", "/app/alike")
    server.ok("POST", "/app/alike", alike)
    server.ok("POST", "/app/alike/_index", {"name": "t", "text": "simple"})
    server.reql('r.table("alike").indexWait()')
    for limit in (1, 2, 4, 8, 9, 10):
        target, found, pages = f"/app/alike?q=same&limit={limit}", [], 0
        while target:
            status, page, fields = server.ask("GET", target)
            found += [row["id"] for row in page]
            pages += 1
            link = re.match("<(.*)>", fields.get("Link", ""))
            target = link and link.group(1)
        expect(f"pages of {limit}", (found, pages), (server.reql('r.table("alike").orderBy({index: "id"})("id")'), -(-9 // limit)))

    # Other forms.
    status, lines, _ = server.get("posts", {"Accept": "application/x-ndjson"}, q="trees", as_="found", limit=2)
    expect("lines", [json.loads(line) for line in lines.splitlines()], server.get("posts", q="trees", as_="found")[1][:2])
    status, table, fields = server.get("posts", {"Accept": "text/csv"}, q="trees", fields="title,id", limit=1)
    expect("fields of a table", table, b"title,id\r\nTrees of pages,1\r\n")
    status, table, _ = server.ask("GET", re.match("<(.*)>", fields["Link"]).group(1), Accept="text/csv")
    expect("fields of its next page", table, b"title,id\r\n,4\r\n")
    status, table, _ = server.get("posts", {"Accept": "text/csv"}, q="trees", limit=1, as_="found")
    score = json.dumps({"score": scores[0]}, separators=(",", ":")).replace('"', '""')
    expect("a table", table.decode(), f'id,body,found,title\r\n1,A tree is written by copy on write.,"{score}",Trees of pages\r\n')
    status, page, _ = server.get("posts", {"Accept": "application/xml"}, q="logs")
    expect("XML", (status, re.findall("<id>(.*?)</id>|<title>(.*?)</title>", page.decode())), (200, [("2", ""), ("", "Logs")]))
    status, page, fields = server.ask("HEAD", "/app/posts?q=trees&limit=1")
    expect("HEAD", (status, page, "Link" in fields), (200, b"", True))

    # A state of the past.
    server.ok("PUT", "/_admin/states/before")
    server.ok("PATCH", "/app/posts/_doc?key=1", {"title": "Bushes", "body": "none"})
    expect("as_of", (keys(q="trees"), keys(q="trees", as_of="before"), keys(q="bushes", as_of="before")), ([4, 3], [1, 4, 3], []))
    link = server.get("posts", q="trees", as_of="before", limit=1)[2]["Link"]
    require("its next page is of the same state", "as_of=before" in link, link)
    server.ok("DELETE", "/_admin/states/before")

    # What a search hasn't, or can't have.
    for name, value in [
        ("limit", 0), ("limit", 10_001), ("limit", "x"), ("limit", ""), ("fuzzy", "yes"), ("fuzzy", ""), ("operator", "xor"),
        ("prefix", "first"), ("highlight", "none"), ("highlight", "title,none"), ("index", "none"), ("index", ""), ("cursor", "x"),
        ("cursor", "[1]"), ("cursor", '["a", 1]'), ("cursor", "[1, {}]"), ("cursor", "[1, null]"), ("fields", "id"), ("offset", 1),
        ("skip", 1), ("snippet", "body"), ("all", "true"), ("as_of", "never"), ("nonsense", 1),
    ]:  # fmt: skip
        status, answer, _ = server.get("posts", q="tree", **{name: value})
        require(f"{name}={value}", 400 <= status < 500 and answer["status"] == status and len(answer["detail"]) > 10, answer)
    for name in ("index", "as", "highlight", "fuzzy", "operator", "prefix"):
        status, answer, _ = server.ask("GET", f"/app/posts?{name}={'true' if name == 'fuzzy' else 'x'}")
        require(f"{name} without q", 400 <= status < 500 and answer["status"] == status, answer)
    for asked, right in [
        ("q=tree&fields=id", 400), ("q=tree&cursor=x", 400), ("q=tree&cursor=[1]", 400), ("q=tree&all=true", 400), ("index=all", 400),
        ("all=true&index=none&fuzzy=maybe", 400), ("all=true&index=all", 400), ("fuzzy=maybe", 400), ("q=tree&index=none", 404),
        ("q=tree&as=id", 422), ("q=tree&highlight=none", 422),
    ]:  # fmt: skip
        expect(asked, server.ask("GET", f"/app/posts?{asked}")[0], right)
    status, answer, _ = server.ask("GET", "/app/posts?q=tree&q=log")
    expect("q twice", (status, answer["status"]), (400, 400))
    expect("a form that there isn't", server.get("posts", {"Accept": "text/plain"}, q="tree")[0], 406)


# MARK: Options that REST hasn't


def made(value):
    """An array is a term of its own."""
    return [2, [made(part) for part in value]] if isinstance(value, list) else value


def options(server):
    step("ReQL: snippets, marks, synonyms, several texts, by text, JSON and the driver")
    posts = r.db("app").table("posts")
    table = [15, [[14, ["app"]], "posts"]]
    for words, given, field, right in [
        ("log", {"snippet": {"body": 4}}, "snippet", {2: {"body": "…<b>log</b> first; &lt;b&gt;a <b>log</b>…"}}),
        ("logs", {"highlight": True, "pre": "[", "post": "]"}, "highlight", None),
        ("zurich", {"highlight": ["body"], "pre": "", "post": ""}, "highlight", {3: {"body": "A telephone in Zürich."}}),
        ("hotline", {"synonyms": [["hotline", "telephone", "help desk"]]}, None, None),
        ("hotline", {"synonyms": [["hotline", "telephone"]], "highlight": ["body"], "pre": "*", "post": ""}, "highlight",
         {3: {"body": "A *telephone in Zürich."}}),
        ("telepone", {"fuzzy": True, "as": "found"}, "score", None),
        ("written lo", {"prefix": "last", "as": "found"}, "score", None),
        ("tree log", {"operator": "or", "as": "found"}, "score", None),
    ]:  # fmt: skip
        if "snippet" in given:
            given = {**given, "escape": "html"}
        by_text = server.reql(f'r.table("posts").search({json.dumps(words)}, {json.dumps(given)})')
        require(f"{words} {given} finds something", by_text)
        as_json = [1000, [table, words], {name: made(value) for name, value in given.items()}]
        expect(f"{words} {given} as JSON", server.reql(as_json), by_text)
        expect(f"{words} {given} by the driver", list(posts.get_all(words, index="all", **given).run(server.driver)), by_text)
        if right:
            expect(f"{words} {given}", {row["id"]: row["found"][field] for row in by_text}, right)
    both = [row["id"] for row in posts.get_all("tree", "logs", index="all").run(server.driver)]
    expect("several texts", (sorted(both), both), ([2, 3, 4], server.reql('r.table("posts").getAll("tree", "logs", {index: "all"})("id")')))


# MARK: Writing


def writing(server, texts, vocabulary):
    step("what is inserted, changed and removed by each door is found, or isn't any more, by all")
    notes = r.db("app").table("notes")
    keys = list(texts)
    for number in range(30):
        key, text = f"new/{number}.txt", made_up(vocabulary)
        texts[key] = text
        if number % 3 == 0:
            server.ok("PUT", "/app/notes/_doc?key=" + urllib.parse.quote(json.dumps(key)), {"text": text})
        elif number % 3 == 1:
            notes.insert({"id": key, "text": text}).run(server.driver)
        else:
            server.reql(f'r.table("notes").insert({{id: {json.dumps(key)}, text: {json.dumps(text)}}})')
        server.sql("INSERT INTO pages VALUES ($1, $2)", key, text)
    for number, key in enumerate(random.sample(keys, 30)):
        target = "/app/notes/_doc?key=" + urllib.parse.quote(json.dumps(key))
        if number % 2:
            del texts[key]
            server.ok("DELETE", target) if number % 4 == 1 else notes.get(key).delete().run(server.driver)
            server.sql("DELETE FROM pages WHERE id = $1", key)
            continue
        texts[key] = made_up(vocabulary)
        server.ok("PATCH", target, {"text": texts[key]}) if number % 4 else notes.get(key).update({"text": texts[key]}).run(server.driver)
        server.sql("UPDATE pages SET text = $2 WHERE id = $1", key, texts[key])
    truth = Texts(texts)
    a, b, c, d, e, f = (vocabulary[place] for place in (1, 9, 2, 40, 3, 5))
    queries = [([[a]], []), ([[b], [c, d]], [e]), ([[f[:2] + "*"]], [])]
    for groups, excluded in queries:
        words = written(groups, excluded)
        right = sorted(key for key, _ in truth.search(groups, excluded))
        # Until what was removed is merged away it counts, so scores are a little other ones.
        found = {name: door(words) for name, door in doors(server).items()}
        for name, rows in found.items():
            expect(f"`{words}` by {name}", (sorted(key for key, _ in rows), rows), (right, found["REST"]))
        rows = server.sql("SELECT id FROM pages WHERE words @@ to_tsquery('simple', $1) ORDER BY 1", tsquery(groups, excluded))
        expect(f"`{words}` in SQL", [key for (key,) in rows], right)
    # Another index, made of what there is now.
    server.reql('r.table("notes").indexCreate("again", {text: "simple", fields: ["text"]})')
    server.reql('r.table("notes").indexWait("again")')
    server.reql('r.table("notes").indexRename("again", "words", {overwrite: true})')
    server.sql("DROP INDEX pages_words")
    server.sql("CREATE INDEX pages_words ON pages USING gin (words)")
    for groups, excluded in queries:
        agree(server, f"`{written(groups, excluded)}` of a new index", truth.search(groups, excluded), written(groups, excluded),
              tsquery(groups, excluded))  # fmt: skip


def apart(server):
    step("a transaction finds what it has written, and nobody else does; who may not read finds nothing")
    server.ok("PUT", "/app/apart")
    server.ok("POST", "/app/apart/_index", {"name": "t", "text": "simple"})
    server.reql('r.table("apart").indexWait()')
    server.ok("POST", "/app/apart", [{"id": 1, "t": "alpha"}, {"id": 2, "t": "beta"}])
    inside = {"Pando_Transaction": server.ok("POST", "/_transaction/begin", {})["transaction"]}
    server.ok("PUT", "/app/apart/_doc?key=3", {"t": "alpha gamma"}, **inside)
    server.ok("DELETE", "/app/apart/_doc?key=1", **inside)

    def found(words, fields):
        status, rows, _ = server.get("apart", fields, q=words)
        count = {"query": f'r.table("apart").search({json.dumps(words)}).count()', "db": "app"}
        expect(f"{words}, counted", (status, server.ok("POST", "/_reql", count, **fields)["result"]), (200, len(rows)))
        return [row["id"] for row in rows]

    expect("inside", (found("alpha", inside), found("gam*", inside), found("beta", inside)), ([3], [3], [2]))
    expect("outside", (found("alpha", {}), found("gam*", {})), ([1], []))
    server.ok("POST", "/_transaction/rollback", **inside)
    expect("after the rollback", (found("alpha", {}), found("gam*", {})), ([1], []))

    server.ok("POST", "/_admin/users", {"name": "ada", "password": "secret", "permissions": []})
    ada = {"Authorization": "Basic " + base64.b64encode(b"ada:secret").decode()}
    for target, body in [
        ("/app/apart?q=alpha", None), ("/app/apart?q=alpha&index=none", None), ("/app/apart?q=a*", None),
        *[("/_reql", {"query": f'r.table("apart").{query}', "db": "app", **more}) for more in ({}, {"explain": True})
          for query in ('search("alpha")', 'search("alpha").count()', 'getAll("alpha", {index: "t"})', 'search("a*")')],
    ]:  # fmt: skip
        status, answer, _ = server.ask("POST" if body else "GET", target, body, **ada)
        expect(f"{target} {body} of who may not read", (status, answer["code"]), (403, "permission_error"))
    server.ok("DELETE", "/_admin/users/ada")


# MARK: Bad input


def refused(server, what, pattern, reql, term, driver, rest=None, command=None):
    """By each door an error that says what is wrong. What a door can't say isn't asked of it."""
    tried = {"ReQL": {"query": reql, "db": "app"}, "ReQL as JSON": {"query": term, "db": "app"}}
    for name, body in tried.items():
        status, answer, _ = server.ask("POST", "/_reql", body)
        require(f"{what} by {name}", 400 <= status < 500 and re.search(pattern, answer.get("detail", "")), (status, answer))
    if rest:
        status, answer, _ = server.ask(*rest)
        # A line of a request has a limit of its own.
        found = status == 414 or re.search(pattern, answer.get("detail", ""))
        require(f"{what} by REST", 400 <= status < 500 and answer["status"] == status and found, (status, answer))
    if driver:
        try:
            seen = driver.run(server.driver)
            raise Failure(f"{what} by the driver: no error, but {str(list(seen))[:200]}")
        except errors.ReqlError as error:
            require(f"{what} by the driver", re.search(pattern, error.message), error.message)
    for place in (server.at, [server.path]) if command else ():
        # A server has the file: who would write to it is told so.
        writes = command[0] == "index" and place is not server.at
        done = server.command(command[0], *place, *command[1:])
        require(f"{what} by pando {' '.join(command)[:60]}", done.returncode in (1, 2), done)
        require(f"{what} by pando {' '.join(command)[:60]}", writes or re.search(pattern, done.stderr), done.stderr)
        require("it prints no data", not done.stdout, done.stdout)


def badly_asked(server, what, pattern, words, table="posts", **given):
    """A search that is refused."""
    options = {name.rstrip("_"): value for name, value in given.items()}
    rest = command = None
    if not options.keys() - {"index", "operator", "prefix", "highlight", "fuzzy"}:
        named = {name: ",".join(value) if isinstance(value, list) else value for name, value in options.items()}
        rest = ("GET", f"/app/{table}?{urllib.parse.urlencode({'q': words, **named})}")
    if not options.keys() - {"index", "highlight"}:
        named = [part for name, value in options.items() for part in (f"--{name}", value if isinstance(value, str) else ",".join(value))]
        command = ["search", f"app.{table}", *named, "--", words] if len(words) < 100_000 else None
    # To the driver a table's other indexes are those of `get_all`.
    driver = None if options.get("index") == "title" else r.db("app").table(table).get_all(words, **{"index": "all", **options})
    reql = f'r.table("{table}").search({json.dumps(words)}, {json.dumps(options)})'
    term = [1000, [[15, [[14, ["app"]], table]], words], {name: made(value) for name, value in options.items()}]
    refused(server, what, pattern, reql, term, driver, rest, command)


def bad_index(server, what, pattern, given, fields=None, command=None):
    """A text index that can't be made."""
    options = {name.rstrip("_"): value for name, value in given.items()}
    body = {"name": "bad", **options}
    reql = f'r.table("posts").indexCreate("bad", {json.dumps(options)})'
    term = [75, [[15, [[14, ["app"]], "posts"]], "bad"], {name: made(value) for name, value in options.items()}]
    driver = r.db("app").table("posts").index_create("bad", **options)
    refused(server, what, pattern, reql, term, driver, ("POST", "/app/posts/_index", body),
            command and ["index", "create", "app.posts", "bad", *command])  # fmt: skip


def bad_input(server):
    step("bad input by every door: a clear error, and nothing lost")
    # Words with one beginning, and words that have two letters of another word exchanged.
    wide = [f"wo{number:04}" for number in range(1_030)]
    similar = {}
    while len(similar) < 1_100:
        word = list("abcdefghij")
        for place in random.sample(range(1, 10), 2):
            word[place] = random.choice(LETTERS)
        similar["".join(word)] = None
    wide += similar
    server.ok("PUT", "/app/wide")
    server.ok("POST", "/app/wide/_index", {"name": "all", "text": "simple", "fields": ["t"]})
    server.ok("POST", "/app/wide", [{"id": 1, "t": " ".join(wide[:600])}, {"id": 2, "t": " ".join(wide[500:])}])
    server.ok("POST", "/app/posts/_index", {"name": "title"})
    server.reql('[r.table("posts").indexWait(), r.table("wide").indexWait()]')
    before = held(server)

    badly_asked(server, "an index that isn't there", "`none` was not found", "tree", index="none")
    badly_asked(server, "an index of another kind", "`title` is not a text index", "tree", index="title")
    badly_asked(server, "a table without one", "no text index|`all` was not found|none", "tree", table="alone")
    badly_asked(server, "an option that there isn't", "nonsense", "tree", nonsense=1)
    for name, value, pattern in [
        ("operator", "xor", "operator"), ("prefix", "first", "prefix"), ("highlight", ["none"], "`none`.*`body`"),
        ("snippet", {"none": 3}, "`none`.*`body`"), ("snippet", {"body": 0}, "snippet"), ("snippet", {"body": 10_001}, "10000"),
        ("snippet", 3, "snippet"), ("escape", "xml", "escape"), ("synonyms", [[1]], "synonyms"),
        ("synonyms", [["a"] * 1_001], "1000"), ("as_", 1, "STRING"), ("pre", 1, "STRING"),
    ]:  # fmt: skip
        badly_asked(server, f"{name} {value}"[:60], pattern, "tree", **{name: value})
    badly_asked(server, "1,001 words", "1001 words.*1000", "x " * 1_001)
    badly_asked(server, "1,001 words in a phrase", "1001 words.*1000", f'"{"x " * 1_001}"')
    badly_asked(server, "more than 64 KiB", "65537 bytes.*65536", "x" * 65_537)
    for words in ("a*", "tree a*", "-a*", "title:a*", "tree OR ä*"):
        badly_asked(server, words, "two letters", words)
    badly_asked(server, "a beginning of 1,030 words", "1030 words.*1024", "wo*", table="wide")
    badly_asked(server, "the last word is a beginning of 1,030", "1030 words.*1024", "wo", table="wide", prefix="last")
    badly_asked(server, "a typo of 1,100 words", "1100 words.*1024", "abcdefghij~", table="wide")
    badly_asked(server, "the same with fuzzy", "1100 words.*1024", "abcdefghij", table="wide", fuzzy="true")
    expect("fewer are looked for", server.reql('r.table("wide").search("wo00*").count()'), 1)

    bad_index(server, "a language that there isn't", "`klingon`.*english", {"text": "klingon"}, command=["--text", "klingon"])
    bad_index(server, "the same in an object", "`klingon`.*english", {"text": {"language": "klingon"}})
    bad_index(server, "an option of text that there isn't", "nonsense", {"text": {"language": "english", "nonsense": True}})
    bad_index(server, "text that is none", "text", {"text": 1})
    bad_index(server, "words to leave out that are none", "stop", {"text": {"language": "english", "stop": 5}})
    bad_index(server, "no fields", "1 to 64", {"text": "english", "fields": []})
    bad_index(server, "too many fields", "1 to 64", {"text": "english", "fields": [f"f{number}" for number in range(65)]})
    for weight in (0, 1_001, 1.5, "x"):
        bad_index(server, f"the weight {weight}", "weight of `a`", {"text": "english", "fields": {"a": weight}})
    bad_index(server, "the weight 0 by a command", "weight of `a`|number", {"text": "english", "fields": {"a": 0}},
              command=["--text", "english", "--fields", "a=0"])  # fmt: skip
    for kind in ("multi", "geo", "unique"):
        bad_index(server, f"text and {kind}", f"`?{kind}", {"text": "english", kind: True}, command=["--text", "english", f"--{kind}"])
    posts = r.db("app").table("posts")
    table, text = [15, [[14, ["app"]], "posts"]], 'r.table("posts")'
    for what, pattern, reql, term, driver in [
        ("between", "only `search`", '.between("a", "b", {index: "all"})', [182, [table, "a", "b"], {"index": "all"}],
         posts.between("a", "b", index="all")),
        ("orderBy", "only `search`", '.orderBy({index: "all"})', [41, [table], {"index": "all"}], posts.order_by(index="all")),
        ("a number", "STRING", ".search(5)", [1000, [table, 5]], posts.get_all(5, index="all")),
        ("changes with scores", "scores", '.search("a", {as: "f"}).changes()', [152, [[1000, [table, "a"], {"as": "f"}]]],
         posts.get_all("a", index="all", **{"as": "f"}).changes()),
    ]:  # fmt: skip
        refused(server, what, pattern, text + reql, term, driver)

    # Halves of a pair of surrogates are no characters, and what no character has been given yet is one.
    for body in (b'{"id": 9, "body": "a \\ud800 b"}', b'{"id": 9, "body": "a \xed\xa0\x80 b"}', b'{"id": 9, "body": "a \xff b"}'):
        status, answer, _ = server.ask("POST", "/app/posts", body, Content_Type="application/json")
        require(f"{body}", status == 400 and answer["status"] == 400, answer)
    for text in ("%ed%a0%80", "%f0%9f%98", "%ff", "%zz"):
        status, answer, _ = server.ask("GET", f"/app/posts?q=tree+{text}")
        require(text, status == 400 and answer["status"] == 400, answer)
    half = b'{"query": "r.table(\'posts\').search(\'\\ud800\')", "db": "app"}'
    status, answer, _ = server.ask("POST", "/_reql", half, Content_Type="application/json")
    require("half of a pair in a query", 400 <= status < 500, answer)
    for text in ("\U000e0fff", "\u0378", "\ufffe", "\u0000", "\ufdd0"):
        server.ok("PUT", "/app/posts/_doc?key=9", {"body": f"lamp {text} chair"})
        expect(f"words about {text!r}", [row["id"] for row in server.get("posts", q=f"chair {text} lamp")[1]], [9])
        server.ok("DELETE", "/app/posts/_doc?key=9")

    # An index that is being built is found ready, or said not to be.
    server.ok("PUT", "/app/many")
    server.ok("POST", "/app/many", [{"id": number, "t": f"common n{number} " + "x" * (number % 50)} for number in range(20_000)])
    server.ok("POST", "/app/many/_index", {"name": "t", "text": "simple"})
    status, answer, _ = server.ask("POST", "/_reql", {"query": 'r.table("many").search("common").count()', "db": "app"})
    told = "`t`.*still being built.*indexWait"
    require("an index that is built", answer.get("result") == 20_000 or 400 <= status < 500 and re.search(told, answer["detail"]), answer)
    server.reql('r.table("many").indexWait()')
    expect("when it is ready", server.reql('r.table("many").search("common").count()'), 20_000)

    expect("what is there", held(server), before)
    expect("the server", server.ask("GET", "/_health/ready")[0], 200)


def held(server):
    """What bad input changes nothing of."""
    return (
        server.reql('r.table("posts").orderBy({index: "id"}).coerceTo("array")'),
        server.reql('r.table("posts").indexStatus().without("bytes")'),
        server.reql('r.table("posts").search("tree log", {operator: "or", as: "found", highlight: true})'),
        server.reql('[r.table("notes").count(), r.table("wide").count(), r.table("alone").count()]'),
        server.sql("SELECT count(*), sum(length(words)) FROM pages"),
    )


# By PostgreSQL 15, to the letter.
STATEMENTS = [
    ("SELECT to_tsvector('klingon', 'a')", "42704", 'text search configuration "klingon" does not exist'),
    ("SELECT to_tsquery('klingon', 'a')", "42704", 'text search configuration "klingon" does not exist'),
    ("SELECT ts_headline('klingon', 'a', 'a'::tsquery)", "42704", 'text search configuration "klingon" does not exist'),
    ("SELECT 'klingon'::regconfig", "42704", 'text search configuration "klingon" does not exist'),
    ("SELECT ts_lexize('klingon', 'a')", "42704", 'text search dictionary "klingon" does not exist'),
    ("CREATE INDEX bad ON pages USING gin (to_tsvector('klingon', text))", "42704", 'text search configuration "klingon" does not exist'),
    ("CREATE INDEX bad ON pages USING gin (to_tsvector(text))", "42P17", "functions in index expression must be marked IMMUTABLE"),
    ("CREATE INDEX bad ON pages USING gin (text)", "42704", 'data type text has no default operator class for access method "gin"'),
    ("CREATE UNIQUE INDEX bad ON pages USING gin (words)", "0A000", 'access method "gin" does not support unique indexes'),
    ("CREATE INDEX bad ON pages USING gin (nowhere)", "42703", 'column "nowhere" does not exist'),
    ("INSERT INTO pages (id, text, words) VALUES ('bad', 'a', 'a')", "428C9", 'cannot insert a non-DEFAULT value into column "words"'),
    ("SELECT id FROM pages WHERE words @@ to_tsquery('simple', 'a b')", "42601", 'syntax error in tsquery: "a b"'),
    ("SELECT id FROM pages WHERE words @@ to_tsquery('simple', 'a &')", "42601", 'no operand in tsquery: "a &"'),
    ("SELECT 'a <16385> b'::tsquery", "22023", "distance in phrase operator must be an integer value between zero and 16384 inclusive"),
    ("SELECT 'a:0'::tsvector", "42601", 'wrong position info in tsvector: "a:0"'),
    ("SELECT '''a'::tsvector", "42601", "syntax error in tsvector: \"'a\""),
    ("SELECT ts_filter('a:1', '{x}')", "22023", 'unrecognized weight: "x"'),
    ("SELECT array_to_tsvector('{a,null}')", "22004", "lexeme array may not contain nulls"),
    ("SELECT ts_headline('a', 'a'::tsquery, 'Nonsense=1')", "22023", 'unrecognized headline parameter: "Nonsense"'),
    ("SELECT ts_headline('a', 'a'::tsquery, 'MinWords=5, MaxWords=5')", "22023", "MinWords should be less than MaxWords"),
    ("SELECT repeat('a', 4000)::tsquery", "54000", "word is too long in tsquery"),
    ("SELECT repeat('a', 4000)::tsvector", "54000", "word is too long (4000 bytes, max "),
    ("SELECT to_tsvector('simple', string_agg(n::text, ' ')) FROM generate_series(1, 300000) n", "54000",
     "string is too long for tsvector ("),
]


def bad_statements(server):
    step("bad input in SQL, by HTTP and PostgreSQL's port")
    before = held(server)
    with server.psycopg() as connection:
        for statement, state, message in STATEMENTS:
            status, answer, _ = server.ask("POST", "/_sql", {"query": statement, "db": "app"})
            told = (answer.get("sqlstate"), answer.get("detail", "").startswith(message))
            require(f"{statement} by HTTP", 400 <= status < 500 and told == (state, True), (status, answer))
            try:
                connection.execute(statement)
                raise Failure(f"{statement}: no error")
            except psycopg.Error as error:
                told = (error.sqlstate, error.diag.message_primary.startswith(message))
                expect(f"{statement} by PostgreSQL's port ({error.diag.message_primary})", told, (state, True))
        # BM25 without what it goes by.
        for statement in ("SELECT pando.score(pages) FROM pages", "SELECT pando.score(pages) FROM pages WHERE words @@ '!a'"):
            status, answer, _ = server.ask("POST", "/_sql", {"query": statement, "db": "app"})
            expect(statement, (400 <= status < 500, answer.get("sqlstate")), (True, "0A000"))
    expect("what is there", held(server), before)


# MARK: Letters without spaces, and limits


PAIRED = {
    "ja1": "全文検索の仕組み", "ja2": "東京都に住む", "ja3": "カタカナとひらがな", "ja4": "ｶﾀｶﾅ", "ja5": "字", "ja6": "2024年10月",
    "ko": "한국어를 검색", "zh1": "中华人民共和国", "zh2": "中华", "zh3": "𠮷野家", "th": "ภาษาไทย", "my": "မြန်မာဘာသာ", "mix": "東京Tower東京",
}  # fmt: skip
# What each finds: pairs of letters are there, one letter is the beginning of a pair or an end of a run, more are pairs that follow each other.
FOUND = {
    "全文": ["ja1"], "文検": ["ja1"], "全文検索": ["ja1"], "検索の": ["ja1"], "全検": [], "全": ["ja1"], "文": ["ja1"], "全*": ["ja1"],
    "全文*": ["ja1"], "全文検*": ["ja1"], "文検*": ["ja1"], "東京": ["ja2", "mix"], "東京都": ["ja2"], "京都": ["ja2"], "都": ["ja2"],
    "-東京 カタ": ["ja3", "ja4"], "ｶﾀ": ["ja3", "ja4"], "カタカナ": ["ja3", "ja4"], "タナ": [], "字": ["ja5"], "字*": ["ja5"], "2024年": ["ja6"],
    "10月": ["ja6"], "年": ["ja6"], "한국어": ["ko"], "국어": ["ko"], "검색": ["ko"], "검": ["ko"], "中华": ["zh1", "zh2"], "中": ["zh1", "zh2"],
    "人民": ["zh1"], "中华 人民": ["zh1"], "全文 OR 人民": ["ja1", "zh1"], "𠮷": ["zh3"], "𠮷野": ["zh3"], "野家": ["zh3"], "ภาษา": ["th"],
    "ไทย": ["th"], "မြန်မာ": ["my"], "東京Tower": ["mix"], "tower": ["mix"], '"東京 京都"': ["ja2"], "t:都": ["ja2"],
    "み": ["ja1"], "む": ["ja2"], "な": ["ja3"], "国": ["zh1"], "색": ["ko"], "京Tower": ["mix"], "Tower東": ["mix"], "月": ["ja6"],
}  # fmt: skip
# PostgreSQL 15's answers: 255 places of a lexeme in a text, 256 in what is joined, places up to 16,383, a MiB in all.
LIMITS = [
    ("SELECT array_length(positions, 1), positions[255] FROM unnest(to_tsvector('simple', repeat('x ', 300)))", [255, 255]),
    ("SELECT array_length(positions, 1) FROM unnest(to_tsvector('simple', repeat('x ', 200)) || to_tsvector('simple', repeat('x ', 200)))",
     [256]),
    ("SELECT array_length(positions, 1), positions[256] FROM unnest((SELECT ('a:' || string_agg(n::text, ','))::tsvector"
     " FROM generate_series(1, 400) n))", [256, 256]),
    ("SELECT positions FROM unnest(to_tsvector('simple', repeat('x ', 16390) || 'y')) WHERE lexeme = 'y'", [[16383]]),
    ("SELECT 'a:16384,99999999999'::tsvector::text", ["'a':16383"]),
    ("SELECT ('a:16380'::tsvector || 'b:1 c:5 d:100'::tsvector)::text", ["'a':16380 'b':16381 'c':16383 'd':16383"]),
    ("SELECT length(to_tsvector('simple', repeat('a', 2047) || ' b')), length(to_tsvector('simple', repeat('a', 2048) || ' b'))", [2, 1]),
    ("SELECT length(to_tsvector('simple', repeat('漢', 682))), length(to_tsvector('simple', repeat('漢', 683)))", [1, 0]),
    ("SELECT length(to_tsvector('simple', string_agg('word' || n, ' '))) FROM generate_series(1, 70000) n", [70_000]),
    ("SELECT length(string_agg('word' || n, ' ')::tsvector) FROM generate_series(1, 110000) n", [110_000]),
    ("SELECT to_tsvector('simple', '東京都の全文検索。2024年10月')::text", ["'2024年10月':2 '東京都の全文検索':1"]),
    ("SELECT to_tsvector('simple', '東京都 の') @@ to_tsquery('simple', '東:*'), to_tsvector('simple', '東京都 の') @@ '東京'", [True, False]),
    # Of the table of one long text: words behind the last place are there, and follow nothing.
    ("SELECT count(*) FROM long WHERE to_tsvector('simple', t) @@ 'w69999'", [1]),
    ("SELECT count(*) FROM long WHERE to_tsvector('simple', t) @@ 'w16381 <-> w16382'", [1]),
    ("SELECT count(*) FROM long WHERE to_tsvector('simple', t) @@ 'w16382 <-> w16383'", [0]),
    ("SELECT count(*) FROM long WHERE to_tsvector('simple', t) @@ 'w69998 <-> w69999'", [0]),
    ("SELECT count(*) FROM long WHERE to_tsvector('simple', t) @@ 'w699:* & !w70000'", [1]),
    ("SELECT ts_rank(to_tsvector('simple', t), 'w69999')::text FROM long", ["0.06079271"]),
    ("SELECT ts_rank_cd(to_tsvector('simple', t), 'w69999 & w5')::text FROM long", ["6.1061246e-06"]),
]
LONG = [
    "CREATE TABLE long (id int PRIMARY KEY, t text)",
    "CREATE INDEX long_t ON long USING gin (to_tsvector('simple', t))",
    "INSERT INTO long SELECT 1, string_agg('w' || n, ' ') FROM generate_series(0, 69999) n",
]


def scripts(server):
    step("letters without spaces: two of them, one, their beginnings, by every door")
    server.ok("PUT", "/app/paired")
    server.ok("POST", "/app/paired", [{"id": key, "t": text} for key, text in PAIRED.items()])
    server.ok("POST", "/app/paired/_index", {"name": "t", "text": "simple"})
    server.reql('r.table("paired").indexWait()')
    paired = r.db("app").table("paired")
    for words, right in FOUND.items():
        typed = json.dumps(words)
        matching = f'r.table("paired").filter(row => row("t").matches({typed}))("id")'
        for name, found in [
            ("REST", [row["id"] for row in server.get("paired", q=words)[1]]),
            ("ReQL", server.reql(f'r.table("paired").search({typed})("id")')),
            ("ReQL as JSON", [row["id"] for row in server.reql([1000, [[15, [[14, ["app"]], "paired"]], words]])]),
            ("the driver", [row["id"] for row in paired.get_all(words, index="t").run(server.driver)]),
            # An index of fields has names for them, a text has none.
            ("matches", right if ":" in words else server.reql(matching)),
        ]:
            expect(f"{words} by {name}", sorted(found), right)
    done = server.command("search", *server.at, "app.paired", "東京都", "--format", "ndjson", "--fields", "id")
    expect("東京都 by pando search", (done.returncode, done.stdout), (0, '{"id":"ja2"}\n'))
    marked = [row["found"]["highlight"]["t"] for row in server.get("paired", q="全文 tower", operator="or", highlight="t")[1]]
    expect("marks", sorted(marked), ["<b>全文</b>検索の仕組み", "東京<b>Tower</b>東京"])
    expect("the last word that is begun", [row["id"] for row in server.get("paired", q="中华 人", prefix="last")[1]], ["zh1"])


def limits(server):
    step("places and sizes of a tsvector, by both ports of SQL")
    for statement in LONG:
        server.sql(statement)
    with server.psycopg() as connection:
        for statement, right in LIMITS:
            expect(f"{statement} by HTTP", server.sql(statement), [right])
            expect(f"{statement} by PostgreSQL's port", [list(row) for row in connection.execute(statement)], [right])
    # A field of ReQL's has so many places.
    words = [f"w{number}" for number in range(PLACES)]
    server.ok("PUT", "/app/places")
    server.ok("POST", "/app/places/_index", {"name": "t", "text": "simple", "fields": ["t", "u"]})
    server.reql('r.table("places").indexWait()')
    server.ok("POST", "/app/places", {"id": 1, "t": " ".join(words), "u": "w0 u1"})
    for asked, right in [
        ("w65535", [1]), ('"w65534 w65535"', [1]), ('"w16382 w16383 w16384"', [1]), ('"w65535 w0"', []), ('"w0 u1"', [1]),
        ('"w65535 u1"~9', []), ("u:w0", [1]), ("u:w65535", []),
    ]:  # fmt: skip
        expect(asked, [row["id"] for row in server.get("places", q=asked)[1]], right)


# MARK: Large texts


def large_texts(server):
    step("a text of 10 MB, by REST and the driver")
    server.ok("PUT", "/app/large")
    server.ok("POST", "/app/large/_index", {"name": "t", "text": "simple"})
    server.reql('r.table("large").indexWait()')
    server.ok("POST", "/app/large", {"id": "small", "t": "first and last"})
    own = ["beginning", "marker", "twice twice", "<b>&", "other"]
    made_of = {"".join(random.choices(LETTERS, k=random.randrange(3, 10))): None for _ in range(50_000)}
    vocabulary = [word for word in made_of if word not in " ".join(own) and word not in ("first", "last")]
    words = random.choices(vocabulary, k=10_000_000 // 7)
    for place, word in zip((0, 700, 1_000, 2_000, 3_000), own):
        words[place] = word
    # In its last place. One of those before has two words.
    words[PLACES - 2] = "marker"
    text = " ".join(words)
    large = r.db("app").table("large")
    body = json.dumps({"id": "large", "t": text}).encode()

    def inserted_by_rest():
        server.ok("POST", "/app/large", body, Content_Type="application/json")

    def inserted_by_driver():
        expect("inserted", large.insert({"id": "large", "t": text}).run(server.driver)["inserted"], 1)

    def by_rest(words, **more):
        status, rows, _ = server.get("large", q=words, **more)
        expect(f"the status of {words}", status, 200)
        return rows

    def by_driver(words, **more):
        if "highlight" in more:
            more["escape"] = "html"
        return list(large.get_all(words, index="t", **more).run(server.driver))

    marked = text.replace("&", "&amp;").replace("<b>", "&lt;b&gt;").replace("marker", "<b>marker</b>")
    doors = {
        "REST": (inserted_by_rest, by_rest, lambda: server.ok("DELETE", "/app/large/large")),
        "the driver": (inserted_by_driver, by_driver, lambda: large.get("large").delete().run(server.driver)),
    }
    for name, (insert, search, delete) in doors.items():
        times = []

        def timed(what, body):
            start = time.monotonic()
            answer = body()
            times.append(f"{what} {time.monotonic() - start:.2f} s")
            return answer

        timed("inserted", insert)
        rows = timed("found", lambda: search("marker"))
        expect(f"a word by {name}", [(row["id"], row["t"] == text) for row in rows], [("large", True)])
        phrase = " ".join(words[40_000:40_004])
        expect(f"a phrase by {name}", [row["id"] for row in timed("a phrase", lambda: search(f'"{phrase}"'))], ["large"])
        for asked, right in [
            ("beginning other", ["large"]), ('"twice twice"', ["large"]), ('"twice other"', []), ("beginn*", ["large"]), ("markers", []),
            ("markers~", ["large"]), ("beginning -marker", []), ("last", ["small"]), (f'"{words[5]} {words[7]}"', []),
        ]:  # fmt: skip
            expect(f"{asked} by {name}", [row["id"] for row in search(asked)], right)
        rows = timed("with marks", lambda: search("marker", highlight="t" if name == "REST" else ["t"]))
        require(f"marks by {name}", rows[0]["found"]["highlight"]["t"] == marked, rows[0]["found"]["highlight"]["t"][:200])
        snippet = 'r.table("large").search("other", {snippet: {t: 5}})("found")("snippet")("t")'
        shown = f"…{words[2_998]} {words[2_999]} <b>other</b> {words[3_001]} {words[3_002]}…"
        expect("a snippet", timed("a snippet", lambda: server.reql(snippet)), [shown])
        timed("another field changed", lambda: server.ok("PATCH", "/app/large/large", {"n": 1}))
        expect(f"a changed document by {name}", [row.get("n") for row in search("marker")], [1])
        timed("removed", delete)
        expect(f"what is left by {name}", (search("marker"), search("last")), ([], [{"id": "small", "t": "first and last"}]))
        print(f"    {name}: {', '.join(times)}", flush=True)

    # No blanks, and letters that are none.
    for what, letters, asked, right in [
        ("letters", "a", "aaaa", []), ("Han", "漢字", "漢字", ["large"]), ("marks", "\u0301", "\u0301", []),
        ("what is no character yet", "\U000e0fff", "\U000e0fff", []),
    ]:  # fmt: skip
        long = letters * (10_000_000 // len(letters.encode()))
        server.ok("POST", "/app/large", {"id": "large", "t": long})
        expect(f"10 MB of {what}", [(row["id"], row["t"] == long) for row in by_rest(asked)], [(key, True) for key in right])
        server.ok("DELETE", "/app/large/large")
    expect("the server", server.ask("GET", "/_health/ready")[0], 200)
    expect("what is left", server.reql('r.table("large").search("first")("id")'), ["small"])


# MARK: All of it


def made_up(vocabulary):
    """A text whose words are the more seldom the later they stand in the vocabulary."""
    count = random.randrange(5, 120)
    return " ".join(random.choices(vocabulary, [1 / (rank + 3) for rank in range(len(vocabulary))], k=count))


def main():
    random.seed(SEED)
    print(f"seed {SEED}", flush=True)
    vocabulary = ["".join(random.choices(LETTERS, k=random.randrange(3, 9))) for _ in range(400)]
    vocabulary = [word for word in dict.fromkeys(vocabulary) if word not in ("or", "and")]
    with tempfile.TemporaryDirectory() as folder:
        texts = {}
        for number in range(300):
            key = f"{'a/' * (number % 3)}{vocabulary[number % 50]}-{number}.{('txt', 'md', 'rst')[number % 3]}"
            texts[key] = made_up(vocabulary)
            path = Path(folder) / "notes" / key
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(texts[key])
        server = Server(folder)
        try:
            step("a folder of texts is imported, and indexes are made")
            done = server.command("import", *server.at, "app.notes", f"{folder}/notes", "--create", "--quiet")
            expect(f"the status of pando import: {done.stderr}", done.returncode, 0)
            done = server.command("index", *server.at, "create", "app.notes", "words", "--text", "simple", "--fields", "text", "--quiet")
            expect(f"the status of pando index: {done.stderr}", done.returncode, 0)
            expect("the texts", {row["id"]: row["text"] for row in server.reql('r.table("notes")')}, texts)
            server.sql(
                "CREATE TABLE pages (id text PRIMARY KEY, text text,"
                " words tsvector GENERATED ALWAYS AS (to_tsvector('simple', text)) STORED)"
            )
            server.sql("INSERT INTO pages SELECT id, text FROM notes")
            server.sql("CREATE INDEX pages_words ON pages USING gin (words)")
            server.ok("PUT", "/app/alone")
            server.ok("POST", "/app/alone", {"id": 1, "t": "a tree"})

            same_everywhere(server, texts, vocabulary)
            parameters(server)
            options(server)
            writing(server, texts, vocabulary)
            apart(server)
            bad_input(server)
            bad_statements(server)
            scripts(server)
            limits(server)
            large_texts(server)
            word = vocabulary[0]
            found = by_rest(server, word)
        finally:
            with contextlib.suppress(Exception):
                server.driver.close()
            server.process.terminate()
            status = server.process.wait(timeout=60)
        expect("the server's exit status", status, 0)
        step("the file by itself")
        done = server.command("check", server.path)
        expect(f"pando check: {done.stdout}{done.stderr}", done.returncode, 0)
        expect("a search of the file", by_command(server, [server.path], word), found)
    print("everything agrees")


if __name__ == "__main__":
    try:
        main()
    except Failure as failure:
        sys.exit(f"search.py: {failure} (seed {SEED})")
