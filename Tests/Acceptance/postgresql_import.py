#!/usr/bin/env python3
"""`pando import postgresql://…` from a PostgreSQL that is started for it, into a file and into a server.

    apt-get install postgresql-15 openssl
    postgresql_import.py PANDO [STEP...]

Makes a database with many types, keys, constraints, partitions, views and what has no counterpart, imports it, and compares each row of each table
as both servers write it by COPY, the constraints, the sequences and the report. Then passwords, TLS, a database that others write meanwhile, a
server that dies, and ones that are none. Prints each step; the exit status is 1 if anything differs. Without PostgreSQL it is left out.
"""

import contextlib
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time

from postgresql_server import BIN, PostgreSQL

PANDO = os.path.abspath(sys.argv[1])
FOLDER = pathlib.Path(tempfile.mkdtemp(prefix="pando-import-"))


class Failure(Exception):
    pass


def expect(what, got, wanted):
    if got != wanted:
        raise Failure(f"{what}: {str(got)[:600]} instead of {str(wanted)[:600]}")


def expect_in(what, text, *parts):
    for part in parts:
        if part not in text:
            raise Failure(f"{what}: {part!r} is not in {text[:3000]!r}")


def pando(*words, status=0, env=None):
    done = subprocess.run([PANDO, *map(str, words)], capture_output=True, text=True, timeout=300, cwd=FOLDER, env={**os.environ, **(env or {})})
    if done.returncode != status:
        raise Failure(f"pando {' '.join(map(str, words))}: status {done.returncode}: {done.stdout[-800:]} {done.stderr[-3000:]}")
    return done.stdout + done.stderr


# Servers


def source_server():
    """A server that asks for passwords of every kind, and for TLS."""
    server = PostgreSQL(FOLDER / "source", "fsync = off\nssl = on\n", """
host all ann 127.0.0.1/32 scram-sha-256
host all weak 127.0.0.1/32 md5
host all clear 127.0.0.1/32 password
hostssl all safe 127.0.0.1/32 scram-sha-256
host all postgres 127.0.0.1/32 trust
""")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", str(server.data / "server.key"),
         "-out", str(server.data / "server.crt"), "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-days", "2"],
        check=True, capture_output=True)
    for name in ["server.key", "server.crt"]:
        os.chmod(server.data / name, 0o600)
        if os.getuid() == 0:
            shutil.chown(server.data / name, "postgres")
    shutil.copy(server.data / "server.crt", FOLDER / "ca.pem")
    os.chmod(FOLDER / "ca.pem", 0o644)
    return server.start()


def psql(port, database, text, user="postgres", check=True):
    """What a script prints, unaligned; the settings are those under which values have one form."""
    environment = dict(os.environ, PGHOST="127.0.0.1", PGPORT=str(port), PGUSER=user, PGDATABASE=database, PSQLRC="/dev/null")
    first = "SET timezone = 'UTC'; SET datestyle = 'ISO, YMD'; SET intervalstyle = 'postgres'; SET extra_float_digits = 3;\n"
    done = subprocess.run([f"{BIN}/psql", "-XAtq", "-v", "ON_ERROR_STOP=1"], input=first + text, env=environment, capture_output=True, text=True, timeout=120)
    if check and done.returncode != 0:
        raise Failure(f"psql {text[:300]}: {done.stderr[:600]}")
    return done.stdout if check else done.stdout + done.stderr


@contextlib.contextmanager
def served(path, *options):
    server = subprocess.Popen(
        [PANDO, "serve", str(path), "--http-port", "0", "--driver-port", "none", "--pg-port", "0", "--bind", "127.0.0.1", "--quiet", *options],
        stdout=subprocess.PIPE, text=True, cwd=FOLDER)
    try:
        lines = [server.stdout.readline().strip() for _ in range(2)]
        yield lines[0].removeprefix("http://").rstrip("/"), int(lines[1].rsplit(":", 1)[1])
    finally:
        server.terminate()
        expect("the server's exit status", server.wait(timeout=20), 0)


# What is imported

