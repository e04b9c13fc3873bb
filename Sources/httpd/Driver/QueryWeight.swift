import ReQLish

/// How much a query may do, as far as its terms tell; where it may run follows from that.
enum QueryWeight: Sendable, Hashable {
    /// Constants, and rows got by their key: it never waits, and may run on a loop's thread.
    case shortRead
    /// A write of one row, or of constants: quick once it has the writer's place. Many of them may share a thread, and a wait for the disk.
    case shortWrite
    case any

    /// A query with more terms is never short.
    static let mostTerms = 24

    /// - Parameter term: the root of a query of at most ``mostTerms`` terms.
    init(of term: Term) {
        switch term.type {
        case .insert where term.argument(0).isNamedTable && term.argument(1).isScalar && term.hasPlainOptions,
            .update where term.argument(0).isRow && term.argument(1).isFunctionOfRow && term.hasPlainOptions,
            .replace where term.argument(0).isRow && term.argument(1).isFunctionOfRow && term.hasPlainOptions,
            .delete where term.argument(0).isRow && term.hasPlainOptions:
            self = .shortWrite
        default: self = term.isShortRead ? .shortRead : .any
        }
    }
}

extension Term {
    fileprivate var isShortRead: Bool {
        switch type {
        case .datum: true
        case .get: isRow
        case .bracket, .getField, .default: optionCount == 0 && arguments.allSatisfy(\.isShortRead)
        default: false
        }
    }

    /// `table(…).get(…)`, all named by literals.
    fileprivate var isRow: Bool {
        type == .get && argumentCount == 2 && optionCount == 0 && argument(0).isNamedTable && argument(1).type == .datum
    }

    /// A table named by literals. Those of the system are made when they are read, and to write some of them takes thousands of hashes.
    fileprivate var isNamedTable: Bool {
        type == .table && optionCount == 0
            && arguments.allSatisfy { $0.type == .datum || $0.type == .db && $0.onlyArgument.map { $0.string != "rethinkdb" } ?? false }
    }

    fileprivate var hasPlainOptions: Bool { optionalArguments.allSatisfy { $0.term.type == .datum } }

    /// What `update` and `replace` are given: a value, or a function of the row that takes no longer than reading it.
    fileprivate var isFunctionOfRow: Bool { type == .function ? body?.isScalar ?? false : isScalar }

    /// The longest array that is inserted as a short write: all of it fits into one transaction.
    fileprivate static let mostRows = 100

    /// Computed from literals and a row, each part in a time that doesn't grow beyond the sizes of what it is made of.
    fileprivate var isScalar: Bool {
        switch type {
        case .datum: datum.kind != .array || datum.count <= Self.mostRows
        case .now, .uuid: arguments.allSatisfy { $0.type == .datum }
        case .variable, .implicitVariable: true
        case .makeArray, .makeObject, .bracket, .getField, .default, .hasFields, .merge, .without, .pluck, .literal, .branch, .add, .sub,
            .div,
            .mod, .eq, .ne, .lt, .le, .gt, .ge, .not, .and, .or, .append, .prepend, .setInsert:
            arguments.allSatisfy(\.isScalar) && optionalArguments.allSatisfy(\.term.isScalar)
        default: false
        }
    }

    /// The literal that is all this term has.
    var onlyArgument: Datum? {
        guard argumentCount == 1, optionCount == 0, argument(0).type == .datum else { return nil }
        return argument(0).datum
    }
}
