#!/usr/bin/env python3
"""The Data Explorer in headless Chromium, as a person uses it: with the mouse, with the keyboard, in a phone's window.

    pip install playwright==1.65.2 axe-playwright-python==0.1.8
    explorer.py PANDO [--screenshots FOLDER]

Starts `PANDO serve` on a new file. Uses the Chromium that playwright installed, else the one on the PATH; where there is none it
says so and ends well. Every page is looked at by axe (labels, roles, contrast) in light and in dark; an error on the console, a
violation of the page's own policy, or a dialog of the browser's fails the run. Prints each step; the exit status is 1 if anything
differs.
"""

import argparse
import json
import re
import sys
import urllib.error

from explorer_graph import graph_pages, graphs
from explorer_window import DESKTOP, PHONE, Error, Failure, Window, browser_of, expect, require, served, step, sync_playwright, until

HOSTILE = "<img src=x onerror=alert(1)><script>alert(2)</script>'\"`${alert(3)}"


# MARK: Steps


def first_steps(window):
    step("an empty file: a database, a table, a document")
    page = window.page
    window.open("", "One file, many databases")
    # A new file has RethinkDB's database `test`.
    window.press("Drop database test")
    drop = page.get_by_role("button", name="Drop", exact=True)
    expect(drop).to_be_disabled()
    page.get_by_label("Type test to confirm").fill("test")
    drop.click()
    expect(page.get_by_text("Bare ground")).to_be_visible()
    window.looks_good("empty")
    page.get_by_role("button", name="New database").first.click()
    window.write("Name", "app")
    window.press("Create")
    expect(page.get_by_role("heading", name="app", level=2)).to_be_visible()
    window.press("Table")
    page.get_by_label("Name").fill("users")
    window.press("Create")
    expect(page.get_by_role("heading", level=1)).to_have_text("app.users")
    expect(page.get_by_text("No documents")).to_be_visible()
    page.keyboard.press("n")
    window.write("Document as JSON", '{"id": "ada", "name": "Ada", "age": 36.50, "tags": [1, 2]}')
    window.press("Add")
    window.notice("Added.")
    expect(page.get_by_role("button", name="ada", exact=True)).to_be_visible()
    until("the document is there", lambda: window.server.query('r.db("app").table("users").count()'), 1)


def browsing(window):
    step("browse: pages by cursor, order, filter, tree")
    page, server = window.page, window.server
    server.query('r.db("app").tableCreate("numbers")')
    server.query('r.db("app").table("numbers").insert(r.range(120).map(n => ({id: n, square: n.mul(n)})).coerceTo("array"))')
    window.open("#/table/app/numbers", "app.numbers")
    status = page.locator(".pager [role=status]")
    expect(status).to_have_text("1 to 50")
    page.keyboard.press("]")
    expect(status).to_have_text("51 to 100")
    # A page begins behind a key, so what is deleted before it moves nothing.
    server.query('r.db("app").table("numbers").get(3).delete()')
    window.press("Next")
    expect(status).to_have_text("101 to 120, the end")
    expect(page.get_by_role("button", name="100", exact=True)).to_be_visible()
    page.keyboard.press("[")
    expect(page.get_by_role("button", name="50", exact=True)).to_be_visible()
    page.get_by_label("Order").select_option("desc")
    expect(page.get_by_role("button", name="119", exact=True)).to_be_visible()
    window.write("Filter", 'd => d("square").gt(100).and(d("square").lt(200))')
    page.keyboard.press("Enter")
    expect(page.locator("tbody tr")).to_have_count(4)
    window.press("Tree")
    expect(page.locator(".tree-row")).to_have_count(4)
    window.looks_good("tree")
    window.press("Table")
    window.allowed = ["400"]
    window.write("Filter", "d => d(")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    window.allowed = []


