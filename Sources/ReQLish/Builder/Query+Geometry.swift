extension R {
    // MARK: Making geometries

    /// A geometry from GeoJSON: a Point, a LineString or a Polygon. `r.geojson({type: "Point", coordinates: [13.4, 52.5]})`
    public func geojson(_ object: Query) -> Query { Query(.geoJSON, [object]) }

    /// A geometry from GeoJSON: a Point, a LineString or a Polygon. `r.geojson({type: "Point", coordinates: [13.4, 52.5]})`
    public func geojson(_ object: some QueryConvertible) -> Query { Query(.geoJSON, [object.query]) }

    /// A place, in degrees. `r.point(13.4, 52.5)`
    public func point(_ longitude: some QueryConvertible, _ latitude: some QueryConvertible) -> Query {
        Query(.point, [longitude.query, latitude.query])
    }

    /// The line through two places or more, each a point or `[longitude, latitude]`. `r.line([0, 0], [0, 1])`
    public func line(_ places: Query...) -> Query { Query(.line, places) }

    /// The area inside a ring of three places or more; the ring closes itself. `r.polygon([0, 0], [0, 1], [1, 0])`
    public func polygon(_ places: Query...) -> Query { Query(.polygon, places) }

    /// The area within a distance from a place, as a polygon. `r.circle([13.4, 52.5], 10, {unit: "km"})`
    ///
    /// - Parameter fill: `false` gives the line around the area.
    public func circle(
        _ center: some QueryConvertible, _ radius: some QueryConvertible, numVertices: Int? = nil, fill: Bool? = nil,
        geoSystem: Query.GeoSystem? = nil, unit: Query.LengthUnit? = nil
    ) -> Query {
        Query(
            .circle, [center.query, radius.query],
            options: [
                ("num_vertices", numVertices.map { Query($0) }), ("fill", fill.map { Query($0) }), ("geo_system", geoSystem?.query),
                ("unit", unit?.query),
            ])
    }
}

extension Query {
    // MARK: Asking geometries

    /// The GeoJSON object of a geometry. `g.toGeojson()`
    public func toGeojson() -> Query { Query(.toGeoJSON, [self]) }

    /// How far it is from a point to a geometry, or from a geometry to a point. `a.distance(b, {unit: "km"})`
    public func distance(_ other: some QueryConvertible, geoSystem: GeoSystem? = nil, unit: LengthUnit? = nil) -> Query {
        Query(.distance, [self, other.query], options: [("geo_system", geoSystem?.query), ("unit", unit?.query)])
    }

    /// Whether two geometries have a point in common; of a sequence, the geometries that do. `a.intersects(b)`
    public func intersects(_ other: some QueryConvertible) -> Query { Query(.intersects, [self, other.query]) }

    /// Whether a polygon holds all of a geometry; of a sequence, the polygons that do. `a.includes(b)`
    public func includes(_ other: some QueryConvertible) -> Query { Query(.includes, [self, other.query]) }

    /// The area inside a line. `line.fill()`
    public func fill() -> Query { Query(.fill, [self]) }

    /// A polygon with another one cut out of it. `a.polygonSub(b)`
    public func polygonSub(_ hole: some QueryConvertible) -> Query { Query(.polygonSub, [self, hole.query]) }

    // MARK: Geo indexes

    /// The rows of a table whose geometries have a point in common with one. `table.getIntersecting(g, {index: "place"})`
    public func getIntersecting(_ geometry: some QueryConvertible, index: String) -> Query {
        Query(.getIntersecting, [self, geometry.query], options: [("index", Query(Datum(index)))])
    }

    /// The rows of a table that are nearest to a point, as `[{dist, doc}, …]`. `table.getNearest(point, {index: "place", maxDist: 500})`
    ///
    /// - Parameters:
    ///   - maxResults: 100 if it is nil.
    ///   - maxDist: In `unit`; 100 km if it is nil.
    public func getNearest(
        _ point: some QueryConvertible, index: String, maxResults: Int? = nil, maxDist: Double? = nil, unit: LengthUnit? = nil,
        geoSystem: GeoSystem? = nil
    ) -> Query {
        Query(
            .getNearest, [self, point.query],
            options: [
                ("index", Query(Datum(index))), ("max_results", maxResults.map { Query($0) }), ("max_dist", maxDist.map { Query($0) }),
                ("unit", unit?.query), ("geo_system", geoSystem?.query),
            ])
    }

    // MARK: Options

    /// The body that distances are measured on.
    public struct GeoSystem: Sendable {
        let query: Query

        /// The Earth: the ellipsoid of the World Geodetic System.
        public static let wgs84 = GeoSystem(query: "WGS84")
        /// A sphere whose radius is 1.
        public static let unitSphere = GeoSystem(query: "unit_sphere")
        /// Another ellipsoid: its equatorial radius in meters, and its flattening, at least 0 and below 1.
        public static func ellipsoid(a: Double, f: Double) -> GeoSystem { GeoSystem(query: ["a": Query(a), "f": Query(f)]) }
    }

    /// The unit that lengths are measured in.
    public enum LengthUnit: String, Sendable, QueryConvertible {
        case meters = "m"
        case kilometers = "km"
        case miles = "mi"
        case nauticalMiles = "nm"
        case feet = "ft"

        public var query: Query { Query(rawValue) }
    }
}
