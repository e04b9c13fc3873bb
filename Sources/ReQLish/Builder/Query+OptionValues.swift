// The values of options that are a choice.
extension Query {
    /// The treatment of a document whose primary key is there already.
    public enum Conflict: Sendable {
        /// `"error"`: keep the old document and count an error.
        case error
        /// `"replace"`: put the new document in its place.
        case replace
        /// `"update"`: merge the new document into it.
        case update
        /// `(id, old, new) => …`: store what the function makes of both. Written with ``resolve(_:)``.
        case function(Query)

        /// `(id, old, new) => …`: store what the function makes of both.
        public static func resolve(_ merge: (_ id: Query, _ old: Query, _ new: Query) -> Query) -> Conflict {
            .function(Query.function(merge))
        }

        var query: Query {
            switch self {
            case .error: "error"
            case .replace: "replace"
            case .update: "update"
            case .function(let function): function
            }
        }
    }

    /// Whether a write answers with the old and new documents: `true`, `false`, or `.always`, which lists documents that did not
    /// change or failed as well.
    public struct ReturnChanges: Sendable, ExpressibleByBooleanLiteral {
        let query: Query

        public static let always = ReturnChanges(query: "always")

        public init(booleanLiteral value: Bool) { query = Query(value) }
        private init(query: Query) { self.query = query }
    }

    /// The moment at which a write is acknowledged.
    public enum Durability: String, Sendable, QueryConvertible {
        /// Once it is on disk.
        case hard
        /// Once it is applied in memory; it is on disk soon after.
        case soft

        public var query: Query { Query(rawValue) }
    }

    /// The end of a range: part of it or not.
    public enum Bound: String, Sendable, QueryConvertible {
        case open
        case closed

        public var query: Query { Query(rawValue) }
    }

    /// The order of `union`: that of its inputs or any.
    public struct Interleave: Sendable, ExpressibleByBooleanLiteral, ExpressibleByStringLiteral {
        let query: Query

        /// Any order (`true`), or one input after the other (`false`).
        public init(booleanLiteral value: Bool) { query = Query(value) }
        /// The inputs are sorted by this field, and so is the result.
        public init(stringLiteral field: String) { query = Query(field) }
        private init(query: Query) { self.query = query }

        /// The inputs are sorted by this, and so is the result: `r.desc("age")`, or several such keys in an array.
        public static func sorted(by key: Query) -> Interleave { Interleave(query: key) }
    }

    /// The state of a table that is read.
    public enum ReadMode: String, Sendable, QueryConvertible {
        case single
        case majority
        case outdated

        public var query: Query { Query(rawValue) }
    }
}