def searching(window):
    step("search: what a text index finds, page by page, with typos; a table without one")
    page, server = window.page, window.server
    server.query('r.db("app").tableCreate("posts")')
    server.query('r.db("app").table("posts").insert(r.range(60).map(n => ({id: n, body: r.branch(n.eq(7), "A telephone.", "A tree.")})).coerceTo("array"))')
    server.query('r.db("app").table("posts").indexCreate("body", {text: "english"})')
    server.query('r.db("app").table("posts").indexWait("body")("ready")')
    window.open("#/table/app/posts", "app.posts")
    status = page.locator(".pager [role=status]")
    window.write("Filter", "? telepone~")
    page.keyboard.press("Enter")
    expect(status).to_have_text("1 to 1, the end")
    expect(page.get_by_role("button", name="7", exact=True)).to_be_visible()
    window.write("Filter", "? trees")
    page.keyboard.press("Enter")
    expect(status).to_have_text("1 to 50")
    window.press("Next")
    expect(status).to_have_text("51 to 59, the end")
    window.open("#/table/app/numbers", "app.numbers")
    window.allowed = ["422"]
    window.write("Filter", "? trees")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("text index")
    window.allowed = []
    server.query('r.db("app").tableDrop("posts")')


def editing(window):
    step("edit: save, wrong JSON, digits kept, changes not thrown away, delete")
    page, server = window.page, window.server
    window.open("#/table/app/users", "app.users")
    window.looks_good("documents")
    dialog = window.open_document("ada")
    area = dialog.get_by_label("Document as JSON")
    text = area.input_value()
    require("the text is the server's", json.loads(text) == {"id": "ada", "name": "Ada", "age": 36.5, "tags": [1, 2]}, text)
    window.looks_good("document")
    area.fill(text.replace('"Ada"', '"Ada" oops'))
    page.keyboard.press("Control+Enter")
    expect(dialog.get_by_role("alert")).to_contain_text("No JSON, line")
    area.fill(text.replace('"Ada"', '"Ada Lovelace"'))
    page.keyboard.press("Escape")
    question = page.get_by_role("dialog", name="Throw your changes away?")
    question.get_by_role("button", name="Cancel").click()
    dialog.get_by_role("button", name="Save").click()
    window.notice("Saved.")
    expect(page.get_by_role("dialog")).to_have_count(0)
    # Going elsewhere closes what lies over the page, unless that has changes.
    area = window.open_document("ada").get_by_label("Document as JSON")
    area.fill("{}")
    page.evaluate("location.hash = '#/query'")
    question.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("heading", level=1, include_hidden=True)).to_have_text("app.users")
    require("the text is there", area.input_value() == "{}")
    page.evaluate("location.hash = '#/query'")
    question.get_by_role("button", name="Throw away").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Query")
    expect(page.get_by_role("dialog")).to_have_count(0)
    window.open("#/table/app/users", "app.users")
    until("it was saved", lambda: server.call("GET", "/app/users/ada")["name"], "Ada Lovelace")
    server.call("PUT", "/app/users/bo", {"name": "Bo"})
    page.reload()
    window.open_document("bo").get_by_role("button", name="Delete").click()
    page.get_by_role("dialog", name="Delete this document?").get_by_role("button", name="Delete").click()
    window.notice("Deleted.")
    until("it was deleted", lambda: server.query('r.db("app").table("users").get("bo")'), None)


