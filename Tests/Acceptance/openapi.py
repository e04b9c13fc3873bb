#!/usr/bin/env python3
"""The routes of HTTP against their own description: schemathesis asks for what `/_openapi.json` promises, and for what it doesn't.

    pip install schemathesis==4.32.5
    openapi.py PANDO [OPTIONS OF SCHEMATHESIS]

Starts PANDO on a new file whose `admin` has a password, and runs all checks of schemathesis with a fixed seed. The exit status is 1 if
any finds something.
"""

import base64
import json
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

SEED = 20
EXAMPLES = 4
# What no schema can say: which texts are queries, which characters a name may have (SASLprep's rules), that a condition holds (412 otherwise). A name in a path is
# text whatever it looks like, so nothing there is of a wrong type; what else a schema forbids is refused by the routes' own tests. And what ends a run: a feed,
# which has no end, and revoking the token that the run asks with.
SETTINGS = """
[checks]
positive_data_acceptance.enabled = false
negative_data_rejection.enabled = false

[[operations]]
include-path = "/{database}/{table}/_changes"
enabled = false
"""
REVOKING = """
[[operations]]
include-path = "/_admin/tokens/{name}"
enabled = false
"""


def ask(url, method, target, body=None, **fields):
    request = urllib.request.Request(url + target, data=body and json.dumps(body).encode(), method=method, headers=fields)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.loads(answer.read() or "null")


def main(executable):
    with tempfile.TemporaryDirectory() as folder:
        server = subprocess.Popen(
            [executable, "serve", f"{folder}/openapi.pando", "--http-port", "0", "--driver-port", "none", "--bind", "127.0.0.1",
             "--initial-password", "openapi"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        try:
            url = server.stdout.readline().strip()
            password = "Basic " + base64.b64encode(b"admin:openapi").decode()
            token = ask(url, "POST", "/_admin/tokens", {"note": "schemathesis"}, Authorization=password,
                        **{"Content-Type": "application/json"})["token"]
            runs = [
                # First, as the other one changes the password.
                (SETTINGS, password, ["--include-path", "/_admin/tokens/{name}"]),
                (SETTINGS + REVOKING, f"Bearer {token}", []),
            ]
            for settings, authorization, selection in runs:
                Path(folder, "schemathesis.toml").write_text(settings)
                tool = Path(sys.executable).parent / "schemathesis"
                done = subprocess.run(
                    [tool, "--config-file", f"{folder}/schemathesis.toml", "run", f"{url}/_openapi.json", "-H",
                     f"Authorization: {authorization}", "--seed", str(SEED), "--max-examples", str(EXAMPLES),
                     "--no-color", *selection, *sys.argv[2:]],
                    cwd=folder)
                if done.returncode != 0:
                    sys.exit(done.returncode)
            live = ask(url, "GET", "/_health/live")["status"]
            if live != "live":
                sys.exit(f"the server says {live}")
        finally:
            server.terminate()
            ended = server.wait(timeout=60)
        if ended != 0:
            sys.exit(f"the server ended with {ended}")


if __name__ == "__main__":
    main(sys.argv[1])
