import Catalog

/// Functions and operators of tsvector and tsquery.
enum TextSearchFunctions {
    static let bodies: Bodies = {
        var bodies: Bodies = [:]
        addTexts(to: &bodies)
        addVectors(to: &bodies)
        addQueries(to: &bodies)
        addRanks(to: &bodies)
        addTokens(to: &bodies)
        return bodies
    }()

    /// The configuration that stands before the other arguments, or else the session's, and those others.
    static func configured(
        _ arguments: [SQLValue], _ context: CallContext
    ) throws(SQLError) -> (configuration: SearchConfiguration, rest: ArraySlice<SQLValue>) {
        guard context.argumentTypes.first == .regconfig else { return (try context.session.defaultSearchConfiguration(), arguments[...]) }
        let oid = UInt32(truncatingIfNeeded: arguments[0].int)
        guard let configuration = TextSearchObjects.configuration(oid) else {
            throw SQLError(.undefinedObject, "text search configuration with OID \(oid) does not exist")
        }
        return (configuration, arguments.dropFirst())
    }

    // MARK: Texts

    /// The lexemes of one text or of several, which are taken for one with a gap between them.
    struct VectorBuilder {
        private var lexemes: SearchLexemes
        private var found: [TSVector.Lexeme] = []
        private var position = 0

        init(_ configuration: SearchConfiguration) {
            lexemes = SearchLexemes(configuration, isStopped: { QueryMemory.isThreadStopped })
        }

        mutating func add(_ text: String) throws(SQLError) {
            let start = position
            var (last, count) = (start, 0)
            var new: [TSVector.Lexeme] = []
            lexemes.analyze(Array(text.utf8)) { _, lexeme, position in
                last = start + position
                guard let lexeme else { return }
                count += 1
                new.append(TSVector.Lexeme(word: lexeme, positions: [TSVector.Position(last)]))
            }
            try QueryMemory.checkStopped()
            try QueryMemory.requireRoom(forValues: found.count + new.count)
            found += new
            position = count > 0 ? last + 1 : last
        }

        /// What the client is told of words that are left out.
        var notices: [SQLNotice] { SQLNotice.ofSkipped(lexemes.skippedCount) }

        /// PostgreSQL keeps one position less than a tsvector may have.
        func vector() throws(SQLError) -> TSVector { try .joining(found, maximumPositions: TSVector.maximumPositions - 1) }
    }

    /// The vector of a text, which is read once if one row after the other has the same.
    static func vector(
        _ text: String, _ configuration: SearchConfiguration, _ context: CallContext? = nil
    ) throws(SQLError) -> TSVector {
        if let context, let known = context.memory?.vector, known.configuration == configuration, known.text == text {
            context.tell(known.notices)
            return known.vector
        }
        var builder = VectorBuilder(configuration)
        try builder.add(text)
        let made = try builder.vector()
        context?.memory?.vector = (text, configuration, made, builder.notices)
        context?.tell(builder.notices)
        return made
    }

    /// The query of a text, which is read once if one row after the other asks for the same.
    private static func query(
        _ text: String, _ form: TSQueryReader.Form, joinedBy joint: TSQuery.Item, _ configuration: SearchConfiguration,
        _ context: CallContext
    ) throws(SQLError) -> TSQuery {
        if let known = context.memory?.query, known.configuration == configuration, known.text == text {
            context.tell(known.notices)
            return known.query
        }
        let (query, notices) = try TSQueryReader.query(text, form, .lexemes(joinedBy: joint), configuration)
        context.memory?.query = (text, configuration, query, notices)
        context.tell(notices)
        return query
    }

