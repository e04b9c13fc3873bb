#!/usr/bin/env python3
"""Writes inputs for a fuzzer to begin with: seeds.py TARGET FOLDER"""

import base64
import gzip
import json
import re
import struct
import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parents[2]
LANGUAGE = TESTS / "ReQLishTests/Language"


def frame(token, text):
    return struct.pack("<QI", token, len(text)) + text.encode()


def request(line, body=b"", *fields):
    head = [f"{line} HTTP/1.1", "Host: localhost", *fields, *([f"Content-Length: {len(body)}"] if body else [])]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


REQUESTS = [
    b"GET / HTTP/1.1\r\nHost: h\r\n\r\n",
    b"POST /a/b HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabcGET /x HTTP/1.1\r\nHost: h\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3;x=\"y\"\r\nabc\r\n0\r\nT: 1\r\n\r\n",
    b"OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n",
    b"GET http://h:80/a?b=%20c HTTP/1.0\r\nConnection: keep-alive\r\nExpect: 100-continue\r\n\r\n",
]
JSON = "Content-Type: application/json"
ROUTES = [
    request("GET /app/t?limit=2&cursor=1", b"", "Accept: text/csv"),
    request("PUT /app/t/k", b'{"id":"k","a":1}', JSON, "If-None-Match: *"),
    request("PATCH /app/t/_doc?key=1", b'{"a":null}', "Content-Type: application/merge-patch+json"),
    request("DELETE /app/t/_doc?key=%5B1%2C%22a%22%5D"),
    request("POST /app/t?conflict=update&on_error=skip", b'{"id":1}\n{"id"\n[]\n', "Content-Type: application/x-ndjson"),
    request("POST /app/t/_query", b'{"filter":{"a":1},"order_by":{"desc":"a"},"skip":1,"limit":2,"fields":["a"]}', JSON),
    request("POST /app/t/_query", b'{"query":"filter(x => x(\\"a\\").gt(0))"}', JSON),
    request("POST /_reql", b"r.db('app').table('t').group('a').count()", "Content-Type: text/plain", "Accept: application/x-ndjson"),
    request("POST /_reql", b'{"query":[39,[[15,[[14,["app"]],"t"]],{"a":1}]],"args":{"x":1},"explain":true}', JSON),
    request("GET /app/t/_changes?include_initial=true&squash=true", b"", "Last-Event-ID: x"),
    request("POST /app/t/_index", b'{"name":"i","fields":["a","b"],"multi":true}', JSON),
    request("GET /app/t/_index/a"), request("GET /_openapi.json"), request("GET /_metrics"), request("GET /_status"), request("GET /_databases"),
    request("GET /_admin/keys?prefix=__meta__&skip=1&limit=3"), request("GET /_admin/pages/2"), request("GET /_admin/jobs"),
    request("POST /_admin/users", b'{"name":"ada","password":"x","permissions":[{"database":"app","read":true}],"roles":[]}', JSON),
    request("POST /_admin/users/ada/_grant", b'{"database":"app","table":"t","write":null}', JSON),
    request("PUT /_admin/roles/r", b'{"permissions":[{"read":true}]}', JSON), request("POST /_admin/tokens", b'{"expires_in":60,"note":"n"}', JSON),
    request("GET /app/t/1", b"", "Authorization: Basic YWRtaW46", "Origin: http://evil", "Accept-Encoding: gzip;q=0.5, *;q=0"),
    request("PUT /new/table", gzip.compress(b'{"primary_key":"k"}'), JSON, "Content-Encoding: gzip"), request("PUT /new"), request("OPTIONS /app/t"),
]
VALUES = [
    b'{"a":[1,-0.0,1e300,"\\u00e9\\ud83d\\ude00",true,null,{"b":{}}]}', b"[1,2]\n[3]", b'{"id":1}\n{"id":2}\n', b"\xef\xbb\xbf[]",
    b'{"$reql_type$":"TIME","epoch_time":1.5,"timezone":"+01:00"}', b'{"$reql_type$":"BINARY","data":"AAEC"}',
    b'{"$reql_type$":"GEOMETRY","type":"Point","coordinates":[1,2]}', b"[" * 50 + b"]" * 50, b'"\\n\\t\\"\\\\"', b"12345678901234567890",
]
PACKED = [gzip.compress(b""), gzip.compress(b"hello " * 50), gzip.compress(bytes(range(256)) * 4, 1), gzip.compress(b"a") + gzip.compress(b"b") + b"\0\0"]
# Bytes of chance until a block is nearly full, beginnings of a series, and the same again.
STEPS = [bytes([0, 95, n, 255, 2, 0, 60, 60, 0, 1, 200, 255, 1, 3, 100, 90, 3, 9, 9, 9]) for n in range(0, 256, 16)]
OLD = struct.pack("<I", 0x400C2D20) + struct.pack("<I", 0) + struct.pack("<I", 0x7E6970C7)
NEW = struct.pack("<I", 0x34C2BDC3) + b'{"protocol_version":0,"authentication_method":"SCRAM-SHA-256","authentication":"n,,n=admin,r=x"}\0'
HANDSHAKES = [OLD + frame(1, "[1,1]"), NEW + b'{"authentication":"c=biws,r=xy,p=AAAA"}\0', struct.pack("<III", 0x5F75E83E, 3, 0) + b"keyxxxx"]
TERMS = [
    "[24,[1,2]]", '[15,[[14,["app"]],"t"]]', '[39,[[15,[[14,["app"]],"t"]],[69,[[2,[1]],[21,[[170,[[10,[1]],"a"]],0]]]]]]',
    '[38,[[2,[1,2,3]],[69,[[2,[1]],[24,[[10,[1]],1]]]]]]', '[144,[[15,["t"]],"a"]]', '[41,[[15,["t"]],[74,["a"]]]]', '[152,[[15,["t"]]],{"include_initial":true}]',
    '[56,[[15,["t"]],{"id":1}],{"conflict":"update","return_changes":true}]', '[53,[[15,["t"]],{"a":[24,[[170,[[13],"a"]],1]]}]]', "[98,[[173,[20]],[19,[[13],5]]]]",
    '[92,[[2,[]],[31,[{"a":1},"b"]]]]', '[187,["x",[2,[1]]]]', '[99,["2020-01-01T00:00:00Z"]]', '[159,[1,2]]', '[97,["a1b","[0-9]"]]',
]


