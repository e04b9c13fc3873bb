#!/usr/bin/env python3
"""Measures the graph page of the Data Explorer in headless Chromium: script of a frame, steps of the layout, memory.

    pip install playwright==1.65.2 axe-playwright-python==0.1.8
    graph_page.py PANDO [--nodes 10000] [--rounds 3] [--openings 20]

Starts `PANDO serve` on a new file with a graph of so many nodes and twice as many edges (seed 42), and opens it. A round tells the
milliseconds from the last byte of the answer to the first frame with nodes, of script in a frame while the layout runs and while the
picture is turned (median and 95th percentile), of processor time a step of the layout, and the page's memory. Then the page is opened and
left again and again; memory is told after each quarter of that. Without a graphics card Chromium draws with the processor (SwiftShader),
which the layout competes with; script of frames is apart from that.
"""

import argparse
import random
import sys
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parent.parent / "Acceptance"))

from explorer_window import DESKTOP, browser_of, served, sync_playwright  # noqa: E402

# Each frame's script, and when the first one with nodes was over.
COUNTING = """
window.frameTimes = [];
window.firstFrame = 0;
const ask = window.requestAnimationFrame.bind(window);
window.requestAnimationFrame = (frame) => ask((now) => {
  const began = performance.now();
  frame(now);
  window.frameTimes.push(performance.now() - began);
  if (window.firstFrame === 0 && document.querySelector(".graph-stage canvas")) window.firstFrame = performance.now();
});
"""
# The answer with the graph is the largest.
ANSWERED = """performance.getEntriesByType("resource").filter((each) => each.name.endsWith("/_reql"))
  .reduce((one, two) => (one.decodedBodySize > two.decodedBodySize ? one : two)).responseEnd"""
SETTLED = ".graph-stage[data-layout=settled]"


def fill(server, count):
    random.seed(42)
    server.query('r.dbCreate("bench")')
    server.query('r.db("bench").tableCreate("nodes")')
    targets = [[int(each * random.random() ** 0.6) for _ in range(2)] if each else [] for each in range(count)]
    documents = [{"id": each, "name": f"node {each}", "to": targets[each]} for each in range(count)]
    for start in range(0, count, 2000):
        server.query('r.db("bench").table("nodes").insert(d)', d=documents[start:start + 2000])
    server.query('r.db("bench").table("nodes").relationCreate("to", {field: "to", to: "nodes"})')
    server.query('r.db("bench").table("nodes").indexWait()')


def of(times):
    times = sorted(times)
    return f"median {median(times):.2f}, 95 % {times[int(len(times) * 0.95)]:.2f} ({len(times)} frames)"


def heap(devtools):
    devtools.send("HeapProfiler.collectGarbage")
    used = devtools.send("Runtime.getHeapUsage")
    return (used["usedSize"] + used.get("backingStorageSize", 0)) / 2**20


def measure(page, devtools, address):
    page.goto("about:blank")
    page.goto(address)
    page.locator(SETTLED).wait_for(timeout=300_000)
    print(f"  first picture {page.evaluate(f'firstFrame - {ANSWERED}'):.0f} ms after the answer")
    print(f"  script of a frame, layout running: {of(page.evaluate('frameTimes.splice(0)'))}")
    print(f"  step of the layout: {page.evaluate('document.querySelector(`.graph-stage`).dataset.stepCost')} ms")
    box = page.locator(".graph-stage").bounding_box()
    page.mouse.move(box["x"] + 100, box["y"] + 100)
    page.mouse.down()
    for step in range(60):
        page.mouse.move(box["x"] + 100 + 4 * step, box["y"] + 100 + step)
    page.mouse.up()
    page.wait_for_timeout(1000)
    print(f"  script of a frame, turned: {of(page.evaluate('frameTimes.splice(0)'))}")
    print(f"  memory: {heap(devtools):.1f} MiB", flush=True)


def main():
    parser = argparse.ArgumentParser(description="The graph page in headless Chromium.")
    parser.add_argument("pando", help="the executable")
    parser.add_argument("--nodes", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--openings", type=int, default=20)
    options = parser.parse_args()
    with sync_playwright() as playwright, served(options.pando) as server:
        browser = browser_of(playwright)
        if browser is None:
            sys.exit("there is no Chromium here; `playwright install chromium-headless-shell` brings one")
        fill(server, options.nodes)
        context = browser.new_context(viewport=DESKTOP)
        context.add_init_script(COUNTING)
        page = context.new_page()
        devtools = context.new_cdp_session(page)
        for limit in sorted({min(500, options.nodes), min(10_000, options.nodes)}):
            address = f"{server.address}/#/graph/bench/nodes?limit={limit}"
            for turn in range(options.rounds):
                print(f"{limit} nodes, round {turn + 1}")
                measure(page, devtools, address)
        for opening in range(options.openings + 1):
            if opening % max(1, options.openings // 4) == 0:
                print(f"after {opening} openings: {heap(devtools):.1f} MiB", flush=True)
            page.evaluate("location.hash = '#/users'")
            page.get_by_role("heading", level=1, name="Users").wait_for()
            page.evaluate(f"location.hash = '#/graph/bench/nodes?limit={min(500, options.nodes)}'")
            page.locator(SETTLED).wait_for(timeout=300_000)
        browser.close()


if __name__ == "__main__":
    main()
