#!/usr/bin/env python3
"""Measures the cipher of Sources/CCipher as Swift's compiler makes it, as clang alone makes it, and OpenSSL's AES-256-GCM, in turns.

    cipher_in_turns.py [TURNS]

Prints how many GiB a second of processor time each seals and opens, in messages of 4 KiB: medians of TURNS (5), with the ratios to clang's and
OpenSSL's. swiftc, clang and openssl are looked for in PATH.
"""

import re
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
HEADERS = HERE.parent.parent / "Sources/CCipher"
PAGES = 400_000
WAYS = {"AES-NI": (1, {"aes"}), "VAES, AVX2": (4, {"vaes", "avx2"}), "VAES, AVX-512": (2, {"vaes", "avx512vl"})}


def gib(seconds):
    return PAGES * 4096 / seconds / 2**30


def main():
    turns = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["clang", "-O2", "-I", HEADERS, HERE / "cipher.c", "-o", f"{folder}/clang"], check=True)
        subprocess.run(["swiftc", "-O", "-I", HEADERS, HERE / "cipher.swift", "-o", f"{folder}/swift"], check=True)
        has = set(Path("/proc/cpuinfo").read_text().split())
        ways = {name: way for name, (way, needed) in WAYS.items() if needed <= has}
        found = {}
        for _ in range(turns):
            for name, way in ways.items():
                for maker in ("swift", "clang"):
                    line = subprocess.run([f"{folder}/{maker}", str(way), str(PAGES)], check=True, capture_output=True, text=True).stdout
                    for what, seconds in zip(("seal", "open"), line.split()):
                        found.setdefault((name, what, maker), []).append(gib(float(seconds)))
            for what, option in (("seal", []), ("open", ["-decrypt"])):
                command = ["openssl", "speed", *option, "-seconds", "1", "-bytes", "4096", "-evp", "aes-256-gcm"]
                shown = subprocess.run(command, check=True, capture_output=True, text=True).stdout
                found.setdefault(("OpenSSL", what), []).append(float(re.search(r"([\d.]+)k\s*$", shown).group(1)) * 1000 / 2**30)
    medians = {key: statistics.median(values) for key, values in found.items()}
    for name in ways:
        for what in ("seal", "open"):
            swift, clang, openssl = medians[name, what, "swift"], medians[name, what, "clang"], medians["OpenSSL", what]
            print(f"{name} {what}: Swift {swift:.2f} GiB/s, clang {clang:.2f} (Swift {swift / clang:.2f} of it), OpenSSL {openssl:.2f} ({swift / openssl:.2f})")


main()