    private static func addTexts(to bodies: inout Bodies) {
        let ofText: SQLFunction.Body = .scalar { arguments, context throws(SQLError) in
            let (configuration, rest) = try configured(arguments, context)
            return .tsvector(try vector(rest.first?.text ?? "", configuration, context))
        }
        bodies["to_tsvector"] = ofText
        for (name, oids) in [
            ("to_tsvector", [4209, 4210, 4211, 4212]), ("json_to_tsvector", [4215, 4216]), ("jsonb_to_tsvector", [4213, 4214]),
        ] {
            for oid in oids {
                bodies["\(name)#\(oid)"] = .scalar { arguments, context throws(SQLError) in
                    let (configuration, rest) = try configured(arguments, context)
                    guard let document = rest.first else { return .null }
                    let kinds = try rest.count > 1 ? JSONTexts.Kinds(rest[rest.startIndex + 1].datum) : JSONTexts.Kinds.strings
                    var builder = VectorBuilder(configuration)
                    try JSONTexts(kinds).each(of: document) { text throws(SQLError) in try builder.add(text) }
                    let vector = try builder.vector()
                    context.tell(builder.notices)
                    return .tsvector(vector)
                }
            }
        }
        for (name, form, joint) in [
            ("to_tsquery", TSQueryReader.Form.standard, TSQuery.Item.phrase(1)), ("plainto_tsquery", .plain, .and),
            ("phraseto_tsquery", .plain, .phrase(1)), ("websearch_to_tsquery", .web, .phrase(1)),
        ] {
            bodies[name] = .scalar { arguments, context throws(SQLError) in
                let (configuration, rest) = try configured(arguments, context)
                return .tsquery(try query(rest.first?.text ?? "", form, joinedBy: joint, configuration, context))
            }
        }
        bodies["ts_match_vq"] = .binary { .bool($1.query.matches($0.vector)) }
        bodies["ts_match_qv"] = .binary { .bool($0.query.matches($1.vector)) }
        bodies["ts_match_tq"] = .scalar { arguments, context throws(SQLError) in
            let configuration = try context.session.defaultSearchConfiguration()
            return .bool(arguments[1].query.matches(try vector(arguments[0].text, configuration, context)))
        }
        bodies["ts_match_tt"] = .scalar { arguments, context throws(SQLError) in
            let configuration = try context.session.defaultSearchConfiguration()
            let query = try query(arguments[1].text, .plain, joinedBy: .and, configuration, context)
            return .bool(query.matches(try vector(arguments[0].text, configuration, context)))
        }
        bodies["get_current_ts_config"] = .scalar { _, context throws(SQLError) in
            let name = try context.session.defaultSearchConfiguration().name
            return .int(Int64(TextSearchObjects.configuration(named: name)?.oid ?? 0))
        }
    }

    // MARK: Vectors

    private static func weight(_ value: SQLValue) throws(SQLError) -> Int {
        guard let byte = value.text.utf8.first, let weight = TSVector.letters.firstIndex(of: byte & 0xDF) else {
            throw SQLError(.invalidParameterValue, "unrecognized weight: \"\(value.text.isEmpty ? "\\000" : value.text)\"")
        }
        return weight
    }

    private static func words(_ array: SQLArray) throws(SQLError) -> [[UInt8]] {
        guard !array.elements.contains(where: \.isNull) else {
            throw SQLError(.nullValueNotAllowed, "lexeme array may not contain nulls")
        }
        return array.elements.map { Array($0.text.utf8) }
    }

    private static func weighted(_ lexeme: TSVector.Lexeme, _ weight: Int) -> TSVector.Lexeme {
        TSVector.Lexeme(word: lexeme.word, positions: lexeme.positions.map { TSVector.Position($0.place, weight: weight) })
    }

