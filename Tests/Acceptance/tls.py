#!/usr/bin/env python3
"""TLS on every port, as other people's programs see it: openssl, Python's ssl, curl, psql, the Python driver, sslscan.

    apt-get install openssl curl postgresql-client sslscan
    pip install rethinkdb==2.4.10.post1 looseversion==1.3.0
    tls.py PANDO [STEP...]

TLS_LIBRARY names another libssl than the system's for the servers (.ci/long libraries).
Makes an authority with certificates, and starts `PANDO serve` with them. Versions and suites, names, several certificates, client
certificates, resumption, handshakes that come byte by byte, are cut or never end, certificates that are exchanged under load, and what is said
when files or OpenSSL are not as they should be. A program that is not installed is said and left out. Prints each step; the exit status is 1
if anything differs.
"""

import contextlib
import ctypes
import ctypes.util
import hmac
import http.client
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time


LIBRARY = os.environ.get("TLS_LIBRARY")


class Failure(Exception):
    pass


def expect(what, got, wanted):
    if got != wanted:
        raise Failure(f"{what}: {str(got)[:600]} instead of {str(wanted)[:300]}")


def expect_in(what, text, part):
    if part not in text:
        raise Failure(f"{what}: {part!r} is not in {text[:600]!r}")


def run(*words, input="", status=0, env=None):
    done = subprocess.run(words, input=input, capture_output=True, text=True, timeout=120, env=env)
    if status is not None and done.returncode != status:
        raise Failure(f"{' '.join(words)}: status {done.returncode}: {done.stdout[-500:]} {done.stderr[-800:]}")
    return done.stdout + done.stderr


# Certificates


class Files:
    """An authority and what it has signed, in a folder."""

    def __init__(self, folder):
        self.folder = folder
        self.key("ca")
        run("openssl", "req", "-x509", "-new", "-key", self["ca.key"], "-subj", "/CN=Acceptance", "-days", "30", "-out", self["ca.pem"])
        self.sign("server", "/CN=localhost", "subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth")
        self.sign("other", "/CN=other.test", "subjectAltName=DNS:other.test,DNS:*.other.test\nextendedKeyUsage=serverAuth")
        self.sign("expired", "/CN=localhost", "subjectAltName=DNS:localhost,IP:127.0.0.1", days=-1)
        self.sign("alice", "/CN=alice", "extendedKeyUsage=clientAuth")
        self.sign("nobody", "/CN=nobody", "extendedKeyUsage=clientAuth")
        self.sign("two", "/CN=alice/CN=bob", "extendedKeyUsage=clientAuth")
        self.sign("rsa", "/CN=localhost", "subjectAltName=DNS:localhost,IP:127.0.0.1", kind="rsa")
        self.key("foreign-ca")
        run("openssl", "req", "-x509", "-new", "-key", self["foreign-ca.key"], "-subj", "/CN=Foreign", "-days", "30",
            "-out", self["foreign-ca.pem"])
        self.sign("foreign", "/CN=alice", "extendedKeyUsage=clientAuth", authority="foreign-ca")

    def __getitem__(self, name):
        return f"{self.folder}/{name}"

    def key(self, name, kind="ec"):
        options = ["RSA", "-pkeyopt", "rsa_keygen_bits:2048"] if kind == "rsa" else ["EC", "-pkeyopt", "ec_paramgen_curve:P-256"]
        run("openssl", "genpkey", "-algorithm", *options, "-out", self[f"{name}.key"])
        os.chmod(self[f"{name}.key"], 0o600)

    def sign(self, name, subject, extensions, days=30, kind="ec", authority="ca"):
        self.key(name, kind)
        run("openssl", "req", "-new", "-key", self[f"{name}.key"], "-subj", subject, "-out", self["request"])
        with open(self["extensions"], "w") as file:
            file.write(extensions + "\n")
        run("openssl", "x509", "-req", "-in", self["request"], "-CA", self[f"{authority}.pem"], "-CAkey", self[f"{authority}.key"],
            "-CAcreateserial", "-days", str(days), "-extfile", self["extensions"], "-out", self[f"{name}.pem"])

    def options(self, *names):
        return [word for name in names for word in ("--tls-cert", self[f"{name}.pem"], "--tls-key", self[f"{name}.key"])]

    def trusting(self, **settings):
        context = ssl.create_default_context(cafile=self["ca.pem"])
        for name, value in settings.items():
            setattr(context, name, value)
        return context


# Servers


