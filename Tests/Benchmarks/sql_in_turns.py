#!/usr/bin/env python3
"""Runs SQL on documents in turns on Pando (open tables), SQLite (`json_extract`) and PostgreSQL (jsonb), and prints medians and ratios.

    sql_in_turns.py DOCUMENTS_PY PANDO DIR [ROUNDS]          PANDO is the executable; files go into DIR
    POSTGRESQL='-h 127.0.0.1 -p 5432 -U postgres postgres'   psql's arguments for the peer; without it there is none

DOCUMENTS_PY is the program that makes the documents: 200,000 with `id`, `name`, `age`, `city`, `score`, `active`. Both servers are asked by one
`psql` each, which says how long a statement took from sending it to having its rows; SQLite by Python's module, in this process. `reql` is the
same query on the same table in ReQL, asked over HTTP beside the same statement asked over HTTP. The answers of all engines are compared. UPDATE and
DELETE run once a round, on documents that are loaded anew. A ratio is the other's time by Pando's: above 1, Pando is faster.
"""

import importlib.util
import json
import os
import random
import re
import sqlite3
import statistics
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

COUNT = 200_000
CITY = "city07"

# Of each workload the statement with `{name}` for a field, whether it writes, and the same in ReQL.
WORKLOADS = {
    "filter": ("SELECT count(*) FROM {t} WHERE {age} > 80", "filter(r.row('age').gt(80)).count()"),
    "two fields": (
        "SELECT count(*) FROM {t} WHERE {city} = '%s' AND {active}" % CITY,
        "filter(r.row('city').eq('%s').and(r.row('active'))).count()" % CITY,
    ),
    "group and average": (
        "SELECT {city}, round(avg({age})::numeric, 6) FROM {t} GROUP BY 1 ORDER BY 1",
        "group('city').avg('age')",
    ),
    "sum": ("SELECT round(sum({score})::numeric, 3) FROM {t}", "sum('score')"),
    "update a tenth": ("UPDATE {t} SET %s WHERE {age} < 10", None),
    "delete a tenth": ("DELETE FROM {t} WHERE {age} >= 90", None),
}


class Psql:
    """A server that is asked by one psql, which goes on running."""

    def __init__(self, arguments, set_score):
        command = ["stdbuf", "-oL", "psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", *arguments]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.set_score = set_score
        self.ask("\\timing on")

    def ask(self, statement):
        """The rows and seconds."""
        self.process.stdin.write(statement + (";" if not statement.startswith("\\") else "") + "\n\\echo ---\n")
        self.process.stdin.flush()
        rows, seconds = [], 0.0
        for line in self.process.stdout:
            line = line.rstrip("\n")
            if line == "---":
                return rows, seconds
            if found := re.match(r"Time: ([\d.]+) ms", line):
                seconds = float(found[1]) / 1000
            elif not line.startswith("Timing is"):
                rows.append(line)
        sys.exit("psql ended")


