"""The graph page of the Data Explorer: what is around documents, as a picture, as a table, by keyboard, live."""

import base64
import json
import random
import re

from explorer_window import DESKTOP, PHONE, Window, expect, require, step, until

# A picture's pixels by the colours of the page's variables, counted by the browser that made it.
COUNT_COLOURS = """async (data) => {
  const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
  const image = await createImageBitmap(new Blob([bytes]));
  const canvas = new OffscreenCanvas(image.width, image.height);
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0);
  const pixels = context.getImageData(0, 0, image.width, image.height).data;
  const style = getComputedStyle(document.documentElement);
  const texts = [1, 2, 3].map((number) => style.getPropertyValue(`--graph-${number}`).trim());
  const wanted = texts.map((text) => [1, 3, 5].map((at) => parseInt(text.slice(at, at + 2), 16)));
  return wanted.map((colour) => {
    let count = 0;
    for (let at = 0; at < pixels.length; at += 4) {
      if (colour.every((part, index) => Math.abs(part - pixels[at + index]) < 32)) count += 1;
    }
    return count;
  });
}"""


BOOKS = [{"id": 1, "title": "One", "author": "ada"}, {"id": 2, "title": "Two", "author": "eve"}]


def seed(server):
    """People with friends, and books by them."""
    if "walks" in server.query("r.dbList()"):
        return
    people = [
        {"id": "ada", "name": "Ada", "friends": ["bo", "cy"]}, {"id": "bo", "name": "Bo", "friends": ["dan"]},
        {"id": "cy", "name": "Cy", "friends": ["dan"]}, {"id": "dan", "name": "Dan", "friends": ["eve"]},
        {"id": "eve", "name": "Eve", "friends": []}, {"id": "zoe", "name": "Zoe", "friends": []},
    ]
    server.query('r.dbCreate("walks")')
    for table, documents in [("people", people), ("books", BOOKS)]:
        server.query('r.db("walks").tableCreate(t)', t=table)
        server.query('r.db("walks").table(t).insert(d)', t=table, d=documents)
    server.query('r.db("walks").table("people").relationCreate("friends", {field: "friends", to: "people"})')
    server.query('r.db("walks").table("books").relationCreate("wrote", {field: "author", to: "people", reverse: "books"})')
    server.query('r.db("walks").table("people").indexCreate("words", {text: "simple", fields: {name: 1}})')
    for table in ("people", "books"):
        server.query('r.db("walks").table(t).indexWait()', t=table)


def facts(window):
    return window.page.locator(".lead")


def stage(window):
    return window.page.get_by_role("application", name="Graph")


def said(window):
    return window.page.locator(".graph-place > [role=status]")


def selected(window):
    return window.page.get_by_role("region", name="Selected node").get_by_role("heading")


def show(window, address, heading, count):
    """A page of a graph that has been laid out; anew, also if it was shown before."""
    window.page.goto("about:blank")
    window.open(address, heading)
    expect(facts(window)).to_contain_text(count)
    expect(stage(window)).to_have_attribute("data-layout", "settled")


def colours(window):
    """How many pixels of the picture have each of the first three colours of tables, once it is drawn."""
    data = base64.b64encode(stage(window).screenshot()).decode()
    return window.page.evaluate(COUNT_COLOURS, data)


def around_a_document(window):
    step("graph: from a document; picture and table")
    page = window.page
    seed(window.server)
    window.open("#/table/walks/people", "walks.people")
    window.open_document("ada").get_by_role("link", name="Graph").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("walks.people ada")
    expect(facts(window)).to_contain_text("4 nodes, 3 edges")
    expect(page.get_by_role("dialog")).to_have_count(0)
    nodes = page.get_by_role("region", name="Nodes").get_by_role("button")
    expect(nodes).to_have_text(["Ada", "One", "Bo", "Cy"])
    expect(stage(window)).to_have_attribute("data-layout", "settled")
    until("two tables are drawn in two colours", lambda: [count > 300 for count in colours(window)], [True, True, False])
    window.looks_good("graph")
    # What is chosen in the table is chosen in the picture, and the other way round.
    nodes.get_by_text("Bo").click()
    expect(selected(window)).to_have_text("Bo")
    expect(page.locator("tr[aria-current=true]")).to_contain_text("Bo")
    edges = page.get_by_role("region", name="Edges of Bo")
    expect(edges.locator("tbody tr")).to_have_text(["friendsfromAda"])
    edges.get_by_role("button", name="Ada").click()
    expect(selected(window)).to_have_text("Ada")
    expect(selected(window)).to_be_focused()