def conflicts(window):
    step("conflict: both versions, none lost")
    page, server = window.page, window.server
    window.allowed = ["412", "404"]

    def disagree(theirs):
        """Opens a document, changes it on both sides, and saves."""
        server.call("PUT", "/app/users/cy", {"name": "Cy", "age": 1})
        window.open("#/table/app/users", "app.users")
        page.reload()
        area = window.open_document("cy").get_by_label("Document as JSON")
        if theirs is None:
            server.call("DELETE", "/app/users/cy")
        else:
            server.call("PUT", "/app/users/cy", theirs)
        area.fill('{"id": "cy", "name": "Cy", "age": 2}')
        window.press("Save")
        found = page.get_by_role("dialog", name="Two versions")
        expect(found).to_be_visible()
        return found

    def stored():
        return server.query('r.db("app").table("users").get("cy")')

    both = disagree({"name": "Cy", "age": 3})
    expect(both.get_by_label("In the database")).to_contain_text('"age": 3')
    expect(both.get_by_label("Yours")).to_contain_text('"age": 2')
    window.looks_good("conflict")
    require("nothing is overwritten before the choice", stored()["age"] == 3)
    both.get_by_role("button", name="Go on editing").click()
    require("my text is still there", '"age": 2' in page.get_by_label("Document as JSON").input_value())
    # A third version: what was seen is overwritten knowingly, this one was not seen.
    server.call("PUT", "/app/users/cy", {"name": "Cy", "age": 4})
    window.press("Save")
    expect(page.get_by_role("dialog", name="Two versions").get_by_label("In the database")).to_contain_text('"age": 4')
    window.press("Overwrite with mine")
    window.notice("Saved.")
    require("mine", stored()["age"] == 2)

    disagree({"name": "Cy", "age": 5})
    window.press("Take theirs")
    expect(page.get_by_role("dialog")).to_have_count(0)
    require("theirs", stored()["age"] == 5)

    gone = disagree(None)
    expect(gone).to_contain_text("Somebody has deleted the document")
    window.press("Save mine again")
    window.notice("Saved.")
    require("mine, again", stored()["age"] == 2)

    window.open("#/table/app/users", "app.users")
    dialog = window.open_document("cy")
    expect(dialog.get_by_label("Document as JSON")).to_be_visible()
    server.call("PUT", "/app/users/cy", {"name": "Cy", "age": 6})
    dialog.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog", name="Delete this document?").get_by_role("button", name="Delete").click()
    expect(dialog.get_by_role("alert")).to_contain_text("was not deleted")
    require("what was not seen is not deleted", stored()["age"] == 6)
    window.allowed = []


def querying(window):
    step("query: rows, forms, history, saved, completion, an error at its place, stopping")
    page = window.page
    window.open("#/query", "Query")
    window.looks_good("query")
    window.run('r.db("app").table("numbers").group(n => n("id").mod(3)).count()')
    expect(page.locator(".result td")).to_have_count(6)
    for form in ("Tree", "Raw", "Chart"):
        window.press(form)
        window.looks_good(f"result-{form.lower()}")
    expect(page.locator(".chart-bar")).to_have_count(3)
    window.press("Table")
    window.run("r.range(1200).map(n => n.mul(2))")
    page.get_by_role("button", name="Next 500 rows").click()
    expect(page.locator(".result [role=status]")).to_contain_text("1,000 rows")
    window.press("Stop")

    page.get_by_label("Query", exact=True).fill("")
    page.keyboard.type('r.db("ap')
    page.get_by_role("option", name="app").wait_for()
    page.keyboard.press("Enter")
    page.keyboard.type(').table("num')
    page.get_by_role("option", name="numbers").wait_for()
    page.keyboard.press("Tab")
    page.keyboard.type(').max("squ')
    page.get_by_role("option", name="square").wait_for()
    page.keyboard.press("Enter")
    page.keyboard.type(").getFi")
    expect(page.get_by_role("option").first).to_contain_text("getField")
    window.looks_good("completion")
    page.keyboard.press("Enter")
    page.keyboard.type('("id")')
    require("completed", page.get_by_label("Query", exact=True).input_value() == 'r.db("app").table("numbers").max("square").getField("id")',
            page.get_by_label("Query", exact=True).input_value())
    page.keyboard.press("Control+Enter")
    expect(page.locator(".result td")).to_have_text(["119"])

    window.allowed = ["400", "422"]
    window.run('r.db("app")\n  .table("numbers")\n  .fliter({id: 1})')
    expect(page.get_by_role("alert")).to_contain_text("did you mean `filter")
    expect(page.locator(".mistake")).to_have_text("fliter")
    window.looks_good("mistake")
    window.run('r.db("app").table("numbers").get(1)("none")')
    expect(page.get_by_role("alert")).to_contain_text("No attribute")
    window.run('r.db("app").table("numbers").map(n => n("square").add(n("none")))')
    expect(page.get_by_role("alert")).to_contain_text("No attribute")
    # The alert before said the same, so it is the mark that tells that this answer has come.
    until("the term that failed is marked", lambda: "".join(page.locator(".mistake").all_text_contents()), 'n("none")')
    window.allowed = []

    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_label("Name").fill("mine")
    page.get_by_role("dialog").get_by_role("button", name="Save").click()
    page.reload()
    window.press("Saved")
    expect(page.get_by_role("dialog")).to_contain_text("mine")
    page.keyboard.press("Escape")
    window.press("History")
    window.looks_good("history")
    page.get_by_role("dialog").get_by_role("button", name=re.compile("getField")).click()
    require("from the history", "getField" in page.get_by_label("Query", exact=True).input_value())


