#!/usr/bin/env python3
"""What clients are told when a commit can't be made durable, by every door; and what is there afterwards.

    transactions.py PANDO [PART…]

A commit whose sync fails (a library that is loaded before the system's, for which `cc` is needed, has `fdatasync` fail), one that finds no
room (on a small file system, which only root can mount, and where the process may not make files that long), and a client that is gone. Whoever was told of a commit finds it after the server was killed and started
again; of what was refused nothing is there; and what was neither is there whole or not at all. Parts that can't be done here say so.
"""

import importlib.util
import os
import resource
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
PANDO = os.path.abspath(sys.argv[1]) if len(sys.argv) > 1 else sys.exit(__doc__)
FAILING = r"""
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>
/* Syncs fail while the file that FAILING_SYNC names is there. */
static int fails(void) { const char *path = getenv("FAILING_SYNC"); return path && access(path, F_OK) == 0; }
#include <sys/syscall.h>
int fdatasync(int file) { if (fails()) { errno = EIO; return -1; } return syscall(SYS_fdatasync, file); }
int fsync(int file) { if (fails()) { errno = EIO; return -1; } return syscall(SYS_fsync, file); }
"""


def doors():
    """The clients of histories.py, which runs nothing when it is not the program."""
    spec = importlib.util.spec_from_file_location("histories", os.path.join(HERE, "histories.py"))
    module = importlib.util.module_from_spec(spec)
    words, sys.argv = sys.argv, sys.argv[:2]
    spec.loader.exec_module(module)
    sys.argv = words
    return module


HISTORIES = doors()
DOORS = [HISTORIES.HTTP, HISTORIES.Driver, HISTORIES.SQL, HISTORIES.Shell]
KEYS = range(20)


class Failure(Exception):
    pass


def require(what, condition, seen=""):
    if not condition:
        raise Failure(f"{what}: {str(seen)[:800]}")


class Server(HISTORIES.Server):
    environment = None

    def start(self):
        self.spawn(env={**os.environ, **(self.environment or {})})


def prepared(server):
    HISTORIES.HTTP(server.ports).ask("PUT", "/h")
    setup = HISTORIES.SQL(server.ports)
    setup.ask("CREATE TABLE registers (id bigint PRIMARY KEY, v bigint, body text)")
    setup.ask("CREATE INDEX v ON registers (v)")
    setup.ask("INSERT INTO registers SELECT g, 0 FROM generate_series(0, 19) g")
    setup.close()


def values(server):
    session = HISTORIES.SQL(server.ports)
    found = [int(text) for text in session.ask("SELECT v FROM registers ORDER BY id")]
    session.close()
    return found


def changed(server, door, number):
    """A transaction that has written all registers and is not committed."""
    session = door(server.ports)
    session.begin()
    for key in KEYS:
        session.put("registers", key, number)
    return session


def after_restart(server, before, refused, what):
    """The state is whole after a kill; what was refused is not there, or, if its end was not known, is there whole."""
    server.kill()
    server.start()
    found = values(server)
    require(f"{what}: all or nothing", len(set(found)) == 1, found)
    require(f"{what}: what was acknowledged, or what nobody could know of", found[0] in {before, *refused}, (found, before, refused))
    server.kill()
    check = subprocess.run([PANDO, "check", server.path], capture_output=True, text=True)
    require(f"{what}: check", check.returncode == 0, check.stdout + check.stderr)


def failing_sync():
    """The commit is refused by every door, and nothing is acknowledged after it, until the file is opened again."""
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if not compiler or sys.platform != "linux":
        return print("    left out: no compiler, or no Linux")
    for door in DOORS:
        with tempfile.TemporaryDirectory() as folder:
            library, mark = os.path.join(folder, "failing.so"), os.path.join(folder, "fail")
            subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-x", "c", "-", "-o", library], input=FAILING, text=True, check=True)
            Server.environment = {"LD_PRELOAD": library, "FAILING_SYNC": mark}
            server = Server(os.path.join(folder, "f.pando"))
            try:
                prepared(server)
                session = changed(server, door, 1)
                session.commit()
                session.close()
                session, other = changed(server, door, 2), HISTORIES.HTTP(server.ports)
                with open(mark, "w"):
                    pass
                told = None
                try:
                    session.commit()
                except HISTORIES.Refused as error:
                    told = str(error)
                except OSError as error:
                    told = str(error)
                require(f"{door.__name__}: the commit is refused", told is not None)
                require(f"{door.__name__}: and is told why", any(word in told.lower() for word in ("sync", "disk", "input/output", "i/o", "write")), told)
                print(f"    {door.__name__} is told: {told[:160]}")
                refused = None
                try:
                    other.ask("PUT", "/h/registers/_doc?key=1", {"id": 1, "v": 3})
                except HISTORIES.Refused as error:
                    refused = error
                require("nobody else's write is acknowledged", refused is not None)
                require("readers go on with what was durable", values(server) == [1] * len(KEYS), values(server))
                os.remove(mark)
                # A sync that has failed once can't be trusted when it succeeds later.
                try:
                    other.ask("PUT", "/h/registers/_doc?key=1", {"id": 1, "v": 3})
                    require("no write is acknowledged after a failed sync", False)
                except HISTORIES.Refused:
                    pass
                after_restart(server, 1, {2}, door.__name__)
            finally:
                Server.environment = None
                if server.process.poll() is None:
                    server.kill()