def by_keyboard(window):
    step("graph: by the keyboard alone")
    page = window.page
    show(window, "#graph/walks.people/ada", "walks.people ada", "4 nodes, 3 edges")
    show(window, "#/graph/walks/people/ada", "walks.people ada", "4 nodes, 3 edges")
    stage(window).focus()
    for key in ("ArrowRight", "ArrowDown", "ArrowLeft", "ArrowUp"):
        page.keyboard.press(key)
        expect(said(window)).to_contain_text(re.compile("Beside it|No edge leads"))
        if selected(window).text_content() != "Ada":
            break
    met = {selected(window).text_content()}
    for _ in range(2):
        before = selected(window).text_content()
        page.keyboard.press(".")
        expect(selected(window)).not_to_have_text(before)
        met.add(selected(window).text_content())
    require("full stop goes round the node that one came from", met == {"Bo", "Cy", "One"}, met)
    page.keyboard.press("[")
    page.keyboard.press("[")
    page.keyboard.press("[")
    expect(selected(window)).to_have_text("Ada")
    expect(said(window)).to_contain_text("Ada, people, 3 edges. Beside it: Bo, Cy, One.")
    page.keyboard.press("]")
    while selected(window).text_content() != "Bo":
        page.keyboard.press(".")
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name='"bo"')
    expect(dialog.get_by_label("Document as JSON")).to_have_value(re.compile('"name": "Bo"'))
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    stage(window).focus()
    page.keyboard.press("+")
    expect(facts(window)).to_contain_text("5 nodes, 5 edges")
    expect(said(window)).to_contain_text("1 node and 2 edges more.")
    for key in ("Shift+ArrowLeft", "PageUp", "PageDown", "w", "a", "s", "d", "f", " ", " "):
        page.keyboard.press(key)
    # Dan hangs on Bo and on Cy.
    page.keyboard.press("-")
    expect(said(window)).to_contain_text("0 nodes less.")
    ground = "getComputedStyle(document.body).backgroundColor"
    before = page.evaluate(ground)
    page.keyboard.press("t")
    require("keys that the picture has no use for are the page's", page.evaluate(ground) != before)
    page.keyboard.press("t")


def disc(window, name):
    """Where a node is drawn: left of its name."""
    box = window.page.locator(".graph-labels span", has_text=name).bounding_box()
    return box["x"] - 4, box["y"] + box["height"] / 2


def by_mouse(window):
    step("graph: by mouse")
    page = window.page
    show(window, "#/graph/walks/people/ada", "walks.people ada", "4 nodes, 3 edges")
    page.mouse.click(*disc(window, "Cy"))
    expect(selected(window)).to_have_text("Cy")

    def apart():
        (ax, ay), (bx, by) = disc(window, "One"), disc(window, "Bo")
        return abs(ax - bx) + abs(ay - by)

    before, place = apart(), disc(window, "One")
    page.mouse.wheel(0, -120)
    until("the wheel brings it nearer", lambda: apart() > before * 1.1, True)
    page.mouse.wheel(0, 120)
    until("and back", lambda: abs(apart() - before) < 3, True)
    box = stage(window).bounding_box()
    x, y = box["x"] + 30, box["y"] + 30
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 60, y)
    page.mouse.up()
    until("a drag turns it", lambda: disc(window, "One") != place, True)
    expect(selected(window)).to_have_text("Cy")
    place = disc(window, "One")
    page.keyboard.down("Shift")
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 20, y + 10)
    page.mouse.up()
    page.keyboard.up("Shift")

    def shift():
        (ax, ay), (bx, by) = place, disc(window, "One")
        return 12 < bx - ax < 32 and 6 < by - ay < 16

    until("with Shift it goes where the mouse goes", shift, True)
    page.mouse.dblclick(*disc(window, "Cy"))
    expect(facts(window)).to_contain_text("5 nodes, 5 edges")
    window.press("Flat")
    expect(page.get_by_role("button", name="Flat")).to_have_attribute("aria-pressed", "true")
    expect(stage(window)).to_have_attribute("data-layout", "settled")
    page.mouse.click(x, y)
    expect(selected(window)).to_have_text("No node selected")


