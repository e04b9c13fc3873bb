import Testing

@testable import SQL

/// Assignment to elements and slices of arrays, and to places in a jsonb.
@Suite struct PartAssignmentTests {
    let session: TestSession

    init() throws {
        session = try TestSession()
        try session.rows("CREATE TABLE t (id int PRIMARY KEY, a int[], j jsonb, v varchar(3)[])")
    }

    /// What a column is after one assignment.
    private func after(_ assignment: String, _ column: String, from start: String) throws -> String {
        try session.rows("DELETE FROM t; INSERT INTO t (id, \(column)) VALUES (1, \(start))")
        return try session.rows("UPDATE t SET \(assignment) RETURNING \(column)").joined()
    }

    private func refusal(_ assignment: String, _ column: String, from start: String) throws -> String? {
        try session.rows("DELETE FROM t; INSERT INTO t (id, \(column)) VALUES (1, \(start))")
        return session.state("UPDATE t SET \(assignment)")
    }

    @Test func elements() throws {
        #expect(try after("a[2] = 9", "a", from: "'{1,2,3}'") == "{1,9,3}")
        #expect(try after("a[5] = 9", "a", from: "'{1,2,3}'") == "{1,2,3,NULL,9}")
        #expect(try after("a[1] = 9", "a", from: "NULL") == "{9}")
        #expect(try after("a[2][1] = 9", "a", from: "'{{1,2},{3,4}}'") == "{{1,2},{9,4}}")
        #expect(try after("a[1] = a[2], a[2] = a[1]", "a", from: "'{1,2}'") == "{2,1}")
        #expect(try refusal("a[3][1] = 9", "a", from: "'{{1,2},{3,4}}'") == "2202E")
        #expect(try refusal("a[1][1] = 9", "a", from: "'{1}'") == "2202E")
        #expect(try refusal("a[NULL] = 9", "a", from: "'{1}'") == "22004")
        #expect(try refusal("a['x'] = 9", "a", from: "'{1}'") == "22P02")
        #expect(try refusal("a[1] = true", "a", from: "'{1}'") == "42804")
        #expect(try refusal("a[1] = 1, a = '{2}'", "a", from: "'{1}'") == "42601")
        #expect(try refusal("a[2000000000] = 1", "a", from: "'{1}'") == "54000")
        #expect(try refusal("v[1] = 'long'", "v", from: "'{a}'") == "22001")
        #expect(try refusal("id[1] = 1", "a", from: "'{1}'") == "42804")
    }

    @Test func slices() throws {
        #expect(try after("a[2:3] = '{8,9}'", "a", from: "'{1,2,3,4}'") == "{1,8,9,4}")
        #expect(try after("a[:2] = '{8,9,10}'", "a", from: "'{1,2,3}'") == "{8,9,3}")
        #expect(try after("a[4:5] = '{8,9}'", "a", from: "'{1,2}'") == "{1,2,NULL,8,9}")
        #expect(try after("a[1:2] = NULL", "a", from: "'{1,2}'") == "{1,2}")
        #expect(try after("a[1:2][2:2] = '{8,9}'", "a", from: "'{{1,2},{3,4}}'") == "{{1,8},{3,9}}")
        #expect(try after("a[1:2] = '{8,9}'", "a", from: "NULL") == "{8,9}")
        #expect(try refusal("a[1:3] = '{8,9}'", "a", from: "'{1}'") == "2202E")
        #expect(try refusal("a[2:1] = '{8,9}'", "a", from: "'{1}'") == "2202E")
        #expect(try refusal("a[:2] = '{8,9}'", "a", from: "NULL") == "2202E")
    }

    @Test func documents() throws {
        #expect(try after("j['a'] = '1'", "j", from: "NULL") == #"{"a": 1}"#)
        #expect(try after("j[2] = '1'", "j", from: "NULL") == "[null, null, 1]")
        #expect(try after("j['a']['b'][1]['c'] = '1'", "j", from: "'{}'") == #"{"a": {"b": [null, {"c": 1}]}}"#)
        #expect(try after("j[-1] = '9'", "j", from: "'[1, 2]'") == "[1, 9]")
        #expect(try after("j['a'] = NULL", "j", from: #"'{"a": 1}'"#) == #"{"a": null}"#)
        #expect(try after("j['a']['x'] = '1', j['b'] = '2'", "j", from: #"'{"a": {}}'"#) == #"{"a": {"x": 1}, "b": 2}"#)
        #expect(try refusal("j[-3] = '9'", "j", from: "'[1, 2]'") == "22023")
        #expect(try refusal("j['a']['b'] = '1'", "j", from: #"'{"a": 1}'"#) == "22023")
        #expect(try refusal("j['a'] = '1'", "j", from: "'5'") == "22023")
        #expect(try refusal("j[NULL] = '1'", "j", from: "'{}'") == "22004")
        #expect(try refusal("j['a':'b'] = '1'", "j", from: "'{}'") == "42804")
        #expect(try refusal("j[1.5] = '1'", "j", from: "'{}'") == "42804")
        #expect(try refusal("j['a'] = 1", "j", from: "'{}'") == "42804")
    }

    @Test func insertedParts() throws {
        #expect(try session.rows("INSERT INTO t (id, a[1], a[3]) VALUES (1, 11, 13) RETURNING a") == ["{11,NULL,13}"])
        #expect(
            try session.rows("INSERT INTO t (id, j['a'], j['b']) SELECT 2, '1'::jsonb, '2'::jsonb RETURNING j") == [#"{"a": 1, "b": 2}"#])
        #expect(session.state("INSERT INTO t (id, a[1], a) VALUES (3, 1, '{2}')") == "42701")
        #expect(session.state("INSERT INTO t (id, a[1]) VALUES (3, DEFAULT)") == "0A000")
    }

    @Test func domainsAreHeldTo() throws {
        try session.rows("CREATE DOMAIN pair AS int[] CHECK (VALUE[1] < VALUE[2]); CREATE TABLE p (f pair); INSERT INTO p VALUES ('{1,2}')")
        #expect(session.state("UPDATE p SET f[2] = 0") == "23514")
        #expect(try session.rows("UPDATE p SET f[2] = 1, f[1] = 0 RETURNING f") == ["{0,1}"])
        #expect(session.state("INSERT INTO p (f[1], f[2]) VALUES (2, 1)") == "23514")
    }
}
