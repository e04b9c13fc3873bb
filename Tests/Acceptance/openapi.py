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
# A schema says what is well formed. What is there (404, 409), whether a condition holds (304, 412), a text is a query (400), a name is free of characters
# that look alike, a role exists or a value can be a key (422) it can't say, so what is well formed may be answered with these too: by those operations that can,
# and by all others only with success.
STATUSES = {
    # A name, and nothing else.
    "404": [
        "endTransaction",
        "explorerFile", "getPage", "stopJob", "revokeToken", "getUser", "getRole", "deleteRole", "getDatabase", "dropDatabase", "listTables", "getOrigin",
        "listCollections", "dropTable", "listIndexes", "getIndex", "dropIndex", "listRelations", "listTableRelations", "getRelation",
        "dropRelation",
    ],
    # The point that a feed goes on from may be another file's.
    "404 410": ["followTable"],
    "409": ["createDatabase"],
    # The position that a standby goes on from may be another file's, and one that is no standby can't be made the primary.
    "410": ["followFile"],
    # And the body of some bytes be no ranges.
    "400 410": ["askForDifferences"],
    "403": ["promote"],
    # A state's name is of fewer letters than a path's.
    # A transaction is named by the body or by a field: one of them has to be there.
    "400 404 409": ["createState", "dropState", "commitTransaction", "rollBackTransaction"],
    # `admin` can't be removed.
    "404 409": ["createTable", "deleteUser"],
    # Permissions and roles of an account are of what is there; those of `admin` can't be changed.
    "404 409 422": ["createIndex", "createRelation", "createUser", "createRole", "grant", "putUser", "putRole"],
    # A text may be no comma-separated values.
    "400 404 409 422": ["insertDocuments"],
    # What is searched for may be in no text index, edges may be of no relation, and a text with a colon be no time.
    "404 422": ["issueToken", "getTable", "digestTable", "listWords", "digestRanges", "getDocumentGraph", "getKeyedDocumentGraph"],
    "422": ["listKeys"],
    "304 404 412 422": ["getDocument", "getKeyedDocument"],
    "404 412 422": ["putDocument", "putKeyedDocument", "patchDocument", "patchKeyedDocument", "deleteDocument", "deleteKeyedDocument"],
    # The columns of a table, cursors, and what only a search or only a page has.
    "400 404 422": ["query", "queryTable", "runStatements", "listDocuments"],
}
SETTINGS = """
[checks]
positive_data_acceptance.expected-statuses = ["2xx"]
negative_data_rejection.expected-statuses = ["4xx"]

# A feed has no end: it is read for so many seconds, or so many events. As lines of JSON it would be waited for to its end.
[[operations]]
include-path = "/{database}/{table}/_changes"
request-timeout = 0.5
max-stream-events = 2
headers = { Accept = "text/event-stream" }
# Wrong passwords are answered after a second.
[operations.checks]
ignored_auth.enabled = false
""" + "".join(
    f"""
[[operations]]
include-operation-id = {json.dumps(operations)}
[operations.checks]
positive_data_acceptance.expected-statuses = {json.dumps(["2xx"] + statuses.split())}
"""
    for statuses, operations in STATUSES.items()
)
# Tokens are issued for a password, and the one that a run asks with may not be revoked.
TOKENS = "^/_admin/tokens"
OTHERS = f"""
[[operations]]
include-path-regex = "{TOKENS}"
enabled = false
"""
DROPPING = """
[[operations]]
include-name = ["DELETE /{database}", "DELETE /{database}/{table}"]
enabled = false
"""
# Where there is something to find.
FILLED = 'parameters = {"path.database" = "app", "path.table" = "users"}\n'


def ask(url, method, target, body=None, **fields):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url + target, data=data, method=method, headers=fields)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.loads(answer.read() or "null")


def check(folder, url, settings, authorization, *selection):
    Path(folder, "schemathesis.toml").write_text(settings)
    tool = Path(sys.executable).parent / "schemathesis"
    done = subprocess.run(
        [tool, "--config-file", f"{folder}/schemathesis.toml", "run", f"{url}/_openapi.json", "-H", f"Authorization: {authorization}",
         "--seed", str(SEED), "--max-examples", str(EXAMPLES), "--no-color",
         # How fast requests are made up on a busy machine says nothing of the server.
         "--suppress-health-check", "too_slow", *selection, *sys.argv[2:]],
        cwd=folder)
    if done.returncode != 0:
        sys.exit(done.returncode)


def main(executable):
    with tempfile.TemporaryDirectory() as folder:
        server = subprocess.Popen(
            [executable, "serve", f"{folder}/openapi.pando", "--http-port", "0", "--driver-port", "none", "--bind", "127.0.0.1",
             "--initial-password", "openapi"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        try:
            url = server.stdout.readline().strip()
            password = "Basic " + base64.b64encode(b"admin:openapi").decode()
            own = {"Authorization": password, "Content-Type": "application/json"}
            ask(url, "PUT", "/app", **own)
            ask(url, "PUT", "/app/users", **own)
            ask(url, "POST", "/app/users", [{"id": "u1", "city": "Lima", "n": 1}, {"id": 5, "city": "Oslo", "n": [2]}], **own)
            ask(url, "POST", "/app/users/_index", {"name": "city"}, **own)
            check(folder, url, SETTINGS, password, "--include-path-regex", TOKENS)
            token = "Bearer " + ask(url, "POST", "/_admin/tokens", {"note": "schemathesis"}, **own)["token"]
            check(folder, url, FILLED + DROPPING + SETTINGS, token, "--include-path-regex", "^/{database}/{table}")
            # The last, as it changes the password.
            check(folder, url, OTHERS + SETTINGS, token)
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
