/// `{left, right}`, or `{left}` without a partner.
private func pair(_ left: Datum, _ right: Datum?, at site: Site) throws(ReQLError) -> Datum {
    var fields = [("left", left)]
    if let right { fields.append(("right", right)) }
    return try site.object(fields)
}

/// `innerJoin` and `outerJoin`: every pair is tried.
final class JoinNode: TermNode {
    private var left: Node { call[0] }
    private var right: Node { call[1] }
    private var predicate: Node { call[2] }
    private var keepsLonely: Bool { call.type == .outerJoin }

    override func evaluate(_ execution: Execution) throws(ReQLError) -> Value {
        let left = try left.rows(execution)
        // Nobody asks for partners, nor for the function, before there is a row. Partners of what a feed tells are those that there are then.
        let find = { [right, predicate] () throws(ReQLError) in
            (rows: try right.rows(execution).finite(at: right.site), predicate: try predicate.function(execution, .constant))
        }
        let partners = left.isFeed ? find : Late(find).value
        return try PipedRows(left, notes: ["every pair is tried"]) { [keepsLonely, site] left, execution in
            PairStream(left, partners, keepsLonely: keepsLonely, execution, at: site)
        }
        .value(execution, at: site)
    }
}

/// Each row of a stream with each of its partners.
private final class PairStream: RowStream {
    typealias Partners = () throws(ReQLError) -> (rows: Rows, predicate: Function)

    private let left: RowStream
    private let partners: Partners
    private let keepsLonely: Bool
    private let execution: Execution
    private let site: Site
    private var current: (row: Datum, partners: RowStream, predicate: Function)?
    /// Whether the present row has a partner.
    private var foundOne = false

    init(_ left: RowStream, _ partners: @escaping Partners, keepsLonely: Bool, _ execution: Execution, at site: Site) {
        self.left = left
        self.partners = partners
        self.keepsLonely = keepsLonely
        self.execution = execution
        self.site = site
    }

    override func next() throws(ReQLError) -> Pulled {
        while true {
            if let (row, partners, predicate) = current {
                while let partner = try partners.next().row {
                    guard try predicate.datum(execution, row, partner).isTruthy else { continue }
                    foundOne = true
                    return .row(try pair(row, partner, at: site))
                }
                current = nil
                if keepsLonely, !foundOne { return .row(try pair(row, nil, at: site)) }
            }
            let pulled = try left.next()
            guard case .row(let row) = pulled else { return pulled }
            let (rows, predicate) = try partners()
            current = (row, try rows.stream(execution), predicate)
            foundOne = false
        }
    }
}

/// `eqJoin`: the rows of a table whose key, or value of an index, the left row gives.
final class EqJoinNode: TermNode, GroupStage {
    private var left: Node { call[0] }
    private var key: Node { call[1] }
    private var table: Node { call[2] }
    private var index: Node? { call.option("index") }

    /// The index to look up keys in; nil for the primary one.
    private func index(of table: TableReference, _ execution: Execution) throws(ReQLError) -> IndexConfig? {
        guard let index else { return nil }
        return try table.index(try index.string(execution), at: index.site)
    }

    private func join(
        _ function: Function, _ table: @escaping () throws(ReQLError) -> TableReference, _ execution: Execution
    ) -> (Datum) throws(ReQLError) -> Datum? {
        { [site] row throws(ReQLError) in
            guard let key = try function.lookup(execution, row), !key.isNull else { return nil }
            let partner = try table().get(key, at: site)
            return try partner.map { partner throws(ReQLError) in try pair(row, partner, at: site) }
        }
    }

    override func evaluate(_ execution: Execution) throws(ReQLError) -> Value {
        let rows = try left.rows(execution)
        let function = try key.function(execution, .field)
        let reference = try table.table(execution).reference
        // Partners of what a feed tells are those that there are then.
        let table =
            rows.isFeed
            ? { [table] () throws(ReQLError) in try table.table(execution).reference } : { () throws(ReQLError) in reference }
        let index = try index(of: reference, execution)
        execution.note("partners by \(index.map { "index `\($0.name)`" } ?? "the primary key") of `\(reference.qualifiedName)`", at: site)
        if let index {
            return try CompactMapRows(ConcatMapRows(rows, PartnersFunction(function, table, index, site))) { $0 }.value(
                execution, at: site)
        }
        if !rows.isFeed, reference.system == nil, let ahead = reference.snapshot.documentsAhead {
            return try PipedRows(rows) { [site] left, execution in
                PartnersAhead(left, reference, ahead, site) { row throws(ReQLError) in try function.lookup(execution, row) }
            }.value(execution, at: site)
        }
        return try CompactMapRows(rows, join(function, table, execution)).value(execution, at: site)
    }

