#!/usr/bin/env python3
"""PostgreSQL's drivers of other languages on a running server: node-postgres, lib/pq of Go, the JDBC driver.

    npm install pg; apt-get install golang-go golang-github-lib-pq-dev libpostgresql-jdbc-java default-jdk-headless
    NODE_PATH=…/node_modules postgresql_others.py PANDO

Starts `PANDO serve` on a new file and runs the small applications of the folder clients, which search texts, too; and on others with TLS, to which they
connect if they know the certificate, and it is for the name that they call. One whose language or driver is not there is left out, and said to be. PANDO is the executable. Prints each step; the exit status is 1 if one of them fails.
"""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile

import tls
from postgresql import Failure, served, step

CLIENTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "clients")
JDBC = "/usr/share/java/postgresql.jar"
GO = "/usr/share/gocode"


def run(name, *command, folder=None, **environment):
    step(name)
    done = subprocess.run(command, cwd=folder, env={**os.environ, **environment}, capture_output=True, text=True, timeout=240)
    if done.returncode:
        raise Failure(f"{name}: {done.stderr[-2000:] or done.stdout[-2000:]}")


def has_node():
    return shutil.which("node") and subprocess.run(["node", "-e", "require('pg')"], capture_output=True).returncode == 0


def main():
    missing = []
    executable = os.path.abspath(sys.argv[1])
    with contextlib.ExitStack() as stack:
        port = stack.enter_context(served(executable))
        files = tls.Files(stack.enter_context(tempfile.TemporaryDirectory()))
        # The second one's certificate is not for the name that it is called by.
        encrypted = [stack.enter_context(tls.served(executable, *files.options(name), "--initial-password", "secret")) for name in ["server", "other"]]
        ports = [str(port), *(str(server.postgres) for server in encrypted), files["ca.pem"]]
        if has_node():
            run("node-postgres", "node", f"{CLIENTS}/node.js", *ports)
        else:
            missing.append("node-postgres")
        if shutil.which("go") and os.path.exists(f"{GO}/src/github.com/lib/pq"):
            with tempfile.TemporaryDirectory() as cache:
                run("lib/pq of Go", "go", "run", f"{CLIENTS}/main.go", *ports, GOPATH=GO, GO111MODULE="off", GOFLAGS="", GOCACHE=cache)
        else:
            missing.append("lib/pq of Go")
        if shutil.which("java") and os.path.exists(JDBC):
            run("the JDBC driver", "java", "-cp", JDBC, f"{CLIENTS}/Application.java", *ports)
        else:
            missing.append("the JDBC driver")
    for name in missing:
        step(f"{name} is not there")
    print("everything agrees")


if __name__ == "__main__":
    try:
        main()
    except (Failure, tls.Failure) as failure:
        sys.exit(f"postgresql_others.py: {failure}")
