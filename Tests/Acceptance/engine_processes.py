"""Several `pando serve postgresql://… --processes several` over one PostgreSQL: steps of engine.py."""

import contextlib
import http.client
import json
import random
import signal
import threading
import time

from engine_tools import Failure, Server, expect, expect_in, pando, served

SEVERAL = ("--processes", "several")
PEOPLE = "r.db('several').table('people')"


@contextlib.contextmanager
def together(source, count):
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(served(source.url(), *SEVERAL)) for _ in range(count)]


def what_one_does_the_others_see(source):
    with together(source, 3) as (one, two, three):
        expect_in("one that wants to be alone", pando("serve", source.url(), "--http-port", "0", status=1), "Another process serves")
        one.query("r.dbCreate('several')")
        two.query("r.db('several').tableCreate('people')")
        for number in range(60):
            writer, reader = random.sample([one, two, three], 2)
            writer.query(f"{PEOPLE}.insert({{id: {number}, n: {number % 7}}})")
            expect("what another one reads at once", reader.query(f"{PEOPLE}.get({number})('n')"), number % 7)
        # Each change of metadata is known wherever it could matter, once it is acknowledged.
        for number in range(12):
            writer, reader = random.sample([one, two, three], 2)
            writer.query(f"r.db('several').tableCreate('t{number}')")
            expect("a new table elsewhere", reader.query(f"r.db('several').table('t{number}').insert({{id: 1}})('inserted')"), 1)
            other, last = random.sample([one, two, three], 2)
            other.query(f"r.db('several').tableDrop('t{number}')")
            status, answer = last.request("POST", "/_reql", json.dumps({"query": f"r.db('several').table('t{number}').insert({{id: 2}})"}))
            if "was not found" not in answer and "does not exist" not in answer:
                raise Failure(f"a write into a table that was dropped elsewhere: {status} {answer}")
        one.query(f"{PEOPLE}.indexCreate('n')")
        two.query(f"{PEOPLE}.indexWait()")
        expect("an index elsewhere", three.query(f"{PEOPLE}.getAll(3, {{index: 'n'}}).count()"), 9)
        three.query(f"{PEOPLE}.insert({{id: 'late', n: 3}})")
        expect("what others add to it", two.query(f"{PEOPLE}.getAll(3, {{index: 'n'}}).count()"), 10)
        ask = lambda server, text: source.ask(text, server.sql, "admin", "several")
        ask(one, "CREATE TABLE account (id int PRIMARY KEY, owner text UNIQUE, amount int NOT NULL);"
                 "INSERT INTO account SELECT i, 'o' || i, 100 FROM generate_series(0, 9) i;")
        expect("a table of SQL elsewhere", ask(two, "SELECT sum(amount) FROM account;"), "1000")
        told = pando("db", source.url(), "create", "beside")
        expect("a command beside them", "beside" in two.query("r.dbList()"), True)
        for server, text in [(one, "SELECT pg_advisory_lock(1);"), (two, "NOTIFY somebody;"), (two, "LISTEN somebody;")]:
            try:
                ask(server, text)
                raise Failure(f"{text} was not refused.")
            except Failure as failure:
                expect_in(text, str(failure), "several processes")
        expect("LISTEN for a table", ask(two, "LISTEN account;").strip() in ("", "LISTEN"), True)


