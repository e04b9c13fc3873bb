#!/usr/bin/env python3
"""Measures how long statements take to be read, bound and planned, and what a join of a million rows with a million takes with little memory.

    sql_plans.py TPCH_SQL_PY PANDO DIR [--rounds 3] [--postgresql 'host=127.0.0.1 port=5432 user=postgres dbname=postgres']

TPCH_SQL_PY is the module with TPC-H's tables and queries; its tables are made in DIR/plans.pando, where they get a few rows. A statement is planned by
`EXPLAIN` in the process of `pando sql` itself: hundreds of copies of it and then none in turns, of which the difference in processor time counts, so
that the figure has the writing of the plan in it. PostgreSQL's is its own `Planning Time`, without parsing. A key look-up is planned by a server, whose
processor time counts: 10,000 texts that it has never seen, less as many executions of a prepared statement that asks for the same row; and the same
for one text again and again. The join is a server's with `work_mem` of 64 MB, asked by psql; the peak of the server's anonymous memory is seen each
10 ms. PostgreSQL has the same work_mem and no parallel workers, and the answers are compared. Needs psycopg 3.
"""

import argparse
import contextlib
import importlib.util
import os
import re
import subprocess
import sys
import threading
import time
from pathlib import Path
from statistics import median

import psycopg

JOIN = "SELECT count(*), sum(a.v), sum(b.w), count(DISTINCT a.k % 1000) FROM joined_a a JOIN joined_b b ON a.k = b.k"
TABLES = (
    "CREATE TABLE joined_a AS SELECT g AS id, (g::bigint * 7919) % 1000003 AS k, g % 97 AS v, 'a row of the first table, number ' || g AS note FROM generate_series(1, 1000000) g",
    "CREATE TABLE joined_b AS SELECT g AS id, (g::bigint * 104729) % 1000003 AS k, g % 89 AS w, 'a row of the second table, number ' || g AS note FROM generate_series(1, 1000000) g",
)
WIDE_JOIN = "SELECT count(*), sum(length(a.note)), max(b.note) FROM joined_a a JOIN joined_b b ON a.k = b.k"


