// The two terms that read geo indexes.

/// The table and the geo index that these terms take.
private struct GeoIndex {
    private let type: TermType
    private let receiver: Node
    private let name: Node?
    private let site: Site

    init(_ call: Call) {
        type = call.type
        receiver = call[0]
        name = call.option("index")
        site = call.site
    }

    func open(_ execution: Execution) throws(ReQLError) -> (TableReference, IndexConfig) {
        let value = try receiver.evaluate(execution)
        guard case .rows(let rows) = value, let table = rows as? TableRows, table.kind == .table else {
            throw value.mismatch(expected: "a TABLE", at: receiver.site)
        }
        guard let name else { throw site.error(.queryLogic, "`\(type.name)` needs the option `index`, the name of a geo index.") }
        let wanted = try name.string(execution)
        guard let index = try table.reference.index(wanted, at: name.site, geo: true) else {
            throw name.site.error(.queryLogic, "`\(wanted)` is the primary key; `\(type.name)` needs a geo index.")
        }
        return (table.reference, index)
    }
}

/// `getIntersecting(geometry, {index: …})`: the rows with a geometry that has a point in common with this one.
final class GetIntersectingNode: TermNode {
    private var index: GeoIndex { GeoIndex(call) }
    private var geometry: Node { call[1] }

    override func evaluate(_ execution: Execution) throws(ReQLError) -> Value {
        let (table, index) = try index.open(execution)
        let geometry = try geometry.datum(execution)
        let shape = try self.geometry.site.locating(Geometry(geometry).shape())
        return .rows(IntersectingRows(table, index, shape))
    }
}

/// `getNearest(point, {index: …, maxResults: …, maxDist: …, unit: …, geoSystem: …})`: `[{dist, doc}, …]`, the nearest first.
final class GetNearestNode: DatumNode {
    private var index: GeoIndex { GeoIndex(call) }
    private var place: Node { call[1] }
    private var maximumCount: Node? { call.option("max_results") }
    private var maximumDistance: Node? { call.option("max_dist") }
    private var options: DistanceOptionNodes { DistanceOptionNodes(call) }

    override func datum(_ execution: Execution) throws(ReQLError) -> Datum {
        let (table, index) = try index.open(execution)
        let place = try place.datum(execution)
        let position = try self.place.site.locating(GeometryTerms.position(place))
        let options = try options.values(execution)
        let geodesic = try site.locating(options.geodesic())
        let unit = try site.locating(options.unit())
        let search = NearestSearch(
            table: table, index: index, place: position, geodesic: geodesic, maximumDistance: try distance(execution, unit: unit),
            maximumCount: try count(execution))
        var answers: [Datum] = []
        for found in try search.run(execution, at: site) {
            let distance = try site.locating(TypeCheck.finite(found.distance * (1 / unit), from: "`getNearest`"))
            answers.append(try site.object([("dist", distance), ("doc", found.row)]))
        }
        return try execution.array(answers, at: site)
    }

    /// In meters. 100 km unless said otherwise, whatever the unit.
    private func distance(_ execution: Execution, unit: Double) throws(ReQLError) -> Double {
        guard let maximumDistance else { return 100_000 }
        let distance = try maximumDistance.number(execution)
        guard distance > 0 else {
            throw maximumDistance.site.error(.queryLogic, "`max_dist` is greater than 0, found \(Datum(distance)).")
        }
        return distance * unit
    }

    private func count(_ execution: Execution) throws(ReQLError) -> Int {
        guard let maximumCount else { return 100 }
        let count = try maximumCount.integer(execution)
        guard count > 0 else { throw maximumCount.site.error(.queryLogic, "`max_results` is greater than 0, found \(count).") }
        return count
    }
}
