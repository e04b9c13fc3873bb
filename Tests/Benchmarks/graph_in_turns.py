#!/usr/bin/env python3
"""Measures walks through a graph on SQLite, DuckDB, Kuzu, igraph, networkx and servers, in turns, and checks the answers.

    pip install numpy duckdb kuzu igraph networkx psycopg2-binary
    graph_in_turns.py DIR --graph debian --rounds 3 --engine sqlite --engine duckdb --engine kuzu --engine igraph --engine networkx \\
        --server postgresql=postgresql://postgres@127.0.0.1:5499/postgres \\
        --server ours=http://127.0.0.1:8080/bench --server today=http://127.0.0.1:8080/bench --json DIR/graph.jsonl

Graphs, each kept in DIR: `debian` is real: Debian's packages (apt's lists, apt-get update first) and what they depend on
or recommend, an edge for each alternative that is a package; `power` is a Kronecker graph (R-MAT 0.57 0.19 0.19 0.05)
of 2^SCALE nodes and 10 edges a node, without loops and repetitions, seed 42. Edges are directed, nodes numbers.

Workloads: `load` (from memory, with an index for each direction), `hop1`, `hop2`, `hop3` (how many nodes are at most so
many edges away, the first not counted), `path` (length of a shortest path, at most 8, else -1), `reach` (how many nodes
can be reached at all), `components` (how many there are, directions aside), `pagerank` (the ten first after 20 rounds
with damping 0.85). Of walks 20 starts with the seed, the median counts; of `reach` 3. What an engine can't do has no
figure. Every answer is compared with that of a search on numpy's arrays; for `pagerank` the set of the ten, 9 in common.
An HTTP server named `today` is asked by a loop of the client's, level by level, without terms for graphs.
"""

import argparse
import http.client
import json
import random
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
import warnings
from pathlib import Path
from statistics import median

import numpy

LISTS = "/var/lib/apt/lists"
WALKS, LONGEST, BATCH, PATIENCE = 20, 8, 50_000, 120
HOPS = {"hop1": 1, "hop2": 2, "hop3": 3}
KINDS = [*HOPS, "path", "reach", "components", "pagerank"]


# The graphs


def make_debian():
    text = ""
    for path in sorted(Path(LISTS).glob("*_main_binary-*_Packages*")):
        text += subprocess.run(["/usr/lib/apt/apt-helper", "cat-file", path], capture_output=True, check=True).stdout.decode()
    wants = {}
    for paragraph in text.split("\n\n"):
        fields = dict(re.findall(r"^(Package|Depends|Pre-Depends|Recommends): (.*)$", paragraph, re.M))
        if "Package" in fields:
            named = ",".join(value for field, value in fields.items() if field != "Package")
            wants[fields["Package"]] = {re.split(r"[\s(:\[]", one.strip())[0] for one in re.split(r"[,|]", named)}
    number = {name: at for at, name in enumerate(sorted(wants))}
    edges = {(number[name], number[one]) for name, ones in wants.items() for one in ones if one in number and one != name}
    return len(number), numpy.array(sorted(edges), dtype=numpy.int64)


def make_power(scale):
    chance, count = numpy.random.default_rng(42), 10 << scale
    ends = numpy.zeros((2, count), dtype=numpy.int64)
    for _ in range(scale):
        drawn = chance.random(count)
        ends = 2 * ends + numpy.stack([drawn >= 0.76, ((drawn >= 0.57) & (drawn < 0.76)) | (drawn >= 0.95)])
    mixed = chance.permutation(1 << scale)[ends]
    return 1 << scale, numpy.unique(mixed.T[mixed[0] != mixed[1]], axis=0)


