#!/usr/bin/env python3
"""The image that docs/deploy/Dockerfile describes, as far as it can be had without Docker.

    image.py PANDO

An empty root with PANDO and a folder for its data, and nothing else but the /proc that every container has: no shell, no /etc, no /dev, no /tmp. If PANDO
is not the static executable of the Dockerfile, the libraries that it is linked with are there too. In it, as the Dockerfile's user and as process 1, the
Dockerfile's command is run: it refuses to start without a password, serves, is told to stop, and serves what is in the volume again. Needs root and
says so where it hasn't that. A static executable has no TLS, and has to say so. The exit status is 1 if anything is not so.
"""

import base64
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

DOCKERFILE = Path(__file__).resolve().parents[2] / "docs/deploy/Dockerfile"
PASSWORD = "secret"


def instruction(name):
    """The last one of the name, as the image has it."""
    return re.findall(rf"^{name} (.*)$", DOCKERFILE.read_text(), re.MULTILINE)[-1]


def libraries(executable):
    """What the executable is linked with; nothing for a static one."""
    listed = subprocess.run(["ldd", executable], capture_output=True, text=True)
    return re.findall(r"(?:=> )?(/\S+) \(0x", listed.stdout) if listed.returncode == 0 else []


def build(root, executable):
    user, group = map(int, instruction("USER").split(":"))
    shutil.copy(executable, root / "pando")
    for library in libraries(executable):
        (root / library[1:]).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(library, root / library[1:])
    volume = root / instruction("VOLUME").lstrip("/")
    volume.mkdir()
    os.chown(volume, user, group)
    (root / "proc").mkdir()
    root.chmod(0o755)
    return volume


class Container:
    all = []

    def __init__(self, root, *words, environment={}):
        command = json.loads(instruction("ENTRYPOINT")) + json.loads(instruction("CMD")) + ["--http-port", "0", "--driver-port", "0", *words]
        self.process = subprocess.Popen(
            ["unshare", "--pid", "--fork", f"--mount-proc={root}/proc", "chroot", f"--userspec={instruction('USER')}", root, *command],
            env={"PATH": os.environ["PATH"], **environment}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        Container.all.append(self)
        self.url = self.process.stdout.readline().strip().replace("0.0.0.0", "127.0.0.1")

    def ask(self, method, target, body=None):
        request = urllib.request.Request(self.url + target, data=body and body.encode(), method=method)
        request.add_header("Authorization", "Basic " + base64.b64encode(f"admin:{PASSWORD}".encode()).decode())
        request.add_header("Content-Type", "text/plain" if target == "/_reql" else "application/json")
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.loads(answer.read() or "null")

    def signal(self, number):
        for child in Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split():
            os.kill(int(child), number)

    def stop(self):
        """What `docker stop` does."""
        self.signal(signal.SIGTERM)
        errors = self.process.communicate(timeout=60)[1]
        expect(self.process.returncode == 0, f"stopped with {self.process.returncode}: {errors}")


def expect(holds, what):
    if not holds:
        sys.exit(what)


def no_tls(folder, executable):
    """A static executable says in one line that it has no TLS, before it listens."""
    if libraries(executable) or not shutil.which("openssl"):
        return
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=localhost", "-keyout", folder / "k.pem", "-out", folder / "c.pem"],
        check=True, capture_output=True)
    (folder / "k.pem").chmod(0o600)
    done = subprocess.run(
        [executable, "serve", folder / "tls.pando", "--http-port", "0", "--driver-port", "none", "--pg-port", "none", "--tls-cert", folder / "c.pem", "--tls-key", folder / "k.pem"],
        capture_output=True, text=True, timeout=60)
    expect(done.returncode == 1 and not done.stdout and len(done.stderr.splitlines()) == 1 and "static executable" in done.stderr, f"TLS in a static executable: {done}")


def main(executable):
    if os.geteuid() != 0:
        print("not run: to make a root takes the rights of root")
        return
    with tempfile.TemporaryDirectory() as folder:
        try:
            run(Path(folder), executable)
            no_tls(Path(folder), executable)
        finally:
            # What failed is not left running.
            for container in Container.all:
                if container.process.poll() is None:
                    container.signal(signal.SIGKILL)
    print("the image runs" + (" (with libraries: this executable is not static)" if libraries(executable) else ""))


def run(root, executable):
    volume = build(root, executable)
    before = sorted(root.rglob("*"))

    refused = Container(root)
    errors = refused.process.communicate(timeout=60)[1]
    expect(refused.process.returncode not in (0, None) and "password" in errors, f"without a password it says {errors!r}")
    expect(not list(volume.iterdir()), "what does not start leaves something behind")

    server = Container(root, environment={"PANDO_INITIAL_PASSWORD": PASSWORD})
    expect(server.url.startswith("http://"), f"it says {server.url!r}")
    expect(server.ask("GET", "/_health/ready")["status"] == "ready", "not ready")
    server.ask("PUT", "/app")
    server.ask("PUT", "/app/users")
    server.ask("POST", "/app/users", json.dumps([{"id": n, "name": f"n{n}", "at": "2026-11-21"} for n in range(5000)]))
    server.ask("POST", "/app/users/_index", '{"name": "name"}')
    count = 'r.db("app").table("users").indexWait().do(r.db("app").table("users").getAll("n7", {index: "name"}).count())'
    expect(server.ask("POST", "/_reql", count) == {"result": 1}, "the index does not lead to the document")
    # Times, sorts and the figures of the process look at more of the system than the rest.
    expect(server.ask("POST", "/_reql", "r.now().year().gt(2000)") == {"result": True}, "no clock")
    expect(len(server.ask("POST", "/_reql", 'r.db("app").table("users").orderBy(r.desc("name")).limit(3)')["result"]) == 3, "no order")
    server.ask("GET", "/_status")
    server.ask("POST", "/_admin/compact")
    server.stop()

    again = Container(root, environment={"PANDO_INITIAL_PASSWORD": PASSWORD})
    expect(again.ask("POST", "/_reql", 'r.db("app").table("users").count()') == {"result": 5000}, "the volume has not what was written")
    again.stop()

    made = sorted(set(root.rglob("*")) - set(before))
    expect(made == [volume / "pando.db"], f"beside the database there is {made}")
    expect(f"{made[0].stat().st_uid}:{made[0].stat().st_gid}" == instruction("USER"), "the file is another user's")


if __name__ == "__main__":
    main(sys.argv[1])