def texts():
    """Every query of the language's tests."""
    for file in sorted(LANGUAGE.glob("*.reql")):
        for block in re.split(r"\n\s*\n", file.read_text()):
            query = re.split(r"^(?:=>|!)", block, maxsplit=1, flags=re.M)[0].strip()
            if query and not query.startswith("#"):
                yield query.encode()


WORDS = [
    "\x06The quick brown foxes' tails, state-of-the-art; e-mail a.b@example.com, https://example.com/a/b.html?x=1 <b>v1.2.3</b> -12 1.5e-7",
    "\x0bÄrzte über Straßen, größer als 10:30", "\x15Красные яблоки и мир", "\x00北京大学 東京タワー 한국어 ไทย नमस्ते", "\x19İstanbul'da ışık",
    '\x06"copy on write" tree* -lsm OR near~ "a b"~5 <!-- no end', "\x07école l'été aujourd’hui Cœur",
]
BLOCKS = [bytes([0, 0, 0, 0, 9, 1, 3, 0, 1, 1, 5, 6, 0b101, 0, 5, 7])] + [
    bytes([0, 0, 0, n % 256, n % 7, *(x * n % 251 for x in range(4 * n))]) for n in (1, 5, 40, 128)
]

STATEMENTS = [
    "CREATE TABLE s (id serial PRIMARY KEY, n int CHECK (n > 0), t text UNIQUE, j jsonb DEFAULT '{}', a int[]); INSERT INTO s (n) VALUES (1)",
    "WITH RECURSIVE w(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM w WHERE n < 5) SELECT n, sum(n) OVER (ORDER BY n) FROM w",
    "SELECT b.id, count(*) FILTER (WHERE a > 0) FROM t b LEFT JOIN LATERAL (SELECT * FROM t) c USING (id) GROUP BY CUBE (1) HAVING true",
    "SELECT a[1], j->>'x', x::numeric(5, 2), 'a' LIKE 'b%' ESCAPE '!', CASE WHEN 1 IN (1, 2) THEN E'\\n' END, INTERVAL '1 day' FROM t",
    "BEGIN; SAVEPOINT x; UPDATE t SET a = a + 1 RETURNING *; ROLLBACK TO x; DELETE FROM t WHERE id BETWEEN 1 AND 2; COMMIT",
    "INSERT INTO t (id) VALUES (7) ON CONFLICT (id) DO UPDATE SET a = excluded.id; MERGE INTO t USING t u ON t.id = u.id WHEN MATCHED THEN DELETE",
    "CREATE VIEW v AS SELECT * FROM t; ALTER TABLE s ADD COLUMN x timestamptz DEFAULT now(); CREATE INDEX ON s (n) WHERE n > 1; DROP VIEW v CASCADE",
    "SELECT * FROM jsonb_path_query('{\"a\":[1,2]}', '$.a[*] ? (@ > 1)'), regexp_matches('abc', '(b)(c)'), to_tsvector('a fox') @@ 'fox'",
    "EXPLAIN (ANALYZE, FORMAT json) SELECT DISTINCT ON (a) a, rank() OVER w FROM t WINDOW w AS (ORDER BY id ROWS 1 PRECEDING)",
    "PREPARE p (int) AS SELECT $1; EXECUTE p (1); DECLARE c CURSOR FOR SELECT 1; COPY t TO STDOUT; LISTEN l; DO 'x'; SHOW all; VACUUM t",
]


