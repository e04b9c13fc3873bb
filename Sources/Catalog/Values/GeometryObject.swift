import Ground

/// The fields of an object whose `$reql_type$` is `GEOMETRY`: GeoJSON's `type` and `coordinates`, and a `crs` that is null.
///
/// A geometry stays an object, in the tree and in the file. What is checked wherever one is made is its structure: numbers where
/// numbers must be, nested as the type wants it. Whether they are on the globe, and whether a ring crosses itself, is asked by
/// the terms that use it.
struct GeometryObject {
    private var type: DatumNode?
    private var coordinates: DatumNode?
    private var crs: DatumNode?

    /// Takes in a field; false if no geometry has one of this name.
    mutating func note(key: Bytes, value: DatumNode) -> Bool {
        if key.equals("type") {
            type = value
        } else if key.equals("coordinates") {
            coordinates = value
        } else if key.equals("crs") {
            crs = value
        } else {
            return false
        }
        return true
    }

    /// What is wrong with the structure; nil if nothing is.
    ///
    /// - Parameters:
    ///   - bytes: The bytes of a string.
    ///   - child: The node at an index, where `firstChild` of the nodes above points.
    func complaint(bytes: (DatumNode) -> Bytes, child: (Int) -> DatumNode) -> String? {
        if let crs, crs.kind != .null { return "The `crs` of a GEOMETRY object is null, or not there." }
        guard let type, type.kind == .string else { return "A GEOMETRY object needs a string in `type`." }
        let name = bytes(type)
        let levels: Int
        if name.equals("Point") {
            levels = 0
        } else if name.equals("LineString") {
            levels = 1
        } else if name.equals("Polygon") {
            levels = 2
        } else {
            return "The `type` of a GEOMETRY object is Point, LineString or Polygon, and not \(Datum(.string, bytes: name))."
        }
        guard let coordinates else { return "A GEOMETRY object needs `coordinates`." }
        if Self.areCoordinates(coordinates, levels: levels, child: child) { return nil }
        let wanted = ["[longitude, latitude]", "an array of [longitude, latitude]", "an array of rings of [longitude, latitude]"][levels]
        return "The `coordinates` of a \(name.string) are \(wanted), all numbers."
    }

    private static func areCoordinates(_ node: DatumNode, levels: Int, child: (Int) -> DatumNode) -> Bool {
        guard node.kind == .array else { return false }
        if levels == 0, node.count != 2 { return false }
        for index in 0..<node.count {
            let element = child(node.firstChild + index)
            guard levels == 0 ? element.kind == .number : areCoordinates(element, levels: levels - 1, child: child) else { return false }
        }
        return true
    }
}

extension Datum {
    /// Whether this is an object that stands for a value of another type: a geometry, or inside a query a literal's marker.
    ///
    /// O(1): no such object has a field whose name comes before `$reql_type$`.
    public var isPseudoTypeObject: Bool {
        // No such object is a whole document.
        guard kind == .object, node.place != .stored, node.count > 0 else { return false }
        return withKey(at: 0) { $0.equals("$reql_type$") }
    }

    /// Whether this is a literal's marker. O(1).
    package var isLiteralMarker: Bool {
        isPseudoTypeObject && self[0].withBytes { $0.equals("LITERAL") }
    }

    /// Whether this is a geometry: an object of GeoJSON with the type's tag. O(1).
    public var isGeometry: Bool {
        isPseudoTypeObject && self[0].withBytes { $0.equals("GEOMETRY") }
    }
}
