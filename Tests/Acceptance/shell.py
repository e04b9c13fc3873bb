"""The shell at a terminal: editing, completion, history, paging, cancelling, resizing, a terminal that goes away.

Usage: shell.py PATH-OF-PANDO. Drives `pando shell` through a pseudo-terminal with a screen of its own, on which what the shell writes is
drawn, so that what a person would see is what is compared.
"""
import codecs
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time

PANDO = os.path.abspath(sys.argv[1])
DEADLINE = 60


class Screen:
    """As much of a terminal as the shell uses."""

    def __init__(self, columns, rows):
        self.columns, self.rows = columns, rows
        self.lines = [[" "] * columns for _ in range(rows)]
        self.row = self.column = 0
        self.pending = ""

    def write(self, text):
        text = self.pending + text
        self.pending = ""
        place = 0
        while place < len(text):
            character = text[place]
            place += 1
            if character == "\r":
                self.column = 0
            elif character == "\n":
                self.line_feed()
            elif character == "\b":
                self.column = max(0, self.column - 1)
            elif character == "\x07":
                pass
            elif character == "\x1b":
                end = place + 1
                if place < len(text) and text[place] == "[":
                    while end < len(text) and not ("@" <= text[end] <= "~"):
                        end += 1
                if end >= len(text) and not (place < len(text) and text[place] != "["):
                    self.pending = text[place - 1:]
                    return
                if text[place] == "[":
                    self.control(text[place + 1:end], text[end])
                    place = end + 1
                else:
                    place += 1
            else:
                if self.column >= self.columns:
                    self.column = 0
                    self.line_feed()
                self.lines[self.row][self.column] = character
                self.column += 1
                if character >= "\u1100":
                    self.lines[self.row][self.column:self.column + 1] = [""]
                    self.column += 1

    def line_feed(self):
        if self.row == self.rows - 1:
            self.lines.pop(0)
            self.lines.append([" "] * self.columns)
        else:
            self.row += 1

    def control(self, parameters, final):
        number = int(parameters) if parameters.isdigit() else None
        if final == "A":
            self.row = max(0, self.row - (number or 1))
        elif final == "B":
            self.row = min(self.rows - 1, self.row + (number or 1))
        elif final == "C":
            self.column = min(self.columns - 1, self.column + (number or 1))
        elif final == "H":
            self.row = self.column = 0
        elif final == "K":
            self.lines[self.row][self.column:] = [" "] * (self.columns - self.column)
        elif final == "J":
            if number == 2:
                self.lines = [[" "] * self.columns for _ in range(self.rows)]
            else:
                self.control("", "K")
                for row in range(self.row + 1, self.rows):
                    self.lines[row] = [" "] * self.columns

    def text(self):
        return "\n".join("".join(line).rstrip() for line in self.lines).rstrip()


class Session:
    def __init__(self, arguments, columns=80, rows=24, **environment):
        self.screen = Screen(columns, rows)
        self.raw = ""
        self.decoder = codecs.getincrementaldecoder("utf-8")()
        self.process, self.terminal = pty.fork()
        if self.process == 0:
            variables = {"PATH": os.environ["PATH"], "HOME": HOME, "TERM": "xterm-256color", "LANG": "C.UTF-8"} | environment
            os.execve(PANDO, [PANDO] + arguments, variables)
        self.resize(columns, rows, tell=False)

    def resize(self, columns, rows, tell=True):
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def type(self, text):
        os.write(self.terminal, text.encode())
        return self

    def wait(self, condition, what):
        """Reads until the condition holds of the screen."""
        end = time.monotonic() + DEADLINE
        while not condition():
            if not select.select([self.terminal], [], [], max(0, end - time.monotonic()))[0]:
                raise SystemExit(f"no {what!r} on the screen:\n{self.screen.text()}")
            if not self.read():
                raise SystemExit(f"ended before {what!r}:\n{self.screen.text()}")
        return self

    def read(self):
        try:
            piece = os.read(self.terminal, 65536)
        except OSError:
            piece = b""
        text = self.decoder.decode(piece)
        self.raw += text
        self.screen.write(text)
        return bool(piece)

    def see(self, text):
        return self.wait(lambda: text in self.screen.text(), text)

    def see_last(self, text):
        """The last line that is not empty."""
        return self.wait(lambda: self.screen.text().split("\n")[-1] == text, text)

    def run(self, text):
        """Enters a text, and waits until the shell has taken it in."""
        self.raw = ""
        return self.type(text + ENTER).wait(lambda: "\x1b[?2004l" in self.raw, "the beginning of the query")

    def stop(self, prompt=None):
        """Ctrl-C, again until it has come while a query ran."""
        count = self.raw.count("Stopped.")
        self.type("\x03")
        while self.raw.count("Stopped.") == count:
            if select.select([self.terminal], [], [], 1)[0]:
                self.read()
            else:
                self.type("\x03")
        return self.see_last(prompt or PROMPT)

    def end(self):
        """Reads to the end; the exit status."""
        while True:
            try:
                if not os.read(self.terminal, 65536):
                    break
            except OSError:
                break
        _, status = os.waitpid(self.process, 0)
        os.close(self.terminal)
        return os.waitstatus_to_exitcode(status)


