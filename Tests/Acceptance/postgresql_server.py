"""A PostgreSQL 15 of a test's own: made in a folder, listening at 127.0.0.1 only, stopped and killed when the test says so."""

import contextlib
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import time

# Where Debian puts its programs; other systems have none, and tests say that they are left out.
BIN = pathlib.Path("/usr/lib/postgresql/15/bin")


class PostgreSQL:
    """A server by an account that is not root's. Every folder above its own must be open to that account."""

    def __init__(self, folder, settings="", access=None, is_copy=False):
        """Lines for postgresql.conf, and pg_hba.conf if not everybody is trusted. A copy gets its data from another server."""
        self.folder = folder
        self.data = folder / "data"
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        folder.mkdir()
        if os.getuid() == 0:
            shutil.chown(folder, "postgres")
            os.chmod(folder.parent, 0o755)
        if is_copy:
            return
        self.run("initdb", "--pgdata", self.data, "--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C")
        with open(self.data / "postgresql.conf", "a") as file:
            file.write(f"listen_addresses = '127.0.0.1'\nport = {self.port}\nunix_socket_directories = ''\n{settings}")
        if access is not None:
            (self.data / "pg_hba.conf").write_text(access)

    def run(self, program, *words, **options):
        user = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
        subprocess.run([*user, f"{BIN}/{program}", *map(str, words)], check=True, stdout=subprocess.DEVNULL, cwd=self.folder, **options)

    def start(self):
        self.run("pg_ctl", "start", "-s", "-w", "-D", self.data, "-l", self.folder / "log")
        return self

    def stop(self, mode="fast"):
        self.run("pg_ctl", "stop", "-s", "-w", "-m", mode, "-D", self.data)

    def signal(self, which):
        """Sends a signal to all of its processes, which are returned."""
        with open(self.data / "postmaster.pid") as file:
            leader = int(file.readline())
        family = subprocess.run(["ps", "-o", "pid=", "--ppid", str(leader)], capture_output=True, text=True).stdout.split()
        family = [leader, *map(int, family)]
        for process in family:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, which)
        return family

    def kill(self):
        """As if the power had failed, for all of its processes."""
        family = self.signal(signal.SIGKILL)
        while any(os.path.exists(f"/proc/{process}") for process in family):
            time.sleep(0.02)

    @contextlib.contextmanager
    def paused(self):
        """While it takes connections and answers nothing."""
        self.signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.signal(signal.SIGCONT)

    def url(self, database="postgres", user="postgres", **parameters):
        rest = "&".join(f"{name}={value}" for name, value in parameters.items())
        return f"postgresql://{user}@127.0.0.1:{self.port}/{database}" + (f"?{rest}" if rest else "")