def counters_banks_and_lists(source):
    """Clients of three processes add to the same documents at once; what was acknowledged is there once, whoever is killed meanwhile."""
    servers = [Server(source.url(), *SEVERAL) for _ in range(3)]
    try:
        for name in ["sums", "lists"]:
            servers[0].query(f"r.db('several').tableCreate('{name}')")
        servers[0].query("r.db('several').table('sums').insert([{id: 0, n: 0}, {id: 1, n: 0}])")
        servers[0].query("r.db('several').table('lists').insert(r.range(3).map(i => ({id: i, all: []})))")
        lock, acknowledged, unknown = threading.Lock(), [], []
        unique, uncertain = {}, [0]
        over = threading.Event()

        def client(number):
            turn = 0
            while not over.is_set():
                turn += 1
                server = servers[number % 3]
                token = f"{number}-{turn}"
                place = (number + turn) % 3
                query = (f"r.db('several').table('lists').get({place}).update({{all: r.row('all').append('{token}')}})")
                try:
                    status, answer = server.request("POST", "/_reql", json.dumps({"query": query}), timeout=60)
                    isDone = status == 200 and json.loads(answer)["result"]["replaced"] == 1
                except (OSError, http.client.HTTPException):
                    isDone = False
                with lock:
                    (acknowledged if isDone else unknown).append(token)
                if not isDone:
                    time.sleep(0.05)

        def counter(number):
            while not over.is_set():
                query = f"r.db('several').table('sums').get({number % 2}).update({{n: r.row('n').add(1)}})"
                try:
                    status, answer = servers[number % 3].request("POST", "/_reql", json.dumps({"query": query}), timeout=60)
                    isDone = status == 200 and json.loads(answer)["result"]["replaced"] == 1
                except (OSError, http.client.HTTPException):
                    isDone = False
                with lock:
                    unique[number] = unique.get(number, 0) + isDone
                    uncertain[0] += not isDone
                if not isDone:
                    time.sleep(0.05)

        def bank(number):
            """Money goes to and fro, by SQL blocks that may have to be repeated."""
            while not over.is_set():
                a, b = random.sample(range(10), 2)
                with contextlib.suppress(Failure):
                    source.ask(f"BEGIN; UPDATE account SET amount = amount - 7 WHERE id = {a};"
                               f" UPDATE account SET amount = amount + 7 WHERE id = {b}; COMMIT;", servers[number % 3].sql, "admin", "several")

        def auditor():
            while not over.is_set():
                with contextlib.suppress(Failure):
                    sum = source.ask("SELECT sum(amount) FROM account;", servers[random.randrange(3)].sql, "admin", "several")
                    if sum != "1000":
                        wrong.append(sum)

        wrong = []
        threads = [threading.Thread(target=client, args=(n,)) for n in range(6)] + [
            threading.Thread(target=counter, args=(n,)) for n in range(6)] + [
            threading.Thread(target=bank, args=(n,)) for n in range(3)] + [threading.Thread(target=auditor)]
        for thread in threads:
            thread.start()
        time.sleep(1.5)
        for round in range(3):
            servers[round].kill()
            servers[round] = Server(source.url(), *SEVERAL)
            time.sleep(1)
        source.stop("immediate")
        time.sleep(0.3)
        source.start()
        time.sleep(1.5)
        over.set()
        for thread in threads:
            thread.join(90)
        lists = servers[1].query("r.db('several').table('lists').orderBy('id')('all').coerceTo('array')")
        stored = [token for list in lists for token in list]
        expect("tokens that are there twice", len(stored), len(set(stored)))
        expect("acknowledged and not there", sorted(set(acknowledged) - set(stored))[:5], [])
        expect("there and never sent", sorted(set(stored) - set(acknowledged) - set(unknown))[:5], [])
        for list in lists:
            for number in range(6):
                turns = [int(token.split("-")[1]) for token in list if token.startswith(f"{number}-")]
                expect("the order of what one client appended", turns, sorted(turns))
        sums = sum(servers[2].query("r.db('several').table('sums')('n').coerceTo('array')"))
        known = sum(unique.values())
        if not known <= sums <= known + uncertain[0]:
            raise Failure(f"{known} additions were acknowledged, {uncertain[0]} perhaps made, and {sums} are there")
        expect("sums of money that never were", wrong, [])
        expect("the money", source.ask("SELECT sum(amount) FROM account;", servers[0].sql, "admin", "several"), "1000")
        if not acknowledged or not known:
            raise Failure("Nothing was acknowledged.")
        print(f"    {len(acknowledged)} appended, {known} added, {len(unknown) + uncertain[0]} unknown", flush=True)
    finally:
        for server in servers:
            if server.process.poll() is None:
                server.stop()
    expect_in("check", pando("check", source.url()), "is sound")