def plans(window):
    step("plan: the steps of a query, and nothing of what it would write")
    page, server = window.page, window.server
    window.open("#/query", "Query")
    window.write("Query", 'r.db("app").table("numbers").filter(n => n("square").gt(100)).orderBy("square").limit(3)')
    window.press("Plan")
    expect(page.locator(".plan > li").first).to_contain_text("limit(3)")
    expect(page.locator(".plan")).to_contain_text("filter(")
    window.looks_good("plan")
    before = server.query('r.db("app").table("numbers").count()')
    window.write("Query", 'r.db("app").table("numbers").delete()')
    window.press("Plan")
    expect(page.locator(".result")).to_contain_text("rolled back")
    require("nothing was deleted", server.query('r.db("app").table("numbers").count()') == before)


def statements(window):
    step("SQL: rows, an error at its place, completion, a plan, the history knows the language")
    page, server = window.page, window.server
    window.open("#/query", "Query")
    window.press("SQL")
    page.get_by_label("Database", exact=True).select_option("app")
    window.run("SELECT id, square FROM numbers WHERE id < 3 ORDER BY id")
    expect(page.locator(".result td")).to_have_text(["0", "0", "1", "1", "2", "4"])
    expect(page.locator(".code-below .term").first).to_have_text("SELECT")
    window.looks_good("sql")
    window.allowed = ["400"]
    window.run("SELECT id\nFROM numbers WHER x = 1")
    expect(page.get_by_role("alert")).to_contain_text('syntax error at or near "x"')
    expect(page.locator(".mistake")).to_have_text("x")
    window.allowed = []
    page.get_by_label("Query", exact=True).fill("")
    page.keyboard.type("select * from num")
    page.get_by_role("option", name="numbers").wait_for()
    page.keyboard.press("Enter")
    page.keyboard.type(" where id = 7")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".result td")).to_have_text(["7", "49"])
    window.write("Query", "DELETE FROM numbers WHERE square > 100")
    before = server.query('r.db("app").table("numbers").count()')
    window.press("Plan")
    expect(page.locator(".plan > li").first).to_contain_text("numbers")
    require("nothing was deleted", server.query('r.db("app").table("numbers").count()') == before)
    window.press("ReQL")
    require("the text of the other language is kept", "numbers" not in page.get_by_label("Query", exact=True).input_value()
            or page.get_by_label("Query", exact=True).input_value().startswith("r."))
    window.press("History")
    page.get_by_role("dialog").get_by_role("button", name="select * from numbers where id = 7").click()
    expect(page.get_by_role("button", name="SQL", exact=True)).to_have_attribute("aria-pressed", "true")
    window.press("ReQL")


