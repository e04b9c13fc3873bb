/// A geometry on the sphere, its edges being arcs of great circles.
enum SphericalShape {
    case point(SphereVector)
    case line([SphericalArc])
    case polygon(SphericalPolygon)

    private var arcs: [SphericalArc] {
        switch self {
        case .point: []
        case .line(let arcs): arcs
        case .polygon(let polygon): polygon.arcs
        }
    }

    /// A point that belongs to it.
    private var somePoint: SphereVector {
        switch self {
        case .point(let point): point
        case .line(let arcs): arcs[0].start
        case .polygon(let polygon): polygon.shell.arcs[0].start
        }
    }

    private func contains(_ point: SphereVector) -> Bool {
        switch self {
        case .point(let own): own.coincides(with: point)
        case .line(let arcs): arcs.contains { $0.touches(point) }
        case .polygon(let polygon): polygon.location(of: point) != .outside
        }
    }

    /// Whether the two have a point in common. Edges and ends belong to a shape.
    func intersects(_ other: SphericalShape) -> Bool {
        if contains(other.somePoint) || other.contains(somePoint) { return true }
        let (own, its) = (arcs, other.arcs)
        return own.hasPair(with: its) { own[$0].touches(its[$1]) }
    }

    /// The point of the shape that is nearest to a point on the sphere; the point itself, if it is in a polygon.
    func nearest(to point: SphereVector) -> SphereVector {
        if case .point(let own) = self { return own }
        if case .polygon(let polygon) = self, polygon.location(of: point) != .outside { return point }
        var nearest = somePoint
        for arc in arcs {
            let candidate = arc.nearest(to: point)
            if (candidate - point).squaredLength < (nearest - point).squaredLength { nearest = candidate }
        }
        return nearest
    }
}

/// An area with holes.
struct SphericalPolygon {
    let shell: SphericalRing
    let holes: [SphericalRing]

    var arcs: [SphericalArc] { shell.arcs + holes.flatMap(\.arcs) }

    func location(of point: SphereVector) -> Location {
        let location = shell.location(of: point)
        guard location == .inside else { return location }
        for hole in holes {
            switch hole.location(of: point) {
            case .inside: return .outside
            case .boundary: return .boundary
            case .outside: break
            }
        }
        return .inside
    }

    /// Whether all of a shape is in the polygon. Its edges belong to it.
    func includes(_ shape: SphericalShape) -> Bool {
        switch shape {
        case .point(let point): return location(of: point) != .outside
        case .line(let arcs): return includes(arcs)
        case .polygon(let other):
            // With its edges in here a polygon can only be too large by what is in the holes.
            return includes(other.arcs)
                && holes.allSatisfy { hole in hole.innerPoint.map { other.location(of: $0) != .inside } ?? true }
        }
    }

    private func includes(_ lines: [SphericalArc]) -> Bool {
        let edges = arcs
        // Where edges are met a line may go out: each piece between two such points is in or out as its middle is.
        var cuts: [Int: [SphereVector]] = [:]
        _ = lines.hasPair(with: edges) { line, edge in
            let (line, edge, index) = (lines[line], edges[edge], line)
            if let point = line.crossing(edge) { cuts[index, default: []].append(point) }
            for end in [edge.start, edge.end] where line.touches(end) { cuts[index, default: []].append(end) }
            return false
        }
        for (index, line) in lines.enumerated() {
            func distance(_ point: SphereVector) -> Double { (point - line.start).squaredLength }
            let points = [line.start] + (cuts[index] ?? []).sorted { distance($0) < distance($1) } + [line.end]
            for (start, end) in zip(points, points.dropFirst()) where (start - end).squaredLength > 1e-26 {
                if location(of: (start + end).normalized) == .outside { return false }
            }
        }
        return true
    }
}