def check(truth, what, session=None):
    if not truth:
        raise SystemExit(f"failed: {what}" + (f"\n{session.screen.text()}" if session else ""))


ENTER, TAB, UP, LEFT, RIGHT = "\r", "\t", "\x1b[A", "\x1b[D", "\x1b[C"
PROMPT = "app>"


def editing(file):
    shell = Session(["shell", file]).see_last(PROMPT)
    shell.type("r.expr(1)" + LEFT + "\x7f" + "[2, 3]").see_last("app> r.expr([2, 3])")
    shell.type("\x05.sum()" + ENTER).see("\n5\n").see_last(PROMPT)
    # A query over several lines, changed in the first of them.
    shell.type("r.expr({" + ENTER + "a: '日本'" + ENTER + "})").see("   |   a: '日本'")
    shell.type(UP * 2 + "\x05" + "b: 1,").see("r.expr({b: 1,").see("   |   })")
    shell.type(ENTER).see("日本").see_last(PROMPT)
    # What is pasted is one entry, whatever is in it.
    shell.type("\x1b[200~r.table('users')\n  .orderBy('id')\n  .nth(1)('name')\x1b[201~").see(".nth(1)('name')")
    shell.type(ENTER).see("Grace").see_last(PROMPT)
    # History, and a search in it.
    shell.type(UP * 20).see("r.expr([2, 3]).sum()").type("\x03").see_last(PROMPT)
    shell.type("\x12nth").see("match for “nth”").type(ENTER)
    shell.wait(lambda: shell.screen.text().count("Grace") == 2, "Grace twice").see_last(PROMPT)
    shell.type("r.tabel(1)" + ENTER).see("did you mean `r.table`?").see_last(PROMPT)
    check("\x1b[36m" in shell.raw and "\x1b[2m" in shell.raw, "colours")
    check(shell.type("\x04").end() == 0, "Ctrl-D ends")
    # The history is there the next time, without what speaks of passwords.
    shell = Session(["shell", file]).see_last(PROMPT)
    shell.type("r.expr({password: 1})" + ENTER).see("password  1").see_last(PROMPT)
    shell.type(".quit" + ENTER)
    check(shell.end() == 0, ".quit ends")
    with open(os.path.join(HOME, ".local/state/pando/history")) as history:
        lines = history.read().split("\n")
    check("r.expr([2, 3]).sum()" in lines and ".quit" in lines, "the history is kept")
    check(not any("password" in line for line in lines), "passwords are not")
    check(os.stat(os.path.join(HOME, ".local/state/pando/history")).st_mode & 0o777 == 0o600, "nobody else reads it")
    shell = Session(["shell", file]).see_last(PROMPT)
    shell.type("\x12sum").see("[2, 3]").type(ENTER).see("\n5\n").see_last(PROMPT).type("\x04")
    check(shell.end() == 0, "the end")


def completion(file):
    shell = Session(["shell", file], NO_COLOR="1").see_last(PROMPT)
    shell.type("r.table(\"us" + TAB).see_last("app> r.table(\"users\")")
    shell.type(".ord" + TAB).see_last("app> r.table(\"users\").orderBy(")
    shell.type("{in" + TAB + "\"c" + TAB).see_last("app> r.table(\"users\").orderBy({index: \"city\"")
    shell.type("\x17\x17\x17r.table(\"users\").pluck(\"n" + TAB + ").in" + TAB * 2).see("info").see("insert")
    shell.type("\x03").see_last(PROMPT)
    shell.type(".sch" + TAB + "us" + TAB).see_last("app> .schema users")
    shell.type(ENTER).see("primary key id").see_last(PROMPT).type("\x04")
    check(shell.end() == 0, "the end")
    check(not re.search("\x1b\\[[0-9;]*m", shell.raw), "NO_COLOR is heeded")


def statements(file):
    shell = Session(["sql", file]).see_last("app=>")
    shell.type("sel\t").see_last("app=> select")
    shell.type("name from us\t").see_last("app=> select name from users")
    shell.type("where ci\t").see_last("app=> select name from users where city")
    shell.type(ENTER + "= 'London'").see("= 'London'")
    shell.type(";" + ENTER).see("Ada").see_last("app=>")
    shell.type("\\dt" + ENTER).see("open table").see_last("app=>")
    shell.type("SELECT 1 / 0;" + ENTER).see("division by zero (22012)").see_last("app=>")
    shell.run("SELECT pg_sleep(600);").stop("app=>")
    shell.type(".reql" + ENTER).see_last(PROMPT).type("r.table('users').count()" + ENTER).see("\n3\n").see_last(PROMPT)
    shell.type(".sql" + ENTER).see_last("app=>").type("\\q" + ENTER)
    check(shell.end() == 0, "the end")