def feeds(window):
    step("live: a table's changes, and a query's")
    page, server = window.page, window.server
    window.open("#/table/app/users/live", "app.users")
    expect(page.get_by_text("live", exact=True)).to_be_visible()
    # The feed is there when the server has it among its jobs.
    wait_for_feed(window)
    server.call("PUT", "/app/users/di", {"name": "Di", "age": 1})
    server.call("PUT", "/app/users/di", {"name": "Di", "age": 2})
    server.call("DELETE", "/app/users/di")
    changes = page.locator(".change")
    expect(changes).to_have_count(3)
    expect(changes.nth(0)).to_contain_text("removed")
    expect(changes.nth(1)).to_contain_text('+   "age": 2')
    expect(changes.nth(2)).to_contain_text("added")
    window.looks_good("live")
    window.open("#/query", "Query")
    window.run('r.db("app").table("users").changes({includeInitial: true})')
    expect(page.locator(".result [role=status]")).to_contain_text("live")
    wait_for_feed(window)
    server.call("PUT", "/app/users/ed", {"name": "Ed"})
    expect(page.locator(".result")).to_contain_text("Ed")
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Run")).to_be_visible()


def wait_for_feed(window):
    """Until the server runs a query that follows changes."""
    window.page.wait_for_function(
        """async () => {
          const answer = await fetch("/_reql", {method: "POST", headers: {"Content-Type": "text/plain"}, body: 'r.db("rethinkdb").table("jobs")'});
          return (await answer.json()).result.some(job => (job.info.query ?? "").includes(".changes("));
        }"""
    )


def making_indexes(window):
    step("indexes: made, built, dropped")
    page, server = window.page, window.server
    window.open("#/table/app/numbers/indexes", "app.numbers")
    page.get_by_role("button", name="New index").click()
    page.get_by_label("Name").fill("square")
    window.press("Create")
    card = page.locator(".index").filter(has_text="square")
    expect(card.get_by_text("ready")).to_be_visible()
    require("the index is used", server.query('r.db("app").table("numbers").getAll(81, {index: "square"})("id").coerceTo("array")') == [9])
    page.get_by_role("button", name="Index", exact=True).click()
    page.get_by_label("Name").fill("pair")
    page.get_by_label("Function").fill('d => [d("id"), d("square")]')
    window.press("Create")
    expect(page.locator(".index")).to_have_count(2)
    window.looks_good("indexes")
    window.press("Drop index pair")
    window.press("Drop")
    expect(page.locator(".index")).to_have_count(1)
    until("dropped", lambda: server.query('r.db("app").table("numbers").indexList()'), ["square"])


def accounts(window):
    step("users: made, allowed, removed")
    page, server = window.page, window.server
    window.open("#/users", "Users")
    window.press("User")
    page.get_by_label("Name").fill("ada")
    page.get_by_label("Password").fill("secret")
    window.press("Create")
    card = page.get_by_role("article", name="User ada")
    expect(card).to_contain_text("has a password")
    card.get_by_role("button", name="Scope").click()
    page.get_by_label("On", exact=True).select_option(label="app.users")
    window.press("Grant")
    choice = page.get_by_label("write on app.users for ada")
    expect(choice).to_have_value("undefined")
    choice.select_option("no")
    expect(page.get_by_label("write on app.users for ada")).to_have_value("false")
    granted = 'r.db("rethinkdb").table("permissions").filter({user: "ada"})("permissions").coerceTo("array")'
    until("permissions", lambda: server.query(granted), [{"read": True, "write": False}])
    window.looks_good("users")
    roles(window)
    tokens(window)
    window.open("#/users", "Users")
    window.press("Remove user ada")
    window.press("Remove")
    expect(card).to_have_count(0)


