#!/usr/bin/env python3
"""What open feeds that watch something else cost a writer: rates of inserts without and with feeds, in turns.

    feeds_beside.py REQLLOAD [FEEDS [TURNS [SECONDS]]]

REQLLOAD is the load generator; a server listens on DRIVER_PORT (18015) and has `bench.users`. The feeds are half on rows of another table,
half on rows of `bench.users` that nobody writes, twenty on each connection.
"""

import json
import os
import socket
import statistics
import struct
import subprocess
import sys

PORT = int(os.environ.get("DRIVER_PORT", "18015"))
USERS = [15, [[14, ["bench"]], "users"]]
OTHERS = [15, [[14, ["bench"]], "others"]]
CHANGES, GET, TABLE_CREATE, DB, CONTINUE, START = 152, 16, 60, 14, 2, 1


class Connection:
    def __init__(self):
        self.socket = socket.create_connection(("127.0.0.1", PORT))
        self.socket.sendall(struct.pack("<LLL", 0x400C2D20, 0, 0x7E6970C7))
        if self.read_until_zero() != b"SUCCESS":
            sys.exit("no connection")

    def read_until_zero(self):
        text = b""
        while not text.endswith(b"\0"):
            text += self.socket.recv(1)
        return text[:-1]

    def exactly(self, count):
        data = b""
        while len(data) < count:
            data += self.socket.recv(count - len(data))
        return data

    def send(self, token, query):
        body = json.dumps(query).encode()
        self.socket.sendall(struct.pack("<QL", token, len(body)) + body)

    def receive(self):
        _, count = struct.unpack("<QL", self.exactly(12))
        return json.loads(self.exactly(count))


def open_feeds(count):
    connections = []
    for number in range(count):
        if number % 20 == 0:
            connections.append(Connection())
        table = OTHERS if number % 2 else USERS
        connection = connections[-1]
        connection.send(number, [START, [CHANGES, [[GET, [table, f"watched_{number}"]]]], {}])
        if connection.receive()["t"] != 3:
            sys.exit("no feed")
        connection.send(number, [CONTINUE])
    return connections


def rate(reqlload, seconds):
    query = json.dumps([START, [56, [USERS, {"id": "%s", "a": 1}], {"durability": "soft"}], {}])
    text = subprocess.run([reqlload, "127.0.0.1", str(PORT), "16", str(seconds), query], capture_output=True, text=True, check=True).stdout
    answer = json.loads(text)
    if answer["errors"]:
        sys.exit(text)
    return answer["per_second"]


def main():
    reqlload = sys.argv[1]
    feeds, turns, seconds = (int(value) for value in (sys.argv[2:] + ["1000", "5", "3"][len(sys.argv) - 2:])[:3])
    setup = Connection()
    setup.send(0, [START, [TABLE_CREATE, [[DB, ["bench"]], "others"]], {}])
    setup.receive()
    rate(reqlload, 1)
    without, beside = [], []
    for _ in range(turns):
        without.append(rate(reqlload, seconds))
        connections = open_feeds(feeds)
        beside.append(rate(reqlload, seconds))
        for connection in connections:
            connection.socket.close()
    ratio = statistics.median(beside) / statistics.median(without)
    print(f"inserts/s without feeds {statistics.median(without):,.0f}, beside {feeds} feeds {statistics.median(beside):,.0f}: {ratio:.2f}")


main()
