public import Catalog

/// An error of a query: RethinkDB's class, a message in our own words, and where in the term tree it happened.
public struct ReQLError: Error, Sendable, Hashable {
    /// RethinkDB's error classes. The first two are found before a query runs; the others while it runs.
    public enum Kind: Sendable, Hashable, CaseIterable {
        /// The request itself is malformed: not JSON, not a query.
        case client
        /// The query can never run: unknown term, wrong arity, unbound variable.
        case compile
        /// A mistake of ours.
        case `internal`
        /// A limit was reached: array size, groups, depth, memory.
        case resourceLimit
        /// The query fails on its data: wrong type, division by zero, a bad option.
        case queryLogic
        /// Something that was read does not exist: a field, an element, a null where a value was needed.
        case nonExistence
        /// The operation was refused or failed and changed nothing, a missing or existing table, a full disk; or a write failed for some of
        /// its documents, which ``ReQLError/writes`` counts.
        case operationFailed
        /// The operation may or may not have taken effect.
        case operationIndeterminate
        /// Raised by the query itself, with `r.error("…")`.
        case user
        /// The account lacks the permission.
        case permission
    }

    /// One step from a term to its child: a positional argument, or an optional one.
    public enum Frame: Sendable, Hashable {
        case argument(Int)
        case optional(String)
    }

    public var kind: Kind
    public var message: String
    /// The way from the root of the query to the term that failed, outermost step first.
    public var frames: [Frame]
    /// What went wrong on the floor below, if it was there: told apart more finely than by RethinkDB's classes.
    public var cause: CatalogError.Kind?
    /// Whether this is `error()` without a message, which raises again what `default` or a filter caught.
    var raisesAgain = false
    /// What a write did that failed for some of its documents; nil for every other error. Inside ``Pando/write(durability:_:)`` nothing is
    /// kept of it once the error leaves the closure; outside, documents that could be written are.
    public var writes: WriteCounts?

    public init(_ kind: Kind, _ message: String, frames: [Frame] = [], cause: CatalogError.Kind? = nil) {
        self.kind = kind
        self.message = message
        self.frames = frames
        self.cause = cause
    }
}

extension ReQLError: CustomStringConvertible {
    public var description: String { message }
}

extension ReQLError.Kind {
    /// The class in snake case, as HTTP problem details show it in `code`.
    public var code: String {
        switch self {
        case .client: "client_error"
        case .compile: "compile_error"
        case .internal: "internal_error"
        case .resourceLimit: "resource_limit_error"
        case .queryLogic: "query_logic_error"
        case .nonExistence: "non_existence_error"
        case .operationFailed: "op_failed_error"
        case .operationIndeterminate: "op_indeterminate_error"
        case .user: "user_error"
        case .permission: "permission_error"
        }
    }
}