def roles(window):
    step("roles: made, given, changed, removed")
    page, server = window.page, window.server
    page.get_by_role("link", name="Roles").click()
    expect(page.get_by_text("No roles yet")).to_be_visible()
    window.press("Role")
    page.get_by_label("Name").fill("reporting")
    window.press("Create")
    card = page.get_by_role("article", name="Role reporting")
    expect(card).to_contain_text("nobody has it")
    card.get_by_role("button", name="Scope").click()
    page.get_by_label("On", exact=True).select_option(label="app")
    window.press("Grant")
    choice = page.get_by_label("config on app for reporting")
    expect(choice).to_have_value("undefined")
    choice.select_option("yes")
    expect(page.get_by_label("config on app for reporting")).to_have_value("true")
    wanted = [{"database": "app", "read": True, "config": True}]
    until("the role", lambda: server.call("GET", "/_admin/roles/reporting")["permissions"], wanted)
    page.get_by_role("link", name="Users").last.click()
    page.get_by_role("article", name="User ada").get_by_role("button", name="Roles").click()
    page.get_by_role("checkbox", name="reporting").check()
    window.press("Set")
    expect(page.get_by_role("article", name="User ada").locator(".tag")).to_have_text(["reporting"])
    until("ada has it", lambda: server.call("GET", "/_admin/users/ada")["roles"], ["reporting"])
    page.get_by_role("link", name="Roles").click()
    expect(card).to_contain_text("of ada")
    window.looks_good("roles")


def tokens(window):
    step("tokens: issued, shown once, revoked")
    page, server = window.page, window.server
    page.get_by_role("link", name="Tokens").click()
    expect(page.get_by_text("No tokens")).to_be_visible()
    window.press("Token")
    page.get_by_label("Note").fill("backup")
    page.get_by_label("Expires in").select_option(label="a day")
    window.press("Issue")
    shown = page.get_by_label("The token").input_value()
    require("a token", shown.startswith("pando_"), shown)
    window.looks_good("token")
    window.press("Done")
    row = page.get_by_role("row", name=re.compile("^backup"))
    expect(row).to_contain_text("admin")
    require("it is not shown again", shown not in page.content())
    tables = server.call("GET", "/app/_tables", headers={"Authorization": f"Bearer {shown}"})
    require("it is good for something", any(table["name"] == "users" for table in tables), tables)
    window.looks_good("tokens")
    window.press("Revoke backup")
    window.press("Revoke")
    expect(row).to_have_count(0)
    until("it is gone", lambda: server.call("GET", "/_admin/tokens"), [])


def server_and_storage(window):
    step("server, keys, pages")
    page = window.page
    window.open("#/server", "Server")
    expect(page.locator(".spark").first).to_be_visible()
    window.press("Compact")
    expect(page.get_by_text(re.compile("^From .* to "))).to_be_visible()
    window.looks_good("server")
    window.open("#/storage", "Storage")
    page.get_by_label("Keys of").select_option(label="app.users")
    expect(page.locator(".records")).to_contain_text(":docs:ada")
    page.locator(".records summary", has_text=":docs:ada").click()
    expect(page.locator(".records")).to_contain_text("Ada Lovelace")
    window.looks_good("keys")
    page.get_by_role("link", name="Pages").click()
    expect(page.get_by_role("heading", name="Page 0")).to_be_visible()
    page.get_by_role("button", name="Walk the tree").click()
    expect(page.get_by_text("leaves")).to_be_visible()
    window.looks_good("pages")
    root = page.locator(".facts dt:text-is('root') + dd a")
    number = root.text_content()
    root.click()
    expect(page.get_by_role("heading", name=f"Page {number}")).to_be_visible()


