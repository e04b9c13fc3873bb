#!/usr/bin/env python3
"""Measures what a text index costs those who write over HTTP: documents put one by one to a table with one and to a table without, in turns.

    text_in_turns.py PANDO DIR

PANDO is the executable, DIR the folder of `text.py` of the shared benchmarks, whose corpus.ndjson (`{"id", "title", "body"}` a line) it reads;
wrk is looked for in PATH. Every put has a key of its own and one of 2,000 documents, and no turn sees a table that another has filled. It prints
the rates of 1 and 64 connections with soft and hard durability, and of each the median ratio. TURNS (3) and DURATION (3, in seconds) are taken
from the environment.
"""

import itertools
import json
import statistics
import sys
import tempfile
from pathlib import Path

from http_in_turns import TURNS, Server, spread, wrk

DOCUMENTS = 2_000
PUTS = """
local bodies, threads, turn = {{}}, 0, 0
for line in io.lines("{bodies}") do bodies[#bodies + 1] = line end
function setup(thread) thread:set("number", threads); threads = threads + 1 end
function request()
    turn = turn + 1
    local key = number .. "_" .. turn
    return wrk.format("PUT", "/bench/{table}/" .. key .. "?durability={durability}", {{["Content-Type"] = "application/json"}},
        '{{"id":"' .. key .. '",' .. bodies[(turn * 7 + number) % #bodies + 1])
end
"""


def bodies(corpus, target):
    with corpus.open() as lines, target.open("w") as texts:
        for line in itertools.islice(lines, DOCUMENTS):
            document = json.loads(line)
            del document["id"]
            texts.write(json.dumps(document, ensure_ascii=False, separators=(",", ":"))[1:] + "\n")


def main():
    executable, corpus = sys.argv[1], Path(sys.argv[2]) / "corpus.ndjson"
    with tempfile.TemporaryDirectory(prefix="pando-text-") as name:
        folder = Path(name)
        bodies(corpus, folder / "bodies")
        for durability, connections in itertools.product(("soft", "hard"), (1, 64)):
            rates = {False: [], True: []}
            for turn, indexed in itertools.product(range(TURNS), (False, True)):
                file = folder / f"{durability}{connections}_{turn}_{indexed}.pando"
                with Server(executable, file) as server:
                    server.ask("POST", "/_reql", {"query": 'r.dbCreate("bench")'})
                    server.ask("POST", "/_reql", {"query": 'r.db("bench").tableCreate("texts")'})
                    if indexed:
                        server.ask("POST", "/_reql", {"query": 'r.db("bench").table("texts").indexCreate("body", {text: "simple", fields: ["title", "body"]})'})
                        server.ask("POST", "/_reql", {"query": 'r.db("bench").table("texts").indexWait("body")'})
                    script = folder / "puts.lua"
                    script.write_text(PUTS.format(bodies=folder / "bodies", table="texts", durability=durability))
                    rates[indexed].append(wrk(server.process.pid, server.url, f"-c{connections}", f"-t{min(2, connections)}", "-s", str(script))["rate"])
                file.unlink()
            ratio = statistics.median(b / a for a, b in zip(rates[False], rates[True]))
            print(f"{durability} durability, {connections} connections: {spread(rates[False])} without, {spread(rates[True])} with one; {ratio:.2f}", flush=True)


main()
