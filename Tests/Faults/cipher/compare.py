#!/usr/bin/env python3
"""Compares Sources/CCipher, as each compiler makes each of its ways, with another implementation, and looks for what depends on a secret.

    apt-get install clang gcc valgrind qemu-user gcc-aarch64-linux-gnu
    pip install cryptography==50.0.2
    compare.py [CASES] [SEED] [WHAT...]

Of each of WHAT, such as `clang` or `arm/software` (all without), CASES (20,000) messages of random keys, nonces, associated data and lengths: each is sealed, which has to give what `cryptography` (OpenSSL's
AES-256-GCM-SIV) gives; opened; sealed and opened in place; and refused, with nothing left of it, when a bit of it is another one. Then the published vectors of Tests/GroundTests/Ciphers/Corpus. Then Valgrind's
memcheck, for which keys and plaintexts are memory that was never written: it reports each branch and each address that depends on them, and has to report one that is put there.

Ways of 64-bit ARM run in qemu-aarch64. The steps of the ways "vaes" and "vaes256" are tried with instructions of 128 bits as well (wide.h), whatever the processor has. What is not installed is
said and left out. Prints what was tried; the exit status is 1 if anything is not as it has to be.
"""

import random
import shutil
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV

HERE = Path(__file__).resolve().parent
HEADERS = HERE.parents[2] / "Sources/CCipher"
CORPUS = HERE.parents[1] / "GroundTests/Ciphers/Corpus"
SOFTWARE, AESNI, VAES, ARM, VAES256 = range(5)
NAMES = ["software", "aesni", "vaes", "arm", "vaes256"]
# What a processor has, by the best of it.
AVAILABLE = {SOFTWARE: [], AESNI: [AESNI], VAES256: [AESNI, VAES256], VAES: [AESNI, VAES256, VAES], ARM: [ARM]}
CHUNK = 4000
ARM_ROOT, ARM_GCC = Path("/usr/aarch64-linux-gnu"), Path("/usr/lib/gcc-cross/aarch64-linux-gnu")


class Failure(Exception):
    pass


def build(folder):
    """Each compiler's program, with how to run it and its ways."""
    made = []

    def make(name, *words, before=(), compiler=None):
        if not shutil.which(compiler or words[0]):
            return print(f"  {compiler or words[0]} is not installed: left out")
        done = subprocess.run([*map(str, words), "-I", HEADERS, "-o", f"{folder}/{name}"], capture_output=True, text=True)
        if done.returncode != 0:
            raise Failure(f"{name}: {done.stderr[-2000:]}")
        command = [*before, f"{folder}/{name}"]
        best = int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
        made.append((name, command, [SOFTWARE, *AVAILABLE[best]]))

    def chosen(name, way):
        return not sys.argv[3:] or name in sys.argv[3:] or f"{name}/{NAMES[way]}" in sys.argv[3:]

    make("clang", "clang", "-O2", HERE / "cases.c")
    make("swiftc", "swiftc", "-O", "-import-objc-header", HERE / "cases.h", HERE / "cases.swift")
    make("gcc", "gcc", "-O2", "-Wno-unknown-pragmas", HERE / "cases.c")
    ways = made[0][2]
    if AESNI in ways:
        make("emulated", "clang", "-O2", "-include", HERE / "wide.h", HERE / "cases.c")
        made[-1] = (*made[-1][:2], [VAES256, VAES])
    if ARM not in ways:
        if not ARM_ROOT.exists() or not ARM_GCC.exists():
            print("  gcc-aarch64-linux-gnu is not installed: left out")
        else:
            library = max(ARM_GCC.iterdir())
            make(
                "arm", "clang", "--target=aarch64-linux-gnu", "-O2", "-static", "-isystem", ARM_ROOT / "include", "-B", library, "-L", library, "-L", ARM_ROOT / "lib",
                "-fuse-ld=/usr/bin/aarch64-linux-gnu-ld", HERE / "cases.c", before=["qemu-aarch64"], compiler="qemu-aarch64")
    made = [(name, command, [way for way in ways if chosen(name, way)]) for name, command, ways in made]
    return [one for one in made if one[2]]


def length(chance):
    """Mostly short, often at an end of what is taken at once, sometimes a page and more."""
    kind = chance.randrange(16)
    if kind == 0:
        return chance.randrange(9001)
    if kind == 1:
        return 4072
    if kind < 6:
        return max(0, 16 * chance.choice([1, 2, 4, 7, 8, 9, 15, 16, 17, 24, 31, 32, 33]) + chance.randrange(-2, 3))
    return chance.randrange(300)


