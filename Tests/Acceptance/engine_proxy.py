#!/usr/bin/env python3
"""A proxy between Pando and PostgreSQL that reads the messages of the protocol and lets commits go wrong.

    engine_proxy.py PORT [--double] [SHARE [FAULT…]]

By itself it stands before the server at PORT of this machine, prints its own port, and lets that share of commits (0.2) go wrong: by
`conflict`, or by the faults that are named. With `--double` PostgreSQL plays CockroachDB behind it (engine_double.py). Tests begin a Proxy and
choose for each commit. A commit is a COMMIT in the same group of messages
as a statement that counts on the row of pando_state.

    conflict          40001, and nothing is committed
    unknown           40003, and nothing is committed
    unknown, done     40003, though it is committed
    warning           a warning and COMMIT, though nothing is committed
    warning, done     a warning in front of COMMIT, as where somebody has ended the wait for a standby
    before            the connection is cut when all but COMMIT has been passed on, or half of it
    after             it is cut when COMMIT is on its way, which may get there late
    answered          it is cut once the server has answered, of which nothing or a part is passed on
    late              the answer takes a while
    lie               COMMIT is answered, and nothing is committed: what checks have to find
"""

import asyncio
import collections
import contextlib
import logging
import random
import struct
import sys
import threading

import engine_double

FAULTS = ("conflict", "unknown", "unknown, done", "warning", "warning, done", "before", "after", "answered", "late", "lie")
CUTS = ("before", "after", "answered")
ENCRYPTION_REQUESTS, CANCELLING = (80877103, 80877104), 80877102
OWN_STATEMENT = b"proxy_rollback"


def message(kind, body=b""):
    return kind + struct.pack(">I", len(body) + 4) + body


def report(kind, severity, state, text):
    """An ErrorResponse or a NoticeResponse."""
    fields = {b"S": severity, b"V": severity, b"C": state, b"M": text}
    return message(kind, b"".join(name + value.encode() + b"\0" for name, value in fields.items()) + b"\0")


ERRORS = {
    "conflict": report(b"E", "ERROR", "40001", "could not serialize access (said by the test's proxy)"),
    "unknown": report(b"E", "ERROR", "40003", "the statement's completion is unknown (said by the test's proxy)"),
}
WARNING = report(b"N", "WARNING", "01000", "canceling wait for synchronous replication due to user request (said by the test's proxy)")


class Every:
    """Each commit by chance goes wrong, by one of the faults, until so many of each have been chosen."""

    def __init__(self, faults, share, seed, limit=None, kinds=("write", "settle")):
        self.faults, self.share, self.kinds, self.chance = faults, share, kinds, random.Random(seed)
        self.left = None if limit is None else collections.Counter({fault: limit for fault in faults})

    def __call__(self, kind):
        if kind not in self.kinds or self.chance.random() >= self.share:
            return None
        if self.left is None:
            return self.chance.choice(self.faults)
        possible = [fault for fault in self.faults if self.left[fault]]
        if not possible:
            return None
        fault = self.chance.choice(possible)
        self.left[fault] -= 1
        return fault

    @property
    def is_over(self):
        return self.left is not None and not any(self.left.values())


