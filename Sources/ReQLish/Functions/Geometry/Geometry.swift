import Catalog

/// A point, a line of arcs, or an area with holes, as GeoJSON has them.
enum Geometry: Equatable {
    case point(Position)
    case lineString([Position])
    /// The shell, then the holes; the last place of each is its first one.
    case polygon([[Position]])

    var typeName: String {
        switch self {
        case .point: "Point"
        case .lineString: "LineString"
        case .polygon: "Polygon"
        }
    }
}

// MARK: - As a datum

extension Geometry {
    /// Reads a value of the type PTYPE<GEOMETRY>, whose coordinates must be on the globe. ``shape()`` finds out the rest.
    init(_ datum: Datum) throws(ReQLError) {
        guard datum.isGeometry, let coordinates = datum[field: "coordinates"] else {
            throw TypeCheck.mismatch(datum, expected: "a PTYPE<GEOMETRY>")
        }
        switch datum[field: "type"] {
        case "Point": self = .point(try Position(coordinates))
        case "LineString": self = .lineString(try Self.positions(coordinates))
        default:
            var rings: [[Position]] = []
            for ring in coordinates.elements { rings.append(try Self.positions(ring)) }
            self = .polygon(rings)
        }
    }

    private static func positions(_ array: Datum) throws(ReQLError) -> [Position] {
        var positions: [Position] = []
        positions.reserveCapacity(array.count)
        for element in array.elements { positions.append(try Position(element)) }
        return positions
    }

    /// The value, as it is stored.
    func datum() throws(ReQLError) -> Datum {
        try Datum.building { (builder) throws(DatumError) in
            try builder.beginObject()
            builder.key(Datum.pseudoTypeKey)
            builder.append(string: "GEOMETRY")
            builder.key("coordinates")
            switch self {
            case .point(let position): try builder.append(position)
            case .lineString(let positions): try builder.append(positions)
            case .polygon(let rings):
                try builder.beginArray()
                for ring in rings { try builder.append(ring) }
                try builder.endArray()
            }
            builder.key("type")
            builder.append(string: typeName)
            try builder.endObject()
        }
    }
}

extension Position {
    init(_ pair: Datum) throws(ReQLError) {
        try TypeCheck.array(pair)
        guard pair.count == 2 else {
            throw ReQLError(.queryLogic, "A place is [longitude, latitude], found \(pair.count) elements in \(pair.shortText).")
        }
        try self.init(pair[0], pair[1])
    }

    /// A longitude and a latitude.
    init(_ longitude: Datum, _ latitude: Datum) throws(ReQLError) {
        self.init(longitude: try TypeCheck.number(longitude), latitude: try TypeCheck.number(latitude))
        guard abs(self.longitude) <= 180 else {
            throw ReQLError(.queryLogic, "A longitude is between -180 and 180, found \(longitude.shortText).")
        }
        guard abs(self.latitude) <= 90 else {
            throw ReQLError(.queryLogic, "A latitude is between -90 and 90, found \(latitude.shortText). The longitude comes first.")
        }
    }
}

extension DatumBuilder {
    fileprivate mutating func append(_ position: Position) throws(DatumError) {
        try beginArray()
        append(number: position.longitude)
        append(number: position.latitude)
        try endArray()
    }

    fileprivate mutating func append(_ positions: [Position]) throws(DatumError) {
        try beginArray()
        for position in positions { try append(position) }
        try endArray()
    }
}

// MARK: - On the sphere

extension Geometry {
    /// The geometry on the sphere. Throws if it is none: a line that stays at one place, a ring that is not closed or crosses
    /// itself, a hole that is not in its shell.
    ///
    /// - Parameter place: How a position becomes a point of the sphere.
    func shape(_ place: (Position) -> SphereVector = { SphereVector($0) }) throws(ReQLError) -> SphericalShape {
        switch self {
        case .point(let position): return .point(place(position))
        case .lineString(let positions): return .line(try Self.arcs(positions, of: "LineString", place))
        case .polygon(let rings): return .polygon(try Self.polygon(rings, place))
        }
    }

    private static func arcs(
        _ positions: [Position], of what: String, _ place: (Position) -> SphereVector
    ) throws(ReQLError) -> [SphericalArc] {
        guard positions.count >= 2 else {
            throw ReQLError(.queryLogic, "A \(what) needs at least two places, found \(positions.count).")
        }
        let points = positions.map(place)
        for index in 1..<points.count {
            let (start, end) = (points[index - 1], points[index])
            guard !start.coincides(with: end), !start.coincides(with: -end) else {
                let how = start.coincides(with: end) ? "the same" : "antipodal"
                throw ReQLError(.queryLogic, "The places \(index - 1) and \(index) of the \(what) are \(how).")
            }
        }
        return [SphericalArc](through: points)
    }

    private static func polygon(
        _ rings: [[Position]], _ place: (Position) -> SphereVector
    ) throws(ReQLError) -> SphericalPolygon {
        var found: [SphericalRing] = []
        for ring in rings { found.append(try self.ring(ring, place)) }
        guard let shell = found.first else { throw ReQLError(.queryLogic, "A Polygon needs a shell, found no ring.") }
        let holes = Array(found.dropFirst())
        // There may be thousands of them, and most are nowhere near each other.
        let circles = holes.map(\.circle)
        for (index, hole) in holes.enumerated() {
            guard shell.encloses(hole) else {
                throw ReQLError(.queryLogic, "Hole \(index) of the Polygon is not inside its shell.")
            }
            for other in 0..<index
            where SphericalRing.mayMeet(circles[index], circles[other]) && !hole.isApart(from: holes[other]) {
                throw ReQLError(.queryLogic, "The holes \(other) and \(index) of the Polygon overlap.")
            }
        }
        return SphericalPolygon(shell: shell, holes: holes)
    }

    private static func ring(_ positions: [Position], _ place: (Position) -> SphereVector) throws(ReQLError) -> SphericalRing {
        guard positions.count >= 4 else {
            throw ReQLError(.queryLogic, "A ring of a Polygon needs at least four places, the last one the first again.")
        }
        guard positions.first == positions.last else {
            throw ReQLError(.queryLogic, "A ring of a Polygon is not closed: its last place must be its first one.")
        }
        let arcs = try arcs(positions, of: "Polygon", place)
        guard let ring = SphericalRing(arcs.map(\.start)) else {
            throw ReQLError(.queryLogic, "A ring of the Polygon crosses or touches itself.")
        }
        return ring
    }
}
