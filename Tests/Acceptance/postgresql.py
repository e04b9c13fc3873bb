#!/usr/bin/env python3
"""PostgreSQL's own clients on a running server: psql and pgbench.

    apt-get install postgresql-client
    postgresql.py PANDO

Starts `PANDO serve` on a new file. psql makes tables, asks with its backslash commands, copies in and out, and reads a dump as pg_dump
writes it; pgbench loads its tables and runs its scripts, simple and prepared. PANDO is the executable. Prints each step; the exit status
is 1 if anything differs.
"""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile


class Failure(Exception):
    pass


def expect(what, got, wanted):
    if got != wanted:
        raise Failure(f"{what}: {str(got)[:400]} instead of {str(wanted)[:400]}")


def step(name):
    print(name, flush=True)


@contextlib.contextmanager
def served(executable):
    """A server on a new file: the port of PostgreSQL clients."""
    with tempfile.TemporaryDirectory() as folder:
        server = subprocess.Popen(
            [executable, "serve", f"{folder}/postgresql.pando", "--http-port", "0", "--driver-port", "none", "--pg-port", "0"],
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            for line in server.stdout:
                if line.startswith("postgresql:"):
                    yield int(line.strip().rsplit(":", 1)[1])
                    break
            else:
                raise Failure("the server says no port")
        finally:
            server.terminate()
            expect("the server's exit status", server.wait(timeout=20), 0)


def program(name):
    """The program, where Debian keeps it if it is not on the path."""
    found = shutil.which(name)
    folders = [f"/usr/lib/postgresql/{version}/bin/{name}" for version in range(18, 12, -1)]
    return found or next((path for path in folders if os.path.exists(path)), None)


class Psql:
    def __init__(self, port, database="postgres"):
        self.port = port
        self.environment = dict(
            os.environ, PGHOST="127.0.0.1", PGPORT=str(port), PGUSER="admin", PGDATABASE=database, PSQLRC="/dev/null", PAGER="cat"
        )

    def __call__(self, *commands, input=None, options=("-At",)):
        arguments = [part for command in commands for part in ("-c", command)]
        result = subprocess.run(
            [program("psql"), "-X", "-v", "ON_ERROR_STOP=1", *options, *arguments],
            input=input, env=self.environment, capture_output=True, text=True, timeout=60,
        )
        if result.returncode != 0 or "ERROR" in result.stderr:
            raise Failure(f"psql {commands or (input or '')[:200]}: {result.stderr[:400]}")
        return result.stdout


SCHEMA = """
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE DOMAIN positive AS int CHECK (value > 0);
CREATE SCHEMA shop;
CREATE TABLE customer (
    id serial PRIMARY KEY, name text NOT NULL UNIQUE, credit numeric(10,2) DEFAULT 1.5, since timestamptz DEFAULT now(), tags text[], data jsonb);
CREATE INDEX customer_credit ON customer (credit);
CREATE TABLE orders (id int PRIMARY KEY, customer int REFERENCES customer (id) ON DELETE CASCADE, mood mood, CHECK (id > 0));
CREATE VIEW names AS SELECT id, name FROM customer;
CREATE MATERIALIZED VIEW totals AS SELECT count(*) AS n FROM orders;
CREATE SEQUENCE numbers;
INSERT INTO customer (name) VALUES ('ann'), ('bob');
"""

# What each is to show, at least.
BACKSLASH = {
    r"\l": "postgres", r"\l+": "postgres", r"\d": "customer", r"\d+": "customer", r"\dt": "orders", r"\dt+": "orders",
    r"\d customer": "customer_credit", r"\d+ customer": "customer_pkey", r"\d orders": "orders_customer_fkey", r"\d names": "name",
    r"\di": "customer_credit", r"\dv": "names", r"\dm": "totals", r"\ds": "numbers", r"\du": "admin", r"\dn": "shop", r"\dn+": "shop",
    r"\df abs": "abs", r"\dT": "mood", r"\dD": "positive", r"\dp": "customer", r"\z": "customer", r"\conninfo": "admin",
    r"\dx": "plpgsql", r"\da sum": "sum", r"\dC": "integer", r"\do +": "+", r"\db": "pg_default", r"\dy": "", r"\dP": "", r"\dRp": "",
    r"\ddp": "", r"\drds": "", r"\des": "", r"\dF": "simple", r"\dA": "btree", r"\dO": "", r"\dc": "", r"\dg": "admin",
    r"\encoding": "UTF8", r"\dconfig work_mem": "4MB", r"\dX": "", r"\dL": "Trusted", r"\dd": "", r"\det": "", r"\deu": "",
    r"\dew": "", r"\lo_list": "", r"\sv names": "CREATE OR REPLACE VIEW public.names AS", r"\sv+ names": "1 ", r"\sf abs(int)": "",
    r"\dAc": "btree", r"\dAc btree": "int4_ops", r"\dAf": "integer_ops", r"\dAo": "", r"\dAp": "", r"\dFd": "english_stem", r"\dFp": "default",
    r"\dFt": "", r"\dRs": "", r"\dE": "", r"\dit": "customer_credit", r"\dt *.*": "sql_features", r"\dS pg_class": "relname",
}


def backslash(psql):
    step("psql: tables, and what each backslash command shows of them")
    psql(input=SCHEMA)
    for command, part in BACKSLASH.items():
        shown = psql(command, options=())
        if part not in shown:
            raise Failure(f"{command} shows no {part}: {shown[:400]}")


def copying(psql):
    step(r"psql: \copy, \gset, \gexec, \c")
    with tempfile.TemporaryDirectory() as folder:
        with open(f"{folder}/in.csv", "w") as file:
            file.write("id,name\n11,\"q\"\"q, r\"\n12,\n")
        psql("CREATE TABLE copied (id int PRIMARY KEY, name text)", rf"\copy copied FROM '{folder}/in.csv' WITH (FORMAT csv, HEADER)")
        psql(rf"\copy (SELECT * FROM copied ORDER BY id) TO '{folder}/out.csv' WITH (FORMAT csv)")
        with open(f"{folder}/out.csv") as file:
            expect("what came back", file.read(), "11,\"q\"\"q, r\"\n12,\n")
    expect(r"\gset", psql(input="SELECT 41 + 1 AS answer \\gset\n\\echo :answer\n"), "42\n")
    expect(r"\gexec", psql(input="SELECT 'SELECT ' || n FROM generate_series(1, 2) n \\gexec\n"), "1\n2\n")
    expect("a transaction", psql("BEGIN", "DELETE FROM copied", "ROLLBACK", "SELECT count(*) FROM copied").split()[-1], "2")
    psql("CREATE DATABASE second")
    expect(r"\c", psql(input="\\c second\nSELECT current_database();\n").split()[-1], "second")
    psql("DROP DATABASE second")


DUMP = """
SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;
SET default_tablespace = '';
SET default_table_access_method = heap;
CREATE TABLE public.dumped (
    id integer NOT NULL,
    name text,
    at timestamp with time zone DEFAULT now()
);
ALTER TABLE public.dumped OWNER TO admin;
CREATE SEQUENCE public.dumped_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.dumped_id_seq OWNED BY public.dumped.id;
ALTER TABLE ONLY public.dumped ALTER COLUMN id SET DEFAULT nextval('public.dumped_id_seq'::regclass);
COPY public.dumped (id, name, at) FROM stdin;
1\tone\t2024-01-02 03:04:05.678901+00
2\t\\N\t2024-01-02 03:04:05+00
\\.
SELECT pg_catalog.setval('public.dumped_id_seq', 2, true);
ALTER TABLE ONLY public.dumped
    ADD CONSTRAINT dumped_pkey PRIMARY KEY (id);
CREATE INDEX dumped_name ON public.dumped USING btree (name);
"""


def dumped(psql):
    step("psql: a dump as pg_dump writes it")
    psql(input=DUMP)
    expect("the row that is added", psql("INSERT INTO dumped (name) VALUES ('three') RETURNING id").split()[0], "3")
    expect("times", psql("SELECT at FROM dumped WHERE id = 1"), "2024-01-02 03:04:05.678901+00\n")


def pg_dump(psql):
    step("pg_dump: a database, restored by psql into another one")

    def dumped_as(database, *options):
        result = subprocess.run([program("pg_dump"), *options, database], env=psql.environment, capture_output=True, text=True, timeout=120)
        if result.returncode != 0:
            raise Failure(f"pg_dump: {result.stderr[:600]}")
        return result.stdout

    psql("CREATE DATABASE original", "CREATE DATABASE restored")
    original, restored = (Psql(psql.port, name) for name in ("original", "restored"))
    original(input=SCHEMA)
    original(
        "CREATE TABLE shop.a_last (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, total int GENERATED ALWAYS AS (1 + 1) STORED)",
        "COMMENT ON TABLE orders IS 'bought'", "INSERT INTO orders VALUES (1, 2, 'ok')",
        "INSERT INTO shop.a_last DEFAULT VALUES", "UPDATE customer SET tags = '{a,\"b c\"}', data = '{\"a\": [1]}'",
    )
    original(
        "CREATE TABLE shop.texts (id int PRIMARY KEY, a text, v tsvector GENERATED ALWAYS AS (to_tsvector('english', coalesce(a, ''))) STORED)",
        "CREATE INDEX texts_v ON shop.texts USING gin (v)",
        "CREATE INDEX texts_some ON shop.texts USING gin (to_tsvector('german', a), to_tsvector('simple', a)) WHERE id > 5",
        "INSERT INTO shop.texts SELECT i, 'trees ' || i FROM generate_series(1, 100) i",
    )
    # Their queries name tables without schemas, which a dump does not find.
    original("DROP VIEW names", "DROP MATERIALIZED VIEW totals", "CREATE VIEW shop.ids AS SELECT id FROM public.orders")
    text = dumped_as("original")
    restored(input=text)
    expect("the rows", restored("SELECT * FROM customer ORDER BY id"), original("SELECT * FROM customer ORDER BY id"))
    expect("the view", restored("SELECT * FROM shop.ids"), "1\n")
    expect("the next number", restored("INSERT INTO customer (name) VALUES ('cid') RETURNING id").split()[0], "3")
    expect("a search", restored("SELECT id FROM shop.texts WHERE v @@ 'tree & 7'"), "7\n")
    found = restored("EXPLAIN SELECT id FROM shop.texts WHERE v @@ 'tree & 7'")
    expect("its plan", "Index Scan using texts_v" in found, True)
    indexes = "SELECT indexdef FROM pg_indexes WHERE tablename = 'texts' ORDER BY indexname"
    expect("the indexes of words", restored(indexes), original(indexes))
    expect("the foreign key", restored("SELECT count(*) FROM pg_constraint WHERE contype = 'f'"), "1\n")
    restored("DELETE FROM customer WHERE name = 'cid'")
    for table in ("customer", "orders", "shop.a_last", "shop.ids"):
        # An expression is kept as it was written, and a dump writes schemas.
        expect(f"the schema of {table}", restored(f"\\d {table}").replace("'public.", "'"), original(f"\\d {table}"))
    dumped_as("restored", "--schema-only")


def pgbench(psql):
    step("pgbench: its tables, its scripts, simple and prepared")

    def run(*arguments):
        result = subprocess.run([program("pgbench"), *arguments], env=psql.environment, capture_output=True, text=True, timeout=120)
        if result.returncode != 0 or "aborted" in result.stderr:
            raise Failure(f"pgbench {arguments}: {result.stderr[:400]}")
        return result.stdout

    run("-i", "-q", "-s", "1")
    expect("accounts", psql("SELECT count(*) FROM pgbench_accounts"), "100000\n")
    for protocol in ("simple", "extended", "prepared"):
        run("-n", "-S", "-M", protocol, "-c", "4", "-t", "50")
        run("-n", "-M", protocol, "-c", "1", "-t", "20")
    balances = "SELECT (SELECT sum(abalance) FROM pgbench_accounts), (SELECT sum(tbalance) FROM pgbench_tellers)"
    first, second = psql(balances).strip().split("|")
    expect("the sums of accounts and tellers", first, second)
    expect("what the history has", psql("SELECT count(*) FROM pgbench_history"), "60\n")


def main():
    if program("psql") is None:
        sys.exit("postgresql.py: there is no psql; install postgresql-client")
    with served(os.path.abspath(sys.argv[1])) as port:
        psql = Psql(port)
        backslash(psql)
        copying(psql)
        dumped(psql)
        if program("pg_dump"):
            pg_dump(psql)
        if program("pgbench"):
            pgbench(psql)
        else:
            step("pgbench is not there")
    print("everything agrees")


if __name__ == "__main__":
    try:
        main()
    except Failure as failure:
        sys.exit(f"postgresql.py: {failure}")
