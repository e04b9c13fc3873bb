#!/usr/bin/env python3
"""Puts load on the driver port and on nginx in turns, and prints rates, processor time for each request, and ratios.

    driver_in_turns.py REQLLOAD PID [TURNS [SECONDS [LOAD…]]]

REQLLOAD is the load generator; PID is the server's, which listens on port 18015 and has `bench.users` with ids `user_0` to
`user_99999`. nginx serves `/file.json` on port 18090 (ports: NGINX_PORT, DRIVER_PORT). Where all share one machine that is busy
with other things as well, a rate says less than the processor time that client and server take together: that is the second ratio.
"""

import json
import os
import re
import statistics
import subprocess
import sys

DRIVER = os.environ.get("DRIVER_PORT", "18015")
NGINX = os.environ.get("NGINX_PORT", "18090")
TABLE = '[15,[[14,["bench"]],"users"]]'


def insert(durability):
    return f'[1,[56,[{TABLE},{{"id":"%s","a":1}}],{{"durability":"{durability}"}}],{{}}]'


LOADS = {
    "get": (16, f'[1,[16,[{TABLE},"user_%d"]],{{}}]'),
    "soft": (16, insert("soft")),
    "hard": (64, insert("hard")),
    "one": (1, insert("hard")),
}


def microseconds(processes):
    """Processor time that all threads of the processes have had."""
    total = 0
    for process in processes:
        for thread in os.listdir(f"/proc/{process}/task"):
            try:
                total += int(open(f"/proc/{process}/task/{thread}/schedstat").read().split()[0])
            except FileNotFoundError:
                pass
    return total / 1e3


def run(command, processes):
    before = microseconds(processes)
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    text = child.stdout.read()
    _, _, usage = os.wait4(child.pid, 0)
    server = microseconds(processes) - before
    if command[0] == "wrk":
        count = int(re.search(r"(\d+) requests in", text)[1])
        result = {"rate": float(re.search(r"Requests/sec:\s*([\d.]+)", text)[1]), "p50": 0}
    else:
        answer = json.loads(text)
        if answer["errors"]:
            sys.exit(f"errors: {text}")
        count = answer["queries"]
        result = {"rate": answer["per_second"], "p50": answer["p50_us"]}
    result["server"] = server / count
    result["client"] = (usage.ru_utime + usage.ru_stime) * 1e6 / count
    result["total"] = result["server"] + result["client"]
    return result


def main():
    generator, server = sys.argv[1], int(sys.argv[2])
    turns = int(sys.argv[3]) if len(sys.argv) > 3 else 3
    seconds = sys.argv[4] if len(sys.argv) > 4 else "4"
    nginx = [int(one) for one in subprocess.run(["pgrep", "-x", "nginx"], capture_output=True, text=True).stdout.split()]
    commands = {"nginx": (["wrk", "-t2", "-c16", f"-d{seconds}", f"http://127.0.0.1:{NGINX}/file.json"], nginx)}
    for name in sys.argv[5:] or LOADS:
        connections, query = LOADS[name]
        commands[name] = ([generator, "127.0.0.1", DRIVER, str(connections), seconds, query, "100000"], [server])
    results = {name: [] for name in commands}
    for _ in range(turns):
        for name, (command, processes) in commands.items():
            results[name].append(run(command, processes))
    medians = {name: {key: statistics.median(one[key] for one in all) for key in all[0]} for name, all in results.items()}
    base = medians["nginx"]
    for name, one in medians.items():
        rates = [result["rate"] for result in results[name]]
        print(
            f"{name:6} {one['rate']:8,.0f} a second ({min(rates):,.0f} to {max(rates):,.0f}), p50 {one['p50']:.0f} us, processor: server"
            f" {one['server']:.1f} + client {one['client']:.1f} us; of nginx: rate {one['rate'] / base['rate']:.2f},"
            f" by processor time {base['total'] / one['total']:.2f}"
        )


main()
