#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#elseif canImport(Glibc)
    import Glibc
#endif

/// A point of the unit sphere, as its vector from the centre.
typealias SphereVector = SIMD3<Double>

extension SphereVector {
    /// The place's direction, taking the globe for a sphere.
    init(_ position: Position) {
        let latitude = position.latitude * (.pi / 180)
        let longitude = position.longitude * (.pi / 180)
        let radius = cos(latitude)
        self.init(cos(longitude) * radius, sin(longitude) * radius, sin(latitude))
    }

    /// The place's direction, the same on every machine, as the cells of a geo index must be.
    init(reproducible position: Position) {
        let latitude = SineCosine(reproducibleDegrees: position.latitude)
        let longitude = SineCosine(reproducibleDegrees: position.longitude)
        self.init(longitude.cosine * latitude.cosine, longitude.sine * latitude.cosine, latitude.sine)
    }

    var position: Position {
        Position(
            longitude: (180 / .pi) * atan2(y, x), latitude: (180 / .pi) * atan2(z, (x * x + y * y).squareRoot()))
    }

    func dot(_ other: SphereVector) -> Double { x * other.x + y * other.y + z * other.z }

    func cross(_ other: SphereVector) -> SphereVector {
        SphereVector(y * other.z - z * other.y, z * other.x - x * other.z, x * other.y - y * other.x)
    }

    var squaredLength: Double { dot(self) }
    var normalized: SphereVector { self / squaredLength.squareRoot() }

    /// The direction of the cross product of two unit vectors, with all its digits where they are near each other.
    func normal(with other: SphereVector) -> SphereVector {
        (self + other).cross(other - self).normalized
    }

    /// Whether two points are so near each other that they count as one.
    func coincides(with other: SphereVector) -> Bool {
        (self - other).squaredLength <= SphericalArc.touching * SphericalArc.touching
    }
}

/// The shorter arc of the great circle through two points, which neither coincide nor are opposite each other.
struct SphericalArc {
    let start: SphereVector
    let end: SphereVector
    /// The pole of the great circle, on the left of the way from start to end.
    let normal: SphereVector

    /// What is nearer than this, in radians, touches: about 25 nanometres on the Earth. A unit vector in doubles is right to
    /// 2·10⁻¹⁶, and what is computed from a few of them to a few times that.
    static let touching = 4e-15

    init(_ start: SphereVector, _ end: SphereVector) {
        self.start = start
        self.end = end
        normal = start.normal(with: end)
    }

    var middle: SphereVector { (start + end).normalized }

    /// Whether a point of the great circle is between the ends, or one of them.
    func spans(_ point: SphereVector) -> Bool {
        normal.cross(start).dot(point) >= 0 && end.cross(normal).dot(point) >= 0
    }

    /// The arc's point that is nearest to a point.
    func nearest(to point: SphereVector) -> SphereVector {
        // With the normal as long as it comes out, which has a rounding less than one of length 1.
        let cross = (start + end).cross(end - start)
        let foot = point - (point.dot(cross) / cross.squaredLength) * cross
        if foot.squaredLength > 1e-30, spans(foot) { return foot.normalized }
        return (point - start).squaredLength <= (point - end).squaredLength ? start : end
    }

    func touches(_ point: SphereVector) -> Bool { nearest(to: point).coincides(with: point) }

    /// Where two arcs of different great circles meet.
    func crossing(_ other: SphericalArc) -> SphereVector? {
        let direction = normal.cross(other.normal)
        guard direction.squaredLength > 1e-30 else { return nil }
        let point = direction.normalized
        if spans(point), other.spans(point) { return point }
        if spans(-point), other.spans(-point) { return -point }
        return nil
    }

    /// Whether the arcs have a point in common.
    func touches(_ other: SphericalArc) -> Bool {
        touches(other.start) || touches(other.end) || other.touches(start) || other.touches(end) || crossing(other) != nil
    }

    /// Whether the arcs have both ends in common, whichever way round.
    func isSame(as other: SphericalArc) -> Bool {
        start.coincides(with: other.start) && end.coincides(with: other.end)
            || start.coincides(with: other.end) && end.coincides(with: other.start)
    }

    /// Whether the arcs have more in common than one point that is an end of both.
    func conflicts(_ other: SphericalArc) -> Bool {
        guard touches(other) else { return false }
        for (own, ownOther) in [(start, end), (end, start)] {
            for (its, itsOther) in [(other.start, other.end), (other.end, other.start)] where own.coincides(with: its) {
                return touches(itsOther) || other.touches(ownOther)
            }
        }
        return true
    }
}

/// A box around an arc, to tell quickly that arcs have nothing to do with each other.
private struct ArcBox {
    let lower: SphereVector
    let upper: SphereVector
    let index: Int
    let isFirst: Bool

    init(_ arc: SphericalArc, index: Int, isFirst: Bool) {
        // No point of the arc is further from its chord than its middle is.
        let height = 1 - ((arc.start + arc.end) / 2).squaredLength.squareRoot() + 2 * SphericalArc.touching
        lower = pointwiseMin(arc.start, arc.end) - height
        upper = pointwiseMax(arc.start, arc.end) + height
        self.index = index
        self.isFirst = isFirst
    }

    func overlaps(_ other: ArcBox) -> Bool {
        all(lower .<= other.upper) && all(other.lower .<= upper)
    }
}

extension [SphericalArc] {
    /// The arcs from each point to the next.
    init(through points: [SphereVector]) {
        self = zip(points, points.dropFirst()).map { SphericalArc($0, $1) }
    }

    /// Whether a test holds for one of the pairs of arcs of this list and of the other that come near each other.
    ///
    /// The test is given the places of both. What it costs grows with the square of the count only if most arcs come near most
    /// others.
    func hasPair(with other: [SphericalArc], where test: (Int, Int) -> Bool) -> Bool {
        var boxes = enumerated().map { ArcBox($1, index: $0, isFirst: true) }
        boxes += other.enumerated().map { ArcBox($1, index: $0, isFirst: false) }
        guard let first = boxes.first else { return false }
        let lower = boxes.reduce(first.lower) { pointwiseMin($0, $1.lower) }
        let upper = boxes.reduce(first.upper) { pointwiseMax($0, $1.upper) }
        let extent = upper - lower
        let axis = extent.x >= extent.y && extent.x >= extent.z ? 0 : extent.y >= extent.z ? 1 : 2
        boxes.sort { $0.lower[axis] < $1.lower[axis] }
        var open: [ArcBox] = []
        for box in boxes {
            open.removeAll { $0.upper[axis] < box.lower[axis] }
            for candidate in open where candidate.isFirst != box.isFirst && candidate.overlaps(box) {
                if box.isFirst ? test(box.index, candidate.index) : test(candidate.index, box.index) { return true }
            }
            open.append(box)
        }
        return false
    }
}