class Server:
    def __init__(self, executable, folder, *options, name="tls"):
        self.file = f"{folder}/{name}.pando"
        environment = dict(os.environ)
        if LIBRARY and any("tls-cert" in word for word in options):
            options = [*options, "--tls-library", LIBRARY]
            # Its libcrypto lies beside it.
            environment["LD_LIBRARY_PATH"] = os.path.dirname(LIBRARY)
        self.process = subprocess.Popen(
            [executable, "serve", self.file, "--http-port", "0", "--driver-port", "0", "--pg-port", "0", "--bind", "127.0.0.1", *options],
            stdout=subprocess.PIPE, stderr=open(f"{self.file}.messages", "w"), text=True, env=environment)
        self.urls = []
        for _ in range(3):
            line = self.process.stdout.readline().strip()
            if not line:
                raise Failure(f"the server does not start: {open(f'{self.file}.messages').read()}")
            self.urls.append(line)
        self.http, self.driver, self.postgres = (int(url.rsplit(":", 1)[1]) for url in self.urls)
        if "LD_LIBRARY_PATH" in environment and LIBRARY in options:
            with open(f"/proc/{self.process.pid}/maps") as maps:
                expect("the library that was loaded", os.path.realpath(LIBRARY) in maps.read(), True)

    def messages(self):
        return open(f"{self.file}.messages").read()

    def stop(self):
        self.process.terminate()
        expect("the server's exit status", self.process.wait(timeout=30), 0)


@contextlib.contextmanager
def served(executable, *options, name="tls"):
    with tempfile.TemporaryDirectory() as folder:
        server = Server(executable, folder, *options, name=name)
        try:
            yield server
        finally:
            server.stop()


def ask(server, context, target="/_health/live", host="localhost", method="GET", body=None, **fields):
    connection = http.client.HTTPSConnection(host, server.http, context=context, timeout=60)
    try:
        connection.request(method, target, body, fields)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def raw(port):
    connection = socket.create_connection(("127.0.0.1", port), timeout=60)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def rest(connection):
    received = b""
    with contextlib.suppress(ConnectionResetError):
        while piece := connection.recv(65536):
            received += piece
    return received


# Steps


def versions(executable, files):
    """1.2 and 1.3, authenticated encryption only."""
    with served(executable, *files.options("server")) as server:
        expect("the address", server.urls[0], f"https://127.0.0.1:{server.http}")

        def connect(*options, status=0):
            return run("openssl", "s_client", "-connect", f"localhost:{server.http}", "-servername", "localhost", "-CAfile",
                       files["ca.pem"], "-verify_return_error", "-verify_hostname", "localhost", *options, status=status)

        expect_in("1.3", connect("-tls1_3"), "TLSv1.3")
        expect_in("1.2", connect("-tls1_2"), "TLSv1.2")
        old = connect("-tls1_1", "-cipher", "ALL:@SECLEVEL=0", status=None)
        expect_in("1.1", old, "Cipher is (NONE)")
        expect_in("CBC", connect("-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA", status=None), "handshake failure")
        for suite in ["ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305"]:
            expect_in(suite, connect("-tls1_2", "-cipher", suite), suite)
        for suite in ["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"]:
            expect_in(suite, connect("-tls1_3", "-ciphersuites", suite), suite)
        expect_in("no compression", connect(), "Compression: NONE")
        expect_in("ALPN", connect("-alpn", "h2,http/1.1"), "ALPN protocol: http/1.1")
        expect_in("ALPN without ours", connect("-alpn", "h2"), "No ALPN negotiated")
        # A client that wants to negotiate anew is told no: R on a line of its own.
        again = run("openssl", "s_client", "-connect", f"localhost:{server.http}", "-tls1_2", "-CAfile", files["ca.pem"], input="R\n",
                    status=None)
        expect_in("renegotiation", again, "no renegotiation")
        for version in ["-tls1_2", "-tls1_3"]:
            expect_in("resumption", reused(server, files, version), "Reused, ")
    with served(executable, *files.options("server"), "--tls-min", "1.3") as server:
        expect_in("1.2 below --tls-min", run("openssl", "s_client", "-connect", f"localhost:{server.http}", "-tls1_2", status=None),
                  "Cipher is (NONE)")


def reused(server, files, version, meanwhile=lambda: None):
    """A session is taken up again by its ticket, in which there is no word of data before the handshake is through."""
    place = ["openssl", "s_client", "-connect", f"localhost:{server.http}", "-CAfile", files["ca.pem"], version]
    request = "GET /_health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    run(*place, "-ign_eof", "-sess_out", files["session"], input=request)
    if version == "-tls1_3":
        expect_in("early data", run("openssl", "sess_id", "-in", files["session"], "-noout", "-text"), "Max Early Data: 0")
    meanwhile()
    return run(*place, "-ign_eof", "-sess_in", files["session"], input=request)