    private static func addVectors(to bodies: inout Bodies) {
        bodies["strip"] = .unary { value in
            .tsvector(value.vector.mapping { TSVector.Lexeme(word: $0.word, positions: []) })
        }
        bodies["length#3711"] = .unary { .int(Int64($0.vector.lexemes.count)) }
        bodies["tsvector_concat"] = .binary { a, b throws(SQLError) in .tsvector(try a.vector.appending(b.vector)) }
        bodies["setweight"] = .scalar { arguments, _ throws(SQLError) in
            let weight = try weight(arguments[1])
            guard arguments.count > 2 else { return .tsvector(arguments[0].vector.mapping { weighted($0, weight) }) }
            let words = Set(arguments[2].array.elements.filter { !$0.isNull }.map { Array($0.text.utf8) })
            return .tsvector(arguments[0].vector.mapping { words.contains($0.word) ? weighted($0, weight) : $0 })
        }
        bodies["ts_delete#3321"] = .binary { a, b in
            let word = Array(b.text.utf8)
            return .tsvector(a.vector.mapping { $0.word == word ? nil : $0 })
        }
        bodies["ts_delete#3323"] = .binary { a, b throws(SQLError) in
            let words = Set(b.array.elements.filter { !$0.isNull }.map { Array($0.text.utf8) })
            return .tsvector(a.vector.mapping { words.contains($0.word) ? nil : $0 })
        }
        bodies["ts_filter"] = .binary { a, b throws(SQLError) in
            var weights: Set<Int> = []
            for element in b.array.elements {
                if element.isNull { throw SQLError(.nullValueNotAllowed, "weight array may not contain nulls") }
                guard let byte = element.text.utf8.first, let weight = TSVector.letters.firstIndex(of: byte & 0xDF) else {
                    throw SQLError(.invalidParameterValue, "unrecognized weight: \"\(element.text)\"")
                }
                weights.insert(weight)
            }
            return .tsvector(
                a.vector.mapping { lexeme in
                    let positions = lexeme.positions.filter { weights.contains($0.weight) }
                    return positions.isEmpty ? nil : TSVector.Lexeme(word: lexeme.word, positions: positions)
                })
        }
        bodies["tsvector_to_array"] = .unary { value in
            .array(SQLArray(.text, value.vector.lexemes.map { .text(String(decoding: $0.word, as: UTF8.self)) }))
        }
        bodies["array_to_tsvector"] = .unary { value throws(SQLError) in
            var lexemes: [TSVector.Lexeme] = []
            for word in Set(try words(value.array)) {
                if word.isEmpty { throw SQLError(SQLState(rawValue: "2200F"), "lexeme array may not contain empty strings") }
                try TSVector.checkLength(word)
                lexemes.append(TSVector.Lexeme(word: word, positions: []))
            }
            return .tsvector(try .joining(lexemes))
        }
        bodies["unnest#3322"] = .set { arguments, context in
            let fields = [
                SQLRecord.Field("lexeme", .text), SQLRecord.Field("positions", SQLType(1005)), SQLRecord.Field("weights", SQLType(1009)),
            ]
            return arguments[0].vector.lexemes.map { lexeme in
                let word = SQLValue.text(String(decoding: lexeme.word, as: UTF8.self))
                guard !lexeme.positions.isEmpty else { return .record(SQLRecord(fields: fields, values: [word, .null, .null])) }
                let places = SQLArray(.int2, lexeme.positions.map { .int(Int64($0.place)) })
                let weights = SQLArray(
                    .text, lexeme.positions.map { .text(String(decoding: [TSVector.letters[$0.weight]], as: UTF8.self)) })
                return .record(SQLRecord(fields: fields, values: [word, .array(places), .array(weights)]))
            }
        }
        for (name, holds) in comparisons { bodies["tsvector_\(name)"] = .binary { .bool(holds(TSVector.compare($0.vector, $1.vector))) } }
        bodies["tsvector_cmp"] = .binary { .int(Int64(TSVector.compare($0.vector, $1.vector))) }
    }

    private static let comparisons: [(String, @Sendable (Int) -> Bool)] = [
        ("lt", { $0 < 0 }), ("le", { $0 <= 0 }), ("eq", { $0 == 0 }), ("ne", { $0 != 0 }), ("ge", { $0 >= 0 }), ("gt", { $0 > 0 }),
    ]

    // MARK: Queries