def messages(chance, count):
    """What a program is sent, and what it has to answer."""
    asked, wanted = [], []
    for _ in range(count):
        key, nonce = chance.randbytes(32), chance.randbytes(12)
        associated = chance.randbytes(chance.choice([0, 16, 16, chance.randrange(300)]))
        text = chance.randbytes(length(chance))
        asked.append(b"m" + key + nonce + struct.pack("<II", len(associated), len(text)) + associated + text + struct.pack("<I", chance.getrandbits(32)))
        wanted.append(AESGCMSIV(key).encrypt(nonce, text, associated) + b"\x0f")
    return asked, wanted


def vectors():
    """The same of the corpora; a message that has to be refused answers zeros."""
    asked, wanted = [], []
    for line in (CORPUS / "aes-256-gcm-siv.txt").read_text().splitlines():
        if line.startswith("#"):
            continue
        key, nonce, associated, text, hidden, tag = (bytes.fromhex(word.replace("-", "")) for word in line.split()[:6])
        is_good = line.endswith("good")
        asked.append(b"s" + key + nonce + struct.pack("<II", len(associated), len(hidden)) + associated + hidden + tag)
        wanted.append(bytes([is_good]) + (text if is_good else bytes(len(hidden))))
        if is_good:
            asked.append(b"m" + key + nonce + struct.pack("<II", len(associated), len(text)) + associated + text + bytes(4))
            wanted.append(hidden + tag + b"\x0f")
    for line in (CORPUS / "aes-256-ecb.txt").read_text().splitlines():
        if not line.startswith("#"):
            key, block, hidden = map(bytes.fromhex, line.split())
            asked.append(b"b" + key + block)
            wanted.append(hidden)
    return asked, wanted


def wrong(command, way, asked, wanted):
    """How many answers are others."""
    done = subprocess.run([*command, str(way), "cases"], input=b"".join(asked), capture_output=True)
    if done.returncode != 0:
        raise Failure(f"{command} {way}: status {done.returncode}: {done.stderr[-500:]}")
    if done.stdout == b"".join(wanted):
        return 0
    place, count = 0, 0
    for answer in wanted:
        count += done.stdout[place:place + len(answer)] != answer
        place += len(answer)
    return max(count, 1)


def depends(command, way, what):
    """Whether Valgrind reports something."""
    done = subprocess.run(["valgrind", "-q", "--error-exitcode=9", *command, str(way), what], capture_output=True, text=True)
    if done.returncode not in (0, 9):
        raise Failure(f"{command} {way} {what}: status {done.returncode}: {done.stderr[-800:]}")
    return done.returncode == 9


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(1 << 32)
    failures = []
    with tempfile.TemporaryDirectory() as folder:
        programs = build(folder)
        tried = {(name, way): [0, 0.0] for name, _, ways in programs for way in ways}
        print(f"  seed {seed}, {count} messages a way", flush=True)
        chance = random.Random(seed)

        def ask(asked, wanted, what):
            for name, command, ways in programs:
                for way in ways:
                    begun = time.monotonic()
                    if bad := wrong(command, way, asked, wanted):
                        failures.append(f"{bad} of {len(asked)} {what} are wrong: {name}, {NAMES[way]}")
                    tried[name, way][0] += len(asked)
                    tried[name, way][1] += time.monotonic() - begun

        known = vectors()
        ask(*known, "published vectors")
        for begin in range(0, count, CHUNK):
            ask(*messages(chance, min(CHUNK, count - begin)), "messages")
        for (name, way), (number, seconds) in tried.items():
            print(f"  {name:8} {NAMES[way]:8} {number} cases, {len(known[0])} of them published, in {seconds:.0f} s", flush=True)
        if not shutil.which("valgrind"):
            print("  valgrind is not installed: left out")
        for name, command, ways in programs if shutil.which("valgrind") else []:
            # Valgrind knows neither these instructions nor qemu's processor.
            for way in ways if name != "arm" else []:
                if way in (VAES256, VAES) and name != "emulated":
                    continue
                if depends(command, way, "secret"):
                    failures.append(f"something depends on a secret: {name}, {NAMES[way]}")
                if not depends(command, way, "leak"):
                    failures.append(f"what depends on a secret is not noticed: {name}, {NAMES[way]}")
                print(f"  {name:8} {NAMES[way]:8} no branch and no address depends on a key or a plaintext", flush=True)
    if failures:
        raise Failure("; ".join(failures))


if __name__ == "__main__":
    try:
        main()
    except Failure as failure:
        sys.exit(f"FAILED: {failure}")
