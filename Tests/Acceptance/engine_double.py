"""PostgreSQL plays CockroachDB behind the proxy of engine_proxy.py: it says that it is one, and answers nothing that stands on no list here.

What a list leaves out is refused as CockroachDB refuses it: LISTEN, NOTIFY and COPY, advisory locks and other functions of PostgreSQL's own,
portals with row limits, DO, parameters of storage, settings that it has not. SHOW RANGES is answered with three ranges that are made up. A test
that passes and has nothing refused has asked only for what both have. It proves Pando's half alone: CockroachDB itself is not here.
"""

import re
import struct

VERSION = "CockroachDB CCL v24.3.0 (PostgreSQL behind a test's proxy)"
# What PostgreSQL tells of itself and CockroachDB does not.
OWN_SETTINGS = {"in_hot_standby", "default_transaction_read_only", "scram_iterations"}

STATEMENTS = [re.compile(pattern) for pattern in (
    r"SELECT (?!FROM\b).+", r"WITH s AS \(UPDATE .+ RETURNING 1\) SELECT .+ FROM s", r"INSERT INTO .+", r"UPDATE .+", r"DELETE FROM .+",
    r"BEGIN ISOLATION LEVEL (READ COMMITTED|REPEATABLE READ READ ONLY|SERIALIZABLE)", "COMMIT", "ROLLBACK", r"(ROLLBACK TO )?SAVEPOINT \w+",
    r"CREATE TABLE IF NOT EXISTS \w+ \((?!.*\) WITH \().+\)", r"SET (statement_timeout|lock_timeout|idle_in_transaction_session_timeout) = \S+")]
TABLES = {"pando", "pando_state", "pando_process", "pando_watch", "pando_cell", "pando_news"}
SOURCES = TABLES | {"s", "unnest", "r"}
FUNCTIONS = {
    "any", "array_to_string", "clock_timestamp", "coalesce", "convert_from", "convert_to", "count", "extract", "gen_random_uuid", "greatest", "min", "now",
    "octet_length", "set_config", "sum", "unnest"}
# What stands before a parenthesis and is no function.
WORDS = {"as", "by", "check", "conflict", "exists", "from", "in", "key", "or", "s", "select", "u", "values", "where", "and"} | TABLES
TYPES = {"bytea", "bytea[]", "float8", "int", "int8", "text"}

RANGES = re.compile(r"\[SHOW RANGES FROM TABLE pando WITH DETAILS(, KEYS)?\]")
MADE_RANGES = r"""(VALUES ('\x'::bytea, 2, ARRAY[1, 2, 3], 0.5), ('\x64'::bytea, 3, ARRAY[1, 2, 3], 0.25), ('\x65'::bytea, 1, ARRAY[1, 2, 3], 0.25))
    AS r (raw_start_key, lease_holder, replicas, range_size_mb)"""


def message(kind, body=b""):
    return kind + struct.pack(">I", len(body) + 4) + body


def reason_against(text):
    """The state and the words with which a statement is refused; nothing if it is not."""
    plain = " ".join(re.sub(r"'(''|[^'])*'", "''", text).split())
    first = plain.split(" ", 1)[0].upper() if plain else ""
    if first in ("LISTEN", "NOTIFY", "UNLISTEN", "COPY"):
        return "0A000", f"unimplemented: {first} is not supported"
    ranges = RANGES.sub("r", plain)
    if not any(pattern.fullmatch(ranges) for pattern in STATEMENTS):
        return "42601", f"at or near \"{first.lower()}\": syntax error"
    # A list of columns stands behind the table of an INSERT, keys behind REFERENCES.
    for name in re.findall(r"\b([A-Za-z_][\w.]*) ?\(", ranges):
        if name.lower() not in FUNCTIONS | WORDS | {"bytea", "int8"}:
            return "42883", f"unknown function: {name}()"
    for name in re.findall(r"(?<!DISTINCT )\b(?:FROM|JOIN|INTO|TABLE IF NOT EXISTS|REFERENCES|^UPDATE) ([A-Za-z_]\w*)", ranges):
        if name.lower() not in SOURCES and not re.search(rf"extract\(epoch FROM {name}", ranges):
            return "42P01", f"relation \"{name}\" does not exist"
    for name in re.findall(r"::([a-z]\w*(?:\[\])?)", ranges):
        if name not in TYPES:
            return "42704", f"type \"{name}\" does not exist"
    return None


class Double:
    def __init__(self):
        # What was refused: the text, and why.
        self.refused = []

    def refuse(self, text, state, words):
        self.refused.append((text, words))
        fields = {b"S": "ERROR", b"V": "ERROR", b"C": state, b"M": f"{words} (said by the test's double)"}
        return message(b"E", b"".join(name + value.encode() + b"\0" for name, value in fields.items()) + b"\0")

    def play(self, kind, whole):
        """What the server is asked in place of a request, and what is answered in place of its error."""
        if kind == b"P":
            name, text, rest = whole[5:].split(b"\0", 2)
            text, refusal = self.changed(text.decode())
            return message(b"P", name + b"\0" + text.encode() + b"\0" + rest), refusal
        if kind == b"Q":
            text, refusal = self.changed(whole[5:-1].decode())
            return message(b"Q", text.encode() + b"\0"), refusal
        if kind == b"E":
            portal, limit = whole[5:].split(b"\0", 1)
            if struct.unpack(">I", limit)[0] != 0:
                refusal = self.refuse("Execute", "0A000", "unimplemented: multiple active portals is in preview")
                return message(b"E", b"no such portal\0" + bytes(4)), refusal
        if kind == b"F":
            return message(b"Q", b"refused\0"), self.refuse("FunctionCall", "0A000", "unimplemented: function calls")
        return whole, None

    def changed(self, text):
        for part in text.split(";"):
            reason = reason_against(part) if part.strip() else None
            if reason:
                # Nothing that a server would take.
                return "refused", self.refuse(part, *reason)
        return RANGES.sub(lambda _: MADE_RANGES, text), None

    def told(self, kind, whole):
        """What is told of what the server says before a session begins."""
        if kind == b"S":
            name, value = whole[5:].split(b"\0")[:2]
            if name.decode() in OWN_SETTINGS:
                return []
            if name == b"server_version":
                return [message(b"S", b"server_version\0" + b"13.0.0\0"), message(b"S", b"crdb_version\0" + VERSION.encode() + b"\0")]
        return [whole]
