import Catalog
import Ground
import ReQLish
import SQL

// Queries of both languages.

/// Any term can be printed, and the text is the same term; it answers or fails with an error of the language.
@Sendable func fuzzTerms(_ input: [UInt8]) {
    guard let tree = try? TermTree(json: input.span) else { return }
    var json = ByteBuffer()
    tree.writeJSON(into: &json)
    guard let again = try? TermTree(json: json.span) else { fatalError("written and not read: \(json.string)") }
    expect(again == tree, "written and read as another: \(json.string)")
    run(tree)
}

@Sendable func fuzzText(_ input: [UInt8]) {
    guard let text = String(validating: input, as: UTF8.self), let tree = try? TermTree(text: text) else { return }
    let printed = tree.text()
    do {
        let again = try TermTree(text: printed)
        expect(again == tree, "printed as another: \(printed)")
    } catch {
        fatalError("printed and not read: \(printed): \(error)")
    }
    run(tree)
}

private func run(_ tree: TermTree) {
    let world = World.current
    world.limited { cancellation in
        var options = QueryOptions()
        options.arrayLimit = 1000
        options.memoryLimit = 16 << 20
        options.cancellation = cancellation
        do throws(ReQLError) {
            switch try world.pando.start(tree, options: options) {
            case .value(let value): _ = value.description
            case .sequence(let cursor):
                defer { cursor.close() }
                var count = 0
                while count < 1000, case .row(let row) = try cursor.poll() {
                    _ = row.description
                    count += 1
                }
            }
        } catch {
            expect(error.kind != .internal, "\(tree.text()): \(error)")
        }
    }
}

/// Statements in one text, as PostgreSQL's simple protocol has them: each answers, or fails with an error of SQL.
@Sendable func fuzzStatements(_ input: [UInt8]) {
    guard let text = String(validating: input, as: UTF8.self) else { return }
    let world = World.current
    world.limited { cancellation in
        guard let connection = try? SQLConnection(world.pando, user: UserConfig.administrator, database: "test") else {
            fatalError("no session")
        }
        defer { connection.close() }
        connection.stop(by: cancellation)
        do throws(SQLError) {
            let script = try connection.script(text)
            var count = 0
            while let result = try script.next() {
                while count < 1000, try result.next() != nil { count += 1 }
                result.close()
            }
        } catch {
            expect(error.state.rawValue.utf8.count == 5 && !error.message.isEmpty, "no error of SQL: \(error)")
        }
    }
}
