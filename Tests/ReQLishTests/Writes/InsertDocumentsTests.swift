import ReQLish
import TestTraits
import Testing

/// Documents that were read in their stored form are inserted like any others.
@Suite(.ownThreads) struct InsertDocumentsTests {
    private static let users = r.db("app").table("users")

    private static func pando() throws -> Pando {
        let pando = try Pando.inMemory()
        _ = try r.dbCreate("app").run(on: pando)
        _ = try r.db("app").tableCreate("users").run(on: pando)
        _ = try users.indexCreate("city").run(on: pando)
        return pando
    }

    @Test func asValuesDo() async throws {
        let lines = [
            #"{"id":2,"city":"Lima","tags":[3,2,1]}"#, #"{"name":"no key","at":{"z":1,"a":2}}"#, #"{"id":2,"again":true}"#, #"{"id":null}"#,
            #"{"id":"t","at":{"$reql_type$":"TIME","epoch_time":1.5,"timezone":"Z"}}"#,
        ]
        let direct = try Self.pando()
        var reader = DocumentReader()
        let documents = try lines.map { try reader.read($0.utf8.span) }
        #expect(documents.filter(\.isStoredDocument).count == 4)
        let answer = try await direct.run(Self.users.insert(documents), options: .countingFailedWrites)

        let usual = try Self.pando()
        let usualInsert = Self.users.insert(Query(try Datum.array(lines.map { try Datum(json: $0) })))
        let wanted = try await usual.run(usualInsert, options: .countingFailedWrites)
        for field in ["inserted", "errors", "first_error", "replaced"] { #expect(answer[field: field] == wanted[field: field], "\(field)") }
        #expect(answer[field: "inserted"] == 3 && answer[field: "errors"] == 2 && answer[field: "generated_keys"]?.count == 1)

        let rows = Self.users.orderBy("id").without("id").coerceTo("array")
        #expect(try await direct.run(rows) == usual.run(rows))
        #expect(try await direct.run(Self.users.getAll("Lima", index: "city").count()) == 1)
    }

    @Test func conflictsAndChanges() async throws {
        let pando = try Self.pando()
        var reader = DocumentReader()
        let old = try reader.read(#"{"id":1,"a":1,"b":1}"#.utf8.span)
        let new = try reader.read(#"{"id":1,"b":2}"#.utf8.span)
        _ = try await pando.run(Self.users.insert([old]))
        #expect(try await pando.run(Self.users.insert([old, new], conflict: .update))[field: "unchanged"] == 1)
        #expect(try await pando.run(Self.users.get(1)) == ["id": 1, "a": 1, "b": 2])
        let answer = try await pando.run(Self.users.insert([new], conflict: .replace, returnChanges: .always))
        #expect(answer[field: "changes"]?[0][field: "new_val"] == ["id": 1, "b": 2])
        #expect(try await pando.run(Self.users.insert([new], conflict: .replace))[field: "unchanged"] == 1)
        #expect(try await pando.run(Self.users.insert([] as [Datum]))[field: "inserted"] == 0)
    }

    @Test func anArrayInOneCountsAgainstTheLimit() async throws {
        let pando = try Self.pando()
        var reader = DocumentReader()
        let document = try reader.read(#"{"id":1,"a":[1,2,3,4]}"#.utf8.span)
        var options = QueryOptions()
        options.arrayLimit = 3
        await #expect(throws: ReQLError.self) { try await pando.run(Self.users.insert([document]), options: options) }
        options.arrayLimit = 4
        _ = try await pando.run(Self.users.insert([document]), options: options)
    }
}
