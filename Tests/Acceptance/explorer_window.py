"""A server on a new file, and windows of headless Chromium that look at it: what the tests of the Data Explorer share."""

import contextlib
import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request

try:
    from axe_playwright_python.sync_playwright import Axe
    from playwright.sync_api import Error, expect, sync_playwright
except ImportError as error:
    sys.exit(f"the tests of the Data Explorer need playwright and axe: {error}")

DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}
# Chromium says so of itself when a picture is taken of a canvas that WebGL draws.
OWN_NOTES = "GPU stall due to ReadPixels"


class Failure(Exception):
    pass


def step(name):
    print(name, flush=True)


def require(what, condition, seen=""):
    if not condition:
        raise Failure(f"{what}: {str(seen)[:1500]}")


def until(what, look, wanted):
    """Requires what comes of something that was clicked, as soon as the server has been asked."""
    deadline = time.monotonic() + 30
    while (seen := look()) != wanted and time.monotonic() < deadline:
        time.sleep(0.05)
    require(what, seen == wanted, seen)


# MARK: The server


class Server:
    def __init__(self, address):
        self.address = address
        self.headers = {}

    def call(self, method, path, value=None, headers=None):
        """Status and JSON of a request that goes past the page, as another client's does."""
        body = None if value is None else json.dumps(value).encode()
        request = urllib.request.Request(self.address + path, body, {"Content-Type": "application/json", **self.headers, **(headers or {})}, method=method)
        with urllib.request.urlopen(request) as answer:
            text = answer.read()
            return json.loads(text) if text else None

    def query(self, text, **args):
        return self.call("POST", "/_reql", {"query": text, "args": args})["result"]


@contextlib.contextmanager
def served(executable):
    with tempfile.TemporaryDirectory() as folder:
        command = [executable, "serve", f"{folder}/explorer.pando", "--http-port", "0", "--driver-port", "0", "--bind", "127.0.0.1"]
        server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        try:
            for line in server.stdout:
                if line.startswith("http://"):
                    yield Server(line.strip())
                    break
            else:
                raise Failure("the server says no address")
        finally:
            server.terminate()
            server.wait(timeout=30)


# MARK: The browser


def browser_of(playwright):
    """Playwright's own Chromium, or the system's; None if there is neither."""
    with contextlib.suppress(Error):
        return playwright.chromium.launch()
    for name in ("chromium", "chromium-browser", "google-chrome"):
        path = shutil.which(name)
        if path:
            return playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
    return None


class Window:
    """A window with a memory of its own, and what went wrong in it."""

    def __init__(self, browser, server, size=DESKTOP, scheme="light", folder=None):
        self.server, self.folder, self.scheme = server, folder, scheme
        self.context = browser.new_context(viewport=size, color_scheme=scheme, reduced_motion="reduce", has_touch=size is PHONE)
        self.page = self.context.new_page()
        self.troubles = []
        self.allowed = []
        self.page.on("console", self.heard)
        self.page.on("pageerror", lambda error: self.troubles.append(f"error: {error}"))
        self.page.on("dialog", self.asked)

    def heard(self, message):
        # The browser itself notes every answer that is an error; a step that brings one about says so.
        if OWN_NOTES in message.text:
            return
        if message.type in ("error", "warning") and not any(status in message.text for status in self.allowed):
            self.troubles.append(f"console: {message.text}")

    def asked(self, dialog):
        self.troubles.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def open(self, address, heading):
        self.page.goto(f"{self.server.address}/{address}")
        expect(self.page.get_by_role("heading", level=1)).to_have_text(heading)

    def looks_good(self, name):
        """Nothing sticks out at the side, and axe finds nothing."""
        # A notice lies over what is below for some seconds.
        expect(self.page.locator(".notice")).to_have_count(0)
        wide = self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        require(f"{name} is wider than the window", wide <= 0, wide)
        found = [
            f"{each['id']}: {each['help']}: {[node['html'][:160] for node in each['nodes'][:4]]} {each['nodes'][0].get('failureSummary', '')[:300]}"
            for each in Axe().run(self.page).response["violations"]
        ]
        require(f"axe on {name}", not found, "\n".join(found))
        if self.folder:
            self.page.screenshot(path=f"{self.folder}/{name}-{self.scheme}-{self.page.viewport_size['width']}.png")

    def close(self):
        self.context.close()
        require("the window's troubles", not self.troubles, "\n".join(self.troubles))

    # What people do.

    def write(self, label, text):
        self.page.get_by_label(label, exact=True).fill(text)

    def press(self, name):
        self.page.get_by_role("button", name=name, exact=True).click()

    def run(self, query):
        self.write("Query", query)
        self.page.keyboard.press("Control+Enter")

    def open_document(self, key):
        self.page.get_by_role("region", name=re.compile("^Documents of")).get_by_role("button", name=key, exact=True).click()
        return self.page.get_by_role("dialog")

    def notice(self, text):
        expect(self.page.locator(".notice").filter(has_text=text).first).to_be_visible()
