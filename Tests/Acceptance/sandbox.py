#!/usr/bin/env python3
"""The sandbox of docs/deploy/pando.service, set without systemd.

    sandbox.py PANDO

What the unit says is set by hand: a user of its own, no capabilities, no new privileges, a root that can't be written but for the folders of
its file and its log, no /home, a /tmp of its own, IPv4 and IPv6 only, no memory that is written and executed, and the system calls of its
filter. In it the server serves, writes, makes a backup over its file, is told to stop, and opens its file again; a process in the same sandbox
can neither write elsewhere nor make a socket of another family nor become somebody else. Then systemd-analyze says how much the unit lets
through, where it is there. Needs root and Linux on x86-64, and says so where it hasn't that. The exit status is 1 if anything is not so.
"""

import ctypes
import json
import mmap
import os
import platform
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

UNIT = Path(__file__).resolve().parents[2] / "docs/deploy/pando.service"
USER = 61_184
MOST_EXPOSURE = 1.2


def probe(folder):
    """What is forbidden fails, and a file in its own folder can be made. Returns what does not."""
    libc = ctypes.CDLL(None, use_errno=True)

    def fails(action):
        try:
            return action() == -1
        except OSError:
            return True

    wrong = [
        what
        for what, action in [
            ("writes beside its folders", lambda: open("/etc/pando-test", "w")), ("sees /home", lambda: -1 if not os.listdir("/home") else 0),
            ("makes a socket of another family", lambda: socket.socket(socket.AF_UNIX)), ("becomes somebody else", lambda: os.setuid(0)),
            ("makes a namespace", lambda: libc.unshare(0x10000000)), ("traces others", lambda: libc.ptrace(0, 0, 0, 0)),
            ("has memory that is written and executed", lambda: mmap.mmap(-1, 4096, prot=7)),
        ]
        if not fails(action)
    ]
    with open(f"{folder}/allowed", "w") as file:
        file.write("x")
    return wrong


def settings():
    """What the unit says; a word that stands twice has both values."""
    found = {}
    for line in UNIT.read_text().splitlines():
        if "=" in line and not line.startswith("#"):
            name, value = line.split("=", 1)
            found.setdefault(name, []).append(value)
    return found


def calls(filters):
    """The numbers of the system calls that the unit's filter allows."""
    numbers = {}
    for header in ("/usr/include/x86_64-linux-gnu/asm/unistd_64.h", "/usr/include/asm/unistd_64.h"):
        if os.path.exists(header):
            numbers = {name: int(number) for name, number in re.findall(r"#define __NR_(\w+) (\d+)", Path(header).read_text())}
    allowed = set()

    def expand(name):
        if not name.startswith("@"):
            return {name}
        listed = subprocess.run(["systemd-analyze", "syscall-filter", name], capture_output=True, text=True, check=True).stdout
        return set().union(*(expand(line.strip()) for line in listed.splitlines()[1:] if line.strip() and not line.strip().startswith("#")))

    for value in filters:
        names = set().union(*(expand(name) for name in value.lstrip("~").split()))
        allowed = allowed - names if value.startswith("~") else allowed | names
    return sorted(numbers[name] for name in allowed if name in numbers)


def program(allowed):
    """The filter as instructions of the kernel: EPERM for all else, for sockets of other families, and for what is written and executed."""
    refuse, allow = 0x00050000 | 1, 0x7FFF0000
    code = []

    def put(operation, yes, no, value):
        code.append(struct.pack("<HBBI", operation, yes, no, value))

    load, equal, any_bit, answer = 0x20, 0x15, 0x45, 0x06
    number, first, third = 0, 16, 32
    put(load, 0, 0, 4)
    put(equal, 1, 0, 0xC000003E)
    put(answer, 0, 0, refuse)
    put(load, 0, 0, number)
    # socket
    put(equal, 0, 5, 41)
    put(load, 0, 0, first)
    put(equal, 2, 0, 2)
    put(equal, 1, 0, 10)
    put(answer, 0, 0, refuse)
    put(answer, 0, 0, allow)
    # mprotect: nothing becomes executable.
    put(equal, 0, 4, 10)
    put(load, 0, 0, third)
    put(any_bit, 0, 1, 4)
    put(answer, 0, 0, refuse)
    put(answer, 0, 0, allow)
    # mmap: nothing is written and executed.
    put(equal, 0, 6, 9)
    put(load, 0, 0, third)
    put(0x54, 0, 0, 6)
    put(equal, 0, 1, 6)
    put(answer, 0, 0, refuse)
    put(answer, 0, 0, allow)
    put(load, 0, 0, number)
    # clone3, whose flags no filter sees, is not there; then clone is called.
    put(equal, 0, 1, 435)
    put(answer, 0, 0, 0x00050000 | 38)
    # clone and unshare: no namespaces.
    put(equal, 1, 0, 56)
    put(equal, 0, 4, 272)
    put(load, 0, 0, first)
    put(any_bit, 0, 1, 0x7E020080)
    put(answer, 0, 0, refuse)
    put(answer, 0, 0, allow)
    for each in allowed:
        put(equal, 0, 1, each)
        put(answer, 0, 0, allow)
    put(answer, 0, 0, refuse)
    return b"".join(code), len(code)