class Graph:
    """Nodes 0..<count and edges in their order, with what is right."""

    def __init__(self, count, edges):
        self.count, self.edges = count, edges
        self.start = numpy.searchsorted(edges[:, 0], numpy.arange(count + 1))
        self.ends = numpy.ascontiguousarray(edges[:, 1])
        chance = random.Random(7)
        degree = numpy.diff(self.start)
        starts = [int(node) for node in numpy.flatnonzero((degree >= 3) & (degree <= 50))]
        self.starts = chance.sample(starts, WALKS)
        reached = numpy.flatnonzero(numpy.bincount(self.ends, minlength=count) > 2)
        self.pairs = [(start, int(chance.choice(reached))) for start in self.starts]
        self.answers = {kind: [self.within(start, hops) for start in self.starts] for kind, hops in HOPS.items()}
        self.answers["path"] = [self.distance(*pair) for pair in self.pairs]
        self.answers["reach"] = [self.within(start, count) for start in self.starts[:3]]
        self.answers["components"] = [self.count_components()]
        self.answers["pagerank"] = [set(self.first_ten())]

    def levels(self, start):
        seen = numpy.zeros(self.count, dtype=bool)
        seen[start], front = True, numpy.array([start])
        while len(front):
            yield front
            found = numpy.concatenate([self.ends[self.start[node] : self.start[node + 1]] for node in front])
            front = numpy.unique(found[~seen[found]])
            seen[front] = True

    def within(self, start, hops):
        return sum(len(front) for level, front in enumerate(self.levels(start)) if 0 < level <= hops)

    def distance(self, start, end):
        return next((level for level, front in enumerate(self.levels(start)) if level <= LONGEST and end in front), -1)

    def count_components(self):
        label = numpy.arange(self.count)
        while True:
            low = numpy.minimum(label[self.edges[:, 0]], label[self.edges[:, 1]])
            new = label.copy()
            for side in (0, 1):
                numpy.minimum.at(new, self.edges[:, side], low)
            new = new[new]
            if (new == label).all():
                return len(numpy.unique(label))
            label = new

    def first_ten(self):
        rank, degree = numpy.full(self.count, 1 / self.count), numpy.diff(self.start)
        for _ in range(20):
            share = numpy.divide(rank, degree, out=numpy.zeros(self.count), where=degree > 0)
            given = numpy.bincount(self.ends, weights=share[self.edges[:, 0]], minlength=self.count)
            rank = 0.15 / self.count + 0.85 * (given + rank[degree == 0].sum() / self.count)
        return [int(node) for node in numpy.argsort(-rank)[:10]]

    def cases(self, kind):
        if kind == "path":
            return self.pairs
        return [(start,) for start in self.starts[: 3 if kind == "reach" else WALKS]] if kind in HOPS or kind == "reach" else [()]


# Engines: load(graph) -> bytes; ask(kind, *nodes) -> answer


WITHIN = """WITH RECURSIVE walk(node, depth) AS (SELECT {0}, 0 UNION SELECT target, depth + 1 FROM walk JOIN edges ON source = node
WHERE depth < {1}) SELECT count(DISTINCT node) - 1 FROM walk"""
REACH = """WITH RECURSIVE walk(node) AS (SELECT {0} UNION SELECT target FROM walk JOIN edges ON source = node) SELECT count(*) - 1 FROM walk"""
PATH = """WITH RECURSIVE walk(node, depth) AS (SELECT {0}, 0 UNION SELECT target, depth + 1 FROM walk JOIN edges ON source = node
WHERE depth < 8) SELECT depth FROM walk WHERE node = {1} LIMIT 1"""


def sql_of(kind, nodes):
    if kind in HOPS:
        return WITHIN.format(nodes[0], HOPS[kind])
    return {"path": PATH, "reach": REACH}[kind].format(*nodes) if kind in ("path", "reach") else None


class SQLite:
    name = "sqlite"

    def __init__(self, directory):
        self.path = directory / "graph.sqlite"

    def load(self, graph):
        self.path.unlink(missing_ok=True)
        self.db = sqlite3.connect(self.path)
        for setting in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -262144", "mmap_size = 1073741824"):
            self.db.execute("PRAGMA " + setting)
        self.db.execute("CREATE TABLE edges (source INTEGER, target INTEGER, PRIMARY KEY (source, target)) WITHOUT ROWID")
        self.db.executemany("INSERT INTO edges VALUES (?, ?)", graph.edges.tolist())
        self.db.execute("CREATE INDEX back ON edges (target, source)")
        self.db.commit()
        return self.path.stat().st_size

    def ask(self, kind, *nodes):
        query = sql_of(kind, nodes)
        if query:
            stop = time.monotonic() + PATIENCE
            self.db.set_progress_handler(lambda: time.monotonic() > stop, 1_000_000)
            return (self.db.execute(query).fetchone() or (-1,))[0]


