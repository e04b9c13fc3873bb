import Catalog

/// The terms of geometry on datums. Coordinates are degrees, longitude first; all failures are `queryLogic`.
enum GeometryTerms {
    // MARK: Making geometries

    /// `geojson(object)`. A `bbox` is dropped.
    static func geoJSON(_ object: Datum) throws(ReQLError) -> Datum {
        try TypeCheck.object(object)
        var fields: [(String, Datum)] = [(Datum.pseudoTypeKey, "GEOMETRY")]
        for (key, value) in object.fields where key != "bbox" { fields.append((key, value)) }
        for name in ["type", "coordinates"] where object[field: name] == nil {
            throw ReQLError(.nonExistence, "No attribute `\(name)` in object:\n\(object.shownInFull)")
        }
        let type = try TypeCheck.string(object[field: "type"] ?? .null)
        guard type == "Point" || type == "LineString" || type == "Polygon" else {
            throw ReQLError(.queryLogic, "Of GeoJSON's types Point, LineString and Polygon are known, found `\(type)`.")
        }
        let geometry = try Datum.building(fields)
        _ = try Geometry(geometry).shape()
        return geometry
    }

    /// `toGeojson(geometry)`
    static func toGeoJSON(_ datum: Datum) throws(ReQLError) -> Datum {
        guard datum.isGeometry else { throw TypeCheck.mismatch(datum, expected: "a PTYPE<GEOMETRY>") }
        return try Datum.building(datum.fields.filter { $0.key != Datum.pseudoTypeKey }.map { ($0.key, $0.value) })
    }

    /// `point(longitude, latitude)`
    static func point(_ longitude: Datum, _ latitude: Datum) throws(ReQLError) -> Datum {
        try Geometry.point(Position(longitude, latitude)).datum()
    }

    /// `line(places…)`
    static func line(_ places: [Datum]) throws(ReQLError) -> Datum {
        try valid(.lineString(positions(places)))
    }

    /// `polygon(places…)`
    static func polygon(_ places: [Datum]) throws(ReQLError) -> Datum {
        try valid(.polygon([closed(positions(places))]))
    }

    /// `fill(line)`
    static func fill(_ line: Datum) throws(ReQLError) -> Datum {
        let geometry = try Geometry(line)
        guard case .lineString(let positions) = geometry else { throw unexpected(geometry, wanted: "LineString") }
        return try valid(.polygon([closed(positions)]))
    }

    /// `polygonSub(polygon, hole)`
    static func polygonSub(_ polygon: Datum, _ hole: Datum) throws(ReQLError) -> Datum {
        let (shell, shellRing) = try soleRing(polygon)
        let (inner, innerRing) = try soleRing(hole)
        guard shell.encloses(inner) else {
            throw ReQLError(.queryLogic, "The second Polygon is not inside the first one.")
        }
        return try Geometry.polygon([shellRing, innerRing]).datum()
    }

    /// `circle(center, radius)`: the places at a distance, or the area around which they stand. The first is south of the center.
    static func circle(
        _ center: Datum, radius: Datum, vertices: Datum?, isFilled: Bool, _ options: DistanceOptions, arrayLimit: Int
    ) throws(ReQLError) -> Datum {
        let center = try position(center)
        let geodesic = try options.geodesic()
        let number = try TypeCheck.number(radius)
        let distance = number * (try options.unit())
        guard distance > 0 else { throw ReQLError(.queryLogic, "A circle's radius is greater than 0, found \(radius.shortText).") }
        let limit = min(geodesic.a, geodesic.b) * .pi / 2
        guard distance < limit else {
            throw ReQLError(
                .queryLogic, "A circle's radius is less than a quarter of the circumference, \(limit) meters, found \(radius.shortText).")
        }
        let count = try vertices.map { datum throws(ReQLError) in try TypeCheck.integer32(datum) } ?? 32
        guard count > 0 else { throw ReQLError(.queryLogic, "A circle has vertices, found \(count).") }
        try TypeCheck.checkArray(count: count + 1, limit: arrayLimit)
        var ring = (0..<count).map { index in
            geodesic.destination(from: center, azimuth: -180 + Double(index) * (360 / Double(count)), distance: distance)
        }
        ring.append(ring[0])
        return try valid(isFilled ? .polygon([ring]) : .lineString(ring))
    }

    // MARK: Asking geometries