class Pando(Psql):
    fields = {"t": "documents", **{name: name for name in ("age", "city", "active", "score")}}

    def __init__(self, program, directory, documents):
        self.file = Path(directory, "sql.pando")
        self.program = program
        for path in Path(directory).glob("sql.pando*"):
            path.unlink()
        subprocess.run(
            [program, "import", self.file, "test.documents", documents, "--create"], check=True, stdout=subprocess.DEVNULL)
        self.server = subprocess.Popen(
            [program, "serve", self.file, "--http-port", "0", "--driver-port", "none", "--pg-port", "0"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        for line in self.server.stdout:
            if found := re.match(r"(http|postgresql)://127.0.0.1:(\d+)", line):
                setattr(self, found[1], int(found[2]))
            if hasattr(self, "http") and hasattr(self, "postgresql"):
                break
        super().__init__(["-h", "127.0.0.1", "-p", str(self.postgresql), "-U", "admin", "test"], "score = score + 1")

    def post(self, query):
        """The seconds that a query takes over HTTP, in SQL or in ReQL."""
        body = json.dumps({"query": query}).encode()
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.http}/test/documents/_query", body, {"Content-Type": "application/json"})
        started = time.perf_counter()
        with urllib.request.urlopen(request) as answer:
            answer.read()
        return time.perf_counter() - started

    def close(self):
        self.process.stdin.close()
        self.server.terminate()
        self.server.wait()


class PostgreSQL(Psql):
    fields = {
        "t": "documents", "age": "(body->>'age')::float8", "city": "body->>'city'", "active": "(body->>'active')::bool",
        "score": "(body->>'score')::float8",
    }  # fmt: skip

    def __init__(self, arguments, documents):
        super().__init__(
            arguments, "body = jsonb_set(body, '{score}', to_jsonb((body->>'score')::float8 + 1))")
        self.ask("SET max_parallel_workers_per_gather = 0")
        self.ask("DROP TABLE IF EXISTS documents")
        self.ask("CREATE TABLE documents (id text PRIMARY KEY, body jsonb)")
        self.ask("CREATE TEMP TABLE lines (line text)")
        # Neither of the two bytes is in JSON.
        self.ask(f"\\copy lines FROM '{documents}' (FORMAT csv, DELIMITER E'\\x01', QUOTE E'\\x02')")
        self.ask("INSERT INTO documents SELECT line::jsonb->>'id', line::jsonb FROM lines")
        self.ask("VACUUM ANALYZE documents")

    def close(self):
        self.process.stdin.close()


class SQLite:
    fields = {"t": "documents", **{name: f"json_extract(body, '$.{name}')" for name in ("age", "city", "active", "score")}}
    set_score = "body = json_set(body, '$.score', json_extract(body, '$.score') + 1)"

    def __init__(self, directory, documents):
        for path in Path(directory).glob("sql.sqlite*"):
            path.unlink()
        self.database = sqlite3.connect(Path(directory, "sql.sqlite"), isolation_level=None)
        for setting in ("journal_mode = wal", "synchronous = off", "cache_size = -262144", "mmap_size = 8589934592"):
            self.database.execute("PRAGMA " + setting)
        self.database.execute("CREATE TABLE documents (id TEXT PRIMARY KEY, body TEXT) WITHOUT ROWID")
        self.database.execute("BEGIN")
        with open(documents) as lines:
            self.database.executemany("INSERT INTO documents VALUES (?, ?)", ((json.loads(line)["id"], line.rstrip("\n")) for line in lines))
        self.database.execute("COMMIT")

    def ask(self, statement):
        statement = re.sub(r"\)::numeric, (\d+)\)", r"), \1)", statement)
        started = time.perf_counter()
        rows = self.database.execute(statement).fetchall()
        return ["|".join(map(str, row)) for row in rows], time.perf_counter() - started

    def close(self):
        self.database.close()


def alike(one, other):
    """Whether answers are the same, numbers by their values. An open field may come as JSON, in quotes."""

    def value(text):
        return [round(float(part), 3) if re.fullmatch(r"-?[\d.]+", part) else part.strip('"') for part in text.split("|")]

    return [value(row) for row in one] == [value(row) for row in other]


def main():
    program, pando, directory = sys.argv[1:4]
    rounds = int(sys.argv[4]) if len(sys.argv) > 4 else 3
    spec = importlib.util.spec_from_file_location("documents", program)
    source = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(source)
    chance = random.Random(42)
    path = Path(directory, "sql.ndjson")
    path.write_text("".join(source.as_text(source.make_document(chance, number)) + "\n" for number in range(COUNT)), "utf-8")

    seconds = {}
    for _ in range(rounds):
        engines = {"pando": Pando(pando, directory, path), "sqlite": SQLite(directory, path)}
        if peer := os.environ.get("POSTGRESQL"):
            engines["postgresql"] = PostgreSQL(peer.split(), path)
        for workload, (statement, reql) in WORKLOADS.items():
            answers = {}
            for name, engine in engines.items():
                text = statement.format(**engine.fields)
                if "%s" in text:
                    text = text.replace("%s", engine.set_score)
                if reql:
                    engine.ask(text)  # pages are read the first time
                answers[name], took = engine.ask(text)
                seconds.setdefault((workload, name), []).append(took)
            for name, rows in answers.items():
                if not alike(rows, answers["sqlite"]):
                    sys.exit(f"{workload}: {name} answers {rows[:3]}, sqlite {answers['sqlite'][:3]}")
            if reql:
                text = statement.format(**Pando.fields)
                for name, query in (("sql over http", text), ("reql over http", reql)):
                    seconds.setdefault((workload, name), []).append(min(engines["pando"].post(query) for _ in range(3)))
        counts = {name: engine.ask("SELECT count(*) FROM documents")[0] for name, engine in engines.items()}
        if len({tuple(rows) for rows in counts.values()}) > 1:
            sys.exit(f"after all: {counts}")
        for engine in engines.values():
            engine.close()

    print("| Workload | Pando, s (min to max) | SQLite / Pando | PostgreSQL / Pando | SQL / ReQL, over HTTP |")
    print("|---|---|---|---|---|")
    for workload in WORKLOADS:
        ours = statistics.median(seconds[workload, "pando"])
        cells = [workload, "%.4f (%.4f to %.4f)" % (ours, min(seconds[workload, "pando"]), max(seconds[workload, "pando"]))]
        for peer in ("sqlite", "postgresql"):
            those = seconds.get((workload, peer))
            cells.append("%.2f" % (statistics.median(those) / ours) if those else "")
        sql, reql = seconds.get((workload, "sql over http")), seconds.get((workload, "reql over http"))
        cells.append("%.2f" % (statistics.median(sql) / statistics.median(reql)) if sql else "")
        print("| %s |" % " | ".join(cells))


if __name__ == "__main__":
    main()
