#!/usr/bin/env python3
"""RethinkDB's own language tests, by its Python driver, where PostgreSQL keeps the records.

    engine_language.py PANDO SUITE [--double] [GLOB…]

SUITE is the folder with run.py and its files, as .ci/run has it for a file; GLOB names some of them (`math_logic/*`). With `--double` PostgreSQL
plays CockroachDB (engine_double.py), is asked in the dialect of that, and may refuse nothing. What passes now must go on passing: the exit status
is 1 if more tests fail than are known to, of all files, or any of those that are named. Without PostgreSQL or SUITE it is left out.
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
# Those that make a table of two shards, which one server has not, or of as many as the double says that it has.
KNOWN_FAILURES = 3


def run(source, suite, globs):
    with served(source.url(), "--names", "rethinkdb") as server:
        words = [word for glob in globs for word in ("--only", glob)]
        start = time.time()
        done = subprocess.run(
            [sys.executable, "-B", "run.py", "--suite", "suite", "--port", str(server.driver), *words],
            cwd=suite, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        lines = done.stdout.strip().splitlines()
        for line in lines:
            name, _, counts = line.partition("  ")
            passed, _, all = counts.partition("/")
            if passed != all:
                print(f"    {line}", flush=True)
        if done.returncode or not lines or not lines[-1].endswith(" failed"):
            raise Failure(f"The tests were not run: {done.stdout[-2000:]}")
        passed, failed = [int(part.split()[0]) for part in lines[-1].split(",")]
        print(f"{passed} passed, {failed} failed, {time.time() - start:.0f} s", flush=True)
        if not passed or failed > (0 if globs else KNOWN_FAILURES):
            raise Failure(f"{failed} fail, of {passed + failed}")
    expect_in("check", pando("check", source.url()), "is sound")


def main():
    suite, *globs = [word for word in sys.argv[2:] if word != "--double"] or [""]
    if not BIN.exists() or not os.path.exists(os.path.join(suite, "run.py")):
        print("There is no PostgreSQL 15, or there are no tests of the language.")
        return
    source = PostgreSQL(FOLDER / "server").start()
    try:
        if not IS_DOUBLE:
            run(source, suite, globs)
            return
        with Proxied(source, is_double=True) as proxied:
            run(proxied, suite, globs)
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