class DuckDB:
    name = "duckdb"

    def __init__(self, directory):
        self.path = directory / "graph.duckdb"

    def load(self, graph):
        import duckdb

        self.path.unlink(missing_ok=True)
        self.db = duckdb.connect(str(self.path))
        self.db.execute("SET threads = 2")
        source, target = graph.edges[:, 0], graph.edges[:, 1]
        self.db.register("given", {"source": source, "target": target})
        self.db.execute("CREATE TABLE edges AS SELECT * FROM given ORDER BY source, target")
        self.db.execute("CHECKPOINT")
        return self.path.stat().st_size

    def ask(self, kind, *nodes):
        query = sql_of(kind, nodes)
        if query:
            return (self.db.execute(query).fetchone() or (-1,))[0]


class Kuzu:
    name = "kuzu"

    def __init__(self, directory):
        self.path, self.directory = directory / "graph.kuzu", directory

    def load(self, graph):
        import kuzu

        for path in self.directory.glob("graph.kuzu*"):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        nodes, edges = self.directory / "nodes.csv", self.directory / "edges.csv"
        nodes.write_text("".join("%d\n" % node for node in range(graph.count)))
        numpy.savetxt(edges, graph.edges, fmt="%d", delimiter=",")
        self.db = kuzu.Connection(kuzu.Database(str(self.path), buffer_pool_size=4 << 30), num_threads=2)
        started = time.perf_counter()
        for query in ("CREATE NODE TABLE N (id INT64 PRIMARY KEY)", "CREATE REL TABLE E (FROM N TO N)", f"COPY N FROM '{nodes}'", f"COPY E FROM '{edges}'", "CHECKPOINT"):
            self.db.execute(query)
        self.loading = time.perf_counter() - started
        self.db.set_query_timeout(PATIENCE * 1000)
        for query in ("INSTALL algo", "LOAD algo", "CALL project_graph('G', ['N'], ['E'])"):
            self.db.execute(query)
        return sum(path.stat().st_size for path in self.directory.glob("graph.kuzu*") if path.is_file())

    def rows(self, query):
        return [row for row in self.db.execute(query)]

    def ask(self, kind, *nodes):
        if kind in HOPS:
            found = "MATCH (a:N {id: %d})-[:E* SHORTEST 1..%d]->(b:N) WHERE b.id <> %d RETURN count(*)" % (nodes[0], HOPS[kind], nodes[0])
            return self.rows(found)[0][0]
        if kind == "path":
            found = self.rows("MATCH (a:N {id: %d})-[e:E* SHORTEST 1..8]->(b:N {id: %d}) RETURN length(e)" % nodes)
            return found[0][0] if found else -1
        if kind == "components":
            return self.rows("CALL weakly_connected_components('G') RETURN count(DISTINCT group_id)")[0][0]
        if kind == "pagerank":
            return {row[0] for row in self.rows("CALL page_rank('G') RETURN node.id, rank ORDER BY rank DESC LIMIT 10")}
        return self.rows("MATCH (a:N {id: %d})-[:E* SHORTEST 1..30]->(b:N) WHERE b.id <> %d RETURN count(*)" % (nodes[0], nodes[0]))[0][0]


class IGraph:
    name = "igraph"

    def __init__(self, directory):
        pass

    def load(self, graph):
        import igraph

        warnings.simplefilter("ignore")
        self.graph = igraph.Graph(n=graph.count, edges=graph.edges, directed=True)
        return 0

    def ask(self, kind, *nodes):
        if kind in HOPS:
            return self.graph.neighborhood_size(nodes[0], order=HOPS[kind], mode="out") - 1
        if kind == "path":
            length = len(self.graph.get_shortest_path(nodes[0], nodes[1], mode="out")) - 1
            return length if 0 <= length <= LONGEST else -1
        if kind == "reach":
            return len(self.graph.subcomponent(nodes[0], mode="out")) - 1
        if kind == "components":
            return len(self.graph.connected_components(mode="weak"))
        rank = self.graph.pagerank()
        return set(sorted(range(len(rank)), key=rank.__getitem__)[-10:])