class Session:
    """One connection of Pando's."""

    def __init__(self, proxy, client, server):
        self.proxy = proxy
        (self.client_in, self.client), (self.server_in, self.server) = client, server
        # By name, of those that are prepared.
        self.texts = {}
        # What has to be answered: the type of the request, and what becomes of its answer.
        self.expected = collections.deque()
        self.has_own_statement = False
        self.is_cut = False
        # Whether the session has begun: what comes before is told by the server alone.
        self.has_begun = False

    async def run(self):
        tasks = [asyncio.ensure_future(self.requests()), asyncio.ensure_future(self.answers())]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self.client.close()
            self.server.close()

    @staticmethod
    async def read(reader):
        head = await reader.readexactly(5)
        return head[:1], head + await reader.readexactly(struct.unpack(">I", head[1:])[0] - 4)

    # What Pando sends

    async def requests(self):
        while True:
            head = await self.client_in.readexactly(8)
            length, code = struct.unpack(">II", head)
            if code not in ENCRYPTION_REQUESTS:
                break
            self.client.write(b"N")
        self.server.write(head + await self.client_in.readexactly(length - 8))
        if code == CANCELLING:
            await self.server.drain()
            await self.server_in.read()
            return
        group = []
        while True:
            kind, whole = await self.read(self.client_in)
            group.append((kind, whole))
            if kind in b"SQHpXdcf":
                if self.proxy.delay:
                    await asyncio.sleep(self.proxy.chance.random() * self.proxy.delay)
                await self.send(group)
                group = []
                if kind == b"X":
                    await self.server.drain()
                    return

    def statement(self, kind, whole):
        """The text of what a Bind is for."""
        if kind != b"B":
            return ""
        name = whole[5:].split(b"\0", 2)[1]
        return self.texts.get(name, "")

    def kind_of_commit(self, group):
        """And the place of its COMMIT."""
        texts = [self.statement(*part) for part in group]
        counts = [text for text in texts if "UPDATE pando_state SET number" in text]
        if not counts or "COMMIT" not in texts:
            return None, 0
        return ("settle" if "SET number = number + 1" in counts[0] else "write"), texts.index("COMMIT")

    async def send(self, group):
        for kind, whole in group:
            if kind == b"P":
                name, text = whole[5:].split(b"\0", 2)[:2]
                self.texts[name] = text.decode()
                self.proxy.asked.add(self.texts[name])
            elif kind == b"Q":
                self.proxy.asked.add(whole[5:-1].decode())
        double = self.proxy.double
        played = [double.play(*part) if double else (part[1], None) for part in group]
        group = [(part[0], whole) for part, (whole, _) in zip(group, played)]
        kind, place = self.kind_of_commit(group)
        fault = self.proxy.fault_of(kind) if kind else None
        if fault in ("before", "after"):
            return await self.cut(fault, group, place)
        for index, (kind, whole) in enumerate(group):
            change = fault if fault and index == place + 1 else played[index][1]
            if fault in ("conflict", "unknown", "warning", "lie") and index == place:
                if not self.has_own_statement:
                    self.has_own_statement = True
                    self.server.write(message(b"P", OWN_STATEMENT + b"\0ROLLBACK\0\0\0"))
                    self.expected.append((b"P", "hide"))
                whole = message(b"B", b"\0" + OWN_STATEMENT + b"\0" + bytes(6))
            if kind in b"PBDECSQ":
                self.expected.append((kind, change))
            self.server.write(whole)
        await self.server.drain()

    async def cut(self, fault, group, place):
        before = b"".join(whole for _, whole in group[:place])
        rest = b"".join(whole for _, whole in group[place:])
        chance, self.is_cut = self.proxy.chance, True
        if fault == "before":
            # A message that has not come whole is none.
            self.server.write(before + (rest[:chance.randrange(1, 12)] if chance.random() < 0.5 else b""))
            await self.server.drain()
            self.client.transport.abort()
            return
        how = chance.choice(["at once", "COMMIT late", "all late"])
        if how == "COMMIT late":
            self.server.write(before)
            await self.server.drain()
        if how != "at once":
            self.client.transport.abort()
            await asyncio.sleep(chance.random() * 0.3)
        self.server.write(rest if how == "COMMIT late" else before + rest)
        await self.server.drain()
        self.client.transport.abort()
        # It gets there: the server may answer before this end is closed.
        await asyncio.sleep(0.02 + chance.random() * 0.1)

    # What the server answers

    async def answers(self):
        while True:
            kind, whole = await self.read(self.server_in)
            if self.is_cut:
                continue
            if self.proxy.delay:
                await asyncio.sleep(self.proxy.chance.random() * self.proxy.delay / 20)
            for part in await self.answer(kind, whole):
                self.client.write(part)
            await self.client.drain()

    async def answer(self, kind, whole):
        """What is passed on of it."""
        double = self.proxy.double
        if double and not self.has_begun:
            self.has_begun = kind == b"Z"
            return double.told(kind, whole)
        if not self.expected:
            return [whole]
        asked, change = self.expected[0]
        if kind == b"E":
            # What the double has made fail says why in its words.
            refusal = [change] if isinstance(change, bytes) else [whole]
            while asked != b"Q" and self.expected and self.expected[0][0] != b"S":
                self.expected.popleft()
            return refusal
        if (asked, kind) in {(b"P", b"1"), (b"B", b"2"), (b"C", b"3"), (b"E", b"C"), (b"E", b"I"), (b"E", b"s"), (b"D", b"T"), (b"D", b"n"),
                               (b"S", b"Z"), (b"Q", b"Z")}:
            self.expected.popleft()
            if change == "hide":
                return []
            if isinstance(change, str) and kind == b"C":
                return await self.changed(change, whole)
        return [whole]

    async def changed(self, change, whole):
        committed = message(b"C", b"COMMIT\0")
        if change in ("conflict", "unknown", "unknown, done"):
            return [ERRORS[change.split(",")[0]]]
        if change in ("warning", "warning, done"):
            return [WARNING, committed]
        if change == "answered":
            self.is_cut = True
            part = whole[:self.proxy.chance.randrange(0, len(whole))] if self.proxy.chance.random() < 0.5 else b""
            self.client.write(part)
            self.client.close() if part else self.client.transport.abort()
            return []
        if change == "late":
            await asyncio.sleep(self.proxy.chance.random() * 0.5)
        return [committed]