CLEAN = r"""
CREATE SCHEMA "shop floor";
CREATE TYPE mood AS ENUM ('sad', 'ok', 'it''s "fine"');
CREATE DOMAIN posint AS integer CHECK (VALUE > 0);
CREATE DOMAIN email AS text DEFAULT 'x@y' CONSTRAINT has_at CHECK (VALUE LIKE '%@%');
CREATE SEQUENCE plain START 10 INCREMENT 5 MAXVALUE 1000 CYCLE;
SELECT nextval('plain'), nextval('plain');
CREATE TABLE people (
    id serial PRIMARY KEY, name text NOT NULL, email email, born date, feeling mood DEFAULT 'ok', height numeric(5,2) CHECK (height > 0),
    tags text[], data jsonb, plain json, raw bytea, seen timestamptz DEFAULT '2020-01-01 00:00:00+00', at timestamp, code varchar(10),
    active boolean DEFAULT true, uid uuid, ratio double precision, small smallint, big bigint, span interval, ip inet, t time, tz timetz, c char(5),
    r real, moods mood[], n posint, matrix integer[], doubled bigint GENERATED ALWAYS AS (big * 2) STORED,
    CONSTRAINT short CHECK (length(name) < 50), UNIQUE (name, born));
COMMENT ON TABLE people IS 'who''s who';
COMMENT ON COLUMN people.name IS 'the name';
INSERT INTO people (name, email, born, feeling, height, tags, data, plain, raw, seen, at, code, active, uid, ratio, small, big, span, ip, t, tz, c, r, moods, n, matrix)
SELECT 'n' || i, 'a@b' || i, date '2000-01-01' + i, (ARRAY['sad','ok','it''s "fine"'])[i % 3 + 1]::mood, i / 100.0 + 0.01,
  ARRAY['x', NULL, 'tab' || chr(9) || 'nl' || chr(10) || 'bs\'], jsonb_build_object('k', i, 's', E'q"\\'), '{"a": 2, "b": 1}',
  decode(lpad(to_hex(i), 8, '0'), 'hex'), timestamptz '2024-02-29 12:34:56.789012+02' + i * interval '1 hour', timestamp '1999-12-31 23:59:59.999999',
  'c' || i % 1000, i % 2 = 0, md5(i::text)::uuid, i * 1.1e100, i % 30000, i::bigint * 10000000000, i * interval '1 day 2 hours',
  ('10.0.0.' || i % 250)::inet, time '01:02:03', timetz '01:02:03+02', 'ab', i / 3.0, ARRAY['ok']::mood[], i, ARRAY[[i, 2], [3, NULL]]
FROM generate_series(1, 5000) i;
INSERT INTO people (name, email, n) VALUES ('nulls', 'n@n', 1), (E'weird \\N \t\n\r\b\\.', 'w@w', 2), ('', 'e@e', 3), ('ünïcödé 🎉', 'u@u', 4);
INSERT INTO people (name, email, at) VALUES ('inf', 'i@i', 'infinity'), ('-inf', 'i@i', '-infinity');
CREATE TABLE "shop floor"."Order Lines" (
    id bigint GENERATED ALWAYS AS IDENTITY (START WITH 100 INCREMENT BY 10), person integer REFERENCES people ON DELETE CASCADE,
    "Line No" integer, price numeric, PRIMARY KEY (id, "Line No"));
INSERT INTO "shop floor"."Order Lines" (person, "Line No", price)
    SELECT i, i % 7, i + 0.12345678901234567890123456789 FROM generate_series(1, 1000) i;
CREATE INDEX ON "shop floor"."Order Lines" (person);
CREATE UNIQUE INDEX people_lower ON people (lower(name)) WHERE active;
CREATE INDEX people_data ON people USING gin (data);
CREATE TABLE parts (k integer, v text) PARTITION BY RANGE (k);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (100);
CREATE TABLE parts_2 PARTITION OF parts FOR VALUES FROM (100) TO (200);
CREATE INDEX parts_k ON parts (k);
INSERT INTO parts SELECT i, 'p' || i FROM generate_series(0, 199) i;
CREATE TABLE empty (x integer);
CREATE TABLE nokey (a integer, b text);
INSERT INTO nokey SELECT i % 3, 'same' FROM generate_series(1, 30) i;
CREATE TABLE large (id integer PRIMARY KEY, v text);
INSERT INTO large SELECT i, repeat(md5(i::text), 8) FROM generate_series(1, 150000) i;
CREATE TABLE wide (id integer PRIMARY KEY, v text);
INSERT INTO wide VALUES (1, repeat('wide', 3000000));
CREATE VIEW over_adults AS SELECT 1 AS n;
CREATE VIEW adults AS SELECT id, name FROM people WHERE born < '2005-01-01';
CREATE OR REPLACE VIEW over_adults AS SELECT count(*)::integer AS n FROM adults;
CREATE MATERIALIZED VIEW totals AS SELECT person, sum(price) AS total FROM "shop floor"."Order Lines" GROUP BY person;
CREATE INDEX totals_person ON totals (person);
"""

