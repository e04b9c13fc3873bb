"""Completions in the shells themselves: bash, zsh and fish, those that are installed; the others are named.

Usage: completions.py PATH-OF-PANDO. Types into each shell at a pseudo-terminal, presses Tab, and waits for what must appear.
"""
import os
import pty
import re
import select
import shutil
import subprocess
import sys
import tempfile
import time

PANDO = os.path.abspath(sys.argv[1])
DEADLINE = 60

# What is typed before Tab, and what has to follow on the line.
LINES = [
    ("pando que", "query"),
    ("pando db x.pando ren", "rename"),
    ("pando query x.pando --form", "--format"),
    ("pando sql x.pando --form", "--format"),
    ("pando export x.pando a.b --format nd", "ndjson"),
    ("pando completions fi", "fish"),
]


def typed(command, environment, prepare):
    """The shell's terminal after all lines have been typed and completed, one after the other."""
    process, terminal = pty.fork()
    if process == 0:
        os.execvpe(command[0], command, environment)
    text = ""

    def wait(part, start=0):
        nonlocal text
        end = time.monotonic() + DEADLINE
        while part not in re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", text[start:]):
            if not select.select([terminal], [], [], max(0, end - time.monotonic()))[0]:
                raise SystemExit(f"{command[0]}: no {part!r} in {text[start:]!r}")
            text += os.read(terminal, 65536).decode(errors="replace")

    os.write(terminal, (prepare + "; echo rea''dy\n").encode())
    wait("ready")
    for line, whole in LINES:
        start = len(text)
        os.write(terminal, (line + "\t").encode())
        wait(whole, start)
        os.write(terminal, b"\x15")  # Ctrl-U: the line goes
    os.close(terminal)
    os.waitpid(process, 0)


with tempfile.TemporaryDirectory() as folder:
    environment = {"PATH": f"{folder}:{os.environ['PATH']}", "HOME": folder, "TERM": "xterm", "LANG": "C.UTF-8"}
    os.symlink(PANDO, os.path.join(folder, "pando"))
    for shell in ["bash", "zsh", "fish"]:
        script = os.path.join(folder, shell)
        with open(script, "wb") as file:
            subprocess.run([PANDO, "completions", shell], check=True, stdout=file)
    if shutil.which("bash"):
        typed(["bash", "--norc", "--noprofile", "-i"], environment | {"INPUTRC": "/dev/null"}, f"source {folder}/bash")
        print("ok: bash")
    if shutil.which("zsh"):
        subprocess.run(["zsh", "-n", f"{folder}/zsh"], check=True)
        typed(["zsh", "-f", "-i"], environment, f"autoload -U compinit; compinit -u -d {folder}/dump; source {folder}/zsh")
        print("ok: zsh")
    if shutil.which("fish"):
        for line, whole in LINES:
            found = subprocess.run(
                ["fish", "--no-config", "-c", f"source {folder}/fish; complete -C '{line}'"], env=environment, check=True,
                stdout=subprocess.PIPE, text=True).stdout
            if whole not in re.split(r"[\s]", found):
                raise SystemExit(f"fish: no {whole!r} for {line!r}: {found!r}")
        print("ok: fish")
    for shell in ["bash", "zsh", "fish"]:
        if not shutil.which(shell):
            print(f"left out: {shell} is not installed")
