#!/usr/bin/env python3
"""RethinkDB's own language tests, by its Python driver, where PostgreSQL keeps the records.

    engine_language.py PANDO SUITE [--double] [GLOB…]

SUITE is the folder with run.py and its files, as .ci/run has it for a file; GLOB names some of them (`math_logic/*`). With `--double` PostgreSQL
plays CockroachDB (engine_double.py), is asked in the dialect of that, and may refuse nothing. What passes now must go on passing: the exit status
is 1 if more tests of a file fail than are known to. Then a file keeps the records, to show how long that takes; the aim is a third. Without
PostgreSQL or SUITE it is left out.
"""

import contextlib
import os
import shutil
import subprocess
import sys
import time

from engine_proxy import Proxied
from engine_tools import BIN, FOLDER, Failure, PostgreSQL, expect, expect_in, pando, served

IS_DOUBLE = "--double" in sys.argv
# Of each file so many: two make a table of two shards, which one server has not, and one fails on a file as well.
KNOWN_FAILURES = {"meta/table.yaml": 2, "geo/indexing.yaml": 1}


def run(place, suite, globs):
    """The seconds that the tests took."""
    with served(place, "--names", "rethinkdb") as server:
        words = ["--only", *globs] if globs else []
        start = time.time()
        done = subprocess.run(
            [sys.executable, "-B", "run.py", "--suite", "suite", "--port", str(server.driver), *words],
            cwd=suite, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        lines = done.stdout.strip().splitlines()
        if done.returncode or not lines or not lines[-1].endswith(" failed"):
            raise Failure(f"The tests were not run: {done.stdout[-2000:]}")
        passed, failed = [int(part.split()[0]) for part in lines[-1].split(",")]
        seconds = time.time() - start
        print(f"{passed} passed, {failed} failed, {seconds:.0f} s", flush=True)
        for line in lines[:-1]:
            name, _, counts = line.partition("  ")
            good, _, all = counts.partition("/")
            if good == all:
                continue
            print(f"    {line}", flush=True)
            if not all or int(all) - int(good) > KNOWN_FAILURES.get(name, 0):
                raise Failure(f"{line}; {KNOWN_FAILURES.get(name, 0)} of them are known to fail: run.py --only {name} --verbose says how")
        if not passed:
            raise Failure("Nothing was tried.")
    expect_in("check", pando("check", place), "is sound")
    return seconds


def main():
    suite, *globs = [word for word in sys.argv[2:] if word != "--double"] or [""]
    if not BIN.exists() or not os.path.exists(os.path.join(suite, "run.py")):
        print("There is no PostgreSQL 15, or there are no tests of the language.")
        return
    source = PostgreSQL(FOLDER / "server").start()
    try:
        if not IS_DOUBLE:
            seconds = run(source.url(), suite, globs)
            print(f"{seconds / run(FOLDER / 'file.pando', suite, globs):.1f} times as long as with a file")
            return
        with Proxied(source, is_double=True) as proxied:
            run(proxied.url(), suite, globs)
            expect("what the double refused", proxied.double.refused[:3], [])
    except Failure as failure:
        print(f"language: {failure}", file=sys.stderr)
        sys.exit(1)
    finally:
        with contextlib.suppress(subprocess.CalledProcessError):
            source.stop("immediate")
        shutil.rmtree(FOLDER, ignore_errors=True)


if __name__ == "__main__":
    main()