TABLES = ["people", '"shop floor"."Order Lines"', "parts", "empty", "nokey", "large", "wide", "totals"]

UNCLEAN = r"""
CREATE SCHEMA odd;
CREATE FUNCTION odd.f(a integer) RETURNS integer LANGUAGE sql AS 'SELECT a + 1';
CREATE FUNCTION odd.tf() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TABLE odd.base (id integer PRIMARY KEY, loc point, seg lseg, v text DEFAULT 'x');
INSERT INTO odd.base VALUES (1, '(1,2)', '[(0,0),(1,1)]', 'one'), (2, NULL, NULL, 'two');
CREATE TRIGGER tr BEFORE INSERT ON odd.base FOR EACH ROW EXECUTE FUNCTION odd.tf();
CREATE VIEW odd.uses_f AS SELECT odd.f(1) AS x;
CREATE TABLE odd.child (extra text) INHERITS (odd.base);
INSERT INTO odd.child VALUES (3, NULL, NULL, 'three', 'more');
CREATE TABLE odd.calls (id integer DEFAULT odd.f(1), w integer);
INSERT INTO odd.calls VALUES (1, 2);
CREATE TABLE odd.beyond (id integer PRIMARY KEY, d double precision);
INSERT INTO odd.beyond SELECT i, CASE i WHEN 2 THEN 'NaN' WHEN 5 THEN 'infinity' ELSE i / 7.0::double precision END FROM generate_series(1, 2000) i;
CREATE TABLE odd.secret (id integer); ALTER TABLE odd.secret ENABLE ROW LEVEL SECURITY;
CREATE POLICY mine ON odd.secret USING (id = 1);
INSERT INTO odd.secret VALUES (1), (2);
CREATE RULE quiet AS ON DELETE TO odd.base DO INSTEAD NOTHING;
"""


def rows(port, database, table, user):
    return sorted(psql(port, database, f"COPY (SELECT * FROM {table}) TO STDOUT;", user).split("\n"))


def compare(source, port, database, tables, imported=None):
    for table in tables:
        theirs, ours = rows(source.port, database, table, "postgres"), rows(port, imported or database, table, "admin")
        expect(f"the number of lines of {table}", len(ours), len(theirs))
        for line, other in zip(theirs, ours):
            expect(f"a row of {table}", other, line)


# Steps


