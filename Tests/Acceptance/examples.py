#!/usr/bin/env python3
"""The commands in the documentation, run as they stand there.

    examples.py PANDO

What README.md shows of the command line and of HTTP is run as a newcomer would, in an empty folder. Of each of docs/OPERATIONS.md and docs/SECURITY.md and docs/HTTP.md the blocks marked `sh` are run in their order, in one shell that stops at the first failure, in a new
folder, with PANDO as `pando`. A server is started as OPERATIONS.md starts it, on a free port, which takes the place of 8080 in the commands. The
exit status is 1 if a command fails. What README.md and docs/SEARCH.md show of searches is run on a folder of three texts, Python's part with the driver that this
Python has
"""

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True
import vault_standin

DOCS = Path(__file__).resolve().parents[2] / "docs"
SERVE = re.compile(r"^pando serve (.*)$", re.MULTILINE)


def blocks(name):
    return re.findall(r"^```sh\n(.*?)^```$", (DOCS / name).read_text(), re.MULTILINE | re.DOTALL)


def newcomer(executable):
    """README.md, as it stands but for the port."""
    readme = (DOCS.parent / "README.md").read_text()
    shown = "".join(re.search(rf"^## {part}\n.*?^```sh\n(.*?)^```$", readme, re.M | re.S).group(1) for part in ["From the command line", "Over HTTP"])
    with socket.socket() as free, tempfile.TemporaryDirectory() as folder:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        os.symlink(executable, f"{folder}/pando")
        script = re.sub(
            r"^pando serve app.pando &.*$",
            f"pando serve app.pando --http-port {port} --driver-port none > served &\nuntil grep -q http served; do sleep 0.05; done", shown, flags=re.M)
        # Nobody says here when the feed has begun, so there is something to see until it is seen.
        script = re.sub(r"^(pando query --connect .*) &.*$", r"\1 > feed &", script, flags=re.M)
        script = re.sub(r"^(curl -X PATCH .*)37(.*)$", r"n=36\nuntil grep -q new_val feed; do n=$((n + 1)); \1'$n'\2; sleep 0.05; done", script, flags=re.M)
        script = script.replace("kill %1", "kill %1; wait %1")
        script = script.replace("curl ", "curl -sf ").replace("localhost:8080", f"127.0.0.1:{port}")
        done = subprocess.run(
            ["bash", "-euxo", "pipefail", "-c", script], cwd=folder, text=True, capture_output=True, timeout=120, stdin=subprocess.DEVNULL,
            env={**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"})
        wanted = ['"name":"Edsger"', '"replaced":1', "__meta__:databases:app", '{"new_val":{"age":']
        missing = [text for text in wanted if text not in done.stdout + (Path(folder) / "feed").read_text()]
        if done.returncode != 0 or missing:
            sys.exit(f"README.md: exit status {done.returncode}, not there: {missing}\n{done.stdout}\n{done.stderr}")
        print("README.md: as a newcomer", flush=True)


def searched(executable):
    """How a folder of texts is searched: in README.md, by the shell's lines and Python's, and in docs/SEARCH.md."""
    readme = re.search(r"^## Searching texts\n.*?^```text\n(.*?)^```$", (DOCS.parent / "README.md").read_text(), re.M | re.S).group(1)
    typed = re.findall(r"^\$ (.*?)$(?!\n[^$])|^\$ (python3 -c '\n.*?^.*')$", readme, re.M | re.S)
    shown = {
        "README.md": "".join(f"{line or more}\n" for line, more in typed),
        "SEARCH.md": blocks("SEARCH.md")[0] + "python3 - <<'END'\n" + re.search(r"^```python\n(.*?)^```$", (DOCS / "SEARCH.md").read_text(), re.M | re.S).group(1) + "END\n",
    }
    for name, script in shown.items():
        with tempfile.TemporaryDirectory() as folder:
            os.symlink(executable, f"{folder}/pando")
            notes = {"a/tree.txt": "How copy on write makes a tree that a telephone can hold.", "log.txt": "A log of telephones.", "none.txt": "Nothing of it."}
            for path, text in notes.items():
                (Path(folder) / "notes" / path).parent.mkdir(parents=True, exist_ok=True)
                (Path(folder) / "notes" / path).write_text(text)
            ports = []
            for _ in range(2):
                with socket.socket() as free:
                    free.bind(("127.0.0.1", 0))
                    ports.append(free.getsockname()[1])
            served = f"pando serve app.pando --http-port {ports[0]} --driver-port {ports[1]} --pg-port none > served &\nuntil grep -q rethinkdb: served; do sleep 0.05; done"
            script = re.sub(r"^pando serve app.pando &.*$", served, script, flags=re.M).replace("localhost:8080", f"127.0.0.1:{ports[0]}")
            script = re.sub(r"^pip install.*$", "", script.replace("r.connect(", f"r.connect(port={ports[1]}, "), flags=re.M)
            done = subprocess.run(
                ["bash", "-euxo", "pipefail", "-c", "trap 'kill %1; wait %1' EXIT\n" + script], cwd=folder, text=True, capture_output=True, timeout=120,
                stdin=subprocess.DEVNULL, env={**os.environ, "PATH": f"{folder}:{Path(sys.executable).parent}:{os.environ['PATH']}"})
            # The shell's search, and the driver's, each find the text that has all of it.
            if done.returncode != 0 or done.stdout.count("a/tree.txt") < 2:
                sys.exit(f"{name}, searches: exit status {done.returncode}\n{done.stdout}\n{done.stderr}")
            print(f"{name}: searches", flush=True)


def encrypted(executable):
    """docs/TLS.md, as it stands but for the ports."""
    with tempfile.TemporaryDirectory() as folder:
        os.symlink(executable, f"{folder}/pando")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        script = "\n".join(blocks("TLS.md")).replace("localhost:8080", f"localhost:{port}")
        script = script.replace("pando serve app.pando", f"pando serve app.pando --http-port {port} --driver-port none --pg-port none")
        done = subprocess.run(
            ["bash", "-euxo", "pipefail", "-c", script + "\nkill %1; wait %1"], cwd=folder, text=True, capture_output=True, timeout=120, stdin=subprocess.DEVNULL,
            env={**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"})
        if done.returncode != 0 or done.stdout.splitlines().count("42") != 2:
            sys.exit(f"TLS.md: exit status {done.returncode}\n{done.stdout}\n{done.stderr}")
        print(f"TLS.md: {len(blocks('TLS.md'))} blocks", flush=True)


def sealed(executable):
    """docs/ENCRYPTION.md, as it stands but for Vault, which has a stand-in."""
    vault = vault_standin.Vault()
    script = "\n".join(blocks("ENCRYPTION.md")).replace("https://vault.example:8200", vault.address)
    with tempfile.TemporaryDirectory() as folder:
        os.symlink(executable, f"{folder}/pando")
        done = subprocess.run(
            ["bash", "-euxo", "pipefail", "-c", script], cwd=folder, text=True, capture_output=True, timeout=120,
            stdin=subprocess.DEVNULL, env={**os.environ, "VAULT_TOKEN": vault_standin.TOKEN, "PATH": f"{folder}:{os.environ['PATH']}"})
        if done.returncode != 0:
            sys.exit(f"ENCRYPTION.md: exit status {done.returncode}\n{done.stdout}\n{done.stderr}")
        print(f"ENCRYPTION.md: {len(blocks('ENCRYPTION.md'))} blocks", flush=True)


def main(executable):
    executable = str(Path(executable).resolve())
    newcomer(executable)
    searched(executable)
    encrypted(executable)
    sealed(executable)
    start = SERVE.search("\n".join(blocks("OPERATIONS.md"))).group(1)
    for name in ["OPERATIONS.md", "SECURITY.md", "HTTP.md"]:
        with tempfile.TemporaryDirectory() as folder:
            os.symlink(executable, f"{folder}/pando")
            path = f"{folder}:{os.environ['PATH']}"
            server = subprocess.Popen(
                f"exec pando serve {start} --http-port 0 --driver-port none --bind 127.0.0.1", shell=True, cwd=folder, text=True,
                env={**os.environ, "PATH": path}, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
            try:
                port = server.stdout.readline().strip().rsplit(":", 1)[1]
                # The server is there already; everything else is run as it stands.
                script = SERVE.sub("", "\n".join(blocks(name))).replace("localhost:8080", f"127.0.0.1:{port}")
                script = script.replace("$(pgrep -f 'serve app.pando' | head -1)", str(server.pid))
                done = subprocess.run(
                    ["bash", "-euo", "pipefail", "-c", script], cwd=folder, text=True, capture_output=True, timeout=120,
                    env={**os.environ, "PATH": path})
                if done.returncode != 0:
                    again = subprocess.run(
                        ["bash", "-xeuo", "pipefail", "-c", script], cwd=folder, text=True, capture_output=True, timeout=120,
                        env={**os.environ, "PATH": path})
                    sys.exit(f"{name}: exit status {done.returncode}\n{done.stderr}\nagain, with each command:\n{again.stderr[-2000:]}")
                print(f"{name}: {len(blocks(name))} blocks", flush=True)
            finally:
                server.send_signal(signal.SIGTERM)
                if server.wait(timeout=60) != 0:
                    sys.exit(f"{name}: the server ended with {server.returncode}")


if __name__ == "__main__":
    main(sys.argv[1])
