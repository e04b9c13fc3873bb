import Catalog

/// What a function or operator is called with besides its arguments.
package struct CallContext {
    /// The types of the arguments, after resolution: what a function of `any` or `anyelement` got.
    package let argumentTypes: [SQLType]
    package let resultType: SQLType
    package let session: any SQLSession
    /// Whether VARIADIC stood before the last argument of a function of `any`, an array: its elements are the arguments.
    package let isVariadicArray: Bool
    /// The columns that a list behind the call in FROM defines; empty without one.
    package let columns: [SQLRecord.Field]
    /// What is kept from one row to the next; nil: nothing is.
    let memory: CallMemory?

    /// - Parameter memory: of a call that comes for one row after the other.
    package init(
        argumentTypes: [SQLType], resultType: SQLType, session: any SQLSession, isVariadicArray: Bool = false,
        columns: [SQLRecord.Field] = [], memory: CallMemory? = nil
    ) {
        self.isVariadicArray = isVariadicArray
        self.columns = columns
        self.argumentTypes = argumentTypes
        self.resultType = resultType
        self.session = session
        self.memory = memory
    }
}

/// What a call keeps: most rows ask for the same as the one before.
package final class CallMemory {
    var query: (text: String, configuration: SearchConfiguration, query: TSQuery, notices: [SQLNotice])?
    var vector: (text: String, configuration: SearchConfiguration, vector: TSVector, notices: [SQLNotice])?
    /// What the client is told of the row at hand, if the run tells it.
    fileprivate(set) var notices: [SQLNotice] = []

    func takeNotices() -> [SQLNotice] {
        defer { notices = [] }
        return notices
    }
}

extension CallContext {
    /// Has the client told of something that is no error.
    func tell(_ notices: [SQLNotice]) {
        guard !notices.isEmpty else { return }
        if let memory { return memory.notices += notices }
        for notice in notices { session.tell(notice) }
    }
}

/// How often the result of a function changes, as PostgreSQL has it.
package enum Volatility: Sendable {
    case immutable, stable, volatile
}

/// A function, operator or aggregate as it is declared: one row of `pg_proc`.
package struct SQLFunction: Sendable {
    package enum Body: Sendable {
        /// Of one argument and of two, which is what operators are: called without making an array.
        case unary(@Sendable (SQLValue) throws(SQLError) -> SQLValue)
        case binary(@Sendable (SQLValue, SQLValue) throws(SQLError) -> SQLValue)
        /// Called for each row. The arguments are without NULL if the function is strict.
        case scalar(@Sendable ([SQLValue], CallContext) throws(SQLError) -> SQLValue)
        /// Rows of one column, or records where the result type is one.
        case set(@Sendable ([SQLValue], CallContext) throws(SQLError) -> [SQLValue])
        /// Makes what collects the values of a group.
        case aggregate(@Sendable (CallContext) -> any Accumulator)
        /// `row_number` and its kin, which the window operator knows by name.
        case window
    }

    package var name: String
    /// PostgreSQL's number of the function.
    package var oid: UInt32
    package var arguments: [SQLType]
    package var argumentNames: [String] = []
    /// How many of the last arguments may be left out, and the SQL of what stands for them then.
    package var defaults: [String] = []
    /// The last argument is an array that takes all arguments that follow (`VARIADIC`).
    package var isVariadic = false
    package var result: SQLType
    /// The columns of a result that is a record; empty otherwise.
    package var columns: [SQLRecord.Field] = []
    package var returnsSet = false
    package var isAggregate = false
    package var isStrict = true
    package var volatility = Volatility.immutable
    package var body: Body

    /// The result for one row, NULL where the function is strict and an argument is NULL. Not for aggregates and window functions.
    package func call(_ arguments: [SQLValue], _ context: CallContext) throws(SQLError) -> SQLValue {
        if isStrict, arguments.contains(where: \.isNull) { return .null }
        switch body {
        case .unary(let body): return try body(arguments[0])
        case .binary(let body): return try body(arguments[0], arguments[1])
        case .scalar(let body): return try body(arguments, context)
        case .set(let body): return try body(arguments, context).first ?? .null
        case .aggregate, .window: throw SQLError(.featureNotSupported, "function \(name) is no function of one row")
        }
    }
}

/// What an aggregate has seen of one group.
package protocol Accumulator: AnyObject {
    /// Takes the arguments of one row. A strict aggregate never gets a NULL here.
    func add(_ arguments: [SQLValue]) throws(SQLError)
    func result() throws(SQLError) -> SQLValue
    /// The bytes it keeps, about.
    var byteCount: Int { get }
    /// Whether ``remove(_:)`` may work.
    var canRemove: Bool { get }
    /// Takes out the arguments of a row that was added. False if that can't be done any more, and the rows have to be added anew.
    func remove(_ arguments: [SQLValue]) throws(SQLError) -> Bool
    /// What makes one result of two, if that is all that there is to it; arguments are results of one row.
    var fold: ((SQLValue, SQLValue) -> SQLValue)? { get }
}

extension Accumulator {
    package var canRemove: Bool { false }
    package func remove(_ arguments: [SQLValue]) throws(SQLError) -> Bool { false }
    package var fold: ((SQLValue, SQLValue) -> SQLValue)? { nil }
}