def a_whole_database(source):
    psql(source.port, "postgres", "CREATE DATABASE clean;")
    psql(source.port, "clean", CLEAN)
    told = pando("import", source.url("clean"), "clean.pando")
    expect_in("what was done", told, "Imported 7 tables with ", " into clean", "1 materialized view", "2 views", "1 foreign key")
    expect("what was left out", "Left out" in told, False)
    pando("check", "clean.pando")
    with served("clean.pando") as (_, port):
        compare(source, port, "clean", TABLES)
        for question in ["SELECT n FROM over_adults", "SELECT enum_range(NULL::mood)", "SELECT nextval('plain')",
                         "SELECT obj_description('people'::regclass), col_description('people'::regclass, 2)",
                         "SELECT count(*), sum(doubled) FROM people", "SELECT id, tags[3] FROM people WHERE lower(name) = 'n77' AND active IS FALSE",
                         "SELECT attname, format_type(atttypid, atttypmod), attnotnull, attidentity, attgenerated FROM pg_attribute "
                         "WHERE attrelid = 'people'::regclass AND attnum > 0 ORDER BY attnum",
                         "SELECT conname, contype, translate(pg_get_constraintdef(oid), '()', '') FROM pg_constraint WHERE conrelid IN ('people'::regclass, "
                         "'\"shop floor\".\"Order Lines\"'::regclass) ORDER BY 1",
                         "SELECT indexname FROM pg_indexes WHERE schemaname IN ('public', 'shop floor') AND tablename NOT LIKE 'parts%' ORDER BY 1",
                         "INSERT INTO people (name) VALUES ('next') RETURNING id, email, feeling, seen, active",
                         "INSERT INTO \"shop floor\".\"Order Lines\" (person, \"Line No\") VALUES (1, 1) RETURNING id"]:
            expect(question, psql(port, "clean", question + ";", "admin"), psql(source.port, "clean", question + ";"))
        for statement, state in [("INSERT INTO people (name, height) VALUES ('x', -1)", "people_height_check"),
                                 ("INSERT INTO people (name, email) VALUES ('x', 'none')", "has_at"), ("INSERT INTO people (n, name) VALUES (0, 'x')", "posint"),
                                 ("INSERT INTO people (name) VALUES (repeat('x', 50))", "short"), ("INSERT INTO people (name) VALUES (NULL)", "not-null"),
                                 ("INSERT INTO people (id, name) VALUES (1, 'x')", "people_pkey"), ("INSERT INTO people (name) VALUES ('NULLS')", "people_lower"),
                                 ("INSERT INTO \"shop floor\".\"Order Lines\" (person, \"Line No\") VALUES (-5, 1)", "foreign key")]:
            expect_in(statement, psql(port, "clean", statement + ";", "admin", check=False), state)
    expect_in("a second time", pando("import", source.url("clean"), "clean.pando", status=1), "already")


def what_has_no_counterpart(source):
    psql(source.port, "postgres", "CREATE DATABASE unclean;")
    psql(source.port, "unclean", UNCLEAN)
    told = pando("import", source.url("unclean"), "unclean.pando", status=1)
    expect_in("the report", told, "Left out: function odd.f(a integer)", "Left out: trigger tr on odd.base", "Left out: inheritance odd.child",
              "Left out: default of odd.calls.id", "Left out: policy mine on odd.secret", "Left out: row security odd.secret", "Left out: rule quiet on odd.base",
              "Left out: view odd.uses_f")
    listed = json.loads(subprocess.run([PANDO, "import", source.url("unclean"), "unclean2.pando", "--json", "--quiet"], capture_output=True, text=True, cwd=FOLDER).stdout)
    expect("rows in JSON", {row["table"]: row["rows"] for row in listed["tables"]}, {"odd.base": 2, "odd.beyond": 1998, "odd.calls": 1, "odd.child": 1, "odd.secret": 2})
    expect("rows that were refused", [one["name"] for one in listed["left_out"] if one["kind"] == "row"], ["of odd.beyond: 2\tNaN", "of odd.beyond: 5\tInfinity"])
    expect("its kinds", {"function", "trigger", "rule", "policy"} <= {one["kind"] for one in listed["left_out"]}, True)
    with served("unclean.pando") as (_, port):
        for table, columns in [("odd.base", "id, loc::text, seg::text, v"), ("odd.child", "id, v, extra"), ("odd.calls", "id, w"), ("odd.secret", "id"), ("odd.beyond", "id, d")]:
            only = "ONLY " if table == "odd.base" else ""
            expect(table, psql(port, "unclean", f"SELECT {columns} FROM {table} ORDER BY id;", "admin"),
                   psql(source.port, "unclean", f"SELECT {columns} FROM {only}{table} {'WHERE id NOT IN (2, 5)' if table == 'odd.beyond' else ''} ORDER BY id;"))


def a_part_of_it(source):
    told = pando("import", source.url("clean"), "part.pando", "--table", "public.people,public.empty", "--db", "app")
    expect_in("two tables", told, "Imported 2 tables", "into app")
    with served("part.pando") as (_, port):
        compare(source, port, "clean", ["people", "empty"], "app")
    told = pando("import", source.url("clean"), "floor.pando", "--schema", "shop floor", status=1)
    expect_in("a schema whose key leads out of it", told, "Imported 1 table with 1,00", "the other table is not taken")
    expect_in("no such table", pando("import", source.url("clean"), "none.pando", "--table", "public.peple", status=1), "Did you mean public.people")
    expect_in("no such schema", pando("import", source.url("clean"), "none.pando", "--schema", "publik", status=1), "Did you mean public")
    expect_in("no such database", pando("import", source.url("nothing"), "none.pando", status=1), "3D000")
    expect("no file was made", (FOLDER / "none.pando").exists(), False)
    for words, part in [(["--format", "csv"], "goes with documents"), (["--schema", "a", "--table", "a.b"], "either"), (["--table", "people"], "public.people")]:
        expect_in(part, pando("import", source.url("clean"), "none.pando", *words, status=2), part)
    pando("import", "part.pando", "app.people", "x.json", "--schema", "a", status=2)


