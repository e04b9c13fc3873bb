import Catalog

/// Functions that read the vectors and queries which a query gives them.
enum TextStatistics {
    static let bodies: Bodies = {
        var bodies: Bodies = [:]
        bodies["ts_stat"] = .set { arguments, context throws(SQLError) in
            let given = arguments.count > 1 ? weights(arguments[1].text) : []
            let wanted = given.isEmpty ? nil : given
            var words: [[UInt8]: (documents: Int64, places: Int64)] = [:]
            try context.session.read(arguments[0].text) { types throws(SQLError) in
                guard types.map(\.oid) == [SQLType.tsvector.oid] else {
                    throw SQLError(.invalidParameterValue, "ts_stat query must return one tsvector column")
                }
            } _: { row throws(SQLError) in
                guard case .tsvector(let vector) = row[0] else { return }
                for lexeme in vector.lexemes {
                    let all = max(1, lexeme.positions.count)
                    let count = wanted.map { wanted in lexeme.positions.count { wanted.contains($0.weight) } } ?? all
                    guard count > 0 else { continue }
                    let known = words[lexeme.word] ?? (0, 0)
                    words[lexeme.word] = (known.documents + 1, known.places + Int64(count))
                }
                try QueryMemory.requireRoom(forValues: words.count)
            }
            let fields = [SQLRecord.Field("word", .text), SQLRecord.Field("ndoc", .int4), SQLRecord.Field("nentry", .int4)]
            var made = MadeValues()
            for (word, counts) in words.sorted(by: { TSVector.compare($0.key, $1.key) < 0 }) {
                let values: [SQLValue] = [.text(String(decoding: word, as: UTF8.self)), .int(counts.documents), .int(counts.places)]
                try made.append(.record(SQLRecord(fields: fields, values: values)))
            }
            return made.values
        }
        bodies["ts_rewrite#3684"] = .scalar { arguments, _ throws(SQLError) in
            .tsquery(try TSQueryTree.rewriting(arguments[0].query, arguments[1].query, arguments[2].query))
        }
        bodies["ts_rewrite#3685"] = .scalar { arguments, context throws(SQLError) in
            var query = arguments[0].query
            if query.isEmpty { return .tsquery(query) }
            query = try TSQueryTree.ordered(query)
            try context.session.read(arguments[1].text) { types throws(SQLError) in
                guard types.map(\.oid) == [SQLType.tsquery.oid, SQLType.tsquery.oid] else {
                    throw SQLError(.invalidParameterValue, "ts_rewrite query must return two tsquery columns")
                }
            } _: { row throws(SQLError) in
                guard case .tsquery(let target) = row[0], case .tsquery(let substitute) = row[1] else { return }
                query = try TSQueryTree.ordered(try TSQueryTree.rewriting(query, target, substitute))
            }
            return .tsquery(query)
        }
        return bodies
    }()

    /// Other letters say nothing; without any of these, whatever its weight, every place counts.
    private static func weights(_ text: String) -> Set<Int> {
        Set(text.utf8.compactMap { TSVector.letters.firstIndex(of: $0 & 0xDF) })
    }
}