class Proxy:
    """Listens until it is closed, by a thread of its own."""

    def __init__(self, port, seed=None, double=None):
        # That a connection is gone which a test has cut is nothing to tell.
        logging.getLogger("asyncio").setLevel(logging.CRITICAL)
        self.target, self.chance, self.double = port, random.Random(seed), double
        # Called with "write" or "settle" for each commit: a fault, or nothing.
        self.choose = lambda kind: None
        # Messages wait for up to so many seconds, answers for a twentieth of it.
        self.delay = 0
        # New connections end at once.
        self.is_closed = False
        self.counts = collections.Counter()
        # The texts of all statements.
        self.asked = set()
        self.port, self.server, self.sessions = 0, None, set()
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        self.call(self.listen())

    def call(self, work):
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(30)

    def fault_of(self, kind):
        fault = self.choose(kind)
        self.counts[kind] += 1
        if fault:
            self.counts[fault] += 1
        return fault

    async def listen(self):
        self.server = await asyncio.start_server(self.accept, "127.0.0.1", self.port)
        self.port = self.server.sockets[0].getsockname()[1]

    async def accept(self, reader, writer):
        try:
            if self.is_closed:
                raise OSError
            server = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            writer.transport.abort()
            return
        session = Session(self, (reader, writer), server)
        self.sessions.add(session)
        try:
            await session.run()
        finally:
            self.sessions.discard(session)

    async def end(self):
        if self.server:
            self.server.close()
            self.server = None
        for session in list(self.sessions):
            session.client.transport.abort()
            session.server.transport.abort()
        for _ in range(100):
            if not self.sessions:
                return
            await asyncio.sleep(0.01)

    def refuse(self):
        """Ends all connections, and refuses new ones until it is told to go on."""
        self.counts["refused"] += 1
        self.call(self.end())

    def go_on(self):
        self.call(self.listen())

    def cut_all(self):
        """Ends all connections, whatever is under way; new ones are taken."""
        self.refuse()
        self.go_on()

    def close(self):
        self.choose = lambda kind: None
        self.call(self.end())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)


class Proxied:
    """A PostgreSQL that is asked as before, and that Pando reaches through a proxy; a double of CockroachDB, if it is one or is told to be."""

    def __init__(self, source, seed=None, is_double=False):
        self.source, self.double = source, getattr(source, "double", None)
        if is_double:
            self.double = engine_double.Double()
        self.proxy = Proxy(source.port, seed, self.double)

    def __getattr__(self, name):
        return getattr(self.source, name)

    def url(self, database="postgres", user="postgres", **parameters):
        rest = "&".join(f"{name}={value}" for name, value in parameters.items())
        return f"postgresql://{user}@127.0.0.1:{self.proxy.port}/{database}" + (f"?{rest}" if rest else "")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.proxy.close()


def main():
    words = [word for word in sys.argv[1:] if word != "--double"]
    proxy = Proxy(int(words[0]), double=engine_double.Double() if "--double" in sys.argv else None)
    proxy.choose = Every(words[2:] or ["conflict"], float(words[1]) if len(words) > 1 else 0.2, None)
    print(proxy.port, flush=True)
    with contextlib.suppress(KeyboardInterrupt):
        threading.Event().wait()


if __name__ == "__main__":
    sys.exit(__doc__) if len(sys.argv) < 2 else main()