    /// `distance(a, b)`: along the geodesic from a point to what of the other geometry is nearest to it.
    static func distance(_ first: Datum, _ second: Datum, _ options: DistanceOptions) throws(ReQLError) -> Datum {
        let (a, b) = (try Geometry(first), try Geometry(second))
        let point: Position
        let other: Geometry
        switch (a, b) {
        case (_, .point(let position)): (point, other) = (position, a)
        case (.point(let position), _): (point, other) = (position, b)
        default:
            throw ReQLError(.queryLogic, "A distance is measured from a Point; these are a \(a.typeName) and a \(b.typeName).")
        }
        let geodesic = try options.geodesic()
        let unit = try options.unit()
        // Both ends are taken from the sphere, so that a line's end is as far away as the point that it is, here and back.
        let start = SphereVector(point)
        let nearest = try other.shape().nearest(to: start)
        return try TypeCheck.finite(geodesic.distance(start.position, nearest.position) * (1 / unit), from: "distance")
    }

    // MARK: Reading arguments

    /// A point as a geometry, or as `[longitude, latitude]`.
    static func position(_ datum: Datum) throws(ReQLError) -> Position {
        if datum.kind == .array { return try Position(datum) }
        let geometry = try Geometry(datum)
        guard case .point(let position) = geometry else { throw unexpected(geometry, wanted: "Point") }
        return position
    }

    private static func positions(_ datums: [Datum]) throws(ReQLError) -> [Position] {
        var positions: [Position] = []
        for datum in datums { positions.append(try position(datum)) }
        return positions
    }

    /// A polygon without holes.
    private static func soleRing(_ datum: Datum) throws(ReQLError) -> (SphericalRing, [Position]) {
        let geometry = try Geometry(datum)
        guard case .polygon(let rings) = geometry, case .polygon(let polygon) = try geometry.shape() else {
            throw unexpected(geometry, wanted: "Polygon")
        }
        guard rings.count == 1 else { throw ReQLError(.queryLogic, "Only a Polygon without holes can be subtracted, or subtracted from.") }
        return (polygon.shell, rings[0])
    }

    private static func closed(_ positions: [Position]) -> [Position] {
        positions.first == positions.last ? positions : positions + positions.prefix(1)
    }

    private static func valid(_ geometry: Geometry) throws(ReQLError) -> Datum {
        _ = try geometry.shape()
        return try geometry.datum()
    }

    static func unexpected(_ geometry: Geometry, wanted: String) -> ReQLError {
        ReQLError(.queryLogic, "Expected a \(wanted), found a \(geometry.typeName).")
    }
}

/// `intersects` or `includes` with its second argument, to be asked of one geometry after the other.
struct SpatialQuestion {
    private let shape: SphericalShape
    private let isInclusion: Bool

    init(_ operand: Datum, isInclusion: Bool) throws(ReQLError) {
        shape = try Geometry(operand).shape()
        self.isInclusion = isInclusion
    }

    func holds(for datum: Datum) throws(ReQLError) -> Bool {
        let geometry = try Geometry(datum)
        let shape = try geometry.shape()
        guard isInclusion else { return shape.intersects(self.shape) }
        guard case .polygon(let polygon) = shape else { throw GeometryTerms.unexpected(geometry, wanted: "Polygon") }
        return polygon.includes(self.shape)
    }
}

/// The options `geo_system` and `unit`.
struct DistanceOptions {
    var system: Datum?
    var unitName: Datum?

    func geodesic() throws(ReQLError) -> Geodesic {
        switch system {
        case nil, "WGS84": return Geodesic(a: 6_378_137, f: 1 / 298.257223563)
        case "unit_sphere": return Geodesic(a: 1, f: 0)
        case let system?:
            guard system.isPlainObject else {
                if system.string == nil { throw TypeCheck.mismatch(system, expected: "a STRING or an OBJECT") }
                throw ReQLError(
                    .queryLogic, "`geo_system` is \"WGS84\", \"unit_sphere\" or {a: …, f: …}, found \(system.shortText).")
            }
            guard let a = system[field: "a"], let f = system[field: "f"] else {
                throw ReQLError(.queryLogic, "`geo_system` needs the fields `a` and `f`, found \(system.shortText).")
            }
            let (radius, flattening) = (try TypeCheck.number(a), try TypeCheck.number(f))
            guard radius > 0 else { throw ReQLError(.queryLogic, "The radius `a` is greater than 0, found \(a.shortText).") }
            guard flattening >= 0, flattening < 1 else {
                throw ReQLError(.queryLogic, "The flattening `f` is at least 0 and less than 1, found \(f.shortText).")
            }
            return Geodesic(a: radius, f: flattening)
        }
    }

    /// The unit's length in meters.
    func unit() throws(ReQLError) -> Double {
        guard let unitName else { return 1 }
        switch try TypeCheck.string(unitName) {
        case "m": return 1
        case "km": return 1000
        case "mi": return 1609.344
        case "nm": return 1852
        case "ft": return 0.3048
        default: throw ReQLError(.queryLogic, "`unit` is m, km, mi, nm or ft, found \(unitName.shortText).")
        }
    }
}
