import Catalog
import Ground
import ReQLish

/// Aggregates over an open table that need no rows: counts, sums, averages and extremes of fields, by what is computed of other fields or by
/// nothing, of the documents for which conditions are told by their bytes.
///
/// Documents whose bytes don't tell (a number with more digits than a double has, a group that is not known yet) are looked at as rows.
struct StoredAggregates {
    private struct Groups {
        let keys: [ValueKey]
        var table = KeyTable()
        var values: [Row] = []
        var accumulators: [[any TallyAccumulator]] = []
    }

    private let plan: AggregatePlan
    private let scan: ScanPlan
    private let run: Run
    private var request = TallyRequest()
    /// Of each call the place of what it is about among the fields that are read; nil for `count(*)`.
    private var places: [Int?] = []
    private var groups: Groups
    private let held: HeldBytes

    /// Nil if rows are needed.
    init?(_ plan: AggregatePlan, _ run: Run) {
        guard let scan = plan.children[0] as? ScanPlan, scan.isOpen, plan.sets.count == 1, plan.sets[0].count == plan.keys.count,
            plan.setPosition == nil, !plan.keys.isEmpty || !plan.calls.isEmpty
        else { return nil }
        self.plan = plan
        self.scan = scan
        self.run = run
        held = HeldBytes(run)
        groups = Groups(keys: plan.sets[0].map { ValueKey(plan.keys[$0].scalar.type, run) })
        for call in plan.calls {
            guard let field = Self.field(call, scan), call.make(call.context(run)) is any TallyAccumulator else { return nil }
            guard let field = field.wanted else {
                places.append(nil)
                continue
            }
            places.append(request.fields.count)
            request.fields.append(field)
        }
        for key in plan.keys { guard addFields(of: key.scalar) else { return nil } }
    }

    /// What a call wants of a field; nil if it takes rows.
    private static func field(_ call: AggregateCall, _ scan: ScanPlan) -> (wanted: (name: String, form: StoredTallies.Form)?, Void)? {
        guard !call.isDistinct, call.filter == nil, call.orderBy.isEmpty, call.operands.count < 2 else { return nil }
        guard let operand = call.operands.first else { return call.function.name == "count" ? (nil, ()) : nil }
        if let name = scan.openField(operand) {
            switch call.function.name {
            case "count": return ((name, .presence), ())
            case "min", "max": return ((name, .exactNumber), ())
            default: return nil
            }
        }
        guard call.function.name == "sum" || call.function.name == "avg", let cast = operand as? OpenCastScalar,
            cast.type.oid == SQLType.float8.oid, let name = scan.openField(cast.operands[0])
        else { return nil }
        // By a cast that is written, a text may become a number, or an error.
        return ((name, .number(othersCount: cast.isExplicit)), ())
    }

    /// Adds the fields that a key is computed of. False if it hangs on something else.
    private mutating func addFields(of key: Scalar) -> Bool {
        guard !key.isVolatile, key.slots.isEmpty, !key.hasSubquery, !key.positions.isEmpty else { return false }
        var names: [String]? = []
        key.visit { node in if node is ColumnScalar { if let name = scan.openField(node) { names?.append(name) } else { names = nil } } }
        guard let names else { return false }
        for name in names where !request.keys.contains(name) { request.keys.append(name) }
        return true
    }

    /// Nil if rows are needed after all: conditions have to be asked of rows, or there are so many groups that they have to go to files.
    consuming func rows() throws(SQLError) -> [Row]? {
        guard let (first, another, setup) = try scan.toldScan(run) else { return nil }
        let threads = run.session.pando.scanThreads
        let request = request
        let chunks = Chunks(
            [TallyPart(request) { () throws(CatalogError) in first }], from: 0, threads,
            mayHelp: try scan.roughCount(run) >= 2 * threads.chunkCount
        ) { TallyPart(request, another) }
        if plan.keys.isEmpty { begin([]) }
        while let part = chunks.next() {
            try run.check()
            for left in part.left { try take(left, part, setup) }
            while part.hasMore {
                part.goOn()
                for left in part.left { try take(left, part, setup) }
            }
            if let error = part.error { throw SQLError(error) }
            part.updateByteCount()
            guard try held.set(byteCount(chunks.parts)) else { return nil }
        }
        run.measures?.current?.noteThreads(chunks.parts.count)
        for part in chunks.parts { try add(part) }
        return try result()
    }

    private func byteCount(_ parts: [TallyPart]) -> Int {
        let own = groups.table.byteCount + groups.values.count * (120 + plan.keys.count * 48 + plan.calls.count * 240)
        return parts.reduce(own) { $0 + $1.knownByteCount }
    }

    private mutating func begin(_ values: Row) {
        groups.values.append(values)
        groups.accumulators.append(plan.calls.compactMap { $0.make($0.context(run)) as? any TallyAccumulator })
    }

    /// Takes a document as a row.
    private mutating func take(_ left: TallyPart.Left, _ part: TallyPart, _ setup: ScanSetup) throws(SQLError) {
        guard let row = try scan.row(left.document, isTold: left.isTold, setup, run) else { return }
        var group = 0
        if !plan.keys.isEmpty {
            var values: Row = []
            for place in plan.sets[0] { values.append(try plan.keys[place].scalar.value(row, run)) }
            var bytes = ByteBuffer(capacity: 64)
            for (key, value) in zip(groups.keys, values) { key.append(value, to: &bytes) }
            let (index, isNew) = groups.table.insert(bytes.raw)
            if isNew { begin(values) }
            group = index
            if let name = left.group {
                assert(name == part.groups.count)
                part.groups.append(group)
            }
        }
        for (call, accumulator) in zip(plan.calls, groups.accumulators[group]) {
            guard let operand = call.operands.first else {
                try accumulator.add([])
                continue
            }
            let value = try operand.value(row, run)
            if !value.isNull { try accumulator.add([value]) }
        }
    }

    /// Adds what a part has counted and added up.
    private func add(_ part: TallyPart) throws(SQLError) {
        let width = request.fields.count
        for (index, group) in (plan.keys.isEmpty ? [0] : part.groups).enumerated() {
            for (call, place) in places.enumerated() {
                let accumulator = groups.accumulators[group][call]
                if let place {
                    try accumulator.add(part.tallies[index * width + place])
                } else {
                    var tally = Tally()
                    tally.note(part.counts[index])
                    try accumulator.add(tally)
                }
            }
        }
    }

    private func result() throws(SQLError) -> [Row] {
        var rows: [Row] = []
        rows.reserveCapacity(groups.values.count)
        let empty = plan.level.emptyRow
        for (values, accumulators) in zip(groups.values, groups.accumulators) {
            var row = empty
            for (place, value) in zip(plan.sets[0], values) { row[plan.keys[place].position] = value }
            for (call, accumulator) in zip(plan.calls, accumulators) { row[call.position] = try accumulator.result() }
            rows.append(row)
        }
        return rows
    }
}