def transactions(window):
    step("open transactions: listed, and undone")
    page, server = window.page, window.server
    window.open("#/server", "Server")
    expect(page.get_by_text("No transaction is open.")).to_be_visible()
    field = {"Pando-Transaction": server.call("POST", "/_transaction/begin", {})["transaction"]}
    server.call("PUT", "/app/users/beside", {"name": "Beside"}, field)
    card = page.locator("article", has_text="waits for its client")
    expect(card).to_contain_text(re.compile("transaction [0-9]+.*open for"))
    require("its secret is not shown", field["Pando-Transaction"] not in page.content())
    window.looks_good("transactions")
    card.get_by_role("button", name="Undo this transaction").click()
    window.notice("Rolled back.")
    expect(page.get_by_text("No transaction is open.")).to_be_visible()
    until("it is gone", lambda: server.call("GET", "/_admin/transactions"), [])
    try:
        require("it can't be committed", False, server.call("POST", "/_transaction/commit", {}, field))
    except urllib.error.HTTPError as error:
        require("its client hears of it", error.code == 404, error)
    require("nothing of it is left", server.query('r.db("app").table("users").get("beside")') is None)


def hostile(window):
    step("hostile names and documents are text")
    page, server = window.page, window.server
    document = {"id": HOSTILE, HOSTILE: {HOSTILE: [HOSTILE]}, "__proto__": {"polluted": True}, "constructor": 1, "toString": HOSTILE}
    server.query('r.db("app").table("users").insert(d)', d=document)
    server.query('r.db("app").table("users").indexCreate(i, d => d("name"))', i=HOSTILE)
    server.query('r.db("rethinkdb").table("users").insert({id: i, password: false})', i=HOSTILE)
    window.open("#/table/app/users", "app.users")
    expect(page.get_by_role("button", name=HOSTILE, exact=True)).to_be_visible()
    window.press("Tree")
    expect(page.locator(".tree-row").first).to_be_visible()
    window.press("Table")
    window.open_document(HOSTILE).get_by_role("button", name="Save").click()
    window.notice("Saved.")
    require("nothing of it is lost", server.query('r.db("app").table("users").get(i)', i=HOSTILE) == document)
    window.open("#/table/app/users/indexes", "app.users")
    expect(page.locator(".index")).to_contain_text(HOSTILE)
    window.open("#/users", "Users")
    expect(page.locator("article", has_text=HOSTILE)).to_be_visible()
    window.open("#/query", "Query")
    window.run('r.db("app").table("users")')
    for form in ("Tree", "Raw", "Chart", "Table"):
        window.press(form)
    window.open("#/storage", "Storage")
    page.get_by_label("Keys of").select_option(label="app.users")
    expect(page.locator(".records")).to_contain_text("<script>")
    require("no element came of it", page.locator("img[src=x], main script").count() == 0)
    require("no prototype was changed", page.evaluate("({}).polluted === undefined"))
    server.query('r.db("rethinkdb").table("users").get(i).delete()', i=HOSTILE)
    server.query('r.db("app").table("users").get(i).delete()', i=HOSTILE)