def unique_values(source):
    """Two processes put the same values into a unique column at once: each value is there once. A sequence gives each of them its own."""
    with together(source, 2) as servers:
        taken = []
        source.ask("CREATE TABLE numbered (id serial PRIMARY KEY, place int);", servers[0].sql, "admin", "several")

        def put(server, number):
            for value in range(25):
                with contextlib.suppress(Failure):
                    source.ask(f"INSERT INTO account VALUES ({1000 + value * 10 + number}, 'same{value}', 0);", server.sql, "admin", "several")
                    taken.append(value)
                source.ask(f"INSERT INTO numbered (place) VALUES ({number}), ({number});", server.sql, "admin", "several")

        threads = [threading.Thread(target=put, args=(server, number)) for number, server in enumerate(servers * 2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        expect("who got each value", sorted(taken), list(range(25)))
        expect("owners", source.ask("SELECT count(*), count(DISTINCT owner) FROM account WHERE id >= 1000;", servers[0].sql, "admin", "several"), "25|25")
        expect("numbers", source.ask("SELECT count(*), min(id), max(id) FROM numbered;", servers[1].sql, "admin", "several"), "200|1|200")
        expect("setval elsewhere", source.ask("SELECT setval('numbered_id_seq', 1000);", servers[0].sql, "admin", "several"), "1000")
        expect("nextval then", source.ask("SELECT nextval('numbered_id_seq');", servers[1].sql, "admin", "several"), "1001")
        # Whoever serves it alone afterwards goes on behind them.
    with served(source.url()) as server:
        source.ask("INSERT INTO numbered (place) VALUES (9);", server.sql, "admin", "several")
        expect("a number afterwards", int(source.ask("SELECT max(id) FROM numbered;", server.sql, "admin", "several")) > 200, True)


def feeds_across(source):
    """Feeds of each process hear what all of them write: each change once, those of a document in their order."""
    with together(source, 3) as servers:
        servers[0].query("r.db('several').tableCreate('heard')")
        rows = [[] for _ in servers]
        begun = [threading.Event() for _ in servers]
        count = 3 * 60

        def follow(place):
            connection = http.client.HTTPConnection("127.0.0.1", servers[place].http, timeout=60)
            connection.request("POST", "/_reql", json.dumps({"query": "r.db('several').table('heard').changes({includeStates: true})"}),
                               {"Content-Type": "application/json", "Accept": "application/x-ndjson"})
            answer = connection.getresponse()
            while len(rows[place]) < count:
                line = answer.readline()
                if not line:
                    return
                row = json.loads(line)
                if row.get("state") == "ready":
                    begun[place].set()
                elif "new_val" in row:
                    rows[place].append((row["old_val"] and row["old_val"]["n"], row["new_val"]["id"], row["new_val"]["n"]))

        followers = [threading.Thread(target=follow, args=(place,), daemon=True) for place in range(3)]
        for thread in followers:
            thread.start()
        for event in begun:
            if not event.wait(20):
                raise Failure("A feed does not begin.")

        def write(place):
            for turn in range(60):
                servers[place].query(f"r.db('several').table('heard').insert({{id: {turn % 5}, n: 1}}, "
                                     "{conflict: (id, old, new) => old.merge({n: old('n').add(1)})})")

        writers = [threading.Thread(target=write, args=(place,)) for place in range(3)]
        for thread in writers:
            thread.start()
        for thread in writers:
            thread.join(60)
        for thread in followers:
            thread.join(20)
        for place in range(3):
            expect(f"how many changes feed {place} was told", len(rows[place]), count)
            expect(f"whether feed {place} was told the same", rows[place] == rows[0], True)
            for id in range(5):
                steps = [(old or 0, new) for old, key, new in rows[place] if key == id]
                expect(f"the steps of document {id}", steps, [(n, n + 1) for n in range(36)])


def open_transactions(source):
    """Blocks of two processes at once: one of those that conflict is told to try again, and no client keeps the other process waiting."""
    import subprocess
    with together(source, 2) as (one, two):
        ask = lambda server, text: source.ask(text, server.sql, "admin", "several")
        ask(one, "UPDATE account SET amount = 100 WHERE id < 10;")
        block = subprocess.Popen(
            ["/usr/lib/postgresql/15/bin/psql", "-XAtq", "-v", "VERBOSITY=verbose", f"host=127.0.0.1 port={one.sql} user=admin dbname=several"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        block.stdin.write("BEGIN; UPDATE account SET amount = amount + 1 WHERE id = 1 RETURNING amount;\n")
        block.stdin.flush()
        expect("what the open block sees", block.stdout.readline().strip(), "101")
        start = time.time()
        ask(two, "UPDATE account SET amount = amount + 10 WHERE id = 2;")
        ask(two, "UPDATE account SET amount = amount + 10 WHERE id = 1;")
        if time.time() - start > 5:
            raise Failure(f"An open block kept another process from writing for {time.time() - start:.1f} s.")
        output, errors = block.communicate("COMMIT;\nSELECT amount FROM account WHERE id = 1;\n", timeout=30)
        expect_in("the end of the block", errors, "40001")
        expect("what is left", output.strip(), "110")


def one_that_stands_still(source):
    """A process is stopped in the middle of writes: the others go on, and it does too when it is let go, with nothing lost or twice."""
    with together(source, 2) as (one, two):
        one.query("r.db('several').tableCreate('still')")
        one.query("r.db('several').table('still').insert({id: 0, n: 0})")
        add = "r.db('several').table('still').get(0).update({n: r.row('n').add(1)})('replaced')"
        over, lock, sums = threading.Event(), threading.Lock(), [0, 0]

        def write(server):
            while not over.is_set():
                try:
                    status, answer = server.request("POST", "/_reql", json.dumps({"query": add}), timeout=60)
                    isDone = status == 200 and json.loads(answer)["result"] == 1
                except (OSError, http.client.HTTPException):
                    isDone = False
                with lock:
                    sums[0 if isDone else 1] += 1

        threads = [threading.Thread(target=write, args=(one,)) for _ in range(4)]
        for thread in threads:
            thread.start()
        time.sleep(0.5)
        one.process.send_signal(signal.SIGSTOP)
        try:
            start = time.time()
            two.query(add)
            waited = time.time() - start
        except Failure:
            over.set()
            raise
        finally:
            one.process.send_signal(signal.SIGCONT)
        if waited > 20:
            raise Failure(f"A process that stood still kept the other one waiting for {waited:.1f} s.")
        before = sums[0]
        deadline = time.time() + 20
        while sums[0] < before + 20 and time.time() < deadline:
            time.sleep(0.05)
        over.set()
        for thread in threads:
            thread.join(60)
        if sums[0] < before + 20:
            raise Failure("The process that stood still does not write any more.")
        stored = two.query("r.db('several').table('still').get(0)('n')") - 1
        if not sums[0] <= stored <= sums[0] + sums[1]:
            raise Failure(f"{sums[0]} additions were acknowledged, {sums[1]} perhaps made, and {stored} are there")
        print(f"    waited for {waited:.1f} s", flush=True)


def signs_of_life(source):
    """A process whose commit takes long is not taken for dead by the others meanwhile."""
    with together(source, 1) as (one,):
        one.query("r.db('several').tableCreate('slow')")
        held = threading.Thread(target=source.ask, args=("BEGIN; LOCK TABLE pando IN EXCLUSIVE MODE; SELECT pg_sleep(8); COMMIT;",))
        held.start()
        while source.ask("SELECT count(*) FROM pg_locks WHERE mode = 'ExclusiveLock' AND granted AND relation = 'pando'::regclass;") != "1":
            time.sleep(0.02)
        begun, answers = time.time(), []
        writer = threading.Thread(target=lambda: answers.append(one.query("r.db('several').table('slow').insert({id: 1})('inserted')")))
        writer.start()
        # More than there are connections that have nothing to do.
        readers = [threading.Thread(target=lambda: one.query("r.db('several').table('slow').get(1)")) for _ in range(6)]
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join()
        expect("whether others read what nobody may change", writer.is_alive(), True)
        silent, is_over = 0, False
        while not is_over:
            # Once more when it has ended: what a commit notes of the time must not be when it began.
            is_over = not writer.is_alive()
            told = source.ask(f"SELECT extract(epoch FROM now() - renewed) FROM pando_process WHERE name LIKE '%:{one.process.pid}';")
            silent = max(silent, float(told))
            time.sleep(0.1)
        held.join()
        expect("what the commit is told", answers, [1])
        if time.time() - begun < 4:
            raise Failure("The commit was not held up.")
        print(f"    silent for {silent:.1f} s at most", flush=True)
        if silent > 6:
            raise Failure(f"A process that commits for 8 s gave no sign of life for {silent:.1f} s.")


def what_is_left_half_done(source):
    """The process that builds an index dies: whoever waits for it elsewhere gets it."""
    one, two = Server(source.url(), *SEVERAL), Server(source.url(), *SEVERAL)
    try:
        one.query("r.db('several').tableCreate('many')")
        one.query("r.db('several').table('many').insert(r.range(4000).map(i => ({id: i, n: i.mod(10)})))")
        one.query("r.db('several').table('many').indexCreate('n')")
        one.kill()
        two.query("r.db('several').table('many').insert({id: 'x', n: 3})")
        two.query("r.db('several').table('many').indexWait()")
        expect("the index", two.query("r.db('several').table('many').getAll(3, {index: 'n'}).count()"), 401)
        processes = two.query("r.db('rethinkdb').table('server_status').nth(0)('replication')")
        expect("the role", processes["role"], "process of several")
        expect("this one among them", [p["is_this"] for p in processes["processes"]].count(True), 1)
        expect("standbys of PostgreSQL", processes["standbys"], [])
        # The one that was killed is forgotten after a minute.
        expect("how many are known", len(processes["processes"]) >= 2, True)
    finally:
        two.stop()
    expect_in("check", pando("check", source.url()), "is sound")


class Feed:
    """Follows a table over HTTP, and knows when it has ended."""

    def __init__(self, server, database, table):
        self.rows, self.isOver = [], threading.Event()
        self.connection = http.client.HTTPConnection("127.0.0.1", server.http, timeout=60)
        self.connection.request("POST", "/_reql", json.dumps({"query": f"r.db('{database}').table('{table}').changes({{includeStates: true}})"}),
                                {"Content-Type": "application/json", "Accept": "application/x-ndjson"})
        self.answer = self.connection.getresponse()
        while json.loads(self.answer.readline()).get("state") != "ready":
            pass
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        try:
            while line := self.answer.readline():
                # An empty one shows that the server lives.
                if line.strip():
                    self.rows.append(json.loads(line))
        except (OSError, http.client.HTTPException, ValueError):
            pass
        self.isOver.set()


def a_turn_that_rests(source):
    """A block keeps the turn for longer than a process may be silent, as nobody else wants it."""
    with together(source, 2) as (one, two):
        answer = source.ask("BEGIN; UPDATE account SET amount = 7 WHERE id = 3; SELECT pg_sleep(9); "
                            "UPDATE account SET amount = amount + 1 WHERE id = 3; COMMIT; SELECT amount FROM account WHERE id = 3;",
                            one.sql, "admin", "several")
        expect("what the block has written", answer.split()[-1], "8")
        expect("what the other one reads", two.query("r.db('several').table('account').get(3)('amount')"), 8)


def who_watches_where_one_is_alone(source):
    """What several have said that they watch is forgotten where one begins alone; feeds of one whose place is taken end."""
    one = Server(source.url(), *SEVERAL)
    one.query("r.db('several').tableCreate('watched')")
    feed = Feed(one, "several", "watched")
    expect("whether something is watched", source.ask("SELECT count(*) > 0 FROM pando_watch;"), "t")
    one.kill()
    if not feed.isOver.wait(10):
        raise Failure("The feed of a process that was killed does not end.")
    alone = Server(source.url())
    try:
        expect("what is watched still", source.ask("SELECT count(*) FROM pando_watch;"), "0")
        feed = Feed(alone, "several", "watched")
        alone.query("r.db('several').table('watched').insert({id: 1})")
        source.ask("UPDATE pando_state SET owner = '\\x01', opening = opening + 1, number = number + 1;")
        if not feed.isOver.wait(20):
            raise Failure("A feed goes on in a process whose place was taken.")
        expect("what it was told before", feed.rows[0]["new_val"], {"id": 1})
        expect_in("why it ends", json.dumps(feed.rows[-1]), "Another process has taken over")
        status, answer = alone.request("POST", "/_reql", json.dumps({"query": "r.db('several').table('watched').insert({id: 2})"}))
        expect_in("a write then", answer, "Another process has taken over")
    finally:
        alone.kill()


STEPS = [
    what_one_does_the_others_see, counters_banks_and_lists, unique_values, feeds_across, open_transactions,
    one_that_stands_still, signs_of_life, a_turn_that_rests, who_watches_where_one_is_alone, what_is_left_half_done]