def finding(window):
    step("graph: find, search the tables, a path")
    page = window.page
    window.allowed = ["422"]
    show(window, "#/graph/walks/people/ada", "walks.people ada", "4 nodes, 3 edges")
    page.keyboard.press("/")
    page.keyboard.type("cy")
    found = page.get_by_role("region", name="Nodes that were found")
    expect(found.get_by_role("button")).to_have_text(["Cy"])
    page.keyboard.press("Enter")
    expect(selected(window)).to_have_text("Cy")
    window.press("Path from here")
    page.get_by_label("Find a node").fill("zoe")
    expect(page.get_by_text("No node that is shown fits.")).to_be_visible()
    window.press("Search the tables")
    expect(found.get_by_role("button")).to_have_text(["Zoe"])
    page.get_by_label("Find a node").fill("eve")
    page.keyboard.press("Enter")
    expect(found.get_by_role("button")).to_have_text(["Eve"])
    found.get_by_role("button", name="Eve").click()
    window.press("Path to here")
    expect(said(window)).to_have_text("A path of 2 edges: Cy, Dan, Eve.")
    expect(facts(window)).to_contain_text("7 nodes")
    page.get_by_label("Find a node").fill("")
    page.get_by_role("region", name="Nodes").get_by_role("button", name="Zoe").click()
    window.press("Path from here")
    page.get_by_role("region", name="Nodes").get_by_role("button", name="Eve").click()
    window.press("Path to here")
    window.notice("No path leads from Zoe to Eve.")
    expect(page.locator(".notice")).to_have_count(0)
    window.allowed = []