def names(executable, files):
    """The name chooses the certificate, and clients look at it."""
    with served(executable, *files.options("server", "other"), "--allow-host", "*") as server:
        def subject(name):
            shown = run("openssl", "s_client", "-connect", f"127.0.0.1:{server.http}", "-servername", name)
            return shown[shown.index("subject="):].split("\n")[0].split("=")[-1].strip()

        expect("localhost", subject("localhost"), "localhost")
        expect("other.test", subject("other.test"), "other.test")
        expect("a.other.test", subject("a.other.test"), "other.test")
        expect("an unknown name", subject("unknown.test"), "localhost")
        expect("verified", ask(server, files.trusting())[0], 200)
        expect("by number", ask(server, files.trusting(), host="127.0.0.1")[0], 200)
        with contextlib.suppress(ssl.SSLCertVerificationError):
            ask(server, ssl.create_default_context())
            raise Failure("a client that does not know the authority goes on")
    with served(executable, *files.options("expired")) as server:
        with contextlib.suppress(ssl.SSLCertVerificationError):
            ask(server, files.trusting())
            raise Failure("a client goes on with an expired certificate")
        metrics = ask(server, files.trusting(check_hostname=False, verify_mode=ssl.CERT_NONE), "/_metrics")[1]
        expect_in("the expiry of an expired one", metrics, "pando_tls_certificate_expires_seconds{file=")
        line = next(line for line in metrics.split("\n") if line.startswith("pando_tls_certificate_expires_seconds{"))
        expect("below zero", float(line.split(" ")[-1]) < 0, True)
        expect_in("a warning at the start", server.messages(), "has expired on ")
    with served(executable, *files.options("rsa")) as server:
        for version in [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]:
            expect("RSA", ask(server, files.trusting(maximum_version=version))[0], 200)


def curl(executable, files):
    if not shutil.which("curl"):
        return print("  curl is not installed: left out")
    with served(executable, *files.options("server")) as server:
        url = f"https://localhost:{server.http}"
        verified = ["curl", "-sS", "--cacert", files["ca.pem"]]
        run(*verified, "-f", "-X", "PUT", f"{url}/shop")
        run(*verified, "-f", "-X", "PUT", f"{url}/shop/orders")
        with open(files["body"], "w") as file:
            file.write('{"id": "big", "text": "' + "x" * 5_000_000 + '"}')
        run(*verified, "-f", f"{url}/shop/orders", "--json", "@" + files["body"])
        expect("5 MB back", len(run(*verified, "-f", f"{url}/shop/orders/big")) > 5_000_000, True)
        expect_in("without the authority", run("curl", "-sS", url, status=60), "certificate")
        expect_in("plain HTTP", run("curl", "-sS", "-i", f"http://localhost:{server.http}/shop"), "400 Bad Request")
        expect_in("plain HTTP", run("curl", "-sS", f"http://localhost:{server.http}/shop"), "This port speaks TLS")


