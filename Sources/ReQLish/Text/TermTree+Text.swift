/// The text form of queries: ReQL in its JavaScript spelling.
///
/// What is understood:
///
/// - `r.db("app").table("users").filter(u => u("age").gt(30)).limit(10)`: chains of methods, and every term also as a function of
///   `r` with the receiver as its first argument, `r.add(1, 2)`.
/// - Functions: `x => …`, `(a, b) => …`, `function(x) { return … }`, and `r.row` for the parameter of the function around it.
/// - Fields: `x("age")`, `x["age"]`, or `x.age` if `age` is not the name of a term and no call follows; elements: `x(0)`, `x[0]`.
/// - Literals: strings in `"`, `'` or backticks, numbers (also `0xFF`), `true`, `false`, `null`, `[…]`, `{a: 1, "b c": 2}`.
/// - Options as a last object, `{index: "age", leftBound: "open"}`; `left_bound` is read as well. Where a term takes options, an object
///   literal in last place is them, if the term has arguments enough without it; `r.expr({…})` is always an argument.
/// - Operators: `== != < <= > >= && || ! + - * / %`, `a ?? b` for `a.default(b)`, `c ? a : b` for `r.branch(c, a, b)`. `===` and `!==`
///   are read as `==` and `!=`.
/// - Comments, trailing commas, a semicolon at the end.
extension TermTree {
    /// The longest text that is read unless the caller says otherwise, in bytes: 16 MiB.
    public static let defaultTextLimit = 16 << 20

    /// Reads a query from its text form and checks it (see ``validate()``). The parser is not recursive, O(length).
    ///
    /// - Parameters:
    ///   - continuing: What the text goes on from, if it is not a whole query: with a table, `filter({a: 1}).limit(10)`. An empty
    ///     text is the table itself then.
    ///   - values: Names that stand for literals in the text, so that no values have to be written into a query's text. A
    ///     parameter of a function hides them; `r`, `true` and the like can't be such names.
    ///   - limit: The greatest length, in bytes.
    public init(
        text: String, continuing receiver: Term? = nil, values: [String: Datum] = [:], limit: Int = defaultTextLimit
    ) throws(QuerySyntaxError) {
        let bytes = Array(text.utf8)
        if bytes.count > limit {
            throw QuerySyntaxError("The query has \(bytes.count) bytes, more than the \(limit) that are read.", text: [], offset: 0)
        }
        var parser = try TextParser(text: bytes, namedValues: values)
        self = try parser.parse(continuing: receiver)
    }
}