    func stage(_ execution: Execution) throws(ReQLError) -> RowStage {
        let function = try key.function(execution, .field)
        let table = try table.table(execution).reference
        if let index = try index(of: table, execution) { return .concatMap(PartnersFunction(function, { table }, index, site)) }
        return .compactMap(join(function, { table }, execution))
    }
}

/// Pairs of rows with their partners by the primary key, which an engine is asked for some together.
///
/// Left rows are read before their turn, few at first. An error that comes of that is told when their turn has come.
private final class PartnersAhead: RowStream {
    private static let largestCount = 256

    private let left: RowStream
    private let table: TableReference
    private let ahead: DocumentsAhead
    private let site: Site
    private let key: (Datum) throws(ReQLError) -> Datum?
    /// Rows whose turn comes, from `position` on.
    private var waiting: [(row: Datum, key: Datum)] = []
    private var position = 0
    private var limit = 1
    /// What comes after those; nil: more of them.
    private var end: Result<Pulled, ReQLError>?

    init(
        _ left: RowStream, _ table: TableReference, _ ahead: DocumentsAhead, _ site: Site,
        _ key: @escaping (Datum) throws(ReQLError) -> Datum?
    ) {
        self.left = left
        self.table = table
        self.ahead = ahead
        self.site = site
        self.key = key
    }

    override func next() throws(ReQLError) -> Pulled {
        while true {
            while position < waiting.count {
                let (row, key) = waiting[position]
                position += 1
                let partner = try table.get(key, at: site, ahead) { waiting[position...].prefix($0).map(\.key) }
                if let partner { return .row(try pair(row, partner, at: site)) }
            }
            if let end { return try end.get() }
            fill()
        }
    }

    private func fill() {
        (waiting, position) = ([], 0)
        do throws(ReQLError) {
            while waiting.count < limit {
                let pulled = try left.next()
                guard case .row(let row) = pulled else {
                    end = .success(pulled)
                    return
                }
                if let key = try key(row), !key.isNull { waiting.append((row, key)) }
            }
        } catch {
            end = .failure(error)
        }
        limit = min(limit * 4, Self.largestCount)
    }
}

/// All pairs of a left row and its partners by an index.
private final class PartnersFunction: Function {
    private let key: Function
    private let table: () throws(ReQLError) -> TableReference
    private let index: IndexConfig

    init(
        _ key: Function, _ table: @escaping () throws(ReQLError) -> TableReference, _ index: IndexConfig, _ site: Site
    ) {
        self.key = key
        self.table = table
        self.index = index
        super.init(site: site, arity: 1)
    }

    override func call(_ execution: Execution, _ arguments: [Value]) throws(ReQLError) -> Value {
        guard arguments.count == 1 else { throw wrongArity(arguments.count) }
        let row = try arguments[0].datum(execution, at: site)
        guard let value = try key.lookup(execution, row), !value.isNull else { return .datum(.emptyArray) }
        let partners = KeyedRows(try table(), keys: [value], index: index)
        let pairs = CompactMapRows(partners, kind: .stream) { [site] partner throws(ReQLError) in try pair(row, partner, at: site) }
        // The join itself counts them.
        if execution.recorder != nil { pairs.record = StepRecord() }
        return .rows(pairs)
    }
}

/// `zip`: the two halves of each pair as one object.
final class ZipNode: TermNode {
    override func evaluate(_ execution: Execution) throws(ReQLError) -> Value {
        let rows = try receiver.rows(execution)
        return try CompactMapRows(rows) { [site] row throws(ReQLError) in
            guard let left = row[field: "left"] else {
                throw site.error(.queryLogic, "`zip` takes what a join answers: objects with `left` and `right`.")
            }
            guard let right = row[field: "right"] else { return left }
            return try site.locating(Merge.merge(left, right))
        }
        .value(execution, at: site)
    }
}
