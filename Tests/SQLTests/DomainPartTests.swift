import Testing

@testable import SQL

/// Elements of arrays and fields of rows that are of domains: they are held to them however a value comes in.
@Suite struct DomainPartTests {
    let session: TestSession

    init() throws {
        session = try TestSession()
        try session.rows(
            """
            CREATE DOMAIN above AS int CHECK (value > 1); CREATE TYPE pair AS (x above, y int);
            CREATE TABLE t (id int, list above[], pair pair, one above)
            """)
    }

    private func state(_ body: () throws(SQLError) -> Void) -> String? {
        do throws(SQLError) { try body() } catch { return error.state.rawValue }
        return nil
    }

    private func insert(_ text: String, into column: String) -> String? {
        let connection = session.connection
        defer {
            try? connection.sync()
            connection.rest()
        }
        return state { () throws(SQLError) in
            let statement = try connection.prepare("INSERT INTO t (\(column)) VALUES ($1)")
            let value = try TextInput.value(text, statement.parameterTypes[0], connection.functions)
            let result = try connection.execute(statement, parameters: [value])
            while try result.next() != nil {}
        }
    }

    private func copy(_ text: String, into column: String) throws -> String? {
        let connection = session.connection
        let type = try connection.prepare("INSERT INTO t (\(column)) VALUES ($1)").parameterTypes[0]
        try connection.sync()
        let script = try connection.script("COPY t (\(column)) FROM STDIN")
        let exchange = try #require(try script.next()?.copy)
        let refusal = state { () throws(SQLError) in
            try exchange.receive([try TextInput.value(text, type, connection.functions)], line: 1)
            _ = try exchange.end()
        }
        if refusal != nil { exchange.abandon() }
        _ = state { () throws(SQLError) in while try script.next() != nil {} }
        return refusal
    }

    @Test(arguments: [("list", "{2,0}", "{2,NULL}"), ("pair", "(0,1)", "(5,1)"), ("one", "1", "2")])
    func valuesOfParametersAndLinesAreHeldToTheDomains(_ column: String, _ bad: String, _ good: String) throws {
        #expect(insert(bad, into: column) == "23514")
        #expect(insert(good, into: column) == nil)
        #expect(try copy(bad, into: column) == "23514")
        #expect(try copy(good, into: column) == nil)
        #expect(try session.rows("SELECT \(column) FROM t") == [good, good])
    }
}