class NetworkX:
    name = "networkx"

    def __init__(self, directory):
        pass

    def load(self, graph):
        import networkx

        self.module, self.graph = networkx, networkx.DiGraph()
        self.graph.add_nodes_from(range(graph.count))
        self.graph.add_edges_from(graph.edges.tolist())
        return 0

    def ask(self, kind, *nodes):
        if kind in HOPS:
            return len(self.module.single_source_shortest_path_length(self.graph, nodes[0], cutoff=HOPS[kind])) - 1
        if kind == "path":
            try:
                length = self.module.bidirectional_shortest_path(self.graph, *nodes)
            except self.module.NetworkXNoPath:
                return -1
            return len(length) - 1 if len(length) - 1 <= LONGEST else -1
        if kind == "reach":
            return len(self.module.descendants(self.graph, nodes[0]))
        if kind == "components":
            return self.module.number_weakly_connected_components(self.graph)


class PostgreSQL:
    def __init__(self, place):
        import psycopg2

        connection = psycopg2.connect(place)
        connection.autocommit = True
        self.cursor = connection.cursor()
        self.cursor.execute("SET statement_timeout = %d" % (1000 * PATIENCE))

    def load(self, graph):
        import io

        self.cursor.execute("DROP TABLE IF EXISTS edges; CREATE TABLE edges (source int, target int)")
        lines = "".join("%d\t%d\n" % (source, target) for source, target in graph.edges.tolist())
        self.cursor.copy_expert("COPY edges FROM STDIN", io.StringIO(lines))
        self.cursor.execute("ALTER TABLE edges ADD PRIMARY KEY (source, target); CREATE INDEX ON edges (target, source)")
        self.cursor.execute("VACUUM ANALYZE edges")
        self.cursor.execute("SELECT pg_total_relation_size('edges')")
        return self.cursor.fetchone()[0]

    def ask(self, kind, *nodes):
        query = sql_of(kind, nodes)
        if query:
            self.cursor.execute(query)
            return (self.cursor.fetchone() or (-1,))[0]


