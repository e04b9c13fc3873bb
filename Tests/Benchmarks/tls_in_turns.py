#!/usr/bin/env python3
"""Measures `pando serve` with TLS beside nginx with the same certificate, in turns, and prints medians and ratios.

    tls_in_turns.py PANDO

PANDO is the executable; wrk, nginx, openssl are looked for in PATH. Everything runs on this machine, on a file in a new folder. TURNS (3),
DURATION (3, in seconds) and CONNECTIONS (64) are taken from the environment. Each turn:

    small       gets of a document of about 250 bytes, and of nginx's file of the same bytes; each server has one thread for sockets and two more
    large       the same of 1 MiB
    handshakes  full ones, one after the other (openssl s_time -new)
    plain       small, without TLS

`server` is the processor time of the server for one of them, in microseconds: of what a busy machine shows it can be compared best.
"""

import json
import os
import re
import shutil
import ssl
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

TURNS = int(os.environ.get("TURNS", "3"))
SECONDS = os.environ.get("DURATION", "3")
CONNECTIONS = os.environ.get("CONNECTIONS", "64")
NGINX = """
worker_processes 2; daemon off; pid {folder}/nginx.pid; error_log {folder}/nginx.log;
events {{ worker_connections 1024; }}
http {{
    access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000000; open_file_cache max=100;
    client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder}; uwsgi_temp_path {folder}; scgi_temp_path {folder};
    types {{ application/json json; }}
    ssl_protocols TLSv1.2 TLSv1.3;
    server {{ listen 127.0.0.1:{plain}; listen 127.0.0.1:{port} ssl; ssl_certificate {folder}/server.pem; ssl_certificate_key {folder}/server.key; root {folder}/www; }}
}}
"""


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def microseconds(process):
    """Processor time that all threads of a process and of its children have had."""
    total = 0
    for task in Path(f"/proc/{process}/task").iterdir():
        total += int((task / "schedstat").read_text().split()[0]) / 1e3
        for child in (task / "children").read_text().split():
            total += microseconds(child)
    return total


def wrk(process, url):
    before = microseconds(process)
    done = subprocess.run(["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}", url], capture_output=True, text=True, check=True)
    taken = microseconds(process) - before
    if "Non-2xx" in done.stdout or "Socket errors" in done.stdout:
        sys.exit(done.stdout)
    count = int(re.search(r"(\d+) requests in", done.stdout)[1])
    return {"rate": float(re.search(r"Requests/sec:\s*([\d.]+)", done.stdout)[1]), "server": taken / count}


def handshakes(process, port):
    before = microseconds(process)
    done = subprocess.run(
        ["openssl", "s_time", "-connect", f"127.0.0.1:{port}", "-new", "-time", SECONDS], capture_output=True, text=True, check=True)
    taken = microseconds(process) - before
    count, seconds = re.search(r"(\d+) connections in (\d+) real seconds", done.stdout).groups()
    return {"rate": int(count) / int(seconds), "server": taken / int(count)}


def start(executable, folder, name, *options):
    process = subprocess.Popen(
        [executable, "serve", f"{folder}/{name}.pando", "--http-port", "0", "--driver-port", "none", "--pg-port", "none", "--bind", "127.0.0.1", *options],
        stdout=subprocess.PIPE, text=True)
    url = process.stdout.readline().strip()

    def put(target, body=None):
        trusting = ssl._create_unverified_context()  # the certificate is ours, and what is measured is made with it as well
        request = urllib.request.Request(url + target, data=body, method="PUT", headers={"Content-Type": "application/json"} if body else {})
        with urllib.request.urlopen(request, context=trusting if url.startswith("https") else None) as answer:
            return answer.read()

    put("/bench")
    put("/bench/t")
    small = put("/bench/t/small", json.dumps({"id": "small", "text": "x" * 220}).encode())
    put("/bench/t/large", json.dumps({"id": "large", "text": "x" * (1 << 20)}).encode())
    return process, url, small


def main(executable):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-days", "9", "-subj", "/CN=localhost", "-keyout",
             folder / "server.key", "-out", folder / "server.pem"], check=True, capture_output=True)
        os.chmod(folder / "server.key", 0o600)
        pando, url, small = start(executable, folder, "tls", "--tls-cert", folder / "server.pem", "--tls-key", folder / "server.key")
        clear, clear_url, _ = start(executable, folder, "plain")
        os.chmod(folder, 0o755)
        (folder / "www").mkdir()
        (folder / "www/small.json").write_bytes(small)
        (folder / "www/large.json").write_bytes(b"x" * (1 << 20))
        port, plain = free_port(), free_port()
        (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=port, plain=plain))
        nginx = subprocess.Popen([shutil.which("nginx") or "/usr/sbin/nginx", "-c", folder / "nginx.conf", "-p", folder], stderr=subprocess.DEVNULL)
        time.sleep(0.5)
        loads = {
            "small": [(wrk, nginx.pid, f"https://127.0.0.1:{port}/small.json"), (wrk, pando.pid, f"{url}/bench/t/small")],
            "large": [(wrk, nginx.pid, f"https://127.0.0.1:{port}/large.json"), (wrk, pando.pid, f"{url}/bench/t/large")],
            "handshakes": [(handshakes, nginx.pid, port), (handshakes, pando.pid, int(url.rsplit(":", 1)[1]))],
            "plain": [(wrk, nginx.pid, f"http://127.0.0.1:{plain}/small.json"), (wrk, clear.pid, f"{clear_url}/bench/t/small")],
        }
        results = {load: ([], []) for load in loads}
        try:
            for _ in range(TURNS):
                for load, both in loads.items():
                    for (measure, *words), kept in zip(both, results[load]):
                        kept.append(measure(*words))
        finally:
            for process in (nginx, pando, clear):
                process.terminate()
                process.wait()
    for load, (theirs, ours) in results.items():
        rates = [statistics.median(one["rate"] for one in all) for all in (theirs, ours)]
        times = [statistics.median(one["server"] for one in all) for all in (theirs, ours)]
        print(
            f"{load:11} nginx {rates[0]:>9,.0f} a second, {times[0]:7.1f} us; pando {rates[1]:>9,.0f}, {times[1]:7.1f} us; "
            f"ratios: rate {rates[1] / rates[0]:.2f}, by processor time {times[0] / times[1]:.2f}")


main(sys.argv[1])