class Program(ctypes.Structure):
    _fields_ = [("count", ctypes.c_ushort), ("code", ctypes.c_char_p)]


def enter(folders, allowed):
    """Puts this process, and what it runs, into the sandbox."""
    libc = ctypes.CDLL(None, use_errno=True)

    def must(result):
        if result != 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))

    must(libc.unshare(0x00020000))

    def mount(*words):
        subprocess.run(["mount", *words], check=True)

    mount("--make-rprivate", "/")
    for folder in folders:
        mount("--bind", folder, folder)
    mount("-o", "remount,bind,ro", "/")
    for folder in folders:
        mount("-o", "remount,bind,rw", folder)
    for folder in ("/home", "/root", "/tmp"):
        mount("-t", "tmpfs", "-o", "mode=1777" if folder == "/tmp" else "mode=0755", "tmpfs", folder)
    os.umask(0o077)
    must(libc.prctl(38, 1, 0, 0, 0))
    for capability in range(64):
        libc.prctl(24, capability, 0, 0, 0)
    os.setgroups([])
    os.setresgid(USER, USER, USER)
    os.setresuid(USER, USER, USER)
    code, count = program(allowed)
    filter = Program(count, ctypes.cast(ctypes.create_string_buffer(code, len(code)), ctypes.c_char_p))
    must(libc.prctl(22, 2, ctypes.byref(filter), 0, 0))


def ask(url, method, target, body=None):
    request = urllib.request.Request(url + target, None if body is None else json.dumps(body).encode(), {"Content-Type": "application/json"}, method=method)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.loads(answer.read() or "null")


def main(executable):
    if os.geteuid() != 0 or platform.machine() != "x86_64" or not shutil.which("systemd-analyze"):
        return print("left out: it takes root, x86-64 and systemd-analyze, which knows the sets of system calls")
    found = settings()
    for name, value in [
        ("CapabilityBoundingSet", ""), ("NoNewPrivileges", "yes"), ("ProtectSystem", "strict"), ("ProtectHome", "yes"), ("PrivateTmp", "yes"),
        ("MemoryDenyWriteExecute", "yes"), ("RestrictNamespaces", "yes"), ("RestrictAddressFamilies", "AF_INET AF_INET6"), ("UMask", "0077"),
    ]:
        if found.get(name) != [value]:
            sys.exit(f"the unit says {name}={found.get(name)}, and this test sets {value}")
    allowed = calls(found["SystemCallFilter"])
    base = Path(tempfile.mkdtemp(dir="/var/lib"))
    try:
        base.chmod(0o755)
        shutil.copy(executable, base / "pando")
        state, log = base / "state", base / "log"
        for folder in (state, log):
            folder.mkdir(mode=0o700)
            os.chown(folder, USER, USER)
        folders = [str(state), str(log)]

        def run(*command):
            return subprocess.Popen(command, preexec_fn=lambda: enter(folders, allowed), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

        child = os.fork()
        if child == 0:
            wrong = ["nothing in it can be run"]
            try:
                enter(folders, allowed)
                wrong = probe(state)
            finally:
                print(*wrong, sep="\n", file=sys.stderr, flush=True)
                os._exit(1 if wrong else 0)
        if os.waitpid(child, 0)[1] != 0:
            sys.exit("the sandbox lets through what it should not")
        for attempt in range(2):
            server = run(
                str(base / "pando"), "serve", f"{state}/pando.db", "--http-port", "0", "--driver-port", "0", "--pg-port", "0", "--log", f"{log}/pando.log")
            line = server.stdout.readline().strip()
            if not line:
                sys.exit(f"the server does not start in the sandbox: {server.communicate()[1]}")
            if attempt == 0:
                ask(line, "PUT", "/b")
                ask(line, "PUT", "/b/t")
                ask(line, "POST", "/b/t", [{"id": number} for number in range(1000)])
                ask(line, "POST", "/b/t/_index", {"name": "id2"})
                ask(line, "POST", "/_admin/compact")
            if ask(line, "POST", "/_reql", {"query": 'r.db("b").table("t").orderBy(r.desc("id")).count()'})["result"] != 1000:
                sys.exit("not all is there")
            server.send_signal(signal.SIGTERM)
            if server.wait(60) != 0:
                sys.exit(f"the server ends with {server.returncode}: {server.communicate()[1]}")
        for path in (state / "pando.db", log / "pando.log"):
            if path.stat().st_mode & 0o777 != 0o600:
                sys.exit(f"{path.name} has the mode {oct(path.stat().st_mode)}")
    finally:
        shutil.rmtree(base)
    said = subprocess.run(["systemd-analyze", "security", "--offline=yes", "--no-pager", str(UNIT)], capture_output=True, text=True).stdout
    exposure = float(re.search(r"exposure level for \S+: ([\d.]+)", said)[1])
    print(f"served in the sandbox of the unit; systemd-analyze security: {exposure} of 10")
    if exposure > MOST_EXPOSURE:
        sys.exit(f"the unit lets more through than before: {exposure} of 10, and {MOST_EXPOSURE} is the bar")


if __name__ == "__main__":
    main(sys.argv[1])
