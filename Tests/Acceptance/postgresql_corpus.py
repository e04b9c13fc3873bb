#!/usr/bin/env python3
"""The statements of a corpus through psycopg 3 and asyncpg, on PostgreSQL 15 and on Pando.

    apt-get install postgresql-15
    pip install "psycopg[binary]==3.3.9" asyncpg==0.32.0
    postgresql_corpus.py PANDO CORPUS [PATTERN]

CORPUS is a folder with `suite/*/*.jsonl`, a statement a line, and `data`, what files begin with. Each file runs in a database of its own, every
statement prepared and with values in binary, as both drivers like it. Prints the statements that fail on Pando alone; their answers are compared
elsewhere, by the runner of the corpus. PATTERN chooses files by their names. The exit status is 1 if there are any of the first two tiers.
"""

import asyncio
import collections
import json
import os
import pathlib
import re
import sys
import tempfile

import asyncpg
import psycopg
from postgresql import served
from postgresql_server import PostgreSQL

SETTINGS = {"datestyle": "ISO,MDY", "timezone": "UTC", "statement_timeout": "10000"}


def statements(path, data):
    for line in path.read_text().splitlines():
        line = json.loads(line)
        if "include" in line:
            yield from statements(data / line["include"], data)
        elif "sql" in line:
            yield line


def by_psycopg(port, user, name, lines):
    """What became of each: `ok`, or an SQLSTATE."""
    def connect():
        options = " ".join(f"-c {setting}={value}" for setting, value in SETTINGS.items())
        connection = psycopg.connect(host="127.0.0.1", port=port, user=user, dbname=name, autocommit=True, options=options)
        connection.prepare_threshold = 0
        return connection

    connection, told = connect(), []
    for line in lines:
        if line.get("reconnect") or connection.closed:
            connection.close()
            connection = connect()
        try:
            with connection.cursor(binary=True) as cursor:
                if line.get("copy_in") is not None:
                    with cursor.copy(line["sql"].encode()) as copy:
                        copy.write(line["copy_in"])
                else:
                    cursor.execute(line["sql"].encode(), prepare=True)
                    while cursor.description and cursor.fetchall() is not None and cursor.nextset():
                        pass
            told.append("ok")
        except psycopg.Error as error:
            told.append(error.sqlstate or type(error).__name__)
    connection.close()
    return told


async def by_asyncpg(port, user, name, lines):
    """The same. COPY, of which asyncpg takes no statement, is left out."""
    def connect():
        return asyncpg.connect(host="127.0.0.1", port=port, user=user, database=name, server_settings=SETTINGS)

    connection, told = await connect(), []
    for line in lines:
        if line.get("reconnect") or connection.is_closed():
            await connection.close()
            connection = await connect()
        if line.get("copy_in") is not None:
            told.append("left out")
            continue
        try:
            await connection.fetch(line["sql"], timeout=60)
            told.append("ok")
        except asyncpg.PostgresError as error:
            told.append(error.sqlstate)
        except Exception as error:  # what the driver itself makes of the answers
            told.append(type(error).__name__)
    await connection.close()
    return told


DRIVERS = {"psycopg": by_psycopg, "asyncpg": lambda *words: asyncio.run(by_asyncpg(*words))}


def run(run, port, user, lines):
    name = f"corpus_{os.getpid()}"
    with psycopg.connect(host="127.0.0.1", port=port, user=user, dbname="postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        try:
            return run(port, user, name, lines)
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def main():
    corpus = pathlib.Path(sys.argv[2])
    files = [path for path in sorted(corpus.glob("suite/*/*.jsonl")) if re.search(sys.argv[3] if len(sys.argv) > 3 else "", path.name)]
    counts, alone = collections.Counter(), 0
    with tempfile.TemporaryDirectory() as folder, served(os.path.abspath(sys.argv[1])) as port:
        other = PostgreSQL(pathlib.Path(folder) / "server").start()
        try:
            for path in files:
                lines = list(statements(path, corpus / "data"))
                for driver, body in DRIVERS.items():
                    wanted, told = run(body, other.port, "postgres", lines), run(body, port, "admin", lines)
                    for line, right, ours in zip(lines, wanted, told):
                        counts[driver, "the same" if right == ours else "another error" if right != "ok" else "here alone"] += 1
                        if right == "ok" and ours != "ok":
                            alone += line.get("tier", 3) < 3
                            text = line["sql"][:150].replace("\n", " ")
                            print(f"{driver} {path.stem}:{line.get('n')} tier {line.get('tier')} {ours} {text}", flush=True)
        finally:
            other.stop("immediate")
    for (driver, kind), count in sorted(counts.items()):
        print(f"{driver}: {count} {kind}")
    sys.exit(alone > 0)


if __name__ == "__main__":
    main()