def into_a_server(source):
    pando("db", "served.pando", "create", "other")
    with served("served.pando") as (address, port):
        pando("import", source.url("clean"), "--connect", address, "--db", "taken", "--table", "public.people,public.parts,public.nokey")
        compare(source, port, "clean", ["people", "parts", "nokey"], "taken")


def passwords_and_tls(source):
    psql(source.port, "postgres", """
        SET password_encryption = 'scram-sha-256'; CREATE ROLE ann LOGIN PASSWORD 'pen"cil %'; CREATE ROLE clear LOGIN PASSWORD 'pencil';
        CREATE ROLE safe LOGIN PASSWORD 'pencil'; SET password_encryption = 'md5'; CREATE ROLE weak LOGIN PASSWORD 'pencil';""")
    psql(source.port, "clean", "GRANT SELECT ON empty, parts TO ann, clear, safe, weak; GRANT USAGE ON SCHEMA public TO ann, clear, safe, weak;")
    number = iter(range(100))

    def taken(url, *words, status=0, env=None):
        return pando("import", url, f"login{next(number)}.pando", "--table", "public.parts", *words, status=status, env=env)

    (FOLDER / "word").write_text('pen"cil %\n')
    taken(source.url("clean", "ann"), "--source-password", "word")
    taken(source.url("clean", "ann:pen%22cil%20%25"))
    taken(source.url("clean", "ann"), env={"PGPASSWORD": 'pen"cil %'})
    expect_in("no password", taken(source.url("clean", "ann"), status=1), "none is given")
    expect_in("a wrong one", taken(source.url("clean", "ann:pen"), status=1), "28P01")
    expect_in("MD5", taken(source.url("clean", "weak:pencil"), status=1), "require_auth=md5")
    expect_in("in the clear", taken(source.url("clean", "clear:pencil"), status=1), "require_auth=password")
    taken(source.url("clean", "weak:pencil", require_auth="md5"))
    taken(source.url("clean", "clear:pencil", require_auth="password"))
    expect_in("nothing may be read", pando("import", source.url("clean", "ann"), "login.pando", "--table", "public.people", "--source-password", "word", status=1), "42501")

    encrypted = source.url("clean", "safe:pencil", sslmode="verify-full", sslrootcert=FOLDER / "ca.pem")
    expect_in("without TLS", taken(source.url("clean", "safe:pencil"), status=1), "28000")
    expect_in("another name", taken(encrypted, status=1), "mismatch")
    taken(encrypted.replace("127.0.0.1", "localhost"))
    expect_in("an authority that nobody knows", taken(encrypted.replace("127.0.0.1", "localhost").split("&sslrootcert")[0], status=1), "verif")
    bound = psql(source.port, "postgres", "SHOW ssl_library;")
    expect("OpenSSL", bound.strip(), "OpenSSL")
    for url, part in [(source.url("clean", sslmode="prefer"), "whoever is in between"), (source.url("clean", sslmod="x"), "Did you mean sslmode"),
                      (source.url("clean", connect_timeout="0"), "connect_timeout"), ("postgresql://a@b:x/c", "postgresql://USER@HOST"),
                      ("postgresql://a@%2Ftmp/c", "by TCP"), ("postgresql://a@b%zz/d", "hexadecimal")]:
        expect_in(url, pando("import", url, "none.pando", status=2), part)
    # Of several hosts the first that answers is asked.
    taken(source.url("clean").replace("127.0.0.1", "127.0.0.1:1,127.0.0.1"))
    told = taken("postgresql://a@127.0.0.1:1,127.0.0.1:2/clean?connect_timeout=1", status=1)
    for part in ["No host of", "127.0.0.1:1", "127.0.0.1:2"]:
        expect_in("hosts that are not there", told, part)


