/// `circle(center, radius, {numVertices: …, fill: …, geoSystem: …, unit: …})`.
final class CircleNode: DatumNode {
    private var center: Node { call[0] }
    private var radius: Node { call[1] }
    private var vertices: Node? { call.option("num_vertices") }
    private var fill: Node? { call.option("fill") }
    private var options: DistanceOptionNodes { DistanceOptionNodes(call) }

    override func datum(_ execution: Execution) throws(ReQLError) -> Datum {
        let center = try center.datum(execution)
        let radius = try radius.datum(execution)
        let vertices = try vertices?.datum(execution)
        let isFilled = try fill?.bool(execution) ?? true
        let options = try options.values(execution)
        return try site.locating(
            GeometryTerms.circle(
                center, radius: radius, vertices: vertices, isFilled: isFilled, options, arrayLimit: execution.arrayLimit))
    }
}

/// `distance(a, b, {geoSystem: …, unit: …})`.
final class DistanceNode: DatumNode {
    private var first: Node { call[0] }
    private var second: Node { call[1] }
    private var options: DistanceOptionNodes { DistanceOptionNodes(call) }

    override func datum(_ execution: Execution) throws(ReQLError) -> Datum {
        let first = try first.datum(execution)
        let second = try second.datum(execution)
        let options = try options.values(execution)
        return try site.locating(GeometryTerms.distance(first, second, options))
    }
}

/// The options `geo_system` and `unit`.
struct DistanceOptionNodes {
    private let system: Node?
    private let unit: Node?

    init(_ call: Call) {
        system = call.option("geo_system")
        unit = call.option("unit")
    }

    func values(_ execution: Execution) throws(ReQLError) -> DistanceOptions {
        DistanceOptions(system: try system?.datum(execution), unitName: try unit?.datum(execution))
    }
}

/// `intersects` and `includes`: of one geometry whether it does, of a sequence the geometries that do.
final class SpatialFilterNode: TermNode, GroupStage {
    private var operand: Node { call[1] }
    private var isInclusion: Bool { call.type == .includes }

    override func evaluate(_ execution: Execution) throws(ReQLError) -> Value {
        let value = try receiver.evaluate(execution)
        if value.isSequence {
            let rows = try value.rows(execution, at: receiver.site)
            return try CompactMapRows(rows, kind: rows.kind.filtered, filter(execution)).value(execution, at: site)
        }
        let datum = try value.datum(execution, at: receiver.site)
        return .datum(Datum(try site.locating(question(execution).holds(for: datum))))
    }

    /// What is asked of each geometry. The operand is read once.
    private func question(_ execution: Execution) throws(ReQLError) -> SpatialQuestion {
        let operand = try operand.datum(execution)
        return try site.locating(SpatialQuestion(operand, isInclusion: isInclusion))
    }

    private func filter(_ execution: Execution) -> (Datum) throws(ReQLError) -> Datum? {
        let late = Late { () throws(ReQLError) in try self.question(execution) }
        return { [site] row throws(ReQLError) in
            if row.isNull { return nil }
            let question = try late.value()
            return try site.locating(question.holds(for: row) ? row : nil)
        }
    }

    func stage(_ execution: Execution) throws(ReQLError) -> RowStage {
        .compactMap(filter(execution))
    }
}