def load_module(path):
    sys.path.insert(0, str(Path(path).parent))
    spec = importlib.util.spec_from_file_location("tpch_sql", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def processor_time(command, text):
    before = os.times()
    subprocess.run(command, input=text.encode(), stdout=subprocess.DEVNULL, check=True)
    after = os.times()
    return after.children_user - before.children_user + after.children_system - before.children_system


def planning(pando, file, statement, copies, rounds):
    command = [pando, "sql", file, "-", "--db", "bench", "--quiet"]
    figures = []
    for _ in range(rounds):
        with_them = processor_time(command, f"EXPLAIN {statement};\n" * copies)
        without = processor_time(command, "SELECT 1;\n")
        figures.append((with_them - without) / copies * 1e6)
    return figures


def peers_planning(postgresql, statement):
    answer = subprocess.run(["psql", postgresql, "-XAt", "-c", f"EXPLAIN (SUMMARY) {statement}"], capture_output=True, text=True)
    found = re.search(r"Planning Time: ([\d.]+) ms", answer.stdout)
    return float(found[1]) * 1000 if found else None


class Peak:
    """The most anonymous memory that a process has had, seen each 10 ms."""

    def __init__(self, process):
        self.path, self.most, self.is_over = f"/proc/{process}/status", 0, threading.Event()
        self.thread = threading.Thread(target=self.watch)

    def watch(self):
        while not self.is_over.wait(0.01):
            self.most = max(self.most, int(re.search(r"RssAnon:\s+(\d+)", Path(self.path).read_text())[1]))

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.is_over.set()
        self.thread.join()


def ask(place, statement):
    began = time.perf_counter()
    options = "SET work_mem = '64MB'"
    answer = subprocess.run(["psql", place, "-XAtq", "-v", "ON_ERROR_STOP=1", "-c", options, "-c", statement], capture_output=True, text=True)
    if answer.returncode:
        raise SystemExit(answer.stderr)
    return answer.stdout.strip(), time.perf_counter() - began


@contextlib.contextmanager
def serving(pando, file):
    """A server of a file: its process, and how psql reaches its database `bench`."""
    options = ["--bind", "127.0.0.1", "--http-port", "0", "--driver-port", "none", "--pg-port", "0", "--quiet"]
    server = subprocess.Popen([pando, "serve", file, *options], stdout=subprocess.PIPE, text=True)
    try:
        port = next(found[1] for line in server.stdout if (found := re.match(r"postgresql:.*:(\d+)", line)))
        yield server.pid, f"host=127.0.0.1 port={port} user=admin dbname=bench"
    finally:
        server.terminate()
        server.wait()


def look_ups(process, place, count, rounds):
    ways = {
        "of new texts": lambda number: (f"SELECT * FROM nation AS n{number} WHERE n{number}.n_nationkey = 3", False),
        "of the same text": lambda _: ("SELECT * FROM nation WHERE n_nationkey = 3", False),
        "prepared": lambda _: ("SELECT * FROM nation WHERE n_nationkey = 3", True),
    }
    figures = {name: [] for name in ways}
    with psycopg.connect(place, autocommit=True) as connection:
        for turn in range(rounds):
            for name, way in ways.items():
                before = server_time(process)
                for number in range(turn * count, (turn + 1) * count):
                    text, is_prepared = way(number)
                    row = connection.execute(text, prepare=is_prepared).fetchone()
                    if row[0] != 3:
                        raise SystemExit(f"{text} answered {row}")
                figures[name].append((server_time(process) - before) / count * 1e6)
    prepared = median(figures.pop("prepared"))
    for name, values in figures.items():
        print(f"key look-ups {name}: {median(values) - prepared:.1f} µs more than the {prepared:.1f} of prepared ones", flush=True)


def server_time(process):
    fields = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def joins(pando, file, postgresql, rounds):
    with serving(pando, file) as (process, ours):
        places = {"ours": ours, **({"postgresql": postgresql} if postgresql else {})}
        for place in places.values():
            for statement in ("DROP TABLE IF EXISTS joined_a, joined_b", *TABLES):
                ask(place, statement)
        for statement in (JOIN, WIDE_JOIN):
            times, answers, peaks = {name: [] for name in places}, set(), []
            for number in range(rounds):
                for name, place in list(places.items())[:: 1 if number % 2 else -1]:
                    with Peak(process) as peak:
                        answer, seconds = ask(place, statement)
                    answers.add(answer)
                    times[name].append(seconds)
                    if name == "ours":
                        peaks.append(peak.most / 1024)
            if len(answers) != 1:
                raise SystemExit(f"the answers differ: {answers}")
            shown = ", ".join(f"{name} {median(seconds):.2f} s ({min(seconds):.2f} to {max(seconds):.2f})" for name, seconds in times.items())
            print(f"{statement}: {answers.pop()}; {shown}; RssAnon at most {max(peaks):.0f} MiB", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("tpch")
    parser.add_argument("pando")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--postgresql")
    given = parser.parse_args()
    given.folder.mkdir(exist_ok=True)
    tpch = load_module(given.tpch)
    file = given.folder / "plans.pando"
    file.unlink(missing_ok=True)
    definitions = [tpch.make_table(table, key=tpch.PRIMARY_KEYS.get(table)) for table in tpch.TABLES]
    subprocess.run([given.pando, "db", file, "create", "bench", "--quiet"], check=True, stdout=subprocess.DEVNULL)
    definitions.append("INSERT INTO nation SELECT g, 'nation ' || g, g % 5, '' FROM generate_series(0, 24) g")
    subprocess.run([given.pando, "sql", file, "; ".join(definitions), "--db", "bench", "--quiet"], check=True, stdout=subprocess.DEVNULL)
    with serving(given.pando, file) as (process, place):
        look_ups(process, place, 10_000, given.rounds)
    for name in tpch.QUERIES:
        statement = tpch.make_query(name, 0.1)
        figures = planning(given.pando, file, statement, 300, given.rounds)
        peer = peers_planning(given.postgresql, statement) if given.postgresql else None
        print(f"{name}: {median(figures):.0f} µs ({min(figures):.0f} to {max(figures):.0f})" + (f", PostgreSQL {peer:.0f}" if peer else ""), flush=True)
    joins(given.pando, file, given.postgresql, given.rounds)


if __name__ == "__main__":
    main()