def entered(window):
    step("graph: from a table, a query, a relation; as files; without a relation")
    page, server = window.page, window.server
    window.open("#/table/walks/people", "walks.people")
    page.locator(".head").get_by_role("link", name="Graph").click()
    expect(facts(window)).to_contain_text("8 nodes, 7 edges")
    page.get_by_role("group", name="Relations").get_by_role("button", name="wrote").click()
    expect(facts(window)).to_contain_text("6 nodes, 5 edges")
    page.get_by_label("As far as").select_option("2")
    expect(page).to_have_url(re.compile("depth=2"))
    expect(facts(window)).to_contain_text("6 nodes, 5 edges")
    window.open("#/table/walks/books/indexes", "walks.books")
    page.get_by_role("link", name="wrote").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("wrote")
    expect(facts(window)).to_contain_text("4 nodes, 2 edges")
    window.open("#/table/walks/people/indexes", "walks.people")
    page.get_by_role("link", name="friends").click()
    expect(facts(window)).to_contain_text("5 nodes, 5 edges")

    window.open("#/query", "Query")
    window.run('r.db("walks").table("people").getAll("dan", "zoe")')
    page.get_by_role("link", name="Graph").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Rows of a query")
    expect(facts(window)).to_contain_text("5 nodes, 3 edges")
    page.get_by_role("link", name="Query").last.click()
    expect(page.get_by_label("Query", exact=True)).to_have_value(re.compile("subgraph"))
    page.get_by_label("Query", exact=True).focus()
    page.keyboard.press("Control+Enter")
    page.get_by_role("link", name="Graph").click()
    expect(facts(window)).to_contain_text("5 nodes, 3 edges")
    window.allowed = ["422"]
    window.open("#/query", "Query")
    window.run("r.range(3)")
    page.get_by_role("link", name="Graph").click()
    expect(page.get_by_role("alert")).to_contain_text("of no table")
    window.allowed = []

    show(window, "#/graph/walks/people/ada?over=friends", "walks.people ada", "3 nodes, 2 edges")
    with page.expect_download() as waiting:
        window.press("JSON")
    with open(waiting.value.path()) as file:
        graph = json.load(file)
    require("the file has the graph", [node["label"] for node in graph["nodes"]] == ["Ada", "Bo", "Cy"] and len(graph["edges"]) == 2, graph)
    with page.expect_download() as waiting:
        window.press("PNG")
    with open(waiting.value.path(), "rb") as file:
        counts = page.evaluate(COUNT_COLOURS, base64.b64encode(file.read()).decode())
    require("the picture has nodes", counts[0] > 300 > counts[1], counts)

    server.query('r.dbCreate("plain")')
    server.query('r.db("plain").tableCreate("pages")')
    server.query('r.db("plain").table("pages").insert([{id: 1, next: 2}, {id: 2, next: 3}, {id: 3}])')
    window.open("#/graph/plain/pages/1", "plain.pages 1")
    window.looks_good("graph-without-relations")
    window.write("Field", "next")
    window.press("Show")
    expect(facts(window)).to_contain_text("2 nodes, 1 edge")
    window.allowed = ["422"]
    page.get_by_label("Edges", exact=True).select_option("both")
    expect(page.get_by_role("alert")).to_contain_text("No index leads")
    page.get_by_role("link", name="Only along edges").click()
    expect(facts(window)).to_contain_text("2 nodes, 1 edge")
    window.allowed = ["404"]
    window.open("#/graph/walks/people/nobody", "walks.people nobody")
    expect(page.get_by_role("alert")).to_contain_text("has no document with the key")
    window.allowed = []


def wait_for_feed(window, count):
    """Until the server runs so many queries that follow changes."""
    jobs = 'r.db("rethinkdb").table("jobs").filter(j => j("info")("query").default("").match("changes")).count()'
    until(f"{count} feeds", lambda: window.server.query(jobs), count + 1)


def live(window):
    step("graph: live; nothing goes on when it was left")
    page, server = window.page, window.server
    people = 'r.db("walks").table("people")'
    show(window, "#/graph/walks/people/ada", "walks.people ada", "4 nodes, 3 edges; live")
    wait_for_feed(window, 1)
    server.query(people + '.get("bo").update({friends: ["dan", "cy"], name: "Bobby"})')
    expect(facts(window)).to_contain_text("4 nodes, 4 edges")
    expect(page.get_by_role("region", name="Nodes").get_by_role("button")).to_have_text(["Ada", "One", "Bobby", "Cy"])
    server.query('r.db("walks").table("books").insert({id: 3, title: "Three", author: "ada"})')
    # A new node is counted where it hangs, until somebody expands that.
    expect(page.get_by_role("region", name="Nodes").locator("tbody tr").first).to_have_text("Adapeople31")
    server.query('r.db("walks").table("books").get(1).delete()')
    expect(facts(window)).to_contain_text("3 nodes, 3 edges")
    server.query(people + '.get("bo").update({friends: ["dan"], name: "Bo"})')
    expect(facts(window)).to_contain_text("3 nodes, 2 edges")
    server.query('r.db("walks").table("books").delete()')
    server.query('r.db("walks").table("books").insert(d)', d=BOOKS)
    for _ in range(20):
        show(window, "#/graph/walks/people/bo", "walks.people bo", "3 nodes")
        page.evaluate("location.hash = '#/users'")
        expect(page.get_by_role("heading", level=1)).to_have_text("Users")
    until("no worker is left", lambda: len(page.workers), 0)
    wait_for_feed(window, 0)


