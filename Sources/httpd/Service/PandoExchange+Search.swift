import Ground
import ReQLish

// `GET /<db>/<table>?q=…` and `…/_words?q=…`: a search, as a query, so that permissions, names and words are those of ReQL.
extension PandoExchange {
    /// Where rows have their score while the page is made. No path of a query leads to such a field by accident.
    private static let privateField = "$found"

    /// The best documents for a text, behind the cursor, with the next page's cursor if there is one.
    ///
    /// - Parameter text: what is searched for.
    func found(
        _ text: String, in path: TablePath, _ parameters: QueryParameters, _ manner: SearchManner, limit: Int
    ) throws -> (rows: [Datum], cursor: String?) {
        let table = try readTable(path).table
        let highlighted = parameters["highlight"].map { $0.split(separator: ",").map { Datum(String($0)) } }
        let shown = parameters["as"] ?? (highlighted == nil ? nil : "found")
        let field = Datum(shown ?? Self.privateField)
        var options = ["as: \(field)"]
        if let name = try namedIndex(parameters, of: table) { options.append("index: \(name)") }
        if let highlighted { options.append("highlight: \(Datum(elements: highlighted)), escape: \"html\"") }
        options += manner.options
        var query = try "\(term(of: path)).search(\(Datum(text)), {\(options.joined(separator: ", "))})"
        if let cursor = parameters["cursor"] {
            let (score, key) = try Self.place(ofCursor: cursor)
            query +=
                ".filter(x => x(\(field))(\"score\").lt(\(score)).or("
                + "x(\(field))(\"score\").eq(\(score)).and(x(\(Datum(table.primaryKey))).gt(\(key)))))"
        }
        query += ".limit(\(limit + 1))"
        var rows = Array(try collected(query).elements)
        var next: String?
        if rows.count > limit {
            rows.removeLast()
            if let last = rows.last, let score = last[field: field.string ?? ""]?[field: "score"], let key = last[field: table.primaryKey] {
                next = Datum(elements: [score.owned, key.owned]).description
            }
        }
        if shown == nil {
            rows = try rows.map { try $0.removing(Self.privateField) }
        }
        return (rows, next)
    }

    /// `GET /<db>/<table>/_words?q=…`: the words of a text index that begin so.
    func indexedWords(_ path: TablePath) throws {
        let parameters = try parameters()
        guard let start = parameters["q"] else { throw Problem.request(400, "The route needs `q`: how the words begin.") }
        var options: [String] = []
        if let name = try namedIndex(parameters, of: readTable(path).table) { options.append("index: \(name)") }
        if let limit = try parameters.integer("limit", RouteParameter.wordCounts) { options.append("limit: \(limit)") }
        send(try collected("\(term(of: path)).searchWords(\(Datum(start)), {\(options.joined(separator: ", "))})"))
    }

    /// The index that the client names, if he does.
    private func namedIndex(_ parameters: QueryParameters, of table: TableConfig) throws -> Datum? {
        guard let name = parameters["index"] else { return nil }
        guard table.index(named: name) != nil else { throw Problem.request(404, table.missingTextIndex(name)) }
        return Datum(name)
    }

    /// What no text index can answer is refused as a request that was understood.
    private func collected(_ query: String) throws -> Datum {
        var options = QueryOptions()
        options.asked(by: self)
        let tree = try TermTree(text: query)
        do throws(ReQLError) { return try pando.start(tree, options: options).collected() } catch {
            switch error.kind {
            case .queryLogic, .operationFailed, .nonExistence, .resourceLimit: throw Problem(422, error.kind, error.message)
            default: throw error
            }
        }
    }

    /// A cursor is the score and the key of the last document that was seen: nobody is shown twice.
    private static func place(ofCursor text: String) throws -> (score: Datum, key: Datum) {
        guard let place = try? Datum(json: text), place.kind == .array, place.count == 2, place[0].kind == .number,
            (try? PrimaryKey.encode(place[1])) != nil
        else {
            throw Problem.request(400, "The parameter `cursor` is not from the Link field of a page of this search.")
        }
        return (place[0], place[1])
    }
}

/// How a search reads its words, as the client says it.
struct SearchManner {
    /// In ReQL.
    private(set) var options: [String] = []

    private enum Flag: String, CaseIterable { case `true`, `false` }
    private enum Operator: String, CaseIterable { case and, or }
    private enum Prefix: String, CaseIterable { case last }

    /// Refuses what no search understands, whether there is one or not.
    init(_ parameters: QueryParameters) throws(Problem) {
        if try parameters.choice("fuzzy", as: Flag.self) == .true { options.append("fuzzy: true") }
        if try parameters.choice("operator", as: Operator.self) == .or { options.append("operator: \"or\"") }
        if try parameters.choice("prefix", as: Prefix.self) == .last { options.append("prefix: \"last\"") }
    }
}