    private static func addQueries(to bodies: inout Bodies) {
        bodies["numnode"] = .unary { .int(Int64($0.query.items.count)) }
        bodies["querytree"] = .unary { value in
            guard !value.query.isEmpty else { return .text("") }
            guard let items = value.query.withoutNegations else { return .text("T") }
            var bytes: [UInt8] = []
            TSQuery.append(items, to: &bytes)
            return .text(String(decoding: bytes, as: UTF8.self))
        }
        bodies["tsquery_and"] = .binary { .tsquery($0.query.joined(to: $1.query, .and)) }
        bodies["tsquery_or"] = .binary { .tsquery($0.query.joined(to: $1.query, .or)) }
        bodies["tsquery_not"] = .unary { .tsquery($0.query.negated) }
        bodies["tsquery_phrase"] = .scalar { arguments, _ throws(SQLError) in
            let distance = arguments.count > 2 ? Int(arguments[2].int) : 1
            guard (0...TSQuery.maximumDistance).contains(distance) else { throw TSQueryReader.distanceFault }
            return .tsquery(arguments[0].query.joined(to: arguments[1].query, .phrase(distance)))
        }
        @Sendable func isWithin(_ a: SQLValue, _ b: SQLValue) -> Bool {
            Set(a.query.operands.map(\.word)).isSubset(of: Set(b.query.operands.map(\.word)))
        }
        bodies["tsq_mcontains"] = .binary { .bool(isWithin($1, $0)) }
        bodies["tsq_mcontained"] = .binary { .bool(isWithin($0, $1)) }
        for (name, holds) in comparisons { bodies["tsquery_\(name)"] = .binary { .bool(holds(TSQuery.compare($0.query, $1.query))) } }
        bodies["tsquery_cmp"] = .binary { .int(Int64(TSQuery.compare($0.query, $1.query))) }
    }

    // MARK: Ranks

    private static func weights(_ value: SQLValue?) throws(SQLError) -> [Float] {
        guard case .array(let array)? = value else { return TextRank.defaultWeights }
        guard array.dimensions.count == 1 else { throw SQLError(.arraySubscriptError, "array of weight must be one-dimensional") }
        guard array.elements.count >= 4 else { throw SQLError(.arraySubscriptError, "array of weight is too short") }
        guard !array.elements.contains(where: \.isNull) else {
            throw SQLError(.nullValueNotAllowed, "array of weight must not contain nulls")
        }
        var weights: [Float] = []
        for (place, element) in array.elements.prefix(4).enumerated() {
            let weight = Float(element.double)
            weights.append(weight >= 0 ? weight : TextRank.defaultWeights[place])
            guard !(weights[place] > 1) else { throw SQLError(.invalidParameterValue, "weight out of range") }
        }
        return weights
    }

    private static func addRanks(to bodies: inout Bodies) {
        func rank(_ compute: @escaping @Sendable (TextRank) -> Float) -> SQLFunction.Body {
            .scalar { arguments, _ throws(SQLError) in
                var rest = arguments[...]
                var given: SQLValue?
                if case .array? = rest.first { given = rest.removeFirst() }
                let normalization = rest.count > 2 ? Int(rest[rest.startIndex + 2].int) : 0
                let rank = TextRank(
                    weights: try weights(given), vector: rest[rest.startIndex].vector, query: rest[rest.startIndex + 1].query,
                    normalization: normalization)
                return .double(Double(compute(rank)))
            }
        }
        bodies["ts_rank"] = rank { $0.value }
        bodies["ts_rank_cd"] = rank { $0.coverDensity }
        bodies["ts_headline"] = .scalar { arguments, context throws(SQLError) in
            let (configuration, rest) = try configured(arguments, context)
            let values = Array(rest)
            let options = try values.count > 2 ? Headline.Options(values[2].text) : Headline.Options()
            try options.check()
            var lexemes = SearchLexemes(configuration, isStopped: { QueryMemory.isThreadStopped })
            let query = values[1].query
            func headline(_ text: String) throws(SQLError) -> String { try Headline.of(text, query, options, &lexemes) }
            let made: SQLValue
            switch (context.resultType, values[0]) {
            case (.jsonb, .json(let datum)): made = .json(try JSONTexts.mapping(datum, headline))
            case (.json, .text(let text)): made = .text(try JSONTexts.mapping(try JSONReader.read(text), headline))
            default: made = .text(try headline(values[0].text))
            }
            context.tell(SQLNotice.ofSkipped(lexemes.skippedCount))
            return made
        }
    }

    // MARK: Tokens