def odd_graphs(window):
    step("graph: none, one, ten thousand around one; a dropped table")
    page, server = window.page, window.server
    server.query('r.dbCreate("odd")')
    server.query('r.db("odd").tableCreate("stars")')
    server.query('r.db("odd").table("stars").relationCreate("hub", {field: "hub", to: "stars"})')
    server.query('r.db("odd").table("stars").indexWait()')
    show(window, "#/graph/odd/stars", "odd.stars", "0 nodes, 0 edges")
    expect(page.get_by_text("No nodes.")).to_be_visible()
    window.looks_good("graph-empty")
    stage(window).focus()
    for key in ("ArrowRight", ".", "+", "-", "p", "Enter", "[", "f"):
        page.keyboard.press(key)
    server.query('r.db("odd").table("stars").insert({id: 0})')
    show(window, "#/graph/odd/stars/0", "odd.stars 0", "1 node, 0 edges")
    server.query('r.db("odd").table("stars").insert(r.range(1, 5001).map(n => ({id: n, hub: 0})).coerceTo("array"))')
    server.query('r.db("odd").table("stars").insert(r.range(5001, 10001).map(n => ({id: n, hub: 0})).coerceTo("array"))')
    show(window, "#/graph/odd/stars/0?limit=200", "odd.stars 0", "200 nodes, 199 edges; not all of them")
    expect(page.get_by_role("region", name="Selected node")).to_contain_text("199 edges and 9,801 not shown")
    window.press("Expand")
    expect(facts(window)).to_contain_text("400 nodes, 399 edges")
    wait_for_feed(window, 1)
    server.query('r.db("odd").table("stars").update({name: r.row("id").coerceTo("string").add("th")})')
    expect(facts(window)).to_contain_text("came too fast to be drawn")
    expect(page.get_by_role("region", name="Nodes").get_by_role("button", name="7th", exact=True)).to_be_visible()
    window.press("Collapse")
    expect(facts(window)).to_contain_text("1 node, 0 edges")
    # The server breaks a feed off that can't go on.
    window.allowed = ["404", "INCOMPLETE_CHUNKED"]
    server.query('r.db("odd").tableDrop("stars")')
    expect(facts(window)).to_contain_text(re.compile("no longer live|not live"))
    window.press("Expand")
    window.notice("does not exist")
    page.reload()
    expect(page.get_by_role("alert")).to_contain_text("does not exist")
    window.allowed = []
    expect(page.locator(".notice")).to_have_count(0)


def rights(window):
    step("graph: a permission that is taken away in the middle")
    server = window.server
    server.query('r.db("rethinkdb").table("users").insert({id: "reader", password: "pw"})')
    server.query('r.db("walks").grant("reader", {read: true})')
    proof = base64.b64encode(b"reader:pw").decode()
    other = Window(window.page.context.browser, server, DESKTOP)
    # What the account may not read of the server, and then of the table; and the feed that is broken off.
    other.allowed = ["403", "INCOMPLETE_CHUNKED"]
    other.context.add_init_script(f'try {{ sessionStorage.setItem("pando.authorization", "Basic {proof}"); }} catch {{}}')
    show(other, "#/graph/walks/people/ada", "walks.people ada", "4 nodes, 3 edges; live")
    wait_for_feed(window, 1)
    server.query('r.db("walks").grant("reader", {read: false})')
    expect(facts(other)).to_contain_text("4 nodes, 3 edges; not live")
    other.page.get_by_role("region", name="Nodes").get_by_role("button", name="Bo").click()
    other.press("Expand")
    other.notice("reader")
    expect(selected(other)).to_have_text("Bo")
    other.close()
    server.query('r.db("rethinkdb").table("users").get("reader").delete()')