def pieces(executable, files):
    """Byte by byte, cut in the middle, and never ending."""
    with served(executable, *files.options("server")) as server:
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        connection = raw(server.http)
        channel = files.trusting().wrap_bio(incoming, outgoing, server_hostname="localhost")

        def drive(action):
            while True:
                try:
                    return action()
                except ssl.SSLWantReadError:
                    for byte in outgoing.read():
                        connection.send(bytes([byte]))
                    incoming.write(connection.recv(3))

        drive(channel.do_handshake)
        channel.write(b"GET /_health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        expect("byte by byte", drive(lambda: channel.read(12)), b"HTTP/1.1 200")
        connection.close()

        # The first flight of a client, cut at some places: the server waits, and goes on with others.
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        channel = files.trusting().wrap_bio(incoming, outgoing, server_hostname="localhost")
        with contextlib.suppress(ssl.SSLWantReadError):
            channel.do_handshake()
        flight = outgoing.read()
        for length in range(1, len(flight), 7):
            connection = raw(server.http)
            connection.sendall(flight[:length])
            connection.close()
        for length in [1, 5, 6, 100, len(flight) - 1]:
            connection = raw(server.http)
            connection.sendall(flight[:length])
            connection.shutdown(socket.SHUT_WR)
            rest(connection)
            connection.close()
        # Any byte of it changed: an alert or a handshake that does not come to its end, never a crash.
        for position in range(0, len(flight), 3):
            connection = raw(server.http)
            connection.sendall(flight[:position] + bytes([flight[position] ^ 0x55]) + flight[position + 1:])
            connection.shutdown(socket.SHUT_WR)
            rest(connection)
            connection.close()
        expect("afterwards", ask(server, files.trusting())[0], 200)


def storm(executable, files):
    """1,000 half-open handshakes take nothing from those who are in, and end in time."""
    with served(executable, *files.options("server"), "--connections-of-client", "4096") as server:
        context = files.trusting()
        inside = http.client.HTTPSConnection("localhost", server.http, context=context, timeout=60)
        inside.connect()
        halves = []
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        channel = context.wrap_bio(incoming, outgoing, server_hostname="localhost")
        with contextlib.suppress(ssl.SSLWantReadError):
            channel.do_handshake()
        flight = outgoing.read()
        start = time.monotonic()
        slowest = 0
        for number in range(1000):
            connection = raw(server.http)
            # Half of them in the middle of the first flight, half with all of it, and nothing more.
            connection.sendall(flight[:len(flight) // 2] if number % 2 else flight)
            halves.append(connection)
            if number % 50 == 0:
                before = time.monotonic()
                inside.request("GET", "/_health/live")
                answer = inside.getresponse()
                answer.read()
                expect("meanwhile", answer.status, 200)
                slowest = max(slowest, time.monotonic() - before)
        expect("a newcomer", ask(server, context)[0], 200)
        print(f"  the slowest answer meanwhile took {slowest * 1000:.0f} ms")
        for connection in halves:
            connection.settimeout(60)
            rest(connection)
            connection.close()
        print(f"  all were closed {time.monotonic() - start:.0f} s after the first")


class Renegotiating:
    """A client of TLS 1.2 that, once the handshake is through, asks for another one again and again: its records are made here, under the keys of the connection."""

    def __init__(self, port):
        self.ssl, self.crypto = (ctypes.CDLL(ctypes.util.find_library(name)) for name in ("ssl", "crypto"))
        self.socket = socket.socket()
        # What it doesn't read shall wait at the server.
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.socket.connect(("127.0.0.1", port))
        context = self.call("SSL_CTX_new", self.call("TLS_client_method"))
        # 124: the newest version.
        self.call("SSL_CTX_ctrl", context, 124, ctypes.c_long(0x0303), None)
        self.call("SSL_CTX_set_cipher_list", context, b"ECDHE-ECDSA-AES128-GCM-SHA256")
        channel = self.call("SSL_new", context)
        self.call("SSL_set_fd", channel, self.socket.fileno())
        expect("the handshake", self.call("SSL_connect", channel).value, 1)
        seed = b"key expansion" + self.secret("SSL_get_server_random", channel, 32) + self.secret("SSL_get_client_random", channel, 32)
        master = self.secret("SSL_SESSION_get_master_key", self.call("SSL_get_session", channel), 48)
        step, keys = seed, b""
        while len(keys) < 40:
            step = hmac.digest(master, step, "sha256")
            keys += hmac.digest(master, step + seed, "sha256")
        self.salt, self.number = keys[32:36], 1
        self.cipher = self.call("EVP_CIPHER_CTX_new")
        self.call("EVP_EncryptInit_ex", self.cipher, self.call("EVP_aes_128_gcm"), None, keys[:16], None)

    def call(self, name, *words):
        function = getattr(self.crypto if name.startswith("EVP") else self.ssl, name)
        function.restype = ctypes.c_void_p
        return ctypes.c_void_p(function(*words))

    def secret(self, name, of, count):
        bytes = ctypes.create_string_buffer(count)
        self.call(name, of, bytes, ctypes.c_size_t(count))
        return bytes.raw

    def hello(self):
        """A record with the head of a ClientHello, and nothing more."""
        number, out, count = self.number.to_bytes(8, "big"), ctypes.create_string_buffer(32), ctypes.c_int()
        self.number += 1
        self.call("EVP_EncryptInit_ex", self.cipher, None, None, None, self.salt + number)
        self.call("EVP_EncryptUpdate", self.cipher, None, ctypes.byref(count), number + bytes([22, 3, 3, 0, 4]), 13)
        self.call("EVP_EncryptUpdate", self.cipher, out, ctypes.byref(count), bytes([1, 0, 0, 0]), 4)
        self.call("EVP_EncryptFinal_ex", self.cipher, ctypes.byref(out, 4), ctypes.byref(count))
        # 16: the tag.
        self.call("EVP_CIPHER_CTX_ctrl", self.cipher, 16, 16, ctypes.byref(out, 4))
        return bytes([22, 3, 3, 0, 28]) + number + out.raw[:20]


def again(executable, files):
    """A client that asks for another handshake without end, and takes none of the refusals, is not read any more before these take much memory."""
    if not all(ctypes.util.find_library(name) for name in ("ssl", "crypto")):
        return print("  left out, as there is no OpenSSL for Python's ctypes")
    with served(executable, *files.options("server")) as server:
        def memory():
            with open(f"/proc/{server.process.pid}/status") as file:
                return int(next(line for line in file if line.startswith("VmRSS")).split()[1])

        expect("before", ask(server, files.trusting())[0], 200)
        client = Renegotiating(server.http)
        client.socket.settimeout(2)
        before, grown, sent = memory(), 0, 0
        # As much as the server takes: it leaves off, or ends the connection, on which it waits for a request in vain.
        with contextlib.suppress(OSError):
            while sent < 500_000:
                client.socket.sendall(b"".join(client.hello() for _ in range(2000)))
                sent += 2000
                grown = max(grown, memory() - before)
        print(f"  {sent} times, {grown} KiB more")
        expect("memory", "little" if grown < 2 << 10 else f"{grown} KiB more", "little")
        expect("others meanwhile", ask(server, files.trusting())[0], 200)
        client.socket.close()


def accounts(executable, files):
    """Client certificates are accounts."""
    with served(executable, *files.options("server"), "--tls-client-ca", files["ca.pem"], "--initial-password", "secret") as server:
        def showing(name):
            context = files.trusting()
            context.load_cert_chain(files[f"{name}.pem"], files[f"{name}.key"])
            return context

        admin = {"Authorization": "Basic YWRtaW46c2VjcmV0"}
        plain = files.trusting()
        expect("without", ask(server, plain, "/_databases")[0], 401)
        expect("admin", ask(server, plain, "/shop", method="PUT", **admin)[0], 201)
        user = '{"name": "alice", "password": "hers", "permissions": [{"database": "shop", "read": true, "write": true, "config": true}]}'
        status, text = ask(server, plain, "/_admin/users", method="POST", body=user, **admin, **{"Content-Type": "application/json"})
        expect(f"alice is made: {text}", status, 201)
        expect("alice", ask(server, showing("alice"), "/shop/orders", method="PUT")[0], 201)
        expect("alice is not admin", ask(server, showing("alice"), "/more", method="PUT")[0], 403)
        expect("an Authorization goes before", ask(server, showing("alice"), "/more", method="PUT", **admin)[0], 201)
        status, text = ask(server, showing("nobody"), "/_databases")
        expect("a name without account", status, 401)
        expect_in("a name without account", text, "nobody")
        expect("two names are none", ask(server, showing("two"), "/_databases")[0], 401)
        try:
            status, _ = ask(server, showing("foreign"), "/_databases")
            raise Failure(f"a certificate of another authority gets {status}")
        except (ssl.SSLError, ConnectionError):
            pass
        # One that was made for servers is none for clients, though the same authority has signed it.
        with contextlib.suppress(ssl.SSLError, ConnectionError):
            context = showing("server")
            context.maximum_version = ssl.TLSVersion.TLSv1_2
            status, _ = ask(server, context, "/_databases")
            raise Failure(f"a certificate for servers gets {status}")
        # A session that is resumed has the certificate that began it.
        context = showing("alice")
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        first = context.wrap_socket(raw(server.http), server_hostname="localhost")
        second = context.wrap_socket(raw(server.http), server_hostname="localhost", session=first.session)
        expect("resumed", second.session_reused, True)
        second.sendall(b"GET /shop/orders HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        expect("as alice", second.recv(12), b"HTTP/1.1 200")

        if shutil.which("psql"):
            address = (f"host=localhost port={server.postgres} dbname=shop sslmode=verify-full sslrootcert={files['ca.pem']} "
                       f"sslcert={files['alice.pem']} sslkey={files['alice.key']} ")
            no_password = {**os.environ, "PGPASSFILE": "/dev/null"}
            expect_in("psql as alice", run("psql", "-XAtw", address + "user=alice", "-c", "SELECT current_user", env=no_password), "alice")
            expect_in("psql as admin", run("psql", "-XAtw", address + "user=admin", "-c", "SELECT 1", status=2, env=no_password), "password")
    with served(executable, *files.options("server"), "--tls-client-ca", files["ca.pem"], "--tls-client-auth", "required") as server:
        with contextlib.suppress(ssl.SSLError, ConnectionError):
            ask(server, files.trusting(maximum_version=ssl.TLSVersion.TLSv1_2))
            raise Failure("a client without a certificate gets in")


def psql(executable, files):
    if not shutil.which("psql"):
        return print("  psql is not installed: left out")
    with served(executable, *files.options("server"), "--initial-password", "secret") as server:
        def connect(*words, status=0, password="secret"):
            place = f"host=localhost port={server.postgres} dbname=test user=admin sslrootcert={files['ca.pem']} {' '.join(words)}"
            return run("psql", "-XAt", place, "-c", "SELECT 6 * 7", status=status, env={**os.environ, "PGPASSWORD": password})

        expect("verify-full, bound", connect("sslmode=verify-full", "channel_binding=require").strip(), "42")
        expect("not bound", connect("sslmode=verify-full", "channel_binding=disable").strip(), "42")
        expect("prefer", connect("sslmode=prefer").strip(), "42")
        expect_in("plain", connect("sslmode=disable", status=2), "no encryption")
        expect_in("a wrong password", connect("sslmode=verify-full", status=2, password="wrong"), "password authentication failed")
        expect_in("another name", run("psql", "-XAt", f"host=127.0.0.2 hostaddr=127.0.0.1 port={server.postgres} user=admin dbname=test "
                                      f"sslmode=verify-full sslrootcert={files['ca.pem']}", "-c", "SELECT 1", status=2), "does not match")
        direct = run("openssl", "s_client", "-connect", f"localhost:{server.postgres}", "-alpn", "postgresql", "-CAfile", files["ca.pem"],
                     "-verify_return_error")
        expect_in("direct TLS", direct, "ALPN protocol: postgresql")
        other = run("openssl", "s_client", "-connect", f"localhost:{server.postgres}", "-alpn", "http/1.1", status=None)
        expect_in("direct TLS with another protocol", other, "no application protocol")
        expect_in("s_client's own way", run("openssl", "s_client", "-connect", f"localhost:{server.postgres}", "-starttls", "postgres",
                                            "-CAfile", files["ca.pem"], "-verify_return_error"), "Verification: OK")
        # A certificate signed with RSA has a digest to bind to as well.
    with served(executable, *files.options("rsa"), "--initial-password", "secret") as server:
        place = (f"host=localhost port={server.postgres} dbname=test user=admin sslmode=verify-full channel_binding=require "
                 f"sslrootcert={files['ca.pem']}")
        expect("RSA", run("psql", "-XAt", place, "-c", "SELECT 1", env={**os.environ, "PGPASSWORD": "secret"}).strip(), "1")


def driver(executable, files):
    try:
        from rethinkdb import RethinkDB
        from rethinkdb.errors import ReqlDriverError
    except ImportError:
        return print("  the Python driver is not installed: left out")
    r = RethinkDB()
    options = ["--driver-tls-cert", files["server.pem"], "--driver-tls-key", files["server.key"]]
    with served(executable, *options) as server:
        expect("HTTP is left plain", server.urls[0].split(":")[0], "http")
        with r.connect("localhost", server.driver, ssl={"ca_certs": files["ca.pem"]}) as connection:
            expect("a query", r.expr(6).mul(7).run(connection), 42)
            r.table_create("t").run(connection)
            r.table("t").insert([{"id": n, "text": "x" * 1000} for n in range(5000)]).run(connection)
            expect("a long cursor", sum(1 for _ in r.table("t").run(connection)), 5000)
        try:
            r.connect("localhost", server.driver, timeout=10)
            raise Failure("a plain driver gets in")
        except ReqlDriverError as error:
            expect_in("a plain driver", str(error), "This port speaks TLS")


def exchange(executable, files):
    """SIGHUP exchanges certificates under load, and no request fails."""
    with tempfile.TemporaryDirectory() as folder:
        pair = [f"{folder}/current.pem", f"{folder}/current.key"]

        def install(name):
            for path, kind in zip(pair, ["pem", "key"]):
                shutil.copy(files[f"{name}.{kind}"], path + ".new")
                os.chmod(path + ".new", 0o600)
                os.rename(path + ".new", path)

        install("server")
        server = Server(executable, folder, "--tls-cert", pair[0], "--tls-key", pair[1])
        failures, counts, stopping = [], [0, 0], threading.Event()

        def work(number):
            kept = http.client.HTTPSConnection("localhost", server.http, context=files.trusting(), timeout=60)
            while not stopping.is_set():
                try:
                    kept.request("GET", "/_health/live")
                    expect("kept", kept.getresponse().read()[:1], b"{")
                    counts[0] += 1
                    expect("new", ask(server, files.trusting())[0], 200)
                    counts[1] += 1
                except Exception as error:  # noqa: BLE001
                    failures.append(repr(error))
                    return

        threads = [threading.Thread(target=work, args=[number]) for number in range(4)]
        for thread in threads:
            thread.start()

        def serial():
            shown = run("openssl", "s_client", "-connect", f"localhost:{server.http}")
            return run("openssl", "x509", "-noout", "-subject", "-serial", input=shown[shown.index("-----BEGIN"):])

        before = serial()
        seen = set()
        for name in ["rsa", "server"] * 5:
            install(name)
            server.process.send_signal(signal.SIGHUP)
            time.sleep(0.2)
            seen.add(serial())
        expect("two certificates were shown", len(seen), 2)
        # Tickets end with what they were made under.
        for version in ["-tls1_2", "-tls1_3"]:
            expect_in("a ticket", reused(server, files, version), "Reused, ")

            def hang_up():
                server.process.send_signal(signal.SIGHUP)
                time.sleep(0.5)

            expect_in("a ticket from before a SIGHUP", reused(server, files, version, hang_up), "New, ")
        # A key that is not the certificate's: all stays as it is.
        shutil.copy(files["other.key"], pair[1])
        server.process.send_signal(signal.SIGHUP)
        time.sleep(0.5)
        expect("after a bad one", serial(), before)
        expect_in("it is said", server.messages(), "is not that of the certificate")
        stopping.set()
        for thread in threads:
            thread.join()
        expect("failures", failures, [])
        print(f"  {counts[0]} requests on kept connections, {counts[1]} on new ones")
        server.stop()


def refusals(executable, files):
    """One line, status 1, and nothing listens."""
    with tempfile.TemporaryDirectory() as folder:
        def refused(*options, status=1):
            output = run(executable, "serve", f"{folder}/new.pando", "--http-port", "0", "--driver-port", "none", "--pg-port", "none", *options,
                         status=status)
            expect("one line", output.strip().count("\n"), 0)
            expect("no file is left", os.path.exists(f"{folder}/new.pando"), False)
            return output

        shutil.copy(files["server.key"], f"{folder}/open.key")
        os.chmod(f"{folder}/open.key", 0o644)
        run("openssl", "pkcs8", "-topk8", "-in", files["server.key"], "-passout", "pass:secret", "-out", f"{folder}/locked.key")
        os.chmod(f"{folder}/locked.key", 0o600)
        certificate = ["--tls-cert", files["server.pem"], "--tls-key"]
        expect_in("a key for all to read", refused(*certificate, f"{folder}/open.key"), "can be read by other accounts")
        expect_in("a key with a passphrase", refused(*certificate, f"{folder}/locked.key"), "passphrase")
        expect_in("another's key", refused(*certificate, files["other.key"]), "is not that of the certificate")
        expect_in("no such key", refused(*certificate, f"{folder}/none.key"), f"tls-key: The private key {folder}/none.key cannot be read: No such file")
        expect_in("no such certificate", refused("--driver-tls-cert", f"{folder}/none.pem", "--driver-tls-key", files["server.key"]),
                  f"driver-tls-cert: The certificate {folder}/none.pem cannot be read: No such file")
        expect_in("no such authorities", refused(*certificate, files["server.key"], "--tls-client-ca", f"{folder}/none.pem"), "tls-client-ca: The file of authorities")
        expect_in("a folder", refused("--tls-cert", folder, "--tls-key", files["server.key"]), "is a directory")
        expect_in("no library", refused(*certificate, files["server.key"], "--tls-library", f"{folder}/libssl.so"), "cannot be loaded")
        expect_in("another library", refused(*certificate, files["server.key"], "--tls-library", "libm.so.6"), "has no function OpenSSL_version_num")
        for options in [["--tls-cert", files["server.pem"]], [*certificate, files["server.key"], "--tls-min", "1.1"],
                        [*certificate, files["server.key"], "--tls-ports", "smtp"], ["--tls-client-ca", files["ca.pem"]],
                        [*certificate, files["server.key"], "--tls-client-auth", "required"]]:
            run(executable, "serve", f"{folder}/new.pando", *options, status=2)


def client(executable, files):
    """pando --connect https://…"""
    with served(executable, *files.options("server")) as server:
        def connect(place, *options, status=0):
            return run(executable, "status", "--connect", place, *options, status=status)

        expect_in("verified", connect(f"https://localhost:{server.http}", "--tls-ca", files["ca.pem"]), "uptime")
        expect_in("by number", connect(f"https://127.0.0.1:{server.http}", "--tls-ca", files["ca.pem"]), "uptime")
        expect_in("the system does not know it", connect(f"https://localhost:{server.http}", status=1), "certificate verify failed")
        expect_in("another authority", connect(f"https://localhost:{server.http}", "--tls-ca", files["foreign-ca.pem"], status=1),
                  "certificate verify failed")
        pin = run("openssl", "x509", "-in", files["server.pem"], "-noout", "-fingerprint", "-sha256").strip().split("=")[1]
        expect_in("pinned", connect(f"https://localhost:{server.http}", "--tls-pin", f"sha256:{pin}"), "uptime")
        wrong = ("0" if pin[0] != "0" else "1") + pin[1:]
        expect_in("another pin", connect(f"https://localhost:{server.http}", "--tls-pin", f"sha256:{wrong}", status=1), "SHA-256")
        connect(f"https://localhost:{server.http}", "--tls-pin", "sha256:12", status=2)
        connect(f"localhost:{server.http}", "--tls-ca", files["ca.pem"], status=2)
        expect_in("plain at a port of TLS", connect(f"localhost:{server.http}", status=1), "This port speaks TLS")
        place = ["--connect", f"https://localhost:{server.http}", "--tls-ca", files["ca.pem"]]
        run(executable, "query", *place, "r.dbCreate('big')")
        run(executable, "query", *place, "r.db('big').tableCreate('t')")
        run(executable, "query", *place, "r.db('big').table('t').insert(r.range(20000).map(n => ({id: n, text: 'a text of some length'})).coerceTo('array'))")
        rows = run(executable, "export", "big.t", *place, "--format", "ndjson")
        expect("20,000 rows", rows.count("\n"), 20_000)
        run(executable, "digest", *place)
        other = ["--other-connect", place[1], "--quiet"]
        expect("no difference", run(executable, "diff", *place, *other, "--other-tls-ca", files["ca.pem"]), "")
        expect("no difference, pinned", run(executable, "diff", *place, *other, "--other-tls-pin", f"sha256:{pin}"), "")
        run(executable, "diff", *place, *other, "--other-tls-ca", files["foreign-ca.pem"], status=1)
    with served(executable, *files.options("other")) as server:
        place = f"https://localhost:{server.http}"
        expect_in("another name", run(executable, "status", "--connect", place, "--tls-ca", files["ca.pem"], status=1), "hostname mismatch")
        place = f"https://127.0.0.1:{server.http}"
        expect_in("another number", run(executable, "status", "--connect", place, "--tls-ca", files["ca.pem"], status=1), "IP address mismatch")
    with served(executable) as server:
        expect_in("TLS at a plain port", connect_plain(executable, server), "TLS")


def connect_plain(executable, server):
    return run(executable, "status", "--connect", f"https://localhost:{server.http}", status=1)


def sslscan(executable, files):
    if not shutil.which("sslscan"):
        return print("  sslscan is not installed: left out")
    with served(executable, *files.options("server")) as server:
        report = run("sslscan", "--no-colour", f"localhost:{server.http}")
        for old in ["SSLv2", "SSLv3", "TLSv1.0", "TLSv1.1"]:
            expect_in(old, report, f"{old:<9} disabled")
        for new in ["TLSv1.2", "TLSv1.3"]:
            expect_in(new, report, f"{new:<9} enabled")
        suites = [line for line in report.split("\n") if line.startswith(("Accepted", "Preferred"))]
        expect("there are suites", len(suites) >= 6, True)
        for line in suites:
            if not any(kind in line for kind in ["GCM", "CHACHA20"]) or not any(kind in line for kind in ["ECDHE", "TLS_"]):
                raise Failure(f"a weak suite: {line}")
        expect("compression", "Compression enabled" in report, False)
        expect_in("Heartbleed", report, "not vulnerable to heartbleed")


STEPS = [versions, names, curl, pieces, again, accounts, psql, driver, exchange, refusals, client, sslscan, storm]


def main():
    executable = os.path.abspath(sys.argv[1])
    chosen = [step for step in STEPS if not sys.argv[2:] or step.__name__ in sys.argv[2:]]
    with tempfile.TemporaryDirectory() as folder:
        files = Files(folder)
        for step in chosen:
            print(step.__name__, flush=True)
            step(executable, files)


if __name__ == "__main__":
    try:
        main()
    except Failure as failure:
        sys.exit(f"FAILED: {failure}")
