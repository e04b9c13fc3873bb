/// The programs, and the tables that they are about.
extension IsolationTests {
    static let tables = """
        CREATE TABLE IF NOT EXISTS item (id int PRIMARY KEY, value int, kind text);
        CREATE INDEX IF NOT EXISTS item_value ON item (value);
        CREATE TABLE IF NOT EXISTS other (id int PRIMARY KEY, item int, value int);
        CREATE INDEX IF NOT EXISTS other_item ON other (item);
        CREATE INDEX IF NOT EXISTS item_of_no_kind ON item (id) WHERE kind IS NULL;
        CREATE MATERIALIZED VIEW IF NOT EXISTS item_sum AS SELECT sum(value) AS sum FROM item;
        """

    /// So many that indexes are gone by.
    private static let many = "DELETE FROM item; INSERT INTO item SELECT g, g, 'a' FROM generate_series(1, 60) g; "

    static let takeJob = "DELETE FROM item WHERE id = (SELECT id FROM item ORDER BY id FOR UPDATE SKIP LOCKED LIMIT 1) RETURNING id"

    static let programs: [Program] = [
        Program(
            testDescription: "two who paint each other's colour",
            setup: """
                DELETE FROM item;
                INSERT INTO item SELECT g, 0, CASE g % 2 WHEN 0 THEN 'black' ELSE 'white' END FROM generate_series(1, 6) g
                """,
            sessions: [
                ["UPDATE item SET kind = 'white' WHERE kind = 'black'"], ["UPDATE item SET kind = 'black' WHERE kind = 'white'"],
            ],
            end: "SELECT id, kind FROM item ORDER BY id", isAnomalous: false),
        Program(
            testDescription: "a report of a day that is closed while receipts come",
            setup: "DELETE FROM item; DELETE FROM other; INSERT INTO item VALUES (1, 100, 'day'); INSERT INTO other VALUES (1, 100, 5)",
            sessions: [
                ["INSERT INTO other SELECT 2, value, 7 FROM item WHERE id = 1"],
                ["UPDATE item SET value = value + 1 WHERE id = 1"],
                ["SELECT value FROM item WHERE id = 1", "SELECT id, value FROM other WHERE item = 100 ORDER BY id"],
            ],
            end: "SELECT id, item FROM other ORDER BY id", readers: [2], isAnomalous: false),
        Program(
            testDescription: "who has been asked whether the account is overdrawn, and a report between",
            setup: "DELETE FROM item; INSERT INTO item VALUES (1, 0, 'x'), (2, 0, 'y')",
            sessions: [
                ["SELECT id, value FROM item ORDER BY id", "UPDATE item SET value = -11 WHERE id = 1"],
                ["SELECT value FROM item WHERE id = 2", "UPDATE item SET value = 20 WHERE id = 2"],
                ["SELECT id, value FROM item ORDER BY id"],
            ],
            end: "SELECT id, value FROM item ORDER BY id", readers: [2]),
        Program(
            testDescription: "a vacancy that ends while somebody takes it",
            setup: "DELETE FROM item; DELETE FROM other; INSERT INTO item VALUES (1, 10, 'statute')",
            sessions: [
                ["SELECT count(*) FROM item WHERE id = 1 AND value <= 20", "INSERT INTO other VALUES (1, 1, 20)"],
                ["SELECT count(*) FROM other WHERE item = 1 AND value >= 15", "DELETE FROM item WHERE id = 1"],
            ],
            end: "SELECT (SELECT count(*) FROM item), (SELECT count(*) FROM other)"),
        Program(
            testDescription: "a manager who leaves while a project is given to them",
            setup: "DELETE FROM item; DELETE FROM other; INSERT INTO item VALUES (1, 1, 'manager'), (2, 1, 'manager')",
            sessions: [
                ["SELECT count(*) FROM item WHERE id = 1 AND kind = 'manager'", "INSERT INTO other VALUES (101, 1, 0)"],
                ["SELECT count(*) FROM other WHERE item = 1", "UPDATE item SET kind = 'member' WHERE id = 1"],
            ],
            end: "SELECT kind, (SELECT count(*) FROM other) FROM item WHERE id = 1"),
        Program(
            testDescription: "a room that is booked twice for one time",
            setup: "DELETE FROM item; INSERT INTO item VALUES (1, 10, 'Bob')",
            sessions: [
                ["SELECT count(*) FROM item WHERE value >= 13 AND value < 15", "INSERT INTO item VALUES (2, 13, 'Carol')"],
                ["SELECT count(*) FROM item WHERE value >= 13 AND value < 15", "UPDATE item SET value = 14 WHERE id = 1"],
            ],
            end: "SELECT id, value FROM item ORDER BY id"),
        Program(
            testDescription: "two withdrawals from a sum that allows one",
            setup: "DELETE FROM item; INSERT INTO item VALUES (1, 600, 'checking'), (2, 600, 'savings')",
            sessions: [
                ["UPDATE item SET value = value - 200 WHERE id = 1", "SELECT sum(value) FROM item"],
                ["UPDATE item SET value = value - 200 WHERE id = 2", "SELECT sum(value) FROM item"],
            ],
            end: "SELECT id, value FROM item ORDER BY id"),
        Program(
            testDescription: "a child whose parent is looked for by hand",
            setup: "DELETE FROM item; DELETE FROM other; INSERT INTO item VALUES (1, 0, 'parent')",
            sessions: [
                ["SELECT count(*) FROM item WHERE id = 1", "INSERT INTO other VALUES (1, 1, 0)"],
                ["SELECT id FROM item WHERE id = 1", "SELECT count(*) FROM other WHERE item = 1", "DELETE FROM item WHERE id = 1"],
            ],
            end: "SELECT (SELECT count(*) FROM item), (SELECT count(*) FROM other)"),
        Program(
            testDescription: "numbers that follow from each other",
            setup: "DELETE FROM item; DELETE FROM other; INSERT INTO item VALUES (1, 1, 'a'); INSERT INTO other VALUES (1, 0, 1)",
            sessions: [
                ["UPDATE item SET value = value + 1 WHERE id = 1"],
                ["UPDATE other SET value = (SELECT value FROM item WHERE id = 1) + 1 WHERE id = 1"],
                ["SELECT value FROM other WHERE id = 1", "SELECT value FROM item WHERE id = 1"],
            ],
            end: "SELECT (SELECT value FROM item WHERE id = 1), (SELECT value FROM other WHERE id = 1)", readers: [2]),
        Program(
            testDescription: "an update that is lost",
            setup: "DELETE FROM item; INSERT INTO item VALUES (1, 10, 'a')",
            sessions: [
                ["SELECT value FROM item WHERE id = 1", "UPDATE item SET value = 11 WHERE id = 1"],
                ["SELECT value FROM item WHERE id = 1", "UPDATE item SET value = 12 WHERE id = 1"],
            ],
            end: "SELECT value FROM item"),
        Program(
            testDescription: "rows that are chosen by a value that others change",
            setup: "DELETE FROM item; INSERT INTO item VALUES (1, 10, 'a'), (2, 20, 'a')",
            sessions: [
                ["UPDATE item SET value = value + 10"], ["DELETE FROM item WHERE value = 20"],
            ],
            end: "SELECT id, value FROM item ORDER BY id", isAnomalous: false),
        Program(
            testDescription: "the last of two that are deleted by who looked",
            setup: "DELETE FROM item; INSERT INTO item VALUES (1, 1, 'a'), (2, 2, 'a')",
            sessions: [
                ["SELECT max(value) FROM item", "DELETE FROM item WHERE id = 1"],
                ["SELECT min(value) FROM item", "DELETE FROM item WHERE id = 2"],
            ],
            end: "SELECT count(*) FROM item"),
        Program(
            testDescription: "rows that leave what was asked for",
            setup: "DELETE FROM item; INSERT INTO item SELECT g, g, 'open' FROM generate_series(1, 4) g",
            sessions: [
                ["UPDATE item SET kind = 'done' WHERE kind = 'open' AND value < 3", "SELECT count(*) FROM item WHERE kind = 'open'"],
                ["UPDATE item SET value = 1 WHERE kind = 'open' AND value >= 3", "SELECT count(*) FROM item WHERE kind = 'done'"],
            ],
            end: "SELECT id, value, kind FROM item ORDER BY id"),
        Program(
            testDescription: "four that read what the next one writes",
            setup: "DELETE FROM item; INSERT INTO item SELECT g, 0, 'a' FROM generate_series(1, 4) g",
            sessions: (1...4).map { number in
                ["SELECT value FROM item WHERE id = \(number)", "UPDATE item SET value = \(number) WHERE id = \(number % 4 + 1)"]
            },
            end: "SELECT id, value FROM item ORDER BY id"),
        Program(
            testDescription: "rows of a part of the table that have an index of their own",
            setup: many + "UPDATE item SET kind = NULL WHERE id % 8 = 0",
            sessions: (1...2).map { ["SELECT count(*) FROM item WHERE kind IS NULL", "UPDATE item SET kind = NULL WHERE id = \($0)"] },
            end: "SELECT count(*) FROM item WHERE kind IS NULL"),
        Program(
            testDescription: "the least of each that the other one deletes by",
            setup: "DELETE FROM item; DELETE FROM other; INSERT INTO item VALUES (1, 1, 'a'), (2, 2, 'a'); "
                + "INSERT INTO other VALUES (1, 1, 1), (2, 2, 2)",
            sessions: [
                ["SELECT min(id) FROM item", "DELETE FROM other WHERE id = (SELECT min(id) FROM item)"],
                ["SELECT min(id) FROM other", "DELETE FROM item WHERE id = (SELECT min(id) FROM other)"],
            ],
            end: "SELECT (SELECT min(id) FROM item), (SELECT min(id) FROM other)"),
        Program(
            testDescription: "two of many rows, named one by one",
            setup: many,
            sessions: [
                ["SELECT id, kind FROM item WHERE id IN (15, 17) ORDER BY id", "UPDATE item SET kind = 'b' WHERE id = 17"],
                ["SELECT id, kind FROM item WHERE id IN (15, 17) ORDER BY id", "UPDATE item SET kind = 'c' WHERE id = 15"],
            ],
            end: "SELECT id, kind FROM item WHERE id IN (15, 17) ORDER BY id"),
        Program(
            testDescription: "a row that is changed over and over beneath a reader",
            setup: "DELETE FROM item; INSERT INTO item SELECT g, 0, 'a' FROM generate_series(1, 4) g",
            sessions: [
                ["SELECT value FROM item WHERE id = 1", "UPDATE item SET value = 1 WHERE id = 4"],
                ["UPDATE item SET value = 2 WHERE id = 1"],
                ["UPDATE item SET value = 3 WHERE id = 1", "SELECT value FROM item WHERE id = 3"],
                ["UPDATE item SET value = 4 WHERE id = 3", "SELECT value FROM item WHERE id = 4"],
            ],
            end: "SELECT id, value FROM item ORDER BY id"),
        Program(
            testDescription: "sums by kind that are noted as rows of the other kind",
            setup: many + "UPDATE item SET kind = 'b' WHERE id > 30",
            sessions: [
                ["INSERT INTO item SELECT 101, sum(value), 'b' FROM item WHERE kind = 'a'"],
                ["INSERT INTO item SELECT 102, sum(value), 'a' FROM item WHERE kind = 'b'"],
                ["SELECT kind, sum(value) FROM item GROUP BY kind ORDER BY kind"],
            ],
            end: "SELECT id, value, kind FROM item WHERE id > 100 ORDER BY id", readers: [2], isAnomalous: false),
        Program(
            testDescription: "a merge of what another one changes",
            setup: many + "DELETE FROM other",
            sessions: [
                [
                    "SELECT count(*) FROM other WHERE item = 20",
                    """
                    MERGE INTO item USING (VALUES (20, 1), (99, 2)) AS v (id, value) ON item.id = v.id
                    WHEN MATCHED THEN UPDATE SET value = item.value + v.value WHEN NOT MATCHED THEN INSERT VALUES (v.id, v.value, 'new')
                    """,
                ],
                ["SELECT value FROM item WHERE id = 20", "INSERT INTO other VALUES (1, 20, 0)"],
            ],
            end: "SELECT (SELECT value FROM item WHERE id = 20), (SELECT value FROM item WHERE id = 99), (SELECT count(*) FROM other)"),
        Program(
            testDescription: "who puts in what may be there, and counts what the other one puts in",
            setup: "DELETE FROM item; DELETE FROM other",
            sessions: [
                ["INSERT INTO item VALUES (1, 1, 'x') ON CONFLICT (id) DO NOTHING", "SELECT count(*) FROM other"],
                [
                    "INSERT INTO other VALUES (1, 1, 1) ON CONFLICT (id) DO UPDATE SET value = other.value + 1",
                    "SELECT count(*) FROM item",
                ],
            ],
            end: "SELECT (SELECT count(*) FROM item), (SELECT count(*) FROM other)"),
        Program(
            testDescription: "who puts in the same",
            setup: "DELETE FROM item",
            sessions: [1, 2].map { ["INSERT INTO item VALUES (1, \($0), 'x') ON CONFLICT (id) DO UPDATE SET value = item.value + 10"] },
            end: "SELECT value FROM item", isAnomalous: false),
        Program(
            testDescription: "prepared statements that look before they write",
            setup: "DELETE FROM item; INSERT INTO item VALUES (1, 600, 'x'), (2, 600, 'y')",
            sessions: [1, 2].map {
                [
                    "PREPARE look AS SELECT sum(value) FROM item WHERE id IN ($1, $2)", "EXECUTE look (1, 2)",
                    "UPDATE item SET value = value - 1000 WHERE id = \($0)",
                ]
            },
            end: "SELECT id, value FROM item ORDER BY id"),
        Program(
            testDescription: "rows that a cursor brings",
            setup: many,
            sessions: [
                [
                    "DECLARE c CURSOR FOR SELECT id, kind FROM item ORDER BY id", "FETCH 3 FROM c",
                    "UPDATE item SET kind = 'b' WHERE id = 40",
                ],
                ["SELECT kind FROM item WHERE id = 40", "UPDATE item SET kind = 'c' WHERE id = 2"],
            ],
            end: "SELECT id, kind FROM item WHERE id IN (2, 40) ORDER BY id"),
        Program(
            testDescription: "the newest number of an index, and a new one",
            setup: many,
            sessions: (1...2).map {
                [
                    "SELECT value FROM item ORDER BY value DESC LIMIT 1",
                    "INSERT INTO item SELECT \(100 + $0), max(value) + 1, 'n' FROM item",
                ]
            },
            end: "SELECT id, value FROM item WHERE id > 100 ORDER BY id"),
        Program(
            testDescription: "the next job that nobody has, and how many are left",
            setup: "DELETE FROM item; INSERT INTO item SELECT g, g, 'job' FROM generate_series(1, 3) g",
            sessions: Array(repeating: [takeJob, "SELECT count(*) FROM item"], count: 2),
            end: "SELECT id FROM item ORDER BY id"),
        Program(
            testDescription: "who raises what is low, and who lowers it",
            setup: "DELETE FROM item; DELETE FROM other; INSERT INTO item VALUES (1, 600, 'a'); INSERT INTO other VALUES (1, 1, 0)",
            sessions: [
                ["UPDATE item SET value = (SELECT value FROM other WHERE id = 1) WHERE id = 1"],
                [
                    """
                    INSERT INTO item VALUES (1, 5, 'b') ON CONFLICT (id) DO UPDATE SET value = item.value + 5 WHERE item.value < 100
                    """, "UPDATE other SET value = (SELECT value FROM item WHERE id = 1) WHERE id = 1",
                ],
            ],
            end: "SELECT (SELECT value FROM item), (SELECT value FROM other)", isAnomalous: false),
        Program(
            testDescription: "a materialized view of what is changed",
            setup: "DELETE FROM item; INSERT INTO item VALUES (1, 1, 'a'), (2, 2, 'b'); REFRESH MATERIALIZED VIEW item_sum",
            sessions: [
                ["SELECT sum FROM item_sum", "UPDATE item SET value = 10 WHERE id = 1"],
                ["SELECT value FROM item WHERE id = 1", "REFRESH MATERIALIZED VIEW item_sum"],
            ],
            end: "SELECT (SELECT sum FROM item_sum), (SELECT sum(value) FROM item)"),
    ]
}