def without_webgl(window):
    step("graph: without WebGL2, and when its context is lost")
    page = window.page
    show(window, "#/graph/walks/people/ada", "walks.people ada", "4 nodes, 3 edges")
    page.evaluate('document.querySelector(".graph-stage canvas").getContext("webgl2").getExtension("WEBGL_lose_context").loseContext()')
    expect(facts(window)).to_contain_text("drawn without WebGL")
    until("it is drawn again", lambda: [count > 300 for count in colours(window)], [True, True, False])
    window.looks_good("graph-2d")
    other = Window(page.context.browser, window.server, DESKTOP)
    other.context.add_init_script('const original = HTMLCanvasElement.prototype.getContext; HTMLCanvasElement.prototype.getContext = '
                                  'function (kind, ...rest) { return kind === "webgl2" ? null : original.call(this, kind, ...rest); };')
    show(other, "#/graph/walks/people/ada", "walks.people ada", "drawn without WebGL")
    until("it is drawn", lambda: [count > 300 for count in colours(other)], [True, True, False])
    other.close()


def repeated(window):
    step("graph: the same graph looks the same")
    pictures = []
    for _ in range(2):
        show(window, "#/graph/walks/people?depth=2", "walks.people", "8 nodes, 7 edges")
        with window.page.expect_download() as waiting:
            window.press("PNG")
        with open(waiting.value.path(), "rb") as file:
            pictures.append(file.read())
        window.page.reload()
    require("two pictures of one graph", pictures[0] == pictures[1], [len(picture) for picture in pictures])


def graph_pages(window):
    """The page once, for axe and for the eye."""
    seed(window.server)
    show(window, "#/graph/walks/people?limit=500", "walks.people", "8 nodes, 7 edges")
    window.looks_good("all-graph-table")
    show(window, "#/graph/walks/people/ada", "walks.people ada", "4 nodes, 3 edges")
    window.looks_good("all-graph")
    if window.page.viewport_size == PHONE:
        window.page.touchscreen.tap(*disc(window, "Cy"))
        expect(selected(window)).to_have_text("Cy")
    pictures(window)


def pictures(window):
    """What docs/pictures has: run with --screenshots and copy them."""
    if not window.folder or window.page.viewport_size != DESKTOP:
        return
    server = window.server
    if "town" not in server.query("r.dbList()"):
        random.seed(3)
        first = "Ada Bo Cy Dan Eve Fay Gus Hal Ida Jo Kim Lea Max Nia Oli Pia Quin Rae Sol Tia Uma Val Wes Xia Yan Zoe".split()
        last = "Moss Reed Vance Holt Park Birch Stone Lake Frost Hale".split()
        people = [
            {"id": each, "name": f"{first[each % 26]} {last[(each * 7 + each // 26) % 10]}", "club": each % 9,
             "friends": random.sample(range(each // 15 * 15, each // 15 * 15 + 15), 2)} for each in range(150)
        ]
        clubs = [{"id": each, "name": name} for each, name in enumerate("Chess Rowing Choir Chemistry Garden Cinema Hiking Baking Radio".split())]
        things = "river house garden letter machine".split()
        what = [f"{one} {two}" for one in ("The long", "A small", "The green", "Quiet", "Winter") for two in things]
        books = [{"id": each, "title": what[each % 25], "author": random.randrange(150)} for each in range(60)]
        server.query('r.dbCreate("town")')
        for table, documents in [("people", people), ("clubs", clubs), ("books", books)]:
            server.query('r.db("town").tableCreate(t)', t=table)
            server.query('r.db("town").table(t).insert(d)', t=table, d=documents)
        server.query('r.db("town").table("people").relationCreate("friends", {field: "friends", to: "people"})')
        server.query('r.db("town").table("people").relationCreate("member", {field: "club", to: "clubs", reverse: "members"})')
        server.query('r.db("town").table("books").relationCreate("wrote", {field: "author", to: "people", reverse: "books"})')
        for table in ("people", "books"):
            server.query('r.db("town").table(t).indexWait()', t=table)
    show(window, "#/graph/town/people", "town.people", "219 nodes, 510 edges")
    window.page.get_by_role("region", name="Nodes").get_by_role("button", name="Gus Park").first.click()
    window.looks_good("graph-town")


graphs = [around_a_document, by_keyboard, by_mouse, finding, entered, live, odd_graphs, rights, without_webgl, repeated, graph_pages]
