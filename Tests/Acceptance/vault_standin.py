#!/usr/bin/env python3
"""A stand-in for HashiCorp Vault, for tests: not Vault, and no place for secrets.

    vault_standin.py [CERTIFICATE KEY]

It answers as the documentation of Vault's HTTP API says for what pando asks: AppRole logins, the engine transit (encrypt, decrypt), the KV store of
version 2, namespaces; and it refuses what Vault would: no token or a wrong one (403), what isn't there (404), requests that make no sense (400), all of it
while it is sealed (503). Tests have it answer nonsense, too. Its "encryption" is made of SHA-256 and must not be used for anything. It prints its address and serves until it is killed.
"""

import base64
import contextlib
import hashlib
import hmac
import json
import os
import re
import secrets
import socketserver
import ssl
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

TOKEN, ROLE, SECRET, NAMESPACE = "root-token", "app-role", "app-secret", "team"


class Vault:
    def __init__(self, certificate=None, socket=None):
        self.keys = {("", "transit", "pando"): [os.urandom(32)], (NAMESPACE, "transit", "theirs"): [os.urandom(32)]}
        self.values = {("", "secret", "pando/app"): {"key": os.urandom(32).hex(), "phrase": "open sesame", "short": "abcd"}}
        self.tokens = {TOKEN}
        self.sealed = False
        # Statuses that the next requests get.
        self.failures = []
        self.requests = []
        # What the next connections get in the place of an answer: bytes, or a function that is called with their file.
        self.nonsense = []
        handler = type("Handler", (Handler,), {"vault": self})
        if socket:
            self.server = UnixServer(socket, handler)
            self.address = f"unix://{socket}"
        else:
            self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
            self.address = f"http{'s' if certificate else ''}://127.0.0.1:{self.server.server_address[1]}"
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def rotate(self, name="pando"):
        self.keys["", "transit", name].append(os.urandom(32))

    def answer(self, method, path, token, namespace, body):
        """The status and the object of an answer."""
        self.requests.append((method, path, namespace))
        if self.failures:
            status = self.failures.pop(0)
            return status, {"errors": ["injected"]}
        if self.sealed:
            return 503, {"errors": ["Vault is sealed"]}
        if path == "auth/approle/login" and method in ("POST", "PUT"):
            if (body.get("role_id"), body.get("secret_id")) != (ROLE, SECRET):
                return 400, {"errors": ["invalid role or secret ID"]}
            made = secrets.token_hex(16)
            self.tokens.add(made)
            return 200, {"auth": {"client_token": made, "lease_duration": 60, "renewable": True}}
        if token not in self.tokens:
            return 403, {"errors": ["permission denied"]}
        if found := re.fullmatch(r"([\w-]+)/(encrypt|decrypt)/([\w.-]+)", path):
            return self.transit(method, *found.groups(), namespace, body)
        if found := re.fullmatch(r"([\w-]+)/data/([\w./-]+)", path):
            if method != "GET":
                return 405, {"errors": ["unsupported operation"]}
            value = self.values.get((namespace, *found.groups()))
            return (404, {"errors": []}) if value is None else (200, {"data": {"data": value, "metadata": {"version": 1}}})
        return 404, {"errors": [f"no handler for route {path!r}"]}

    def transit(self, method, mount, action, name, namespace, body):
        if method not in ("POST", "PUT"):
            return 405, {"errors": ["unsupported operation"]}
        versions = self.keys.get((namespace, mount, name))
        if versions is None:
            return (400, {"errors": ["encryption key not found"]}) if (namespace, mount) in {key[:2] for key in self.keys} else (404, {"errors": [f"no handler for route {mount!r}"]})
        try:
            if action == "encrypt":
                content = base64.b64decode(body["plaintext"], validate=True)
                return 200, {"data": {"ciphertext": f"vault:v{len(versions)}:" + base64.b64encode(sealed(versions[-1], content)).decode(), "key_version": len(versions)}}
            version, text = re.fullmatch(r"vault:v(\d+):(.*)", body["ciphertext"]).groups()
            return 200, {"data": {"plaintext": base64.b64encode(opened(versions[int(version) - 1], base64.b64decode(text, validate=True))).decode()}}
        except Exception as error:
            return 400, {"errors": [f"invalid request: {error}"]}


def stream(key, nonce, count):
    return b"".join(hashlib.sha256(key + nonce + bytes([index])).digest() for index in range(count // 32 + 1))[:count]


def sealed(key, content):
    nonce = os.urandom(16)
    hidden = bytes(a ^ b for a, b in zip(content, stream(key, nonce, len(content))))
    return nonce + hidden + hmac.digest(key, nonce + hidden, "sha256")


def opened(key, text):
    nonce, hidden, code = text[:16], text[16:-32], text[-32:]
    if not hmac.compare_digest(code, hmac.digest(key, nonce + hidden, "sha256")):
        raise ValueError("message authentication failed")
    return bytes(a ^ b for a, b in zip(hidden, stream(key, nonce, len(hidden))))


class UnixServer(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    """What an agent of Vault is: it adds the token by itself."""

    daemon_threads = True

    def get_request(self):
        return super().get_request()[0], ("agent", 0)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def handle_one_request(self):
        if not self.vault.nonsense:
            return super().handle_one_request()
        self.close_connection = True
        # All of the request, so that closing the connection does not reset it.
        self.raw_requestline = self.rfile.readline(65537)
        if self.parse_request():
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            what = self.vault.nonsense.pop(0)
            with contextlib.suppress(OSError):
                what(self.wfile) if callable(what) else self.wfile.write(what)

    def handle_one(self):
        length = int(self.headers.get("Content-Length", 0))
        try:
            body = json.loads(self.rfile.read(length)) if length else {}
        except ValueError:
            body = None
        token = TOKEN if isinstance(self.server, UnixServer) else self.headers.get("X-Vault-Token")
        if not self.path.startswith("/v1/") or body is None:
            status, answer = 400, {"errors": ["error parsing JSON"]}
        else:
            status, answer = self.vault.answer(self.command, self.path[4:], token, self.headers.get("X-Vault-Namespace", ""), body)
        text = json.dumps({"request_id": "0", **answer}).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_POST = do_PUT = handle_one

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    vault = Vault(certificate=tuple(map(Path, sys.argv[1:3])) if len(sys.argv) > 2 else None)
    print(vault.address, flush=True)
    threading.Event().wait()