    private static func addTokens(to bodies: inout Bodies) {
        bodies["ts_lexize"] = .binary { a, b throws(SQLError) in
            guard let language = TextSearchObjects.dictionary(UInt32(truncatingIfNeeded: a.int)) else {
                throw SQLError(.undefinedObject, "text search dictionary with OID \(a.int) does not exist")
            }
            let lexeme = b.text.isEmpty ? nil : SearchLexemes.lexeme(of: b.text.utf8, language)
            return .array(SQLArray(.text, lexeme.map { [.text(String(decoding: $0, as: UTF8.self))] } ?? []))
        }
        bodies["ts_parse"] = .set { arguments, _ throws(SQLError) in
            try checkParser(arguments[0])
            let text = Array(arguments[1].text.utf8)
            var tokenizer = TextTokenizer(text, isStopped: { QueryMemory.isThreadStopped })
            var made = MadeValues()
            let fields = [SQLRecord.Field("tokid", .int4), SQLRecord.Field("token", .text)]
            while let token = tokenizer.next() {
                let word = SQLValue.text(String(decoding: text[token.range], as: UTF8.self))
                try made.append(.record(SQLRecord(fields: fields, values: [.int(Int64(token.kind.rawValue)), word])))
            }
            try QueryMemory.checkStopped()
            return made.values
        }
        bodies["ts_token_type"] = .set { arguments, _ throws(SQLError) in
            try checkParser(arguments[0])
            let fields = [SQLRecord.Field("tokid", .int4), SQLRecord.Field("alias", .text), SQLRecord.Field("description", .text)]
            return TextToken.Kind.allCases.map { kind in
                .record(
                    SQLRecord(
                        fields: fields, values: [.int(Int64(kind.rawValue)), .text(kind.names.alias), .text(kind.names.description)]))
            }
        }
        bodies["ts_debug"] = .set { arguments, context throws(SQLError) in
            let (configuration, rest) = try configured(arguments, context)
            return try debugged(rest.first?.text ?? "", configuration)
        }
    }

    private static func checkParser(_ value: SQLValue) throws(SQLError) {
        if case .text(let name) = value {
            guard name == "default" || name == "pg_catalog.default" else {
                throw SQLError(.undefinedObject, "text search parser \"\(name)\" does not exist")
            }
        } else if value.int != Int64(TextSearchObjects.parserOID) {
            throw SQLError(.undefinedObject, "text search parser with OID \(value.int) does not exist")
        }
    }

    /// Each token with the dictionary that knows it, and what that makes of it.
    private static func debugged(_ content: String, _ configuration: SearchConfiguration) throws(SQLError) -> [SQLValue] {
        let text = Array(content.utf8)
        let fields = [
            SQLRecord.Field("alias", .text), SQLRecord.Field("description", .text), SQLRecord.Field("token", .text),
            SQLRecord.Field("dictionaries", SQLType(3770)), SQLRecord.Field("dictionary", .regdictionary),
            SQLRecord.Field("lexemes", SQLType(1009)),
        ]
        var made = MadeValues()
        var lexemes = SearchLexemes(configuration, isStopped: { QueryMemory.isThreadStopped })
        try lexemes.analyze(text) { token, lexeme, _ throws(SQLError) in
            var values: [SQLValue] = [
                .text(token.kind.names.alias), .text(token.kind.names.description),
                .text(String(decoding: text[token.range], as: UTF8.self)),
            ]
            if token.kind.hasDictionary {
                let language = configuration.dictionary(of: token.kind)
                let dictionary = SQLValue.int(
                    Int64(TextSearchObjects.dictionary(named: language.map { $0.rawValue + "_stem" } ?? "simple") ?? 0))
                let found = lexeme.map { [SQLValue.text(String(decoding: $0, as: UTF8.self))] } ?? []
                values += [.array(SQLArray(.regdictionary, [dictionary])), dictionary, .array(SQLArray(.text, found))]
            } else {
                values += [.array(SQLArray(.regdictionary, [])), .null, .null]
            }
            try made.append(.record(SQLRecord(fields: fields, values: values)))
        }
        try QueryMemory.checkStopped()
        return made.values
    }
}

extension SQLValue {
    var vector: TSVector { if case .tsvector(let value) = self { value } else { .empty } }
    var query: TSQuery { if case .tsquery(let value) = self { value } else { .empty } }
}
