import Pando
import TestSupport
import TestTraits
import Testing

/// What tables declare, against an application's queries in Swift: the builder, tables of Swift types, and transactions.
@Suite(.ownThreads) struct SwiftConstraintTests {
    struct Row: Codable, Equatable {
        var id: Int
        var name: String?
        var age: Int?
        var code: String?
        var parent: Int?
    }

    struct NewRow: Codable, Equatable {
        var id: Int?
        var name: String
    }

    private let folder: TemporaryDirectory
    private let pando: Pando
    private let held = r.db("app").table("held")

    /// The file was declared by another process, as far as this one knows.
    init() async throws {
        folder = try TemporaryDirectory()
        let maker = try Pando(path: folder.file("a.pando"))
        try r.dbCreate("app").run(on: maker)
        for statement in [
            "CREATE TABLE parents (id int PRIMARY KEY)", "INSERT INTO parents VALUES (1)",
            """
            CREATE TABLE held (id int PRIMARY KEY, name text NOT NULL, age int CONSTRAINT held_age CHECK (age < 150),
                code text CONSTRAINT held_code UNIQUE, parent int CONSTRAINT held_parent REFERENCES parents)
            """, "INSERT INTO held VALUES (1, 'a', 5, 'x', 1)",
        ] {
            try await maker.sqlExecute(SQL(unchecked: statement), database: "app")
        }
        try maker.close()
        pando = try Pando(path: folder.file("a.pando"))
    }

    private static let wrong: [(row: Row, mention: String)] = [
        (Row(id: 2, name: nil, age: 5), "null value in column \"name\""), (Row(id: 2, name: "b", age: 200), "held_age"),
        (Row(id: 2, name: "b", code: "x"), "held_code"), (Row(id: 1, name: "b"), "primary key"),
        (Row(id: 2, name: "b", parent: 99), "held_parent"),
    ]

    private func message(_ body: () async throws -> Void) async -> String {
        do { try await body() } catch let error as ReQLError { return error.message } catch { return "\(error)" }
        return "nothing was refused"
    }

    @Test func rowsThatBreakADeclaration() async throws {
        let table = pando.table("app", "held", of: Row.self)
        for (row, mention) in Self.wrong {
            let document = try Query(DatumEncoder().encode(row))
            let messages = [
                await message { try await table.insert(row) },
                await message { try await pando.run(held.insert(document)) },
                await message { _ = try held.insert(document).run(on: pando) },
                await message { _ = try await pando.write { try $0.table(table).insert(row) } },
                await message { try await pando.run(held.insert([["id": 7, "name": "good"], document])) },
            ]
            for message in messages { #expect(message.contains(mention), "\(row): \(message)") }
            #expect(try await table.get(row.id == 1 ? 1 : 2) == (row.id == 1 ? Row(id: 1, name: "a", age: 5, code: "x", parent: 1) : nil))
            try await table.delete(7)
        }
        #expect(try await pando.run(held.count()) == 1)
    }

    @Test func keysThatTheDeclarationMakesAreTold() async throws {
        try await pando.sqlExecute("CREATE TABLE numbered (id serial PRIMARY KEY, name text)", database: "app")
        let rows: Query = [["name": "a"], ["name": "b"]]
        let counts = try await pando.run(r.db("app").table("numbered").insert(rows), as: WriteCounts.self)
        #expect(counts.inserted == 2 && counts.generatedKeys == [1, 2])
        let table = pando.table("app", "numbered", of: NewRow.self)
        #expect(try await table.insert(NewRow(name: "c")) == NewRow(id: 3, name: "c"))
    }

    @Test func changesThatBreakADeclaration() async throws {
        let table = pando.table("app", "held", of: Row.self)
        try await table.insert(Row(id: 2, name: "b", code: "y"))
        let changes: [(change: Query, mention: String)] = [
            (["name": nil], "null value in column \"name\""), (["age": 150], "held_age"), (["code": "x"], "held_code"),
            (["parent": 2], "held_parent"), (["age": "old"], "integer"), (["other": 1], "column \"other\""),
        ]
        for (change, mention) in changes {
            let one = await message { try await table.update(2, change) }
            #expect(one.contains(mention), "\(one)")
            let all = await message { try await pando.run(held.filter { $0["id"] == 2 }.update(change)) }
            #expect(all.contains(mention), "\(all)")
        }
        let parent = await message { try await pando.run(r.db("app").table("parents").get(1).delete()) }
        #expect(parent.contains("held_parent"), "\(parent)")
        #expect(try await table.get(2) == Row(id: 2, name: "b", code: "y"))
        // In one transaction nothing of what came before stays either.
        let both = await message {
            _ = try await pando.write { transaction in
                try transaction.table(table).insert(Row(id: 3, name: "c"))
                return try transaction.table(table).insert(Row(id: 4, name: "d", age: 151))
            }
        }
        #expect(both.contains("held_age"), "\(both)")
        #expect(try await table.get(3) == nil)
    }
}
