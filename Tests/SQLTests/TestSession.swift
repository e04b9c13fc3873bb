import ReQLish

@testable import SQL

/// A session over an empty database of its own, whose answers are texts.
struct TestSession {
    let pando: Pando
    let connection: SQLConnection

    init() throws {
        pando = try Pando.inMemory()
        var transaction = try pando.catalog.beginWrite()
        try transaction.createDatabase("shop")
        try transaction.commit()
        connection = try SQLConnection(pando, user: nil, database: "shop")
    }

    init(_ pando: Pando, _ connection: SQLConnection) {
        self.pando = pando
        self.connection = connection
    }

    /// The rows of the last statement, columns with a bar between them.
    @discardableResult func rows(_ sql: String) throws -> [String] {
        let script = try connection.script(sql)
        var rows: [String] = []
        while let result = try script.next() {
            rows = []
            while let row = try result.next() {
                rows.append(
                    zip(row, result.columns ?? []).map { $0.isNull ? "NULL" : TextOutput.text($0, $1.type, connection.functions) }
                        .joined(separator: "|"))
            }
        }
        return rows
    }

    /// The numbers of the last statement's column types.
    func types(_ sql: String) throws -> [UInt32] {
        let script = try connection.script(sql)
        var types: [UInt32] = []
        while let result = try script.next() {
            types = (result.columns ?? []).map(\.type.oid)
            while try result.next() != nil {}
        }
        return types
    }

    /// The SQLSTATE of what a statement is refused with; nil if it isn't.
    func state(_ sql: String) -> String? {
        do {
            _ = try rows(sql)
            return nil
        } catch let error as SQLError {
            return error.state.rawValue
        } catch {
            return "\(error)"
        }
    }
}
