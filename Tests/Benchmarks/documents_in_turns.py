#!/usr/bin/env python3
"""Runs the document workloads on Pando and on SQLite in turns, workload by workload, and prints medians and ratios.

    documents_in_turns.py DOCUMENTS_PY BENCHMARK DIR [ROUNDS [WORKLOAD…]]

DOCUMENTS_PY is the program that defines the workloads for SQLite; BENCHMARK is `benchmark` of this package, built for
release. Files go into DIR. A ratio is SQLite's time by Pando's: above 1, Pando is faster.
"""

import contextlib
import importlib.util
import io
import json
import random
import statistics
import subprocess
import sys
from pathlib import Path


def main():
    program, benchmark, directory = sys.argv[1:4]
    rounds = int(sys.argv[4]) if len(sys.argv) > 4 else 3
    spec = importlib.util.spec_from_file_location("documents", program)
    workloads = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(workloads)

    chance = random.Random(42)
    documents = [workloads.make_document(chance, number) for number in range(200_000)]
    lines = "".join(workloads.as_text(one) + "\n" for one in documents)
    Path(directory, "documents.ndjson").write_text(lines, "utf-8")
    answers = workloads.compute_answers(documents)
    wanted = sys.argv[5:] or list(answers) + ["limit_10", "skip_limit_10"]
    batches = [documents[at : at + workloads.BATCH] for at in range(0, len(documents), workloads.BATCH)]
    sqlite = workloads.SQLite(str(Path(directory, "sqlite.documents")), batches)
    del documents, lines

    seconds = {}
    sizes = {}
    for _ in range(rounds):
        sqlite.create()
        for workload in [*answers, "limit_10", "skip_limit_10"]:
            # SQLite runs all of them, as each works on what the ones before it left.
            if workload in answers:
                with contextlib.redirect_stdout(io.StringIO()) as line:
                    workloads.measure(sqlite, workload, *answers[workload])
                seconds.setdefault((workload, "sqlite"), []).append(json.loads(line.getvalue())["seconds"])
            if workload in wanted:
                line = subprocess.run([benchmark, "documents", directory, workload], check=True, capture_output=True, text=True)
                seconds.setdefault((workload, "pando"), []).append(json.loads(line.stdout)["seconds"])
            if workload == "load":
                for engine in ("sqlite", "pando"):
                    path = Path(directory, engine + ".documents")
                    if path.exists():
                        sizes[engine] = path.stat().st_blocks * 512

    print("| Workload | Pando, seconds (min to max) | SQLite, seconds (min to max) | SQLite / Pando |")
    print("|---|---|---|---|")
    for workload in wanted:
        ours, theirs = seconds[workload, "pando"], seconds.get((workload, "sqlite"))
        middle = statistics.median(ours)
        cells = ["`%s`" % workload, shown(ours), shown(theirs) if theirs else ""]
        cells.append("%.2f" % (statistics.median(theirs) / max(middle, 0.000001)) if theirs else "")
        print("| %s |" % " | ".join(cells))
    print("\nFile after `load`: " + ", ".join("%s %.1f MiB" % (engine, size / 2**20) for engine, size in sizes.items()))


def shown(times):
    return "%.6f (%.6f to %.6f)" % (statistics.median(times), min(times), max(times))


if __name__ == "__main__":
    main()