def keyboard(window):
    step("keyboard alone")
    page = window.page
    window.open("", "One file, many databases")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard")).to_be_visible()
    window.looks_good("help")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.keyboard.press("g")
    page.keyboard.press("q")
    expect(page.get_by_role("heading", level=1)).to_have_text("Query")
    expect(page.get_by_label("Query", exact=True)).to_be_focused()
    window.open("", "One file, many databases")
    page.keyboard.press("/")
    page.keyboard.type("numb")
    expect(page.locator(".side-tables a")).to_have_count(1)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".side-tables details")).to_have_js_property("open", False)
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.locator(".side-tables a")).to_be_focused()
    # The list is made anew whenever counts come in, and takes the focus from nobody.
    page.evaluate("import('/_explorer/databases.js').then((module) => module.readDatabases()).then(() => null)")
    expect(page.locator(".side-tables a")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("app.numbers")
    before = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.keyboard.press("t")
    require("the theme turned", page.evaluate("getComputedStyle(document.body).backgroundColor") != before)
    page.keyboard.press("t")
    require("and back", page.evaluate("getComputedStyle(document.body).backgroundColor") == before)


def every_page(window):
    """All pages once, for axe and for the eye."""
    step(f"every page in {window.scheme}, {window.page.viewport_size['width']} wide")
    for address, heading, name in [
        ("", "One file, many databases", "overview"), ("#/table/app/users", "app.users", "documents"), ("#/table/app/users/indexes", "app.users", "indexes"),
        ("#/table/app/users/live", "app.users", "live"), ("#/query", "Query", "query"), ("#/users", "Users", "users"), ("#/users/roles", "Roles", "roles"),
        ("#/users/tokens", "Tokens", "tokens"), ("#/server", "Server", "server"),
        ("#/storage", "Storage", "keys"), ("#/storage/pages/0", "Storage", "pages"),
    ]:
        window.open(address, heading)
        window.page.wait_for_timeout(300)
        window.looks_good(f"all-{name}")


def phone(window):
    step("a phone's window: the menu, a query, an edit")
    page = window.page
    window.open("", "One file, many databases")
    expect(page.get_by_role("navigation", name="Pages")).to_be_hidden()
    window.press("Menu")
    window.looks_good("menu")
    page.get_by_role("navigation", name="Pages").get_by_role("link", name=re.compile("^users")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("app.users")
    expect(page.get_by_role("navigation", name="Pages")).to_be_hidden()
    dialog = window.open_document("ada")
    area = dialog.get_by_label("Document as JSON")
    area.fill(area.input_value().replace("Lovelace", "L."))
    dialog.get_by_role("button", name="Save").click()
    window.notice("Saved.")
    expect(page.get_by_role("dialog")).to_have_count(0)
    window.open("#/query", "Query")
    window.write("Query", 'r.db("app").table("users").get("ada")("name")')
    window.press("Run")
    expect(page.locator(".result td")).to_have_text(["Ada L."])


def password(window):
    step("a password: asked for by the page, kept in the tab")
    page, server = window.page, window.server
    window.allowed = ["401"]
    window.open("#/users", "Users")
    page.get_by_role("article", name="User admin").get_by_role("button", name="Password").click()
    page.get_by_label("New password").fill("täst pw")
    window.press("Set")
    dialog = page.get_by_role("dialog", name="Log in")
    dialog.get_by_label("Password").fill("wrong")
    dialog.get_by_role("button", name="Log in").click()
    expect(dialog.get_by_role("alert")).to_contain_text("Not accepted")
    window.looks_good("login")
    dialog.get_by_label("Password").fill("täst pw")
    dialog.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("article", name="User admin")).to_contain_text("has a password")
    page.reload()
    expect(page.get_by_role("article", name="User admin")).to_be_visible()
    window.press("Log out")
    expect(page.get_by_role("dialog", name="Log in")).to_be_visible()


def main():
    parser = argparse.ArgumentParser(description="The Data Explorer in headless Chromium.")
    parser.add_argument("pando", help="the executable")
    parser.add_argument("--screenshots", metavar="FOLDER", help="where to put pictures of every page")
    options = parser.parse_args()
    expect.set_options(timeout=15_000)
    with sync_playwright() as playwright:
        browser = browser_of(playwright)
        if browser is None:
            print("skipped: there is no Chromium here; `playwright install chromium-headless-shell` brings one")
            return
        with served(options.pando) as server:
            steps = [first_steps, browsing, searching, editing, conflicts, querying, plans, statements, feeds, making_indexes, accounts, server_and_storage, transactions, hostile, keyboard, *graphs]
            for size, scheme, what in [
                (DESKTOP, "light", steps), (DESKTOP, "dark", [every_page, graph_pages]), (PHONE, "light", [phone, every_page, graph_pages]),
                (PHONE, "dark", [every_page, graph_pages]),
                (DESKTOP, "light", [password]),
            ]:
                window = Window(browser, server, size, scheme, options.screenshots)
                for each in what:
                    each(window)
                window.close()
        browser.close()
    print("the Data Explorer does what it says")


if __name__ == "__main__":
    try:
        main()
    except (Failure, AssertionError, Error) as error:
        sys.exit(f"{type(error).__name__}: {error}")