def cancelling(file):
    shell = Session(["shell", file]).see_last(PROMPT)
    shell.run("r.range().filter(x => x.lt(0)).limit(1)").stop()
    # A feed goes on until it is stopped, and shows changes as they come.
    shell.run("r.table('users').changes({includeInitial: true})").see("Edsger").stop()
    # An entry is given up; the shell is not.
    shell.type("r.expr(").see_last("app> r.expr(").type("\x03").see_last(PROMPT)
    shell.type("r.expr('alive')" + ENTER).see("\"alive\"\n")
    shell.see_last(PROMPT).type("\x04")
    check(shell.end() == 0, "the end")


def paging(file):
    shell = Session(["shell", file], rows=12, PAGER="sed -e s/^/paged:/").see_last(PROMPT)
    shell.type("r.range(40)" + ENTER).see("paged:40 rows").see_last(PROMPT)
    shell.type("r.range(3)" + ENTER).see("\n3 rows").see_last(PROMPT)
    check("paged:3 rows" not in shell.screen.text(), "what fits is not paged", shell)
    # A reader who has enough stops the query.
    shell.type("\x04")
    check(shell.end() == 0, "the end")
    shell = Session(["shell", file], rows=12, PAGER="head -n 3").see_last(PROMPT)
    shell.type(".mode ndjson" + ENTER).see_last(PROMPT).type("r.range()" + ENTER).see("\n2\n").see_last(PROMPT)
    shell.type("\x04")
    check(shell.end() == 0, "the end")


def resizing(file):
    shell = Session(["shell", file], columns=40).see_last(PROMPT)
    shell.type("r.expr('" + "x" * 20).see("x" * 20)
    shell.screen = Screen(20, 24)
    # A terminal wraps the line anew before it says so.
    shell.screen.write("\r\n" + "app> r.expr('" + "x" * 20)
    shell.resize(20, 24)
    shell.type("y").wait(lambda: "x" * 13 + "y" in shell.screen.text(), "the end on a row of its own")
    shell.type("')" + ENTER)
    shell.see_last(PROMPT).type("\x04")
    check(shell.end() == 0, "the end")
    # Rows that it has drawn itself are wrapped each for itself; of those there must not be one left.
    shell = Session(["shell", file], columns=40).see_last(PROMPT)
    shell.type("r.expr('" + "x" * 46).see("\n" + "x" * 19)
    drawn = ["app> r.expr('" + "x" * 27, "x" * 19 + " "]
    for columns in [30, 25, 50]:
        shell.screen = Screen(columns, 24)
        shell.screen.write("what was there\r\n" + "\r\n".join(drawn) + "\b")
        shell.resize(columns, 24)
        text = "app> r.expr('" + "x" * 46
        drawn = [text[start:start + columns] for start in range(0, len(text), columns)]
        shell.wait(lambda: shell.screen.text() == "\n".join(["what was there"] + drawn), "the entry, once")
        drawn[-1] += " "
    shell.type("')" + ENTER)
    shell.see_last(PROMPT).type("\x04")
    check(shell.end() == 0, "the end")


def going_away(file):
    shell = Session(["shell", file]).see_last(PROMPT)
    os.close(shell.terminal)
    _, status = os.waitpid(shell.process, 0)
    check(os.waitstatus_to_exitcode(status) == 0, f"a terminal that goes away ends it: {status}")
    shell = Session(["shell", file]).see_last(PROMPT).run("r.range().map(x => r.table('users').count()).filter(false)")
    os.kill(shell.process, signal.SIGTERM)
    check(shell.end() == 0, "SIGTERM stops the query and ends it")
    # The file is whole and free.
    subprocess.run([PANDO, "check", file], check=True, stdout=subprocess.DEVNULL)
    subprocess.run([PANDO, "query", file, "r.table('users').insert({})", "--db", "app"], check=True, stdout=subprocess.DEVNULL)


with tempfile.TemporaryDirectory() as HOME:
    path = os.path.join(HOME, "test.pando")
    rows = b'{"id":"u1","name":"Ada","city":"London"}\n{"id":"u2","name":"Grace"}\n{"id":"u3","name":"Edsger"}\n'
    subprocess.run([PANDO, "import", path, "app.users", "-", "--create", "--quiet"], input=rows, check=True)
    subprocess.run([PANDO, "index", path, "create", "app.users", "city", "--quiet"], check=True)
    for test in [editing, completion, statements, cancelling, paging, resizing, going_away]:
        test(path)
        print(f"ok: {test.__name__.replace('_', ' ')}")