def while_others_write(source):
    psql(source.port, "postgres", "CREATE DATABASE bank;")
    psql(source.port, "bank", "CREATE TABLE a (id integer PRIMARY KEY, n integer); CREATE TABLE b (id integer PRIMARY KEY, n integer); "
         "INSERT INTO a SELECT i, 100 FROM generate_series(1, 20000) i; INSERT INTO b SELECT i, 100 FROM generate_series(1, 20000) i;")
    done = threading.Event()

    def transfer():
        while not done.is_set():
            psql(source.port, "bank", "".join(
                f"BEGIN; UPDATE a SET n = n - 1 WHERE id = {i}; UPDATE b SET n = n + 1 WHERE id = {20001 - i}; COMMIT;" for i in range(1, 200)))

    writer = threading.Thread(target=transfer)
    writer.start()
    time.sleep(0.3)
    try:
        pando("import", source.url("bank"), "bank.pando")
    finally:
        done.set()
        writer.join()
    expect("the sum", pando("sql", "bank.pando", "--db", "bank", "--format", "csv", "SELECT (SELECT sum(n) FROM a) + (SELECT sum(n) FROM b) AS s").split()[-1], "4000000")


def servers_that_are_none(source):
    def answering(behave):
        listener = socket.create_server(("127.0.0.1", 0))

        def run():
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    with contextlib.suppress(OSError):
                        behave(connection)

        threading.Thread(target=run, daemon=True).start()
        return listener.getsockname()[1]

    def ask(behave, part):
        port = answering(behave)
        begin = time.monotonic()
        expect_in(part, pando("import", f"postgresql://a@127.0.0.1:{port}/b?connect_timeout=2", "none.pando", status=1), part)
        expect(f"{part}: in time", time.monotonic() - begin < 30, True)

    def drip(connection):
        connection.recv(1000)
        for _ in range(120):
            connection.sendall(b"S\0\0\0\x0ea\0" + b"b" * 7 + b"\0")
            time.sleep(0.5)

    kept = []
    ask(lambda connection: kept.append(connection), "has not answered")
    ask(drip, "")
    ask(lambda connection: connection.close(), "")
    ask(lambda connection: (connection.recv(1000), connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n"), kept.append(connection)), "protocol")
    ask(lambda connection: (connection.recv(1000), connection.sendall(b"R\x7f\xff\xff\xff\0\0\0\0"), kept.append(connection)), "protocol")
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        expect_in("nobody", pando("import", f"postgresql://a@127.0.0.1:{closed.getsockname()[1]}/b", "none.pando", status=1), "refused")


def a_server_that_dies(source):
    psql(source.port, "postgres", "CREATE DATABASE dying;")
    psql(source.port, "dying", "CREATE TABLE t (id integer PRIMARY KEY, v text); INSERT INTO t SELECT i, repeat('x', 200) FROM generate_series(1, 2000000) i;")
    importing = subprocess.Popen([PANDO, "import", source.url("dying"), "dying.pando"], stderr=subprocess.PIPE, text=True, cwd=FOLDER)
    deadline = time.monotonic() + 60
    while psql(source.port, "postgres", "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'COPY public.t%' AND datname = 'dying';").strip() == "0":
        if time.monotonic() > deadline or importing.poll() is not None:
            raise Failure(f"the import does not begin: {importing.stderr.read()}")
    source.stop("immediate")
    _, said = importing.communicate(timeout=120)
    expect("its exit status", importing.returncode, 1)
    expect_in("its words", said, "127.0.0.1")
    pando("check", "dying.pando")
    source.start()


STEPS = [a_whole_database, what_has_no_counterpart, a_part_of_it, into_a_server, passwords_and_tls, while_others_write, servers_that_are_none,
         a_server_that_dies]


def main():
    if not BIN.exists():
        return print("left out: there is no PostgreSQL 15 here", flush=True)
    source = source_server()
    try:
        for step in STEPS:
            if len(sys.argv) > 2 and step.__name__ not in sys.argv[2:] and step is not a_whole_database:
                continue
            print(step.__name__.replace("_", " "), flush=True)
            step(source)
    finally:
        source.stop("immediate")
        shutil.rmtree(FOLDER, ignore_errors=True)


try:
    main()
except Failure as failure:
    print(f"FAILED: {failure}", file=sys.stderr)
    sys.exit(1)