class Pando:
    """ReQL as text over HTTP: edges are documents {id: [source, target], source, target} with two compound indexes."""

    def __init__(self, place):
        server, _, self.database = place.rpartition("/")
        self.connection = http.client.HTTPConnection(server.partition("://")[2], timeout=PATIENCE)
        self.edges = "r.db(%s).table('bench_edges')" % json.dumps(self.database)

    def connect(self):
        """Anew: while others load or are asked, the server closes a connection that nobody uses."""
        self.connection.close()
        self.connection.connect()
        # As psycopg's: a request is not to wait for the acknowledgement of the one before.
        self.connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def post(self, path, kind, body):
        self.connection.request("POST", path, body, {"Content-Type": kind})
        reply = self.connection.getresponse()
        answer = json.load(reply)
        if reply.status >= 400:
            raise RuntimeError(answer.get("detail"))
        return answer

    def send(self, query):
        return self.post("/_reql", "text/plain", query.encode())["result"]

    def load(self, graph):
        self.connect()
        name = json.dumps(self.database)
        self.send("r.expr([%s]).difference(r.dbList()).forEach(x => r.dbCreate(x))" % name)
        self.send("r.expr(['bench_edges']).setIntersection(r.db(%s).tableList()).forEach(x => r.db(%s).tableDrop(x))" % (name, name))
        self.send("r.db(%s).tableCreate('bench_edges')" % name)
        self.isolated = graph.count - len(numpy.unique(graph.edges))
        for start in range(0, len(graph.edges), BATCH):
            lines = "".join('{"id":[%d,%d],"source":%d,"target":%d}\n' % (a, b, a, b) for a, b in graph.edges[start : start + BATCH].tolist())
            self.post("/%s/bench_edges?durability=soft" % self.database, "application/x-ndjson", lines.encode())
        for index in ("r.row('source'), r.row('target')", "r.row('target'), r.row('source')"):
            self.send(self.edges + ".indexCreate(%s, [%s])" % (json.dumps("out" if index.startswith("r.row('s") else "in"), index))
        self.send(self.edges + ".indexWait()")
        return 0

    def ask(self, kind, *nodes):
        if self.name == "today":
            return self.loop(kind, *nodes)
        over = "over: {edges: %s, from: 'source', to: 'target'}" % self.edges
        if kind in HOPS:
            return self.send("r.traverse(%d, {%s, depth: %d}).count()" % (nodes[0], over, HOPS[kind]))
        if kind == "path":
            return self.send("r.shortestPath(%d, %d, {%s, depth: 8})('length').default(-1)" % (*nodes, over))
        if kind == "reach":
            return self.send("r.traverse(%d, {%s}).count()" % (nodes[0], over))
        if kind == "components":
            return self.isolated + self.send("r.components({%s})('component').distinct().count()" % over)
        return set(self.send("r.pageRank({%s, rounds: 20}).orderBy(r.desc('rank')).limit(10)('id').coerceTo('array')" % over))

    def loop(self, kind, start=0, end=0):
        if kind not in HOPS:
            return None
        seen, front = {start}, [start]
        for _ in range(HOPS[kind]):
            ranges = "r.expr(%s).concatMap(n => %s.between([n], [n, r.maxval], {index: 'out'})('target'))" % (json.dumps(front), self.edges)
            front = sorted(set(self.send(ranges + ".distinct()")) - seen) if front else []
            seen.update(front)
        return len(seen) - 1


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("directory", type=Path)
    parser.add_argument("--graph", choices=["debian", "power"], default="debian")
    parser.add_argument("--scale", type=int, default=18)
    parser.add_argument("--rounds", type=int, default=3)
    engines = {one.name: one for one in (SQLite, DuckDB, Kuzu, IGraph, NetworkX)}
    parser.add_argument("--engine", action="append", default=[], choices=list(engines))
    parser.add_argument("--server", action="append", default=[], metavar="NAME=URL")
    parser.add_argument("--kinds", default=",".join(KINDS))
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    options.directory.mkdir(parents=True, exist_ok=True)
    graph = Graph(*(make_debian() if options.graph == "debian" else make_power(options.scale)))
    print("%d nodes, %d edges" % (graph.count, len(graph.edges)), flush=True)
    chosen = [engines[name](options.directory) for name in options.engine]
    for server in options.server:
        name, _, place = server.partition("=")
        chosen.append((PostgreSQL if place.startswith("postgres") else Pando)(place))
        chosen[-1].name = name
    figures = {}
    note = lambda engine, kind, value: figures.setdefault((kind, engine.name), []).append(value)
    for engine in chosen:
        started = time.perf_counter()
        size = engine.load(graph)
        note(engine, "load s", getattr(engine, "loading", time.perf_counter() - started))
        note(engine, "bytes/edge", size / len(graph.edges))
    for _ in range(options.rounds):
        for kind in options.kinds.split(","):
            for engine in chosen:
                times = []
                if isinstance(engine, Pando):
                    engine.connect()
                for nodes, wanted in zip(graph.cases(kind), graph.answers[kind]):
                    started = time.perf_counter()
                    try:
                        got = engine.ask(kind, *nodes)
                    except Exception as error:
                        print("%s: %s %s: %s" % (engine.name, kind, nodes, str(error).strip()[:200]), file=sys.stderr)
                        break
                    if got is None:
                        break
                    times.append(1000 * (time.perf_counter() - started))
                    if got != wanted and not (kind == "pagerank" and len(got & wanted) >= 9):
                        print("%s: %s %s gave %s, not %s" % (engine.name, kind, nodes, got, wanted), file=sys.stderr)
                if times:
                    note(engine, kind + " ms", median(times))
    if options.json:
        options.json.write_text("".join(json.dumps({"graph": options.graph, "engine": name, "figure": kind, "median": round(median(values), 4)}) + "\n" for (kind, name), values in figures.items()))
    names = [engine.name for engine in chosen]
    print("%-16s" % "" + "".join("%12s" % name for name in names))
    for kind in dict.fromkeys(kind for kind, _ in figures):
        print("%-16s" % kind + "".join("%12s" % ("%.3f" % median(figures[kind, name]) if (kind, name) in figures else "-") for name in names))


if __name__ == "__main__":
    main()
