#!/usr/bin/env python3
"""Whole tables of `pando serve postgresql://…`, in turns with PostgreSQL's own COPY and with a file.

    engine_tables_in_turns.py PANDO [PART…]

TURNS (5) and ROWS (1,000,000) are taken from the environment, and POSTGRESQL as in engine_in_turns.py. The parts, all of them if none is named:

    scans      rows a second of a filter over all documents and of a sum of their field, beside psql's COPY (FORMAT BINARY) of the table `pando`;
               the bar is 0.5 of COPY. After each, how much memory of its own (RssAnon, looked at every 10 ms) the process has had at most: the
               bar is 32 MiB
    moving     documents a second of `pando restore` of an archive into PostgreSQL and of `pando dump` of it, beside the same of a file; the bar is 0.3
               of the file's rate. What the archives of both hold has to be the same, byte for byte

The exit status is 1 if a bar is missed.
"""

import functools
import json
import os
import re
import subprocess
import sys
import tarfile
import tempfile
import threading
import time
from pathlib import Path

from engine_in_turns import BIN, PostgreSQL, Server, in_turns

ROWS = int(os.environ.get("ROWS", "1000000"))
missed = []


class Memory(threading.Thread):
    """What a process has of its own at most, while it is looked at."""

    def __init__(self, process):
        super().__init__(daemon=True)
        self.process, self.most, self.is_over = process, 0, False

    def look(self):
        return int(re.search(r"RssAnon:\s+(\d+)", Path(f"/proc/{self.process}/status").read_text())[1]) >> 10

    def __enter__(self):
        self.before = self.look()
        self.start()
        return self

    def __exit__(self, *_):
        self.is_over = True
        self.join()

    def run(self):
        while not self.is_over:
            self.most = max(self.most, self.look())
            time.sleep(0.01)


def bar(name, ratio, least):
    if ratio < least:
        missed.append(f"{name}: {ratio:.2f}, of {least}")


def command(*words):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{words}: {done.stderr[-2000:]}")
    return done.stdout


def scans(executable, postgresql, folder):
    server = Server(executable, postgresql.url)
    try:
        server.query("r.dbCreate('b')")
        server.query("r.db('b').tableCreate('all')")
        for start in range(0, ROWS, 10_000):
            server.query(f"r.db('b').table('all').insert(r.range({start}, {min(ROWS, start + 10_000)}).map(i => "
                         f"({{id: i, n: i.mod(1000), text: '{'x' * 300}'}})))('inserted')")
        postgresql.ask("VACUUM ANALYZE pando")
        most = {}

        def copied():
            begun = time.perf_counter()
            with subprocess.Popen([BIN / "psql", "-XAtq", *postgresql.place, postgresql.database, "-c", "COPY pando TO STDOUT (FORMAT BINARY)"],
                                  stdout=subprocess.DEVNULL) as process:
                if process.wait():
                    sys.exit("COPY fails")
            return ROWS / (time.perf_counter() - begun)

        def scanned(name, text, wanted):
            with Memory(server.process.pid) as memory:
                begun = time.perf_counter()
                found = server.query(f"r.db('b').table('all'){text}")
                rate = ROWS / (time.perf_counter() - begun)
            if found != wanted:
                sys.exit(f"{name}: {found} instead of {wanted}")
            most[name] = max(most.get(name, (0, 0)), (memory.most, memory.before))
            return rate

        queries = {
            "a filter": (".filter(r.row('n').eq(7)).count()", sum(1 for n in range(ROWS) if n % 1000 == 7)),
            "a sum": (".sum('n')", sum(n % 1000 for n in range(ROWS))),
            "a filter that gives rows": (".filter(r.row('n').eq(7)).map(r.row('text').count()).sum()", 300 * sum(1 for n in range(ROWS) if n % 1000 == 7)),
        }
        print("| Scans | Rows a second (min to max) | Ratio |\n|---|---|---|")
        ratios = in_turns({"COPY BINARY by psql": copied, **{name: functools.partial(scanned, name, *query) for name, query in queries.items()}})
        for name in queries:
            bar(f"rate of {name}", ratios[name], 0.5)
            print(f"{name}: {most[name][0]} MiB of its own at most, {most[name][1]} before", flush=True)
            if most[name][0] > 32:
                missed.append(f"memory of {name}: {most[name][0]} MiB, of 32")
    finally:
        server.stop()
    postgresql.ask("DROP TABLE pando, pando_state, pando_watch, pando_process, pando_cell, pando_news")


def members(path):
    with tarfile.open(path) as archive:
        return {member.name.split("/", 1)[-1]: archive.extractfile(member).read() for member in archive if member.isfile()}


def moving(executable, postgresql, folder):
    source, archive = folder / "source.pando", folder / "source.tar"
    lines = folder / "lines.ndjson"
    with open(lines, "w") as file:
        for number in range(ROWS):
            file.write(json.dumps({"id": number, "n": number % 1000, "text": "x" * 300}) + "\n")
    command(executable, "import", source, "b.all", lines, "--create")
    command(executable, "dump", source, "-o", archive)
    lines.unlink()
    copy = folder / "copy.pando"
    outputs = {"file": folder / "file.tar", "engine": folder / "engine.tar"}

    def timed(*words):
        begun = time.perf_counter()
        command(executable, *words)
        return ROWS / (time.perf_counter() - begun)

    def restored_to_file():
        copy.unlink(missing_ok=True)
        return timed("restore", copy, archive)

    def restored_to_engine():
        postgresql.ask("DROP TABLE IF EXISTS pando, pando_state, pando_watch, pando_process, pando_cell, pando_news")
        return timed("restore", postgresql.url, archive)

    def dumped(kind, place):
        outputs[kind].unlink(missing_ok=True)
        return timed("dump", place, "-o", outputs[kind])

    print("| Moving | Documents a second (min to max) | Ratio |\n|---|---|---|")
    bar("restore", in_turns({"restore to a file": restored_to_file, "restore to PostgreSQL": restored_to_engine})["restore to PostgreSQL"], 0.3)
    bar("dump", in_turns({"dump of a file": lambda: dumped("file", copy), "dump of PostgreSQL": lambda: dumped("engine", postgresql.url)})
        ["dump of PostgreSQL"], 0.3)
    if members(outputs["file"]) != members(outputs["engine"]):
        missed.append("the archives differ")


PARTS = [scans, moving]


def main():
    executable = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.chmod(folder, 0o755)
        postgresql = PostgreSQL(folder)
        try:
            for part in PARTS:
                if not sys.argv[2:] or part.__name__ in sys.argv[2:]:
                    print(f"{part.__name__}, {ROWS} rows:", flush=True)
                    part(executable, postgresql, folder)
        finally:
            postgresql.stop()
    if missed:
        sys.exit("Missed: " + "; ".join(missed))


if __name__ == "__main__":
    main()