def message(kind, body=b""):
    return kind.encode() + struct.pack(">I", len(body) + 4) + body


def extended(text, value):
    """A statement with a parameter, in its four messages."""
    return (
        message("P", b"s\0" + text.encode() + b"\0" + struct.pack(">HI", 1, 23))
        + message("B", b"p\0s\0" + struct.pack(">HHHI", 1, 1, 1, 4) + struct.pack(">i", value) + struct.pack(">HH", 1, 1))
        + message("D", b"Pp\0") + message("E", b"p\0" + struct.pack(">I", 0)) + message("C", b"Ss\0") + message("S")
    )


CONVERSATIONS = [message("Q", text.encode() + b"\0") for text in STATEMENTS] + [
    extended("SELECT $1 + 1, a FROM t WHERE id = $1", 1), extended("UPDATE t SET a = $1 WHERE id = 2", 3) + message("X"),
    message("Q", b"COPY t FROM STDIN\0") + message("d", b"9\tx\n") + message("c") + message("H"),
    message("Q", b"COPY t FROM STDIN (FORMAT binary)\0") + message("d", b"PGCOPY\n\xff\r\n\0" + bytes(8) + b"\xff\xff") + message("f", b"no\0"),
    message("F", bytes(12)),
]


def documents():
    """The documents of XML's tests."""
    for line in (TESTS / "XMLTests/Corpus/edinburgh.ndjson").read_text().splitlines():
        test = json.loads(line)
        yield test["document"].encode() if "document" in test else base64.b64decode(test["base64"])


SEEDS = {
    "statement": [text.encode() for text in STATEMENTS], "postgres": CONVERSATIONS, "xml": list(documents()),
    "words": [text.encode() for text in WORDS], "postings": BLOCKS,
    "request": REQUESTS + ROUTES, "route": ROUTES, "json": VALUES, "gzip": PACKED, "deflate": STEPS, "handshake": HANDSHAKES,
    "frame": [frame(n, f"[1,{term},{{}}]") + frame(n, "[2]") + frame(n, "[3]") for n, term in enumerate(TERMS)] + [frame(1, "[4]") + frame(2, "[5]")],
    "term": [term.encode() for term in TERMS], "text": list(texts()),
}
for number, seed in enumerate(SEEDS[sys.argv[1]]):
    (Path(sys.argv[2]) / f"seed{number}").write_bytes(seed)
