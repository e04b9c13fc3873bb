import Catalog
import ReQLish

/// A walk through documents: a row for each node that it meets.
///
/// The walk keeps the keys of nodes, in a temporary file where they are too many. Documents are read where somebody looks at them.
final class WalkPlan: Plan {
    enum Argument: String, CaseIterable {
        case relation, key, depth, direction
        case minimumDepth = "min_depth"

        /// Nil: whatever it is.
        var type: SQLType? {
            switch self {
            case .relation, .direction: .text
            case .key: nil
            case .depth, .minimumDepth: .int4
            }
        }
    }

    static let schema = "pando"
    static let name = "traverse"
    private static let documentColumn = 3

    static func columns(hasOrdinality: Bool) -> [OutputColumn] {
        [
            OutputColumn(name: "id", type: .text), OutputColumn(name: "table_name", type: .text), OutputColumn(name: "depth", type: .int4),
            OutputColumn(name: "document", type: .jsonb),
        ] + (hasOrdinality ? [OutputColumn(name: "ordinality", type: .int8)] : [])
    }

    private let arguments: [Argument: Scalar]
    /// Whose permissions the walk needs; nil: it needs none.
    private let actor: String?
    private let hasOrdinality: Bool
    private let readsDocuments: Bool

    init(_ arguments: [Argument: Scalar], actor: String?, hasOrdinality: Bool, readsDocuments: Bool = true) {
        self.arguments = arguments
        self.actor = actor
        self.hasOrdinality = hasOrdinality
        self.readsDocuments = readsDocuments
        super.init()
    }

    override func computing(_ used: Set<Int>) -> Plan {
        WalkPlan(arguments, actor: actor, hasOrdinality: hasOrdinality, readsDocuments: used.contains(Self.documentColumn))
    }

    override func begin(_ run: Run) throws(SQLError) -> RowSource {
        func value(_ argument: Argument) throws(SQLError) -> SQLValue { try arguments[argument]?.value([], run) ?? .null }
        let (relation, key) = (try value(.relation), try value(.key))
        guard case .text(let text) = relation, !key.isNull, let type = arguments[.key]?.type else { return Plan.source([]) }
        var request = Pando.WalkRequest(
            over: try Self.relations(text), starts: try Self.keys(key, type, run), database: run.session.database, actor: actor,
            memoryLimit: run.operatorShare, cancellation: run.cancellation)
        if case .int(let depth) = try value(.depth) { request.depth = Int(depth) }
        if case .int(let depth) = try value(.minimumDepth) { request.minimumDepth = Int(depth) }
        if case .text(let direction) = try value(.direction) { request.direction = direction }
        let nodes: LevelNodes
        do throws(ReQLError) { nodes = try run.session.pando.walk(request, in: run.state.snapshot) } catch { throw SQLError(walk: error) }
        // Who wants a few rows doesn't wait for many.
        var most = 16
        var number: Int64 = 0
        return { [hasOrdinality, readsDocuments] () throws(SQLError) in
            try run.check()
            var rows: [Row] = []
            var byteCount = 0
            do throws(ReQLError) {
                while rows.count < most, byteCount < Plan.batchByteCount, let node = try nodes.next(withDocument: readsDocuments) {
                    byteCount += node.document?.heldByteCount ?? 0
                    number += 1
                    rows.append(
                        [
                            .text(node.key.string ?? node.key.description), node.table.map { .text($0) } ?? .null, .int(Int64(node.depth)),
                            node.document.map { .json($0) } ?? .null,
                        ] + (hasOrdinality ? [.int(number)] : []))
                }
            } catch {
                throw SQLError(walk: error)
            }
            most = min(most * 4, Plan.batchCount)
            return rows.isEmpty ? nil : rows
        }
    }

    /// A name, several with commas between, or what the relation is as JSON.
    private static func relations(_ text: String) throws(SQLError) -> Datum {
        guard text.hasPrefix("{") || text.hasPrefix("[") else {
            let names = text.split(separator: ",").map { Datum(String($0)) }
            return names.count == 1 ? names[0] : Datum(elements: names)
        }
        return try JSONText.datum(text)
    }

    /// The key of a document where the walk begins, or an array of keys.
    private static func keys(_ value: SQLValue, _ type: SQLType, _ run: Run) throws(SQLError) -> [Datum] {
        let base = TypeTable.base(of: type, run.session.types)
        guard case .array(let array) = value else { return [try StoredForm.datum(value, base)] }
        var keys: [Datum] = []
        for element in array.elements where !element.isNull { keys.append(try StoredForm.datum(element, array.elementType)) }
        return keys
    }

    override var title: String { "Function Scan on \(Self.name)" }
    override var isScan: Bool { true }
    override var showsConditions: Bool { true }
    override func details(_ text: ScalarText) -> [String] { readsDocuments ? ["Documents: read"] : [] }
}

extension SQLError {
    /// What a walk is refused with.
    fileprivate init(walk error: ReQLError) {
        if error.isCancellation {
            self = .canceled
            return
        }
        let state =
            switch error.kind {
            case .permission: "42501"
            case .resourceLimit: "53200"
            case .queryLogic: "22023"
            case .operationFailed, .nonExistence: "42704"
            default: "XX000"
            }
        self.init(SQLState(rawValue: state), error.message)
    }
}