def no_room():
    """A disk without room: the commit is refused by every door with that reason, and the next one goes through when there is room."""
    for door in DOORS:
        with tempfile.TemporaryDirectory() as folder:
            if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", folder], capture_output=True).returncode:
                return print("    left out: no file system can be mounted here")
            try:
                refused_and_then_not(door, folder, lambda server: subprocess.run(["mount", "-o", "remount,size=64m", folder], check=True))
            finally:
                subprocess.run(["umount", "-l", folder], check=True)


def too_long():
    """The same where the process may not make files so long (`ulimit -f`)."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    for door in DOORS:
        with tempfile.TemporaryDirectory() as folder:
            # The server has the limits of who starts it.
            resource.setrlimit(resource.RLIMIT_FSIZE, (12 << 20, limits[1]))
            try:
                refused_and_then_not(door, folder, lambda server: resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, limits))
            finally:
                resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def refused_and_then_not(door, folder, make_room):
    server = None
    try:
        server = Server(os.path.join(folder, "f.pando"))
        prepared(server)
        session = changed(server, door, 1)
        session.commit()
        session.close()
        session, refused = changed(server, door, 2), None
        try:
            fill_in(session, door, 2)
            session.commit()
        except (HISTORIES.Refused, OSError) as error:
            refused = str(error)
        require(f"{door.__name__}: the commit is refused", refused is not None)
        told = ("room", "space", "disk is full", "53100", "507", "can't grow")
        require(f"{door.__name__}: and is told why", any(word in refused.lower() for word in told), refused)
        print(f"    {door.__name__} is told: {refused[:160]}")
        try:
            session.rollback()
        except (HISTORIES.Refused, OSError):
            pass
        session.close()
        require("nothing of it is there", values(server) == [1] * len(KEYS), values(server))
        # What fits goes on.
        small = changed(server, door, 3)
        small.commit()
        small.close()
        make_room(server)
        again = changed(server, door, 4)
        fill_in(again, door, 4)
        again.commit()
        again.close()
        after_restart(server, 4, set(), door.__name__)
    finally:
        if server and server.process.poll() is None:
            server.kill()


def fill_in(session, door, value):
    """Twenty mebibytes that can't be compressed, in rows of their own with that value."""
    for number in range(20):
        text = os.urandom(1 << 19).hex()
        if door is HISTORIES.HTTP:
            session.ask("PUT", f"/h/registers/_doc?key={2000 + number}", {"id": 2000 + number, "v": value, "body": text})
        elif door is HISTORIES.Driver:
            session.ask([56, [session.table("registers"), {"id": 2000 + number, "v": value, "body": text}]])
        elif door is HISTORIES.Shell:
            session.value(f"r.table('registers').insert({{id: {2000 + number}, v: {value}, body: '{text}'}})")
        else:
            session.ask(f"INSERT INTO registers (id, v, body) VALUES ({2000 + number}, {value}, '{text}')")


def gone():
    """A client that is gone before its commit, and a server that is killed with transactions open, some of them set aside."""
    with tempfile.TemporaryDirectory() as folder:
        server = Server(os.path.join(folder, "f.pando"))
        try:
            prepared(server)
            for door in DOORS:
                first, second = changed(server, door, 5), changed(server, door, 6)
                require("nobody sees it", set(values(server)) == {0}, values(server))
                after_restart(server, 0, set(), door.__name__)
                server.start()
                for session in (first, second):
                    session.close()
        finally:
            if server.process.poll() is None:
                server.kill()


PARTS = [failing_sync, no_room, too_long, gone]


def main():
    failed = False
    for part in PARTS:
        if sys.argv[2:] and part.__name__ not in sys.argv[2:]:
            continue
        print(part.__name__, flush=True)
        try:
            part()
        except Exception as error:
            failed = True
            print(f"    {'' if isinstance(error, Failure) else type(error).__name__ + ': '}{error}", flush=True)
    sys.exit(1 if failed else 0)


main()
