internal import Catalog

/// The amount of work that a query may do, as far as its terms tell; which thread may run it follows from that.
package enum QueryShape: Sendable, Hashable {
    /// Literals, rows got by their key, and what is computed from them quickly: it never waits, and may run on a loop's thread.
    case shortRead
    /// A write of one row, or of such values: quick once it has the writer's turn. Many of them may share a thread and a wait for the
    /// disk.
    case shortWrite
    case any

    /// A query with more terms is never short.
    static let mostTerms = 24
    /// The longest array that is short: all its rows fit into one transaction.
    static let mostRows = 100
}

extension TermTree {
    /// How much running the query may do.
    package var shape: QueryShape {
        guard termCount <= QueryShape.mostTerms else { return .any }
        let isShortWrite =
            switch root.type {
            case .insert: root.argument(0).isNamedTable
            case .update, .replace, .delete: root.argument(0).isRowByKey
            default: false
            }
        if isShortWrite { return root.arguments.dropFirst().allSatisfy(\.isQuick) && root.hasLiteralOptions ? .shortWrite : .any }
        return root.isQuick ? .shortRead : .any
    }
}

extension Term {
    /// Computed from literals and rows got by their key, each part in a time that doesn't grow beyond the sizes of what it is made of.
    fileprivate var isQuick: Bool {
        switch type {
        case .datum: datum.kind != .array || datum.count <= QueryShape.mostRows
        case .variable: true
        case .function: body?.isQuick ?? false
        case .get: isRowByKey
        default:
            type.facts.traits.contains(.cheap) && arguments.allSatisfy(\.isQuick) && optionalArguments.allSatisfy(\.term.isQuick)
        }
    }

    /// `table(…).get(…)`, all named by literals.
    fileprivate var isRowByKey: Bool {
        type == .get && argumentCount == 2 && argument(0).isNamedTable && argument(1).type == .datum
    }

    /// A table named by literals. Those of the system are made when they are read, and to write some of them takes thousands of hashes.
    fileprivate var isNamedTable: Bool {
        type == .table && optionCount == 0
            && arguments.allSatisfy { $0.type == .datum || $0.type == .db && $0.onlyArgument.map { $0 != Self.systemDatabase } ?? false }
    }

    private static let systemDatabase = Datum(CatalogNames.systemDatabase)

    fileprivate var hasLiteralOptions: Bool { optionalArguments.allSatisfy { $0.term.type == .datum } }

    /// The literal that is all this term has.
    package var onlyArgument: Datum? {
        guard argumentCount == 1, optionCount == 0, argument(0).type == .datum else { return nil }
        return argument(0).datum
    }
}
