import Catalog

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

    /// Its arcs, those that hang together in one list.
    fileprivate var lines: [[SphericalArc]] {
        switch self {
        case .point: []
        case .line(let arcs): [arcs]
        case .polygon(let polygon): polygon.lines
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

    /// Whether the two have something in common: with a point and between lines any point, to which edges and ends belong; a polygon
    /// and what is not a point must meet inside, as it is in RethinkDB.
    func intersects(_ other: SphericalShape) -> Bool {
        switch (self, other) {
        case (.polygon(let polygon), .line), (.polygon(let polygon), .polygon): return polygon.meetsInside(other)
        case (.line, .polygon(let polygon)): return polygon.meetsInside(self)
        case (.polygon(let polygon), .point(let point)), (.point(let point), .polygon(let polygon)):
            return polygon.location(of: point) != .outside
        default: break
        }
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

/// An area with holes. Where a hole has an arc in common with the shell there is no edge, as neither side is inside: with a hole that is just
/// the shell nothing is left.
struct SphericalPolygon {
    let shell: SphericalRing
    let holes: [SphericalRing]
    /// Its edges, those that hang together in one list.
    let lines: [[SphericalArc]]
    /// The arcs that are no edges.
    private let shared: [SphericalArc]

    init(shell: SphericalRing, holes: [SphericalRing]) {
        self.shell = shell
        self.holes = holes
        var ofShell: Set<Int> = []
        var lines: [[SphericalArc]] = []
        for hole in holes {
            var ofHole: Set<Int> = []
            _ = shell.arcs.hasPair(with: hole.arcs) { own, its in
                if shell.arcs[own].isSame(as: hole.arcs[its]) {
                    ofShell.insert(own)
                    ofHole.insert(its)
                }
                return false
            }
            lines += hole.lines(without: ofHole)
        }
        self.lines = shell.lines(without: ofShell) + lines
        shared = ofShell.map { shell.arcs[$0] }
    }

    var arcs: [SphericalArc] { lines.flatMap(\.self) }

    func location(of point: SphereVector) -> Location {
        if shared.contains(where: { $0.touches(point) }) {
            return arcs.contains { $0.touches(point) } ? .boundary : .outside
        }
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
        case .line, .polygon:
            guard !shape.lines.contains(where: { hasPiece(of: $0, .outside) }) else { return false }
            guard case .polygon(let other) = shape else { return true }
            // With its edges in here a polygon can only be too large by what is in the holes.
            return holes.allSatisfy { hole in hole.innerPoint().map { other.location(of: $0) != .inside } ?? true }
        }
    }

    /// Whether a line or a polygon has points inside this one that are not just points of edges.
    fileprivate func meetsInside(_ shape: SphericalShape) -> Bool {
        if shape.lines.contains(where: { hasPiece(of: $0, .inside) }) { return true }
        guard case .polygon(let other) = shape else { return false }
        if SphericalShape.polygon(self).lines.contains(where: { other.hasPiece(of: $0, .inside) }) { return true }
        // No edge is inside the other polygon: they have nothing in common, or everything.
        return innerPoint.map { other.location(of: $0) == .inside } ?? false
    }

    private var innerPoint: SphereVector? {
        shell.innerPoint(besides: holes.flatMap(\.arcs)) { location(of: $0) == .inside }
    }

    /// Whether a piece of a line, which is more than a point, is at the location.
    private func hasPiece(of line: [SphericalArc], _ wanted: Location) -> Bool {
        let edges = arcs
        // Where edges are met a line may go out: each piece between two such points is in or out as its middle is. Arcs that come near no
        // edge are where their neighbours are.
        var cuts: [Int: [SphereVector]] = [:]
        _ = line.hasPair(with: edges) { index, edge in
            let (arc, edge) = (line[index], edges[edge])
            if arc.isClearlyApart(from: edge) { return false }
            var found = cuts[index] ?? []
            if let point = arc.crossing(edge) { found.append(point) }
            for end in [edge.start, edge.end] where arc.touches(end) { found.append(end) }
            cuts[index] = found
            return false
        }
        if cuts.isEmpty { return location(of: line[0].start) == wanted }
        return cuts.contains { index, cuts in
            let arc = line[index]
            func distance(_ point: SphereVector) -> Double { (point - arc.start).squaredLength }
            if QueryMemory.isThreadStopped { return true }
            let points = [arc.start] + cuts.sorted { distance($0) < distance($1) } + [arc.end]
            return zip(points, points.dropFirst()).contains { start, end in
                (start - end).squaredLength > 1e-26 && location(of: (start + end).normalized) == wanted
            }
        }
    }
}
